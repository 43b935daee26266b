r"""Score the tests of a room: change one thing in its code at a time and see whether a test fails.

    python -m scripts.mutate arithmetic                 # every mutant of reference_impl/arithmetic
    python -m scripts.mutate conv --sample 150          # a seeded sample of them

Comparisons, arithmetic, constants, words, conditions, results, arguments and slices are changed; docstrings, types,
imports, the texts of error messages and what no result can show (`copy=False`, the order of arguments that commute) are
not. Files are never written: each mutant lives in a process of its own, which runs the tests that reach the changed
line, the quickest first.
"""

import argparse
import importlib.machinery
import os
import random
import re
import resource
import sys
import time
from pathlib import Path
from types import FunctionType
from typing import Any

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item

from scripts.mutants import Mutant, mutants


class Survey:
    """A pytest plugin that runs the tests once as they are, and then for each mutant."""

    def __init__(self, chosen: list[Mutant], arguments: list[str]) -> None:
        self.chosen, self.arguments, self.survived = chosen, arguments, []
        self.seconds: dict[str, float] = {}
        self.coverage = coverage.Coverage(data_file=None, config_file=False, include="reference_impl/*")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop over the tests."""
        if session.testsfailed:
            raise pytest.UsageError("a test file cannot be read; pytest tells why")
        items = {item.nodeid: item for item in session.items}
        self.coverage.start()
        for name, item in items.items():
            self.coverage.switch_context(name)
            start = time.process_time()
            if not passes([item]):
                raise pytest.UsageError(f"{name} fails without any mutation")
            self.seconds[name] = time.process_time() - start
        self.coverage.stop()
        same = self.chosen[0]._replace(value=getattr(self.chosen[0].node, self.chosen[0].attribute))
        if self.killed(same, same.code()[0], [items[name] for name in self.tests_of(same)]):
            raise pytest.UsageError("a test fails in a copy of the process without any mutation")
        for count, mutant in enumerate(self.chosen, start=1):
            names = sorted(self.tests_of(mutant), key=lambda name: self.seconds[name])
            code, label = mutant.code()
            if not self.killed(mutant, code, [items[name] for name in names]):
                self.survived.append(label)
                print(f"\n{label}", flush=True)
            print(f"\r{count} of {len(self.chosen)}, {len(self.survived)} survived", end="", flush=True)
        return True

    def tests_of(self, mutant: Mutant) -> set[str]:
        """Names of the tests that run a line of the changed statement, else of its function, else all."""
        lines = self.coverage.get_data().contexts_by_lineno(str(mutant.path.absolute()))
        for node in (mutant.statement, mutant.function):
            if node is not None:
                span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                if tests := {name for line in span for name in lines.get(line, ()) if name}:
                    return tests
        return set(self.seconds)

    def killed(self, mutant: Mutant, code: Any, items: list[pytest.Item]) -> bool:
        """Whether a test fails, or runs far too long, in a process of its own that has the changed code."""
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] != 0
        try:
            limit = 30 + 5 * int(sum(self.seconds[item.nodeid] for item in items))  # CPU seconds
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            module = ".".join(mutant.path.with_suffix("").parts).removesuffix(".__init__")
            if mutant.function:
                fresh = {"__name__": module, "__file__": str(mutant.path)}
                exec(code, fresh)
                transplant(fresh, vars(sys.modules[module]))
                os._exit(0 if passes(items) else 1)
            os._exit(run_afresh(module, code, self.arguments))
        except BaseException:
            os._exit(1)


def passes(items: list[pytest.Item]) -> bool:
    """Run tests one after the other until one fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        names = getattr(getattr(item, "dtest", None), "globs", {})  # a doctest forgets them once it has run
        kept = dict(names)
        with catch_warnings_for_item(item.config, item.ihook, "runtest", item):  # what a test's marks let pass
            reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            return False
        names.update(kept)
    return True


def transplant(fresh: Any, live: Any) -> None:
    """Give the functions and methods that everybody holds already the code and the defaults of fresh ones."""
    for name, new in list(fresh.items()):
        old = live.get(name)
        for attribute in ("fget", "func", "__func__", "__wrapped__"):
            new, old = getattr(new, attribute, new), getattr(old, attribute, old)
        if isinstance(new, FunctionType) and isinstance(old, FunctionType):
            old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
        elif isinstance(new, type) and isinstance(old, type) and new is not old:
            transplant(vars(new), vars(old))


def run_afresh(module: str, code: Any, arguments: list[str]) -> int:
    """Import everything again with the changed module and run all tests: for what happens while it is imported."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("reference_impl", "tests")]:
        del sys.modules[name]
    loader = importlib.machinery.SourceFileLoader
    usual = loader.get_code
    loader.get_code = lambda self, name: code if name == module else usual(self, name)  # type: ignore[method-assign]
    return int(pytest.main([*arguments, "-x"]))


def unnumbered(label: str) -> str:
    """A mutant's file and change without its line, which moves when something above it is edited."""
    return re.sub(r"^(\S+\.py):\d+:", r"\1:", label)


def main(arguments: list[str] | None = None) -> int:
    """Print the survivors and the score of one room."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutate", description=str(__doc__).splitlines()[0])
    parser.add_argument("room", help="a module or package of reference_impl")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants, drawn with --seed; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", type=Path, help="a saved report: only the survivors it names")
    parser.add_argument("--tests", nargs="*", default=[], help="tests/ROOM and the docstrings by default")
    options = parser.parse_args(arguments)
    room = Path("reference_impl", options.room)
    paths = sorted(room.rglob("*.py")) or [room.with_suffix(".py")]
    found = [mutant for path in paths for mutant in mutants(path)]
    if options.again:
        named = {unnumbered(line) for line in options.again.read_text(encoding="utf-8").splitlines()}
        found = [mutant for mutant in found if unnumbered(mutant.code()[1]) in named]
    if 0 < options.sample < len(found):
        found = random.Random(options.seed).sample(found, options.sample)
    tests = options.tests or [f"tests/{options.room}", "tests/test_operators.py"]
    common = [*tests, *map(str, paths), "-s", "-p", "no:cacheprovider", "-p", "no:terminal"]
    common += ["--assert=plain"]  # the other way brings a loader of its own, which would not see the changed code
    calm = {"suppress_health_check": list(hypothesis.HealthCheck), "deadline": None, "database": None}
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a failure is enough; it need not be small
    hypothesis.settings.register_profile("mutants", derandomize=True, phases=phases, **calm)
    hypothesis.settings.load_profile("mutants")
    survey = Survey(found, common)
    if code := pytest.main(common, plugins=[survey]):
        return int(code)
    killed = len(found) - len(survey.survived)
    print(f"\n{options.room}: {killed} of {len(found)} mutants killed, {killed / max(len(found), 1):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
