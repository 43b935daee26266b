"""Memory that a model writes into: what each tensor in it sees afterwards, also one that saw nothing before."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from reference_impl.receptive_field import reach
from reference_impl.receptive_field.reach import Table
from reference_impl.receptive_field.recurrence import aligned
from reference_impl.receptive_field.seen import Seen, blind

Known = Sequence[tuple[torch.Tensor, Seen]]


@dataclass(frozen=True)
class Frame:
    """A piece of memory as a tensor that spans it, and what that tensor sees.

    Args:
        tensor: Keeps the memory alive.
        stride: Of the tensor that spans it.
        seen: What its cells see; their shape is that of the tensor.
    """

    tensor: torch.Tensor
    stride: tuple[int, ...]
    seen: Seen

    def part(self, tensor: torch.Tensor) -> Seen:
        """What a tensor that lies in this memory sees."""
        shape, stride, offset = tuple(tensor.shape), tensor.stride(), tensor.storage_offset()
        if self.seen.problem:
            return blind(self.seen, shape)

        def cut(table: Table) -> Table:
            return reach.compact(self._full(table).as_strided(shape, stride, offset).clone())

        return self.seen.moved(cut).shaped(shape)

    def written(self, view: torch.Tensor, seen: Seen) -> "Frame":
        """After a tensor that lies in this memory was written."""
        shape, stride, offset = tuple(view.shape), view.stride(), view.storage_offset()
        if problem := self.seen.problem or seen.problem:
            return replace(self, seen=replace(self.seen, problem=problem))

        def write(old: Table, new: Table) -> Table:
            full = self._full(old)
            full.as_strided(shape, stride, offset).copy_(new)
            return reach.compact(full)

        both = zip(self.seen.reached, seen.reached, strict=True)
        reached = tuple((write(old[0], new[0]), write(old[1], new[1])) for old, new in both)
        axes = []
        for pair in zip(self.seen.axes, seen.axes, strict=True):
            old, new = aligned(pair, [self.seen.shape, shape])
            known = old.windows is not None
            axes.append(
                replace(old, first=write(old.first, new.first), last=write(old.last, new.last)) if known else old
            )
        return replace(self, seen=Seen(reached, tuple(axes), self.seen.shape))

    def _full(self, table: Table) -> Table:
        """A table in full size, laid out as the memory is."""
        return torch.empty_strided(self.seen.shape, self.stride, dtype=torch.float64).copy_(table)


def framed(view: torch.Tensor, seen: Seen, family: Known) -> Frame:
    """The memory of a tensor that is about to be written, with what is known of the tensors that lie in it.

    Args:
        view: The tensor.
        seen: What it will see, for tables of the same input.
        family: Other tensors in the same memory, and what they see.
    """
    cells = view.untyped_storage().nbytes() // view.element_size()
    shape, stride = (cells,), (1,)
    for tensor in (view, view._base, *(one for one, _ in family)):
        if tensor is not None and _spans(tensor, cells):
            shape, stride = tuple(tensor.shape), tensor.stride()
            break
    frame = Frame(view, stride, blind(seen, shape))
    for tensor, known in () if seen.problem else family:
        frame = frame.written(tensor, known)
    return frame


def _spans(tensor: torch.Tensor, cells: int) -> bool:
    """Whether a tensor lies in every cell of its memory once."""
    reached = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride != reached:
            return False
        reached *= size
    return reached == cells


def memory_of(tensor: torch.Tensor) -> int | None:
    """A number that tensors share when they lie in one piece of memory; None for a tensor that has none (sparse)."""
    return tensor.untyped_storage()._cdata if tensor.layout == torch.strided else None
