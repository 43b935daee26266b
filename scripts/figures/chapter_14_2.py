"""Pictures of chapter 14.2, depthwise separable convolution."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import arithmetic_intensity
from reference_impl.networks import mobilenet_v1
from reference_impl.separable import (
    depthwise_conv,
    depthwise_separable_conv,
    depthwise_separable_kernel,
    depthwise_separable_ratio,
)
from reference_impl.summary import summarize
from scripts.figures.data import PHONE
from scripts.figures.frames import frame
from scripts.figures.maps import heat
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
    tensor,
)
from scripts.figures.tensors import GROUPS, step_box


def two_steps() -> Figure:
    """Three channels, a kernel for each, and a 1 × 1 layer to four channels."""
    figure, ax = canvas(PHONE, 14.6)
    label(ax, (PHONE / 2, 0.5), "input: 3 channels", bold=True)
    mixed = step_box(ax, (PHONE / 2, 9.2), 9.6, "pointwise: 1 × 1, 3 channels to 4", color=EXTRA)
    for index, color in enumerate(GROUPS[:3]):
        x = 0.9 + 3.7 * index
        sheet = grid(ax, (5, 5), (x, 1.1), cell=0.48, color=color)
        kernel = grid(ax, (3, 3), (x + 0.48, 4.2), cell=0.48, color=color)
        made = grid(ax, (3, 3), (x + 0.48, 7.0), cell=0.48, color=color)
        arrow(ax, sheet.bottom, kernel.top, gap=0.1, color=MUTED)
        arrow(ax, kernel.bottom, made.top, gap=0.1, color=MUTED)
        arrow(ax, made.bottom, (made.bottom[0], mixed.top[1]), gap=0.1, color=MUTED)
    label(ax, (0.1, 5.0), "depthwise", align="left", size=SMALL, color=MUTED, rotation=90)
    out = tensor(ax, (4, 3, 3), (4.4, 11.1), cell=0.48, color=EXTRA, offset=(0.38, 0.38))
    arrow(ax, mixed.bottom, (out.center[0], out.top[1]), gap=0.1, color=MUTED)
    label(ax, (PHONE / 2, 14.2), "output: 4 channels", bold=True)
    return figure


X = np.array([[[1, 2, 0, 1], [0, 1, 3, 0], [2, 0, 1, 1]], [[2, 1, 1, 0], [4, 0, 1, 2], [0, 1, 0, 3]]])
KERNELS = np.array([[[1, 0], [0, 1]], [[0, 1], [-1, 0]]])
MIX = np.array([10, 1])


def two_channels() -> Figure:
    """The worked example: two kernels at the same place, and the weighted sum of what they give."""
    figure, ax = canvas(PHONE, 11.4)
    z = depthwise_conv(X[None], KERNELS[:, None])[0]
    y = depthwise_separable_conv(X[None], KERNELS[:, None], MIX.reshape(1, 2, 1, 1))[0, 0]
    tops, cell = (1.0, 5.0), 0.85
    for c, (top, color) in enumerate(zip(tops, (INPUT, KERNEL), strict=True)):
        grid(ax, X[c], (0.2, top), cell=cell, color=color)
        grid(ax, KERNELS[c], (4.2, top + 0.4), cell=cell, color=color)
        grid(ax, z[c], (6.5, top + 0.4), cell=cell, color=color)
        label(ax, (9.35, top + 1.25), f"· {MIX[c]}", align="left", color=EXTRA, bold=True)
        label(ax, (1.9, top - 0.5), f"channel {c}", size=SMALL, color=color)
    label(ax, (5.05, 0.5), "kernel", size=SMALL, color=MUTED)
    label(ax, (7.8, 0.5), "depthwise", size=SMALL, color=MUTED)
    label(ax, (9.7, 0.5), "1 × 1", size=SMALL, color=EXTRA)
    grid(ax, y, (6.5, 8.6), cell=cell, color=EXTRA)
    label(ax, (6.3, 9.45), "output", size=SMALL, color=EXTRA, align="right")
    places = list(product(*map(range, y.shape)))
    for number, (i, j) in enumerate(places):
        one, two = int(z[0, i, j]), int(z[1, i, j])
        line = f"{MIX[0]}·{_signed(one)} + {MIX[1]}·{_signed(two)} = {_minus(int(y[i, j]))}"
        with frame(ax, number, of=len(places), shows=f"{i},{j}: {line}", when_still=number == 0):
            _over(ax, z, y, (i, j), tops, cell)
            label(ax, (PHONE / 2, 10.9), line, size=SMALL)
    return figure


def _over(ax: Axes, z: np.ndarray, y: np.ndarray, place: tuple[int, int], tops: tuple[float, ...], cell: float) -> None:
    """The cells of this frame, and again the numbers that the marks cover."""
    i, j = place
    for c, top in enumerate(tops):
        grid(ax, X[c, i : i + 2, j : j + 2], (0.2 + cell * j, top + cell * i), cell=cell, color=ACCENT)
        grid(ax, z[c, i : i + 1, j : j + 1], (6.5 + cell * j, top + 0.4 + cell * i), cell=cell, color=ACCENT)
    grid(ax, y[i : i + 1, j : j + 1], (6.5 + cell * j, 8.6 + cell * i), cell=cell, color=ACCENT)


def _minus(number: int) -> str:
    return str(number).replace("-", "−")


def _signed(number: int) -> str:
    return f"({_minus(number)})" if number < 0 else str(number)


def kernel_forms() -> Figure:
    """Which kernels a dense layer can have, and which of them the two orders can make."""
    figure, ax = canvas(PHONE, 5.6)
    rng = np.random.default_rng(5)
    mix, alone = rng.normal(size=(3, 3, 1, 1)), rng.normal(size=(3, 1, 3, 3))
    forms = {
        "dense": rng.normal(size=(3, 3, 3, 3)),
        "depthwise first": depthwise_separable_kernel(alone, mix),
        "pointwise first": depthwise_separable_kernel(alone, mix, order="pointwise_first"),
    }
    label(ax, (0.35, 2.75), "filters", size=SMALL, color=MUTED, rotation=90)
    for number, (name, kernels) in enumerate(forms.items()):
        left = 0.75 + 3.7 * number
        label(ax, (left + 1.65, 0.5), name, size=SMALL, bold=True)
        for o, c in product(range(3), range(3)):
            heat(ax, kernels[o, c], (left + 1.14 * c, 1.1 + 1.14 * o), 1.0, largest=1.6)
        label(ax, (left + 1.65, 5.0), "channels", size=SMALL, color=MUTED)
    return figure


def cost_share() -> Figure:
    """The pair's share of the dense layer's multiplications, against the output channels."""
    figure, ax = plot_axes(PHONE, 9.5, xlabel="output channels", ylabel="share of the dense layer")
    outputs = [2**power for power in range(11)]
    for k in (3, 5, 7):
        ax.plot(outputs, [float(depthwise_separable_ratio(c, (k, k))) for c in outputs], label=f"{k} × {k}")
    ax.set_xscale("log", base=2)
    ax.set_xticks([1, 8, 64, 512], labels=["1", "8", "64", "512"])
    ax.minorticks_off()
    ax.legend()
    return figure


def mobilenet_layers() -> Figure:
    """The multiplications of MobileNet's thirteen pairs, by step."""
    figure, ax = plot_axes(PHONE, 9.5, xlabel="pair", ylabel="million MACs")
    macs = {row["name"]: row["macs"] / 1e6 for row in summarize(mobilenet_v1())}
    pairs = range(1, 14)
    depthwise = [macs[f"conv{pair}_depthwise"] for pair in pairs]
    ax.bar(pairs, depthwise, color=INPUT, label="depthwise")
    ax.bar(pairs, [macs[f"conv{pair}_pointwise"] for pair in pairs], bottom=depthwise, color=KERNEL, label="pointwise")
    ax.set(xticks=[1, 4, 7, 10, 13], ylim=(0, 72))
    ax.legend(loc="upper center", ncols=2)
    return figure


def colours_alone() -> Figure:
    """A depthwise layer with two kernels for each colour of a photograph."""
    figure, ax = canvas(PHONE, 17.4)
    image = load_sample_image("flower.jpg")[100:380:2, 160:560:2]
    x = image.transpose(2, 0, 1)[None].astype(float)
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    w = np.stack([across, across.T] * 3)[:, None]
    y = depthwise_conv(x, w)[0]
    photo(ax, image, (3.4, 0.2), 5.0)
    label(ax, (3.9, 4.5), "along the rows", size=SMALL)
    label(ax, (9.1, 4.5), "along the columns", size=SMALL)
    for o, made in enumerate(y):
        shade = np.clip(128 + made / 3, 0, 255).astype(np.uint8)
        at = (1.4 + 5.2 * (o % 2), 5.0 + 4.0 * (o // 2))
        photo(ax, shade, at, 4.9)
        if o % 2 == 0:
            label(ax, (0.7, at[1] + 1.7), ("red", "green", "blue")[o // 2], size=SMALL, rotation=90)
    return figure


def work_per_byte() -> Figure:
    """Operations for each byte of the three layers that are measured."""
    figure, ax = plot_axes(PHONE, 6.6, xlabel="floating-point operations per byte", ylabel="")
    x = (1, 512, 14, 14)
    layers = {
        "depthwise 3 × 3": arithmetic_intensity(x, (512, 1, 3, 3), padding=1, groups=512),
        "pointwise 1 × 1": arithmetic_intensity(x, (512, 512, 1, 1)),
        "dense 3 × 3": arithmetic_intensity(x, (512, 512, 3, 3), padding=1),
    }
    ax.barh(range(3), list(layers.values()), height=0.35, color=(INPUT, KERNEL, OUTPUT))
    ax.set_xscale("log")
    ax.set_yticks([])
    ax.minorticks_off()
    ax.set(xlim=(1, 400), ylim=(-0.4, 2.8))
    for row, (name, value) in enumerate(layers.items()):
        ax.annotate(
            f"{name}: {value:.1f}", (1, row), xytext=(4, 17), textcoords="offset points", va="center", size=SMALL
        )
    return figure
