"""Transposed convolution in torch: from primitives, with pixel shuffle, and two layers without a checkerboard."""

from reference_impl.conv_transpose_torch.layers import ResizeConv, SubPixelConv
from reference_impl.conv_transpose_torch.shuffle import (
    icnr_weight_torch,
    insert_zeros_torch,
    pixel_shuffle_torch,
    pixel_unshuffle_torch,
)
from reference_impl.conv_transpose_torch.sub_pixel import conv_transpose_torch

__all__ = [
    "ResizeConv",
    "SubPixelConv",
    "conv_transpose_torch",
    "icnr_weight_torch",
    "insert_zeros_torch",
    "pixel_shuffle_torch",
    "pixel_unshuffle_torch",
]
