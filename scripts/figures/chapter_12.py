"""Pictures of chapter 12, dilated convolution."""

from functools import reduce

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import conv_parameters
from reference_impl.conv import conv
from reference_impl.dilation import coverage_map, space_to_batch
from scripts.figures.maps import heat, taps_in_time
from scripts.figures.style import (
    ACCENT,
    EXTRA,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SMALL,
    arrow,
    canvas,
    grid,
    label,
    photo,
    plot_axes,
)
from scripts.figures.sweeps import sweep
from scripts.figures.tensors import step_box

WIDTH = 14.8  # cells: as wide as a phone shows whole
IMAGE = np.array([[1, 2, 3, 0, 1], [4, 0, 1, 2, 2], [3, 1, 5, 1, 0], [2, 2, 0, 4, 3]])
WEIGHTS = np.array([[1, 2], [3, -1]])
STACKS = ((2, 2, 2), (1, 2, 5), (1, 2, 9), (2, 4, 8))


def taps_apart() -> Figure:
    """The nine taps of a 3 × 3 kernel at three rates, around one cell."""
    figure, ax = canvas(WIDTH, 6.2)
    for number, rate in enumerate((1, 2, 3)):
        at = (0.1 + 5.0 * number, 1.0)
        taps = {(3 + rate * u, 3 + rate * v) for u in (-1, 0, 1) for v in (-1, 0, 1)}
        box = grid(ax, (7, 7), at, cell=0.65, highlight=sorted(taps))
        label(ax, (box.center[0], 0.5), f"rate {rate}", bold=True)
    return figure


def by_hand() -> Figure:
    """The worked example, window by window."""
    return sweep(IMAGE.shape, WEIGHTS.shape, dilation=2, x=IMAGE, w=WEIGHTS)


def phases() -> Figure:
    """An image in four colours, one for each phase of rate 2, and the four phases by themselves."""
    figure, ax = canvas(WIDTH, 13.2)
    numbers = np.arange(36).reshape(6, 6)
    colors = (INPUT, KERNEL, OUTPUT, ACCENT)
    cells = {color: [] for color in colors}
    for row, column in np.ndindex(6, 6):
        cells[colors[2 * (row % 2) + column % 2]].append((row, column))
    label(ax, (7.4, 0.5), "6 × 6 cells, rate 2", bold=True)
    box = grid(ax, numbers, (4.4, 1.0), highlight=cells[INPUT], highlight_color=INPUT, color=MUTED)
    for color in colors[1:]:
        grid(ax, numbers, (4.4, 1.0), highlight=cells[color], highlight_color=color, values=False, color=MUTED)
    for number, (part, color) in enumerate(zip(space_to_batch(numbers[None, None], 2), colors, strict=True)):
        at = (0.2 + 3.8 * number, 9.4)
        small = grid(ax, part[0], at, color=color)
        arrow(ax, (box.center[0] + (number - 1.5) * 1.6, 7.0), small.top, gap=0.15, color=color)
        label(ax, (small.center[0], 12.8), "rate 1", size=SMALL, color=MUTED)
    return figure


def coverage() -> Figure:
    """Paths from each input cell to one output, for four stacks."""
    figure, ax = canvas(WIDTH, 16.6)
    for number, rates in enumerate(STACKS):
        at = (0.1 + 7.45 * (number % 2), 1.0 + 8.3 * (number // 2))
        counts = coverage_map(rates)
        label(ax, (at[0] + 3.55, at[1] - 0.5), f"rates {', '.join(map(str, rates))}", bold=True)
        heat(ax, np.sqrt(counts), at, 7.1, color=KERNEL)
    return figure


def gridded_photo() -> Figure:
    """Specks on a photograph after means at several rates."""
    figure, ax = canvas(WIDTH, 12.4)
    grey = load_sample_image("flower.jpg")[130:230, 240:380].mean(axis=2) * 0.6
    rng = np.random.default_rng(5)
    grey[rng.integers(8, 92, 14), rng.integers(8, 132, 14)] = 255 * 6
    mean = np.full((1, 1, 3, 3), 1 / 9)
    pictures = {"with specks": grey}
    for name, rates in {"2, 2": (2, 2), "1, 2": (1, 2), "2, 2, 1, 1": (2, 2, 1, 1)}.items():
        y = reduce(lambda x, d: conv(x, mean, padding="same", dilation=d), rates, grey[None, None])
        pictures[f"rates {name}"] = y[0, 0]
    for number, (name, picture) in enumerate(pictures.items()):
        at = (0.1 + 7.45 * (number % 2), 1.1 + 6.2 * (number // 2))
        label(ax, (at[0] + 3.55, at[1] - 0.55), name, bold=True)
        photo(ax, np.clip(picture, 0, 255).astype(np.uint8), at, 7.1)
    return figure


def rate_and_map() -> Figure:
    """Mean number of taps of a 3 × 3 kernel that lie on the map."""
    figure, ax = plot_axes(WIDTH, 9.5, xlabel="rate", ylabel="taps on the map, mean")
    rates = range(1, 71)
    for side in (17, 33, 65):
        line, three = np.ones((1, 1, side)), np.ones((1, 1, 3))
        taps = [conv(line, three, padding=rate, dilation=rate).mean() ** 2 for rate in rates]  # both axes alike
        ax.plot(rates, taps, marker="", label=f"map of {side} × {side}")
    ax.set_ylim(0, 9.5)
    ax.legend()
    return figure


def pyramid() -> Figure:
    """ASPP of DeepLabv3 on 2048 channels, each box with its weights."""
    figure, ax = canvas(WIDTH, 11.6)
    source = step_box(ax, (WIDTH / 2, 0.4), 6.4, "map, 2048 channels", color=INPUT)
    joined = step_box(ax, (WIDTH / 2, 7.2), 8.4, "side by side, 5 × 256 channels", color=MUTED)
    names = ("1 × 1", "3 × 3\nrate 6", "3 × 3\nrate 12", "3 × 3\nrate 18", "mean,\n1 × 1")
    for number, name in enumerate(names):
        taps = 3 if name.startswith("3") else 1
        weights = conv_parameters(2048, 256, (taps, taps), bias=False) / 1000
        x = 1.5 + 2.95 * number
        color = EXTRA if name.startswith("mean") else KERNEL
        box = step_box(ax, (x, 3.1), 2.7, f"{name}\n{weights:,.0f}", color=color, height=2.4, size=SMALL)
        arrow(ax, source.bottom, box.top, gap=0.1)
        arrow(ax, box.bottom, joined.top, gap=0.1)
    weights = conv_parameters(5 * 256, 256, (1, 1), bias=False) / 1000
    end = step_box(ax, (WIDTH / 2, 9.6), 6.4, f"1 × 1 to 256 channels\n{weights:,.0f}", color=KERNEL, height=1.6)
    arrow(ax, joined.bottom, end.top, gap=0.1)
    return figure


def causal_stack() -> Figure:
    """Four causal layers with two taps, their rates doubling."""
    figure, ax = canvas(WIDTH, 8.6)
    taps_in_time(ax, 16, [(2, 1), (2, 2), (2, 4), (2, 8)], (0.1, 0.2), width=12.2, step=1.7)
    label(ax, (6.5, 8.2), "time →", size=SMALL, color=MUTED)
    return figure
