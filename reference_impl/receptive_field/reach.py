"""Tables that shadow a tensor: for each of its cells, the first and the last input cell that it reaches.

A table has as many axes as its tensor; an axis along which it does not vary has size 1, so that a map of 64 × 112 × 112
numbers has a table of 112. Last cells are stored negated: then *every* operator takes the least of what it reads, and
NOTHING, which is greater than any cell, stands for a cell that reaches nothing.
"""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf, prod
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._python_dispatch import _disable_current_modes

NOTHING = inf
Table = torch.Tensor


@contextmanager
def unwatched() -> Iterator[None]:
    """Without the modes of a run, so that tables are ordinary tensors whatever a model runs on."""
    with _disable_current_modes(), torch._C.DisableTorchFunction():
        yield


def counted(size: int, axis: int, ndim: int) -> Table:
    """0, 1, …, size − 1 along one of `ndim` axes."""
    return torch.arange(size, dtype=torch.float64).reshape([size if a == axis else 1 for a in range(ndim)])


def constant(value: float, ndim: int) -> Table:
    """A table that does not vary."""
    return torch.full((1,) * ndim, value, dtype=torch.float64)


def varying(*tables: Table) -> list[int]:
    """The axes along which any of the tables varies."""
    return [axis for axis in range(tables[0].ndim) if any(table.shape[axis] > 1 for table in tables)]


def compact(table: Table) -> Table:
    """The same table with size 1 along axes on which it does not vary."""
    for axis in range(table.ndim):
        head = table.narrow(axis, 0, 1)
        if table.shape[axis] > 1 and (table.stride(axis) == 0 or bool((table == head).all())):
            table = head
    return table


def stretched(table: Table, shape: Sequence[int], axes: Sequence[int]) -> Table:
    """The table in full size along some axes."""
    return table.expand([shape[a] if a in axes else size for a, size in enumerate(table.shape)])


def slid(table: Table, axis: int, size: int, cells: torch.Tensor) -> Table:
    """The table behind an operator whose output o reads cells[o] of an axis; cells outside 0 … size − 1 do not exist.

    Example:
        >>> slid(counted(4, 0, 1), 0, 4, torch.tensor([[-1, 0], [1, 2]])).tolist()
        [0.0, 1.0]
        >>> slid(torch.zeros(1), 0, 4, torch.tensor([[-1, -2], [1, 2]])).tolist()
        [inf, 0.0]
    """
    inside = (cells >= 0) & (cells < size)  # (outputs, taps)
    if table.shape[axis] == 1:
        if bool(inside.any(1).all()):
            return table
        table = stretched(table, [size] * table.ndim, [axis])
    read = table.index_select(axis, cells.clamp(0, size - 1).flatten()).unflatten(axis, tuple(cells.shape))
    exists = inside.reshape([1] * axis + list(cells.shape) + [1] * (table.ndim - axis - 1))
    return compact(read.masked_fill(~exists, NOTHING).amin(axis + 1))


def mixed(table: Table, axes: Sequence[int], *, keep: bool = True) -> Table:
    """The table behind an operator that makes one number of all cells along some axes."""
    return table.amin(list(axes), keepdim=keep) if axes else table


def reshaped(table: Table, before: Sequence[int], after: Sequence[int]) -> Table:
    """The table of a tensor of shape `before` that is seen in the shape `after`."""
    sizes, out = [1] * len(before), [1] * len(after)
    for old, new in _blocks(before, after):
        if any(table.shape[axis] > 1 for axis in old):
            for axis in old:
                sizes[axis] = before[axis]
            for axis in new:
                out[axis] = after[axis]
    return compact(table.expand(sizes).reshape(out))


def _blocks(before: Sequence[int], after: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """The smallest groups of neighbouring axes that hold as many cells before as after."""
    i = j = 0
    while i < len(before) or j < len(after):
        old, new = list(range(i, min(i + 1, len(before)))), list(range(j, min(j + 1, len(after))))
        while (a := prod(before[k] for k in old)) != (b := prod(after[k] for k in new)):
            grow, first = (old, i) if a < b else (new, j)
            grow.append(first + len(grow))
        i, j = i + len(old), j + len(new)
        yield old, new


def viewed(func: OpOverload, table: Table, shape: Sequence[int], *args: Any, **options: Any) -> Any:
    """What an operator that only moves cells makes of the table of a tensor of this shape: a table, or several."""
    result = func(table.expand(tuple(shape)), *args, **options)
    return [compact(part) for part in result] if isinstance(result, (list, tuple)) else compact(result)


def least(tables: Sequence[Table], ndim: int) -> Table:
    """The table of a cell-by-cell operator: the least of what its operands reach, broadcast as they are."""
    result = tables[0]
    for table in tables[1:]:
        result = torch.minimum(result, table)
    return result.reshape((1,) * (ndim - result.ndim) + tuple(result.shape))


def joined(tables: Sequence[Table], shapes: Sequence[Sequence[int]], axis: int) -> Table:
    """The table of tensors side by side along an axis."""
    full = [stretched(table, shape, [axis]) for table, shape in zip(tables, shapes, strict=True)]
    rest = [max(table.shape[a] for table in full) for a in range(full[0].ndim)]
    parts = [table.expand([table.shape[a] if a == axis else size for a, size in enumerate(rest)]) for table in full]
    return compact(torch.cat(parts, axis))
