"""Show the formulas of reference_impl, each after it has agreed with its function on many random whole numbers."""

import importlib
import inspect
import math
import random
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from scripts import fingerprints
from scripts.site.api import Entry, lookup
from scripts.site.cache import cached, once_a_build
from scripts.site.docstrings import Letter, Made, Section, section
from scripts.site.latex import Side, sides, typeset

DRAWS = 240  # settings on which a formula and its function are compared
FEWEST = 100  # a function that refuses so many draws that fewer are left needs ranges: "s: stride (1..4)"
PATIENCE = 100  # draws for each comparison wanted
TOLERANCE = 1e-12  # relative, where the function returns a float


def formula(name: str, *, display: bool = True) -> str:
    """Markdown of a function's formula, displayed with the meaning of its letters, or inline without.

    Raises:
        ValueError: no such function or section, LaTeX that cannot be read, or a formula and a function that disagree.
    """
    entry = lookup(name)
    shown = section(entry, "Formula")
    cached("formulas", [entry.name, entry.docstring, *_shared_key()], lambda: check(entry))
    return _displayed(shown) if display else f"${' '.join(shown.tex.split())}$"


@once_a_build
def _shared_key() -> list[str | bytes]:
    """What the verdict on every formula depends on."""
    return [*fingerprints.of_what_pages_use(), fingerprints.of_module(__name__)]


def definition(name: str) -> str:
    """Markdown of the `Definition:` section of a function. Sums are not parsed: the block below it calls the function.

    Raises:
        ValueError: no such function or section.
    """
    return _displayed(section(lookup(name), "Definition"))


def check(entry: Entry, draws: int = DRAWS) -> int:
    """Compare every side of an entry's formula with its function; the number of settings compared.

    Raises:
        ValueError: for the first setting on which they differ, and for letters that are not tied to the function.
    """
    rules = section(entry, "Formula")
    chain = sides(rules.tex)
    compared = chain[1:] or chain
    _check_letters(entry, rules, compared)
    function = getattr(importlib.import_module(entry.module), entry.name)
    parameters = set(inspect.signature(function).parameters)
    _check_arguments(entry, rules, parameters)
    generator, accepted = random.Random(entry.name), 0
    for _ in range(draws * PATIENCE):
        drawn = _drawn(rules, generator, function, parameters)
        if drawn is None:
            continue
        letters, result = drawn
        for side in compared:
            _compare(side, letters, result)
        accepted += 1
        if accepted == draws:
            break
    if accepted < FEWEST:
        hint = "Give its letters ranges, as in s: stride (1..4)"
        raise ValueError(f"{entry.name} refuses nearly every setting drawn. {hint}")
    return accepted


def _check_letters(entry: Entry, rules: Section, compared: list[Side]) -> None:
    """Every letter of the formula leads to the function, and every explained letter occurs in the formula."""
    used = set().union(*(side.letters for side in compared))
    known = {letter.name for letter in rules.letters} | {made.name for made in rules.made}
    if untied := sorted(used - known):
        raise ValueError(
            f"{untied[0]} of {entry.name}'s formula is tied to no argument. Add a line {untied[0]}: argument"
        )
    for made in rules.made:
        used |= set(re.findall(r"[^\W\d]\w*", made.expression))
    if idle := [letter.name for letter in rules.letters if not {letter.name, letter.argument or letter.name} & used]:
        raise ValueError(f"{entry.name} explains {idle[0]}, which its formula does not have")


def _check_arguments(entry: Entry, rules: Section, parameters: set[str]) -> None:
    for letter in rules.letters:
        if letter.argument and letter.argument not in parameters:
            known = ", ".join(sorted(parameters))
            raise ValueError(f"{entry.name} has no argument {letter.argument} ({letter.name}); it has {known}")


def _drawn(
    rules: Section, generator: random.Random, function: Callable[..., Any], parameters: set[str]
) -> tuple[dict[str, Any], Any] | None:
    """Random letters and what the function makes of them; None for a setting that it refuses.

    A refusal is honest: a kernel larger than its input, groups that do not divide the channels.
    """
    letters: dict[str, Any] = {letter.name: generator.randint(letter.low, letter.high) for letter in rules.letters}
    arguments = {letter.argument: letters[letter.name] for letter in rules.letters if letter.argument}
    try:
        for made in rules.made:
            target = arguments if made.name in parameters else letters
            target[made.name] = eval(_explicit(made.expression), {"__builtins__": {}}, letters | arguments)
        return letters, function(**arguments)
    except (ValueError, ZeroDivisionError, NotImplementedError):
        return None


def _explicit(expression: str) -> str:
    """``2 n + 1`` as Python writes it."""
    return re.sub(r"(?<![\w.])(\d+) *(?=[^\W\d])", r"\1 * ", expression)


def _compare(side: Side, letters: Mapping[str, Any], result: Any) -> None:
    setting = ", ".join(f"{name}={value}" for name, value in sorted(letters.items()) if name in side.letters)
    try:
        value = side.value(letters)
    except ZeroDivisionError:
        raise ValueError(f"the formula divides by zero, the function gives {result}, at {setting}") from None
    if isinstance(result, bool) or not isinstance(result, int | Fraction | float):
        raise ValueError(f"the function gives {type(result).__name__}, and a formula gives one number")
    inexact = isinstance(result, float) or isinstance(value, float)
    if not (math.isclose(value, result, rel_tol=TOLERANCE) if inexact else value == result):
        raise ValueError(f"{side.tex} gives {value}, the function {result}, at {setting}")


def _displayed(shown: Section) -> str:
    """The formula and one sentence for its letters."""
    meanings = [_meaning(letter) for letter in (*shown.letters, *shown.made)]
    where = "; ".join(text for text in meanings if text)
    return f"$$\n{shown.tex}\n$$" + (f"\n\nwhere {where}.\n{{ .formula-letters }}" if where else "")


def _meaning(letter: Letter | Made) -> str:
    """What a reader is told about a letter: its meaning and the argument it is in the code."""
    if not letter.meaning:
        return "" if isinstance(letter, Made) else f"${typeset(letter.name)}$ = `{letter.argument or letter.name}`"
    argument = letter.argument if isinstance(letter, Letter) else ""
    code = f" (`{argument}`)" if argument not in ("", letter.name) else ""
    return f"${typeset(letter.name)}$ = {letter.meaning}{code}"
