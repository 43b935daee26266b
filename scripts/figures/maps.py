"""Values as shades of a colour, and what layers read of each other along time. Built on `style`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path

from scripts.figures.index_sets import reads
from scripts.figures.style import ACCENT, GRID, INPUT, KERNEL, MUTED, OUTPUT, PAPER, SMALL, Box, label

SHADES = 8  # so few paths does a map take, however many cells it has


def heat(
    ax: Axes,
    array: np.ndarray,
    at: tuple[float, float],
    width: float,
    *,
    color: str = INPUT,
    below: str = ACCENT,
    largest: float | None = None,
) -> Box:
    """A matrix as shades of ``color``, from 0 (paper) to ``largest`` (full); negative values in ``below``.

    Args:
        ax: The canvas.
        array: Rows and columns; up to some thousand cells. Show larger ones with `style.photo`.
        at: Top left corner.
        width: Cells of the canvas that the whole map takes.
        color: Of values above 0.
        below: Of values below 0.
        largest: The value that has the full colour; that of the array where it is not given.
    """
    rows, columns = array.shape
    cell = width / columns
    top = float(np.abs(array).max() if largest is None else largest) or 1.0
    ax.add_patch(Rectangle(at, width, rows * cell, facecolor=PAPER, edgecolor=GRID, linewidth=1, zorder=1))
    levels = np.rint(np.clip(array / top, -1, 1) * SHADES).astype(int)
    for level in sorted(set(levels.ravel().tolist()) - {0}):
        path = _runs(levels == level, at, cell)
        shade = color if level > 0 else below
        ax.add_patch(PathPatch(path, facecolor=shade, edgecolor="none", alpha=abs(level) / SHADES, zorder=1.1))
    (x, y), high = at, rows * cell
    middle = (x + width / 2, y + high / 2)
    return Box((x, middle[1]), (x + width, middle[1]), (middle[0], y), (middle[0], y + high), middle)


def _runs(mask: np.ndarray, at: tuple[float, float], cell: float) -> Path:
    """The cells of a mask as one path, neighbours in a row as one rectangle."""
    corners = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        for start, stop in edges.reshape(-1, 2).tolist():
            left, right = at[0] + start * cell, at[0] + stop * cell
            top, foot = at[1] + row * cell, at[1] + (row + 1) * cell
            corners.append([(left, top), (right, top), (right, foot), (left, foot), (left, top)])
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
    return Path(np.array(corners).reshape(-1, 2), codes)


def taps_in_time(
    ax: Axes,
    length: int,
    layers: Sequence[tuple[int, int]],
    at: tuple[float, float],
    *,
    width: float,
    step: float = 1.6,
    padding: str = "causal",
) -> Box:
    """A stack of layers along time, input below: who reads whom, bold what reaches the last output of the last layer.

    Args:
        ax: The canvas.
        length: Places along time.
        layers: (taps, dilation) of each layer, the first one lowest.
        at: Top left corner.
        width: Cells of the canvas that ``length`` places take.
        step: Height from layer to layer.
        padding: "causal" or "same".
    """
    apart, depth = width / length, len(layers)
    foot = at[1] + 0.5 + step * depth
    reached = np.zeros((depth + 1, length), dtype=bool)
    reached[depth, -1] = True
    for layer in range(depth, 0, -1):
        taps, dilation = layers[layer - 1]
        cells = reads((length,), (taps,), padding=padding, dilation=dilation).cells[:, :, 0]
        pairs = [(spot, place) for place, spots in enumerate(cells.tolist()) for spot in spots if 0 <= spot < length]
        bold = [pair for pair in pairs if reached[layer, pair[1]]]
        reached[layer - 1, [spot for spot, _ in bold]] = True
        heights = (foot - step * (layer - 1), foot - step * layer)
        for joined, line in ((pairs, {"color": GRID, "linewidth": 1.0}), (bold, {"color": KERNEL, "linewidth": 2.0})):
            xs = [x for pair in joined for x in (*(at[0] + (end + 0.5) * apart for end in pair), np.nan)]
            ax.plot(xs, (*heights, np.nan) * len(joined), marker="", zorder=1 + line["linewidth"], **line)
    for (layer, place), bold in np.ndenumerate(reached):
        color = INPUT if layer == 0 else OUTPUT if layer == depth else MUTED
        spot = (at[0] + (place + 0.5) * apart, foot - step * layer)
        face = color if bold else PAPER
        ax.add_patch(Circle(spot, min(0.2, 0.3 * apart), facecolor=face, edgecolor=color, linewidth=1.4, zorder=4))
    for layer, (taps, dilation) in enumerate(layers):
        label(
            ax,
            (at[0] + width + 0.2, foot - step * (layer + 0.5)),
            f"{taps} taps\nd = {dilation}",
            size=SMALL,
            align="left",
        )
    middle = (at[0] + width / 2, (at[1] + foot) / 2)
    return Box((at[0], middle[1]), (at[0] + width, middle[1]), (middle[0], at[1]), (middle[0], foot + 0.5), middle)
