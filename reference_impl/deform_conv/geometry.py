"""The one gate through which deformable convolutions take their operands, in NumPy and in torch."""

from math import prod
from typing import NamedTuple, Unpack

import numpy as np

from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import numpy_arrays, shape_of
from reference_impl.checks import refuse
from reference_impl.types import GroupedOptions, Padding, Pairs, PerAxis, Shape, Shaped


class DeformGeometry(NamedTuple):
    """Checked geometry of a deformable convolution, one entry an axis."""

    output_shape: Shape  # (N, C_out, *O)
    stride: Shape
    pads: Pairs  # (lo, hi)
    dilation: Shape
    offset_groups: int  # G


def deform_operands(
    x: np.ndarray,
    w: np.ndarray,
    offset: np.ndarray,
    b: np.ndarray | None,
    *,
    mask: np.ndarray | None,
    **options: Unpack[GroupedOptions],
) -> DeformGeometry:
    """Refuse what is no NumPy array of real numbers, then what does not fit; return the geometry."""
    given = {"x": x, "w": w, "offset": offset, "b": b, "mask": mask}
    numpy_arrays(**given)
    for name, array in given.items():
        if array is not None and array.dtype.kind == "c":
            refuse(f"{name} must hold real numbers", error=TypeError, **{f"{name}.dtype": str(array.dtype)})
    geometry = deform_geometry(x, w, offset, b, mask=mask, **options)
    if offset.dtype.kind != "f":
        refuse("offset must be of a floating dtype", error=TypeError, **{"offset.dtype": str(offset.dtype)})
    if not np.isfinite(offset).all():
        refuse("offset must be finite", not_finite=int((~np.isfinite(offset)).sum()))
    return geometry


def deform_geometry(
    x: Shaped,
    w: Shaped,
    offset: Shaped,
    b: Shaped | None,
    *,
    mask: Shaped | None,
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    groups: int,
) -> DeformGeometry:
    """Refuse shapes that do not fit each other; return the geometry."""
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    window = conv_geometry(tuple(x.shape), tuple(w.shape), bias_shape=shape_of(b), **options)
    per_group = (w.ndim - 2) * prod(w.shape[2:])  # offsets of one output cell
    offset_groups = _leading_groups("offset", offset, per_group, "G·ndim·∏K", window.output_shape)
    if x.shape[1] % offset_groups:
        rule = "C_in must be divisible by the offset groups G"
        refuse(rule, C_in=x.shape[1], G=offset_groups, **{"offset.shape": tuple(offset.shape)})
    if mask is not None:
        mask_groups = _leading_groups("mask", mask, prod(w.shape[2:]), "G·∏K", window.output_shape)
        if mask_groups != offset_groups:
            rule = "mask and offset must have the same number of offset groups"
            refuse(rule, **{"offset.shape": tuple(offset.shape), "mask.shape": tuple(mask.shape)})
    return DeformGeometry(*window, offset_groups)


def _leading_groups(name: str, array: Shaped, per_group: int, channels: str, output: tuple[int, ...]) -> int:
    """G of an array (N, G·per_group, *O); refuse any other shape."""
    shape = tuple(array.shape)
    fits = len(shape) == len(output) and shape[0] == output[0] and shape[2:] == output[2:]
    if not fits or shape[1] < per_group or shape[1] % per_group:
        wanted = ", ".join(map(str, (output[0], f"G·{per_group}", *output[2:])))
        refuse(f"{name} must have shape (N, {channels}, *O), here ({wanted})", **{f"{name}.shape": shape})
    return shape[1] // per_group
