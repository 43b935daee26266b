"""Data as the handbook draws them: sequences, clips, batches, and the memory they lie in. Built on `style`.

Each piece takes the top left corner of its place and returns its box, so that pieces are put together by their sides::

    figure, ax = canvas(PHONE, 6)
    ecg = strip(ax, np.array([[0, 3, 9, 1], [1, 1, 0, 2]]), at=(2, 1), names=("lead I", "lead II"))
    time_arrow(ax, ecg)
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from scripts.figures.style import INK, INPUT, MUTED, SERIES, SMALL, Box, arrow, grid, label, photo
from scripts.figures.tensors import around, bracket

PHONE = 11.6  # cells: the widest picture that a telephone of 360 pixels shows with letters of 11 pixels


def time_arrow(ax: Axes, box: Box, text: str = "time") -> None:
    """The direction of time, below a piece."""
    y = box.bottom[1] + 0.35
    arrow(ax, (box.left[0], y), (box.right[0], y), color=MUTED, gap=0)
    label(ax, ((box.left[0] + box.right[0]) / 2, y + 0.45), text, color=MUTED, size=SMALL)


def named_axes(ax: Axes, box: Box, *, across: str = "", down: str = "") -> None:
    """The names of a piece's axes: below it and on its left."""
    if across:
        label(ax, (box.bottom[0], box.bottom[1] + 0.4), across, color=MUTED, size=SMALL)
    if down:
        label(ax, (box.left[0] - 0.25, box.left[1]), down, color=MUTED, size=SMALL, align="right")


def strip(
    ax: Axes,
    array_or_shape: Any,
    at: tuple[float, float],
    *,
    names: Sequence[str] = (),
    cell: float = 1,
    color: str = INPUT,
    **options: Any,
) -> Box:
    """A sequence (channels, time): a row for each channel, its name on the left; ``options`` are those of `grid`."""
    box = grid(ax, array_or_shape, at, cell=cell, color=color, **options)
    for row, name in enumerate(names):
        label(ax, (at[0] - 0.25, at[1] + (row + 0.5) * cell), name, color=color, size=SMALL, align="right")
    return box


def clip(
    ax: Axes,
    frames: Sequence[Any],
    at: tuple[float, float],
    *,
    width: float = 2,
    gap: float = 0.3,
    color: str = INPUT,
    values: bool = False,
) -> Box:
    """Frames side by side, time to the right: cells where a frame has up to 12 rows, else a photograph."""
    boxes = []
    for number, picture in enumerate(frames):
        corner = (at[0] + number * (width + gap), at[1])
        if np.ndim(picture) == 2 and len(picture) <= 12:
            cell = width / np.shape(picture)[1]
            boxes.append(grid(ax, np.asarray(picture), corner, cell=cell, color=color, values=values))
        else:
            boxes.append(photo(ax, np.asarray(picture), corner, width))
    return around(*boxes)


def batch(
    ax: Axes,
    samples: int,
    draw: Callable[[int, tuple[float, float]], Box],
    at: tuple[float, float],
    *,
    gap: float = 0.3,
    text: str = "N",
) -> Box:
    """Samples below each other, held by a bracket; ``draw(number, at)`` draws one and returns its box."""
    boxes: list[Box] = []
    for number in range(samples):
        y = boxes[-1].bottom[1] + gap if boxes else at[1]
        boxes.append(draw(number, (at[0], y)))
    whole = around(*boxes)
    bracket(ax, whole, side="right", text=text)
    return whole


def memory(
    ax: Axes,
    values: Sequence[Any],
    at: tuple[float, float],
    *,
    steps: dict[str, int],
    cell: float = 1,
    colors: Sequence[str] | None = None,
) -> Box:
    """Cells in the order of their addresses, and above them one step of each axis as an arc, the smallest lowest.

    Args:
        ax: The canvas.
        values: What the cells hold, in the order of memory.
        at: Top left corner of the row of cells; the arcs need a cell of room above it for each axis.
        steps: Axis -> its stride, counted in cells.
        cell: Width of a cell.
        colors: The colour of each cell.
    """
    shades = colors or [INPUT] * len(values)
    for number, (value, color) in enumerate(zip(values, shades, strict=True)):
        grid(ax, (1, 1), (at[0] + number * cell, at[1]), cell=cell, color=color)
        label(ax, (at[0] + (number + 0.5) * cell, at[1] + 0.52 * cell), str(value), size=SMALL)
    for rank, (axis, step) in enumerate(sorted(steps.items(), key=lambda pair: pair[1])):
        start, y = at[0] + 0.5 * cell, at[1] - 0.25 - 0.85 * rank
        color = SERIES[rank % len(SERIES)]
        shape = FancyArrowPatch(
            (start, y), (start + step * cell, y), arrowstyle="-|>", mutation_scale=10, color=color, shrinkA=0, shrinkB=0
        )
        ax.add_patch(shape)
        label(ax, (start + step * cell + 0.25, y), f"{axis}: {step}", size=SMALL, color=INK, align="left")
    end = (at[0] + len(values) * cell, at[1] + cell)
    middle = ((at[0] + end[0]) / 2, (at[1] + end[1]) / 2)
    return Box((at[0], middle[1]), (end[0], middle[1]), (middle[0], at[1]), (middle[0], end[1]), middle)
