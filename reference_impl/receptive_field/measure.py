"""The window of a torch model, measured: a part of the input is poisoned with NaN, and the output tells what it met."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.receptive_field.poison import Poison
from reference_impl.receptive_field.running import Place, run
from reference_impl.receptive_field.trace import example


def measured_window(
    model: torch.nn.Module, x: Sequence[int] | torch.Tensor, *, index: int | Sequence[int] | None = None
) -> tuple[tuple[int, int], ...]:
    """First and last input cell, per axis, that one output of any torch model depends on.

    NaN is put into the first i cells of an axis: the output becomes NaN exactly when one of them reaches it, whatever
    the weights are, since 0 · NaN is NaN too. Bisection then finds the first cell and the last in log2(size) runs each.
    Convolutions run in float64, in which no library spreads a NaN over a tile of Winograd's algorithm.

    Statistics of a normalisation over the map do not count, nor do neighbours that an interpolation weighs with zero.
    Operators that swallow NaN (comparisons, sorting, whole numbers made of the input) are found in a first run.

    Args:
        model: A module with one tensor in and one tensor out; it is left as it was.
        x: Shape of an input, (N, C, *S), or an input; for a shape, random numbers.
        index: Position of the output after batch and channels, int or one per axis; the middle one by default.

    Raises:
        ValueError: a shape without spatial axes, an index outside the output, an output that no input cell reaches, an
            output that is NaN without any poison; a model that fails on the input.
        TypeError: a model that is not a module, a result that is not one tensor.
        NotImplementedError: an operator that swallows NaN, with its name and module.

    Example:
        >>> measured_window(torch.nn.Conv1d(1, 1, 3, stride=2, dilation=2), (1, 1, 21), index=4)
        ((8, 12),)
    """
    return window_by_poison(model, x, index)


def window_by_poison(model: Any, x: Any, index: Any) -> tuple[tuple[int, int], ...]:
    """`measured_window`, for callers whose errors name themselves."""
    clean = example(model, x)
    if not clean.is_floating_point():
        refuse("the input must hold fractions, which can be NaN", error=TypeError, dtype=str(clean.dtype))
    clean = clean if isinstance(x, torch.Tensor) else _drawn(clean)
    healthy = _output(model, clean, Poison())
    place = position(healthy.shape, clean.ndim - 2, index)
    at = (slice(None), slice(None), *place)
    if healthy[at].isnan().any():
        refuse("the output must be a number before anything is poisoned", index=place)
    watch = Poison(watching=True)
    sick = _output(model, torch.full_like(clean, math.nan), watch)
    if watch.swallowed:
        what = ", ".join(dict.fromkeys(watch.swallowed))
        rule = f"NaN must pass through the model, but it ends in {what}"
        refuse(rule, error=NotImplementedError, model=type(model).__name__)
    if not sick[at].isnan().any():
        refuse("the output at index must see an input cell", index=place)

    def reaches(axis: int, cells: slice) -> bool:
        poisoned = clean.clone()
        poisoned.movedim(2 + axis, 0)[cells] = math.nan
        return bool(_output(model, poisoned, Poison())[at].isnan().any())

    return tuple(
        _bisected(lambda cells, axis=axis: reaches(axis, cells), size) for axis, size in enumerate(clean.shape[2:])
    )


def position(shape: Sequence[int], axes: int, index: Any) -> tuple[int, ...]:
    """The position of one output after batch and channels, the middle one without an index."""
    sizes = tuple(shape[2:])
    if index is None:
        return tuple(size // 2 for size in sizes)
    place = checks.per_axis("index", index, len(sizes) if sizes else axes, least=0)
    if len(sizes) != len(place) or any(at >= size for at, size in zip(place, sizes, strict=True)):
        refuse("index must lie in the output", index=place, output_shape=tuple(shape))
    return place


def _drawn(x: torch.Tensor) -> torch.Tensor:
    """Random numbers from ¼ to ¾, of which there are quotients, roots and logarithms, of the shape of an example."""
    generator = torch.Generator().manual_seed(0)
    return (torch.rand(x.shape, generator=generator, dtype=torch.float64) / 2 + 0.25).to(x)


def _output(model: torch.nn.Module, x: torch.Tensor, poison: Poison) -> torch.Tensor:
    """What the model makes of an input."""
    place = Place(model)
    poison.where = lambda: str(place)
    result = run(model, [x], place, [poison])
    if not isinstance(result, torch.Tensor):
        rule = "the model must return one tensor; wrap it in a module that returns the one meant"
        refuse(rule, error=TypeError, result=type(result).__name__)
    return result


def _bisected(reaches: Callable[[slice], bool], size: int) -> tuple[int, int]:
    """The first and the last cell that reach the output; the ends of the axis are tried first."""
    low, high = 0, 0 if reaches(slice(0, 1)) else size - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(slice(0, middle + 1)) else (middle + 1, high)
    first, low = low, size - 1 if reaches(slice(size - 1, size)) else low
    high = size - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if reaches(slice(middle, size)) else (low, middle - 1)
    return first, low
