"""Pictures of chapter 17: how the operators come from each other, and what they and five networks cost."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reference_impl.networks import Operation, network
from reference_impl.networks.walk import walk
from scripts.cards.card import EXAMPLE
from scripts.cards.check import value
from scripts.cards.entries import CARDS
from scripts.figures.style import (
    ACCENT,
    EXTRA,
    INK,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SOFT,
    TEXT,
    Box,
    arrow,
    canvas,
    label,
)
from scripts.figures.tensors import step_box

WIDTH = 14.8  # cells: as wide as a phone shows with letters of 13 pixels
LEFT, MIDDLE, RIGHT = 2.4, 7.4, 12.4
BOXES = {
    "deformable": (LEFT, 0.3),
    "dilated": (MIDDLE, 0.3),
    "transposed": (RIGHT, 0.3),
    "convolution": (MIDDLE, 4.0),
    "1 × 1": (LEFT, 7.7),
    "spatially\nseparable": (MIDDLE, 7.7),
    "grouped": (RIGHT, 7.7),
    "1 × 1, grouped": (MIDDLE, 11.4),
    "depthwise": (RIGHT, 11.4),
    "depthwise\nseparable": (LEFT, 15.1),
}
TWO_LAYERS = ("spatially\nseparable", "depthwise\nseparable")
HELD = (  # from, to, what is held fixed, on which side of the arrow's middle it stands
    ("deformable", "convolution", "Δ = 0", (-0.4, 0.45)),
    ("dilated", "convolution", "d = 1", (0.9, 0)),
    ("convolution", "transposed", "gradient", (1.5, 0.5)),
    ("convolution", "1 × 1", "k = 1", (-0.9, -0.35)),
    ("convolution", "spatially\nseparable", "k × 1,\n1 × k", (0.95, 0.3)),
    ("grouped", "convolution", "g = 1", (1.1, -0.35)),
    ("grouped", "1 × 1, grouped", "k = 1", (-0.9, -0.3)),
    ("grouped", "depthwise", "g = C_in", (1.2, 0.1)),
    ("1 × 1, grouped", "1 × 1", "g = 1", (1.0, -0.3)),
    ("depthwise", "depthwise\nseparable", "first", (0.6, 0.55)),
    ("1 × 1", "depthwise\nseparable", "then", (-0.8, 0)),
)


def family() -> Figure:
    """The operators as boxes, with an arrow from each to the one that it becomes when something is held fixed."""
    figure, ax = canvas(WIDTH, 17.1)
    boxes = {name: step_box(ax, at, 4.2, name, color=_color(name), height=1.7, size=TEXT) for name, at in BOXES.items()}
    for start, end, held, (right, down) in HELD:
        _joined(ax, boxes[start], boxes[end], held, (right, down))
    return figure


def _color(name: str) -> str:
    return {"convolution": INPUT, **dict.fromkeys(TWO_LAYERS, KERNEL)}.get(name, INK)


def _joined(ax: Axes, start: Box, end: Box, held: str, beside: tuple[float, float]) -> None:
    """An arrow between two boxes of different rows, and its words beside its middle."""
    below = start.center[1] < end.center[1]
    tail, head = (start.bottom, end.top) if below else (start.top, end.bottom)
    arrow(ax, tail, head, gap=0.1)
    middle = (tail[0] + head[0]) / 2 + beside[0], (tail[1] + head[1]) / 2 + beside[1]
    label(ax, middle, held, color=MUTED)


SHOWN = {
    "modulated_deform_conv": "deformable, modulated",
    "deform_conv": "deformable",
    "conv": "convolution",
    "conv_transpose": "transposed",
    "dilated": "dilated",
    "spatially_separable": "spatially separable, 96 between",
    "depthwise_separable": "depthwise separable",
    "grouped": "grouped by eight, shuffled or not",
    "pointwise": "1 × 1",
    "pointwise_grouped": "1 × 1, grouped by eight",
    "depthwise": "depthwise, to as many channels",
}


def one_shape() -> Figure:
    """Multiply–accumulates of the layers of one shape, as the cards count them."""
    figure, ax = canvas(WIDTH, 1.45 * len(SHOWN) + 0.4)
    letters = EXAMPLE | {"s": 1, "p": 1, "o_H": 56, "o_W": 56}
    counts = {name: int(value(CARDS[name].macs, letters)) / 1e6 for name in SHOWN}
    for row, name in enumerate(sorted(SHOWN, key=lambda name: -counts[name])):
        top, length = 0.2 + 1.45 * row, 12.2 * counts[name] / max(counts.values())
        label(ax, (0.2, top + 0.35), SHOWN[name], align="left")
        color = INPUT if name == "conv" else KERNEL if "separable" in name else INK
        _bar(ax, (0.2, top + 0.7), length, 0.5, color)
        label(ax, (length + 0.5, top + 0.95), f"{counts[name]:.1f}", align="left")
    return figure


KINDS = {"k × k": KERNEL, "1 × 1": INPUT, "depthwise": ACCENT, "in time": EXTRA, "dense": OUTPUT}
NETWORKS = {
    "vgg16": "VGG-16",
    "resnet50": "ResNet-50",
    "googlenet": "GoogLeNet",
    "mobilenet_v1": "MobileNet-v1",
    "r2plus1d_18": "R(2+1)D-18",
}


def where_the_cost_is() -> Figure:
    """For five networks, the shares of parameters and multiply–accumulates by kind of layer."""
    figure, ax = canvas(WIDTH, 3.0 * len(NETWORKS) + 1.4)
    for place, (kind, color) in enumerate(KINDS.items()):
        x = 0.3 + (0, 2.5, 5.0, 8.8, 11.9)[place]
        ax.add_patch(Rectangle((x, 0.35), 0.6, 0.6, facecolor=SOFT[color], edgecolor=color))
        label(ax, (x + 0.75, 0.65), kind, align="left")
    for row, (name, title) in enumerate(NETWORKS.items()):
        top = 1.6 + 3.0 * row
        label(ax, (0.3, top + 0.3), title, align="left", bold=True)
        for line, (unit, of) in enumerate((("parameters", 0), ("MACs", 1))):
            y = top + 0.75 + 0.95 * line
            label(ax, (3.9, y + 0.35), unit, align="right")
            _shares(ax, (4.1, y), {kind: counts[of] for kind, counts in _by_kind(name).items()})
    return figure


def _by_kind(name: str) -> dict[str, list[int]]:
    """Kind of layer -> parameters and multiply–accumulates of a network."""
    found = {kind: [0, 0] for kind in KINDS}
    for step in walk(network(name)):
        if isinstance(step.part, Operation) and step.part.parameters:
            counts = found[_kind(step.part)]
            counts[0] += step.part.parameters
            counts[1] += step.part.macs(step.input_shape)
    return found


def _kind(layer: Any) -> str:
    if layer.kind == "linear":
        return "dense"
    if layer.groups > 1:
        return "depthwise"
    *time, height, width = layer.kernel_size
    return "in time" if max(time, default=1) > 1 else "1 × 1" if max(height, width) == 1 else "k × k"


def _shares(ax: Axes, at: tuple[float, float], counts: dict[str, int]) -> None:
    """A bar of full width, divided; a part with room for it says its per cent."""
    x, whole = at[0], sum(counts.values())
    for kind, count in counts.items():
        length = 10.4 * count / whole
        if length:
            _bar(ax, (x, at[1]), length, 0.7, KINDS[kind])
        if length > 1.4:
            label(ax, (x + length / 2, at[1] + 0.35), f"{count / whole:.0%}")
        x += length


def _bar(ax: Axes, at: tuple[float, float], width: float, height: float, color: str) -> None:
    ax.add_patch(Rectangle(at, width, height, facecolor=SOFT[color], edgecolor=color))
