"""Transposed convolution over any number of spatial axes, and what else makes an image larger, in NumPy."""

from reference_impl.conv_transpose.columns import conv_transpose_columns
from reference_impl.conv_transpose.definition import conv_transpose_loops
from reference_impl.conv_transpose.fast import conv_transpose
from reference_impl.conv_transpose.kernels import bilinear_kernel, icnr_weight
from reference_impl.conv_transpose.overlap import overlap_map, unevenness
from reference_impl.conv_transpose.shuffle import nearest_resize, pixel_shuffle, pixel_unshuffle
from reference_impl.conv_transpose.views import conv_transpose_by_zero_insertion, conv_transpose_matrix, insert_zeros

__all__ = [
    "bilinear_kernel",
    "conv_transpose",
    "conv_transpose_by_zero_insertion",
    "conv_transpose_columns",
    "conv_transpose_loops",
    "conv_transpose_matrix",
    "icnr_weight",
    "insert_zeros",
    "nearest_resize",
    "overlap_map",
    "pixel_shuffle",
    "pixel_unshuffle",
    "unevenness",
]
