"""What the cells of one tensor see of the input: exact tables of the cells reached, and the recurrence beside them."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from reference_impl.receptive_field import reach
from reference_impl.receptive_field.reach import NOTHING, Table, constant, counted, unwatched
from reference_impl.receptive_field.recurrence import Axis, aligned, start
from reference_impl.receptive_field.windows import Span, Windows

Move = Callable[[Table], Table]
Shape = Sequence[int]


@dataclass(frozen=True)
class Seen:
    """What the cells of a tensor see.

    Args:
        reached: For each input axis a table of the first cell reached and one of the last, negated.
        axes: For each input axis the recurrence, which counts the cells of the padding too.
        shape: Shape of the tensor.
        problem: Why nothing of this is known, in words; "" if it is.
    """

    reached: tuple[tuple[Table, Table], ...]
    axes: tuple[Axis, ...]
    shape: tuple[int, ...]
    problem: str = ""

    def lost(self, problem: str) -> "Seen":
        """The same tensor, of whose sight nothing is known any more."""
        return replace(self, problem=self.problem or problem)

    def moved(self, move: Move) -> "Seen":
        """Behind an operator that does to every table what it does to the tensor."""
        reached = tuple((move(first), move(last)) for first, last in self.reached)
        return replace(self, reached=reached, axes=tuple(axis.moved(move) for axis in self.axes))

    def shaped(self, shape: Shape) -> "Seen":
        """The same tables for a tensor of this shape."""
        return replace(self, shape=tuple(shape))

    def slid(self, axis: int, cells: torch.Tensor, move: Callable[[Windows], Windows] | None, why: str = "") -> "Seen":
        """Behind a window along one axis: `cells` are those that each output reads, `move` what the recurrence makes.

        Without `move` the recurrence reads the same cells, or, where it cannot, `why` says the reason.
        """

        def read(table: Table) -> Table:
            return reach.slid(table, axis, self.shape[axis], cells)

        reached = tuple((read(first), read(last)) for first, last in self.reached)
        shape = (*self.shape[:axis], len(cells), *self.shape[axis + 1 :])
        single = axis - (len(self.shape) - len(self.axes)) if self.shape[axis] == 1 else None
        axes = [
            one.moved(read)
            if move is None and not why
            else one.slid(axis, self.shape, len(cells), move, why, alone=number == single)
            for number, one in enumerate(self.axes)
        ]
        return replace(self, reached=reached, axes=tuple(axes), shape=shape)

    @cached_property
    @unwatched()
    def view(self) -> tuple[Windows, ...] | None:
        """What the cells see along each axis by the recurrence, cells of the padding counted; None where it is lost."""
        view = []
        if self.problem:
            return None
        for number, axis in enumerate(self.axes, start=len(self.shape) - len(self.axes)):
            walked, settled = axis.settled(self.shape)
            if settled.windows is None:
                return None
            windows = settled.windows
            if walked is None and number == 2 + len(view) and self.shape[number] > 1:  # every cell sees the same
                windows = Windows(0, windows.spans)
            outputs = self.shape[walked] if walked is not None else 1
            if settled.fixed or outputs < len(windows.spans):  # each output by itself: of no others a size is told
                windows = Windows(windows.advance, tuple(settled.spans(outputs)), windows.stride)
            view.append(windows)
        return tuple(view)

    @property
    @unwatched()
    def why(self) -> str:
        """Why there is no recurrence, in words; "" if there is one."""
        return self.problem or next((axis.settled(self.shape)[1].why for axis in self.axes if self.view is None), "")

    @unwatched()
    def window(self, place: Sequence[int | None]) -> tuple[Span, ...]:
        """First and last input cell that the number at `place` reaches, along each axis; None in `place`: any."""

        def ends(pair: tuple[Table, Table]) -> Span:
            low, last = (self._at(table, self.shape, place) for table in pair)
            return None if low == NOTHING else (int(low), -int(last))

        spans = tuple(ends(pair) for pair in self.reached)
        return spans if all(spans) else (None,) * len(spans)

    @staticmethod
    def _at(table: Table, shape: Shape, place: Sequence[int | None]) -> float:
        """The least entry of a table at some cells."""
        for axis, cell in enumerate(place):
            if cell is not None and table.shape[axis] > 1:
                table = table.narrow(axis, cell % shape[axis], 1)
        return float(table.min())

    @unwatched()
    def widest(self) -> tuple[int, ...]:
        """Cells of the widest window inside the input, along each axis; 0 where nothing is reached."""
        widths = [-(first + last).amin() + 1 for first, last in self.reached]  # last is negated
        return tuple(0 if width.isinf() else int(width) for width in widths)


def input_seen(shape: Shape, axes: Sequence[int]) -> Seen:
    """What the input sees of itself along some of its axes."""
    places = [counted(shape[axis], axis, len(shape)) for axis in axes]
    return Seen(tuple((place, -place) for place in places), tuple(start(axis, shape) for axis in axes), tuple(shape))


def blind(like: Seen, shape: Shape) -> Seen:
    """A tensor that sees nothing, in terms of another's windows."""
    none = constant(NOTHING, len(shape))
    return replace(like.moved(lambda _: none), shape=tuple(shape))


def merged(seen: Sequence[Seen], merge: Callable[[list[Table]], Table], shape: Shape) -> Seen:
    """Behind an operator of several tensors that does to their tables what it does to them."""
    reached = [
        (merge([one.reached[axis][0] for one in seen]), merge([one.reached[axis][1] for one in seen]))
        for axis in range(len(seen[0].reached))
    ]
    axes = []
    for number in range(len(seen[0].axes)):
        one = aligned([s.axes[number] for s in seen], [s.shape for s in seen])
        if one[0].windows is None:
            axes.append(one[0])
        else:
            first, last = merge([axis.first for axis in one]), merge([axis.last for axis in one])
            axes.append(replace(one[0], first=first, last=last))
    return Seen(tuple(reached), tuple(axes), tuple(shape))


def cell_by_cell(seen: Sequence[Seen], shape: Shape) -> Seen:
    """Behind a cell-by-cell operator of tensors that are broadcast to `shape`."""
    return merged(seen, lambda tables: reach.least(tables, len(shape)), shape)
