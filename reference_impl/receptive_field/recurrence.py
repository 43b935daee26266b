"""The exact recurrence along one input axis, carried through a torch model as `Windows` and the places of its cells.

A window, a stride or a dilation changes the `Windows`. An operator that only moves cells (a slice, a shuffle, a
concatenation) changes the places. Before the next window the places are settled into the `Windows` again.
"""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from reference_impl.receptive_field.reach import NOTHING, Table, compact, constant, counted, mixed, varying
from reference_impl.receptive_field.windows import Span, Windows, hull, shortened, united

LONGEST_PERIOD = 64  # outputs that a slice or a shuffle may keep apart


@dataclass(frozen=True)
class Axis:
    """What the cells of a tensor see along one input axis, cells outside the input counted.

    Args:
        windows: What the reference cells 0, 1, … see; None if no recurrence describes it.
        first: Table of the first reference cell that stands at each place of the tensor.
        last: The last, negated.
        fixed: Cells that every cell sees besides, as after a mean that is spread over the map.
        why: Why there is no recurrence, in words.
    """

    windows: Windows | None
    first: Table
    last: Table
    fixed: Span = None
    why: str = ""

    def moved(self, move: Callable[[Table], Table]) -> "Axis":
        """The same windows at other places."""
        return self if self.windows is None else replace(self, first=move(self.first), last=move(self.last))

    def lost(self, why: str) -> "Axis":
        """No recurrence any more."""
        return self if self.windows is None else replace(self, windows=None, why=why)

    def settled(self, shape: Sequence[int]) -> tuple[int | None, "Axis"]:
        """The tensor's axis that walks along this one (None: all cells see the same), and windows in its cells."""
        if self.windows is None:
            return None, self
        first, last = compact(self.first), compact(self.last)
        walks = varying(first, last)
        if len(walks) > 1:
            still = [axis for axis in walks if _rests(first, axis) and _rests(last, axis)]
            first, last = mixed(first, still), mixed(last, still)
            walks = varying(first, last)
        if len(walks) > 1 and 1 in walks:  # channels that see different cells: together they see the hull
            first, last = mixed(first, [1]), mixed(last, [1])
            walks.remove(1)
        if len(walks) > 1:
            return None, self.lost(f"axes {walks} of a tensor of shape {list(shape)} walk along one axis of the input")
        axis = walks[0] if walks else None
        size = shape[axis] if axis is not None else 1
        lows, highs = _listed(first, size), [-value for value in _listed(last, size)]
        windows = _regathered(self.windows, lows, highs)
        if windows is None:
            return None, self.lost("the cells of a map do not follow each other in even steps")
        places = counted(size, axis or 0, len(shape))
        return axis, replace(self, windows=windows, first=places, last=-places)

    def slid(
        self,
        axis: int,
        shape: Sequence[int],
        outputs: int,
        move: Callable[[Windows], Windows] | None,
        why: str = "",
        *,
        alone: bool,
    ) -> "Axis":
        """Behind a window along one axis of the tensor, if this input axis is walked along there; lost without `move`.

        A map of one cell does not tell along which axis it walks: `alone` says that it is this one.
        """
        walked, settled = self.settled(shape)
        if settled.windows is None:
            return settled
        if walked != axis and not (walked is None and alone):
            return self
        if move is None:
            return settled.lost(why)
        places = counted(outputs, axis, len(shape))
        return replace(settled, windows=move(settled.windows), first=places, last=-places)

    def spans(self, cells: int) -> list[Span]:
        """What the first cells of a settled axis see, the fixed cells included."""
        windows = self.windows or Windows()
        return [hull([windows.span(cell), self.fixed]) for cell in range(cells)]


def start(axis: int, shape: Sequence[int]) -> Axis:
    """What the input itself sees along one of its axes."""
    places = counted(shape[axis], axis, len(shape))
    return Axis(Windows(), places, -places)


def aligned(axes: Sequence[Axis], shapes: Sequence[Sequence[int]]) -> list[Axis]:
    """The same views with one `Windows` for all, the union, so that only places differ; lost where strides differ."""
    if gone := next((axis for axis in axes if axis.windows is None), None):
        return [gone] * len(axes)
    if len({(axis.windows, axis.fixed) for axis in axes}) == 1:
        return list(axes)
    settled = [axis.settled(shape) for axis, shape in zip(axes, shapes, strict=True)]
    if gone := next((axis for _, axis in settled if axis.windows is None), None):
        return [gone] * len(axes)
    moving = [axis.windows for walked, axis in settled if walked is not None and axis.windows]
    still = [axis.windows for walked, axis in settled if walked is None and axis.windows]
    if len({windows.stride for windows in moving}) > 1:
        strides = ", ".join(sorted({str(windows.stride) for windows in moving}))
        return [settled[0][1].lost(f"paths of different strides ({strides}) meet")] * len(axes)
    fixed = hull([axis.fixed for axis in axes])
    if not moving:
        widest = max(windows.advance for windows in still)
        one = Windows(widest, (hull([windows.span(0) for windows in still]),))
        return [replace(axis, windows=one, fixed=fixed) for _, axis in settled]
    union, fixed = united(moving), hull([fixed, *(windows.span(0) for windows in still)])
    nowhere = [constant(NOTHING, len(shape)) for shape in shapes]
    return [
        replace(axis, windows=union, fixed=fixed)
        if walked is not None
        else replace(axis, windows=union, fixed=fixed, first=none, last=none)
        for (walked, axis), none in zip(settled, nowhere, strict=True)
    ]


def _rests(table: Table, axis: int) -> bool:
    """Whether a table varies along an axis in that some cells, those of a padding, stand for nothing."""
    greatest = table.masked_fill(table == NOTHING, -NOTHING).amax(axis)
    return bool(((greatest == table.amin(axis)) | (greatest == -NOTHING)).all())


def _listed(table: Table, size: int) -> list[float]:
    """The entries of a table that varies along one axis at most."""
    return table.flatten().expand(size).tolist()


def _regathered(windows: Windows, lows: list[float], highs: list[float]) -> Windows | None:
    """Windows whose output o sees what the cells lows[o] … highs[o] saw; None where these do not advance evenly."""
    if lows == highs == list(range(len(lows))):
        return windows
    found = _pattern(lows, highs)
    if found is None:
        return None
    base, period, step = found
    phases = len(windows.spans)
    spans = []
    for output in range(period * phases):
        round_, phase = divmod(output - base, period)
        low, high = (int(ends[base + phase]) + round_ * step for ends in (lows, highs))
        ends = [*range(low, min(high, low + phases) + 1), *range(max(low, high - phases), high + 1)]
        spans.append(hull([windows.span(place) for place in ends]))
    return shortened(Windows(windows.advance * step, tuple(spans)))


def _pattern(lows: list[float], highs: list[float]) -> tuple[int, int, int] | None:
    """(cell, period, step): from that cell on, most cells move on by `step` every `period` cells."""
    size = len(lows)
    known = [cell for cell in range(size) if lows[cell] != NOTHING]
    if len(known) < 2:
        return (known[0], 1, int(highs[known[0]] - lows[known[0]]) + 1) if known else None
    first, last = torch.tensor(lows), torch.tensor(highs)
    for period in range(1, LONGEST_PERIOD + 1):
        steps = (first[period:] - first[:-period]).tolist()
        even = (last[period:] - last[:-period]).tolist()
        found = [a if a == b and 0 < a < NOTHING else None for a, b in zip(steps, even, strict=True)]
        begin, length = _longest_run(found)
        if length >= period and 2 * (length + period) > len(known):  # each cell of a period is met again
            return begin, period, int(steps[begin])
    return None


def _longest_run(values: Sequence[float | None]) -> tuple[int, int]:
    """(first, length) of the longest run of one value; None belongs to no run.

    Example:
        >>> _longest_run([2, 2, 3]), _longest_run([None, 1, 3, 3, None, None, None])
        ((0, 2), (2, 2))
        >>> _longest_run([None, 1]), _longest_run([None])
        ((1, 1), (0, 0))
    """
    best, begin = (0, 0), 0
    for place, value in enumerate(values):
        if value is None or (place and value != values[place - 1]):
            begin = place + (value is None)
        if value is not None and place - begin + 1 > best[1]:
            best = (begin, place - begin + 1)
    return best
