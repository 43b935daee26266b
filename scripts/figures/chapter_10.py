"""Pictures of chapter 10, pointwise convolution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import conv_parameters
from reference_impl.conv import conv
from reference_impl.networks import GOOGLENET_MODULES, Network, inception_module
from reference_impl.networks.parts import operations
from reference_impl.summary import summarize
from scripts.figures.style import (
    ACCENT,
    ACCENT_SOFT,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SMALL,
    Box,
    arrow,
    canvas,
    grid,
    label,
    photo,
    plot_axes,
    tensor,
)
from scripts.figures.tensors import step_box

WIDTH = 15.4  # cells: as wide as a phone shows without shrinking the letters


def matrix_at_a_place() -> Figure:
    """One place of a map of three channels, the matrix, and the same place of two channels."""
    figure, ax = canvas(WIDTH, 12.2)
    x = np.array([[1, 2], [3, 4], [5, 6]])
    matrix, at = np.array([[1, 0, 2], [0, 3, -1]]), (1, 2)
    label(ax, (3.0, 0.6), "input: 3 channels", bold=True, color=INPUT)
    label(ax, (12.2, 0.6), "output: 2 channels", bold=True, color=OUTPUT)
    came = _marked_stack(ax, 3, (0.8, 1.4), at, INPUT)
    made = _marked_stack(ax, 2, (10.2, 1.8), at, OUTPUT)
    label(ax, (0.5, 7.2), "the channels of\nthe marked place", align="left", color=MUTED)
    grid(ax, matrix, at=(1.6, 8.6), color=KERNEL)
    column = grid(ax, x[:, :1], at=(6.4, 8.1), color=INPUT)
    result = grid(ax, matrix @ x[:, :1], at=(9.6, 8.6), color=OUTPUT)
    label(ax, (5.5, 9.6), "·", size=20)
    label(ax, (8.5, 9.6), "=", size=18)
    label(ax, (3.1, 11.5), "one matrix for all places", color=KERNEL)
    arrow(ax, came.bottom, column.top, gap=0.3)
    arrow(ax, result.right, (made.center[0], 6.0), gap=0.3)
    return figure


def _marked_stack(ax: Axes, channels: int, at: tuple[float, float], place: tuple[int, int], color: str) -> Box:
    """Channels as sheets, one behind the other, with one cell marked on the front sheet."""
    lean = 0.6
    sheets = tensor(ax, (channels, 3, 4), at, cell=1, color=color, offset=(lean, lean))
    corner = (at[0] + place[1], at[1] + lean * (channels - 1) + place[0])
    ax.add_patch(Rectangle(corner, 1, 1, facecolor=ACCENT_SOFT, edgecolor=ACCENT, linewidth=2, zorder=5))
    return sheets


def inception_modules() -> Figure:
    """Module 3a of GoogLeNet without and with its 1 × 1 reductions, each box with its cost."""
    figure, ax = canvas(WIDTH, 17.4)
    for top, reduced, title in ((0.5, False, "without 1 × 1 reductions"), (9.0, True, "with 1 × 1 reductions")):
        module = inception_module("3a", 192, GOOGLENET_MODULES["3a"], reduced=reduced)
        rows = summarize(Network("3a", (1, 192, 28, 28), (module,)))
        cost = {row["name"].split(".")[-1]: row["macs"] / 1e6 for row in rows}
        total = sum(row["macs"] for row in rows) / 1e6
        label(ax, (0.2, top), f"{title}: {total:.0f} M", align="left", bold=True)
        source = step_box(ax, (WIDTH / 2, top + 0.7), 6, "192 channels", color=INPUT)
        end = step_box(ax, (WIDTH / 2, top + 6.7), 6, f"{rows[-1]['output_shape'][1]} channels", color=OUTPUT)
        for x, path in zip((2.0, 5.8, 9.6, 13.4), module.paths, strict=True):
            before = source
            for row, layer in enumerate(operations(path)):
                middle = (top + 2.7 + 1.9 * row) if len(path) > 1 else top + 3.65
                kernel = " × ".join(map(str, layer.kernel_size))
                text = "pool" if layer.kind.endswith("pool") else f"{kernel}\n{cost[layer.name]:.0f} M"
                color = MUTED if text == "pool" else KERNEL
                box = step_box(ax, (x, middle), 3.2, text, color=color, height=1.5, size=SMALL)
                arrow(ax, before.bottom, box.top, gap=0.1)
                before = box
            arrow(ax, before.bottom, end.top, gap=0.1)
    return figure


def channel_mixing() -> Figure:
    """A photograph and three weighted sums of its colours."""
    figure, ax = canvas(WIDTH, 12.4)
    image = load_sample_image("flower.jpg")[60:400:2, 80:560:2]
    x = image.transpose(2, 0, 1)[None].astype(float)
    mixes = {"brightness": (0.299, 0.587, 0.114), "red − green": (1, -1, 0), "blue − yellow": (-0.5, -0.5, 1)}
    pictures = {"photograph": image}
    for name, weights in mixes.items():
        y = conv(x, np.reshape(weights, (1, 3, 1, 1)))[0, 0]
        pictures[name] = np.clip(y if name == "brightness" else 128 + y / 2, 0, 255).astype(np.uint8)
    for number, (name, picture) in enumerate(pictures.items()):
        at = (0.2 + 7.7 * (number % 2), 1.1 + 6.2 * (number // 2))
        label(ax, (at[0] + 3.7, at[1] - 0.55), name, bold=True)
        photo(ax, picture, at, 7.4)
    return figure


def factored() -> Figure:
    """Weights of one 1 × 1 layer and of two with r channels between."""
    figure, ax = plot_axes(WIDTH, 9.5, xlabel="channels between, r", ylabel="thousand weights")
    whole = conv_parameters(256, 512, (1, 1), bias=False)
    ranks = np.arange(1, 257)
    both = [sum(conv_parameters(a, b, (1, 1), bias=False) for a, b in ((256, int(r)), (int(r), 512))) for r in ranks]
    ax.plot(ranks, np.array(both) / 1000, marker="", label="two layers")
    ax.plot(ranks, np.full(len(ranks), whole / 1000), marker="", label="one layer")
    ax.legend()
    return figure
