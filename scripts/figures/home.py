"""The picture of the home page."""

import numpy as np
from matplotlib.figure import Figure

from reference_impl.conv import conv
from scripts.figures.style import INPUT, KERNEL, MUTED, OUTPUT, arrow, canvas, grid, label, window

IMAGE = np.tile([1, 1, 1, 5, 5, 5], (5, 1))
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def kernel_at_work() -> Figure:
    """A kernel that answers where the image turns from dark to bright, at one of its places."""
    at = (1, 1)  # the place that is shown: row, column of the result
    edges = conv(IMAGE[None, None], SOBEL[None, None])[0, 0]
    figure, ax = canvas(17, 9.6)
    label(ax, (0.2, 0.5), "image", color=INPUT, align="left", bold=True)
    grid(ax, IMAGE, (0.2, 1), highlight=window(at, SOBEL.shape))
    label(ax, (6.9, 3.5), "∗")
    label(ax, (7.6, 1.5), "kernel", color=KERNEL, align="left", bold=True)
    kernel = grid(ax, SOBEL, (7.6, 2), color=KERNEL)
    label(ax, (12.8, 1.5), "result", color=OUTPUT, align="left", bold=True)
    result = grid(ax, edges, (12.8, 2), color=OUTPUT, highlight=[at], highlight_color=KERNEL)
    arrow(ax, kernel.right, result.left)
    cells = IMAGE[at[0] : at[0] + 3, at[1] : at[1] + 3]
    for row in range(3):
        weights = [f"(−{-weight})" if weight < 0 else weight for weight in SOBEL[row]]
        products = " + ".join(f"{cell} · {weight}" for cell, weight in zip(cells[row], weights, strict=True))
        label(ax, (0.2, 7.1 + 0.85 * row), f"+ {products}" if row else products, align="left", color=MUTED)
    label(ax, (7.6, 8.8), f"= {edges[at]}", align="left", bold=True)
    return figure
