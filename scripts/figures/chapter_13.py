"""Pictures of chapter 13, receptive field."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from reference_impl.dilation import coverage_map
from reference_impl.networks import mobilenet_v1, receptive_layers, resnet, vgg
from reference_impl.receptive_field import Layer, input_window, receptive_field_steps
from scripts.figures.data import PHONE
from scripts.figures.style import (
    GRID,
    INPUT,
    INPUT_SOFT,
    KERNEL,
    MUTED,
    OUTPUT,
    OUTPUT_SOFT,
    PAPER,
    SMALL,
    canvas,
    label,
    plot_axes,
)


def strided_stack() -> Figure:
    """Two layers along one axis, the first at stride 2; what the middle output sees is bold."""
    figure, ax = canvas(PHONE, 6.0)
    layers = [Layer(3, stride=2), Layer(3)]
    _rows(ax, 11, layers, [5, 3], top=0.6, chosen=1)
    return figure


def uneven_same() -> Figure:
    """Stride 2 on eight cells, padded at both ends and at the end only."""
    figure, ax = canvas(PHONE, 8.8)
    for top, name, pads in ((0.9, "padding 1 at both ends", (1, 1)), (5.4, "same", (0, 1))):
        label(ax, (0.2, top - 0.45), name, align="left", bold=True)
        _rows(ax, 8, [Layer(3, stride=2, padding=(pads,))], [4], top=top + 0.2, chosen=0)
    return figure


def _rows(ax: Axes, size: int, layers: Sequence[Layer], counts: Sequence[int], *, top: float, chosen: int) -> None:
    """A row of dots for the input and one for each layer, each dot above the middle of what it sees."""
    left, apart, step = 2.5, 0.86, 2.2
    spots = [[float(cell) for cell in range(size)]]
    for depth, count in enumerate(counts, start=1):
        spans = [input_window(layers[:depth], place)[0] for place in range(count)]
        spots.append([(first + last) / 2 for first, last in spans])
    foot = top + 0.5 + step * len(layers)
    bold = [set() for _ in spots]
    bold[-1] = {chosen}
    for depth in range(len(layers), 0, -1):
        layer, heights = layers[depth - 1], (foot - step * (depth - 1), foot - step * depth)
        for place, spot in enumerate(spots[depth]):
            for cell in range(*_span(layer, place)):
                inside = 0 <= cell < len(spots[depth - 1])
                strong = place in bold[depth]
                if inside and strong:
                    bold[depth - 1].add(cell)
                below = spots[depth - 1][cell] if inside else float(cell)
                color, width = (KERNEL, 2.2) if strong else (GRID, 1.1)
                xs = [left + apart * below, left + apart * spot]
                ax.plot(xs, heights, color=color, linewidth=width, marker="", zorder=2 + strong)
                if not inside:
                    ax.add_patch(Circle((xs[0], heights[0]), 0.22, facecolor=GRID, edgecolor=MUTED, zorder=4))
    for depth, row in enumerate(spots):
        color = INPUT if depth == 0 else OUTPUT if depth == len(layers) else MUTED
        for place, spot in enumerate(row):
            face = color if place in bold[depth] else PAPER
            at = (left + apart * spot, foot - step * depth)
            ax.add_patch(Circle(at, 0.24, facecolor=face, edgecolor=color, linewidth=1.5, zorder=5))
    names = ["input", *(f"layer {depth}" for depth in range(1, len(spots)))]
    for depth, name in enumerate(names):
        label(ax, (0.1, foot - step * depth), name, size=SMALL, align="left", color=MUTED)


def _span(layer: Layer, place: int) -> tuple[int, int]:
    """First cell of the layer's input that an output reads, and the one behind the last."""
    first, last = input_window([layer], place)[0]
    return first, last + 1


def effective() -> Figure:
    """Gradient of one output along the field, for stacks of three depths."""
    figure, ax = plot_axes(PHONE, 8, xlabel="place in the field, from end to end", ylabel="gradient, scaled")
    for layers in (4, 16, 32):
        counts = coverage_map([1] * layers, 3, axes=1).astype(float)
        places = np.linspace(-1, 1, len(counts))
        ax.plot(places, counts / counts.max(), marker="", label=f"{layers} layers, {len(counts)} cells")
    ax.set_ylim(0, 1.55)
    ax.legend(loc="upper left")
    return figure


def growth() -> Figure:
    """Receptive field behind each window of three networks."""
    figure, ax = plot_axes(PHONE, 8.5, xlabel="parts with a window", ylabel="receptive field, pixels")
    networks = {
        "VGG-16": vgg(16).upto("pool5"),
        "ResNet-50 (torchvision)": resnet(50).upto("block4_3"),
        "MobileNet-v1": mobilenet_v1().upto("conv13_pointwise"),
    }
    for name, table in networks.items():
        sizes = [np.ravel(step.size)[0] for step in receptive_field_steps(receptive_layers(table))]
        ax.plot(range(1, len(sizes) + 1), sizes, marker="", label=name)
    ax.set_ylim(0, 720)  # room for the legend
    ax.legend(loc="upper left")
    return figure


def tiles() -> Figure:
    """Tiles along one axis: margins that are thrown away, middles that join."""
    figure, ax = canvas(PHONE, 7.0)
    left, tall, middle, margin, count = 0.3, 0.9, 2.3, 1.3, 3
    start = left + margin + 0.6
    ax.add_patch(Rectangle((left, 1.0), PHONE - 2 * left, tall, facecolor=INPUT_SOFT, edgecolor=INPUT, linewidth=1.5))
    label(ax, (left, 0.55), "image", align="left", size=SMALL, color=INPUT)
    for number in range(count):
        top, x = 2.5 + 1.3 * number, start + middle * number
        ax.add_patch(Rectangle((x - margin, top), middle + 2 * margin, tall, facecolor=GRID, edgecolor=MUTED))
        ax.add_patch(Rectangle((x, top), middle, tall, facecolor=OUTPUT_SOFT, edgecolor=OUTPUT, linewidth=1.8))
        label(ax, (x + middle / 2, top + tall / 2), f"keep {number + 1}", size=SMALL)
        label(ax, (x - margin / 2, top + tall / 2), "drop", size=SMALL, color=MUTED)
        ax.plot([x, x], [1.0, top], color=OUTPUT, linewidth=1, marker="", linestyle=":")
    label(ax, (left, 6.6), "outputs that are kept see their own tile only", align="left", size=SMALL)
    return figure
