"""The `Formula:` and `Definition:` sections of docstrings: equations in Python, a blank line, how they are tried.

```text
Formula:
    o = (i + p_lo + p_hi - k) // s + 1
                                     i, k and s are the arguments that docs/data/letters.yml says they are
    s: stride (1..4)                 a letter tied to another argument, or drawn from a range of its own
    P — parameters                   which of its meanings a letter has
    padding = (p_lo, p_hi)           an argument made of letters
    x = array(N, C, L, outside=0)    an array of random whole numbers, which may be read outside its cells
    u in range(r)                    the values of an index on the left that is not one by itself
    r = receptive_field(layers).size what a side is compared with, where it is not simply the function's result
```
"""

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from scripts.site.api import Entry
from scripts.site.expressions import called, equations

NAME = r"[^\W\d]\w*"
LETTER_LINE = re.compile(rf"(?P<letter>{NAME})(?::\s*(?P<argument>{NAME}))?(?:\s*\((?P<low>\d+)\.\.(?P<high>\d+)\))?")
RANGE_LINE = re.compile(rf"(?P<letter>{NAME}) in (?P<range>range\(.+\))")


@dataclass
class Section:
    """A section of a docstring.

    Attributes:
        text: Its equations as written.
        ties: Letter -> argument, where the section says so.
        ranges: Letter -> first and last number it is drawn from.
        senses: Letter -> which of its meanings it has here.
        made: (target, expression) of each argument or letter made of others, in order.
        indices: Index -> the range it runs over.
        compared: (left side, expression) of what is compared with the function.
    """

    text: str
    ties: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    senses: dict[str, str] = field(default_factory=dict)
    made: list[tuple[ast.expr, ast.expr]] = field(default_factory=list)
    indices: dict[str, ast.expr] = field(default_factory=dict)
    compared: list[tuple[ast.expr, ast.expr]] = field(default_factory=list)


def section(entry: Entry, heading: str) -> Section:
    """The section `heading` ("Formula" or "Definition") of a docstring.

    Raises:
        ValueError: there is none, or a line of it is not understood.
    """
    block = _block(entry, heading)
    if block is None:
        raise ValueError(f"{entry.name} in {entry.place} has no {heading}: section in its docstring")
    text, _, rest = block.partition("\n\n")
    if "\\" in text:
        raise ValueError(f"{entry.name} in {entry.place} has LaTeX in its {heading}:. Write it in Python's syntax")
    found = Section(text)
    for line in filter(None, (line.strip() for line in rest.split("\n"))):
        _read_line(entry, found, line)
    return found


def has_section(entry: Entry, heading: str) -> bool:
    """Whether the docstring of an entry has this section."""
    return _block(entry, heading) is not None


def _block(entry: Entry, heading: str) -> str | None:
    """The lines below the heading that are indented, without their indent."""
    match = re.search(rf"^{heading}:[ ]*\n((?:(?:[ ]{{4}}.*|[ \t]*)(?:\n|$))+)", entry.docstring, re.MULTILINE)
    return re.sub(r"^    ", "", match[1], flags=re.MULTILINE).strip("\n") if match else None


def _read_line(entry: Entry, found: Section, line: str) -> None:
    rule, _, sense = (part.strip() for part in line.partition(" — "))
    if match := LETTER_LINE.fullmatch(rule):
        letter = match["letter"]
        for kept, what in ((found.ties, match["argument"]), (found.senses, sense)):
            if what:
                _once(entry, kept, letter, what)
        if match["low"]:
            _once(entry, found.ranges, letter, (int(match["low"]), int(match["high"])))
    elif match := RANGE_LINE.fullmatch(rule):
        _once(entry, found.indices, match["letter"], equations(match["range"])[0].left)
    elif "=" in rule and len(sides := equations(rule)[0].sides) == 2:
        target, expression = sides
        (found.compared if entry.name in called(expression) else found.made).append((target, expression))
        if sense:
            _once(entry, found.senses, ast.unparse(target), sense)
    else:
        raise ValueError(f"{entry.name} in {entry.place} explains its letters with {line!r}, which is not understood")


def _once(entry: Entry, kept: dict[str, Any], letter: str, what: Any) -> None:
    if letter in kept:
        raise ValueError(f"{entry.name} in {entry.place} explains {letter} twice")
    kept[letter] = what
