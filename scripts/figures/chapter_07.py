"""Pictures of chapter 7, 3D convolution arithmetic."""

from math import prod

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reference_impl.arithmetic import conv_macs, conv_output_size
from reference_impl.networks import network
from reference_impl.receptive_field import Layer, receptive_field
from reference_impl.summary import summarize
from scripts.figures.data import PHONE
from scripts.figures.index_sets import reads
from scripts.figures.style import (
    ACCENT,
    GRID,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SMALL,
    canvas,
    grid,
    label,
    plot_axes,
)
from scripts.figures.sweeps import sweep

WIDTH = 12.4  # cells: as wide as a phone shows without shrinking the small letters
AXES = (("frames", 6, 3, 1, 1), ("rows", 7, 3, 2, 0), ("columns", 8, 2, 3, 0))  # cells, taps, stride, padding


def axes_apart() -> Figure:
    """Three axes of one layer, each with its own kernel, stride and padding."""
    figure, ax = canvas(PHONE, 10.6)
    outputs = []
    for number, (name, cells, taps, stride, padding) in enumerate(AXES):
        top = 0.5 + 3.1 * number
        sets = reads((cells,), (taps,), stride=stride, padding=padding)
        outputs.append(len(sets.cells))
        label(ax, (0.2, top), f"{name}: k = {taps}, s = {stride}, p = {padding}", align="left", bold=True)
        _windows(ax, sets.cells[:, :, 0].tolist(), cells, padding, (1.4, top + 0.5))
        label(ax, (11.4, top + 1.0), f"o = {len(sets.cells)}", color=OUTPUT, bold=True, align="right")
    text = f"outputs: {' × '.join(map(str, outputs))} = {prod(outputs)}"
    label(ax, (PHONE / 2, 9.9), text, color=OUTPUT, bold=True)
    return figure


def _windows(ax: Axes, windows: list[list[int]], cells: int, padding: int, zero: tuple[float, float]) -> None:
    """A row of cells, grey where it is padding, and a bar below for each window, in two ranks."""
    if padding:
        grid(ax, (1, cells + 2 * padding), (zero[0] - padding, zero[1]), color=GRID)
    grid(ax, (1, cells), zero)
    for number, window in enumerate(windows):
        y = zero[1] + 1.25 + 0.25 * (number % 3)
        ends = [zero[0] + window[0] + 0.12, zero[0] + window[-1] + 0.88]
        ax.plot(ends, [y, y], color=KERNEL, marker="", linewidth=3)


def unequal_steps() -> Figure:
    """A kernel of unequal sides that steps by two cells in depth and columns, by one in rows."""
    return sweep((4, 4, 4), (2, 3, 2), stride=(2, 1, 2), shown=1)


def clip_against_image() -> Figure:
    """MACs of an unpadded 3-D layer, counted in 2-D layers on each frame, against the length of the clip."""
    figure, ax = plot_axes(WIDTH, 10.5, xlabel="frames of the clip", ylabel="times the 2D layer")
    for taps, color in ((7, OUTPUT), (5, KERNEL), (3, INPUT)):
        frames = range(taps, 33)
        ratios = [
            conv_macs((1, 1, n, 9, 9), (1, 1, taps, 3, 3)) / conv_macs((n, 1, 9, 9), (1, 1, 3, 3)) for n in frames
        ]
        ax.plot(frames, ratios, color=color, marker="", label=f"{taps} taps in time")
        ax.axhline(taps, color=color, linewidth=1, linestyle="--")
    ax.set_ylim(0, 8)
    ax.legend(loc="lower right")
    return figure


def shrinking_clip() -> Figure:
    """The maps of C3D behind each pool, to scale; a sheet is a frame."""
    figure, ax = canvas(PHONE, 6.9)
    shapes = [("clip", network("c3d").input_shape[2:])]
    shapes += [(r["name"], r["output_shape"][2:]) for r in summarize("c3d") if r["kind"] == "max_pool"]
    left, lean, scale, floor = 0.1, 0.055, 2.4 / shapes[0][1][1], 3.7
    for number, (name, (frames, rows, columns)) in enumerate(shapes):
        for frame in reversed(range(frames)):
            corner = (left + lean * frame, floor - rows * scale - lean * frame)
            grid(ax, (1, 1), corner, cell=columns * scale, color=OUTPUT if number else INPUT)
        middle = left + (columns * scale + lean * (frames - 1)) / 2
        y = floor + 0.45 + (1.5 if number % 2 else 0)
        if number % 2:
            ax.plot([middle, middle], [floor + 0.12, y - 0.3], color=GRID, marker="", linewidth=1)
        label(ax, (middle, y), name, bold=True, size=SMALL)
        label(ax, (middle, y + 0.65), f"{frames} ×\n{rows} × {columns}", color=MUTED, size=SMALL)
        left += columns * scale + lean * (frames - 1) + (0.35 if number < 2 else 0.95)
    return figure


def frames_left() -> Figure:
    """Frames of a clip of 16, 12 and 8 behind the pools of C3D; a cross where no window fits."""
    figure, ax = canvas(PHONE, 7.6)
    pools = [layer for layer in network("c3d").layers if layer.kind == "max_pool"]
    cell = 0.16
    for column, frames in enumerate((16, 12, 8)):
        left = 1.6 + 3.5 * column
        label(ax, (left, 0.5), f"{frames} frames", align="left", bold=True, size=SMALL)
        rest: int | None = frames
        for row, pool in enumerate([None, *pools]):
            y = 1.1 + 1.05 * row
            if column == 0:
                label(ax, (0.1, y + 0.3), pool.name if pool else "clip", align="left", size=SMALL)
            if pool and rest:
                rest = rest // 2 if pool.stride[0] == 2 else rest
                assert not rest or rest == conv_output_size(2 * rest, 2, stride=2)
            if rest:
                grid(ax, (1, rest), (left, y + 0.2), cell=cell, color=OUTPUT if pool else INPUT)
                label(ax, (left + rest * cell + 0.15, y + 0.3), str(rest), align="left", size=SMALL)
            elif rest == 0:
                _cross(ax, (left + 0.15, y + 0.3))
                rest = None
    return figure


def _cross(ax: Axes, at: tuple[float, float], half: float = 0.18) -> None:
    for sign in (1, -1):
        ends = [at[1] - sign * half, at[1] + sign * half]
        ax.plot([at[0] - half, at[0] + half], ends, color=ACCENT, marker="", linewidth=3)


def c3d_profile() -> Figure:
    """Where the parameters, the work and the output numbers of C3D are."""
    rows = [row for row in summarize("c3d") if row["parameters"]]
    figure, ax = plot_axes(WIDTH, 11.5, xlabel="share in percent", ylabel="")
    places = np.arange(len(rows))
    measures = (("parameters", "parameters", KERNEL), ("macs", "MACs", INPUT), ("activation_bytes", "outputs", OUTPUT))
    for shift, (key, name, color) in zip((-0.27, 0, 0.27), measures, strict=True):
        counts = np.array([row[key] for row in rows])
        ax.barh(places + shift, 100 * counts / counts.sum(), 0.25, color=color, label=name)
    ax.set_yticks(places, [row["name"] for row in rows])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.legend(loc="center right")
    return figure


SPACING = (5.0, 0.8)  # millimetres: between slices, between columns
EQUAL = tuple(Layer((3, 3), 2) for _ in range(3))
BY_AXIS = (Layer((1, 3), (1, 2)), Layer((1, 3), (1, 2)), Layer((3, 3), 2))


def fields_in_millimetres() -> Figure:
    """What one output of three layers sees of a scan, in millimetres, for equal and for chosen kernels."""
    figure, ax = canvas(PHONE, 8.4)
    scale = 6.0 / (SPACING[0] * receptive_field(EQUAL).size[0])
    for middle, layers, text in ((3.0, EQUAL, "3 × 3 × 3 three times"), (8.7, BY_AXIS, "1 × 3 × 3 twice first")):
        label(ax, (middle, 0.5), text, bold=True, size=SMALL)
        for depth in (3, 2, 1):
            size = receptive_field(layers[:depth]).size
            tall, wide = (scale * step * cells for step, cells in zip(SPACING, size, strict=True))
            corner = (middle - wide / 2, 4.3 - tall / 2)
            ax.add_patch(Rectangle(corner, wide, tall, facecolor="none", edgecolor=KERNEL, linewidth=2))
        mm = " × ".join(f"{step * cells:g}" for step, cells in zip(SPACING, size_of(layers), strict=True))
        label(ax, (middle, 7.85), f"{mm} mm", color=KERNEL, size=SMALL)
    label(ax, (0.1, 4.3), "depth ↓", align="left", color=MUTED, size=SMALL)
    return figure


def size_of(layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """Cells that one output sees, per axis."""
    return receptive_field(layers).size
