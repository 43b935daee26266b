"""How a sweep is drawn: rows of cells for one axis, sheets for two, blocks for three. `sweeps` says which cells."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from scripts.figures.data import PHONE
from scripts.figures.frames import frame, still
from scripts.figures.index_sets import IndexSets
from scripts.figures.style import (
    CELL,
    GRID,
    INK,
    INPUT,
    KERNEL,
    KERNEL_SOFT,
    MUTED,
    OUTPUT,
    SMALL,
    Box,
    canvas,
    grid,
    label,
    volume,
)

WIDTH = PHONE
MARGIN, GAP, HEAD = 0.2, 1.0, 0.9  # beside the drawing; between its two sides; for the names above
LINE = 0.62  # height of a line of small text
LETTER = 0.6 * SMALL / CELL  # cells that a small letter is wide, about
FORWARD, BACK = ("input", "output"), ("output", "input")  # what lies under the windows, what has a cell for each
COLOURS = {"input": INPUT, "output": OUTPUT}


class Sweep(NamedTuple):
    """What there is to draw."""

    sets: IndexSets
    names: tuple[str, str]  # FORWARD or BACK
    large: np.ndarray | None  # numbers under the windows, padding included
    small: np.ndarray | None  # numbers of the side with one cell a window
    w: np.ndarray | None
    lines: Sequence[Sequence[str]]  # what each frame says
    shown: int  # the frame that stands where nothing moves


def drawn(sweep: Sweep) -> Figure:
    """The picture for one, two or three axes."""
    return {1: _rows, 2: _sheets, 3: _blocks}[len(sweep.sets.large)](sweep)


# --- what all of them share -------------------------------------------------------------------------------------------


def _turns(ax: Axes, sweep: Sweep, foot: float, draw: Callable[[int], None]) -> None:
    """One frame a window: what `draw` marks for it, and what it says below."""
    sets = sweep.sets
    for number, lines in enumerate(sweep.lines):
        shows = f"{_written(sets.place(number))} with {' '.join(map(_written, sets.cells[number].tolist()))}"
        with frame(ax, number, of=len(sets.cells), shows=shows, when_still=number == sweep.shown):
            draw(number)
            for row, line in enumerate(lines):
                label(ax, (WIDTH / 2, foot + (row + 0.5) * LINE), line, size=SMALL)


def _written(cell: Sequence[int]) -> str:
    return ",".join(map(str, cell))


def _sheet_for(height: float, sweep: Sweep) -> tuple[Figure, Axes]:
    """A canvas for a drawing that ends at `height`, and the lines below it.

    Raises:
        ValueError: a line that is wider than the canvas.
    """
    longest = max((line for lines in sweep.lines for line in lines), key=len)
    if len(longest) * LETTER > WIDTH:
        raise ValueError(f"{longest!r} is wider than a phone. Leave out x or w, or take fewer taps")
    return canvas(WIDTH, height + LINE * len(sweep.lines[0]) + 0.2)


def _name(ax: Axes, box: Box, name: str) -> None:
    label(ax, (box.top[0], box.top[1] - HEAD / 2), name, color=COLOURS[name], bold=True)


def _marked(ax: Axes, cells: Sequence[Sequence[float]], at: tuple[float, float], cell: float) -> None:
    """Cells of a sheet in the colour of the kernel, as one shape."""
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    squares = [[(at[0] + (c + x) * cell, at[1] + (r + y) * cell) for x, y in corners] for r, c in cells]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(squares)
    path = Path(np.array(squares).reshape(-1, 2), codes)
    ax.add_patch(PathPatch(path, facecolor=KERNEL_SOFT, edgecolor=KERNEL, linewidth=1.8, zorder=1.5))


def _padded(ax: Axes, sweep: Sweep, at: tuple[float, float], cell: float) -> Box:
    """The side under the windows in its ring of grey cells, each with its number; a dot where a window begins."""
    sets = sweep.sets
    (top, _), (left, _) = pads = ((0, 0), *sets.pads)[-2:]
    rows, columns = size = (1, *sets.large)[-2:]
    if any(map(any, pads)):
        grid(ax, (1, *sets.padded)[-2:], at, cell=cell, color=GRID)
    inside = grid(ax, size, (at[0] + left * cell, at[1] + top * cell), cell=cell, color=COLOURS[sweep.names[0]])
    numbers = np.zeros((0, 0)) if sweep.large is None else np.atleast_2d(sweep.large)
    widest = max((len(f"{number:g}") for number in numbers.flat), default=0)
    if widest * LETTER > cell:
        raise ValueError(f"numbers of {widest} digits do not fit into cells of {cell * CELL:.0f} pixels. Leave out x")
    for (row, column), number in np.ndenumerate(numbers):
        own = top <= row < top + rows and left <= column < left + columns
        middle = (at[0] + (column + 0.5) * cell, at[1] + (row + 0.52) * cell)
        label(ax, middle, f"{number:g}".replace("-", "−"), size=SMALL, color=INK if own else MUTED)
    with still(ax):
        for number in range(len(sets.cells)):
            row, column = (0, *sets.places(number)[0])[-2:]
            spot = (at[0] + (column + 0.18) * cell, at[1] + (row + 0.18) * cell)
            ax.add_patch(Circle(spot, 0.1 * cell, facecolor=KERNEL, edgecolor="none", zorder=5))
    return inside


# --- one axis: rows ---------------------------------------------------------------------------------------------------

APART = 2.6  # between the tops of two rows


def _rows(sweep: Sweep) -> Figure:
    """Input above output, joined by a line for each tap."""
    sets, forward = sweep.sets, sweep.names == FORWARD
    cell = min(1.0, (WIDTH - 2 * MARGIN) / sets.padded[0])
    left = (WIDTH - sets.padded[0] * cell) / 2
    rows = (HEAD, HEAD + APART) if forward else (HEAD + APART, HEAD)  # the padded row, the other
    foot = HEAD + APART + cell + HEAD
    figure, ax = _sheet_for(foot, sweep)
    for name, y in (("input", HEAD / 2), ("output", foot - HEAD / 2)):
        label(ax, (left, y), name, color=COLOURS[name], bold=True, align="left")
    _padded(ax, sweep, (left, rows[0]), cell)
    spots = _below(sets)
    for number, spot in enumerate(spots):
        content = (1, 1) if sweep.small is None else sweep.small[number : number + 1]
        grid(ax, content, (left + spot * cell, rows[1]), cell=cell, color=COLOURS[sweep.names[1]])

    def window(number: int) -> None:
        taps, spot = sets.places(number)[:, 0].tolist(), spots[number]
        _marked(ax, [(0, tap) for tap in taps], (left, rows[0]), cell)
        _marked(ax, [(0, spot)], (left, rows[1]), cell)
        for tap in taps:
            ends = [left + (end + 0.5) * cell for end in ((tap, spot) if forward else (spot, tap))]
            ax.plot(ends, (HEAD + cell, HEAD + APART), color=KERNEL, linewidth=1.5, marker="")

    _turns(ax, sweep, foot, window)
    return figure


def _below(sets: IndexSets) -> list[float]:
    """Where the other row's cells stand: below the middle of their window, of a causal one below its last tap."""
    taps = [sets.places(number)[:, 0] for number in range(len(sets.cells))]
    lo, hi = sets.pads[0]
    causal = not hi and lo and lo == taps[0][-1] - taps[0][0]
    return [float(window[-1] if causal else window.mean()) for window in taps]


# --- two axes: sheets -------------------------------------------------------------------------------------------------


def _sheets(sweep: Sweep) -> Figure:
    """The padded sheet and the other one side by side, input on the left; a kernel with numbers above the other."""
    sets, w = sweep.sets, sweep.w
    kernel = (0, 0) if w is None else sets.kernel
    side = max(sets.small[1], kernel[1])
    cell = min(1.0, (WIDTH - 2 * MARGIN - GAP) / (sets.padded[1] + side))
    top = HEAD if w is None else 2 * HEAD + kernel[0] * cell  # of the other sheet
    foot = max(HEAD + sets.padded[0] * cell, top + sets.small[0] * cell) + 0.3
    figure, ax = _sheet_for(foot, sweep)
    left, right = _side_by_side(sweep, sets.padded[1] * cell, side * cell)
    _name(ax, _padded(ax, sweep, (left, HEAD), cell), sweep.names[0])
    content = sets.small if sweep.small is None else sweep.small
    _name(ax, grid(ax, content, (right, top), cell=cell, color=COLOURS[sweep.names[1]]), sweep.names[1])
    if w is not None:
        box = grid(ax, w, (right, HEAD), cell=cell, color=KERNEL)
        label(ax, (box.top[0], HEAD / 2), "kernel", color=KERNEL, bold=True)

    def window(number: int) -> None:
        _marked(ax, sets.places(number).tolist(), (left, HEAD), cell)
        _marked(ax, [sets.place(number)], (right, top), cell)

    _turns(ax, sweep, foot, window)
    return figure


def _side_by_side(sweep: Sweep, large: float, small: float) -> tuple[float, float]:
    """The left edges of the side under the windows and of the other one, the input being on the left."""
    first = (WIDTH - large - small - GAP) / 2
    return (first, first + large + GAP) if sweep.names == FORWARD else (first + small + GAP, first)


# --- three axes: blocks -----------------------------------------------------------------------------------------------

LEAN = 0.45  # of a cell, as `volume` leans: how far a step of depth goes to the right and up


def _blocks(sweep: Sweep) -> Figure:
    """Two blocks of cubes, input on the left; the window lies in the large one as a block of its own."""
    sets = sweep.sets
    wide, high = (
        [size[axis] + LEAN * size[0] for size in (sets.padded, sets.small)] for axis in (2, 1)
    )  # of the large and the small block
    cell = min(1.0, (WIDTH - 2 * MARGIN - GAP) / sum(wide))
    foot = HEAD + high[0] * cell + 0.3
    figure, ax = _sheet_for(foot, sweep)
    left, right = _side_by_side(sweep, wide[0] * cell, wide[1] * cell)
    large, small = (left, HEAD), (right, HEAD + (high[0] - high[1]) * cell / 2)
    if any(map(any, sets.pads)):
        _cubes(ax, sets.padded, (0, 0, 0), sets.padded, large, cell, GRID)
    inside = _cubes(ax, sets.large, [lo for lo, _ in sets.pads], sets.padded, large, cell, COLOURS[sweep.names[0]])
    _name(ax, inside, sweep.names[0])
    _name(ax, _cubes(ax, sets.small, (0, 0, 0), sets.small, small, cell, COLOURS[sweep.names[1]]), sweep.names[1])

    def window(number: int) -> None:
        for corner, shape in _solid(sets.places(number)):
            _cubes(ax, shape, corner, sets.padded, large, cell, KERNEL)
        _cubes(ax, (1, 1, 1), sets.place(number), sets.small, small, cell, KERNEL)

    _turns(ax, sweep, foot, window)
    return figure


def _solid(taps: np.ndarray) -> list[tuple[Sequence[int], Sequence[int]]]:
    """The taps as one block (corner, shape), or cube by cube, the rearmost first, where they stand apart."""
    whole = np.ptp(taps, axis=0) + 1
    if np.prod(whole) == len(taps):
        return [(taps.min(axis=0).tolist(), whole.tolist())]
    return [(tap, (1, 1, 1)) for tap in taps[::-1].tolist()]


def _cubes(
    ax: Axes,
    shape: Sequence[int],
    corner: Sequence[int],
    within: Sequence[int],
    at: tuple[float, float],
    cell: float,
    color: str,
) -> Box:
    """A block whose first cube is the cube `corner` of the block `within` that stands at `at`."""
    behind = within[0] - corner[0] - shape[0]  # cubes of the larger block behind this one
    spot = (at[0] + (corner[2] + LEAN * corner[0]) * cell, at[1] + (corner[1] + LEAN * behind) * cell)
    return volume(ax, (shape[0], shape[1], shape[2]), spot, cell=cell, color=color)
