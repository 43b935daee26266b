"""Operators that leave cells as they are: cell by cell, moved, put side by side, or reduced along whole axes."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from functools import partial
from typing import Any

import torch

from reference_impl.receptive_field import reach
from reference_impl.receptive_field.calls import Call, values_of
from reference_impl.receptive_field.reach import Table, mixed
from reference_impl.receptive_field.seen import Seen, blind, cell_by_cell, merged


def same(call: Call) -> Seen:
    """Cell by cell, the operands broadcast against each other."""
    return cell_by_cell(call.sources(), call.out.shape)


def first_only(call: Call) -> Seen:
    """Cell by cell of the first operand; statistics of a normalisation over cells do not count."""
    return call.sight()


def copied(call: Call) -> Seen:
    """The first operand is overwritten by the second."""
    return _made_of(call.given["src"], call)


def drawn(call: Call) -> Seen:
    """Noise of the odds in a tensor, its own or another's; in the latter case what stood there does not count."""
    return _made_of(call.given.get("p", call.x), call)


def _made_of(operand: Any, call: Call) -> Seen:
    """Cell by cell of one operand, whatever the others see."""
    source = call.see(operand)
    return cell_by_cell([source], call.out.shape) if source else blind(call.sources()[0], call.out.shape)


def chosen(call: Call) -> Seen:
    """Cells of one operand or of the other, by truths; where these depend on the input, all three are seen."""
    given = list(call.given.values())
    truths, one, other = (given[0], *given[1:3]) if call.name == "where" else (given[1], given[2], given[0])
    if call.see(truths):
        return same(call)
    where, shape = values_of(truths), call.out.shape
    sides = [(isinstance(v, torch.Tensor) and call.see(v)) or blind(call.sources()[0], (1,)) for v in (one, other)]

    def choose(tables: list[Table]) -> Table:
        result = torch.where(where, *tables)
        return reach.compact(result.reshape((1,) * (len(shape) - result.ndim) + tuple(result.shape)))

    return merged(sides, choose, shape)


def triangle(call: Call) -> Seen:
    """Cells on one side of a diagonal; the others become zero."""
    kept = call.func.overloadpacket(torch.ones(call.x.shape[-2:]), call.given["diagonal"]) > 0
    nothing = torch.tensor(reach.NOTHING, dtype=torch.float64)
    return call.sight().moved(lambda table: reach.compact(torch.where(kept, table, nothing)))


def gated(call: Call) -> Seen:
    """One half of an axis times the gate that the other half makes."""
    axis, half = call.given["dim"] % call.x.ndim, call.out.shape[call.given["dim"]]

    def gate(table: Table) -> Table:
        if table.shape[axis] == 1:
            return table
        return torch.minimum(table.narrow(axis, 0, half), table.narrow(axis, half, half))

    return call.sight().moved(gate).shaped(call.out.shape)


def paired(call: Call) -> Seen:
    """Complex numbers as pairs, or pairs as complex numbers."""
    if call.name == "view_as_real":
        return call.sight().moved(lambda table: table.unsqueeze(-1)).shaped(call.out.shape)
    return call.sight().moved(partial(mixed, axes=[call.x.ndim - 1], keep=False)).shaped(call.out.shape)


def strided(call: Call) -> Seen:
    """Another view of the same memory."""
    x, given = call.x, call.given
    start = x.storage_offset() if given["storage_offset"] is None else given["storage_offset"]

    def view(table: Table) -> Table:
        full = torch.empty_strided(x.shape, x.stride(), dtype=torch.float64).copy_(table)
        return reach.compact(full.as_strided(given["size"], given["stride"], start - x.storage_offset()))

    return call.sight().moved(view).shaped(call.out.shape)


def forgotten(call: Call) -> Seen:
    """The operand is overwritten by what does not depend on the input."""
    return blind(call.sources()[0], call.out.shape)


def moved(call: Call) -> list[Seen]:
    """Cells are only moved: the tables are moved by the same operator."""
    seen, (args, options) = call.sight(), _arguments(call)

    def part(table: Table, number: int) -> Table:
        result = reach.viewed(call.func, table, seen.shape, *args, **options)
        return result[number] if isinstance(result, list) else result

    return [
        seen.moved(lambda table, number=number: part(table, number)).shaped(out.shape)
        for number, out in enumerate(call.outs)
    ]


def _arguments(call: Call) -> tuple[list[Any], dict[str, Any]]:
    """The arguments after the first, those by position and those by name only, index tensors with their numbers."""
    kinds = {one.name: one.kwarg_only for one in call.func._schema.arguments[1:]}
    args = [values_of(call.given[name]) for name, keyword in kinds.items() if not keyword]
    return args, {name: values_of(call.given[name]) for name, keyword in kinds.items() if keyword}


def indexed(call: Call) -> Seen | list[Seen]:
    """Cells chosen by whole numbers: which ones must not depend on the input."""
    index = call.given.get("indices", call.given.get("index"))
    chosen = list(index) if isinstance(index, (list, tuple)) else [index]
    if any(isinstance(one, torch.Tensor) and call.see(one) for one in chosen):
        return call.sight().lost(f"which cells {call.name} reads depends on values of the input")
    dims = [d for d, one in enumerate(chosen) if one is not None] if "indices" in call.given else [call.given["dim"]]
    dims = [d % call.x.ndim for d in dims]
    seen = call.sight()
    tables = [table for pair in (*seen.reached, *((a.first, a.last) for a in seen.axes if a.windows)) for table in pair]
    if call.out.ndim == call.x.ndim and all(table.shape[d] == 1 for table in tables for d in dims):
        return seen.shaped(call.out.shape)  # whichever cells are read, they see the same
    return moved(call)


def embedded(call: Call) -> Seen:
    """A row of a table for each whole number: it depends on that number."""
    if call.see(call.given["weight"]):
        return call.sources()[0].lost("the table of an embedding is made of the input")
    seen = call.see(call.given["indices"])
    assert seen  # else nothing here depends on the input
    return seen.moved(lambda table: table.unsqueeze(-1)).shaped(call.out.shape)


def reshaped(call: Call) -> Seen:
    """The same cells in another shape."""
    before, after = tuple(call.x.shape), tuple(call.out.shape)
    return call.sight().moved(lambda table: reach.reshaped(table, before, after)).shaped(after)


def side_by_side(call: Call) -> Seen:
    """A concatenation."""
    parts = [t for t in call.given["tensors"] if t.ndim == call.out.ndim]
    seen = [call.see(t) or blind(call.sources()[0], t.shape) for t in parts]
    shapes = [tuple(t.shape) for t in parts]
    axis = call.given["dim"] % call.out.ndim
    return merged(seen, lambda tables: reach.joined(tables, shapes, axis), call.out.shape)


def stacked(call: Call) -> Seen:
    """A concatenation along a new axis."""
    axis = call.given["dim"] % call.out.ndim
    seen = [call.see(t) or blind(call.sources()[0], t.shape) for t in call.given["tensors"]]
    grown = [
        one.moved(lambda table: table.unsqueeze(axis)).shaped((*one.shape[:axis], 1, *one.shape[axis:])) for one in seen
    ]
    shapes = [one.shape for one in grown]
    return merged(grown, lambda tables: reach.joined(tables, shapes, axis), call.out.shape)


def padded(call: Call) -> Seen:
    """Cells added around, or cut off: those of a constant reach nothing."""
    pad, ndim = list(call.given["pad"] if "pad" in call.given else call.given["padding"]), call.x.ndim
    touched = [ndim - 1 - place for place in range(len(pad) // 2) if pad[2 * place] or pad[2 * place + 1]]
    fill = [reach.NOTHING] if call.name == "constant_pad_nd" else []

    def grow(table: Table) -> Table:
        return reach.compact(call.func(reach.stretched(table, call.x.shape, touched), pad, *fill))

    return call.sight().moved(grow).shaped(call.out.shape)


def reduced(call: Call) -> list[Seen]:
    """One number of all cells along some axes."""
    dims, keep = call.given.get("dim"), bool(call.given.get("keepdim"))
    dims = [dims] if isinstance(dims, int) else list(dims or range(call.x.ndim))
    dims = [d % call.x.ndim for d in dims] if call.x.ndim else []
    seen = call.sight().moved(partial(mixed, axes=dims, keep=keep)).shaped(call.out.shape)
    return [seen] * len(call.outs)


def along(call: Call) -> list[Seen]:
    """Every output along some axes sees all their cells: a softmax, a Fourier transform, an order."""
    dims = call.given["dim"]
    dims = [d % call.x.ndim for d in ([dims] if isinstance(dims, int) else dims)]
    seen = call.sight().moved(partial(mixed, axes=dims)).shaped(call.out.shape)
    return [seen] * len(call.outs)


def cumulative(call: Call) -> list[Seen]:
    """Every output sees the cells up to its own."""
    dim = call.given["dim"] % call.x.ndim

    def run(table: Table) -> Table:
        return table if table.shape[dim] == 1 else torch.cummin(table, dim).values

    return [call.sight().moved(run)] * len(call.outs)


def normalised(call: Call) -> Seen:
    """A normalisation over the last axis mixes it; over several axes it is taken for one by statistics of the map."""
    over = call.given["normalized_shape"]
    return call.sight().moved(partial(mixed, axes=[call.x.ndim - 1])) if len(over) == 1 else call.sight()


def unknown(call: Call) -> Seen:
    """An operator whose kind cannot be read off its signature."""
    return call.sources()[0].lost(f"{call.name} is not known to be local")
