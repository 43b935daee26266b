"""Deformable convolution over any number of spatial axes, in NumPy: every tap reads where its offset sends it."""

from reference_impl.deform_conv.cost import offset_branch_macs, offset_branch_parameters, offset_channels
from reference_impl.deform_conv.definition import deform_conv_loops, read_between
from reference_impl.deform_conv.fast import deform_conv
from reference_impl.deform_conv.offsets import offsets_along

__all__ = [
    "deform_conv",
    "deform_conv_loops",
    "offset_branch_macs",
    "offset_branch_parameters",
    "offset_channels",
    "offsets_along",
    "read_between",
]
