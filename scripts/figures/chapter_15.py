"""Pictures of chapter 15, grouped convolution."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reference_impl.arithmetic import arithmetic_intensity, conv_macs
from reference_impl.grouped import (
    connectivity_matrix,
    logarithmic_group_sizes,
    overlapping_channels,
    resnet_unit_macs,
    resnext_unit_macs,
    shuffle_permutation,
    shufflenet_unit_macs,
)
from reference_impl.networks import alexnet
from scripts.figures import style, tensors
from scripts.figures.style import ACCENT, EXTRA, INPUT, KERNEL, MUTED, OUTPUT, Box, arrow, canvas, plot_axes
from scripts.figures.tensors import GROUPS, Lane, around, connections, conv_lane, group_colours, wires

COLUMNS = (3.4, 10.6, 17.3)  # middles of inputs, filters, outputs
LETTERS = 16  # pixels: high enough for a whole drawing to shrink to the width of a phone and stay readable
label = partial(style.label, size=LETTERS)
bracket = partial(tensors.bracket, size=LETTERS)
channel_row = partial(tensors.channel_row, size=LETTERS)
step_box = partial(tensors.step_box, size=LETTERS)


def one_group_and_two() -> Figure:
    """The same six channels and four filters: every filter reads every channel, or half of them."""
    figure, ax = canvas(22.4, 13.4)
    label(ax, (0.3, 0.6), "Normal convolution: one group", align="left", bold=True)
    whole = conv_lane(ax, (6, 4), 3.0, at=COLUMNS, color=GROUPS[0])
    _named(ax, [whole], ("input (6, 5, 5)", "4 filters (6, 3, 3)", "output (4, 3, 3)"), y=5.1)
    label(ax, (0.3, 6.8), "Two groups", align="left", bold=True)
    lanes = [conv_lane(ax, (3, 2), y, at=COLUMNS, color=GROUPS[q]) for q, y in enumerate((8.5, 11.2))]
    _named(ax, lanes, ("input (6, 5, 5)", "4 filters (3, 3, 3)", "output (4, 3, 3)"), y=12.9)
    bracket(ax, around(*(lane.input for lane in lanes)), side="left", text="split")
    bracket(ax, around(*(lane.output for lane in lanes)), side="right", text="concatenate")
    return figure


def _named(ax: Axes, lanes: list[Lane], texts: tuple[str, str, str], y: float) -> None:
    """What stands in the three columns, below them."""
    for column, text in zip(zip(*lanes, strict=True), texts, strict=True):
        label(ax, (around(*column).center[0], y), text)


def many_groups() -> Figure:
    """Any number of groups of channels, each with its own filters."""
    texts = ("C_in/g channels\n(H, W)", "C_out/g filters\n(C_in/g, k_H, k_W)", "C_out/g channels\n(o_H, o_W)")
    return _g_groups((5, 5), (3, 3), texts)


def many_groups_3d() -> Figure:
    """The same with three spatial axes: a channel is a block."""
    filters = "C_out/g filters\n(C_in/g, k_D, k_H, k_W)"
    texts = ("C_in/g channels\n(D, H, W)", filters, "C_out/g channels\n(o_D, o_H, o_W)")
    return _g_groups((3, 4, 4), (2, 2, 2), texts)


def _g_groups(size: tuple[int, ...], kernel: tuple[int, ...], texts: tuple[str, str, str]) -> Figure:
    figure, ax = canvas(22.4, 12.2)
    rows = ((1.9, "group 1", GROUPS[0]), (4.9, "group 2", GROUPS[1]), (9.3, "group g", GROUPS[3]))
    lanes = [conv_lane(ax, (2, 3), y, at=COLUMNS, color=color, size=size, kernel=kernel) for y, _, color in rows]
    for y, name, color in rows:
        label(ax, (0.1, y - 1.3), name, align="left", color=color, bold=True)
    for x in COLUMNS:
        label(ax, (x, 6.9), "⋮", size=20, color=MUTED)
    _named(ax, lanes, texts, y=11.4)
    bracket(ax, around(*(lane.output for lane in lanes)), side="right", text="C_out")
    return figure


def channel_shuffle() -> Figure:
    """Nine channels of three groups: reshape, transpose, flatten."""
    channels, groups = 9, 3
    colors, order = group_colours(channels, groups), shuffle_permutation(channels, groups)
    figure, ax = canvas(21, 10.6)
    top = channel_row(ax, range(channels), colors, (6.4, 0.9))
    table = np.arange(channels).reshape(groups, -1)
    left = _table(ax, table, colors, (3.6, 4.0))
    right = _table(ax, table.T, colors, (14.7, 4.0))
    bottom = channel_row(ax, order, [colors[channel] for channel in order], (6.4, 8.8))
    arrow(ax, top[1].bottom, left.top)
    label(ax, (7.1, 3.0), "reshape to (g, C/g)", align="left")
    arrow(ax, left.right, right.left, gap=0.5)
    label(ax, ((left.right[0] + right.left[0]) / 2, left.right[1] - 0.5), "transpose to (C/g, g)")
    arrow(ax, right.bottom, bottom[7].top)
    label(ax, (16.3, 7.75), "flatten", align="left")
    ends = ("after one layer", "a block a group"), ("before the next", "all in each block")
    for y, (before, after) in zip((1.35, 9.25), ends, strict=True):
        label(ax, (5.9, y), before, align="right", color=MUTED)
        label(ax, (15.2, y), after, align="left", color=MUTED)
    return figure


def _table(ax: Axes, numbers: np.ndarray, colors: list[str], at: tuple[float, float]) -> Box:
    places = [(at[0], at[1] + 0.9 * index) for index in range(len(numbers))]
    rows = [channel_row(ax, row, [colors[n] for n in row], place) for row, place in zip(numbers, places, strict=True)]
    return around(*(box for row in rows for box in row))


def two_layers() -> Figure:
    """Two grouped layers as wires, without and with a shuffle between them."""
    figure, ax = canvas(21, 12.2)
    for left, shuffled, title in ((1.0, False, "without shuffle"), (10.4, True, "with shuffle")):
        label(ax, (left, 0.7), title, align="left", bold=True)
        _wired(ax, left, shuffled=shuffled)
    return figure


def _wired(ax: Axes, left: float, *, shuffled: bool) -> None:
    """Nine channels in three groups, two layers; the last channels have the colours of all that they read."""
    channels, groups = 9, 3
    colors, plain = group_colours(channels, groups), list(range(channels))
    order = shuffle_permutation(channels, groups) if shuffled else plain
    dealt_colors = [colors[channel] for channel in order]
    layer = connectivity_matrix((channels, channels), (groups,))
    down: dict[str, Any] = {"down": True, "gap": 0.22}
    first = channel_row(ax, plain, colors, (left, 1.6), **down)
    middle = channel_row(ax, plain, colors, (left + 3.0, 1.6), **down)
    wires(ax, first, middle, layer, colors)
    if shuffled:
        dealt = channel_row(ax, order, dealt_colors, (left + 5.8, 1.6), **down)
        wires(ax, middle, dealt, np.eye(channels)[order], colors)
        middle, left = dealt, left + 2.8
    reached = connectivity_matrix((channels,) * 3, (groups,) * 2, shuffle=shuffled)
    seen = [list(dict.fromkeys(colors[source] for source in np.flatnonzero(row))) for row in reached]
    last = channel_row(ax, plain, seen, (left + 6.0, 1.6), **down)
    wires(ax, middle, last, layer, dealt_colors)


def reach() -> Figure:
    """Which inputs an output depends on: one grouped layer, two, two with a shuffle."""
    channels, groups, cell = 9, 3, 0.65
    figure, ax = canvas(22, 9)
    widths, colors = (channels,) * 3, group_colours(channels, groups)
    panels = (
        ("one layer", connectivity_matrix(widths[:2], (groups,))),
        ("two layers", connectivity_matrix(widths, (groups,) * 2)),
        ("two layers, shuffled", connectivity_matrix(widths, (groups,) * 2, shuffle=True)),
    )
    for index, (title, matrix) in enumerate(panels):
        box = connections(ax, matrix, (1.5 + 7 * index, 1.6), colors=colors, cell=cell, values=True, size=LETTERS)
        label(ax, (box.top[0], 0.9), title)
        label(ax, (box.bottom[0], 8.1), "input channel", color=MUTED)
    label(ax, (0.6, 4.5), "output channel", color=MUTED, rotation=90)
    return figure


def groupings() -> Figure:
    """Four ways to divide sixteen channels: equal, overlapping and logarithmic groups beside the full matrix."""
    channels, groups = 16, 4
    overlap = np.zeros((channels, channels), dtype=int)
    for q, read in enumerate(overlapping_channels(channels, groups, 2)):
        overlap[q * channels // groups : (q + 1) * channels // groups, read] = 1
    owner = np.repeat(np.arange(groups), logarithmic_group_sizes(channels, groups))
    equal = group_colours(channels, groups)
    panels = (
        ("one group", np.ones((channels, channels), dtype=int), [GROUPS[0]] * channels),
        ("equal", connectivity_matrix((channels, channels), (groups,)), equal),
        ("overlapping", overlap, equal),
        ("logarithmic", (owner[:, None] == owner).astype(int), [GROUPS[q] for q in owner]),
    )
    figure, ax = canvas(22, 8.2)
    for index, (title, matrix, colors) in enumerate(panels):
        box = connections(ax, matrix, (1.2 + 5.25 * index, 1.5), colors=colors, by_row=True, cell=0.31)
        label(ax, (box.top[0], 0.8), title)
        label(ax, (box.bottom[0], 7.3), f"{int(matrix.sum())} of {matrix.size}", color=MUTED)
    label(ax, (0.7, 4.0), "output channel", color=MUTED, rotation=90)
    return figure


def units() -> Figure:
    """The three bottleneck units side by side, with the multiplications of each layer."""
    c, m, g, size = 240, 60, 3, (28, 28)
    shuffled = ("1 × 1, g groups", "3 × 3 depthwise", "1 × 1, g groups")
    columns = (
        ("ResNet", resnet_unit_macs(c, m, size), (1, 1, 1), ("1 × 1", "3 × 3", "1 × 1")),
        ("ResNeXt", resnext_unit_macs(c, m, size, groups=g), (1, g, 1), ("1 × 1", "3 × 3, g groups", "1 × 1")),
        ("ShuffleNet", shufflenet_unit_macs(c, m, size, groups=g), (g, m, g), shuffled),
    )
    figure, ax = canvas(22.5, 15.2)
    for index, (name, total, groups, layers) in enumerate(columns):
        x = 3.9 + 7.3 * index
        shapes = ((m, c, 1, 1), (m, m, 3, 3), (c, m, 1, 1))
        macs = [
            conv_macs((1, read, *size), (made, read // parts, *kernel), padding="same", groups=parts)
            for (made, read, *kernel), parts in zip(shapes, groups, strict=True)
        ]
        _unit(ax, x, name, layers, macs)
        label(ax, (x, 14.5), f"{total / 1e6:.1f} M MACs", bold=True, color=OUTPUT)
    return figure


def _unit(ax: Axes, x: float, name: str, layers: tuple[str, str, str], macs: list[int]) -> None:
    """One unit from top to bottom: three layers, a sum with the shortcut."""
    label(ax, (x, 0.6), name, bold=True)
    tops, color = (2.4, 6.5, 9.7), {0: INPUT, 1: KERNEL, 2: INPUT}
    boxes = [
        step_box(ax, (x, top), 5.3, f"{text}\n{count / 1e6:.1f} M", color=color[place], height=2)
        for place, (top, text, count) in enumerate(zip(tops, layers, macs, strict=True))
    ]
    label(ax, (x, 1.5), "c channels", color=MUTED)
    arrow(ax, (x, 1.75), boxes[0].top, gap=0.05)
    if name == "ShuffleNet":
        middle = step_box(ax, (x, 4.95), 5.3, "channel shuffle", color=EXTRA, height=1)
        arrow(ax, boxes[0].bottom, middle.top, gap=0.02)
        arrow(ax, middle.bottom, boxes[1].top, gap=0.02)
    else:
        arrow(ax, boxes[0].bottom, boxes[1].top, gap=0.1)
        label(ax, (x + 0.3, 5.4), "m channels", color=MUTED, align="left")
    arrow(ax, boxes[1].bottom, boxes[2].top, gap=0.1)
    plus = step_box(ax, (x, 12.5), 1, "+", color=MUTED, height=1)
    arrow(ax, boxes[2].bottom, plus.top, gap=0.1)
    ax.plot([x - 1.7, x - 3, x - 3, x - 0.5], [1.5, 1.5, 13, 13], color=MUTED, linewidth=1.3, marker="")


def intensity() -> Figure:
    """FLOPs per byte of a grouped layer, against the number of groups."""
    figure, ax = plot_axes(22, 11.5, xlabel="groups g", ylabel="FLOPs per byte")
    groups = [2**e for e in range(8)]
    for kernel, color in ((3, INPUT), (1, KERNEL)):
        weights = [(128, 128 // g, kernel, kernel) for g in groups]
        values = [arithmetic_intensity((1, 128, 56, 56), w, padding="same", groups=128 // w[1]) for w in weights]
        ax.plot(groups, values, color=color, label=f"{kernel} × {kernel}, 128 channels")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xticks(groups, labels=[str(g) for g in groups])
    ax.set_yticks([2**e for e in range(-2, 8)], labels=["¼", "½", "1", "2", "4", "8", "16", "32", "64", "128"])
    ax.minorticks_off()
    ax.tick_params(labelsize=LETTERS)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(LETTERS)
    ax.legend(loc="upper right", fontsize=LETTERS)
    return figure


def two_gpus() -> Figure:
    """AlexNet's five convolutions on two GPUs: only one of them reads both halves."""
    layers = [layer for layer in alexnet().layers if layer.kind == "conv"]
    figure, ax = canvas(22.5, 8.2)
    heights, xs = (1.0, 4.9), [5.2 + 3.9 * index for index in range(len(layers))]
    rows = [
        [
            step_box(ax, (x, y), 2.7, f"{layer.name}\n{layer.out_channels // 2}", color=color, height=2)
            for x, layer in zip(xs, layers, strict=True)
        ]
        for y, color in zip(heights, GROUPS, strict=False)
    ]
    for q, (row, color) in enumerate(zip(rows, GROUPS, strict=False)):
        label(ax, (0.2, row[0].center[1]), f"GPU {q}", align="left", color=color, bold=True)
        arrow(ax, (row[0].left[0] - 1.5, row[0].left[1]), row[0].left, gap=0.05)
        for before, after, layer in zip(row, row[1:], layers[1:], strict=False):
            arrow(ax, before.right, after.left, gap=0.05)
            if layer.groups == 1:
                other = rows[1 - q][xs.index(after.center[0])]
                arrow(ax, before.right, other.left, gap=0.05, color=ACCENT)
    label(ax, (xs[2] - 0.9, 3.95), "conv3 reads both halves", color=ACCENT, align="left")
    label(ax, (xs[0] - 1.35, 7.6), "Numbers: output channels on one GPU.", color=MUTED, align="left")
    return figure
