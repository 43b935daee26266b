"""The picture language of the handbook: its colours, its canvases and the few shapes every chapter draws.

A drawing is a function without arguments that returns a matplotlib figure::

    def window_at_work():
        figure, ax = canvas(14, 6)
        image = grid(ax, np.arange(25).reshape(5, 5), at=(0.5, 0.5), color=INPUT, highlight=window((1, 2), (3, 3)))
        result = grid(ax, (3, 3), at=(9.5, 1.5), color=OUTPUT)
        arrow(ax, image.right, result.left, "3 × 3 kernel")
        return figure

Positions count cells from the top left corner, as array indices do, but ``(x, y)``: right first, then down. Only the
colours named here may be used: the site replaces them by the reader's light or dark ones. Text takes the font of the
page, which is not the one matplotlib measures with, so leave some room around it. Write ``3 × 3`` and ``⌊i/s⌋`` as they
stand here; ``$…$`` in a picture's text is not typeset.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

INK = "#1f262d"  # text and outlines
MUTED = "#56616d"  # second-rank text
GRID = "#cfd6dd"  # rules and cells that do not matter here
PAPER = "#fefffe"  # the page behind the picture
INPUT, INPUT_SOFT = "#0867b1", "#d9ebfb"  # blue: what comes in
KERNEL, KERNEL_SOFT = "#a0560a", "#ffe7cc"  # orange: weights
OUTPUT, OUTPUT_SOFT = "#0a5430", "#d3efdc"  # green: what comes out
ACCENT, ACCENT_SOFT = "#c02464", "#fce0ea"  # magenta: the thing to look at, the trap
EXTRA, EXTRA_SOFT = "#5a12c4", "#e9dffb"  # violet: a fifth part
SOFT = {INPUT: INPUT_SOFT, KERNEL: KERNEL_SOFT, OUTPUT: OUTPUT_SOFT, ACCENT: ACCENT_SOFT, EXTRA: EXTRA_SOFT}
SOFT |= {INK: GRID, MUTED: PAPER, GRID: PAPER, PAPER: PAPER}
SERIES = (INPUT, KERNEL, OUTPUT, ACCENT, EXTRA)  # in this order in a plot, or for groups 0, 1, 2, …

CELL = 28  # pixels a cell is wide
TEXT, SMALL = 13, 11  # pixels a letter is high; nothing is smaller than SMALL

RC: dict[Any, Any] = {
    "font.size": TEXT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=SERIES) + cycler(marker=("o", "s", "^", "D", "v")),
    "figure.facecolor": "none",
    "figure.edgecolor": "none",
    "grid.color": GRID,
    "hatch.color": INK,
    "image.interpolation": "none",
    "legend.edgecolor": GRID,
    "legend.facecolor": PAPER,
    "legend.fontsize": SMALL,
    "lines.linewidth": 2,
    "lines.markersize": 6,
    "patch.edgecolor": INK,
    "patch.facecolor": GRID,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}


class Box(NamedTuple):
    """The points of a shape that arrows and labels hold on to."""

    left: tuple[float, float]
    right: tuple[float, float]
    top: tuple[float, float]
    bottom: tuple[float, float]
    center: tuple[float, float]


def _box(at: tuple[float, float], width: float, height: float) -> Box:
    (x, y), (half, mid) = at, (width / 2, height / 2)
    return Box((x, y + mid), (x + width, y + mid), (x + half, y), (x + half, y + height), (x + half, y + mid))


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty sheet of ``width`` × ``height`` cells, (0, 0) top left; the column of text on the site is 24 wide."""
    figure = Figure(figsize=(width * CELL / 72, height * CELL / 72))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    ax.set_axis_off()
    return figure, ax


def plot_axes(width: float, height: float, *, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """Labelled axes for curves, on a sheet of ``width`` × ``height`` cells. Plots use colours and markers in turn."""
    figure = Figure(figsize=(width * CELL / 72, height * CELL / 72))
    left, bottom, slack = 2.6 / width, 2.0 / height, 0.6
    ax = figure.add_axes((left, bottom, 1 - left - slack / width, 1 - bottom - slack / height))
    ax.set(xlabel=xlabel, ylabel=ylabel, axisbelow=True)
    return figure, ax


def label(
    ax: Axes,
    at: tuple[float, float],
    text: str,
    *,
    color: str = INK,
    size: float = TEXT,
    align: str = "center",
    bold: bool = False,
    rotation: float = 0,
) -> None:
    """Text around ``at``, in as many lines as it has; ``align`` is "left", "center" or "right"."""
    lines = text.split("\n")
    step = 1.3 * size / CELL
    for index, line in enumerate(lines):  # one by one: matplotlib would centre them with its own font's widths
        y = at[1] + (index - (len(lines) - 1) / 2) * step
        weight = "bold" if bold else "normal"
        ax.text(at[0], y, line, color=color, size=size, ha=align, va="center", weight=weight, rotation=rotation)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str = "",
    *,
    color: str = INK,
    bend: float = 0,
    gap: float = 0.2,
    size: float = SMALL,
) -> None:
    """An arrow that stops ``gap`` cells before the shapes it joins, with its text above the middle of it."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=13,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=gap * CELL,
            shrinkB=gap * CELL,
            color=color,
            linewidth=1.5,
        )
    )
    if text:
        lift = 0.35 + 0.65 * text.count("\n") / 2
        label(ax, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - lift), text, color=color, size=size)


def window(at: tuple[int, int], shape: tuple[int, int], *, dilation: int = 1) -> list[tuple[int, int]]:
    """The (row, column) cells a kernel of ``shape`` covers with its first tap on ``at``: pass them as ``highlight``."""
    return [(at[0] + dilation * u, at[1] + dilation * v) for u, v in product(range(shape[0]), range(shape[1]))]


def grid(
    ax: Axes,
    array_or_shape: Any,
    at: tuple[float, float] = (0, 0),
    *,
    cell: float = 1,
    values: bool = True,
    fmt: str = "{:g}",
    color: str = INPUT,
    highlight: Iterable[tuple[int, int]] = (),
    highlight_color: str = KERNEL,
    size: float | None = None,
) -> Box:
    """A matrix as cells: an array shows its numbers unless ``values=False``, a shape ``(rows, columns)`` none."""
    numbers = None if isinstance(array_or_shape, tuple) else np.atleast_2d(array_or_shape)
    rows, columns = array_or_shape if numbers is None else numbers.shape
    _sheet(ax, (rows, columns), at, cell, color)
    for row, column in highlight:
        corner = (at[0] + column * cell, at[1] + row * cell)
        fill = SOFT[highlight_color]
        ax.add_patch(
            Rectangle(corner, cell, cell, facecolor=fill, edgecolor=highlight_color, linewidth=1.6, zorder=1.5)
        )
    if numbers is not None and values:
        for (row, column), number in np.ndenumerate(numbers):
            middle = (at[0] + (column + 0.5) * cell, at[1] + (row + 0.52) * cell)
            label(ax, middle, fmt.format(number + 0).replace("-", "−"), size=size or max(SMALL, TEXT * min(cell, 1)))
    return _box(at, columns * cell, rows * cell)


def tensor(
    ax: Axes,
    shape: tuple[int, int, int],
    at: tuple[float, float] = (0, 0),
    *,
    cell: float = 0.5,
    color: str | Sequence[str] = INPUT,
    offset: tuple[float, float] = (0.35, 0.35),
) -> Box:
    """Channels × height × width as stacked sheets, channel 0 in front and lowest on the left.

    Args:
        ax: The canvas.
        shape: (channels, rows, columns).
        at: Top left corner of the box that holds the whole stack.
        cell: Width of one cell.
        color: One colour, or one for each channel (the groups of a grouped convolution).
        offset: How far each channel stands to the right of and above the one in front of it.
    """
    channels, rows, columns = shape
    colors = [color] * channels if isinstance(color, str) else list(color)
    for channel in reversed(range(channels)):  # the rearmost first
        corner = (at[0] + channel * offset[0], at[1] + (channels - 1 - channel) * offset[1])
        _sheet(ax, (rows, columns), corner, cell, colors[channel], zorder=1 + (channels - channel) / (channels + 1))
    return _box(at, columns * cell + (channels - 1) * offset[0], rows * cell + (channels - 1) * offset[1])


def volume(
    ax: Axes,
    shape: tuple[int, int, int],
    at: tuple[float, float] = (0, 0),
    *,
    cell: float = 0.5,
    color: str = INPUT,
) -> Box:
    """Depth × height × width of one channel as a solid block of cubes, its near face in front."""
    depth, rows, columns = shape
    lean = np.array([0.45 * cell, -0.45 * cell])  # one step of depth
    origin = np.array([at[0], at[1] + 0.45 * cell * depth])
    right, down, back = np.array([columns * cell, 0]), np.array([0, rows * cell]), lean * depth
    faces = ((origin, right, down, columns, rows), (origin, right, back, columns, depth))
    faces += ((origin + right, back, down, depth, rows),)
    for corner, along, across, steps, ranks in faces:
        _face(ax, corner, along, across, steps, ranks, color)
    return _box(at, columns * cell + back[0], rows * cell - back[1])


def photo(ax: Axes, image: np.ndarray, at: tuple[float, float], width: float) -> Box:
    """A picture, grey (H, W) or colour (H, W, 3), ``width`` cells wide; values 0–255 or 0–1."""
    height = width * image.shape[0] / image.shape[1]
    extent = (at[0], at[0] + width, at[1] + height, at[1])
    top = 255 if image.dtype.kind in "ui" else 1.0
    ax.imshow(image, cmap="gray", vmin=0, vmax=top, extent=extent, aspect="auto", zorder=1)
    return _box(at, width, height)


def _sheet(
    ax: Axes, shape: tuple[int, int], at: tuple[float, float], cell: float, color: str, zorder: float = 1
) -> None:
    along, across = np.array([shape[1] * cell, 0]), np.array([0, shape[0] * cell])
    _face(ax, np.array(at, dtype=float), along, across, shape[1], shape[0], color, zorder)


def _face(
    ax: Axes,
    corner: np.ndarray,
    along: np.ndarray,
    across: np.ndarray,
    steps: int,
    ranks: int,
    color: str,
    zorder: float = 1,
) -> None:
    """A parallelogram of ``steps`` × ``ranks`` cells: one filled outline and one path for all inner lines."""
    outline = [corner, corner + along, corner + along + across, corner + across]
    ax.add_patch(Polygon(outline, facecolor=SOFT[color], edgecolor=color, linewidth=1.4, zorder=zorder))
    lines = [(corner + along * n / steps, corner + along * n / steps + across) for n in range(1, steps)]
    lines += [(corner + across * n / ranks, corner + across * n / ranks + along) for n in range(1, ranks)]
    if lines:
        codes = [Path.MOVETO, Path.LINETO] * len(lines)
        inner = Path(np.array(lines).reshape(-1, 2), codes)
        ax.add_patch(PathPatch(inner, facecolor="none", edgecolor=color, linewidth=0.7, alpha=0.7, zorder=zorder))
