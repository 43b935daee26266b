"""What the arithmetic refuses, and in which words."""

import re

import pytest

from reference_impl.arithmetic import (
    conv_macs,
    conv_output_shape,
    conv_output_size,
    conv_parameters,
    effective_kernel_size,
    same_padding,
    same_padding_total,
)
from tests.refusals import refused

AXIS = {
    "conv_output_size": (conv_output_size, (9, 3)),
    "same_padding": (same_padding, (9, 3)),
}
SHAPES = {"conv_output_shape": conv_output_shape, "conv_macs": conv_macs}


@pytest.mark.parametrize("option", ["stride", "dilation"])
@pytest.mark.parametrize("name", AXIS)
def test_a_step_is_a_whole_number_of_at_least_1(name, option):
    function, sizes = AXIS[name]
    for value in (0, -2):
        with refused(ValueError, f"{name}: {option} must be at least 1. Got {option}={value}"):
            function(*sizes, **{option: value})
    for value in (None, "1", 1.0, (1, 1), True):
        with refused(TypeError, f"{name}: {option} must be a whole number. Got {option}={value!r}"):
            function(*sizes, **{option: value})


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (conv_output_size, (0, 3), "input_size"),
        (conv_output_size, (9, 0), "kernel_size"),
        (effective_kernel_size, (0,), "kernel_size"),
        (same_padding, (0, 3), "input_size"),
        (same_padding_total, (0, 3), "input_size"),
        (conv_parameters, (0, 4, 3), "in_channels"),
        (conv_parameters, (4, 0, 3), "out_channels"),
        (conv_parameters, (4, 4, (3, 0)), "kernel_size"),
    ],
)
def test_a_size_is_at_least_1(function, arguments, name):
    with refused(ValueError, f"{function.__name__}: {name} must be at least 1. Got {name}=0"):
        function(*arguments)


def test_a_kernel_longer_than_the_padded_input_is_refused_with_both_lengths():
    rule = "the padded input must be at least as long as the dilated kernel, but 6 < 7"
    got = "input_size=4, padding=(1, 1), kernel_size=4, dilation=2"
    with refused(ValueError, f"conv_output_size: {rule}. Got {got}"):
        conv_output_size(4, 4, padding=1, dilation=2)
    assert conv_output_size(5, 4, padding=1, dilation=2) == 1


def test_padding_of_one_axis_that_cannot_be_read_is_refused():
    with refused(
        ValueError,
        "conv_output_size: padding must be one of 'valid', 'same', 'same_lower', 'causal'. Got padding='full'",
    ):
        conv_output_size(9, 3, padding="full")
    with refused(
        ValueError,
        "conv_output_size: each entry of padding must be a number or a (lo, hi) pair. Got padding=[(1, 2, 3)]",
    ):
        conv_output_size(9, 3, padding=(1, 2, 3))
    with refused(ValueError, "conv_output_size: padding must be at least 0. Got padding=-1"):
        conv_output_size(9, 3, padding=-1)


@pytest.mark.parametrize("groups", [3, 5])
def test_parameters_need_groups_that_divide_the_channels(groups):
    with refused(
        ValueError, f"conv_parameters: in_channels must be divisible by groups. Got in_channels=4, groups={groups}"
    ):
        conv_parameters(4, 15, 3, groups=groups)
    with refused(
        ValueError, f"conv_parameters: out_channels must be divisible by groups. Got out_channels=4, groups={groups}"
    ):
        conv_parameters(15, 4, 3, groups=groups)


def test_parameters_need_a_kernel_and_whole_groups():
    with refused(ValueError, "conv_parameters: kernel_size must name at least one axis. Got kernel_size=[]"):
        conv_parameters(4, 4, [])
    with refused(TypeError, "conv_parameters: groups must be a whole number. Got groups=2.0"):
        conv_parameters(4, 4, 3, groups=2.0)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "options", "error", "message"),
    [
        ((1, 4), (4, 4, 3), {}, ValueError, "input_shape must be (N, C_in, *S) with at least one spatial axis"),
        ((1, 4, 9), (4, 4), {}, ValueError, "weight_shape must be (C_out, C_in/groups, *K) with at least one"),
        ((1, 4, 9), (4, 4, 3, 3), {}, ValueError, "input and weight must have the same number of axes"),
        ((1, 4, 9), (4, 2, 3), {}, ValueError, "weight must have shape (C_out, C_in/groups, *K)"),
        ((1, 4, 0), (4, 4, 3), {}, ValueError, "input_shape[2] must be at least 1. Got input_shape[2]=0"),
        ((1, 4, 9), (4, 4, 0), {}, ValueError, "weight_shape[2] must be at least 1. Got weight_shape[2]=0"),
        ((1, 4, 9), (4, 2, 3), {"groups": 3}, ValueError, "C_out must be divisible by groups"),
        ((1, 4, 9), (4, 4, 3), {"groups": "1"}, TypeError, "groups must be a whole number. Got groups='1'"),
        ((1, 4, 9), (4, 4, 3), {"stride": (1, 1)}, ValueError, "stride must be one number or one per axis, here 1"),
        ((1, 4, 9), (4, 4, 3), {"dilation": 5}, ValueError, "the padded input must be at least as long as the dil"),
        ((1, 4, 9, 9), (4, 4, 3, 3), {"padding": "causal"}, ValueError, "padding 'causal' is for one axis"),
        ((1, 4, 9, 9), (4, 4, 3, 3), {"padding": (1,)}, ValueError, "padding must be a word, one number, or one"),
        ((1, 4.0, 9), (4, 4, 3), {}, TypeError, "input_shape[1] must be a whole number. Got input_shape[1]=4.0"),
        (None, (4, 4, 3), {}, ValueError, "input_shape must be (N, C_in, *S)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(name, x_shape, w_shape, options, error, message):
    with pytest.raises(error, match=f"^{re.escape(f'{name}: {message}')}"):
        SHAPES[name](x_shape, w_shape, **options)
