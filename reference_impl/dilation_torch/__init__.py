"""Dilated convolution in torch: spread kernels, phases of ordinary convolutions, and the ASPP module."""

from reference_impl.dilation_torch.aspp import ASPP
from reference_impl.dilation_torch.phases import (
    batch_to_space_torch,
    conv_by_phases_torch,
    dilated_kernel_torch,
    space_to_batch_torch,
)

__all__ = ["ASPP", "batch_to_space_torch", "conv_by_phases_torch", "dilated_kernel_torch", "space_to_batch_torch"]
