"""A page of the handbook, parsed once: its header, blocks, macros and prose, handed to everything that reads it.

Whatever looks like a Python block and would not be run is refused here.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from scripts.site.errors import PageError, page_name
from scripts.site.grammar import RULERS, Fence, Macro, Parts, find_macros, split

EXPECTED_OUTPUT = "<!--pytest-codeblocks:expected-output-->"
PYTHON_WORD = re.compile(r"\b(py|pyi|py3|python[\d.]*|pycon\d?|pytb|ipython\d?|python-repl|xonsh)\b", re.IGNORECASE)
SHELL_WORDS = {"sh", "bash", "zsh", "shell"}
HEADER_KEYS = {"description", "omits", "title", "hide", "template", "search", "status", "tags", "icon"}
OLD_STYLE_HEADER = re.compile(r"[A-Za-z0-9_-]+:(\s|$)")
HEADING = re.compile(r"(#{1,6})[ ]+(.+?)[ #]*$")


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


@dataclass(frozen=True)
class Section:
    """A heading and the lines below it, up to the next heading of any level.

    Attributes:
        line: Line of the heading.
        end_line: Last line of the section.
        level: How many # it has.
        title: Its words as they are typed.
    """

    line: int
    end_line: int
    level: int
    title: str


class Page:
    """A page as it stands on disk. Each part is read when it is first asked for; a fault raises a PageError.

    Args:
        name: Path for messages, relative to the repository root ("docs/chapters/14-separable.md").
        source: The whole file, header included.

    Attributes:
        lines: The lines of the file.
        text: These lines, each ended; offsets in `text` and in `prose` are the same.
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        source = source.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n")
        self.lines = source.split("\n") if source else []
        self.text = "".join(line + "\n" for line in self.lines)

    @classmethod
    def read(cls, path: Path) -> "Page":
        """The page in a file."""
        return cls(page_name(path), path.read_text(encoding="utf-8"))

    @property
    def uri(self) -> str:
        """Its path below docs/, from which links start."""
        return self.name.partition("/")[2] or self.name

    @cached_property
    def parts(self) -> Parts:
        """Fences, comments and prose."""
        return split(self.name, self.lines)

    @property
    def fences(self) -> list[Fence]:
        """The fenced blocks, of whatever language."""
        return self.parts.fences

    @cached_property
    def prose(self) -> str:
        """The text, blank where something else stands than prose: header, fences, comments."""
        return "".join(line + "\n" for line in self.parts.prose)

    @cached_property
    def body(self) -> int:
        """The offset behind the header."""
        return sum(len(line) + 1 for line in self.lines[: self.parts.header])

    @cached_property
    def header(self) -> dict[str, Any]:
        """The YAML header."""
        return _header(self.name, self.lines)

    @cached_property
    def blocks(self) -> list[Block]:
        """The Python blocks."""
        return _blocks(self)

    @cached_property
    def macros(self) -> list[Macro]:
        """The macros of the prose."""
        return find_macros(self.name, self.prose)

    @cached_property
    def header_macros(self) -> list[Macro]:
        """The macros of the header, which its title and its description may have."""
        return find_macros(self.name, self.text[: self.body])

    @cached_property
    def sections(self) -> list[Section]:
        """The sections in order; what stands above the first heading belongs to none."""
        found = [(line, match) for line, text in enumerate(self.parts.prose, 1) if (match := HEADING.match(text))]
        ends = [*(line - 1 for line, _ in found[1:]), len(self.lines)]
        return [
            Section(line, end, len(match[1]), match[2].strip()) for (line, match), end in zip(found, ends, strict=False)
        ]


def _header(name: str, lines: list[str]) -> dict[str, Any]:
    """The YAML header, which mkdocs takes for text without a word when it cannot read it."""
    if not lines or lines[0].rstrip() != "---":
        if lines and OLD_STYLE_HEADER.match(lines[0]):
            raise PageError(name, 1, "a first line with a colon is taken for a header. Begin with # or with ---.")
        return {}
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in RULERS), None)
    if end is None:
        raise PageError(name, 1, "this header is never closed. Add --- below its last line.")
    try:
        header = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise PageError(name, line, f"the header is not YAML: {error.problem}.") from error
    if header is not None and not isinstance(header, dict):
        raise PageError(name, 2, "the header is not a list of `key: value` lines.")
    if unknown := sorted(set(header or {}) - HEADER_KEYS, key=str):
        cause = f"the header has the key {unknown[0]}; known: {', '.join(sorted(HEADER_KEYS))}."
        line = next((number for number, text in enumerate(lines, 1) if text.startswith(f"{unknown[0]}:")), 1)
        raise PageError(name, line, cause)
    return header or {}


def _blocks(page: Page) -> list[Block]:
    """The Python blocks.

    Raises:
        PageError: for a fence that looks like Python and would not be run, a shell fence, a comment that would change
            how a block is run, and an output that belongs to no block.
    """
    for fence in page.fences:
        _refuse_unrunnable(page.name, fence)
    shown = shown_outputs(page.parts)
    blocks = []
    for fence in page.fences:
        if fence.info == "python":
            output = shown.get(fence.line)
            where = (output.text, output.line, output.end_line) if output else (None, 0, 0)
            blocks.append(Block(fence.line, fence.end_line, fence.indent, fence.text, *where))
    return blocks


def _refuse_unrunnable(name: str, fence: Fence) -> None:
    """Refuse the languages that look run but are not, and those that are run but should not be."""
    if fence.info == "":
        raise PageError(name, fence.line, "a fence without a language. Write ```python (it is run) or ```text.")
    if fence.info != "python" and PYTHON_WORD.search(fence.info):
        cause = f"a fence that says {fence.info!r} is not run. Write ```python and nothing else after the word."
        raise PageError(name, fence.line, cause)
    if fence.info.split()[0].strip("{}.") in SHELL_WORDS:
        cause = f"shell commands ({fence.info!r}) are not run here. Write ```console or ```text."
        raise PageError(name, fence.line, cause)


def shown_outputs(parts: Parts) -> dict[int, Fence]:
    """Line of a Python fence -> the fence with its shown output. Every other comment to a runner is refused."""
    shown: dict[int, Fence] = {}
    for line, comment in parts.comments:
        if "pytest-codeblocks" in comment or "pytest.mark" in comment:
            block, output = _around_comment(parts, line, comment)
            if block.line in shown or block.indent != output.indent:
                raise PageError(parts.name, line, "one output for each block, at the block's own indent.")
            shown[block.line] = output
    return shown


def _around_comment(parts: Parts, line: int, comment: str) -> tuple[Fence, Fence]:
    """The Python fence directly above an expected-output comment and the text fence directly below it."""
    if comment != EXPECTED_OUTPUT:
        cause = f"{comment} would change how a block is run. Only {EXPECTED_OUTPUT} may stand."
        raise PageError(parts.name, line, cause)
    block = next((fence for fence in reversed(parts.fences) if fence.end_line < line), None)
    output = next((fence for fence in parts.fences if fence.line > line), None)
    if block is None or block.info != "python" or not _blank(parts, block.end_line, line):
        raise PageError(parts.name, line, "an output that follows no Python block. Put it directly below one.")
    if output is None or output.info != "text" or not _blank(parts, line, output.line - 1):
        raise PageError(parts.name, line, "this comment wants a ```text fence with the output directly below it.")
    return block, output


def _blank(parts: Parts, after: int, to: int) -> bool:
    """Whether nothing but comments and white space stands on the lines behind `after`, up to and with `to`."""
    return not "".join(parts.prose[after:to]).strip()
