"""Pictures of chapter 4, convolution of several channels."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.conv import binomial_kernel, conv, fold_input_normalisation, im2col, sobel_kernel
from scripts.figures.data import PHONE, memory
from scripts.figures.frames import frame
from scripts.figures.maps import heat
from scripts.figures.style import (
    ACCENT,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    Box,
    arrow,
    canvas,
    grid,
    label,
    photo,
    window,
)
from scripts.figures.tensors import GROUPS, bracket, stack

WIDTH = 14.8  # cells: as wide as a phone shows whole with letters of 13 pixels

X = np.array([[[1, 2, 0], [0, 1, 3], [2, 0, 1]], [[2, 0, 1], [1, 3, 0], [0, 1, 2]]])
W = np.array([[[1, 0], [2, -1]], [[0, 1], [1, 1]]])
BIAS = 1


def _temple() -> np.ndarray:
    """A piece of the photograph at half its size, rows by columns by colours, 0 to 255."""
    image = load_sample_image("china.jpg")[20:340, 60:400]
    return np.asarray(image.reshape(160, 2, 170, 2, 3).mean(axis=(1, 3)))


def filter_bank() -> Figure:
    """A photograph in colour and what four filters answer to it, negative answers set to zero."""
    figure, ax = canvas(WIDTH, 22.4)
    halved = _temple()
    slope, blur = sobel_kernel(1) / 8, binomial_kernel(3) / 16
    filters = {
        "brighter to the right": np.stack([slope, slope, slope]),
        "redder than green": np.stack([blur, -blur, 0 * blur]),
        "bluer than red": np.stack([-blur, 0 * blur, blur]),
        "redder to the right": np.stack([slope, -slope, 0 * slope]),
    }
    y = conv(halved.transpose(2, 0, 1)[None], np.stack(list(filters.values())))[0]
    label(ax, (WIDTH / 2, 0.5), "photograph: 3 channels in", bold=True, color=INPUT)
    photo(ax, halved.astype(np.uint8), (3.9, 1.0), 7.0)
    label(ax, (WIDTH / 2, 8.2), "4 filters, 4 channels out", bold=True, color=OUTPUT)
    for number, (name, channel) in enumerate(zip(filters, y, strict=True)):
        at = (0.3 + 7.2 * (number % 2), 9.4 + 6.8 * (number // 2))
        label(ax, (at[0] + 3.5, at[1] - 0.45), name)
        shown = np.maximum(channel[:-20], 0)
        photo(ax, np.clip(shown / np.quantile(shown, 0.99), 0, 1), at, 7.0)
    return figure


def contributions() -> Figure:
    """What each channel adds to the answer of one filter, and the sum; middle grey is zero."""
    figure, ax = canvas(WIDTH, 14.4)
    slope = sobel_kernel(1) / 8
    w = np.stack([slope, -slope, 0 * slope])
    x = _temple().transpose(2, 0, 1)
    parts = [conv(x[None, c : c + 1], w[None, c : c + 1])[0, 0] for c in range(3)]
    names = ("red: its slope", "green: minus slope", "blue: nothing", "their sum")
    for number, (name, y) in enumerate(zip(names, [*parts, np.sum(parts, axis=0)], strict=True)):
        at = (0.3 + 7.2 * (number % 2), 1.0 + 7.1 * (number // 2))
        label(ax, (at[0] + 3.5, at[1] - 0.45), name, bold=number == 3, color=OUTPUT if number == 3 else INPUT)
        photo(ax, np.clip(128 + 3 * y[:-20], 0, 255).astype(np.uint8), at, 7.0)
    return figure


def sum_over_channels() -> Figure:
    """Two channels, one filter of two kernels: both sums, the bias, the output, place by place."""
    figure, ax = canvas(WIDTH, 12.2)
    y = conv(X[None], W[None], np.array([BIAS]))[0, 0]
    tops, left = (1.4, 6.2), 0.5
    label(ax, (left + 1.5, 0.6), "input", bold=True, color=INPUT)
    label(ax, (6.5, 0.6), "filter", bold=True, color=KERNEL)
    label(ax, (12.6, 3.5), "output", bold=True, color=OUTPUT)
    for channel, top in enumerate(tops):
        grid(ax, X[channel], (left, top), color=INPUT)
        grid(ax, W[channel], (5.5, top + 0.5), color=KERNEL)
        label(ax, (left + 1.5, top + 3.4), f"channel {channel}", color=MUTED)
    label(ax, (4.5, 2.9), "∗", size=18, color=MUTED)
    label(ax, (4.5, 7.7), "∗", size=18, color=MUTED)
    made = grid(ax, (2, 2), (11.6, 4.2), color=OUTPUT)
    for number, (i, j) in enumerate(np.ndindex(2, 2)):
        sums = [int((W[c] * X[c, i : i + 2, j : j + 2]).sum()) for c in range(2)]
        text = f"{_plus(sums)} + {BIAS} = {y[i, j]}".replace("-", "−")
        with frame(ax, number, of=4, shows=f"y[{i}, {j}]: {text}", when_still=number == 0):
            for channel, top in enumerate(tops):
                _window(ax, channel, (left, top), i, j)
                label(ax, (9.0, top + 1.5), f"sum {sums[channel]}".replace("-", "−"))
            grid(ax, (1, 1), (11.6 + j, 4.2 + i), color=KERNEL)
            for (row, column), value in list(np.ndenumerate(y))[: number + 1]:
                label(ax, (12.1 + column, 4.72 + row), f"{value}".replace("-", "−"))
            label(ax, (WIDTH / 2, 11.3), f"both sums and the bias: {text}")
    arrow(ax, (10.0, 3.1), made.left, color=MUTED)
    arrow(ax, (10.0, 7.5), made.left, color=MUTED)
    return figure


def _plus(numbers: list[int]) -> str:
    return " + ".join(f"({n})" if n < 0 else str(n) for n in numbers)


def _window(ax: Axes, channel: int, at: tuple[float, float], i: int, j: int) -> None:
    """The cells of a channel under the kernel, filled."""
    corner = (at[0] + j, at[1] + i)
    grid(ax, X[channel, i : i + 2, j : j + 2], corner, color=KERNEL)


def layer_shapes() -> Figure:
    """Three channels in, four filters of three sheets, four channels out, each in the colour of its filter."""
    figure, ax = canvas(WIDTH, 15.4)
    label(ax, (2.6, 0.6), "input", bold=True, color=MUTED)
    label(ax, (8.0, 0.6), "4 filters", bold=True)
    label(ax, (12.8, 0.6), "output", bold=True)
    came = stack(ax, (3, 6, 5), (2.6, 7.7), cell=0.55, color=MUTED)
    label(ax, (2.6, came.bottom[1] + 0.6), "C_in = 3", color=MUTED)
    for number, color in enumerate((INPUT, KERNEL, OUTPUT, ACCENT)):
        y = 2.4 + 3.3 * number
        one = stack(ax, (3, 3, 2), (8.0, y), cell=0.55, color=color)
        made = stack(ax, (1, 4, 4), (12.8, y), cell=0.55, color=color)
        arrow(ax, came.right, one.left, color=MUTED, gap=0.3)
        arrow(ax, one.right, made.left, color=color, gap=0.3)
    label(ax, (8.0, 14.6), "3 kernels each", color=MUTED)
    label(ax, (12.8, 14.6), "C_out = 4", color=MUTED)
    return figure


def columns() -> Figure:
    """Every window of two channels as a column, and the filters as rows of a matrix."""
    figure, ax = canvas(WIDTH, 14.2)
    shown, place = im2col(X[None], 2)[0], 1
    label(ax, (4.2, 0.6), "input: 2 × 3 × 3", bold=True, color=INPUT)
    for channel in range(2):
        at = (0.4 + 4.2 * channel, 1.3)
        grid(ax, X[channel], at, color=INPUT, highlight=window((0, place), (2, 2)), highlight_color=ACCENT)
        label(ax, (at[0] + 1.5, 4.7), f"c = {channel}", color=MUTED)
    label(ax, (11.1, 0.6), "columns: 8 × 4", bold=True, color=INPUT)
    tall = [(row, place) for row in range(8)]
    grid(ax, shown, (9.1, 1.3), color=INPUT, highlight=tall, highlight_color=ACCENT)
    for channel in range(2):
        y = 1.3 + 4 * channel
        box = Box((9.1, y + 2), (13.1, y + 2), (11.1, y + 0.1), (11.1, y + 3.9), (11.1, y + 2))
        bracket(ax, box, side="right", text=str(channel), size=13)
    arrow(ax, (7.6, 3.2), (9.1, 5.0), color=ACCENT, gap=0.15)
    w = np.stack([W, W[::-1]]).reshape(2, -1)
    label(ax, (4.4, 9.0), "weights: 2 × 8", bold=True, color=KERNEL)
    grid(ax, w, (0.4, 10.4), color=KERNEL)
    for channel in range(2):
        label(ax, (2.4 + 4 * channel, 9.8), f"c = {channel}", color=MUTED)
    made = grid(ax, w @ shown, (9.1, 10.4), color=OUTPUT, highlight=[(0, place), (1, place)], highlight_color=ACCENT)
    label(ax, (8.75, 11.4), "→", size=16, color=MUTED)
    label(ax, (made.center[0], 13.1), "output: 2 × 4", bold=True, color=OUTPUT)
    return figure


def weight_layouts() -> Figure:
    """The addresses of one small weight in two layouts; the colour is that of the filter."""
    figure, ax = canvas(PHONE, 11.6)
    w = np.arange(8).reshape(2, 2, 1, 2)  # (C_out, C_in, k_H, k_W)
    filters = np.broadcast_to(np.arange(2).reshape(2, 1, 1, 1), w.shape)
    marked = w[1, 1, 0, 0]
    orders: dict[str, Any] = {"OIHW: PyTorch, ONNX": (0, 1, 2, 3), "HWIO: Keras, TensorFlow": (2, 3, 1, 0)}
    for number, (name, order) in enumerate(orders.items()):
        top = 5.7 * number
        moved, owner = w.transpose(order), filters.transpose(order)
        label(ax, (0.6, top + 0.6), name, align="left", bold=True)
        names = ["OIHW"[axis] for axis in order]
        steps = {
            axis: int(np.prod(moved.shape[place + 1 :])) for place, axis in enumerate(names) if moved.shape[place] > 1
        }
        colors = [ACCENT if one == marked else GROUPS[index] for one, index in zip(moved.flat, owner.flat, strict=True)]
        memory(ax, moved.ravel().tolist(), (0.6, top + 4.0), steps=steps, colors=colors)
    return figure


def folded_border() -> Figure:
    """What folding the input's normalisation changes when the layer pads with zeros."""
    figure, ax = canvas(WIDTH, 8.4)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 255, size=(1, 3, 10, 12))
    w, b = rng.normal(size=(1, 3, 3, 3)), rng.normal(size=1)
    mean, std = x.mean(axis=(0, 2, 3)), x.std(axis=(0, 2, 3))
    normal = (x - mean[:, None, None]) / std[:, None, None]
    folded_w, folded_b = fold_input_normalisation(w, b, mean, std)
    wanted = conv(normal, w, b, padding=1)
    around = np.concatenate(
        [np.pad(x[:, c : c + 1], ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=mean[c]) for c in range(3)], axis=1
    )
    results = {
        "zeros outside": conv(x, folded_w, folded_b, padding=1),
        "means outside": conv(around, folded_w, folded_b),
    }
    for number, (name, y) in enumerate(results.items()):
        left = 0.3 + 7.2 * number
        label(ax, (left + 3.5, 0.6), name, bold=True)
        error = np.abs(y - wanted)[0, 0]
        heat(ax, error, (left, 1.2), 7.0, color=ACCENT, largest=float(np.abs(wanted).max()))
        share = float((error > 1e-9).mean())
        label(ax, (left + 3.5, 7.6), f"wrong: {share:.0%} of the cells", color=MUTED)
    return figure
