"""Find the Python blocks of a page, and refuse whatever looks like one but would not be run."""

import re
from dataclasses import dataclass

from scripts.site.errors import PageError
from scripts.site.fences import Fence, PageParts, split_page

EXPECTED_OUTPUT = "<!--pytest-codeblocks:expected-output-->"
PYTHON_WORD = re.compile(r"\b(py|pyi|py3|python[\d.]*|pycon\d?|pytb|ipython\d?|python-repl|xonsh)\b", re.IGNORECASE)
SHELL_WORDS = {"sh", "bash", "zsh", "shell"}


@dataclass(frozen=True)
class Block:
    """A Python block and the output that the page shows for it.

    Attributes:
        line: Line of the opening mark; the code begins on the next one.
        end_line: Line of the closing mark.
        indent: White space before both.
        code: The code without that indent.
        expected: The shown output, or None where the page shows none.
        expected_line: Line of the shown output's opening mark, 0 without one.
        expected_end_line: Line of its closing mark, 0 without one.
    """

    line: int
    end_line: int
    indent: str
    code: str
    expected: str | None = None
    expected_line: int = 0
    expected_end_line: int = 0


def find_blocks(markdown: str, page: str = "page.md") -> list[Block]:
    """The Python blocks of a page, in order.

    Args:
        markdown: The page as it stands on disk, front matter included.
        page: Its name in messages, relative to the repository root.

    Raises:
        PageError: for a fence that looks like Python and would not be run, a shell fence, a comment that would change
            how a block is run, and an output that belongs to no block.
    """
    parts = split_page(page, markdown)
    for fence in parts.fences:
        _refuse_unrunnable(page, fence)
    shown = _shown_outputs(parts)
    blocks = []
    for fence in parts.fences:
        if fence.info == "python":
            output = shown.get(fence.line)
            where = (output.text, output.line, output.end_line) if output else (None, 0, 0)
            blocks.append(Block(fence.line, fence.end_line, fence.indent, fence.text, *where))
    return blocks


def _refuse_unrunnable(page: str, fence: Fence) -> None:
    """Refuse the languages that look run but are not, and those that are run but should not be."""
    if fence.info == "":
        raise PageError(page, fence.line, "a fence without a language. Write ```python (it is run) or ```text.")
    if fence.info != "python" and PYTHON_WORD.search(fence.info):
        cause = f"a fence that says {fence.info!r} is not run. Write ```python and nothing else after the word."
        raise PageError(page, fence.line, cause)
    if fence.info.split()[0].strip("{}.") in SHELL_WORDS:
        cause = f"shell commands ({fence.info!r}) are not run here. Write ```console or ```text."
        raise PageError(page, fence.line, cause)


def _shown_outputs(parts: PageParts) -> dict[int, Fence]:
    """Line of a Python fence -> the fence with its shown output. Every other comment to a runner is refused."""
    shown: dict[int, Fence] = {}
    for line, comment in parts.comments:
        if "pytest-codeblocks" in comment or "pytest.mark" in comment:
            block, output = _around_comment(parts, line, comment)
            if block.line in shown or block.indent != output.indent:
                raise PageError(parts.page, line, "one output for each block, at the block's own indent.")
            shown[block.line] = output
    return shown


def _around_comment(parts: PageParts, line: int, comment: str) -> tuple[Fence, Fence]:
    """The Python fence directly above an expected-output comment and the text fence directly below it."""
    if comment != EXPECTED_OUTPUT:
        cause = f"{comment} would change how a block is run. Only {EXPECTED_OUTPUT} may stand."
        raise PageError(parts.page, line, cause)
    block = next((fence for fence in reversed(parts.fences) if fence.end_line < line), None)
    output = next((fence for fence in parts.fences if fence.line > line), None)
    if block is None or block.info != "python" or not _blank(parts, block.end_line, line):
        raise PageError(parts.page, line, "an output that follows no Python block. Put it directly below one.")
    if output is None or output.info != "text" or not _blank(parts, line, output.line - 1):
        raise PageError(parts.page, line, "this comment wants a ```text fence with the output directly below it.")
    return block, output


def _blank(parts: PageParts, after: int, to: int) -> bool:
    """Whether nothing but comments and white space stands on the lines behind `after`, up to and with `to`."""
    return not "".join(parts.prose[after:to]).strip()
