"""The separable convolutions in torch: functions from primitives, and layers ready to paste."""

from reference_impl.separable_torch.depthwise import depthwise_conv_torch, depthwise_separable_conv_torch
from reference_impl.separable_torch.layers import DepthwiseSeparableConv, SpatiallySeparableConv
from reference_impl.separable_torch.pseudo3d import pseudo3d_conv_torch
from reference_impl.separable_torch.spatial import spatially_separable_conv_torch
from reference_impl.separable_torch.video_layers import Conv2Plus1d, Pseudo3d

__all__ = [
    "Conv2Plus1d",
    "DepthwiseSeparableConv",
    "Pseudo3d",
    "SpatiallySeparableConv",
    "depthwise_conv_torch",
    "depthwise_separable_conv_torch",
    "pseudo3d_conv_torch",
    "spatially_separable_conv_torch",
]
