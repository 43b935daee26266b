"""Convolutions whose kernel falls apart: along space, or into a spatial part and a mix of channels. In NumPy."""

from reference_impl.separable.kernels import (
    is_separable,
    kernel_rank,
    separable_kernel,
    separate_kernel,
    separation_error,
)
from reference_impl.separable.spatial import spatially_separable_conv, spatially_separable_conv_loops
from reference_impl.separable.spatial_cost import direct_macs, spatially_separable_macs, spatially_separable_ratio

__all__ = [
    "direct_macs",
    "is_separable",
    "kernel_rank",
    "separable_kernel",
    "separate_kernel",
    "separation_error",
    "spatially_separable_conv",
    "spatially_separable_conv_loops",
    "spatially_separable_macs",
    "spatially_separable_ratio",
]
