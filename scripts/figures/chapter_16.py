"""Pictures of chapter 16, deformable convolution."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_sample_image
from torch import nn

from reference_impl.conv import conv, gaussian_kernel
from reference_impl.deform_conv import read_between
from reference_impl.deform_conv.layers import DeformConv
from reference_impl.deform_conv.torch import deform_conv_torch
from scripts.figures.data import PHONE
from scripts.figures.frames import frame
from scripts.figures.style import (
    ACCENT,
    EXTRA,
    INK,
    INPUT,
    KERNEL,
    KERNEL_SOFT,
    MUTED,
    OUTPUT,
    PAPER,
    SERIES,
    SMALL,
    arrow,
    canvas,
    grid,
    label,
    photo,
    plot_axes,
)

Places = np.ndarray  # (taps, 2): row and column in cells


def _dots(ax: Axes, places: Places, at: tuple[float, float], cell: float, color: str, *, size: float = 6) -> None:
    """A dot in the middle of each place: all of one colour are one line."""
    x, y = at[0] + (places[:, 1] + 0.5) * cell, at[1] + (places[:, 0] + 0.5) * cell
    ax.plot(x, y, "o", color=color, markersize=size, markeredgecolor=PAPER, markeredgewidth=1, zorder=6)


def _moves(ax: Axes, rest: Places, moved: Places, at: tuple[float, float], cell: float) -> None:
    """A line from each resting place to where the tap reads."""
    xs = [value for a, b in zip(rest, moved, strict=True) for value in (a[1], b[1], np.nan)]
    ys = [value for a, b in zip(rest, moved, strict=True) for value in (a[0], b[0], np.nan)]
    x, y = at[0] + (np.array(xs) + 0.5) * cell, at[1] + (np.array(ys) + 0.5) * cell
    ax.plot(x, y, color=ACCENT, marker="", linewidth=1.6, zorder=5)


def _square(middle: Sequence[float], reach: float = 1) -> Places:
    """A 3 × 3 kernel around a place."""
    return np.array([(middle[0] + reach * u, middle[1] + reach * v) for u, v in product((-1, 0, 1), repeat=2)])


def regular_and_deformed() -> Figure:
    """The places that one output reads: at rest, and each moved by its own offset."""
    figure, ax = canvas(PHONE, 11.4)
    rest, at, cell = _square((3, 3)), (0.55, 0.45), 1.5
    moved = 3 + (rest - 3) @ np.array([[1.6, 0.95], [-0.35, 0.8]])
    grid(ax, (7, 7), at=at, cell=cell, color=INPUT)
    _moves(ax, rest, moved, at, cell)
    _dots(ax, rest, at, cell, KERNEL, size=8)
    _dots(ax, moved, at, cell, ACCENT, size=10)
    return figure


def four_corners() -> Figure:
    """A place between four cells, and the rectangles that say how much each corner counts."""
    figure, ax = canvas(PHONE, 11.4)
    corners, (down, right) = np.array([[3.0, 5.0], [7.0, 6.0]]), (0.5, 0.25)
    side, (left, top) = 7.0, (2.3, 2.0)
    x, y = left + right * side, top + down * side
    colors = (INPUT, KERNEL, OUTPUT, EXTRA)
    for (row, column), color in zip(product((0, 1), repeat=2), colors, strict=True):
        share = (down if row else 1 - down) * (right if column else 1 - right)
        far_x, far_y = left + side * (1 - column), top + side * (1 - row)  # the opposite corner
        corner = (min(x, far_x), min(y, far_y))
        ax.add_patch(Rectangle(corner, abs(x - far_x), abs(y - far_y), facecolor=color, alpha=0.16, edgecolor=color))
        label(ax, ((x + far_x) / 2, (y + far_y) / 2), f"{share:g}", color=color)
        place = (left + side * column, top + side * row)
        ax.plot(*place, "o", color=color, markersize=9, zorder=6)
        beside = (place[0] + (0.9 if column else -0.9), place[1])
        label(ax, beside, f"{corners[row, column]:g}", color=color, bold=True, size=16)
    ax.plot(x, y, "o", color=ACCENT, markersize=10, zorder=7)
    label(ax, (x, top - 0.9), f"{right:g} to the right", color=ACCENT)
    label(ax, (left - 0.3, y), f"{down:g}\ndown", color=ACCENT, align="right")
    label(ax, (PHONE / 2, 10.4), f"reads {float(read_between(corners, [down, right])):g}", color=ACCENT, bold=True)
    return figure


def offset_layout() -> Figure:
    """Which channel of the offsets moves which tap of a 2 × 3 kernel, and which way."""
    figure, ax = canvas(PHONE, 10.6)
    colors = (INPUT, KERNEL, OUTPUT, ACCENT, EXTRA, MUTED)
    cell, at = 1.9, (2.95, 1.2)
    label(ax, (PHONE / 2, 0.6), "kernel", bold=True, color=INK)
    for tap, (u, v) in enumerate(np.ndindex(2, 3)):
        corner = (at[0] + cell * v, at[1] + cell * u)
        grid(ax, (1, 1), at=corner, cell=cell, color=colors[tap])
        label(ax, (corner[0] + 0.5, corner[1] + 0.55), f"{tap}", color=colors[tap], bold=True)
        middle = (corner[0] + 0.95, corner[1] + 0.95)
        arrow(ax, middle, (middle[0], middle[1] + 0.8), gap=0, color=colors[tap])
        arrow(ax, middle, (middle[0] + 0.8, middle[1]), gap=0, color=colors[tap])
    label(ax, (PHONE / 2, 6.1), "channels of the offsets", bold=True, color=INK)
    for channel in range(12):
        tap, way = divmod(channel, 2)
        corner = (0.4 + 0.9 * channel, 6.8)
        grid(ax, (1, 1), at=corner, cell=0.9, color=colors[tap])
        label(ax, (corner[0] + 0.45, corner[1] + 0.48), "→" if way else "↓", color=colors[tap])
        label(ax, (corner[0] + 0.45, 8.2), f"{channel}", color=MUTED, size=SMALL)
    for tap in range(6):
        label(ax, (1.3 + 1.8 * tap, 9.0), f"tap {tap}", color=colors[tap], size=SMALL)
    label(ax, (PHONE / 2, 10.0), "↓ rows   → columns", color=INK)
    return figure


def moving_window() -> Figure:
    """One output after the other, with where its nine taps rest and where they read."""
    figure, ax = canvas(PHONE, 11.6)
    at, outputs = (0.3, 0.3), [(row, column) for row in (2, 5, 8) for column in (2, 5, 8)]
    grid(ax, (11, 11), at=at, color=INPUT)
    for number, middle in enumerate(outputs):
        rest, size, angle = _square(middle), 0.5 + middle[1] / 7, np.pi / 4 * (middle[0] - 2) / 6
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = middle + size * (rest - middle) @ turn
        shows = f"{middle[0]},{middle[1]} reads " + " ".join(f"{r:.2f},{c:.2f}" for r, c in moved)
        with frame(ax, number, of=len(outputs), shows=shows, when_still=number == len(outputs) - 1):
            corner = (at[0] + middle[1] - 1, at[1] + middle[0] - 1)
            ax.add_patch(Rectangle(corner, 3, 3, facecolor=KERNEL_SOFT, edgecolor=KERNEL, linewidth=1.6, zorder=2))
            _moves(ax, rest, moved, at, 1)
            _dots(ax, rest, at, 1, KERNEL, size=5)
            _dots(ax, moved, at, 1, ACCENT, size=8)
    return figure


def taps_on_a_photograph() -> Figure:
    """Offsets that gradient descent finds on a photograph: each tap looks for the colour under the middle one."""
    figure, ax = canvas(PHONE, 17.2)
    image = load_sample_image("flower.jpg")
    offset, (stride, padding, dilation) = _offsets_on_the_flower(image), (8, 4, 8)
    cell = PHONE / (image.shape[1] / 6)
    for top, title, moving in ((0.0, "at rest", 0.0), (8.9, "moved", 1.0)):
        label(ax, (PHONE / 2, top + 0.4), title, bold=True)
        at = (0.0, top + 0.8)
        photo(ax, image[::2, ::2], at, PHONE)
        for row, column in ((2, 5), (3, 9)):
            first = np.array([row, column]) * stride - padding
            rest = np.array([first + dilation * np.array(tap) for tap in np.ndindex(3, 3)], dtype=float)
            moved = rest + moving * offset[:, row, column].reshape(9, 2)
            x, y = at[0] + (moved[:, 1] + 0.5) * cell, at[1] + (moved[:, 0] + 0.5) * cell
            others = np.arange(9) != 4
            ring = {"markersize": 8, "markeredgewidth": 1.2, "markeredgecolor": INK, "zorder": 6}
            ax.plot(x[others], y[others], "o", color=PAPER, **ring)
            ax.plot(x[4:5], y[4:5], "o", color=ACCENT, **ring)
    return figure


def _offsets_on_the_flower(image: np.ndarray) -> np.ndarray:
    """The training of the chapter: (18, 8, 13)."""
    colours = torch.tensor(image[1::6, 1::6] / 255)
    blur = torch.tensor(gaussian_kernel(1.5, 9))[None, None]
    blurred = conv(colours.movedim(-1, 0)[:, None], blur, padding=4)[:, 0][None]
    each_tap = torch.eye(27).double().reshape(27, 3, 3, 3)
    offset = torch.zeros(1, 18, 8, 13).double().requires_grad_()
    optimizer, middle = torch.optim.Adam([offset], lr=0.2), None
    for _ in range(40):
        optimizer.zero_grad()
        read = deform_conv_torch(blurred, each_tap, offset, stride=8, padding=4, dilation=8).reshape(3, 9, 8, 13)
        middle = read[:, 4:5].detach() if middle is None else middle
        (read - middle).square().mean().backward()
        optimizer.step()
    return offset.detach()[0].numpy()


def learnt_offsets() -> Figure:
    """The column offset that a layer predicts, against the one it was told, while it learns."""
    figure, ax = plot_axes(PHONE, 9.5, xlabel="told: columns to the right", ylabel="predicted offset")
    told = np.linspace(-2, 2, 9)
    for steps, (slope, shift) in _training((0, 10, 25, 200)).items():
        ax.plot(told, slope * told + shift, label=f"{steps} steps", color=SERIES[len(ax.lines)])
    ax.legend()
    return figure


def _training(shown: Sequence[int]) -> dict[int, tuple[float, float]]:
    """The training of the chapter: what the branch makes of the number told, after so many steps."""
    torch.manual_seed(0)
    image = nn.functional.interpolate(torch.randn(32, 1, 4, 6), size=(12, 24), mode="bicubic")
    told = (4 * torch.rand(32, 1, 1, 1) - 2).expand(32, 1, 12, 24)
    place = torch.arange(24) + told
    low, wide = place.floor().long(), nn.functional.pad(image, (4, 4))
    left, right = wide.gather(3, low + 4), wide.gather(3, low + 5)
    target = left + (place - low) * (right - left)
    layer = DeformConv(2, 1, (1, 1), bias=False)
    optimizer, seen = torch.optim.Adam(layer.parameters(), lr=0.05), {}
    for step in range(max(shown) + 1):
        if step in shown:
            seen[step] = (layer.offset_weight[1, 1].item(), layer.offset_bias[1].item())
        optimizer.zero_grad()
        (layer(torch.cat([image, told], dim=1)) - target).square().mean().backward()
        optimizer.step()
    return seen
