"""Every operator of the handbook side by side: the cards in one table, their calls in another, and a sheet of paper.

A card is shown here as it is on its own page, after every row of it was compared with the operator.
"""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from scripts.cards import written
from scripts.cards.card import Card
from scripts.site import cards
from scripts.site.cards import CARDS
from scripts.site.errors import close_to
from scripts.site.one_line import one_line, shape
from scripts.site.page import Page


class Place(NamedTuple):
    """Where an operator is explained, and what else it is called.

    Attributes:
        page: The link, from docs/.
        also: Names that others use, for the reader and for the filter.
    """

    page: str
    also: str


PLACES = {
    "conv": Place("chapters/02-convolution.md#card-conv", "cross-correlation"),
    "conv1d": Place("chapters/08-conv1d.md#card-conv1d", "temporal convolution"),
    "conv3d": Place("chapters/06-conv3d.md#card-conv3d", "volumetric convolution"),
    "pointwise": Place("chapters/10-pointwise.md#card-pointwise", "1x1, pointwise"),
    "conv_transpose": Place("chapters/11-transposed.md#card-conv_transpose", "deconvolution, fractionally strided"),
    "dilated": Place("chapters/12-dilated.md#card-dilated", "atrous"),
    "spatially_separable_filter": Place("chapters/14-separable.md#card-spatially_separable_filter", "two passes"),
    "spatially_separable": Place("chapters/14-separable.md#card-spatially_separable", "asymmetric, 1 × k and k × 1"),
    "depthwise": Place("chapters/14-2-depthwise-separable.md#card-depthwise", "channelwise"),
    "depthwise_separable": Place("chapters/14-2-depthwise-separable.md#card-depthwise_separable", "MobileNet"),
    "pseudo3d_a": Place("chapters/14-3-pseudo3d.md#card-pseudo3d_a", "P3D-A"),
    "pseudo3d_b": Place("chapters/14-3-pseudo3d.md#card-pseudo3d_b", "P3D-B"),
    "pseudo3d_c": Place("chapters/14-3-pseudo3d.md#card-pseudo3d_c", "P3D-C"),
    "conv2plus1d": Place("chapters/14-3-pseudo3d.md#card-conv2plus1d", "R(2+1)D"),
    "grouped": Place("chapters/15-grouped.md#card-grouped", "group convolution, AlexNet, ResNeXt"),
    "shuffled_grouped": Place("chapters/15-grouped.md#151-shuffled-grouped-convolution", "channel shuffle, ShuffleNet"),
    "pointwise_grouped": Place("chapters/15-grouped.md#152-pointwise-grouped-convolution", "grouped 1x1"),
    "deform_conv": Place("chapters/16-deformable.md#card-deform_conv", "DCN, DCNv1"),
    "modulated_deform_conv": Place("chapters/16-deformable.md#card-modulated_deform_conv", "DCNv2, modulated"),
}
SHAPES = "Shapes of input x, weights, bias b, output y"
AXIS = "Along one axis: output size o, receptive field r, jump j"
COLUMNS = ("Operator", SHAPES, AXIS, "Parameters P and MACs")


def operators(page: Page) -> str:
    """A table of all cards for a page; each operator is a link to where it is explained.

    Raises:
        ValueError: a card without a place or a place without a card, and whatever a card refuses.
    """
    rows = (_row(name, card, _linked(page, name)) for name, card in _cards())
    return _filterable(_table(COLUMNS, rows))


def calls(page: Page) -> str:
    """A tab for this handbook and for each framework: how each operator is called there, and the weight it takes."""
    shown = [(name, card, _linked(page, name)) for name, card in _cards()]
    tabs = [_tab("This handbook", _table(("Operator", "Call", "Layer in torch"), _own_calls(shown)))]
    for framework in written.FRAMEWORKS:
        tabs.append(_tab(framework, _table(("Operator", "Call", "Weight"), _calls(shown, framework))))
    return _filterable("\n".join(tabs))


def sheet(page: Page) -> str:
    """The table of all cards for paper: a row a line, without the shapes that a reader knows."""
    columns = ("Operator", "Weights", "Output size o", "Parameters P", "MACs", "Receptive field")
    rows = ([_linked(page, name), *_short(card)] for name, card in _cards())
    return f'<div class="sheet-operators" data-search-exclude markdown>\n\n{_table(columns, rows)}\n\n</div>'


def _cards() -> list[tuple[str, Card]]:
    """Every card after its check, in the order of PLACES."""
    if unknown := PLACES.keys() - CARDS.keys():
        raise ValueError(f"there is no card {min(unknown)!r}{close_to(min(unknown), CARDS)}")
    if lacking := CARDS.keys() - PLACES.keys():
        raise ValueError(f"no place says where the card {min(lacking)!r} is explained: add it to PLACES")
    return [(name, cards.checked(name)) for name in PLACES]


def _row(name: str, card: Card, link: str) -> list[str]:
    return [
        f"{link}<br>{PLACES[name].also} {{ #operator-{name} }}",
        "<br>".join(f"{letter} {shape(text)}" for letter, text in _shapes(card)),
        "<br>".join([*map(one_line, (card.size, card.field, card.jump)), *_bounds(card)]),
        f"{one_line(card.parameters)}<br>{one_line(card.macs)}",
    ]


def _short(card: Card) -> list[str]:
    weights = "<br>".join(f"{letter} {shape(text)}" for letter, text in card.weights.items())
    right = (one_line(text).partition(" = ")[2] for text in (card.size, card.parameters, card.macs))
    field = ", ".join(one_line(text).partition(" = ")[2] for text in (card.field, card.jump))
    return [weights, *right, " ".join([field, *_bounds(card)])]


def _shapes(card: Card) -> Iterator[tuple[str, str]]:
    """Letter and shape of each array, the input first and the output last."""
    yield "x", card.input
    yield from card.weights.items()
    yield from ((letter, text) for letter, (text, _) in card.extra.items())
    yield "b", card.biases
    yield "y", card.output


def _bounds(card: Card) -> Iterator[str]:
    """For which letters alone the receptive field holds."""
    for letter, number in card.measured_with.items():
        yield f"(r for {letter} = {number})"


def _calls(shown: list[tuple[str, Card, str]], framework: str) -> Iterator[list[str]]:
    for name, card, link in shown:
        if found := written.calls(name, card).get(framework):
            weights = " and ".join(one["weight"] for one in found)
            texts = "<br>".join(f"`{one['call']}`" for one in found)
            yield [link, card.spelled + texts, "<br>".join(map(shape, weights.split(" and ")))]


def _own_calls(shown: list[tuple[str, Card, str]]) -> Iterator[list[str]]:
    return ([link, f"`{card.numpy}`", f"`{card.torch}`"] for _, card, link in shown)


def _linked(page: Page, name: str) -> str:
    return f"[{CARDS[name].title}]({posixpath.relpath(PLACES[name].page, posixpath.dirname(page.uri) or '.')})"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, [":--"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _tab(title: str, text: str) -> str:
    indented = "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
    return f'=== "{title}"\n\n{indented}\n'


def _filterable(text: str) -> str:
    """The text in a box for which docs/assets/js/filter.js makes a field."""
    return f'<div class="operators" data-filter="operators" data-search-exclude markdown>\n\n{text}\n\n</div>'
