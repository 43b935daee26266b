"""Pictures of chapter 3, convolution of one channel."""

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.conv import (
    binomial_kernel,
    conv,
    gaussian_kernel,
    laplacian_kernel,
    sharpening_kernel,
    sobel_kernel,
)
from scripts.figures.data import PHONE
from scripts.figures.style import INPUT, KERNEL, MUTED, OUTPUT, canvas, grid, label, photo, plot_axes
from scripts.figures.sweeps import sweep

WIDTH = 14.8  # cells: as wide as a phone shows whole with letters of 13

IMAGE = np.array([[1, 2, 0, 1, 3], [0, 1, 2, 1, 0], [2, 0, 1, 3, 1], [1, 3, 0, 0, 2], [0, 1, 1, 2, 1]])
BORDERS = {
    "zeros": "constant",
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}


def _grey() -> np.ndarray:
    """The photograph of a temple, rows by columns, 0 to 255."""
    return load_sample_image("china.jpg").mean(axis=2)


def filters_on_photo() -> Figure:
    """A piece of the photograph, its slope, a blur, a sharper copy and its Laplacian."""
    piece = _grey()[70:230, 20:260]
    kernels = {
        "slope to the right": (sobel_kernel(1), 0.25, 128),
        "slope downwards": (sobel_kernel(0), 0.25, 128),
        "Gaussian, σ = 2": (gaussian_kernel(2.0, 13), 1, 0),
        "sharpening": (sharpening_kernel(), 1, 0),
        "Laplacian": (laplacian_kernel(), 1, 128),
    }
    pictures = {"photograph": piece}
    for name, (kernel, gain, zero) in kernels.items():
        pads = [(taps // 2, taps // 2) for taps in kernel.shape]
        y = conv(piece[None, None], kernel[None, None] * 1.0, padding=pads, padding_mode="reflect")[0, 0]
        pictures[name] = y * gain + zero
    return _in_two_columns(pictures)


def _in_two_columns(pictures: dict[str, np.ndarray]) -> Figure:
    """Pictures of one form, three by two, each below its name."""
    figure, ax = canvas(WIDTH, 17.4)
    for number, (name, picture) in enumerate(pictures.items()):
        at = (0.2 + 7.4 * (number % 2), 1.0 + 5.8 * (number // 2))
        label(ax, (at[0] + 3.5, at[1] - 0.5), name, bold=True)
        photo(ax, np.clip(picture, 0, 255).astype(np.uint8), at, 7.0)
    return figure


def weights() -> Figure:
    """Four kernels in numbers."""
    figure, ax = canvas(WIDTH, 5.4)
    kernels = {
        "slope": sobel_kernel(1),
        "blur": binomial_kernel(3),
        "sharpening": sharpening_kernel().astype(int),
        "Laplacian": laplacian_kernel(),
    }
    for number, (name, kernel) in enumerate(kernels.items()):
        left, total = 0.35 + 3.7 * number, kernel.sum()
        label(ax, (left + 1.5, 0.5), name, bold=True)
        grid(ax, kernel, (left, 1.0), color=KERNEL)
        label(ax, (left + 1.5, 4.6), f"÷ {total}" if total > 1 else f"sum {total}", color=MUTED)
    return figure


def by_hand() -> Figure:
    """The slope kernel on its nine places."""
    return sweep((5, 5), (3, 3), x=IMAGE, w=sobel_kernel(1))


def strided() -> Figure:
    """Every second place, with a ring of zeros."""
    return sweep((5, 6), (3, 3), stride=2, padding=1, shown=4)


def continued() -> Figure:
    """Four cells, continued by each border mode."""
    figure, ax = canvas(WIDTH, 11.0)
    for number, (name, mode) in enumerate(BORDERS.items()):
        y = 0.9 + 2.05 * number
        row = np.pad(np.arange(1, 5), 3, mode)  # type: ignore[call-overload]
        label(ax, (2.4, y - 0.35), name, bold=True, align="left")
        grid(ax, row[None], (2.4, y), color=MUTED)
        grid(ax, row[None, 3:7], (5.4, y), color=INPUT)
    return figure


def plain_ramp_bend() -> Figure:
    """A ramp between two plains, its slope and its bends."""
    figure, ax = plot_axes(PHONE, 8.5, xlabel="cell", ylabel="value")
    signal = np.clip(np.arange(24.0) - 6, 0, 10) / 2
    ax.plot(signal, label="signal", marker="")
    cells = np.arange(1, 23)
    for name, kernel in (("slope", [-0.5, 0, 0.5]), ("Laplacian", [1, -2, 1])):
        ax.plot(cells, conv(signal[None, None], np.array(kernel, float)[None, None])[0, 0], label=name, marker="")
    ax.legend()
    return figure


def half_cell() -> Figure:
    """Where the outputs of a kernel of two taps lie over the input, after one pass and after two."""
    figure, ax = canvas(WIDTH, 8.6)
    for number, (name, color) in enumerate((("input", INPUT), ("one pass", KERNEL), ("two passes", OUTPUT))):
        y, left = 1.1 + 2.6 * number, 4.5 + 0.5 * 1.25 * number
        cells = 8 - number
        label(ax, (0.2, y + 0.6), name, bold=True, align="left", color=color)
        grid(ax, (1, cells), (left, y), cell=1.25, color=color)
        middles = left + 1.25 * (np.arange(cells) + 0.5)
        ax.plot(middles, np.full(cells, y + 0.625), "o", color=color, markersize=5)
    for cell in range(8):
        x = 4.5 + 1.25 * (cell + 0.5)
        ax.plot([x, x], [0.7, 8.2], color=MUTED, linewidth=0.8, linestyle=":", marker="", zorder=0)
    return figure


def borders_of_a_blur() -> Figure:
    """One piece of the photograph, blurred with each border mode."""
    piece = _grey()[90:150, 60:150]
    bell = binomial_kernel(21) / binomial_kernel(21).sum()
    pictures = {"the piece": piece}
    for name, mode in BORDERS.items():
        wide = np.pad(piece, 10, mode)  # type: ignore[call-overload]
        pictures[name] = conv(wide[None, None], bell[None, None])[0, 0]
    return _in_two_columns(pictures)
