"""The effective receptive field: how the gradient of one output spreads inside the receptive field."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import copy
from collections.abc import Sequence
from typing import Any

import torch

from reference_impl import checks
from reference_impl.arrays import tensors
from reference_impl.checks import refuse, whole
from reference_impl.receptive_field.measure import position
from reference_impl.receptive_field.trace import Tracer
from reference_impl.running.inputs import given_inputs
from reference_impl.running.run import ran


def effective_receptive_field(
    model: torch.nn.Module, input_shape: Sequence[int], *, trials: int = 10, seed: int = 0
) -> torch.Tensor:
    """How strongly each input cell moves the middle output: mean size of the gradient over random inputs.

    Shapes:
        returns: (*S), greatest value 1

    Args:
        model: A module with one tensor in and one tensor out, taken as it is, in evaluation mode; not changed.
        input_shape: (N, C, *S).
        trials: Random inputs, drawn from a normal distribution.
        seed: Of the random inputs.

    Raises:
        ValueError: a shape without spatial axes or one that the model refuses, weights on meta, fewer than one trial, a
            gradient that is zero everywhere.
        TypeError: a model that is not a module.

    Source:
        Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", 2016.

    Example:
        >>> box = torch.nn.Conv1d(1, 1, 3, padding=1, bias=False)
        >>> torch.nn.init.ones_(box.weight).shape
        torch.Size([1, 1, 3])
        >>> effective_receptive_field(box, (1, 1, 7)).tolist()
        [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    sizes = _checked(model, input_shape)
    whole("trials", trials, least=1)
    start = whole("seed", seed, least=0, below=2**63)
    subject, generator = copy.deepcopy(model).eval(), torch.Generator().manual_seed(start)
    example = next((value for value in subject.parameters()), torch.zeros(()))
    total = torch.zeros(sizes[2:], dtype=torch.float64)
    for _ in range(trials):
        x = torch.randn(sizes, generator=generator).to(example).requires_grad_()
        y = subject(x)
        (gradient,) = torch.autograd.grad(y[(..., *position(y.shape, len(sizes) - 2, None))].sum(), x)
        total += gradient.abs().sum((0, 1)).double().cpu()
    if not total.any():
        refuse("the middle output must have a gradient", trials=trials)
    return total / total.max()


def effective_deviation(field: torch.Tensor) -> tuple[float, ...]:
    """Standard deviation of an effective receptive field along each axis, in cells.

    Shapes:
        field: (*S), not negative

    Raises:
        ValueError: a field with negative values or without positive ones.
        TypeError: not a tensor of numbers.

    Source:
        Luo et al., 2016.

    Example:
        >>> [round(value, 3) for value in effective_deviation(torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0]))]
        [0.816]
    """
    tensors(field=field)
    if field.is_complex():
        rule = "field must hold real numbers"
        refuse(rule, error=TypeError, **{"field.dtype": str(field.dtype)})
    mass = field.double()
    if mass.ndim < 1 or (mass < 0).any() or not (mass > 0).any():
        rule = "field must have axes, no negative and some positive values"
        refuse(rule, field_shape=tuple(mass.shape))
    deviations = []
    for axis in range(mass.ndim):
        share = mass.sum([other for other in range(mass.ndim) if other != axis]) if mass.ndim > 1 else mass
        share = share / share.sum()
        cells = torch.arange(len(share), dtype=torch.float64, device=share.device)
        mean = (share * cells).sum()
        deviations.append(float((share * (cells - mean) ** 2).sum().sqrt()))
    return tuple(deviations)


def _checked(model: Any, input_shape: Any) -> tuple[int, ...]:
    """The input shape, if model and shape can be used."""
    if not isinstance(model, torch.nn.Module):
        refuse("model must be a torch module", error=TypeError, model=type(model).__name__)
    sizes = checks.shape("input_shape", input_shape, layout="(N, C, *S)")
    if empty := next((name for name, value in model.named_parameters() if value.is_meta), None):
        refuse("the model must hold numbers: model.to_empty(device='cpu'), then load its weights", on_meta=empty)
    with ran(model, given_inputs(model, sizes), Tracer):  # refused in words, with the module that fails
        return sizes
