"""Pictures of chapter 8, 1D convolution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import get_sample_data
from matplotlib.figure import Figure

from reference_impl.conv import conv, conv_stream
from reference_impl.representation import (
    base_counts,
    complement_one_hot,
    dna_one_hot,
    mel_filterbank,
    position_weight_matrix,
    reverse_complement,
    stft_filters,
)
from scripts.figures.data import PHONE, strip, time_arrow
from scripts.figures.index_sets import reads
from scripts.figures.maps import heat, taps_in_time
from scripts.figures.style import (
    ACCENT,
    GRID,
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
    plot_axes,
)
from scripts.figures.sweeps import sweep

WIDTH = 12.4  # cells: as wide as a phone shows without shrinking the small letters
SITES = ("AGATAAG", "AGATAAC", "TGATAAG", "AGATTAG", "AGATAAG")  # those of the page


def features_and_time() -> Figure:
    """A window over all channels and three places, and the output that it gives."""
    figure, ax = canvas(PHONE, 9.2)
    window = [(channel, place) for channel in range(4) for place in (2, 3, 4)]
    label(ax, (6.5, 0.5), "input: 4 channels, 9 places", bold=True, color=INPUT)
    names = [f"channel {channel}" for channel in range(4)]
    x = strip(ax, (4, 9), (2.4, 1.1), names=names, highlight=window)
    y = strip(ax, (1, 7), (3.4, 7.0), color=OUTPUT, highlight=[(0, 2)], highlight_color=OUTPUT)
    arrow(ax, (2.4 + 3.5, x.bottom[1]), (3.4 + 2.5, y.top[1]), gap=0.15)
    label(ax, (7.9, 6.0), "k = 3 taps,\nall channels", color=KERNEL, size=SMALL)
    label(ax, (6.9, 8.6), "output of one filter: 7 places", bold=True, color=OUTPUT)
    return figure


def causal() -> Figure:
    """Three taps at dilation 2 that never reach beyond the output's place."""
    return sweep((8,), (3,), padding="causal", dilation=2, shown=5)


def strided_causal() -> Figure:
    """The two left paddings that are called causal with a stride."""
    figure, ax = canvas(WIDTH, 8.6)
    taps, stride, length = 4, 2, 8
    for top, left, text in (
        (0.5, taps - 1, "padding d(k − 1)"),
        (4.7, taps - stride, "padding d(k − 1) + 1 − s"),
    ):
        label(ax, (0.3, top), f"{text} = {left}", align="left", bold=True)
        _windows(ax, length, taps, stride, left, (0.1 + taps - 1 - left, top + 0.7))
    return figure


def _windows(ax: Axes, length: int, taps: int, stride: int, left: int, at: tuple[float, float]) -> None:
    """A padded row with the bracket of each window below it, and a rule between blocks of ``stride`` cells."""
    grid(ax, (1, left), at, color=GRID)
    row = grid(ax, (1, length), (at[0] + left, at[1]))
    windows = reads((length,), (taps,), stride=stride, padding=[(left, 0)]).cells[:, :, 0]
    for number, cells in enumerate(windows.tolist()):
        y = at[1] + 1.25 + 0.5 * number
        start, end = at[0] + left + cells[0], at[0] + left + cells[-1] + 1
        ax.plot([start + 0.1, end - 0.1], [y, y], color=KERNEL, marker="", linewidth=3)
        label(ax, (end + 0.25, y), f"y[{number}]", color=OUTPUT, size=SMALL, align="left")
    for edge in range(0, length + 1, stride):
        x = row.left[0] + edge
        ax.plot([x, x], [at[1] - 0.25, at[1] + 1], color=ACCENT, marker="", linewidth=2)


def chunks() -> Figure:
    """Chunks of a stream with the state before them, and their outputs."""
    figure, ax = canvas(PHONE, 10.8)
    x, w = np.arange(1, 10)[None, None], np.ones((1, 1, 3), dtype=int)
    state, seen = None, 0
    for number, length in enumerate((4, 3, 2)):
        top = 0.9 + 3.6 * number
        chunk = x[:, :, seen : seen + length]
        before = np.zeros((1, 2), dtype=int) if state is None else state.cells[0]
        y, state = conv_stream(chunk, w, state=state)
        label(ax, (0.3, top - 0.4), f"chunk {number}", align="left", bold=True, color=INPUT)
        kept = grid(ax, before, (2.6, top), color=ACCENT)
        grid(ax, chunk[0], (4.6, top))
        if not number:
            label(ax, (kept.left[0] - 0.2, top + 0.5), "state", color=ACCENT, size=SMALL, align="right")
            label(ax, (kept.left[0] - 0.2, top + 1.8), "output", color=OUTPUT, size=SMALL, align="right")
        grid(ax, y[0], (4.6, top + 1.3), color=OUTPUT)
        seen += length
    return figure


def wavenet_taps() -> Figure:
    """Four causal layers of two taps, their dilation doubled from layer to layer."""
    figure, ax = canvas(WIDTH, 9.3)
    stack = taps_in_time(ax, 16, [(2, 2**power) for power in range(4)], (0.3, 0.3), width=9.8, step=1.7)
    time_arrow(ax, Box(stack.left, (10.1, stack.right[1]), stack.top, stack.bottom, stack.center))
    return figure


def motif() -> Figure:
    """The weights of a motif, and the scores of both strands along a sequence."""
    pwm = position_weight_matrix(base_counts(SITES))
    rng = np.random.default_rng(0)
    strand = "".join(rng.choice(list("ACGT"), 60))
    strand = strand[:12] + SITES[0] + strand[19:41] + reverse_complement(SITES[2]) + strand[48:]
    filters = np.concatenate([pwm[None], complement_one_hot(pwm[None])])
    scores = conv(dna_one_hot([strand]).astype(float), filters)[0]
    figure, ax = canvas(WIDTH, 14.2)
    weights = heat(ax, pwm, (2.2, 1.0), 8.4)
    label(ax, (weights.center[0], 0.5), "weights of the motif", bold=True)
    for row, base in enumerate("ACGT"):
        label(ax, (1.7, 1.0 + 1.2 * (row + 0.5)), base)
    for place, letter in enumerate(SITES[0]):
        label(ax, (2.2 + 1.2 * (place + 0.5), 6.2), letter, color=MUTED)
    below = figure.add_axes((2.2 / WIDTH, 1.9 / 14.2, (WIDTH - 2.7) / WIDTH, 5.0 / 14.2))
    for row, (name, color) in enumerate((("strand as written", INPUT), ("other strand", KERNEL))):
        below.plot(scores[row], color=color, marker="", label=name)
    below.set(xlabel="first base of the site", ylabel="score in bits")
    below.set_ylim(-20, 24)
    below.legend(loc="upper right", ncols=2)
    return figure


def eeg_filtered() -> Figure:
    """One channel of the EEG that matplotlib ships, smoothed, and the slope of what is smooth."""
    eeg = np.fromfile(get_sample_data("eeg.dat", asfileobj=False)).reshape(800, 4)
    x = eeg[:400, 0][None, None]  # (1, 1, L)
    taps = np.hanning(23)[1:-1]
    smooth = conv(x, (taps / taps.sum())[None, None], padding="same")
    slope = conv(smooth, np.array([[[-1.0, 1.0]]]), padding="causal")[..., 1:]
    figure, ax = plot_axes(WIDTH, 11.5, xlabel="sample", ylabel="")
    curves = (("recorded", x, INPUT), ("low-pass", smooth, OUTPUT), ("its slope, × 8", 8 * slope, KERNEL))
    for number, (name, curve, color) in enumerate(curves):
        line = curve[0, 0] - 7 * number
        ax.plot(np.arange(len(line)), line, color=color, marker="", linewidth=1.2)
        ax.text(4, 4.0 - 7 * number, name, color=color, size=SMALL)
        ax.axhline(-7 * number, color=GRID, linewidth=1)
    ax.set_yticks([])
    ax.set_ylim(-18.5, 5.5)
    return figure


def spectrum_filters() -> Figure:
    """Four filters of a short-time Fourier transform, and mel bands."""
    figure, ax = canvas(WIDTH, 15.6)
    size = 64
    filters = stft_filters(size)[:, 0]
    sine = size // 2 + 1  # the row where the sines begin
    shown = ((2, "cos, f = 2"), (sine + 2, "sin, f = 2"), (7, "cos, f = 7"), (sine + 7, "sin, f = 7"))
    for number, (row, name) in enumerate(shown):
        x, y = 0.3 + 6.1 * (number % 2), 0.4 + 3.7 * (number // 2)
        label(ax, (x + 2.8, y + 0.2), name, bold=True)
        ax.plot([x, x + 5.7], [y + 2.0] * 2, color=GRID, marker="", linewidth=1)
        xs = x + 5.7 * np.arange(size) / size
        ax.plot(xs, y + 2.0 - 1.3 * filters[row], color=KERNEL, marker="", linewidth=1.6)
    below = figure.add_axes((1.4 / WIDTH, 1.9 / 15.6, (WIDTH - 2.0) / WIDTH, 5.4 / 15.6))
    for band in mel_filterbank(12, 512, sample_rate=16000):
        below.plot(np.arange(257) * 16000 / 512 / 1000, band / band.max(), color=OUTPUT, marker="", linewidth=1.4)
    below.set(xlabel="frequency in kHz", yticks=[], ylabel="weight in the band")
    return figure
