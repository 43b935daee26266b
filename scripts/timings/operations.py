"""The small steps a case is made of: their shapes, multiply–accumulates and bytes. Imports neither NumPy nor torch."""

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from reference_impl.arithmetic import (
    conv_macs,
    conv_output_shape,
    conv_transpose_macs,
    conv_transpose_output_shape,
)
from reference_impl.deform_conv.cost import offset_channels

Shape = tuple[int, ...]


class Step(NamedTuple):
    """One operation of a case.

    Attributes:
        kind: A key of `KINDS`.
        weight: Shape of its weight, () for a step without one.
        options: Stride, padding, groups, factor and so on, as the operation of `reference_impl` takes them.
    """

    kind: str
    weight: Shape = ()
    options: dict[str, Any] = {}  # noqa: RUF012 (never changed)


class Kind(NamedTuple):
    """How a kind of step is counted."""

    output_shape: Callable[[Shape, Step], Shape]
    macs: Callable[[Shape, Step], int]


def conv(*weight: int, **options: Any) -> Step:
    """A convolution with a weight of this shape."""
    return Step("conv", weight, options)


def conv_transpose(*weight: int, **options: Any) -> Step:
    """A transposed convolution with a weight of this shape."""
    return Step("conv_transpose", weight, options)


def deform_conv(*weight: int, modulated: bool, **options: Any) -> Step:
    """A deformable convolution whose offsets (and mask) are given, not predicted."""
    return Step("deform_conv_v2" if modulated else "deform_conv", weight, options)


def extra_inputs(shape: Shape, step: Step) -> list[Shape]:
    """Shapes of what a step reads beside its input and weight: offsets, then the mask."""
    if not step.kind.startswith("deform_conv"):
        return []
    outputs, kernel = output_shape(shape, step)[2:], step.weight[2:]
    shapes = [(shape[0], offset_channels(kernel), *outputs)]
    if step.kind == "deform_conv_v2":
        shapes.append((shape[0], prod(kernel), *outputs))
    return shapes


def output_shape(shape: Shape, step: Step) -> Shape:
    """Shape that a step makes of an input of this shape."""
    return KINDS[step.kind].output_shape(shape, step)


def step_macs(shape: Shape, step: Step) -> int:
    """Multiply–accumulates of a step; moving numbers counts none, interpolating between cells is left out."""
    return KINDS[step.kind].macs(shape, step)


def step_bytes(shape: Shape, step: Step, itemsize: int) -> int:
    """Bytes that must move at least: each input, weight and output number once."""
    read = prod(shape) + prod(step.weight) * bool(step.weight) + sum(map(prod, extra_inputs(shape, step)))
    return (read + prod(output_shape(shape, step))) * itemsize


def _conv_shape(shape: Shape, step: Step) -> Shape:
    return conv_output_shape(shape, step.weight, **step.options)


def _conv_macs(shape: Shape, step: Step) -> int:
    return conv_macs(shape, step.weight, **step.options)


def _no_macs(shape: Shape, step: Step) -> int:  # noqa: ARG001
    return 0


def _same_shape(shape: Shape, step: Step) -> Shape:  # noqa: ARG001
    return shape


def _larger(shape: Shape, step: Step) -> Shape:
    return (*shape[:2], *(size * step.options["factor"] for size in shape[2:]))


def _unfolded(shape: Shape, step: Step) -> Shape:
    factor = step.options["factor"]
    return (shape[0], shape[1] // factor ** len(shape[2:]), *(size * factor for size in shape[2:]))


KINDS = {
    "conv": Kind(_conv_shape, _conv_macs),
    "deform_conv": Kind(_conv_shape, _conv_macs),
    "deform_conv_v2": Kind(_conv_shape, _conv_macs),
    "conv_transpose": Kind(
        lambda shape, step: conv_transpose_output_shape(shape, step.weight, **step.options),
        lambda shape, step: conv_transpose_macs(shape, step.weight, **step.options),
    ),
    "channel_shuffle": Kind(_same_shape, _no_macs),
    "nearest_resize": Kind(_larger, _no_macs),
    "pixel_shuffle": Kind(_unfolded, _no_macs),
}
