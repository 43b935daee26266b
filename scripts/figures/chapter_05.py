"""The pictures of chapter 5: windows along an axis, rings of padding, and where VGG-16 spends what."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reference_impl.arithmetic import conv_output_size, full_padding, half_padding, same_padding, unread_cells
from reference_impl.conv import conv
from reference_impl.summary import summarize
from scripts.figures.style import (
    ACCENT,
    EXTRA,
    GRID,
    INK,
    INPUT,
    KERNEL,
    OUTPUT,
    SMALL,
    canvas,
    grid,
    label,
    window,
)
from scripts.figures.sweeps import sweep

GUIDE_X = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
GUIDE_W = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])


def _axis(
    ax: Axes, values: np.ndarray, kernel: int, stride: int, pads: tuple[int, int], at: tuple[float, float]
) -> None:
    """One padded row of cells with its windows as brackets above it; cells that no window reads are marked.

    `at` is the corner of the first input cell; padding stands to its left.
    """
    padded = np.pad(values, pads)
    left = at[0] - pads[0]
    read = len(padded) - unread_cells(len(values), kernel, stride=stride, padding=pads)
    for cell, value in enumerate(padded):
        color = INPUT if pads[0] <= cell < pads[0] + len(values) else GRID
        corner = (left + cell, at[1])
        grid(ax, np.array([[value]]), at=corner, color=color if cell < read else ACCENT)
    for step in range(conv_output_size(len(values), kernel, stride=stride, padding=pads)):
        _bracket(ax, left + stride * step, kernel, at[1] - 0.3 - 0.3 * (step % 2))


def _bracket(ax: Axes, start: float, length: float, y: float, color: str = KERNEL) -> None:
    """A window of `length` cells: a line with two short ends that point down at the cells."""
    first, last = start + 0.12, start + length - 0.12
    ax.plot([first, first, last, last], [y + 0.16, y, y, y + 0.16], color=color, linewidth=2.2, marker="")


def never_read() -> Figure:
    """Seven, eight and nine cells under windows of three, two apart."""
    figure, ax = canvas(13.4, 11.2)
    for row, cells in enumerate((7, 8, 9)):
        top = 1 + 3.75 * row
        outputs = conv_output_size(cells, 3, stride=2)
        label(ax, (0.3, top + 0.5), f"{cells} cells", align="left", bold=True)
        _axis(ax, np.arange(cells), 3, 2, (0, 0), (3.9, top))
        label(ax, (0.3, top + 1.8), f"{outputs} outputs", color=OUTPUT, align="left")
        grid(ax, (1, outputs), at=(3.9, top + 1.3), color=OUTPUT)
    return figure


def padded_and_strided() -> Figure:
    """The guide's example: a 5 × 5 image in a ring of zeros, stride 2."""
    return sweep(GUIDE_X.shape, GUIDE_W.shape, stride=2, padding=1, x=GUIDE_X, w=GUIDE_W, shown=2)


def dilated() -> Figure:
    """Taps two cells apart on a 7 × 7 image."""
    return sweep((7, 7), (3, 3), dilation=2, shown=4)


def paddings() -> Figure:
    """No, half and full padding around a 5 × 5 image, and the result of each."""
    figure, ax = canvas(24, 13.6)
    cell, size, kernel = 0.75, 5, 3
    left = 1.4
    cases = (("no padding", 0), ("half padding", half_padding(kernel)), ("full padding", full_padding(kernel)))
    for name, pad in cases:
        padded, outputs = size + 2 * pad, conv_output_size(size, kernel, padding=pad)
        top = 4.2 - padded * cell / 2 + 0.3
        label(ax, (left + padded * cell / 2, 0.5), f"{name}, p = {pad}", bold=True)
        grid(ax, (padded, padded), at=(left, top), cell=cell, color=GRID)
        for row, column in np.argwhere(np.pad(np.zeros((size, size)), pad, constant_values=1)):
            label(ax, (left + (column + 0.5) * cell, top + (row + 0.52) * cell), "0", size=SMALL)
        grid(ax, (size, size), at=(left + pad * cell, top + pad * cell), cell=cell, color=INPUT)
        for first, color in ((0, KERNEL), (padded - kernel, EXTRA)):
            corner = (left + first * cell, top + first * cell)
            side = kernel * cell
            ax.add_patch(Rectangle(corner, side, side, facecolor="none", edgecolor=color, linewidth=3, zorder=4))
        shift = left + (padded - outputs * 0.6 / cell) * cell / 2
        result = grid(ax, (outputs, outputs), at=(shift, 8.4), cell=0.6, color=OUTPUT)
        label(ax, (result.bottom[0], result.bottom[1] + 0.4), f"{outputs} × {outputs}", color=OUTPUT, size=SMALL)
        left += padded * cell + 2.1
    return figure


def lost_border() -> Figure:
    """Kernel 3 and stride 4 on a 10 × 10 image: windows, cells stepped over, cells behind the last window."""
    figure, ax = canvas(13.4, 13)
    size, kernel, stride, cell = 10, 3, 4, 0.8
    unread, outputs = unread_cells(size, kernel, stride=stride), conv_output_size(size, kernel, stride=stride)
    windows = [
        spot
        for place in np.ndindex(outputs, outputs)
        for spot in window(tuple(np.multiply(place, stride)), (kernel, kernel))
    ]
    behind = [spot for spot in np.ndindex(size, size) if max(spot) >= size - unread]
    at = (2.7, 0.4)
    grid(ax, (size, size), at=at, cell=cell, color=INPUT, highlight=behind, highlight_color=ACCENT)
    for row, column in windows:
        corner = (at[0] + column * cell, at[1] + row * cell)
        grid(ax, (1, 1), at=corner, cell=cell, color=KERNEL)
    stepped = size * size - len(windows) - len(behind)
    meanings = (
        (len(windows), "read by a window", KERNEL),
        (stepped, "stepped over", INPUT),
        (len(behind), "behind the last window", ACCENT),
    )
    for row, (count, meaning, color) in enumerate(meanings):
        grid(ax, (1, 1), at=(1.5, 9.1 + 1.25 * row), cell=cell, color=color)
        label(ax, (2.9, 9.5 + 1.25 * row), f"{count} cells {meaning}", align="left")
    return figure


def alexnet_edge() -> Figure:
    """The last cells of AlexNet's first layer along one axis, for both input sizes."""
    figure, ax = canvas(13.4, 10.8)
    kernel, stride, first, cell = 11, 4, 200, 0.47
    for row, size in enumerate((224, 227)):
        top, left = 2.5 + 5.1 * row, 0.35
        outputs, unread = conv_output_size(size, kernel, stride=stride), unread_cells(size, kernel, stride=stride)
        label(ax, (0.3, top - 1.9), f"{size} cells", align="left", bold=True)
        label(ax, (4, top - 1.9), f"{outputs} windows", align="left", color=KERNEL)
        lost = [(0, position - first) for position in range(size - unread, size)]
        grid(ax, (1, size - first), at=(left, top), cell=cell, highlight=lost, highlight_color=ACCENT)
        for back in range(3):
            start = stride * (outputs - 1 - back)
            _bracket(ax, left + (start - first) * cell, kernel * cell, top - 0.3 - 0.35 * back)
        for position in (stride * (outputs - 1), stride * (outputs - 1) + kernel - 1):
            label(ax, (left + (position - first + 0.5) * cell, top + 0.95), str(position), color=KERNEL)
        if unread:
            label(
                ax,
                (left + (size - first) * cell, top + 1.7),
                "never read",
                color=ACCENT,
                align="right",
            )
    return figure


def porting_trap() -> Figure:
    """Eight cells, three taps, stride 2, padded as TensorFlow and as PyTorch do."""
    figure, ax = canvas(13.4, 10.6)
    values, kernel, stride = np.arange(8), 3, 2
    middle = np.array([[[0, 1, 0]]])
    rules = (("TensorFlow same", same_padding(len(values), kernel, stride=stride)), ("padding=1", (1, 1)))
    for row, (name, pads) in enumerate(rules):
        top = 1.9 + 5.4 * row
        label(ax, (0.3, top - 1.2), name, align="left", bold=True)
        _axis(ax, values, kernel, stride, pads, (1.4, top))
        result = conv(values[None, None], middle, stride=stride, padding=[pads])[0]
        label(ax, (5.1, top + 2), "under the middle tap", color=OUTPUT, align="left")
        grid(ax, result, at=(0.4, top + 1.5), color=OUTPUT)
    return figure


def vgg16_profile() -> Figure:
    """Parameters, MACs and activations of VGG-16, layer by layer."""
    width, height = 24, 15
    figure, _ = canvas(width, height)
    rows = [row for row in summarize("vgg16") if row["parameters"]][::-1]
    names = [row["name"] for row in rows]
    measures = (
        ("parameters", "millions of parameters", KERNEL, 1e6),
        ("macs", "billions of MACs", EXTRA, 1e9),
        ("activation_bytes", "MB of activations", OUTPUT, 1e6),
    )
    for column, (key, title, color, unit) in enumerate(measures):
        place = ((2.9 + 7.1 * column) / width, 1.4 / height, 6.4 / width, (height - 2.6) / height)
        ax = figure.add_axes(place, axisbelow=True)
        ax.barh(names, [row[key] / unit for row in rows], color=color, height=0.72)
        ax.set_title(title, color=color, fontsize=13, fontweight="bold", pad=8)
        ax.grid(axis="y", visible=False)
        ax.margins(y=0.02)
        ax.tick_params(axis="y", length=0, labelleft=column == 0)
        ax.axhline(2.5, color=INK, linewidth=1)
    return figure
