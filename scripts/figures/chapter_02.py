"""The pictures of chapter 2: windows, flips, shifts and the matrix of a convolution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import full_padding, half_padding
from reference_impl.conv import conv, conv_matrix, convolve
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
    SMALL,
    canvas,
    grid,
    label,
    photo,
    window,
)

GOLDEN_X = np.arange(9).reshape(3, 3)
GOLDEN_W = np.arange(4).reshape(2, 2)


def four_windows() -> Figure:
    """The golden example: each window with its four products, and the four sums."""
    figure, ax = canvas(24, 6.2)
    result = conv(GOLDEN_X[None, None], GOLDEN_W[None, None])[0, 0]
    label(ax, (1.5, 0.6), "kernel", color=KERNEL, bold=True)
    grid(ax, GOLDEN_W, at=(0.5, 1.6), color=KERNEL)
    for step, place in enumerate(np.ndindex(2, 2)):
        left = 4 + 4.1 * step
        image = grid(ax, GOLDEN_X, at=(left, 1.1), color=INPUT, highlight=window(place, (2, 2)))
        cells = GOLDEN_X[place[0] : place[0] + 2, place[1] : place[1] + 2]
        rows = [
            " + ".join(f"{a}·{b}" for a, b in zip(*pair, strict=True)) for pair in zip(cells, GOLDEN_W, strict=True)
        ]
        label(ax, (image.bottom[0], 4.75), f"{rows[0]} +\n{rows[1]}", size=SMALL, color=MUTED)
        label(ax, (image.bottom[0], 5.8), f"= {result[place]}", color=OUTPUT, bold=True)
    label(ax, (4 + 4.1 * 1.5 + 1.5, 0.6), "image, and where the kernel stands", color=INPUT, bold=True)
    label(ax, (22.2, 0.6), "result", color=OUTPUT, bold=True)
    grid(ax, result, at=(21.2, 1.6), color=OUTPUT)
    return figure


def sliding_overlap() -> Figure:
    """A box pushed over a box, and the area they share for every shift."""
    figure, sheet = canvas(24, 11.5)
    dt = 0.01
    box = np.ones(round(1 / dt))
    area, t = np.convolve(box, box) * dt, np.arange(1, 2 / dt) * dt
    shifts = (0.4, 1.0, 1.7)
    for column, shift in enumerate(shifts):
        ax = _small_axes(figure, (0.9 + 7.9 * column, 0.9, 6.6, 3.6))
        low, high = max(0.0, shift - 1), min(1.0, shift)
        ax.add_patch(Rectangle((low, 0), high - low, 1, facecolor=OUTPUT_SOFT, edgecolor="none", zorder=1))
        ax.plot([-1.2, 0, 0, 1, 1, 2.2], [0, 0, 1, 1, 0, 0], color=INPUT, marker="")
        ax.plot([-1.2, shift - 1, shift - 1, shift, shift, 2.2], [0, 0, 0.96, 0.96, 0, 0], color=KERNEL, marker="")
        ax.set(xlim=(-1.2, 2.2), ylim=(0, 1.25), xticks=[-1, 0, 1, 2], yticks=[0, 1])
        label(sheet, (4.2 + 7.9 * column, 0.5), f"shift t = {shift:g}, overlap {high - low:.1f}", size=SMALL)
    ax = _small_axes(figure, (0.9, 6.1, 22.4, 4.2))
    ax.fill_between(t, area, color=OUTPUT_SOFT, zorder=1)
    ax.plot(t, area, color=OUTPUT, marker="")
    ax.plot(shifts, np.interp(shifts, t, area), color=OUTPUT, linestyle="", marker="o")
    ax.set(xlim=(-0.3, 2.3), ylim=(0, 1.25), xticks=[0, 0.5, 1, 1.5, 2], yticks=[0, 1])
    label(sheet, (12.1, 5.6), "overlap for every shift t: the convolution of the two boxes", color=OUTPUT, bold=True)
    return figure


def _small_axes(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    """Axes at (left, top, width, height) in cells of the sheet below them."""
    width, height = 24, 11.5
    left, top, wide, high = place
    return figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height), axisbelow=True)


def impulse() -> Figure:
    """What convolution and cross-correlation make of a single bright cell."""
    figure, ax = canvas(24, 6.6)
    image = np.zeros((5, 5), dtype=int)
    image[2, 2] = 1
    kernel = np.arange(1, 10).reshape(3, 3)
    stamped = convolve(image[None, None], kernel[None, None], padding=1)[0, 0]
    searched = conv(image[None, None], kernel[None, None], padding=1)[0, 0]
    for text, middle, color in (
        ("image", 2.8, INPUT),
        ("kernel", 8.1, KERNEL),
        ("convolution", 14.2, OUTPUT),
        ("cross-correlation", 20.9, OUTPUT),
    ):
        label(ax, (middle, 0.6), text, color=color, bold=True)
    grid(ax, image, at=(0.3, 1.2), color=INPUT, highlight=[(2, 2)], highlight_color=INPUT)
    grid(ax, kernel, at=(6.6, 2.2), color=KERNEL)
    grid(ax, stamped, at=(11.7, 1.2), color=OUTPUT, highlight=window((1, 1), (3, 3)))
    grid(ax, searched, at=(18.4, 1.2), color=OUTPUT, highlight=window((1, 1), (3, 3)), highlight_color=ACCENT)
    return figure


def full_same_valid() -> Figure:
    """First and last place of a kernel of three taps over seven cells, and the outputs of each mode."""
    figure, ax = canvas(24, 8.4)
    cells, taps = 7, 3
    signal, kernel = np.ones(cells, dtype=int), np.ones(taps, dtype=int)
    for row, (mode, pad) in enumerate((("valid", 0), ("same", half_padding(taps)), ("full", full_padding(taps)))):
        top = 1.2 + 2.5 * row
        label(ax, (0.3, top + 0.5), mode, align="left", bold=True)
        for left in (4.4 - pad, 4.4 + cells):
            if pad:
                grid(ax, np.zeros((1, pad), dtype=int), at=(left, top), color=GRID)
        grid(ax, (1, cells), at=(4.4, top), color=INPUT)
        for first, color in ((4.4 - pad, KERNEL), (4.4 + cells + pad - taps, EXTRA)):
            ax.add_patch(Rectangle((first, top - 0.14), taps, 1.28, facecolor="none", edgecolor=color, linewidth=3))
        outputs = convolve(signal[None, None], kernel[None, None], padding=pad)[0, 0]
        grid(ax, outputs[None], at=(14.6, top), color=OUTPUT)
    label(ax, (7.9, 0.5), "first and last place of the kernel", color=INPUT, bold=True)
    label(ax, (19.1, 0.5), "outputs: cells each one saw", color=OUTPUT, bold=True)
    return figure


def shifts() -> Figure:
    """Filter and shift, in both orders, with stride 1 and stride 2; cells that differ are marked."""
    figure, ax = canvas(24, 7.2)
    x, w = np.array([2, 7, 1, 8, 2, 8, 1, 8]), np.array([1, 2, -1])
    for row, text in enumerate(("signal", "shifted by one", "filter, then shift", "shift, then filter")):
        label(ax, (0.2, 1.7 + 1.4 * row + 0.2 * (row > 1)), text, align="left", size=SMALL)
    for left, stride, mode in ((5.6, 1, "zeros"), (15, 2, "circular")):
        kind = "zero padding" if mode == "zeros" else "on a ring"
        label(ax, (left + 4, 0.5), f"stride {stride}, {kind}", bold=True)
        options = {"padding": 1, "stride": stride, "padding_mode": mode}
        moved = np.roll(x, 1)
        filtered, of_moved = (conv(signal[None, None], w[None, None], **options)[0, 0] for signal in (x, moved))
        first_filtered = np.roll(filtered, 1 // stride)
        grid(ax, x[None], at=(left, 1.2), color=INPUT)
        grid(ax, moved[None], at=(left, 2.6), color=INPUT)
        for top, outputs in ((4.2, first_filtered), (5.6, of_moved)):
            for cell, value in enumerate(outputs):
                wrong = [(0, 0)] if first_filtered[cell] != of_moved[cell] else []
                at = (left + stride * cell, top)
                grid(ax, np.array([[value]]), at=at, color=OUTPUT, highlight=wrong, highlight_color=ACCENT)
    return figure


def doubly_blocked() -> Figure:
    """The golden example as a matrix times a vector, in blocks."""
    figure, ax = canvas(24, 10.4)
    w = GOLDEN_W[None, None]
    matrix = conv_matrix(w, (3, 3))
    top = 3.1
    label(ax, (6, top - 0.6), "matrix: 2 × 3 blocks of 2 × 3", color=KERNEL, bold=True)
    grid(ax, matrix.shape, at=(1.5, top), color=GRID)
    for kernel_row, color in ((0, KERNEL), (1, EXTRA)):
        only = np.zeros_like(w)
        only[0, 0, kernel_row] = 1  # where the taps of this row of the kernel land
        taps = [(int(row), int(column)) for row, column in np.argwhere(conv_matrix(only, (3, 3)))]
        _marked(ax, matrix, taps, (1.5, top), color)
    for block in range(1, 3):
        ax.plot([1.5 + 3 * block] * 2, [top, top + 4], color=INK, linewidth=2, marker="")
    ax.plot([1.5, 10.5], [top + 2] * 2, color=INK, linewidth=2, marker="")
    label(ax, (11.6, top + 2), "×")
    label(ax, (13.2, 0.3), "image", color=INPUT, bold=True)
    grid(ax, GOLDEN_X.reshape(-1, 1), at=(12.7, 0.8), color=INPUT)
    for block in range(1, 3):
        ax.plot([12.7, 13.7], [0.8 + 3 * block] * 2, color=INK, linewidth=2, marker="")
    label(ax, (15, top + 2), "=")
    label(ax, (17, top - 0.6), "result", color=OUTPUT, bold=True)
    grid(ax, (matrix @ GOLDEN_X.ravel())[:, None], at=(16.5, top), color=OUTPUT)
    ax.plot([16.5, 17.5], [top + 2] * 2, color=INK, linewidth=2, marker="")
    _marked(ax, GOLDEN_W, [(0, 0), (0, 1)], (20.5, top + 1), KERNEL)
    _marked(ax, GOLDEN_W, [(1, 0), (1, 1)], (20.5, top + 1), EXTRA)
    label(ax, (21.5, top - 0.6), "kernel", color=KERNEL, bold=True)
    return figure


def _marked(ax: Axes, numbers: np.ndarray, cells: list[tuple[int, int]], at: tuple[float, float], color: str) -> None:
    """Some cells of a matrix, in a colour of their own."""
    for row, column in cells:
        grid(ax, numbers[row : row + 1, column : column + 1], at=(at[0] + column, at[1] + row), color=color)


def photo_filters() -> Figure:
    """A photograph, blurred and embossed by cross-correlation, and embossed by convolution."""
    figure, ax = canvas(24, 19.4)
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
        at = (0.3 + 12 * (number % 2), 1.1 + 9.7 * (number // 2))
        label(ax, (at[0] + 5.7, at[1] - 0.55), name, bold=True)
        photo(ax, np.clip(picture, 0, 255).astype(np.uint8), at, 11.4)
    return figure
