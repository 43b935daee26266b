"""Grouped convolutions in torch: functions from primitives, and layers ready to paste."""

from reference_impl.grouped_torch.equal import (
    block_diagonal_weight_torch,
    channel_shuffle_torch,
    channel_unshuffle_torch,
    grouped_conv_split_torch,
    pointwise_grouped_conv_torch,
)
from reference_impl.grouped_torch.layers import LogarithmicGroupedConv, ShuffledGroupedConv
from reference_impl.grouped_torch.unequal import logarithmic_grouped_conv_torch, overlapping_grouped_conv_torch

__all__ = [
    "LogarithmicGroupedConv",
    "ShuffledGroupedConv",
    "block_diagonal_weight_torch",
    "channel_shuffle_torch",
    "channel_unshuffle_torch",
    "grouped_conv_split_torch",
    "logarithmic_grouped_conv_torch",
    "overlapping_grouped_conv_torch",
    "pointwise_grouped_conv_torch",
]
