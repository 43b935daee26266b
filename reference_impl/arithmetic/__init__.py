"""Sizes, padding, parameters and multiply–accumulates of convolutions, as exact whole numbers.

Imports neither NumPy nor torch. Every function also accepts sympy symbols in place of whole numbers and then returns
the formula. One MAC is one multiplication and one addition, so FLOPs = 2 × MACs.
"""

from reference_impl.arithmetic.cost import conv_macs, conv_parameters
from reference_impl.arithmetic.memory import arithmetic_intensity, conv_bytes
from reference_impl.arithmetic.padding import (
    effective_kernel_size,
    full_padding,
    half_padding,
    padding_pairs,
    same_padding,
    same_padding_total,
)
from reference_impl.arithmetic.sizes import conv_geometry, conv_output_shape, conv_output_size, unread_cells

__all__ = [
    "arithmetic_intensity",
    "conv_bytes",
    "conv_geometry",
    "conv_macs",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameters",
    "effective_kernel_size",
    "full_padding",
    "half_padding",
    "padding_pairs",
    "same_padding",
    "same_padding_total",
    "unread_cells",
]
