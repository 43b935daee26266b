"""Counts of grouped convolutions against torch's layers, and against the numbers that papers print."""

from fractions import Fraction

import pytest
import sympy
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.arithmetic import conv_parameters
from reference_impl.grouped import (
    conv3d_parameters,
    grouped_parameter_share,
    logarithmic_group_sizes,
    resnet_unit_macs,
    resnext_unit_macs,
    shufflenet_unit_macs,
)
from tests.refusals import refused


@pytest.mark.parametrize(
    ("c_in", "c_out", "kernel", "groups", "bias"),
    [(6, 9, (3, 2, 1), 3, True), (4, 8, 3, 1, False), (8, 8, (1, 5, 2), 8, True)],
)
def test_3d_parameters_are_those_of_torch(c_in, c_out, kernel, groups, bias):
    layer = nn.Conv3d(c_in, c_out, kernel, groups=groups, bias=bias)
    counted = sum(p.numel() for p in layer.parameters())
    assert conv3d_parameters(c_in, c_out, kernel, groups=groups, bias=bias) == counted
    taps = (kernel,) * 3 if isinstance(kernel, int) else kernel
    assert conv_parameters(c_in, c_out, taps, groups=groups, bias=bias) == counted


def test_the_second_layer_of_alexnet():
    assert conv_parameters(96, 256, (5, 5), groups=2, bias=False) == 307_200
    assert conv_parameters(96, 256, (5, 5), groups=2) == 307_456
    assert conv_parameters(96, 256, (5, 5)) == 614_656
    assert grouped_parameter_share(96, (5, 5), groups=2) == Fraction(307_456, 614_656)


def test_only_the_weights_shrink_with_the_groups():
    for c_in, kernel, groups in [(96, (5, 5), 2), (8, (1, 3, 2), 4), (12, (1,), 12)]:
        share = grouped_parameter_share(c_in, kernel, groups=groups)
        grouped = conv_parameters(c_in, 24, kernel, groups=groups)
        assert share == Fraction(grouped, conv_parameters(c_in, 24, kernel))
        assert share > Fraction(1, groups)


def test_shares_and_parameters_in_symbols():
    c_in, c_out, g, k = sympy.symbols("c_in c_out g k", positive=True, integer=True)
    weights = conv3d_parameters(c_in, c_out, k, groups=g, bias=False)
    assert sympy.simplify(weights - c_in * c_out * k**3 / g) == 0
    share = grouped_parameter_share(c_in, (k, k), groups=g)
    assert sympy.simplify(share - (c_in * k**2 / g + 1) / (c_in * k**2 + 1)) == 0
    assert sympy.limit(share, c_in, sympy.oo) == 1 / g
    partly = grouped_parameter_share(c_in, (3, 3), groups=2)
    assert sympy.simplify(partly - (9 * c_in / 2 + 1) / (9 * c_in + 1)) == 0
    assert sympy.simplify(grouped_parameter_share(8, (k, k), groups=2) - (4 * k**2 + 1) / (8 * k**2 + 1)) == 0


def unit(c, m, outer_groups, inner_groups):
    return nn.Sequential(
        nn.Conv2d(c, m, 1, groups=outer_groups, bias=False),
        nn.Conv2d(m, m, 3, padding=1, groups=inner_groups, bias=False),
        nn.Conv2d(m, c, 1, groups=outer_groups, bias=False),
    )


@pytest.mark.parametrize(("c", "m", "g"), [(24, 12, 3), (16, 8, 4), (10, 6, 2)])
def test_units_cost_what_torch_counts(c, m, g):
    def counted(model):
        with FlopCounterMode(display=False) as counter:
            model(torch.zeros(1, c, 7, 5))
        return counter.get_total_flops() // 2

    assert resnet_unit_macs(c, m, (7, 5)) == counted(unit(c, m, 1, 1))
    assert resnext_unit_macs(c, m, (7, 5), groups=g) == counted(unit(c, m, 1, g))
    assert shufflenet_unit_macs(c, m, (7, 5), groups=g) == counted(unit(c, m, g, m))


def test_units_in_symbols():
    c, m, h, w, g = sympy.symbols("c m h w g", positive=True, integer=True)
    assert sympy.expand(resnet_unit_macs(c, m, (h, w)) - h * w * (2 * c * m + 9 * m**2)) == 0
    assert sympy.expand(resnext_unit_macs(c, m, (h, w), groups=g) - h * w * (2 * c * m + 9 * m**2 / g)) == 0
    assert sympy.expand(shufflenet_unit_macs(c, m, (h, w), groups=g) - h * w * (2 * c * m / g + 9 * m)) == 0


def test_logarithmic_groups_need_more_weights_than_as_many_equal_groups():
    sizes = logarithmic_group_sizes(64, 4)
    logarithmic = sum(conv_parameters(size, size, (3, 3), bias=False) for size in sizes)
    equal, dense = conv_parameters(64, 64, (3, 3), groups=4, bias=False), conv_parameters(64, 64, (3, 3), bias=False)
    assert Fraction(logarithmic, dense) == Fraction(1, 4) + Fraction(1, 16) + 2 * Fraction(1, 64)
    assert equal < logarithmic < dense


CELLS = {"output_size": (1, 1)}
COUNTS = {  # smallest arguments, their count, and what groups must divide
    conv3d_parameters: (
        {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "groups": 1},
        2,
        ("in_channels", "out_channels"),
    ),
    grouped_parameter_share: ({"in_channels": 1, "kernel_size": 1, "groups": 1}, 1, ("in_channels",)),
    resnet_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS}, 11, ()),
    resnext_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS, "groups": 1}, 11, ("mid_channels",)),
    shufflenet_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS, "groups": 1}, 11, ("channels", "mid_channels")),
}


@pytest.mark.parametrize("function", COUNTS)
def test_counts_start_at_1_and_refuse_every_smaller_size_by_its_name(function):
    least, count, divided = COUNTS[function]
    name = function.__name__
    assert function(**least) == count
    for argument, value in least.items():
        zero = (1, 0) if isinstance(value, tuple) else 0
        with refused(ValueError, f"{name}: {argument} must be at least 1. Got {argument}=0"):
            function(**{**least, argument: zero})
        with refused(TypeError, f"{name}: {argument} must be a whole number. Got {argument}=1.0"):
            function(**{**least, argument: (1, 1.0) if isinstance(value, tuple) else 1.0})
    for argument in divided:
        even = {**least, **dict.fromkeys(divided, 4), "groups": 2}
        with refused(ValueError, f"{name}: {argument} must be divisible by groups. Got {argument}=3, groups=2"):
            function(**{**even, argument: 3})


def test_groups_may_be_the_only_symbol_of_a_share():
    g = sympy.Symbol("g", positive=True)
    assert grouped_parameter_share(8, 3, groups=g).subs(g, 4).equals(sympy.Rational(7, 25))


def test_layers_and_units_have_three_and_two_axes():
    rule = "must be one number or one per axis, here"
    with refused(ValueError, f"conv3d_parameters: kernel_size {rule} 3. Got kernel_size=(3, 3)"):
        conv3d_parameters(4, 4, (3, 3))
    with refused(ValueError, f"resnet_unit_macs: output_size {rule} 2. Got output_size=(3, 3, 3)"):
        resnet_unit_macs(4, 4, (3, 3, 3))
