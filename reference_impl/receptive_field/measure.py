"""The window of a torch model, measured: a part of the input is poisoned with NaN, and the output tells what it met."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.receptive_field.marks import is_fraction
from reference_impl.receptive_field.poison import Poison
from reference_impl.receptive_field.trace import Tracer, asked
from reference_impl.running.failures import Failure, refuse_run, wants_gradients
from reference_impl.running.inputs import Blank, Inputs
from reference_impl.running.outputs import output_of
from reference_impl.running.run import Trail, ran
from reference_impl.running.untouched import untouched

SEES_NOTHING = "the output at index must see an input cell"


def measured_window(
    model: torch.nn.Module,
    x: Sequence[int] | torch.Tensor,
    *,
    index: int | Sequence[int] | None = None,
    output: str | None = None,
) -> tuple[tuple[int, int], ...]:
    """First and last input cell, per axis, that one output of any torch model depends on.

    NaN is put into the first i cells of an axis: the output becomes NaN exactly when one of them reaches it, whatever
    the weights are, since 0 · NaN is NaN too. Bisection then finds the first cell and the last in about log2(size) runs
    each. Convolutions run in float64, in which no library spreads a NaN over a tile of Winograd's algorithm.

    Statistics of a normalisation over the map do not count, nor do neighbours that an interpolation weighs with zero.
    Operators that swallow NaN (comparisons, sorting, whole numbers made of the input) are found in a first run.

    Args:
        model: Any module; it is left as it was.
        x: Shape of an input, (N, C, *S), or an input; for a shape, random numbers. Of several, the first is poisoned.
        index: Position of the output after batch and channels, int or one per axis; the middle one by default.
        output: Of a model that returns several tensors, which one: the way to it, such as "0" or "maps.p3".

    Raises:
        ValueError: a shape without spatial axes, an index outside the output, an output that no input cell reaches, an
            output that is NaN without any poison; a model that fails on the input.
        TypeError: a model that is not a module or returns no tensor, an input of whole numbers.
        NotImplementedError: an operator that swallows NaN, with its name and module.

    Example:
        >>> measured_window(torch.nn.Conv1d(1, 1, 3, stride=2, dilation=2), (1, 1, 21), index=4)
        ((8, 12),)
    """
    inputs = _numbers(model, _typed(model, asked(model, x)))
    clean = inputs.leaves()[0]
    if not is_fraction(clean):
        refuse("the input must hold fractions, which can be NaN", error=TypeError, dtype=str(clean.dtype))
    with untouched(model, _copy) as subject:
        lab = Lab(subject, inputs, output)
        healthy = lab.output(clean)
        place = position(healthy.shape, clean.ndim - 2, index)
        at = (slice(None), slice(None), *place)[: healthy.ndim]
        if healthy[at].isnan().any():
            refuse("the output must be a number before anything is poisoned", index=place)
        sick = lab.output(torch.full_like(clean, math.nan), watching=True)
        if not sick[at].isnan().any():
            refuse(SEES_NOTHING, index=place)

        def reaches(axis: int, cells: slice) -> bool:
            poisoned = clean.clone()
            poisoned.movedim(2 + axis, 0)[cells] = math.nan
            return bool(lab.output(poisoned)[at].isnan().any())

        return tuple(
            _bisected(lambda cells, axis=axis: reaches(axis, cells), size) for axis, size in enumerate(clean.shape[2:])
        )


class Lab:
    """A model that is run many times, each time on another first input."""

    def __init__(self, model: torch.nn.Module, inputs: Inputs, output: str | None) -> None:
        self._model, self._inputs, self._output = model, inputs, output
        self._trail = Trail(model, inputs)

    def output(self, x: torch.Tensor, *, watching: bool = False) -> torch.Tensor:
        """What the model makes of x; refused where it swallows NaN, or fails."""
        first, watcher = self._inputs.leaves()[0], PoisonTracer(watching=watching)
        self._trail.inputs = self._inputs.mapped(lambda leaf: x if leaf is first else leaf)
        result: Any = None
        try:
            _, result = self._trail.run(lambda _model, _inputs: watcher)
        except Exception as problem:  # a model may fail in any way; what is raised in its place names it
            failure = self._trail.failure or Failure("", self._model, self._inputs.shapes(), problem)
            if wants_gradients(failure) and not torch.is_grad_enabled():
                self._trail.failure = None
                with torch.enable_grad():
                    return self.output(x, watching=watching)
            refuse_run(self._inputs, failure)
        if swallowed := watcher.poison.swallowed:
            rule = f"NaN must pass through the model, but it ends in {', '.join(dict.fromkeys(swallowed))}"
            refuse(rule, error=NotImplementedError, model=type(self._model).__name__)
        return output_of(result, self._output)


class PoisonTracer(Tracer):
    """Watches a run with `Poison`, which learns from it which module is running."""

    def __init__(self, *, watching: bool) -> None:
        self._open: list[str] = []
        self.poison = Poison(watching=watching, where=lambda: self._open[-1] if self._open else "")

    def modes(self) -> list[Poison]:
        """The mode that passes NaN on."""
        return [self.poison]


def position(shape: Sequence[int], axes: int, index: Any) -> tuple[int, ...]:
    """The position of one output after batch and channels, the middle one without an index."""
    sizes = tuple(shape[2:])
    if index is None:
        return tuple(size // 2 for size in sizes)
    if not sizes and index == ():  # the index that a field without places has
        return ()
    place = checks.per_axis("index", index, len(sizes) if sizes else axes, least=0)
    if len(sizes) != len(place) or any(at >= size for at, size in zip(place, sizes, strict=True)):
        refuse("index must lie in the output", index=place, output_shape=tuple(shape))
    return place


def _typed(model: torch.nn.Module, inputs: Inputs) -> Inputs:
    """With the kinds of number that a run on shapes finds: of several shapes, some may be of whole numbers."""
    if len(inputs.leaves()) == 1:
        return inputs
    with ran(model, inputs, Tracer) as run:
        kinds = {id(old): new.dtype for old, new in zip(inputs.leaves(), run.inputs.leaves(), strict=True)}
    return inputs.mapped(lambda leaf: replace(leaf, dtype=kinds[id(leaf)]) if isinstance(leaf, Blank) else leaf)


def _numbers(model: torch.nn.Module, inputs: Inputs) -> Inputs:
    """Random numbers from ¼ to ¾, of which there are quotients, roots and logarithms, in place of shapes."""
    generator = torch.Generator().manual_seed(0)
    shapes = {id(leaf) for leaf in inputs.leaves() if not isinstance(leaf, torch.Tensor)}
    empty = any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    made = inputs.made(model, torch.device("cpu") if empty else None)
    drawn = {id(new) for old, new in zip(inputs.leaves(), made.leaves(), strict=True) if id(old) in shapes}

    def number(leaf: torch.Tensor) -> torch.Tensor:
        if id(leaf) not in drawn or not is_fraction(leaf):
            return leaf
        return (torch.rand(leaf.shape, generator=generator, dtype=torch.float64) / 2 + 0.25).to(leaf)

    return made.mapped(lambda leaf: number(leaf) if isinstance(leaf, torch.Tensor) else leaf)


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of a parameter; of one without numbers, halves."""
    if not tensor.is_meta:
        return tensor.clone()
    made = torch.zeros_like(tensor, device="cpu")
    return made + 0.5 if is_fraction(made) else made


def _bisected(reaches: Callable[[slice], bool], size: int) -> tuple[int, int]:
    """The first and the last cell that reach the output; the ends of the axis are tried first, for they often do."""
    cells = range(size)
    first = 0 if reaches(slice(0, 1)) else bisect_left(cells, True, key=lambda cell: reaches(slice(0, cell + 1)))
    if reaches(slice(size - 1, size)):
        return first, size - 1
    return first, bisect_left(cells, True, key=lambda cell: not reaches(slice(cell, size))) - 1
