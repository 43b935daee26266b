"""Pictures of chapter 6, 3D convolution."""

import numpy as np
from matplotlib.figure import Figure

from reference_impl.conv import conv
from reference_impl.representation import resample_volume
from scripts.figures.data import PHONE
from scripts.figures.maps import heat
from scripts.figures.style import ACCENT, INPUT, KERNEL, MUTED, OUTPUT, SMALL, canvas, label
from scripts.figures.sweeps import sweep

WIDTH = 14.4  # cells: as wide as a phone shows without shrinking the letters


def box_at_work() -> Figure:
    """A kernel of eight taps on its way through a block."""
    return sweep((3, 3, 3), (2, 2, 2))


def slanted_lines() -> Figure:
    """One row of three clips over time."""
    figure, ax = canvas(PHONE, 4.2)
    for number, (speed, text) in enumerate(((0, "at rest"), (1, "right by 1"), (-2, "left by 2"))):
        left = 0.9 + 3.65 * number
        rows = moving_bar(speed, frames=9, width=17)[0, 0, :, 0]
        box = heat(ax, rows, (left, 1.2), 3.3)
        label(ax, (box.top[0], 0.6), text, bold=True, size=SMALL)
        label(ax, (box.bottom[0], box.bottom[1] + 0.45), "place", color=MUTED, size=SMALL)
    label(ax, (0.45, 2.1), "time", color=MUTED, size=SMALL, rotation=90)
    return figure


def motion_kernel() -> Figure:
    """A moving bar, the kernel for its speed, and what it answers."""
    figure, ax = canvas(PHONE, 8.0)
    clip, w = moving_bar(1, frames=5, width=13), tuned(1)
    y = conv(clip, w)
    rows = (
        ("clip, 5 frames", clip[0, 0], INPUT, 0.3, 0.15),
        ("kernel, 3 frames", np.repeat(w[0, 0], 2, axis=1), KERNEL, 2.4, 0.15),
        ("output, 3 moments", y[0, 0], OUTPUT, 2.4, 0.15),
    )
    width, top = 2.05, 0.6
    for text, frames, color, left, gap in rows:
        label(ax, (PHONE / 2, top), text, bold=True, color=color)
        for t, frame in enumerate(frames):
            cells = width * frame.shape[1] / 13
            at = (left + t * (width + gap) + (width - cells) / 2, top + 0.6)
            heat(ax, frame, at, cells, color=color, below=ACCENT, largest=float(np.abs(frames).max()))
        top += 2.5
    label(ax, (PHONE / 2, 7.6), "time →", color=MUTED, size=SMALL)
    return figure


def voxels() -> Figure:
    """A ball cut along depth, in voxels, before and after resampling."""
    figure, ax = canvas(PHONE, 6.6)
    spacing = np.array([5.0, 0.8, 0.8])
    places = np.moveaxis(np.indices((9, 50, 50)), 0, -1) - np.array([4, 24.5, 24.5])
    ball = (np.linalg.norm(places * spacing, axis=-1) < 15).astype(float)
    even, _ = resample_volume(ball[None, None], tuple(spacing), (1.6, 1.6, 1.6))
    for left, cut, text in ((0.3, ball[:, 25], "as stored"), (6.1, even[0, 0, :, even.shape[3] // 2], "resampled")):
        box = heat(ax, cut, (left, 1.2), 5.2)
        label(ax, (box.top[0], 0.6), f"{text}: {cut.shape[0]} × {cut.shape[1]}", bold=True, size=SMALL)
    label(ax, (0.3, 6.2), "depth ↓, columns →", align="left", color=MUTED, size=SMALL)
    return figure


def moving_bar(speed: int, *, frames: int, width: int) -> np.ndarray:
    """A clip (1, 1, frames, 4, width) of a bar that moves by ``speed`` cells a frame."""
    x = np.zeros((1, 1, frames, 4, width))
    for t in range(frames):
        column = width // 2 + speed * (t - frames // 2)
        if 0 <= column < width:
            x[..., t, :, column] = 1
    return x


def tuned(speed: int) -> np.ndarray:
    """A kernel of three frames that holds a bar of that speed."""
    w = np.zeros((1, 1, 3, 1, 7))
    for e in range(3):
        middle = 3 + speed * (e - 1)
        w[..., e, 0, middle - 1 : middle + 2] = -1, 2, -1
    return w
