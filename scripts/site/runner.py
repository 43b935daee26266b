"""Run the Python blocks of a page: the one runner of the site build and of the tests.

Each block runs alone. What it prints must be what the page shows below it, to the letter.
"""

import difflib
import functools
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts import fingerprints
from scripts.site import cache, companions
from scripts.site.comments import Watch, check_numbers, check_shapes
from scripts.site.errors import ROOT, PageError, page_name
from scripts.site.isolation import Execution, TooLongError, execute
from scripts.site.page import Block, Page
from scripts.site.values import binding_lines, decode, encode, exported, same

UNSEEDED = re.compile(
    r"\b(default_rng|Random|RandomState)\(\s*\)|\btorch\.seed\(|\b(time|datetime|urandom|secrets|uuid)\b"
)


Result = tuple[str, dict[str, Any], dict[str, str]]  # what a block prints, its values, its other names and why


@dataclass(frozen=True)
class PageRun:
    """What the blocks of a page gave.

    Attributes:
        blocks: The blocks, in the order of the page.
        outputs: What each block printed.
        variables: Name -> plain value, for the page's sentences.
        hidden: Name -> why a sentence cannot use this variable, to go behind "because it is".
    """

    blocks: list[Block] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


def run_page(page: Page, result: Callable[[str, Block], Result] | None = None) -> PageRun:
    """Run every block of a page and compare what it prints with what the page shows.

    Args:
        page: The page.
        result: What gives the result of one block; `run_one` by default.

    Raises:
        PageError: for the first block that raises, warns, prints something else than the page shows, or gives a name
            another value than an earlier block does.
    """
    run = PageRun(page.blocks)
    first: dict[str, Block] = {}
    for block in run.blocks:
        output, variables, hidden = (result or run_one)(page.name, block)
        check_output(page.name, block, output)
        for name, value in variables.items():
            if name in run.variables and not same(value, run.variables[name]):
                line, before = (one.line + binding_lines(one.code)[name] for one in (block, first[name]))
                earlier = f"{run.variables[name]!r} at line {before}"
                cause = f"{name} is {value!r} here and {earlier}. Rename one, or let it start with an underscore."
                raise PageError(page.name, line, cause)
            first.setdefault(name, block)
        run.outputs.append(output)
        run.variables.update(variables)
        run.hidden.update(hidden)
    return run


def run_page_cached(page: Page) -> PageRun:
    """`run_page` that runs a block only if neither it nor what it depends on has changed since a good run of it.

    A block depends on `reference_impl`, on the versions of the packages and on this runner. Prose and the other blocks
    may change.
    """
    return run_page(page, kept_results()) if page.blocks else PageRun()


def kept_results() -> Callable[[str, Block], Result]:
    """`run_one` with a cache, for as long as the sources stay what they are now."""
    sources = sources_of_results()
    begin = functools.cache(cache.forget_stale_modules)  # once, and not at all where nothing is run

    def result(page: str, block: Block) -> Result:
        def compute() -> list[Any]:
            begin()
            output, variables, hidden = run_one(page, block)
            check_output(page, block, output)  # what is refused is not kept
            return [output, encode(variables), hidden]

        output, variables, hidden = cache.cached("blocks", key_of_result(block, sources), compute)
        return output, decode(variables), hidden

    return result


def sources_of_results() -> list[str]:
    """What the result of every block depends on."""
    return [*fingerprints.of_what_pages_use(), fingerprints.of_module(__name__)]


def key_of_result(block: Block, sources: list[str]) -> list[str]:
    """What the kept result of a block depends on."""
    return [*sources, block.code, repr(block.expected), *companions.releases([block.code])]


def run_one(page: str, block: Block) -> Result:
    """Run one block where it can: here, or in the process of its framework, which gives no values to sentences."""
    return (run_elsewhere(page, block), {}, {}) if companions.needed_by(block.code) else run_block(page, block)


def run_elsewhere(page: str, block: Block) -> str:
    """What a block prints that needs a framework of its own, compared with what the page shows.

    Where the framework is not installed, that is what the page shows.
    """
    output = companions.output_of(page, block)
    if output is None:
        return block.expected or ""
    check_output(page, block, output)
    return output


def run_block(page: str, block: Block) -> Result:
    """Run one block alone; its output, the values it gives to sentences, and the names it does not.

    A block that draws from a global generator which it has not seeded first runs twice, from two states: a reader's
    starts from a third. So does one that makes an unseeded generator or asks for the time.

    Raises:
        PageError: if it raises, exits or warns; if a shape in a comment is not true; or if what it prints or computes
            is not the same twice.
    """
    watch = Watch(page, block)
    execution = _execute(page, block, seed=0, watch=watch if watch.lines else None)
    if watch.fault:
        raise watch.fault
    check_shapes(page, block, execution.namespace)
    check_numbers(page, block, execution.output, execution.namespace)
    variables, hidden = exported(block.code, execution.namespace)
    if execution.used_random_state or UNSEEDED.search(block.code):
        again = _execute(page, block, seed=1)
        if again.output != execution.output or not same(variables, exported(block.code, again.namespace)[0]):
            cause = (
                "what this block prints or computes depends on an unseeded generator or on the time. Seed it inside "
                "the block, or let the name start with an underscore."
            )
            raise PageError(page, block.line, cause)
    return execution.output, variables, hidden


def _execute(page: str, block: Block, seed: int, watch: Watch | None = None) -> Execution:
    """Execute a block so that its line numbers are the page's; whatever it raises becomes a PageError."""
    filename = str(ROOT / page)
    try:
        return execute("\n" * block.line + block.code, filename, seed, watch)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PageError(page, *_where_and_why(filename, block, error)) from error


def _where_and_why(filename: str, block: Block, error: BaseException) -> tuple[int, str]:
    """The page's line that failed, and the exception with the frames that a reader of the page can follow."""
    cause = "".join(traceback.format_exception_only(error)[-1:]).strip()
    if isinstance(error, TooLongError):
        cause = f"this block was {error}"
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno or block.line, cause
    if type(error) is NameError:
        cause += " (each block runs alone: import or assign it in this one)"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == filename]
    named = own[:1] + own[1:][-2:]
    if frames[-1].filename != filename and not isinstance(error, TooLongError):
        named.append(frames[-1])
    for frame in named:
        place = page_name(Path(frame.filename))
        cause += f"\n    {place}:{frame.lineno}, in {frame.name}: {frame.line}"
    return (own[-1].lineno or block.line) if own else block.line, cause


def check_output(page: str, block: Block, output: str) -> None:
    """Compare what a block printed with what the page shows.

    Raises:
        PageError: if they differ in a character, at the first line that differs.
    """
    output = ended(output)
    if block.expected is None and output:
        raise PageError(page, block.line, "this block prints, and the page does not show it. Run `make outputs`.")
    if block.expected is None or block.expected == output:
        return
    shown, printed = (text.removesuffix("\n").split("\n") for text in (block.expected, output))
    first = next((i for i, pair in enumerate(zip(shown, printed, strict=False)) if len(set(pair)) > 1), None)
    first = min(len(shown), len(printed)) if first is None else first
    diff = list(difflib.unified_diff(shown, printed, "shown", "printed", lineterm="", n=1))[:20]
    cause = "\n    ".join(["the page does not show what the block prints. If it should, run `make outputs`.", *diff])
    raise PageError(page, block.expected_line + 1 + first, cause)


def ended(output: str) -> str:
    """The output with its last line ended, as a fence shows it."""
    return output if output.endswith("\n") or not output else output + "\n"
