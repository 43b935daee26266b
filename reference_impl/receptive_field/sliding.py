"""Operators whose outputs read windows: convolutions, pools, interpolations, and products, which read whole axes."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from reference_impl.receptive_field import reach
from reference_impl.receptive_field.calls import Call, values_of
from reference_impl.receptive_field.reach import Table, mixed
from reference_impl.receptive_field.reading import (
    part_cells,
    sample_cells,
    smooth_cells,
    transposed_cells,
    window_cells,
)
from reference_impl.receptive_field.seen import Seen, blind, merged
from reference_impl.receptive_field.windows import Windows, convolved, transposed

SHUT = -1000.0  # a score that a mask lowers to this weighs e^-1000 = 0


def per_axis(values: Any, axes: int) -> tuple[int, ...]:
    """One entry an axis; a single one stands for all of them."""
    entries = tuple(values) if isinstance(values, Sequence) else (values,)
    return entries * axes if len(entries) == 1 else entries


def windowed(seen: Seen, outputs: Sequence[int], kernel: Any, stride: Any, before: Any, dilation: Any) -> Seen:
    """A window that slides along the last axes."""
    n = len(outputs)
    steps = zip(*(per_axis(values, n) for values in (kernel, stride, before, dilation)), strict=True)
    for axis, (out, step) in enumerate(zip(outputs, steps, strict=True), start=len(seen.shape) - n):
        seen = seen.slid(axis, window_cells(out, *step), partial(_convolved, step=step))
    return seen


def _convolved(windows: Windows, step: tuple[int, int, int, int]) -> Windows:
    return convolved(windows, *step)


def _transposed(windows: Windows, step: tuple[int, int, int, int]) -> Windows:
    return transposed(windows, *step)


def convolution(call: Call) -> Seen:
    """A convolution or its transpose; weights that are made of the input join with all they see."""
    given, weight = call.given, call.given["weight"]
    n = weight.ndim - 2
    kernel, stride, before, dilation = (
        per_axis(values, n) for values in (weight.shape[2:], given["stride"], given["padding"], given["dilation"])
    )
    groups, channels = given["groups"], call.out.shape[1]
    seen = call.sight().moved(lambda table: grouped(table, call.x.shape[1], channels, groups))
    seen = seen.shaped((call.x.shape[0], channels, *call.x.shape[2:]))
    if not given["transposed"]:
        seen = windowed(seen, call.out.shape[2:], kernel, stride, before, dilation)
    else:
        for axis, step in enumerate(zip(kernel, stride, before, dilation, strict=True), start=2):
            cells = transposed_cells(call.out.shape[axis], *step)
            seen = seen.slid(axis, cells, partial(_transposed, step=step))
    extra = [one for name in ("weight", "bias") if (one := call.see(given[name]))]
    return _joined_by_all(seen, extra)


def grouped(table: Table, channels: int, outputs: int, groups: int) -> Table:
    """The table after each group of channels is mixed into its share of the outputs."""
    if table.shape[1] == 1:
        return table
    shares = table.unflatten(1, (groups, channels // groups)).amin(2)
    return reach.compact(shares.repeat_interleave(outputs // groups, 1))


def _joined_by_all(seen: Seen, others: Sequence[Seen]) -> Seen:
    """Each cell also sees all that the others see."""
    ndim = len(seen.shape)
    whole = [
        one.moved(lambda table: mixed(table, range(table.ndim)).reshape((1,) * ndim)).shaped(seen.shape)
        for one in others
    ]
    if not whole:
        return seen
    return merged([seen, *whole], lambda tables: reach.least(tables, ndim), seen.shape)


def pool(call: Call) -> list[Seen]:
    """A pooling: kernel, stride (the kernel by default), padding, dilation."""
    given = call.given
    n = int(re.findall(r"(\d)d", call.name)[0])
    kernel = per_axis(given["kernel_size"], n)
    options = (given["stride"] or kernel, given["padding"], given.get("dilation", 1))
    return [windowed(call.sight(), call.out.shape[-n:], kernel, *options)] * len(call.outs)


def adaptive_pool(call: Call) -> list[Seen]:
    """A pooling to a given number of parts: a recurrence where all are equally wide and in even steps."""
    seen, n = call.sight(), int(re.findall(r"(\d)d", call.name)[0])
    for axis in range(call.x.ndim - n, call.x.ndim):
        size, parts = call.x.shape[axis], call.out.shape[axis]
        cells = part_cells(size, parts)
        why = f"{size} cells are pooled into {parts} parts that are not alike"
        seen = seen.slid(axis, cells, _parted(size, parts, cells), why)
    return [seen] * len(call.outs)


def _parted(size: int, parts: int, cells: torch.Tensor) -> Callable[[Windows], Windows] | None:
    """What an adaptive pool makes of a recurrence: parts of one width in even steps, or each cell repeated."""
    widths, steps = set((cells >= 0).sum(1).tolist()), set(cells[:, 0].diff().tolist())
    if parts % size == 0:
        return partial(_transposed, step=(parts // size, parts // size, 0, 1))
    if len(widths) > 1 or len(steps) > 1:
        return None
    width = widths.pop()
    return partial(_convolved, step=(width, steps.pop() if steps else width, 0, 1))


def resampled(call: Call) -> Seen:
    """An interpolation by any mode and factor."""
    mode = next(word for word in ("nearest_exact", "nearest", "bicubic", "linear") if word in call.name)
    n, seen = int(re.findall(r"(\d)d", call.name)[0]), call.sight()
    scales = [call.given.get(name) for name in (("scales_d", "scales_h", "scales_w")[-n:] if n > 1 else ("scales",))]
    for axis, factor in enumerate(scales, start=call.x.ndim - n):
        size, outputs = call.x.shape[axis], call.out.shape[axis]
        aligned, step = bool(call.given.get("align_corners")), 1 / factor if factor else None
        sample = smooth_cells if call.name.endswith("_aa") else sample_cells
        word = {"nearest_exact": "nearest-exact", "bicubic": "cubic"}.get(mode, mode)
        cells = sample(size, outputs, word, step, aligned)
        whole = size > 1 and outputs % size == 0 and step in (None, size / outputs) and not aligned
        simple = whole and mode != "bicubic" and not call.name.endswith("_aa")
        seen = seen.slid(axis, cells, partial(_enlarged, factor=outputs // size, mode=mode) if simple else None)
    return seen


def _enlarged(windows: Windows, factor: int, mode: str) -> Windows:
    """Each cell repeated, or a triangle of 2f (f even) or 2f − 1 (f odd) taps around each cell's centre."""
    if mode.startswith("nearest"):
        return transposed(windows, factor, factor, 0, 1)
    return transposed(windows, 2 * factor - factor % 2, factor, factor // 2, 1)


def unfolded(call: Call) -> Seen:
    """Windows laid out as columns; cells of the padding reach nothing."""
    given, shape = call.given, call.x.shape
    (top, left), options = given["padding"], (given["kernel_size"], given["dilation"], [0, 0], given["stride"])

    def columns(table: Table) -> Table:
        full = torch.constant_pad_nd(table.expand(shape), [left, left, top, top], reach.NOTHING)
        return reach.compact(torch.ops.aten.im2col(full, *options))

    return call.sight().moved(columns).shaped(call.out.shape)


def folded(call: Call) -> Seen:
    """Columns added up where their windows lay."""
    given, out = call.given, call.out.shape
    (top, left), options = given["padding"], (given["kernel_size"], given["dilation"], [0, 0], given["stride"])
    height, width = out[-2] + 2 * top, out[-1] + 2 * left
    cells = torch.arange(height * width, dtype=torch.float64).reshape(1, 1, height, width)
    cells = torch.ops.aten.im2col(cells, *options).long().flatten()  # the cell of each entry of a channel's columns

    def added(table: Table) -> Table:
        entries = table.expand(call.x.shape).reshape(*out[:-2], len(cells))
        empty = entries.new_full((*out[:-2], height * width), reach.NOTHING)
        sums = empty.scatter_reduce(-1, cells.expand(entries.shape), entries, "amin")
        full = sums.unflatten(-1, (height, width))
        return reach.compact(full[..., top : top + out[-2], left : left + out[-1]])

    return call.sight().moved(added).shaped(out)


def product(call: Call) -> Seen:
    """A product of matrices or vectors, with what is added to it: the inner axis is mixed."""
    given, ndim = dict(call.given), call.out.ndim
    added = given.pop("self") if "add" in call.name else None
    one, two = [value for value in given.values() if isinstance(value, torch.Tensor)][:2]
    sides = []
    for tensor, inner in ((one, -1), (two, -2 if two.ndim > 1 else -1)):
        if seen := call.see(tensor):
            sides.append(contracted(seen, inner, ndim))
    if added is not None and (seen := call.see(added)):
        sides.append(seen)
    return merged(sides, lambda tables: reach.least(tables, ndim), call.out.shape)


def contracted(seen: Seen, inner: int, ndim: int) -> Seen:
    """One side of a product: its inner axis is mixed, and it stays as an axis of one cell where the product has one."""
    keep = len(seen.shape) <= ndim
    axis = inner % len(seen.shape)
    shape = [1 if a == axis else size for a, size in enumerate(seen.shape)]
    if not keep:
        shape.pop(axis)
    return seen.moved(lambda table: mixed(table, [axis], keep=keep)).shaped(shape)


def attention(call: Call) -> list[Seen]:
    """Attention in one operator: a query, and all keys and values that it may look at."""
    given, heads = call.given, call.given["query"].shape[1]
    mask = given.get("attn_mask", given.get("attn_bias"))
    allowed = open_keys(given["query"], given["key"], bool(given.get("is_causal")), None if call.see(mask) else mask)

    def over_keys(table: Table) -> Table:
        if table.shape[1] not in (1, heads):  # fewer heads of keys than of queries
            table = table.repeat_interleave(heads // table.shape[1], 1)
        return mixed(table, [2]) if allowed is None else reach.compact(over_open(table, allowed))

    moves = {
        "query": lambda table: mixed(table, [3]),
        "key": lambda table: over_keys(mixed(table, [3])),
        "value": over_keys,
    }
    seen = [one.moved(moves[name]) for name in moves if (one := call.see(given[name]))]
    if masked := call.see(mask):
        seen.append(masked.moved(lambda table: mixed(table, [table.ndim - 1])))
    result = merged(seen, lambda tables: reach.least(tables, call.out.ndim), call.out.shape)
    return [result, *(blind(result, out.shape) for out in call.outs[1:])]


def open_keys(query: torch.Tensor, key: torch.Tensor, causal: bool, mask: torch.Tensor | None) -> Table | None:
    """Which keys each query may look at, (…, queries, keys); None if all of them. A lowered score counts as shut."""
    if causal:
        return torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    if mask is None:
        return None
    values: torch.Tensor = values_of(mask)
    allowed = values if values.dtype == torch.bool else values > SHUT
    return None if bool(allowed.all()) else allowed


def over_open(table: Table, allowed: Table) -> Table:
    """The least over the open keys: (…, keys, features) to (…, queries, features)."""
    shut = torch.zeros(allowed.shape, dtype=table.dtype).masked_fill(~allowed, reach.NOTHING)
    return (shut.unsqueeze(-1) + table.unsqueeze(-3)).amin(-2)
