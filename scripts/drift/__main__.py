"""Plant changes of every kind in the pages and count which of them the build notices: `make drift`.

Each change is planted alone, and only what it touches is worked out again, in this process. It is noticed by a check,
which stops the build with page, line and cause; or by the file of reviewed values; or it makes its section one that
nobody has read since, which is not published. What is noticed by none of them survives, and each survivor is written
down. Not every change makes something false, so a share below one hundred per cent is not a fault by itself.

What a kind gave is kept in the cache: the same command goes on where it was interrupted, as long as no source changed.
"""

import argparse
import datetime
import json
import os
import random
import re
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from scripts import fingerprints
from scripts.drift.mutants import Mutant, planted
from scripts.drift.sources import HARMLESS, Change, behind
from scripts.site import addresses, bibliography, cache, inputs, prose, readings, reviewed
from scripts.site.errors import ROOT, PageError
from scripts.site.functions import expand_with
from scripts.site.macros import Expanded
from scripts.site.page import Page
from scripts.site.pasting import check_pasting
from scripts.site.runner import PageRun, Result, check_output, kept_results, run_one
from scripts.site.values import same

RECORD = ROOT / "docs" / "data" / "drift.json"
NOTICED = ("a check", "reviewed values", "a section that counts as unread")


class Baseline(NamedTuple):
    """A page without a fault: what its blocks and its macros give."""

    page: Page
    run: PageRun
    blocks: list[Result]
    expanded: Expanded | None
    digests: dict[str, tuple[int, str]]


def baseline(path: Path) -> Baseline:
    """Run a page once.

    Raises:
        PageError: for a page that has a fault of its own, in which every change would seem to be noticed.
    """
    page = Page.read(path)
    result = kept_results()
    blocks = [result(page.name, block) for block in page.blocks]
    before = Baseline(page, _together(page, blocks), blocks, None, readings.digests(page))
    return before._replace(expanded=_checked(before, page))


def noticed(before: Baseline, mutant: Mutant) -> str:
    """What notices a change first; "" if nothing does."""
    try:
        page = mutant.applied(before.page)
        values = reviewed.values(_checked(before, page))
    except PageError:
        return NOTICED[0]
    if before.expanded is None or values != reviewed.values(before.expanded):
        return NOTICED[1]
    now = {title: digest for title, (_, digest) in readings.digests(page).items()}
    return "" if now == {title: digest for title, (_, digest) in before.digests.items()} else NOTICED[2]


def _checked(before: Baseline, page: Page) -> Expanded:
    """Check a changed page as the build does, but run only the blocks that changed, and macros only where any did."""
    _ = page.header
    inputs.check_inputs(page, prose.check_prose(page), prose.INPUTS)
    blocks = []
    for block, old, result in zip(page.blocks, before.page.blocks, before.blocks, strict=True):
        check_pasting(page.name, block)
        if replace(block, line=0) != replace(old, line=0):
            result = run_one(page.name, block) if block.code != old.code else result
            check_output(page.name, block, result[0])
        blocks.append(result)
    if before.expanded and blocks == before.blocks and _codes(page) == _codes(before.page):
        expanded = replace(before.expanded, page=page)
    else:
        expanded = expand_with(page, _together(page, blocks))
    bibliography.check_citations(page)
    addresses.check_addresses(page)
    return expanded


def _codes(page: Page) -> list[str]:
    return [macro.code for macro in (*page.header_macros, *page.macros)]


def _together(page: Page, blocks: list[Result]) -> PageRun:
    run = PageRun(page.blocks)
    for block, (output, variables, hidden) in zip(page.blocks, blocks, strict=True):
        for name, value in variables.items():
            if name in run.variables and not same(value, run.variables[name]):
                raise PageError(page.name, block.line, f"{name} has two values")
        run.outputs.append(output)
        run.variables.update(variables)
        run.hidden.update(hidden)
    return run


def measure(paths: list[Path], each: int, seed: int, kinds: str = "") -> dict[str, Any]:
    """Plant `each` changes of every kind in whose name `kinds` is found, spread over the pages."""
    dice = random.Random(seed)
    changes: dict[str, list[Change]] = {}
    for path in paths:
        began = time.monotonic()
        before = baseline(path)
        print(f"{before.page.name}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
        for kind, mutants in planted(before.page, before.run.variables, dice).items():
            changes.setdefault(kind, []).extend(
                Change(kind, _described(before.page, one), partial(noticed, before, one)) for one in mutants
            )
        for kind, found in behind(before.page, before.blocks, dice).items():
            changes.setdefault(kind, []).extend(found)
    results = []
    key = [*_sources(paths), str(seed), str(each)]
    for kind, found in changes.items():
        found = dice.sample(found, len(found))
        if re.search(kinds, kind):
            results.append(cache.cached("kinds", [*key, kind], partial(_counted, kind, found, each)))
    return {"date": datetime.date.today().isoformat(), "seed": seed, "kinds": results}


def _sources(paths: list[Path]) -> list[str]:
    """All that decides what notices a change."""
    packages = [fingerprints.of_package(name) for name in ("reference_impl", "scripts")]
    data = [path for path in (ROOT / "docs" / "data").rglob("*") if path.is_file() and path != RECORD]
    texts = [text for path in paths for text in (path.name, path.read_text(encoding="utf-8"))]
    return [*packages, fingerprints.of_versions(), fingerprints.digest_of_files(data), *texts]


def _counted(kind: str, changes: list[Change], each: int) -> dict[str, Any]:
    """What noticed the first changes; those that change nothing shown do not count."""
    counts: Counter[str] = Counter()
    survivors = []
    began = time.monotonic()
    for change in changes:
        if counts.total() == each:
            break
        found = change.noticed()
        if found == HARMLESS:
            continue
        counts[found] += 1
        if not found:
            survivors.append(change.place)
    result = {"kind": kind, "planted": counts.total()} | {by: counts[by] for by in NOTICED} | {"survivors": survivors}
    print(f"{kind}, {time.monotonic() - began:.1f} s: {result}", file=sys.stderr, flush=True)
    return result


def _described(page: Page, mutant: Mutant) -> str:
    around = page.text[max(0, mutant.begin - 30) : mutant.end + 20]
    line = page.text.count("\n", 0, mutant.begin) + 1
    return (
        f"{page.name}:{line}: {page.text[mutant.begin : mutant.end]} → {mutant.after} in … {' '.join(around.split())} …"
    )


def _merged(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The record with the kinds that were measured now; the day is that of the oldest of them."""
    measured = {one["kind"]: one for one in now["kinds"]}
    kept = [measured.pop(one["kind"], one) for one in before["kinds"]]
    return before | {"date": min(before["date"], now["date"]), "kinds": [*kept, *measured.values()]}


def main(arguments: list[str]) -> int:
    """The command `python -m scripts.drift`."""
    parser = argparse.ArgumentParser(prog="python -m scripts.drift", description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, help="all pages by default")
    parser.add_argument("--each", type=int, default=80, help="changes of each kind (80)")
    parser.add_argument("--seed", type=int, default=0, help="of what is planted where (0)")
    parser.add_argument("--kinds", default="", help="only those in whose name this is found")
    parser.add_argument("--write", action="store_true", help="keep the result in docs/data/drift.json")
    options = parser.parse_args(arguments)
    os.environ.setdefault("BLOCK_SECONDS", "60")
    paths = options.pages or sorted((ROOT / "docs").rglob("*.md"))
    result = measure(paths, options.each, options.seed, options.kinds)
    if options.kinds and RECORD.is_file():
        result = _merged(json.loads(RECORD.read_text(encoding="utf-8")), result)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if options.write:
        RECORD.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
