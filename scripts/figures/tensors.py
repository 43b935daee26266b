"""Tensors, filters, groups and channels as the handbook draws them. Built on `style`.

The place of a shape says what it is: input on the left, filters in the middle, output on the right. Its colour says
which group it belongs to, in the order of `GROUPS`: a filter has the colour of the channels that it reads, and an
output channel has the colour of its filter::

    figure, ax = canvas(20, 8)
    for y, color in ((2, GROUPS[0]), (5, GROUPS[1])):  # 3 channels in, 2 filters of 3 sheets each, 2 channels out
        conv_lane(ax, (3, 2), y, at=(3, 10, 17), color=color)
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from scripts.figures.style import (
    ACCENT,
    EXTRA,
    GRID,
    INK,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    PAPER,
    SMALL,
    SOFT,
    TEXT,
    Box,
    label,
    tensor,
    volume,
)

GROUPS = (INPUT, KERNEL, OUTPUT, ACCENT, EXTRA)  # colours of groups 0, 1, 2, …; after the fifth they begin again
LEAN, BLOCK_GAP = 0.8, 0.2  # a sheet's shift in cells of its own; room between blocks


class Lane(NamedTuple):
    """One group's way from left to right."""

    input: Box
    filters: Box
    output: Box


def group_colours(channels: int, groups: int) -> list[str]:
    """The colour of each channel when neighbours are divided into equal groups."""
    return [GROUPS[channel * groups // channels % len(GROUPS)] for channel in range(channels)]


def around(*boxes: Box) -> Box:
    """The box that holds all of these."""
    left, right = min(box.left[0] for box in boxes), max(box.right[0] for box in boxes)
    top, bottom = min(box.top[1] for box in boxes), max(box.bottom[1] for box in boxes)
    x, y = (left + right) / 2, (top + bottom) / 2
    return Box((left, y), (right, y), (x, top), (x, bottom), (x, y))


def stack(ax: Axes, shape: Sequence[int], at: tuple[float, float], *, cell: float, color: str | Sequence[str]) -> Box:
    """Channels × height × width as sheet behind sheet, channels × depth × height × width as block beside block.

    Args:
        ax: The canvas.
        shape: Channels, then two or three sizes.
        at: The middle of the whole.
        cell: Width of a cell.
        color: One colour, or one for each channel.
    """
    width, height = _extent(shape, cell)
    corner = (at[0] - width / 2, at[1] - height / 2)
    if len(shape) == 3:
        lean = LEAN * cell
        return tensor(ax, (shape[0], shape[1], shape[2]), corner, cell=cell, color=color, offset=(lean, lean))
    colors = [color] * shape[0] if isinstance(color, str) else color
    step = (width + BLOCK_GAP) / shape[0]
    drawn = [
        volume(ax, (shape[1], shape[2], shape[3]), (corner[0] + channel * step, corner[1]), cell=cell, color=one)
        for channel, one in enumerate(colors)
    ]
    return around(*drawn)


def _extent(shape: Sequence[int], cell: float) -> tuple[float, float]:
    """Width and height of a stack."""
    channels, *depth, rows, columns = shape
    if not depth:
        return columns * cell + (channels - 1) * LEAN * cell, rows * cell + (channels - 1) * LEAN * cell
    behind = 0.45 * depth[0]  # as `volume` leans
    return channels * (columns + behind) * cell + (channels - 1) * BLOCK_GAP, (rows + behind) * cell


def filters(
    ax: Axes, count: int, shape: Sequence[int], at: tuple[float, float], *, cell: float, color: str, gap: float = 0.45
) -> Box:
    """``count`` filters side by side, each (channels, *kernel). ``at`` is the middle of the whole."""
    width = _extent(shape, cell)[0]
    first = at[0] - (count - 1) * (width + gap) / 2
    drawn = [stack(ax, shape, (first + index * (width + gap), at[1]), cell=cell, color=color) for index in range(count)]
    return around(*drawn)


def conv_lane(
    ax: Axes,
    channels: tuple[int, int],
    y: float,
    *,
    at: tuple[float, float, float],
    color: str,
    size: Sequence[int] = (5, 5),
    kernel: Sequence[int] = (3, 3),
    cell: float = 0.3,
) -> Lane:
    """One convolution, or one group of it: input ∗ filters → output.

    Args:
        ax: The canvas.
        channels: Channels that come in, filters; each filter reads all of them and makes one output channel.
        y: Height of the middle.
        at: Middles of input, filters and output.
        color: Colour of the group.
        size: Cells of a channel: (H, W) draws sheets, (D, H, W) blocks.
        kernel: Taps of a filter.
        cell: Width of an input cell.
    """
    came = stack(ax, (channels[0], *size), (at[0], y), cell=cell, color=color)
    weight = filters(ax, channels[1], (channels[0], *kernel), (at[1], y), cell=cell, color=color)
    left = [i - k + 1 for i, k in zip(size, kernel, strict=True)]
    made = stack(ax, (channels[1], *left), (at[2], y), cell=cell, color=color)
    between(ax, came, weight, "∗", y)
    between(ax, weight, made, "→", y)
    return Lane(came, weight, made)


def between(ax: Axes, first: Box, second: Box, sign: str, y: float) -> None:
    """A sign halfway between two shapes."""
    label(ax, ((first.right[0] + second.left[0]) / 2, y), sign, size=18, color=MUTED)


def bracket(ax: Axes, box: Box, *, side: str, text: str = "", color: str = MUTED, size: float = SMALL) -> None:
    """A bracket along the "left" or "right" side of a box, with text beyond it: what all of its rows are together."""
    x, out = (box.left[0] - 0.3, -1) if side == "left" else (box.right[0] + 0.3, 1)
    top, bottom = box.top[1], box.bottom[1]
    ax.plot([x - 0.2 * out, x, x, x - 0.2 * out], [top, top, bottom, bottom], color=color, linewidth=1.4, marker="")
    if text:
        align = "right" if side == "left" else "left"
        label(ax, (x + 0.25 * out, (top + bottom) / 2), text, size=size, color=color, align=align)


def channel_row(
    ax: Axes,
    numbers: Sequence[Any],
    colors: Sequence[str | Sequence[str]],
    at: tuple[float, float],
    *,
    cell: float = 0.9,
    down: bool = False,
    gap: float = 0,
    size: float | None = None,
) -> list[Box]:
    """Channels as numbered cells in a row, or in a column with ``down``; returns the box of each.

    A cell with several colours has a stripe of each: the groups that a channel has in it.
    """
    found = []
    for index, (number, color) in enumerate(zip(numbers, colors, strict=True)):
        step = index * (cell + gap)
        x, y = (at[0], at[1] + step) if down else (at[0] + step, at[1])
        stripes = [color] if isinstance(color, str) else list(color)
        edge = stripes[0] if len(stripes) == 1 else INK
        width = cell / len(stripes)
        for place, stripe in enumerate(stripes):
            ax.add_patch(Rectangle((x + place * width, y), width, cell, facecolor=SOFT[stripe], linewidth=0, zorder=3))
        ax.add_patch(Rectangle((x, y), cell, cell, facecolor="none", edgecolor=edge, linewidth=1.4, zorder=3))
        half = cell / 2
        label(ax, (x + half, y + half * 1.04), str(number), size=size or (SMALL if cell < 0.9 else TEXT))
        found.append(
            Box((x, y + half), (x + cell, y + half), (x + half, y), (x + half, y + cell), (x + half, y + half))
        )
    return found


def connections(
    ax: Axes,
    matrix: np.ndarray,
    at: tuple[float, float],
    *,
    colors: Sequence[str],
    by_row: bool = False,
    cell: float = 0.5,
    values: bool = False,
    size: float = SMALL,
) -> Box:
    """A matrix (outputs × inputs) whose cells are filled where an output depends on an input.

    Args:
        ax: The canvas.
        matrix: 0 where there is no connection.
        at: Top left corner.
        colors: Colour of each column, an input channel.
        by_row: Whether they are the colours of the rows, the output channels.
        cell: Width of a cell.
        values: Whether the numbers are written into the filled cells.
        size: Height of these numbers in pixels.
    """
    rows, columns = matrix.shape
    for (row, column), number in np.ndenumerate(matrix):
        corner = (at[0] + column * cell, at[1] + row * cell)
        color = colors[int(row if by_row else column)]
        fill, edge, width = (SOFT[color], color, 0.8) if number else (PAPER, GRID, 0.6)
        ax.add_patch(
            Rectangle(corner, cell, cell, facecolor=fill, edgecolor=edge, linewidth=width, zorder=2 if number else 1)
        )
        if values and number:
            label(ax, (corner[0] + cell / 2, corner[1] + 0.52 * cell), f"{number:g}", size=size)
    (x, y), width, height = at, columns * cell, rows * cell
    middle = (x + width / 2, y + height / 2)
    return Box((x, middle[1]), (x + width, middle[1]), (middle[0], y), (middle[0], y + height), middle)


def wires(ax: Axes, sources: Sequence[Box], targets: Sequence[Box], matrix: np.ndarray, colors: Sequence[str]) -> None:
    """A line from each source to each target that reads it: ``matrix`` is targets × sources, ``colors`` per source."""
    for target, source in np.argwhere(matrix):
        start, end = sources[source].right, targets[target].left
        ax.plot(
            [start[0], end[0]], [start[1], end[1]], color=colors[source], linewidth=1.1, alpha=0.75, marker="", zorder=1
        )


def step_box(
    ax: Axes,
    at: tuple[float, float],
    width: float,
    text: str,
    *,
    color: str = INK,
    height: float = 1.2,
    size: float = SMALL,
) -> Box:
    """A step of a unit as a rounded box with text; ``at`` is the middle of its top."""
    corner = (at[0] - width / 2, at[1])
    shape = FancyBboxPatch(
        corner,
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.25",
        facecolor=SOFT[color],
        edgecolor=color,
        linewidth=1.4,
    )
    ax.add_patch(shape)
    label(ax, (at[0], at[1] + height / 2), text, size=size)
    (x, y), half = at, height / 2
    return Box((x - width / 2, y + half), (x + width / 2, y + half), (x, y), (x, y + height), (x, y + half))
