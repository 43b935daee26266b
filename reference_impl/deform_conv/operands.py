"""The one gate through which deformable convolutions take their shapes. Works for NumPy arrays and torch tensors."""

from math import prod
from typing import Any, NamedTuple

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import shape_of
from reference_impl.checks import refuse


class DeformGeometry(NamedTuple):
    """Checked geometry of a deformable convolution, one entry an axis."""

    output_shape: tuple[int, ...]  # (N, C_out, *O)
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]  # (lo, hi)
    dilation: tuple[int, ...]
    offset_groups: int  # G


def deform_geometry(
    x: Any,
    w: Any,
    offset: Any,
    b: Any,
    *,
    mask: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> DeformGeometry:
    """Refuse shapes that do not fit each other; return the geometry."""
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    output, strides, pads, dilations = conv_geometry(tuple(x.shape), tuple(w.shape), **options)
    if b is not None:
        checks.bias_fits(shape_of(b), w.shape[0])
    per_group = (w.ndim - 2) * prod(w.shape[2:])  # offsets of one output cell
    offset_groups = _leading_groups("offset", offset, per_group, "G·ndim·∏K", output)
    if x.shape[1] % offset_groups:
        rule = "C_in must be divisible by the offset groups G"
        refuse(rule, C_in=x.shape[1], G=offset_groups, **{"offset.shape": tuple(offset.shape)})
    if mask is not None:
        mask_groups = _leading_groups("mask", mask, prod(w.shape[2:]), "G·∏K", output)
        if mask_groups != offset_groups:
            rule = "mask and offset must have the same number of offset groups"
            refuse(rule, **{"offset.shape": tuple(offset.shape), "mask.shape": tuple(mask.shape)})
    return DeformGeometry(output, strides, pads, dilations, offset_groups)


def _leading_groups(name: str, array: Any, per_group: int, channels: str, output: tuple[int, ...]) -> int:
    """G of an array (N, G·per_group, *O); refuse any other shape."""
    shape = tuple(array.shape)
    fits = len(shape) == len(output) and shape[0] == output[0] and shape[2:] == output[2:]
    if not fits or shape[1] < per_group or shape[1] % per_group:
        wanted = ", ".join(map(str, (output[0], f"G·{per_group}", *output[2:])))
        refuse(f"{name} must have shape (N, {channels}, *O), here ({wanted})", **{f"{name}.shape": shape})
    return shape[1] // per_group
