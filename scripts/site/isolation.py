"""Run one piece of code as if it were pasted into a fresh interpreter, inside a process that has run others."""

import ast
import contextlib
import functools
import importlib
import io
import linecache
import os
import random
import signal
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

SECONDS = 120.0  # of processor time that a piece of code may take; BLOCK_SECONDS says otherwise
PATIENCE = 5  # times as long it may take by the clock: other programs may be at work too
GRACE = 5  # times code may catch the order to stop before the whole process ends


class TooLongError(BaseException):
    """A piece of code that did not end in time. Not an Exception, so that `except Exception` does not keep it."""


class Watcher(Protocol):
    """Something that a program calls as `__watch__` while it runs."""

    def watching(self, tree: ast.Module) -> ast.Module:
        """The program with these calls."""
        ...

    def __call__(self, line: int, value: Any) -> Any:
        """Look at a value and hand it on."""
        ...


@dataclass(frozen=True)
class Execution:
    """What a piece of code left behind."""

    output: str
    namespace: dict[str, Any]
    used_random_state: bool


def execute(source: str, filename: str, seed: int, watch: Watcher | None = None) -> Execution:
    """Execute `source` as `__main__`, alone, with stdout captured and every warning an error.

    Args:
        source: Program text; its line numbers are those of `filename`.
        filename: File to name in tracebacks.
        seed: What the global generators of `random`, NumPy and torch are set to.
        watch: Is called by the program that its `watching` makes of `source`.

    Raises:
        BaseException: whatever the code raises.
    """
    module = types.ModuleType("__main__")
    module.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    output = io.StringIO()
    if watch:
        module.__dict__["__watch__"] = watch
        tree = watch.watching(ast.parse(source, filename))
        program = compile(tree, filename, "exec", dont_inherit=True)
    else:
        program = compile(source, filename, "exec", dont_inherit=True)
    with _restored(module), contextlib.redirect_stdout(output):
        _import_ahead(source)
        _reset(seed)
        before = _random_states()
        with _stopped_in_time(filename), _seeds_noted(before) as seeded:
            exec(program, module.__dict__)
        used_random_state = any(
            state != before[library] for library, state in _random_states().items() if library not in seeded
        )
    return Execution(output.getvalue(), module.__dict__, used_random_state)


def _import_ahead(source: str) -> None:
    """Import what the code will: scikit-learn, for one, draws from `random` while it is loaded, which is no use of it.

    What fails is left to the code itself, so that its own line is named.
    """
    for node in ast.walk(ast.parse(source)):
        for name in [alias.name for alias in node.names] if isinstance(node, ast.Import) else ():
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            with contextlib.suppress(Exception):
                importlib.import_module(node.module)


@contextlib.contextmanager
def _stopped_in_time(filename: str) -> Iterator[None]:
    """Raise TooLongError in code that runs too long, again each second if it goes on, and end the process at last.

    Only the main thread of a Unix process can be interrupted so; elsewhere code runs as long as it likes.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    seconds, orders = float(os.environ.get("BLOCK_SECONDS", SECONDS)), 0

    def stop(*_: object) -> None:
        nonlocal orders
        orders += 1
        if orders > GRACE:
            print(f"{filename}: a block catches every order to stop", file=sys.__stderr__, flush=True)
            os._exit(70)
        raise TooLongError(f"stopped after {seconds:g} s (BLOCK_SECONDS). Does a loop in it never end?")

    timers = {signal.ITIMER_PROF: (signal.SIGPROF, seconds), signal.ITIMER_REAL: (signal.SIGALRM, PATIENCE * seconds)}
    before = {number: signal.signal(number, stop) for number, _ in timers.values()}
    for timer, (_, after) in timers.items():
        signal.setitimer(timer, after, 1)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _restored(module: types.ModuleType) -> Iterator[None]:
    """Make `module` the main one; afterwards put back what code changes most often in the process around it."""
    main, here, environment = sys.modules["__main__"], os.getcwd(), dict(os.environ)
    arguments, keyboard = sys.argv, sys.stdin
    sys.modules["__main__"], sys.argv, sys.stdin = module, [""], io.StringIO()  # input() fails instead of waiting
    os.environ.setdefault("MPLBACKEND", "agg")  # a window would wait for somebody to close it
    style = pyplot.rcParams.copy() if (pyplot := sys.modules.get("matplotlib.pyplot")) else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        sys.modules["__main__"], sys.argv, sys.stdin = main, arguments, keyboard
        os.chdir(here)
        os.environ.clear()
        os.environ.update(environment)
        _tidy_pyplot(style)
        _reset(0)


def _tidy_pyplot(style: dict[str, Any] | None) -> None:
    """Close every figure and put the style back: `style`, or matplotlib's own if the code was the first to load it."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
        with warnings.catch_warnings(action="ignore"):  # some old settings warn when they are touched
            pyplot.rcdefaults() if style is None else dict.update(pyplot.rcParams, style)


def _reset(seed: int) -> None:
    """Bring the libraries that are loaded to the state they have after import, with seeded generators."""
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        _reset_numpy(numpy, seed)
    if torch := sys.modules.get("torch"):
        _reset_torch(torch, seed)


def _reset_numpy(numpy: Any, seed: int) -> None:
    numpy.random.seed(seed)
    numpy.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    numpy.set_printoptions(
        edgeitems=3, infstr="inf", linewidth=75, nanstr="nan", precision=8, suppress=False, threshold=1000,
        formatter=None, sign="-", floatmode="maxprec", legacy=False,
    )  # fmt: skip


def _reset_torch(torch: Any, seed: int) -> None:
    torch.manual_seed(seed)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    if torch.are_deterministic_algorithms_enabled():  # switching it off unasked imports torch's compiler: two seconds
        torch.use_deterministic_algorithms(False)
    torch.set_printoptions(profile="default")


SEEDERS = {"random": ("random", "seed"), "numpy": ("numpy.random", "seed"), "torch": ("torch", "manual_seed")}


@contextlib.contextmanager
def _seeds_noted(before: dict[str, Any]) -> Iterator[set[str]]:
    """The libraries whose generator the code seeds by a number of its own first: it draws the same each time."""
    seeded: set[str] = set()
    originals = []
    for library, (place, name) in SEEDERS.items():
        if module := sys.modules.get(place):
            originals.append((module, name, getattr(module, name)))
            setattr(module, name, _noting(getattr(module, name), library, before[library], seeded))
    try:
        yield seeded
    finally:
        for module, name, function in originals:
            setattr(module, name, function)


def _noting(function: Callable[..., Any], library: str, before: Any, seeded: set[str]) -> Callable[..., Any]:
    """The function that seeds, which notes its library if nothing was drawn before."""

    @functools.wraps(function)
    def seed(*numbers: Any, **named: Any) -> Any:
        if all(number is not None for number in (*numbers, *named.values())) and (numbers or named):
            if _random_states()[library] == before:
                seeded.add(library)
        elif library in seeded:  # seeded by the clock after all
            seeded.remove(library)
        return function(*numbers, **named)

    return seed


def _random_states() -> dict[str, Any]:
    """The state of each global generator; a library that is only loaded by the block counts as used."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    legacy = numpy.random.get_state()[1:3] if numpy else None
    return {
        "random": random.getstate(),
        "numpy": legacy and (legacy[0].tobytes(), legacy[1]),
        "torch": torch.get_rng_state().numpy().tobytes() if torch else None,
    }
