"""Pictures of chapter 1, data representation."""

from typing import Any

import numpy as np
from matplotlib import cbook
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.representation import batch_sequences, resample_volume, stft
from scripts.figures.data import PHONE, batch, clip, memory, named_axes, strip, time_arrow
from scripts.figures.maps import heat
from scripts.figures.style import (
    ACCENT,
    INPUT,
    MUTED,
    OUTPUT,
    SERIES,
    SMALL,
    Box,
    canvas,
    grid,
    label,
    photo,
    plot_axes,
    tensor,
    volume,
)
from scripts.figures.tensors import around

WIDTH = 12.4  # cells: as wide as a phone shows without scrolling, its smallest letters 11 pixels high
COLOURS = (ACCENT, OUTPUT, INPUT)  # red, green and blue


def rank_ladder() -> Figure:
    """A number, a row of numbers, rows, and sheets of rows."""
    figure, ax = canvas(PHONE, 11.6)
    shapes = {"scalar": (), "vector": (4,), "matrix": (3, 4), "three axes": (2, 3, 4)}
    y = 0.5
    for name, shape in shapes.items():
        if len(shape) == 3:
            box = tensor(ax, shape, (0.5, y), cell=0.9, offset=(0.6, 0.6))
        else:
            box = grid(ax, (1,) * (2 - len(shape)) + shape, (0.5, y), cell=0.9)
        label(ax, (6.0, box.center[1] - 0.3), name, align="left", bold=True)
        label(ax, (6.0, box.center[1] + 0.4), f"rank {len(shape)}, shape {shape}", align="left", color=MUTED)
        y = box.bottom[1] + 0.8
    return figure


def two_orders() -> Figure:
    """The memory of one small image with its colours last, and with its colours first."""
    figure, ax = canvas(PHONE, 10.4)
    image = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    for top, axes, order in ((0.5, "HWC", (0, 1, 2)), (5.7, "CHW", (2, 0, 1))):
        view = np.ascontiguousarray(image.transpose(order))
        steps = dict(zip(axes, view.strides, strict=True))
        shades = [COLOURS[value % 3] for value in view.ravel().tolist()]
        label(ax, (0.3, top), f"{', '.join(axes)}: shape {view.shape}", align="left", bold=True)
        memory(ax, view.ravel().tolist(), (0.3, top + 3.5), steps=steps, cell=0.6, colors=shades)
    return figure


def ragged() -> Figure:
    """Three sequences in one array, with the mask and the lengths."""
    figure, ax = canvas(PHONE, 9.6)
    values, mask, lengths = batch_sequences([np.array([3, 1, 4, 1, 5]), np.array([9, 2]), np.array([6, 5, 3])])
    padding = [(int(row), int(column)) for row, column in np.argwhere(~mask)]
    for top, array, text in ((1.0, values, "batch"), (5.7, mask.astype(int), "mask")):
        label(ax, (3.4, top - 0.5), text, bold=True)
        box = grid(ax, array, (0.9, top), highlight=padding, highlight_color=MUTED)
    label(ax, (8.9, 0.5), "lengths", bold=True)
    grid(ax, lengths[:, None], (8.4, 1.0), color=MUTED)
    named_axes(ax, box, across="T", down="N")
    return figure


def eeg() -> Figure:
    """The first moments of a recording of four channels, one below the other."""
    figure, ax = plot_axes(WIDTH, 8, xlabel="moment", ylabel="channel")
    series = np.fromfile(cbook.get_sample_data("eeg.dat", asfileobj=False)).reshape(800, 4)[:200]
    for number, channel in enumerate(series.T):
        ax.plot(number + channel / 12, marker="", color=SERIES[number], linewidth=1.4)
    ax.set_yticks(range(4))
    ax.invert_yaxis()
    return figure


def batch_of_photos() -> Figure:
    """Two photographs and their channels."""
    figure, ax = canvas(WIDTH, 5.6)
    images = [load_sample_image(name)[::5, ::5] for name in ("china.jpg", "flower.jpg")]
    for column, name in enumerate(("photo", "red", "green", "blue")):
        label(ax, (1.55 + 2.8 * column, 0.5), name, bold=True)

    def row(number: int, at: tuple[float, float]) -> Box:
        image = images[number]
        pictures = [image, *np.moveaxis(image, -1, 0)]
        return around(*(photo(ax, one, (at[0] + 2.8 * n, at[1]), 2.7) for n, one in enumerate(pictures)))

    batch(ax, 2, row, (0.2, 1.0), gap=0.4)
    return figure


def made_clip() -> Figure:
    """Four frames of a window that moves to the right over a photograph."""
    figure, ax = canvas(PHONE, 4.1)
    image = load_sample_image("china.jpg")
    frames = [image[100:212:2, 4 * t : 4 * t + 112 : 2] for t in (0, 10, 20, 30)]
    time_arrow(ax, clip(ax, frames, (0.15, 0.3), width=2.6))
    return figure


def tones() -> Figure:
    """A sound of two tones in turn: a moment of the waveform, and the spectrogram."""
    figure, ax = canvas(WIDTH, 11.0)
    rate, size = 16000, 400
    seconds = np.arange(rate) / rate
    x = np.where(seconds < 0.5, np.sin(2 * np.pi * 440 * seconds), np.sin(2 * np.pi * 1760 * seconds))
    part = x[rate // 2 - 120 : rate // 2 + 120]
    label(ax, (0.3, 0.5), "waveform: 15 ms around the change", align="left", bold=True)
    ax.plot(2.2 + np.linspace(0, 10, len(part)), 2.1 - part, marker="", color=INPUT, linewidth=1.5)
    label(ax, (0.3, 4.1), "spectrogram: the whole second", align="left", bold=True)
    power = np.abs(stft(x[None, None], size, hop=160))[0, 0, :48]
    box = heat(ax, power[::-1], (2.2, 4.7), 10)
    bin_height = (box.bottom[1] - box.top[1]) / 48
    for hertz in (440, 1760):
        y = box.bottom[1] - (hertz * size / rate + 0.5) * bin_height
        label(ax, (2.0, y), f"{hertz} Hz", align="right", size=SMALL)
    time_arrow(ax, box)
    return figure


def phantom() -> Figure:
    """A slice of the phantom as stored and at equal spacing, each voxel a square."""
    figure, ax = canvas(PHONE, 7.2)
    spacing = np.array([4.0, 1.0, 1.0])
    places = np.moveaxis(np.indices((12, 40, 44)), 0, -1) - (5.5, 19.5, 21.5)
    ball = ((places * spacing) ** 2).sum(axis=-1) < 12**2
    stored = np.where(ball, 300.0, 40.0)
    even = resample_volume(stored[None, None], tuple(spacing), (1, 1, 1))[0][0, 0]
    for x, one, name in ((0.3, stored, "as stored"), (6.0, even, "equal spacing")):
        depth, rows, columns = one.shape
        label(ax, (x + 2.65, 0.5), name, bold=True)
        box = heat(ax, one[:, rows // 2], (x, 1.0), 5.3)
        label(ax, (box.center[0], box.bottom[1] + 0.45), f"{depth} × {columns} voxels", color=MUTED, size=SMALL)
    return figure


def all_kinds() -> Figure:
    """A vector, a sequence, an image, a clip and a volume as all chapters draw them."""
    figure, ax = canvas(PHONE, 16.2)
    rows: list[Box] = []
    for name, draw in (
        ("vector", lambda at: grid(ax, (1, 6), at, cell=0.8)),
        ("sequence", lambda at: strip(ax, (3, 6), at, cell=0.8)),
        ("image", lambda at: tensor(ax, (3, 4, 5), at, cell=0.5)),
        ("clip", lambda at: clip(ax, [np.zeros((3, 4))] * 3, at, width=1.8)),
        ("volume", lambda at: volume(ax, (4, 4, 5), at, cell=0.5)),
    ):
        y = rows[-1].bottom[1] + 1.0 if rows else 0.4
        if name in ("image", "volume"):
            y += 0.6
        rows.append(draw((3.6, y)))
        label(ax, (0.3, rows[-1].center[1]), name, align="left", bold=True)
        if name in ("sequence", "clip"):
            time_arrow(ax, rows[-1])
    return figure


def scrambled() -> Figure:
    """The first channel of a photograph after transpose and after reshape, whole and a piece of it."""
    figure, ax = canvas(14.6, 12.2)
    image = load_sample_image("china.jpg")
    right, wrong = image.transpose(2, 0, 1)[0], image.reshape(3, *image.shape[:2])[0]
    for x, picture, name, corner in ((0.2, right, "transpose", (85, 170)), (7.4, wrong, "reshape", (90, 575))):
        label(ax, (x + 3.5, 0.5), name, bold=True)
        photo(ax, picture[::2, ::2], (x, 1.0), 7)
        row, column = corner
        label(ax, (x + 3.5, 6.35), "a piece of it", color=MUTED)
        photo(ax, picture[row : row + 40, column : column + 60], (x, 6.9), 7)
    return figure


def head() -> Figure:
    """A slice of a scan that matplotlib ships."""
    figure, ax = canvas(6.4, 6.4)
    opened: Any = cbook.get_sample_data("s1045.ima.gz")  # its type says an array too
    with opened as file:
        values = np.frombuffer(file.read(), ">u2").reshape(256, 256)
    photo(ax, (values / values.max())[::2, ::2], (0.2, 0.2), 6)
    return figure
