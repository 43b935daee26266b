"""Pictures of chapter 9, 1D convolution arithmetic."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reference_impl.arithmetic import conv_macs, conv_output_shape
from reference_impl.receptive_field import Layer, receptive_field
from scripts.figures.data import PHONE
from scripts.figures.index_sets import reads
from scripts.figures.style import GRID, INPUT, KERNEL, OUTPUT, SMALL, canvas, grid, label, plot_axes
from scripts.figures.sweeps import sweep

WIDTH = 12.4  # cells: as wide as a phone shows without shrinking the small letters
ENCODER = tuple(zip((10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2), strict=True))  # kernel, stride


def three_paddings() -> Figure:
    """First and last window of three taps without padding, with same and with causal padding."""
    figure, ax = canvas(PHONE, 9.2)
    for number, (name, padding) in enumerate((("none", "valid"), ("same", "same"), ("causal", "causal"))):
        top = 0.4 + 3.1 * number
        outputs = _row(ax, 8, 3, padding, (2.3, top + 0.5))
        label(ax, (0.2, top), f"padding: {name}", align="left", bold=True)
        label(ax, (10.5, top), f"o = {outputs}", color=OUTPUT, bold=True)
    return figure


def _row(ax: Axes, length: int, taps: int, padding: str, zero: tuple[float, float]) -> int:
    """A padded row whose cell 0 stands at ``zero``, its first and last window as bars; the number of windows."""
    sets = reads((length,), (taps,), padding=padding)
    (before, after) = sets.pads[0]
    for cells, x in ((before, zero[0] - before), (after, zero[0] + length)):
        if cells:
            grid(ax, (1, cells), (x, zero[1]), color=GRID)
    grid(ax, (1, length), zero)
    windows = sets.cells[:, :, 0].tolist()
    for cells in (windows[0], windows[-1]):
        _bar(ax, zero[0] + cells[0], zero[0] + cells[-1] + 1, zero[1] + 1.3)
    return len(windows)


def _bar(ax: Axes, start: float, end: float, y: float, color: str = KERNEL) -> None:
    ax.plot([start + 0.1, end - 0.1], [y, y], color=color, marker="", linewidth=3)


def field_growth() -> Figure:
    """Receptive field against depth for four kinds of stack."""
    figure, ax = plot_axes(WIDTH, 10.5, xlabel="layers", ylabel="cells seen")
    depths = range(1, 11)
    stacks = {
        "k = 3, plain": [Layer(3) for _ in depths],
        "k = 2, d doubled": [Layer(2, dilation=2**n) for n in range(10)],
        "k = 3, d doubled\nor stride 2": [Layer(3, dilation=2**n) for n in range(10)],
    }
    strided = [Layer(3, 2) for _ in depths]
    doubled = stacks["k = 3, d doubled\nor stride 2"]
    assert all(receptive_field(strided[:n]).size == receptive_field(doubled[:n]).size for n in depths)
    for name, layers in stacks.items():
        ax.plot(depths, [receptive_field(layers[:depth]).size for depth in depths], label=name)
    ax.set_yscale("log")
    ax.legend()
    return figure


def strided_same() -> Figure:
    """Three taps at stride 2 with same padding."""
    return sweep((9,), (3,), stride=2, padding="same", shown=2)


def frames_of_sound() -> Figure:
    """Frames of a spectrogram, inside the sound and centred."""
    size, hop, samples, cell = 6, 3, 16, 0.54
    figure, ax = canvas(WIDTH, 8.2)
    for top, around, name in ((0.5, 0, "inside"), (4.6, size // 2, "centred")):
        zero = 0.2 + cell * (size // 2)
        windows = reads((samples,), (size,), stride=hop, padding=around).cells[:, :, 0].tolist()
        label(ax, (0.2, top), f"{name}: {len(windows)} frames", align="left", bold=True)
        if around:
            for x in (zero - cell * around, zero + cell * samples):
                grid(ax, (1, around), (x, top + 0.5), cell=cell, color=GRID)
        grid(ax, (1, samples), (zero, top + 0.5), cell=cell)
        for number, cells in enumerate(windows):
            y = top + 1.35 + 0.32 * number
            _bar(ax, zero + cell * cells[0], zero + cell * (cells[-1] + 1), y)
            if around:
                middle = zero + cell * (cells[0] + size / 2 + 0.5)
                ax.plot([middle], [y], color=INPUT, marker="o", markersize=5, zorder=4)
    return figure


def encoder_profile() -> Figure:
    """Where the work and where the numbers of a speech encoder are."""
    shape: tuple[int, ...] = (1, 1, 16000)
    macs, numbers = [], []
    for kernel, stride in ENCODER:
        weight = (512, shape[1], kernel)
        macs.append(conv_macs(shape, weight, stride=stride))
        shape = conv_output_shape(shape, weight, stride=stride)
        numbers.append(shape[1] * shape[2])
    figure, ax = plot_axes(WIDTH, 9.5, xlabel="layer", ylabel="share in percent")
    places = np.arange(1, len(ENCODER) + 1)
    for shift, counts, color, name in (
        (-0.2, macs, KERNEL, "multiplications"),
        (0.2, numbers, OUTPUT, "output numbers"),
    ):
        ax.bar(places + shift, 100 * np.array(counts) / sum(counts), 0.38, color=color, label=name)
    ax.set_xticks(places)
    ax.legend(fontsize=SMALL)
    return figure
