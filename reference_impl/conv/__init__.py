"""Convolution (cross-correlation) over any number of spatial axes, in NumPy."""

from reference_impl.conv.columns import col2im, conv_columns, im2col
from reference_impl.conv.definition import conv_loops
from reference_impl.conv.fast import conv, convolve
from reference_impl.conv.filters import (
    binomial_kernel,
    gaussian_kernel,
    kernel_moment,
    laplacian_kernel,
    sharpening_kernel,
    sobel_kernel,
)
from reference_impl.conv.matrix import conv_matrix
from reference_impl.conv.rewriting import fold_batch_norm, fold_input_normalisation, inflate_kernel
from reference_impl.conv.stream import conv_stream

__all__ = [
    "binomial_kernel",
    "col2im",
    "conv",
    "conv_columns",
    "conv_loops",
    "conv_matrix",
    "conv_stream",
    "convolve",
    "fold_batch_norm",
    "fold_input_normalisation",
    "gaussian_kernel",
    "im2col",
    "inflate_kernel",
    "kernel_moment",
    "laplacian_kernel",
    "sharpening_kernel",
    "sobel_kernel",
]
