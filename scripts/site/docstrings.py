r"""The `Formula:` and `Definition:` sections of docstrings: LaTeX, a blank line, then the meaning of its letters.

```text
Formula:
    o = \left\lfloor \frac{i + p_{lo} + p_{hi} - k}{s} \right\rfloor + 1

    i: input_size — input cells along the axis       a letter that is an argument
    s: stride (1..4)                                 with the range that the check draws it from
    p_lo — cells added before                        a letter that is no argument by itself
    padding = (p_lo, p_hi)                           an argument made of letters
    k = 2 * n + 1 — taps                             a letter made of letters
```
"""

import re
from dataclasses import dataclass, field

from scripts.site.api import Entry

NAME = r"[^\W\d]\w*"
LETTER_LINE = re.compile(rf"(?P<letter>{NAME})(?::\s*(?P<argument>{NAME}))?(?:\s*\((?P<low>\d+)\.\.(?P<high>\d+)\))?")
MADE_LINE = re.compile(rf"(?P<name>{NAME})\s*=(?!=)\s*(?P<expression>.+)")
DEFAULT_RANGE = (0, 12)


@dataclass(frozen=True)
class Letter:
    """A letter that is drawn at random; `argument` is empty where it only makes up other things."""

    name: str
    argument: str
    low: int
    high: int
    meaning: str


@dataclass(frozen=True)
class Made:
    """An argument, or another letter, computed from what stands above it."""

    name: str
    expression: str
    meaning: str


@dataclass
class Section:
    """A section of a docstring as its author wrote it."""

    tex: str
    letters: list[Letter] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)


def section(entry: Entry, heading: str) -> Section:
    """The section `heading` ("Formula" or "Definition") of a docstring.

    Raises:
        ValueError: there is none, or a line of it is not understood.
    """
    block = _block(entry, heading)
    if block is None:
        raise ValueError(f"{entry.name} in {entry.place} has no {heading}: section in its docstring")
    if any(ord(character) < 32 and character != "\n" for character in block):
        raise ValueError(f"the docstring of {entry.name} in {entry.place} needs an r before its quotes")
    tex, _, rest = block.partition("\n\n")
    found = Section(tex)
    for line in filter(None, (line.strip() for line in rest.split("\n"))):
        _read_line(entry, heading, found, line)
    names = [letter.name for letter in found.letters] + [made.name for made in found.made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{entry.name} in {entry.place} explains {twice[0]} twice")
    return found


def has_section(entry: Entry, heading: str) -> bool:
    """Whether the docstring of an entry has this section."""
    return _block(entry, heading) is not None


def _block(entry: Entry, heading: str) -> str | None:
    """The lines below the heading that are indented, without their indent."""
    match = re.search(rf"^{heading}:[ ]*\n((?:(?:[ ]{{4}}.*|[ \t]*)(?:\n|$))+)", entry.docstring, re.MULTILINE)
    return re.sub(r"^    ", "", match[1], flags=re.MULTILINE).strip("\n") if match else None


def _read_line(entry: Entry, heading: str, found: Section, line: str) -> None:
    rule, _, meaning = (part.strip() for part in line.partition(" — "))
    match = LETTER_LINE.fullmatch(re.sub(r"_\{(\w+)\}", r"_\1", rule))
    if match:
        low, high = (int(match["low"]), int(match["high"])) if match["low"] else DEFAULT_RANGE
        found.letters.append(Letter(match["letter"], match["argument"] or "", low, high, meaning))
    elif match := MADE_LINE.fullmatch(rule):
        found.made.append(Made(match["name"], match["expression"], meaning))
    elif heading == "Definition" and meaning:  # shown, not read: m_{c,r} may stay LaTeX
        found.letters.append(Letter(rule, "", *DEFAULT_RANGE, meaning))
    else:
        raise ValueError(f"{entry.name} in {entry.place} explains its letters with {line!r}, which is not understood")
