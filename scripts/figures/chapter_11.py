"""Pictures of chapter 11, transposed convolution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from sklearn.datasets import load_sample_image

from reference_impl.conv import conv, conv_matrix
from reference_impl.conv_transpose import (
    bilinear_kernel,
    conv_transpose,
    icnr_weight,
    insert_zeros,
    nearest_resize,
    overlap_map,
    pixel_shuffle,
    unevenness,
)
from scripts.figures.maps import heat
from scripts.figures.style import (
    ACCENT,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    arrow,
    canvas,
    grid,
    label,
    photo,
)
from scripts.figures.sweeps import sweep_transposed

WIDTH = 14.8  # cells: as wide as a phone shows without shrinking the letters
X, W = np.array([1, 10]), np.array([1, 2, 3])


def stamps() -> Figure:
    """Two by two input cells stamp 3 × 3 cells each, two cells apart."""
    return sweep_transposed((2, 2), (3, 3), stride=2, shown=3)


def worked_example() -> Figure:
    """Two input numbers, their stamps, and the sum of the stamps."""
    figure, ax = canvas(WIDTH, 8.6)
    cell, left = 1.5, 5.2
    y = conv_transpose(X[None, None], W[None, None], stride=2)[0, 0]
    label(ax, (0.3, 0.95), "input", color=INPUT, bold=True, align="left")
    label(ax, (0.3, 7.65), "output, their sum", color=OUTPUT, bold=True, align="left")
    shared = np.flatnonzero(overlap_map((2,), 3, stride=2) > 1)
    for number, value in enumerate(X):
        at = (left + 2 * cell * number, 2.6 + 1.9 * number)
        source = grid(ax, [[value]], (at[0] + cell, 0.2), cell=cell, color=INPUT)
        label(ax, (0.3, at[1] + cell / 2), f"{value} · (1, 2, 3)", color=KERNEL, align="left")
        stamp = grid(ax, value * W[None], at, cell=cell, color=KERNEL)
        arrow(ax, source.bottom, stamp.top, gap=0.1)
    marks = [(0, int(column)) for column in shared]
    grid(ax, y[None], (left, 6.9), cell=cell, color=OUTPUT, highlight=marks, highlight_color=ACCENT)
    return figure


def matrix_and_transpose() -> Figure:
    """The matrix of a strided convolution, and its transpose times an input."""
    figure, ax = canvas(WIDTH, 12.4)
    matrix = conv_matrix(W[None, None], 5, stride=2)
    label(ax, (0.4, 0.6), "convolution, stride 2: C", bold=True, align="left")
    _banded(ax, matrix, (0.4, 1.4))
    label(ax, (0.4, 4.8), "transposed: Cᵀ times the input", bold=True, align="left")
    _banded(ax, matrix.T, (0.4, 5.9))
    label(ax, (3.4, 8.4), "·", size=20)
    grid(ax, X[:, None], (4.4, 7.15), cell=1.25, color=INPUT)
    label(ax, (6.5, 8.4), "=", size=18)
    columns = [(matrix[h] * value)[:, None] for h, value in enumerate(X)]
    for number, column in enumerate(columns):
        grid(ax, column, (7.3 + 2.3 * number, 5.9), color=KERNEL)
        label(ax, (8.9 + 2.3 * number, 8.4), "+" if number == 0 else "=", size=18)
    grid(ax, (matrix.T @ X)[:, None], (12.1, 5.9), color=OUTPUT)
    label(ax, (8.9, 11.7), "one stamp each", color=KERNEL)
    label(ax, (12.6, 11.7), "sum", color=OUTPUT)
    return figure


def _banded(ax: Axes, matrix: np.ndarray, at: tuple[float, float]) -> None:
    """A matrix whose taps are marked, so that the zeros step back."""
    grid(ax, matrix, at, color=MUTED, highlight=[(int(r), int(c)) for r, c in np.argwhere(matrix)])


def zero_insertion() -> Figure:
    """The worked example once more, as a convolution of a spread and padded input."""
    figure, ax = canvas(WIDTH, 8.8)
    cell, left = 1.4, 4.6
    spread = np.pad(insert_zeros(X[None, None], 2)[0, 0], len(W) - 1)
    y = conv(spread[None, None], W[None, None, ::-1])[0, 0]
    kept = np.flatnonzero(spread)
    label(ax, (0.2, 1.2), "spread input", color=INPUT, bold=True, align="left")
    grid(ax, spread[None], (left, 0.5), cell=cell, color=INPUT, highlight=[(0, int(c)) for c in kept])
    at = 2
    label(ax, (0.2, 4.1), "kernel,\nturned around", color=KERNEL, bold=True, align="left")
    kernel = grid(ax, W[None, ::-1], (left + at * cell, 3.4), cell=cell, color=KERNEL)
    label(ax, (0.2, 7.6), "output", color=OUTPUT, bold=True, align="left")
    grid(ax, y[None], (left + cell, 6.9), cell=cell, color=OUTPUT, highlight=[(0, at)])
    arrow(ax, (kernel.center[0], 1.9), kernel.top, gap=0.1)
    arrow(ax, kernel.bottom, (kernel.center[0], 6.9), gap=0.1)
    return figure


def overlaps() -> Figure:
    """How many products meet in each output cell: a kernel that the stride does not divide, and one that it does."""
    figure, ax = canvas(WIDTH, 9.0)
    for left, k in ((0.3, 3), (7.7, 4)):
        counts = overlap_map((4, 4), k, stride=2)
        label(ax, (left + 3.4, 0.6), f"{k} × {k}, stride 2", bold=True)
        heat(ax, counts, (left, 1.3), 6.8, color=OUTPUT, largest=7)
        cell = 6.8 / len(counts)
        for row, column in np.ndindex(counts.shape):
            middle = (left + (column + 0.5) * cell, 1.3 + (row + 0.52) * cell)
            if row in (3, 4) and column < 6:
                label(ax, middle, str(counts[row, column]))
    return figure


def four_ways() -> Figure:
    """One smooth input through four upsampling layers with random weights."""
    figure, ax = canvas(WIDTH, 18.4)
    axis = np.linspace(-1, 1, 16)
    x = np.exp(-2 * (axis[:, None] ** 2 + axis**2))[None, None]
    for number, (name, y) in enumerate(_upsampled(x).items()):
        left, top = 0.3 + 7.5 * (number % 2), 1.5 + 9.2 * (number // 2)
        share = unevenness(y, (2, 2), border=4)
        label(ax, (left + 3.4, top - 0.75), f"{name}: {share:.2f}", bold=True)
        heat(ax, y, (left, top), 6.8)
    return figure


def _upsampled(x: np.ndarray) -> dict[str, np.ndarray]:
    """The outputs of the four layers, with weights from one generator."""
    rng = np.random.default_rng(4)
    three, four, shared = (rng.normal(size=(1, 1, k, k)) for k in (3, 4, 3))
    shared *= np.sign(shared.sum())
    outputs = {
        "transposed 3 × 3": conv_transpose(x, three, stride=2, padding=1, output_padding=1),
        "transposed 4 × 4": conv_transpose(x, four, stride=2, padding=1),
        "shuffle, ICNR": pixel_shuffle(conv(x, icnr_weight(shared, 2), padding=1), 2),
        "repeat, 3 × 3": conv(nearest_resize(x, 2), shared, padding=1),
    }
    return {name: y[0, 0] for name, y in outputs.items()}


def photograph() -> Figure:
    """A small photograph, doubled by three fixed transposed convolutions."""
    figure, ax = canvas(WIDTH, 13.0)
    full = load_sample_image("flower.jpg")[90:378, 150:502]
    small = np.asarray(Image.fromarray(full).convert("L").resize((88, 72), Image.Resampling.BOX))
    x = small[None, None].astype(float)
    pictures = {
        "small": small,
        "3 × 3, equal weights": conv_transpose(x, np.full((1, 1, 3, 3), 4 / 9), stride=2, padding=1, output_padding=1),
        "4 × 4, equal weights": conv_transpose(x, np.full((1, 1, 4, 4), 1 / 4), stride=2, padding=1),
        "4 × 4, bilinear": conv_transpose(x, bilinear_kernel(2), stride=2, padding=1),
    }
    for number, (name, picture) in enumerate(pictures.items()):
        at = (0.2 + 7.4 * (number % 2), 1.1 + 6.6 * (number // 2))
        label(ax, (at[0] + 3.5, at[1] - 0.55), name, bold=True)
        grey = np.clip(picture, 0, 255).astype(np.uint8).reshape(picture.shape[-2:])
        photo(ax, grey, at, 7.0)
    return figure
