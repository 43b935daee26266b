"""The grammar of a page's source: its header, its fences, its comments, its macros, and the prose that is left.

Three programs read a page's fences: the site (pymdownx.superfences), the tests (pytest-codeblocks) and, for the README,
GitHub. They disagree on fences in quotations, on tildes, on marks of unequal length or indent. A page that only one of
them would understand is refused here, so whatever passes means the same to all three.
"""

import re
from dataclasses import dataclass, field

from scripts.site.errors import PageError

FENCE = re.compile(r"(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
FENCE_AFTER_BULLET = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])[ \t]+(?:```|~~~)")
INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
RULERS = ("---", "...")
STRING = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
MACRO = re.compile(rf"\[\[=((?:{STRING}|(?!=\]\]|\[\[=)[^\"'])*)=\]\]", re.DOTALL)
TEXT_OF_PICTURE = re.compile(  # the value of alt= or caption=, or a figure's second argument, up to the next keyword
    rf"(?:\b(?:alt|caption)\s*=|\bfigure\(\s*{STRING}\s*,(?!\s*\w+\s*=))"
    rf"(?P<value>(?:{STRING}|[^\"'])*?)(?=,\s*\w+\s*=[^=]|$)"
)
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
STRAY_MARK = re.compile(r"\[\[=|=\]\]")


@dataclass(frozen=True)
class Fence:
    """A fenced block: where it stands, the words behind its opening mark, and its lines without their common indent."""

    line: int
    end_line: int
    indent: str
    info: str
    body: tuple[str, ...]

    @property
    def text(self) -> str:
        """The body as one text, each line ended."""
        return "".join(line + "\n" for line in self.body)


@dataclass(frozen=True)
class Macro:
    """An expression between `[[=` and `=]]`: its line, its place in the page's text, and its code."""

    line: int
    begin: int
    end: int
    code: str


@dataclass
class Parts:
    """What `split` found.

    Attributes:
        name: The page, for messages.
        header: How many lines the YAML header has, with both rulers.
        fences: The fenced blocks.
        comments: The HTML comments, each with its first line.
        prose: What is left: as many lines as the file has, each as long, white space in place of everything else.
    """

    name: str
    header: int = 0
    fences: list[Fence] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def split(name: str, lines: list[str]) -> Parts:
    """Split the lines of a page into its parts.

    Raises:
        PageError: for a fence that the site and the tests would read differently.
    """
    parts = Parts(name, header_length(lines))
    parts.prose += [" " * len(line) for line in lines[: parts.header]]
    while len(parts.prose) < len(lines):
        start = len(parts.prose)
        if mark := _opening(name, start + 1, lines[start]):
            fence = _read_fence(name, lines, start, mark)
            parts.fences.append(fence)
            parts.prose += [" " * len(line) for line in lines[start : fence.end_line]]
        else:
            _read_prose_line(parts, lines, start)
    return parts


def header_length(lines: list[str]) -> int:
    """Lines of the YAML header with both rulers; 0 without one."""
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], 2):
            if line.rstrip() in RULERS:
                return number
    return 0


def find_macros(name: str, text: str) -> list[Macro]:
    """The macros of a text in which everything is blank that is not to be read.

    Raises:
        PageError: for a mark without its counterpart.
    """
    rest = MACRO.sub(blank, text)
    if stray := STRAY_MARK.search(rest):
        cause = f"{stray[0]} without its counterpart: a macro is [[= expression =]], its quotes closed."
        raise PageError(name, line_at(rest, stray.start()), cause)
    return [Macro(line_at(text, m.start()), m.start(), m.end(), m[1].strip()) for m in MACRO.finditer(text)]


def _opening(name: str, line: int, text: str) -> re.Match[str] | None:
    """The match of an opening mark, refused where the programs that read it disagree."""
    if FENCE_AFTER_BULLET.match(text):
        raise PageError(name, line, "a fence on the line of its bullet. Put it on a line of its own, indented by four.")
    mark = FENCE.match(text)
    if mark is None:
        return None
    if ">" in mark["indent"]:
        raise PageError(name, line, "a fence in a quotation (>) is not run. Use an admonition (!!! note) instead.")
    if "\t" in mark["indent"]:
        raise PageError(name, line, "a fence indented by a tab. Indent with spaces.")
    if mark["mark"][0] == "~":
        raise PageError(name, line, "a fence of tildes (~~~) is not run. Use backticks (```).")
    if "`" in mark["info"]:
        raise PageError(name, line, "a line that begins with ``` opens a fence. Close inline code elsewhere.")
    return mark


def _read_fence(name: str, lines: list[str], start: int, opening: re.Match[str]) -> Fence:
    """The fence that opens at index `start`, up to the mark of the same length and indent."""
    indent, mark = opening["indent"], opening["mark"]
    body: list[str] = []
    for number, text in enumerate(lines[start + 1 :], start + 2):
        if not text.startswith(indent) and text.strip():
            cause = f"this line is indented less than its fence (line {start + 1}). Indent it by {len(indent)}."
            raise PageError(name, number, cause)
        content = text[len(indent) :]
        if content.rstrip() == mark:
            return Fence(start + 1, number, indent, opening["info"].rstrip(), tuple(body))
        stripped = content.strip()
        if stripped and set(stripped) == {"`"} and len(stripped) >= len(mark):
            cause = f"this mark and the one that opened the fence (line {start + 1}) differ in length or indent."
            raise PageError(name, number, cause)
        body.append(content)
    raise PageError(name, start + 1, f"this fence is never closed. Add {mark} below its last line.")


def _read_prose_line(parts: Parts, lines: list[str], start: int) -> None:
    """Append one line to the prose, with its comments blanked; a comment may run over several lines."""
    text = lines[start]
    while (opening := _comment_start(text)) is not None:
        end = text.find("-->", opening)
        if end >= 0:
            parts.comments.append((start + 1, text[opening : end + 3]))
            text = text[:opening] + " " * (end + 3 - opening) + text[end + 3 :]
        else:
            return _read_long_comment(parts, lines, start, text, opening)
    parts.prose.append(text)
    return None


def _comment_start(text: str) -> int | None:
    """Column of the first `<!--` that is not inside inline code."""
    masked = INLINE_CODE.sub(lambda code: " " * len(code[0]), text)
    return column if (column := masked.find("<!--")) >= 0 else None


def _read_long_comment(parts: Parts, lines: list[str], start: int, first: str, opening: int) -> None:
    """A comment that ends on a later line. A fence inside it would be hidden on the site and run in the tests."""
    parts.prose.append(first[:opening].ljust(len(first)))
    comment = [first[opening:]]
    for index in range(start + 1, len(lines)):
        if FENCE.match(lines[index]):
            raise PageError(parts.name, index + 1, "a fence inside an HTML comment. Delete it, or show it.")
        before, closing, after = lines[index].partition("-->")
        comment.append(before + closing)
        parts.prose.append(" " * len(before + closing) + after)
        if closing:
            parts.comments.append((start + 1, "\n".join(comment)))
            return
    raise PageError(parts.name, start + 1, "this comment is never closed. Add --> behind it.")


def blank(found: re.Match[str] | str) -> str:
    """White space in the place of a text, so that what follows keeps its line and column."""
    return re.sub(r"[^\n]", " ", found if isinstance(found, str) else found[0])


def line_at(text: str, offset: int) -> int:
    """The line of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1
