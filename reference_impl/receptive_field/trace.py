"""The receptive field of a torch model, derived: read off the operators that it runs."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.receptive_field.field import described
from reference_impl.receptive_field.layers import ReceptiveField
from reference_impl.receptive_field.running import Place, run
from reference_impl.receptive_field.seen import Seen
from reference_impl.receptive_field.sight import Share, Sight

__all__ = ["Derived", "Sight", "derive", "meta_copy", "meta_input", "receptive_field_torch"]


def receptive_field_torch(model: torch.nn.Module, x: Sequence[int] | torch.Tensor) -> ReceptiveField:
    """The receptive field of one output of a torch model, read off the operators that it runs.

    The model runs on shapes only, or, where it needs values, once on zeros; it is left as it was. Every operator is
    followed by its kind: windows of all sorts, interpolation, products, attention, reductions, element-wise operators,
    and whatever moves cells. Statistics of a normalisation over cells do not count; a tap of weight zero does.

    Args:
        model: Any module with one tensor in and one tensor out.
        x: Shape of an input, (N, C, *S), or an input.

    Returns:
        Numbers for one spatial axis, tuples with one entry an axis for more. Cells of the padding are counted, as in
        `receptive_field`. Where no recurrence describes the model (an adaptive pool of unequal parts, say), size is
        that of the widest window within the input, and stride and padding are None.

    Raises:
        ValueError: an input without a spatial axis or without a batch axis; a model that fails on it.
        TypeError: a model that is not a module, or a result that is not one tensor.
        NotImplementedError: an operator through which sight cannot be followed, with its name.

    Source:
        Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.

    Example:
        >>> receptive_field_torch(torch.nn.Conv2d(3, 8, (3, 5), stride=2, dilation=2), (1, 3, 32, 40))
        ReceptiveField(size=(5, 9), stride=(2, 2), padding=(0, 0))
    """
    seen = derive(model, example(model, x)).seen
    if seen.problem:
        rule = f"the operators must be ones through which sight can be followed, but {seen.problem}"
        refuse(rule, error=NotImplementedError, model=type(model).__name__)
    if view := seen.view:
        return described(view)
    widest = seen.widest()
    return ReceptiveField(widest if len(widest) > 1 else widest[0], None, None)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class Derived:
    """What tracing a model found: what its output sees, and what each operator adds."""

    seen: Seen
    shares: tuple[Share, ...]


def derive(model: torch.nn.Module, x: torch.Tensor) -> Derived:
    """Trace a model on shapes, and on the values of `x` where shapes do not tell."""
    try:
        found, needs_values = _traced(model, x, fake=True)
    except ValueError:  # a forward that needs values, or a true mistake: the run on values tells
        needs_values, found = True, None
    return found if found and not needs_values else _traced(model, x, fake=False)[0]


def _traced(model: torch.nn.Module, x: torch.Tensor, *, fake: bool) -> tuple[Derived, bool]:
    """(what was found, whether values are needed)."""
    shapes_only = FakeTensorMode(allow_non_fake_inputs=True)
    start = shapes_only.from_tensor(x) if fake else x
    place = Place(model)
    sight = Sight(start, where=lambda: str(place))
    result = run(model, [start], place, [shapes_only, sight] if fake else [sight])
    if not isinstance(result, torch.Tensor):
        rule = "the model must return one tensor; wrap it in a module that returns the one meant"
        refuse(rule, error=TypeError, result=type(result).__name__)
    seen = sight.of(result)
    if seen is None:
        seen = sight.of(start)
        assert seen  # the input sees itself
        seen = seen.lost("no path from the input to the output was seen")
    return Derived(seen.shaped(result.shape), tuple(sight.shares)), sight.needs_values


def example(model: Any, x: Any) -> torch.Tensor:
    """The input given, or one of zeros of a shape."""
    if not isinstance(model, torch.nn.Module):
        refuse("model must be a torch module", error=TypeError, model=type(model).__name__)
    example = next((value for value in model.parameters() if value.is_floating_point()), torch.zeros(()))
    if not isinstance(x, torch.Tensor):
        sizes = checks.shape("x", x, layout="(N, C, *S)")
        x = torch.zeros(sizes, dtype=example.dtype, device=example.device)
    _batched(model, x)
    return x.detach()


def _batched(model: torch.nn.Module, x: torch.Tensor) -> None:
    """Refuse an input whose batch axis is missing: the first convolution of the model would take its channels for it."""
    convolutions = (torch.nn.modules.conv._ConvNd,)
    first = next((module for module in model.modules() if isinstance(module, convolutions)), None)
    if first and x.ndim == len(first.kernel_size) + 1 and x.shape[0] == first.in_channels != x.shape[1]:
        rule = "the input must have a batch axis before the channels"
        refuse(rule, x_shape=tuple(x.shape), expected=(1, *x.shape))


def meta_input(model: Any, x: Any) -> torch.Tensor:
    """An input without numbers."""
    if not isinstance(model, torch.nn.Module):
        refuse("model must be a torch module", error=TypeError, model=type(model).__name__)
    if isinstance(x, torch.Tensor):
        return x.detach().to("meta")
    sizes = checks.shape("x", x, layout="(N, C, *S)")
    kinds = [parameter.dtype for parameter in model.parameters() if parameter.is_floating_point()]
    return torch.empty(sizes, device="meta", dtype=kinds[0] if kinds else None)


def meta_copy(model: torch.nn.Module) -> torch.nn.Module:
    """The model in evaluation mode with parameters and buffers that have shapes but no numbers."""
    swap: dict[int, Any] = {}
    for parameter in model.parameters():
        swap[id(parameter)] = torch.nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
    for buffer in model.buffers():
        swap[id(buffer)] = torch.empty_like(buffer, device="meta")
    return copy.deepcopy(model, swap).eval()
