"""Convolution (cross-correlation) over any number of spatial axes, in NumPy."""

from reference_impl.conv.columns import col2im, conv_columns, im2col
from reference_impl.conv.definition import conv_loops
from reference_impl.conv.fast import conv, convolve
from reference_impl.conv.matrix import conv_matrix
from reference_impl.conv.stream import conv_stream

__all__ = ["col2im", "conv", "conv_columns", "conv_loops", "conv_matrix", "conv_stream", "convolve", "im2col"]
