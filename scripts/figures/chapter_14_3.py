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
    figure, ax = canvas(PHONE, 11.6)
    for frame in range(3):
        label(ax, (4.3 + 2.9 * frame, 0.5), f"frame {frame}", size=SMALL, color=MUTED)
    for row, (name, counts) in enumerate(_ways().items()):
        top = 1.2 + 3.8 * row
        label(ax, (2.7, top + 1.2), "3-D, A" if name == "A" else name, bold=True, align="right")
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
    for x, name in ((1.6, "A"), (5.6, "B"), (9.4, "C")):
        label(ax, (x, 0.5), name, bold=True)
        came = step_box(ax, (x, 1.1), 1.5, "x", color=INPUT)
        made = step_box(ax, (x, 7.9), 1.5, "y", color=OUTPUT)
        apart = 1.0 if name == "B" else 0
        space = step_box(ax, (x - apart, 4.0 if apart else 3.0), 1.5, "S", color=KERNEL)
        time = step_box(ax, (x + apart, 4.0 if apart else 4.8), 1.5, "T", color=KERNEL)
        arrow(ax, came.bottom, space.top, gap=0.1)
        arrow(ax, came.bottom if apart else space.bottom, time.top, gap=0.1)
        if name == "A":
            arrow(ax, time.bottom, made.top, gap=0.1)
            continue
        plus = (x, 6.75)
        label(ax, plus, "+", size=18)
        arrow(ax, (x, plus[1] + 0.3), made.top, gap=0.1)
        arrow(ax, time.bottom, (x + 0.3 * bool(apart), plus[1] - 0.3), gap=0.05)
        if apart:
            arrow(ax, space.bottom, (x - 0.3, plus[1] - 0.3), gap=0.05)
        else:
            arrow(ax, space.right, (x + 0.35, plus[1]), gap=0.05, bend=-0.6)
    return figure


def missing_weights() -> Figure:
    """What rounding down takes away, for equal channels in and out."""
    figure, ax = plot_axes(PHONE, 8.5, xlabel="channels in and out", ylabel="weights lost, per cent")
    channels = range(2, 66)
    lost = []
    for c in channels:
        full = conv_parameters(c, c, (3, 3, 3), bias=False)
        pair = conv2plus1d_parameters(c, conv2plus1d_mid_channels(c, c), c, bias=False)
        lost.append(100 * (full - pair) / full)
    ax.plot(list(channels), lost, linestyle="", marker="o", markersize=4)
    ax.set(xticks=[4, 16, 32, 48, 64])
    return figure
