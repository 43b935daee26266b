"""Convolutions whose kernel falls apart: along space, or into a spatial part and a mix of channels."""

from reference_impl.arithmetic import conv2plus1d_mid_channels
from reference_impl.separable.channel_cost import (
    conv2plus1d_parameters,
    depthwise_separable_macs,
    depthwise_separable_parameters,
    depthwise_separable_ratio,
)
from reference_impl.separable.depthwise import depthwise_conv, depthwise_separable_conv, depthwise_separable_conv_loops
from reference_impl.separable.kernels import (
    is_separable,
    kernel_rank,
    separable_kernel,
    separate_kernel,
    separation_error,
)
from reference_impl.separable.pair import depthwise_separable_kernel
from reference_impl.separable.pseudo3d import pseudo3d_conv
from reference_impl.separable.spatial import spatially_separable_conv, spatially_separable_conv_loops
from reference_impl.separable.spatial_cost import direct_macs, spatially_separable_macs, spatially_separable_ratio

__all__ = [
    "conv2plus1d_mid_channels",
    "conv2plus1d_parameters",
    "depthwise_conv",
    "depthwise_separable_conv",
    "depthwise_separable_conv_loops",
    "depthwise_separable_kernel",
    "depthwise_separable_macs",
    "depthwise_separable_parameters",
    "depthwise_separable_ratio",
    "direct_macs",
    "is_separable",
    "kernel_rank",
    "pseudo3d_conv",
    "separable_kernel",
    "separate_kernel",
    "separation_error",
    "spatially_separable_conv",
    "spatially_separable_conv_loops",
    "spatially_separable_macs",
    "spatially_separable_ratio",
]
