"""The card of an operator: the table that a page opens with, shown after every row was compared with the operator."""

import posixpath
import re
from collections.abc import Iterator, Sequence

from markdown.extensions.toc import slugify

from scripts import fingerprints
from scripts.cards import written
from scripts.cards.card import EXAMPLE, Card, functions_of
from scripts.cards.entries import CARDS
from scripts.site import api, typeset
from scripts.site.cache import cached
from scripts.site.errors import close_to
from scripts.site.page import Page

MOST_TRAPS = 3  # links; a card that lists all of them is no card


def card(page: Page, name: str, traps: Sequence[str] = (), title: str = "", beyond: str = "") -> str:
    """Markdown of a card: a heading, the formula, and a table whose rows have ids.

    Args:
        page: The page it stands on.
        name: The operator, as `scripts/cards/entries.py` names it.
        traps: Anchors of headings of this page, one to three, that the last row links to.
        title: Another heading than the operator's name.
        beyond: Another card of the page; the equations and rows that stand there too are left out.

    Raises:
        ValueError: no such card, a row that is wrong, calls that are not up to date, no trap or one that is no heading
            of this page.
    """
    shown = checked(name)
    equations, rows = shown.computes.splitlines(), list(_rows(name, shown))
    said = _letters(page, shown)
    if beyond:
        above = checked(beyond)
        equations = [line for line in equations if line not in above.computes.splitlines()]
        rows = [row for row in rows if row not in list(_rows(beyond, above))]
        said = f"The rest is as on the card of [{above.title}](#card-{beyond}). {said}"
    rows.append(("traps", "Traps", "<br>".join(_links(page, traps))))
    level = "#" * (_level(page, name) + 1)
    lines = [f"{level} Card: {title or shown.title} {{ #card-{name} }}", "", '<div class="handbook-card" markdown>', ""]
    lines += ["$$", typeset.latex("\n".join(equations)), "$$", "", f"| Quantity | {shown.title} |", "| :-- | :-- |"]
    lines += [f"| **{label}** {{ #card-{name}-{slug} }} | {text} |" for slug, label, text in rows]
    return "\n".join([*lines, "", said, "{ .table-caption }", "", "</div>"])


def checked(name: str) -> Card:
    """A card every row of which was compared with the operator as it is now.

    Raises:
        ValueError: no such card, or a row that is wrong.
    """
    if name not in CARDS:
        raise ValueError(f"there is no card {name!r}{close_to(name, CARDS)}")
    cached("cards", _key(CARDS[name]), lambda: _compared(CARDS[name]))
    return CARDS[name]


def _key(shown: Card) -> list[str]:
    """What the verdict on a card depends on: what it says, what it calls, how it is checked."""
    modules = [api.lookup(name).module for name in functions_of(f"({shown.numpy}, {shown.torch})")]
    files = fingerprints.files_behind(modules, ("reference_impl",))
    of_calls = fingerprints.digest_of_files(files)
    return [repr(shown), of_calls, fingerprints.of_module("scripts.cards.check"), fingerprints.of_versions()]


def _compared(shown: Card) -> bool:
    from scripts.cards.check import check  # here and not above: it imports torch, and a checked card needs none

    check(shown)
    return True


def _rows(name: str, shown: Card) -> Iterator[tuple[str, str, str]]:
    """Id, label and text of each row but the last."""
    yield "input", "Input x", _code(shown.input)
    for letter, shape in shown.weights.items():
        yield f"weight-{letter}".lower(), f"Weight {letter}", _code(shape)
    yield "bias", "Bias b", _code(shown.biases)
    for letter, (shape, _) in shown.extra.items():
        yield {"Δ": "offsets", "m": "mask"}[letter], {"Δ": "Offsets Δ", "m": "Mask m"}[letter], _code(shape)
    yield "output", "Output y", _code(shown.output)
    yield "size", "Output size, an axis", _maths(shown.size)
    yield "parameters", "Parameters", _maths(shown.parameters)
    yield "macs", "MACs", _maths(shown.macs)
    only = "".join(f", for {_maths(f'{letter}')} = {number}" for letter, number in shown.measured_with.items())
    yield "receptive-field", "Receptive field, an axis", f"{_maths(shown.field)}, {_maths(shown.jump)}{only}"
    yield "handbook", "This handbook", _call(shown.numpy)
    yield "pytorch-layer", "PyTorch layer", _call(shown.torch)
    for framework, calls in written.calls(name, shown).items():
        left_out = dict.fromkeys(_code(one["defaults"]) for one in calls if "defaults" in one)
        text = "<br>".join([*map(_spelled, calls), *(f"defaults {values}" for values in left_out)])
        yield framework.lower(), framework, shown.spelled + text


def _spelled(one: dict[str, str]) -> str:
    if "refused" in one:
        return f"none: {one['refused']}"
    return f"`{one['call']}`<br>weight {' and '.join(map(_code, one['weight'].split(' and ')))}"


def _call(text: str) -> str:
    """A call, below the lines that import what it names."""
    public = {name: api.lookup(name).module for name in functions_of(text)}
    lines = [f"`from {_public(module)} import {name}`" for name, module in public.items()]
    lines += ["`from torch import nn`"] if "nn." in text else []
    return "<br>".join([*lines, f"`{text}`"])


def _public(module: str) -> str:
    """Where readers import from: the room, or its file of layers."""
    room = ".".join(module.split(".")[:2])
    return module if "layers" in module else room


def _code(shape: str) -> str:
    return f"`{shape.replace('*', '·')}`"


def _maths(text: str) -> str:
    return f"${typeset.latex(text, display=False)}$"


def _links(page: Page, traps: Sequence[str]) -> list[str]:
    """Links to headings of the page."""
    headings = {anchor(section.title): section.title for section in page.sections}
    if not 1 <= len(traps) <= MOST_TRAPS:
        raise ValueError(f"a card links to 1 to {MOST_TRAPS} traps of its page: traps=[…] has {len(traps)}")
    for trap in traps:
        if trap not in headings:
            raise ValueError(f"no heading of this page has the anchor {trap!r}{close_to(trap, headings)}")
    return [f"[{headings[trap]}](#{trap})" for trap in traps]


def anchor(title: str) -> str:
    """The id that a heading of these words gets."""
    return slugify(re.sub(r"[`*$]", "", title), "-")


def _level(page: Page, name: str) -> int:
    """Level of the heading that the card stands under."""
    calls = (macro.line for macro in page.macros if re.match(rf"card\(\s*[\"']{name}[\"']", macro.code))
    line = next(calls, 1)
    return max((section.level for section in page.sections if section.line <= line <= section.end_line), default=1)


def _letters(page: Page, shown: Card) -> str:
    """What the letters are, and the layer that the calls of the frameworks spell."""
    notation = posixpath.relpath("notation.md", posixpath.dirname(page.uri) or ".")
    said = f"Letters: [notation]({notation})."
    if not shown.passes:
        return said
    used = {**EXAMPLE, **shown.example}
    words = re.findall(r"\w+", " ".join(f"{one.x} {one.w} {one.options}" for one in shown.passes))
    letters = ", ".join(f"{_maths(letter)} = {used[letter]}" for letter in dict.fromkeys(words) if letter in used)
    last = "in Keras and TensorFlow with the channels of x and y last"
    chained = " Of two calls, the second reads what the first gives, and has a weight of its own."
    told = (
        f"{said} The calls of the frameworks are one layer, run in each, {last}: {letters}. The defaults are those of"
    )
    told += " the signature that is called."
    return told + (chained if len(shown.passes) > 1 else "")
