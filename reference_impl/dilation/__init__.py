"""Dilated (atrous) convolution: two equal forms, what a stack of layers covers, and the rule against gridding."""

from reference_impl.dilation.coverage import coverage_map, coverage_share, gridding
from reference_impl.dilation.hybrid import hdc_max_distance, satisfies_hdc
from reference_impl.dilation.phases import batch_to_space, conv_by_phases, dilated_kernel, space_to_batch

__all__ = [
    "batch_to_space",
    "conv_by_phases",
    "coverage_map",
    "coverage_share",
    "dilated_kernel",
    "gridding",
    "hdc_max_distance",
    "satisfies_hdc",
    "space_to_batch",
]
