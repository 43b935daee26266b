"""Convolutions whose channels are divided into groups: equal, overlapping or logarithmic, shuffled or not."""

from reference_impl.grouped.connectivity import connectivity_matrix
from reference_impl.grouped.equal import block_diagonal_weight, grouped_conv_split, pointwise_grouped_conv
from reference_impl.grouped.grouped_cost import (
    conv3d_parameters,
    grouped_parameter_share,
    resnet_unit_macs,
    resnext_unit_macs,
    shufflenet_unit_macs,
)
from reference_impl.grouped.shuffle import channel_shuffle, channel_unshuffle, shuffle_permutation
from reference_impl.grouped.unequal import (
    logarithmic_group_sizes,
    logarithmic_grouped_conv,
    overlapping_channels,
    overlapping_grouped_conv,
)

__all__ = [
    "block_diagonal_weight",
    "channel_shuffle",
    "channel_unshuffle",
    "connectivity_matrix",
    "conv3d_parameters",
    "grouped_conv_split",
    "grouped_parameter_share",
    "logarithmic_group_sizes",
    "logarithmic_grouped_conv",
    "overlapping_channels",
    "overlapping_grouped_conv",
    "pointwise_grouped_conv",
    "resnet_unit_macs",
    "resnext_unit_macs",
    "shuffle_permutation",
    "shufflenet_unit_macs",
]
