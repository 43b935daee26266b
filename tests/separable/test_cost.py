"""Counts of depthwise separable and (2+1)D convolutions, against layers of torch and published tables."""

from fractions import Fraction

import pytest
import sympy
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.arithmetic import conv_macs, conv_parameters
from reference_impl.separable import (
    conv2plus1d_mid_channels,
    conv2plus1d_parameters,
    depthwise_separable_macs,
    depthwise_separable_parameters,
    depthwise_separable_ratio,
)


def layers(c_in, c_out, kernel, multiplier, *, bias):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in * multiplier, kernel, groups=c_in, bias=False),
        nn.Conv2d(c_in * multiplier, c_out, 1, bias=bias),
    )


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("c_in", "c_out", "kernel", "m"), [(8, 12, (3, 3), 1), (5, 7, (3, 2), 2), (512, 512, (3, 3), 1)]
)
def test_depthwise_separable_counts_are_those_of_torch(c_in, c_out, kernel, m, bias):
    model = layers(c_in, c_out, kernel, m, bias=bias)
    counted = sum(p.numel() for p in model.parameters())
    assert depthwise_separable_parameters(c_in, c_out, kernel, depth_multiplier=m, bias=bias) == counted
    with FlopCounterMode(display=False) as counter:
        output = model(torch.zeros(1, c_in, 9, 8))
    macs = depthwise_separable_macs(c_in, c_out, kernel, tuple(output.shape[2:]), depth_multiplier=m)
    assert counter.get_total_flops() == 2 * macs


def test_the_ratio_is_that_of_macs_and_of_weights():
    for c_in, c_out, kernel in [(32, 64, (3, 3)), (7, 512, (5, 3)), (1, 1, (1, 1))]:
        ratio = depthwise_separable_ratio(c_out, kernel)
        plain = conv_macs((1, c_in, 6 + kernel[0] - 1, 5 + kernel[1] - 1), (c_out, c_in, *kernel))
        assert ratio == Fraction(depthwise_separable_macs(c_in, c_out, kernel, (6, 5)), plain)
        weights = depthwise_separable_parameters(c_in, c_out, kernel, bias=False)
        assert ratio == Fraction(weights, conv_parameters(c_in, c_out, kernel, bias=False))


def test_a_3x3_mobilenet_layer_costs_between_an_eighth_and_a_ninth():
    assert Fraction(1, 9) < depthwise_separable_ratio(512, (3, 3)) < Fraction(1, 8)


def test_the_inner_layer_that_the_mobilenet_paper_works_out():
    assert round(conv_macs((1, 512, 16, 16), (512, 512, 3, 3)) / 1e6) == 462
    assert round(depthwise_separable_macs(512, 512, (3, 3), 14) / 1e6, 1) == 52.3


def test_costs_in_symbols():
    c_in, c_out, k = sympy.symbols("c_in c_out k", positive=True, integer=True)
    ratio = depthwise_separable_ratio(c_out, (k, k))
    assert sympy.simplify(ratio - (1 / c_out + 1 / k**2)) == 0
    assert sympy.simplify(depthwise_separable_ratio(c_out, (3, 3)) - (1 / c_out + sympy.Rational(1, 9))) == 0
    weights = depthwise_separable_parameters(c_in, c_out, (k, k), bias=False)
    assert sympy.expand(weights - (k**2 * c_in + c_in * c_out)) == 0


@pytest.mark.parametrize(
    ("c_in", "c_out", "planes"), [(64, 64, 144), (64, 128, 230), (128, 128, 288), (128, 256, 460), (256, 512, 921)]
)
def test_the_mid_planes_of_r2plus1d_18(c_in, c_out, planes):
    assert conv2plus1d_mid_channels(c_in, c_out) == planes


@pytest.mark.parametrize(
    ("c_in", "c_out", "kernel"), [(64, 64, 3), (64, 128, 3), (17, 31, (5, 3, 2)), (9, 4, (2, 7, 7))]
)
def test_the_mid_plane_rule_comes_as_near_to_the_3d_weights_as_it_can_from_below(c_in, c_out, kernel):
    t, h, w = (kernel,) * 3 if isinstance(kernel, int) else kernel
    full = t * h * w * c_in * c_out
    planes = conv2plus1d_mid_channels(c_in, c_out, kernel)
    assert conv2plus1d_parameters(c_in, planes, c_out, kernel, bias=False) <= full
    assert conv2plus1d_parameters(c_in, planes + 1, c_out, kernel, bias=False) > full


def test_2plus1d_parameters_are_those_of_torch():
    model = nn.Sequential(nn.Conv3d(5, 11, (1, 3, 2), bias=False), nn.Conv3d(11, 7, (4, 1, 1)))
    assert conv2plus1d_parameters(5, 11, 7, (4, 3, 2)) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: depthwise_separable_parameters(0, 4, 3),
            ValueError,
            "depthwise_separable_parameters: in_channels must",
        ),
        (lambda: depthwise_separable_parameters(4, 4.0, 3), TypeError, "out_channels must be a whole number"),
        (lambda: depthwise_separable_parameters(4, 4, ()), ValueError, "kernel_size must name at least one axis"),
        (
            lambda: depthwise_separable_parameters(4, 4, 3, depth_multiplier=0),
            ValueError,
            "depth_multiplier must be at",
        ),
        (
            lambda: depthwise_separable_macs(4, 4, (3, 3), (5,)),
            ValueError,
            "depthwise_separable_macs: output_size must",
        ),
        (
            lambda: depthwise_separable_ratio(4, 0),
            ValueError,
            "depthwise_separable_ratio: kernel_size must be at least",
        ),
        (lambda: conv2plus1d_mid_channels(4, 0), ValueError, "conv2plus1d_mid_channels: out_channels must be at least"),
        (lambda: conv2plus1d_mid_channels(4, 4, (3, 3)), ValueError, "kernel_size must be one number or one per axis"),
        (lambda: conv2plus1d_parameters(4, 0, 4), ValueError, "conv2plus1d_parameters: mid_channels must be at least"),
        (lambda: conv2plus1d_parameters(4, 4, 4, (3, 3)), ValueError, "kernel_size must be one number or one per axis"),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
