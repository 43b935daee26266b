"""The pictures of chapter 2: windows, flips, shifts, borders and the matrix of a convolution.

They are 15.5 cells wide with letters of 14 pixels, so that a phone shows them whole and its reader can read them.
"""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import full_padding, half_padding
from reference_impl.arrays import pad
from reference_impl.conv import conv, conv_matrix, convolve
from scripts.figures import style
from scripts.figures.style import (
    ACCENT,
    EXTRA,
    GRID,
    INK,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    OUTPUT_SOFT,
    canvas,
    photo,
    window,
)
from scripts.figures.sweeps import sweep

WIDTH, LETTERS = 15.5, 14
IMAGE = np.arange(9).reshape(3, 3)
WEIGHTS = np.arange(4).reshape(2, 2)
arrow = partial(style.arrow, size=LETTERS)
grid = partial(style.grid, size=LETTERS)
label = partial(style.label, size=LETTERS)


def four_windows() -> Figure:
    """The first example: each window with its products, and their sums."""
    figure, ax = canvas(WIDTH, 9.6)
    result = conv(IMAGE[None, None], WEIGHTS[None, None])[0, 0]
    label(ax, (1.8, 0.5), "kernel", color=KERNEL, bold=True)
    kernel = grid(ax, WEIGHTS, at=(0.8, 1), color=KERNEL)
    label(ax, (13.7, 0.5), "result", color=OUTPUT, bold=True)
    sums = grid(ax, result, at=(12.7, 1), color=OUTPUT)
    arrow(ax, kernel.right, sums.left, "on each place: multiply, add up")
    label(ax, (WIDTH / 2, 3.9), "image, and where the kernel stands", color=INPUT, bold=True)
    for step, place in enumerate(np.ndindex(result.shape)):
        at = (0.4 + 3.9 * step, 4.5)
        image = grid(ax, IMAGE, at=at, color=INPUT, highlight=window(place, WEIGHTS.shape))
        cells = IMAGE[place[0] : place[0] + 2, place[1] : place[1] + 2]
        rows = [" + ".join(f"{a}·{b}" for a, b in zip(*pair, strict=True)) for pair in zip(cells, WEIGHTS, strict=True)]
        label(ax, (image.bottom[0], 8.15), f"{rows[0]} +\n{rows[1]}", color=MUTED)
        label(ax, (image.bottom[0], 9.15), f"= {result[place]}", color=OUTPUT, bold=True)
    return figure


def impulse() -> Figure:
    """What convolution and cross-correlation make of a single bright cell."""
    figure, ax = canvas(WIDTH, 13.4)
    image = np.zeros((5, 5), dtype=int)
    image[2, 2] = 1
    kernel = np.arange(1, 10).reshape(3, 3)
    stamped = convolve(image[None, None], kernel[None, None], padding=1)[0, 0]
    searched = conv(image[None, None], kernel[None, None], padding=1)[0, 0]
    left, right = 1.4, 9.1
    for text, at, color in (
        ("image", (left + 2.5, 0.5), INPUT),
        ("kernel", (right + 2.5, 0.5), KERNEL),
        ("convolution", (left + 2.5, 7.3), OUTPUT),
        ("cross-correlation", (right + 2.5, 7.3), OUTPUT),
    ):
        label(ax, at, text, color=color, bold=True)
    grid(ax, image, at=(left, 1.1), color=INPUT, highlight=[(2, 2)], highlight_color=INPUT)
    grid(ax, kernel, at=(right + 1, 2.1), color=KERNEL)
    grid(ax, stamped, at=(left, 7.9), color=OUTPUT, highlight=window((1, 1), (3, 3)))
    grid(ax, searched, at=(right, 7.9), color=OUTPUT, highlight=window((1, 1), (3, 3)), highlight_color=ACCENT)
    return figure


def shared_weights() -> Figure:
    """Which weight joins an output to an input: all their own, shared along diagonals, shared and near."""
    figure, ax = canvas(WIDTH, 5.8)
    rows, columns = np.indices((5, 5))
    distance = rows - columns
    for step, text in enumerate(("all to all", "shared", "shared and local")):
        at = (0.4 + 5.1 * step, 1.2)
        label(ax, (at[0] + 2.25, 0.6), text, bold=True)
        if step == 0:
            grid(ax, 1 + 5 * rows + columns, at=at, cell=0.9, color=GRID)
            continue
        grid(ax, distance.shape, at=at, cell=0.9, color=GRID)
        for value, color in ((-1, INPUT), (0, KERNEL), (1, EXTRA)):
            for row, column in np.argwhere(distance == value):
                _cell(ax, value, at, row, column, color)
        if step == 1:
            for row, column in np.argwhere(abs(distance) > 1):
                _cell(ax, int(distance[row, column]), at, row, column, MUTED)
    return figure


def _cell(ax: Axes, value: int, at: tuple[float, float], row: int, column: int, color: str) -> None:
    place = (at[0] + 0.9 * column, at[1] + 0.9 * row)
    grid(ax, np.array([[value]]), at=place, cell=0.9, color=color)


def sliding_overlap() -> Figure:
    """A box pushed over a box, and the length they share for every shift."""
    width, height = WIDTH, 10.2
    figure, sheet = canvas(width, height)
    dt = 0.01
    box = np.ones(round(1 / dt))
    overlap, t = np.convolve(box, box) * dt, np.arange(1, 2 / dt) * dt
    shifts = (0.4, 1.0, 1.7)
    for column, shift in enumerate(shifts):
        ax = _small_axes(figure, (0.8 + 5 * column, 1.5, 4.4, 2.4))
        low, high = max(0.0, shift - 1), min(1.0, shift)
        ax.add_patch(Rectangle((low, 0), high - low, 1, facecolor=OUTPUT_SOFT, edgecolor="none", zorder=1))
        ax.plot([-1.2, 0, 0, 1, 1, 2.2], [0, 0, 1, 1, 0, 0], color=INPUT, marker="")
        ax.plot([-1.2, shift - 1, shift - 1, shift, shift, 2.2], [0, 0, 0.96, 0.96, 0, 0], color=KERNEL, marker="")
        ax.set(xlim=(-1.2, 2.2), ylim=(0, 1.25), xticks=[0, 1, 2], yticks=[0, 1])
        label(sheet, (3 + 5 * column, 0.75), f"shift t = {shift:g}\noverlap {high - low:.1f}")
    ax = _small_axes(figure, (0.8, 6.2, 14.3, 3.1))
    ax.fill_between(t, overlap, color=OUTPUT_SOFT, zorder=1)
    ax.plot(t, overlap, color=OUTPUT, marker="")
    ax.plot(shifts, np.interp(shifts, t, overlap), color=OUTPUT, linestyle="", marker="o")
    ax.set(xlim=(-0.3, 2.3), ylim=(0, 1.25), xticks=[0, 0.5, 1, 1.5, 2], yticks=[0, 1])
    label(sheet, (WIDTH / 2, 5.6), "overlap for every shift t: the convolution", color=OUTPUT, bold=True)
    return figure


def _small_axes(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    """Axes at (left, top, width, height) in cells of the sheet below them."""
    width, height = figure.get_size_inches() * 72 / 28
    left, top, wide, high = place
    ax = figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height), axisbelow=True)
    ax.tick_params(labelsize=LETTERS)
    return ax


def full_same_valid() -> Figure:
    """First and last place of a kernel of three taps over seven cells, and the outputs of each mode."""
    figure, ax = canvas(WIDTH, 10.9)
    cells, taps, first_cell = 7, 3, 5.4
    signal, kernel = np.ones(cells, dtype=int), np.ones(taps, dtype=int)
    for row, (mode, pads) in enumerate((("valid", 0), ("same", half_padding(taps)), ("full", full_padding(taps)))):
        top = 0.5 + 3.6 * row
        label(ax, (0.2, top + 0.5), mode, align="left", bold=True)
        label(ax, (0.2, top + 2.1), "outputs", align="left", color=OUTPUT)
        for left in (first_cell - pads, first_cell + cells):
            if pads:
                grid(ax, np.zeros((1, pads), dtype=int), at=(left, top), color=GRID)
        grid(ax, (1, cells), at=(first_cell, top), color=INPUT)
        for first, color in ((first_cell - pads, KERNEL), (first_cell + cells + pads - taps, EXTRA)):
            ax.add_patch(Rectangle((first, top - 0.14), taps, 1.28, facecolor="none", edgecolor=color, linewidth=3))
        outputs = convolve(signal[None, None], kernel[None, None], padding=pads)[0, 0]
        grid(ax, outputs[None], at=(first_cell - pads + (taps - 1) / 2, top + 1.6), color=OUTPUT)
    return figure


def borders() -> Figure:
    """A piece of a photograph continued in four ways, and the error of its blur at the border."""
    figure, ax = canvas(WIDTH, 9.6)
    whole = load_sample_image("china.jpg").mean(axis=2)
    rows, columns = slice(100, 160), slice(100, 160)
    line = np.array([1, 6, 15, 20, 15, 6, 1])
    blur, far = np.outer(line, line)[None, None] / 64**2, 12
    truth = conv(whole[None, None], blur, padding=3)[0, 0, rows, columns]
    piece = whole[rows, columns]
    for step, mode in enumerate(("zeros", "circular", "reflect", "replicate")):
        at = (0.3 + 3.8 * step, 1.2)
        label(ax, (at[0] + 1.75, 0.6), mode, bold=True)
        photo(ax, pad(piece, [(far, far)] * 2, mode).astype(np.uint8), at, 3.5)
        edge = 3.5 * far / (len(piece) + 2 * far)
        inner = 3.5 - 2 * edge
        frame = Rectangle((at[0] + edge, at[1] + edge), inner, inner, facecolor="none", edgecolor=ACCENT, linewidth=2)
        frame.set_zorder(2)
        ax.add_patch(frame)
        blurred = conv(piece[None, None], blur, padding=3, padding_mode=mode)[0, 0]
        error = np.clip(8 * np.abs(blurred - truth), 0, 255).astype(np.uint8)
        photo(ax, error, (at[0], 5.8), 3.5)
    label(ax, (WIDTH / 2, 5.3), "error after blurring, eight times brighter")
    return figure


def shifts() -> Figure:
    """Filter and shift, in both orders, with stride 1 and stride 2; cells that differ are marked."""
    figure, ax = canvas(WIDTH, 14.6)
    x, w = np.array([2, 7, 1, 8, 2, 8, 1, 8]), np.array([1, 2, -1])
    for top, stride, mode in ((0.5, 1, "zeros"), (7.9, 2, "circular")):
        kind = "zero padding" if mode == "zeros" else "on a ring"
        label(ax, (10.6, top), f"stride {stride}, {kind}", bold=True)
        for row, text in enumerate(("signal", "shifted by one", "filter, then shift", "shift, then filter")):
            label(ax, (0.2, top + 1.2 + 1.4 * row + 0.2 * (row > 1)), text, align="left")
        options = {"padding": 1, "stride": stride, "padding_mode": mode}
        moved = np.roll(x, 1)
        filtered, of_moved = (conv(signal[None, None], w[None, None], **options)[0, 0] for signal in (x, moved))
        first_filtered = np.roll(filtered, 1 // stride)
        grid(ax, x[None], at=(6.6, top + 0.7), color=INPUT)
        grid(ax, moved[None], at=(6.6, top + 2.1), color=INPUT)
        for below, outputs in ((3.7, first_filtered), (5.1, of_moved)):
            for cell, value in enumerate(outputs):
                wrong = [(0, 0)] if first_filtered[cell] != of_moved[cell] else []
                at = (6.6 + stride * cell, top + below)
                grid(ax, np.array([[value]]), at=at, color=OUTPUT, highlight=wrong, highlight_color=ACCENT)
    return figure


def strided_row() -> Figure:
    """A kernel of three taps on seven cells, two cells a step."""
    x, w = np.array([3, 1, 4, 1, 5, 9, 2]), np.array([1, 2, -1])
    return sweep(x.shape, w.shape, stride=2, padding=1, x=x, w=w, shown=1)


def doubly_blocked() -> Figure:
    """The first example as a matrix times a vector, in blocks."""
    figure, ax = canvas(WIDTH, 10.6)
    w = WEIGHTS[None, None]
    matrix = conv_matrix(w, (3, 3))
    left, top = 0.2, 3.4
    label(ax, (left + 4.5, top - 0.6), "matrix: 2 × 3 blocks of 2 × 3", color=KERNEL, bold=True)
    grid(ax, matrix.shape, at=(left, top), color=GRID)
    for kernel_row, color in ((0, KERNEL), (1, EXTRA)):
        only = np.zeros_like(w)
        only[0, 0, kernel_row] = 1  # where the taps of this row of the kernel land
        taps = [(int(row), int(column)) for row, column in np.argwhere(conv_matrix(only, (3, 3)))]
        _marked(ax, matrix, taps, (left, top), color)
    for block in range(1, 3):
        ax.plot([left + 3 * block] * 2, [top, top + 4], color=INK, linewidth=2, marker="")
    ax.plot([left, left + 9], [top + 2] * 2, color=INK, linewidth=2, marker="")
    label(ax, (left + 9.8, top + 2), "×")
    image_left, result_left = left + 10.5, left + 13.3
    label(ax, (image_left + 0.5, 0.4), "image", color=INPUT, bold=True)
    grid(ax, IMAGE.reshape(-1, 1), at=(image_left, 1), color=INPUT)
    for block in range(1, 3):
        ax.plot([image_left, image_left + 1], [1 + 3 * block] * 2, color=INK, linewidth=2, marker="")
    label(ax, (image_left + 1.9, top + 2), "=")
    label(ax, (result_left + 0.5, top - 0.6), "result", color=OUTPUT, bold=True)
    grid(ax, (matrix @ IMAGE.ravel())[:, None], at=(result_left, top), color=OUTPUT)
    ax.plot([result_left, result_left + 1], [top + 2] * 2, color=INK, linewidth=2, marker="")
    label(ax, (left + 2.4, 9.3), "kernel", color=KERNEL, bold=True)
    _marked(ax, WEIGHTS, [(0, 0), (0, 1)], (left + 4, 8.3), KERNEL)
    _marked(ax, WEIGHTS, [(1, 0), (1, 1)], (left + 4, 8.3), EXTRA)
    return figure


def _marked(ax: Axes, numbers: np.ndarray, cells: list[tuple[int, int]], at: tuple[float, float], color: str) -> None:
    """Some cells of a matrix, in a colour of their own."""
    for row, column in cells:
        grid(ax, numbers[row : row + 1, column : column + 1], at=(at[0] + column, at[1] + row), color=color)


def photo_filters() -> Figure:
    """A photograph, blurred and embossed by cross-correlation, and embossed by convolution."""
    figure, ax = canvas(WIDTH, 13.4)
    grey = load_sample_image("china.jpg").mean(axis=2)[20:240, 60:360]
    blur = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    emboss = np.array([[2, 1, 0], [1, 0, -1], [0, -1, -2]])
    pictures = {
        "photograph": grey,
        "blur, either way": conv(grey[None, None], blur[None, None], padding=2, padding_mode="replicate")[0, 0],
        "emboss, cross-correlation": 128 + conv(grey[None, None], emboss[None, None])[0, 0] / 2,
        "emboss, convolution": 128 + convolve(grey[None, None], emboss[None, None])[0, 0] / 2,
    }
    for number, (name, picture) in enumerate(pictures.items()):
        at = (0.2 + 7.7 * (number % 2), 1.1 + 6.7 * (number // 2))
        label(ax, (at[0] + 3.7, at[1] - 0.55), name, bold=True)
        photo(ax, np.clip(picture, 0, 255).astype(np.uint8), at, 7.4)
    return figure


def matched_filter() -> Figure:
    """An echo hidden in noise, and the correlation that finds it."""
    figure, sheet = canvas(WIDTH, 10.4)
    rng = np.random.default_rng(0)
    pulse = rng.choice([-1.0, 1.0], size=40)
    recording = rng.normal(size=400)
    recording[237:277] += 0.8 * pulse
    found = np.correlate(recording, pulse, "valid")
    label(sheet, (WIDTH / 2, 0.5), "recording", color=INPUT, bold=True)
    ax = _small_axes(figure, (1.3, 1, 13.5, 3.1))
    ax.axvspan(237, 277, color=OUTPUT_SOFT, zorder=0)
    ax.plot(recording, color=INPUT, linewidth=1, marker="")
    ax.set(xlim=(0, 400), ylim=(-4, 4), xticks=range(0, 401, 100), yticks=[-4, 0, 4])
    label(sheet, (WIDTH / 2, 5.6), "its correlation with the pulse, by lag", color=OUTPUT, bold=True)
    ax = _small_axes(figure, (1.3, 6.1, 13.5, 3.1))
    ax.plot(found, color=OUTPUT, linewidth=1, marker="")
    ax.plot([found.argmax()], [found.max()], color=ACCENT, linestyle="", marker="o")
    ax.set(xlim=(0, 400), ylim=(-25, 40), xticks=range(0, 401, 100), yticks=[-20, 0, 20, 40])
    return figure
