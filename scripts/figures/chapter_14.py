"""Pictures of chapter 14, separable convolution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import conv_macs
from reference_impl.separable import spatially_separable_conv, spatially_separable_ratio
from scripts.figures.style import (
    ACCENT,
    INK,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SMALL,
    Box,
    arrow,
    canvas,
    grid,
    label,
    photo,
    plot_axes,
    window,
)

CELL = 0.66


def separable_passes() -> Figure:
    """One 3 × 3 pass over a 5 × 5 image, and two passes with the same result."""
    figure, ax = canvas(12.6, 11.6)
    label(ax, (0.2, 0.5), "One pass", align="left", bold=True)
    image = grid(ax, (5, 5), (0.3, 1.1), cell=CELL, highlight=window((0, 0), (3, 3)))
    direct = _pass(ax, image, (3, 3), taps=9, at=(10.3, 1.76))
    label(ax, (0.2, 5.5), "Two passes", align="left", bold=True)
    image = grid(ax, (5, 5), (0.3, 6.1), cell=CELL, highlight=window((0, 0), (3, 1)))
    middle = _pass(ax, image, (3, 5), taps=3, at=(5.3, 6.76), highlight=window((0, 0), (1, 3)))
    last = _pass(ax, middle, (3, 3), taps=3, at=(10.3, 6.76))
    macs = conv_macs((1, 1, 5, 5), (1, 1, 3, 3))
    column, row = conv_macs((1, 1, 5, 5), (1, 1, 3, 1)), conv_macs((1, 1, 3, 5), (1, 1, 1, 3))
    label(ax, (direct.bottom[0], 4.35), f"{macs} in all", color=OUTPUT, bold=True)
    label(ax, (middle.bottom[0], 9.35), str(column), color=OUTPUT)
    label(ax, (last.bottom[0], 9.35), f"+ {row} = {column + row}", color=OUTPUT, bold=True)
    label(ax, (6.3, 10.9), "green: multiplications for one cell of the result", color=MUTED, size=SMALL)
    return figure


def _pass(
    ax: Axes,
    source: Box,
    shape: tuple[int, int],
    *,
    taps: int,
    at: tuple[float, float],
    highlight: list[tuple[int, int]] | tuple[()] = (),
) -> Box:
    """The result of one pass: every cell says how many multiplications it took."""
    result = grid(ax, np.full(shape, taps), at, cell=CELL, color=OUTPUT, highlight=highlight)
    arrow(ax, source.right, (at[0], source.right[1]), f"{taps} taps", color=KERNEL, gap=0.1)
    return result


def separable_ratio() -> Figure:
    """Multiplications of two passes over those of one, against the size of the image."""
    figure, ax = plot_axes(22, 12, xlabel="image size n", ylabel="two passes / one pass")
    for m in (2, 3, 5, 7, 11):
        sizes = np.unique(np.geomspace(m, 256, 40).astype(int))
        ratios = [float(spatially_separable_ratio(int(n), m)) for n in sizes]
        ax.plot(sizes, ratios, marker="", label=f"m = {m}", color=INK if m == 11 else None)
        ax.annotate(
            f"{m} × {m}",
            (256, ratios[-1]),
            xytext=(6, 7 if m == 2 else 0),
            textcoords="offset points",
            va="center",
            size=SMALL,
        )
    ax.plot((2, 256), (1, 1), color=ACCENT, linestyle="--", linewidth=1.2, marker="")
    ax.annotate("one pass", (256, 1), xytext=(6, -6), textcoords="offset points", va="center", size=SMALL, color=ACCENT)
    ax.set_xscale("log", base=2)
    ax.set_xticks([2, 4, 8, 16, 32, 64, 128, 256], labels=[str(2**e) for e in range(1, 9)])
    ax.set(ylim=(0, 1.6), xlim=(2, 400))
    ax.minorticks_off()
    return figure


def sobel_photo() -> Figure:
    """A photograph, its column pass, and the finished horizontal derivative."""
    grey = load_sample_image("china.jpg")[40:280:2, 60:420:2].astype(np.float64).mean(axis=2)[None, None]
    smooth = spatially_separable_conv(
        grey, [np.array([1.0, 2, 1]), np.array([1.0])], padding=(1, 0), padding_mode="replicate"
    )
    edges = spatially_separable_conv(
        smooth, [np.array([1.0]), np.array([-1.0, 0, 1])], padding=(0, 1), padding_mode="replicate"
    )
    figure, ax = canvas(24, 6.6)
    panels = (("input", grey), ("after the column 1 2 1", smooth / 4), ("after the row −1 0 1", edges / 4 + 128))
    for index, (title, values) in enumerate(panels):
        box = photo(ax, values[0, 0].clip(0, 255).astype(np.uint8), (0.3 + 7.95 * index, 1.0), 7.5)
        label(ax, (box.top[0], 0.5), title)
    return figure


def rank_curves() -> Figure:
    """Relative error of the best sum of r pairs, for kernels of 7 × 7."""
    figure, ax = plot_axes(22, 12, xlabel="column–row pairs", ylabel="relative error")
    for (name, kernel), color in zip(_seven_by_seven().items(), (INPUT, KERNEL, OUTPUT, ACCENT, INK), strict=True):
        squares = np.linalg.svd(kernel, compute_uv=False) ** 2
        errors = np.sqrt(np.clip(1 - np.cumsum(squares) / squares.sum(), 0, None)).round(9)
        ax.plot(range(1, 8), errors, label=name, color=color)
    ax.set(xlim=(0.8, 7.2), ylim=(-0.03, 1))
    ax.legend(loc="upper right")
    return figure


def _seven_by_seven() -> dict[str, np.ndarray]:
    axis = np.arange(-3, 4)
    down, across = np.meshgrid(axis, axis, indexing="ij")
    radius = down**2 + across**2
    bell = np.exp(-radius / 4)
    return {
        "Gaussian": bell,
        "Laplacian of Gaussian": (radius / 4 - 1) * bell,
        "disc": (radius <= 10).astype(float),
        "edge at 30°": bell * np.sin(np.cos(np.pi / 6) * across + np.sin(np.pi / 6) * down),
        "random": np.random.default_rng(0).normal(size=(7, 7)),
    }
