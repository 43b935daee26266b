"""Before the pages are read, work out in other processes what the cache lacks: blocks, formulas, laws, cards, programs.

What a process works out lies in the cache when its page asks for it. Nothing else comes back: a fault is found again,
and named, when the page itself is checked. One process has all programs of other frameworks, so that each framework is
imported once; the others are forked from one that has imported torch.
"""

import ast
import contextlib
import functools
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor

from scripts import fingerprints
from scripts.site import cache, companions, runner
from scripts.site.errors import PageError
from scripts.site.page import Block, Page

WORTH_WORKERS = 8  # pieces of work; for fewer, starting other processes takes longer than they save
IN_ANY_PROCESS = ("card", "definition", "formula", "law")  # macros that keep what they work out
WITH_FRAMEWORKS = ("in_frameworks", "port_pairs")
IMPORTED_ONCE = ["numpy", "torch", "matplotlib.figure"]
Work = Block | str  # a block, or the code of a macro

_coming: dict[str, list["Future[None]"]] = {}


def begin(pages: Iterable[Page]) -> None:
    """Begin to work out what the cache lacks of these pages, in their order."""
    _coming.clear()
    anywhere, with_frameworks = [], []
    for page in pages if cache.is_on() else ():
        with contextlib.suppress(PageError):  # which comes again when the page is checked
            for work, needs_framework in _missing(page):
                (with_frameworks if needs_framework else anywhere).append((page, work))
    if len(anywhere) + len(with_frameworks) >= WORTH_WORKERS:
        _submit(with_frameworks, 1)
        _submit(anywhere, min(os.cpu_count() or 1, 8))


def wait_for(page: str) -> None:
    """Wait until what was begun for a page is done, well or not."""
    for future in _coming.pop(page, ()):
        with contextlib.suppress(Exception):  # a process died over it: it is done here, and dies here
            future.result()


def _missing(page: Page) -> Iterator[tuple[Work, bool]]:
    """Each block without a kept result, each macro that was not worked out ahead, and whether it needs a framework."""
    sources = runner.sources_of_results()
    for block in page.blocks:
        if not cache.holds("blocks", runner.key_of_result(block, sources)):
            yield block, bool(companions.needed_by(block.code))
    for macro in page.macros:
        name = macro.code.partition("(")[0].strip()
        if name in IN_ANY_PROCESS + WITH_FRAMEWORKS and not cache.holds("ahead", _key(page.name, macro.code)):
            yield macro.code, name in WITH_FRAMEWORKS


def _key(page: str, code: str) -> list[str]:
    """What decides whether a macro has to be worked out again."""
    glossary = fingerprints.digest_of((fingerprints.ROOT / "docs" / "data" / "letters.yml").read_bytes())
    known = [*fingerprints.of_what_pages_use(), fingerprints.of_module("scripts.site.functions")]
    return [page, code, glossary, *known, *companions.releases([f"import {name}" for name in companions.FRAMEWORKS])]


def _submit(works: list[tuple[Page, Work]], processes: int) -> None:
    if not works:
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    workers = ProcessPoolExecutor(processes, context, initializer=_prepare, initargs=(dict(os.environ),))
    for page, work in works:
        _coming.setdefault(page.name, []).append(workers.submit(_done, page.name, page.text, work))
    workers.shutdown(wait=False)  # ends when the last piece is done


def _prepare(environment: Mapping[str, str]) -> None:
    """Make a process one of this build: the one it is forked from may be older."""
    os.environ.clear()
    os.environ.update(environment)
    fingerprints.begin_build()


def _done(name: str, text: str, work: Work) -> None:
    """Do one piece of work, so that the cache has it."""
    with contextlib.suppress(Exception):  # comes again, with its place, when the page is checked
        if isinstance(work, Block):
            runner.kept_results()(name, work)
        else:
            _evaluate(_page(name, text), work)
            cache.cached("ahead", _key(name, work), lambda: True)


@functools.lru_cache(maxsize=2)
def _page(name: str, text: str) -> Page:
    return Page(name, text)


def _evaluate(page: Page, code: str) -> None:
    """Evaluate a macro that is one call whose arguments are literals."""
    from scripts.site.functions import functions  # here, because it imports most of this package

    call = ast.parse(code.strip(), mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise TypeError(f"{code} is no call")
    options = {option.arg: ast.literal_eval(option.value) for option in call.keywords if option.arg}
    functions(page, [], {})[call.func.id](*map(ast.literal_eval, call.args), **options)
