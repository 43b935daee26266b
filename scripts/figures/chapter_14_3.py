"""Pictures of chapter 14.3, pseudo-3D convolution."""

import numpy as np
from matplotlib.figure import Figure

from reference_impl.arithmetic import conv_parameters
from reference_impl.separable import conv2plus1d_mid_channels, conv2plus1d_parameters, pseudo3d_conv
from scripts.figures.data import PHONE
from scripts.figures.style import INPUT, KERNEL, MUTED, OUTPUT, SMALL, arrow, canvas, grid, label, plot_axes
from scripts.figures.sweeps import sweep
from scripts.figures.tensors import step_box


def taps() -> Figure:
    """How many ways lead from each place of the cube to the output, for kernels of ones."""
    figure, ax = canvas(PHONE, 16.4)
    for frame in range(3):
        label(ax, (4.3 + 2.9 * frame, 0.5), f"frame {frame}", size=SMALL, color=MUTED)
    for row, (name, counts) in enumerate({"full": np.ones((3, 3, 3)), **_ways()}.items()):
        top = 1.2 + 3.8 * row
        label(ax, (2.5, top + 1.2), name, bold=True, align="right")
        for frame, plane in enumerate(counts):
            cells = [(int(i), int(j)) for i, j in np.argwhere(plane)]
            grid(ax, plane.astype(int), (3.1 + 2.9 * frame, top), cell=0.8, color=MUTED, highlight=cells)
    return figure


def _ways() -> dict[str, np.ndarray]:
    space, time = np.ones((1, 1, 1, 3, 3)), np.ones((1, 1, 3, 1, 1))
    found = {}
    for variant in "ABC":
        impulse = np.zeros((1, 1, 3, 3, 3))
        impulse[0, 0, 1, 1, 1] = 1  # symmetric kernels: what it spreads to is what is read
        found[variant] = pseudo3d_conv(impulse, space, time, variant=variant, padding="same")[0, 0]
    return found


def over_space() -> Figure:
    """The flat kernel on its way."""
    return sweep((3, 4, 4), (1, 3, 3), shown=0)


def over_time() -> Figure:
    """The kernel along time on its way."""
    return sweep((5, 2, 2), (3, 1, 1), shown=0)


def variants() -> Figure:
    """S and T in series, side by side, and both."""
    figure, ax = canvas(PHONE, 9.4)
    for x, name in ((1.9, "A"), (5.7, "B"), (9.6, "C")):
        label(ax, (x, 0.5), name, bold=True)
        came = step_box(ax, (x, 1.1), 1.6, "x", color=INPUT)
        made = step_box(ax, (x, 7.9), 1.6, "y", color=OUTPUT)
        left = x - 0.95 if name == "B" else x
        space = step_box(ax, (left, 3.1 if name != "B" else 4.2), 1.5, "S", color=KERNEL)
        time = step_box(ax, (x + (0.95 if name == "B" else 0), 5.1 if name != "B" else 4.2), 1.5, "T", color=KERNEL)
        arrow(ax, came.bottom, space.top, gap=0.1)
        arrow(ax, came.bottom if name == "B" else space.bottom, time.top, gap=0.1)
        foot = (x, 6.9) if name != "A" else made.top
        arrow(ax, time.bottom, foot if name == "A" else (x + (0.3 if name == "B" else 0), 6.8), gap=0.1)
        if name != "A":
            label(ax, (x, 7.15), "+", size=18)
            start = space.bottom if name == "B" else space.right
            arrow(ax, start, (x - 0.3 if name == "B" else x + 0.4, 6.9), gap=0.1, bend=0 if name == "B" else -0.6)
    return figure


def missing_weights() -> Figure:
    """What rounding down takes away, for equal channels in and out."""
    figure, ax = plot_axes(PHONE + 2, 8.5, xlabel="channels in and out", ylabel="weights lost, per cent")
    channels = range(2, 66)
    lost = []
    for c in channels:
        full = conv_parameters(c, c, (3, 3, 3), bias=False)
        pair = conv2plus1d_parameters(c, conv2plus1d_mid_channels(c, c), c, bias=False)
        lost.append(100 * (full - pair) / full)
    ax.plot(list(channels), lost, linestyle="", marker="o", markersize=4)
    ax.set(xticks=[4, 16, 32, 48, 64])
    return figure
