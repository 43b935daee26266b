"""Sizes, padding, parameters and multiply–accumulates of convolutions, as exact whole numbers.

Imports neither NumPy nor torch. What gives a size, a shape, a padding or a cost of a convolution also accepts sympy
symbols in place of whole numbers and then returns the formula; poolings, `keras_transpose_arguments` and the functions
that search for settings need numbers. One MAC is one multiplication and one addition, so FLOPs = 2 × MACs.
"""

from reference_impl.arithmetic.backwards import paddings_for_size, settings_for_size
from reference_impl.arithmetic.cost import conv_macs, conv_parameters
from reference_impl.arithmetic.keras_transposed import (
    keras_transpose_arguments,
    keras_transpose_same_size,
    keras_transpose_valid_size,
)
from reference_impl.arithmetic.memory import arithmetic_intensity, conv_bytes
from reference_impl.arithmetic.mid_channels import conv2plus1d_mid_channels
from reference_impl.arithmetic.padding import (
    effective_kernel_size,
    full_padding,
    half_padding,
    padding_pairs,
    same_padding,
    same_padding_total,
)
from reference_impl.arithmetic.pooling import pool_output_size, pool_window_cells
from reference_impl.arithmetic.sizes import conv_geometry, conv_output_shape, conv_output_size, unread_cells
from reference_impl.arithmetic.transposed import (
    conv_transpose_geometry,
    conv_transpose_macs,
    conv_transpose_output_padding,
    conv_transpose_output_shape,
    conv_transpose_output_size,
)

__all__ = [
    "arithmetic_intensity",
    "conv2plus1d_mid_channels",
    "conv_bytes",
    "conv_geometry",
    "conv_macs",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameters",
    "conv_transpose_geometry",
    "conv_transpose_macs",
    "conv_transpose_output_padding",
    "conv_transpose_output_shape",
    "conv_transpose_output_size",
    "effective_kernel_size",
    "full_padding",
    "half_padding",
    "keras_transpose_arguments",
    "keras_transpose_same_size",
    "keras_transpose_valid_size",
    "padding_pairs",
    "paddings_for_size",
    "pool_output_size",
    "pool_window_cells",
    "same_padding",
    "same_padding_total",
    "settings_for_size",
    "unread_cells",
]
