"""What the offset branch costs, counted against torch layers."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.deform_conv import offset_branch_macs, offset_branch_parameters, offset_channels


@pytest.mark.parametrize("modulated", [False, True])
@pytest.mark.parametrize("offset_groups", [1, 3])
def test_the_offset_branch_costs_what_its_convolution_costs(modulated, offset_groups):
    channels = offset_groups * 3 * 2 * (3 if modulated else 2)
    branch = nn.Conv2d(6, channels, (3, 2), stride=(2, 1), padding=(1, 0))
    x = torch.zeros(2, 6, 9, 7)
    with FlopCounterMode(display=False) as counter:
        branch(x)
    options = {"offset_groups": offset_groups, "modulated": modulated}
    assert offset_channels((3, 2), **options) == channels
    assert offset_branch_parameters(6, (3, 2), **options) == sum(p.numel() for p in branch.parameters())
    macs = offset_branch_macs(x.shape, (3, 2), stride=(2, 1), padding=(1, 0), **options)
    assert 2 * macs == counter.get_total_flops()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((3, 0),), "kernel_size must be at least 1"),
        (((),), "kernel_size must name at least one axis"),
    ],
)
def test_offset_channels_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"offset_channels: {message}"):
        offset_channels(*arguments)


def test_offset_channels_refuses_no_groups():
    with pytest.raises(ValueError, match=r"offset_channels: offset_groups must be at least 1. Got offset_groups=0"):
        offset_channels(3, offset_groups=0)
