"""Arithmetic at the edges: every default, every least value, every argument by its name in a refusal, mixed symbols."""

import re

import pytest
import sympy

from reference_impl import arithmetic
from reference_impl.arithmetic import (
    conv_geometry,
    conv_output_size,
    conv_parameters,
    conv_transpose_geometry,
    conv_transpose_macs,
    conv_transpose_output_padding,
    conv_transpose_output_shape,
    conv_transpose_output_size,
    half_padding,
    keras_transpose_arguments,
    keras_transpose_same_size,
    keras_transpose_valid_size,
    same_padding_total,
    unread_cells,
)

AXIS = {"input_size": 10, "kernel_size": 3, "stride": 1, "dilation": 1}
KERNEL = {"kernel_size": 3, "dilation": 1}
STEPS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
SHAPES = {"input_shape": (2, 4, 9, 8), "weight_shape": (4, 4, 3, 2), **STEPS}
ARGUMENTS = {  # arguments of each function, its options spelled out
    "conv_output_size": {**AXIS, "padding": 0},
    "unread_cells": {**AXIS, "stride": 4, "padding": 0},
    "effective_kernel_size": KERNEL,
    "half_padding": KERNEL,
    "full_padding": KERNEL,
    "same_padding": AXIS,
    "same_padding_total": AXIS,
    "keras_transpose_same_size": {"input_size": 9, "stride": 1},
    "keras_transpose_valid_size": AXIS,
    "keras_transpose_arguments": {"padding": "same", **KERNEL, "stride": 1},
    "conv_transpose_output_size": {**AXIS, "padding": 0, "output_padding": 0},
    "conv_transpose_output_padding": {**AXIS, "stride": 4, "padding": 0},
    "conv_output_shape": SHAPES,
    "conv_macs": SHAPES,
    "conv_bytes": {**SHAPES, "itemsize": 4},
    "arithmetic_intensity": {**SHAPES, "itemsize": 4},
    "conv_transpose_output_shape": {**SHAPES, "output_padding": 0},
    "conv_transpose_macs": {**SHAPES, "output_padding": 0},
    "conv_parameters": {"in_channels": 4, "out_channels": 6, "kernel_size": (3, 2), "groups": 1, "bias": True},
}
LEFT_OUT = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0, "itemsize": 4, "bias": True}
COUNTS = ("input_size", "kernel_size", "stride", "dilation", "groups", "itemsize", "in_channels", "out_channels")


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}")


@pytest.mark.parametrize("name", ARGUMENTS)
def test_leaving_an_option_out_means_its_documented_default(name):
    function, given = getattr(arithmetic, name), ARGUMENTS[name]
    for option in given.keys() & LEFT_OUT.keys():
        if (name, option) == ("keras_transpose_arguments", "padding"):
            continue  # its padding is a word, and has no default
        spelled = {**given, option: LEFT_OUT[option]}
        assert function(**{key: value for key, value in given.items() if key != option}) == function(**spelled)


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name, given in ARGUMENTS.items() for option in given if option in COUNTS],
)
def test_what_is_counted_is_a_whole_number_of_at_least_1(name, option):
    function, given = getattr(arithmetic, name), ARGUMENTS[name]
    with refused(ValueError, f"{name}: {option} must be at least 1. Got {option}=0"):
        function(**{**given, option: 0})
    with refused(TypeError, f"{name}: {option} must be a whole number. Got {option}=1.0"):
        function(**{**given, option: 1.0})
    smallest = given.keys() & {"input_size", "kernel_size"} if option == "input_size" else {option}
    function(**given | dict.fromkeys(smallest, 1))


@pytest.mark.parametrize("function", [conv_transpose_output_shape, conv_transpose_macs, conv_transpose_geometry])
def test_transposed_shapes_are_refused_word_for_word(function):
    name, call = function.__name__, function
    got = "Got input_shape=(1, 4, 5), weight_shape=(2, 4, 3), groups=1"
    rule = "weight of a transposed convolution must have shape (C_in, C_out/groups, *K)"
    with refused(ValueError, f"{name}: {rule}. {got}"):
        call((1, 4, 5), (2, 4, 3))
    got = "Got input_shape=(1, 4, 5), weight_shape=(4, 2, 3, 3), groups=1"
    with refused(ValueError, f"{name}: input and weight must have the same number of axes. {got}"):
        call((1, 4, 5), (4, 2, 3, 3))
    with refused(ValueError, f"{name}: input_shape must be (N, C_in, *S) with at least one spatial axis. Got input_s"):
        call((1, 4), (4, 2, 3))
    layout = "(C_in, C_out/groups, *K)"
    with refused(ValueError, f"{name}: weight_shape must be {layout} with at least one spatial axis. Got weight_shape"):
        call((1, 4, 5), (4, 2))
    with refused(ValueError, f"{name}: C_in must be divisible by groups. Got C_in=4, groups=3"):
        call((1, 4, 5), (4, 2, 3), groups=3)
    for option, least in (("stride", 1), ("dilation", 1), ("output_padding", 0), ("groups", 1)):
        with refused(ValueError, f"{name}: {option} must be at least {least}. Got {option}={least - 1}"):
            call((1, 4, 5), (4, 2, 3), **{option: least - 1})
        with refused(TypeError, f"{name}: {option} must be a whole number. Got {option}=1.0"):
            call((1, 4, 5), (4, 2, 3), **{option: 1.0})
    with refused(ValueError, f"{name}: padding must be at least 0. Got padding=-1"):
        call((1, 4, 5), (4, 2, 3), padding=-1)


def test_transposed_sizes_are_refused_word_for_word():
    rule = "padding must leave at least one output cell, but leaves 0"
    got = "input_size=2, kernel_size=3, stride=3, padding=(2, 4)"
    with refused(ValueError, f"conv_transpose_output_size: {rule}. Got {got}"):
        conv_transpose_output_size(2, 3, stride=3, padding=(2, 4))
    assert conv_transpose_output_size(2, 3, stride=3, padding=(2, 3)) == 1
    rule = "output_padding must be less than stride or less than dilation"
    with refused(ValueError, f"conv_transpose_output_size: {rule}. Got output_padding=3, stride=2, dilation=3"):
        conv_transpose_output_size(2, 3, stride=2, dilation=3, output_padding=3)
    with refused(
        TypeError, "conv_transpose_output_size: output_padding must be a whole number. Got output_padding=1.0"
    ):
        conv_transpose_output_size(2, 3, stride=2, output_padding=1.0)
    words = "padding of a transposed convolution must be numbers; keras_transpose_arguments translates 'same', 'valid'"
    for function in (conv_transpose_output_size, conv_transpose_output_padding):
        with refused(ValueError, f"{function.__name__}: {words}. Got padding='same'"):
            function(9, 3, padding="same")
        assert function(9, 3, stride=2, padding=[1, 0]) == function(9, 3, stride=2, padding=(1, 0))


def test_transposed_geometry_keeps_every_axis_and_its_defaults():
    options = {"stride": (2, 1), "padding": ((0, 1), 1), "output_padding": (1, 0), "dilation": (1, 2), "groups": 2}
    geometry = conv_transpose_geometry((0, 4, 5, 6), (4, 3, 3, 2), **options)
    assert geometry == ((0, 6, 11, 6), (2, 1), ((0, 1), (1, 1)), (1, 2))
    plain = conv_transpose_geometry((1, 4, 5, 6), (4, 3, 3, 2))
    assert plain == ((1, 3, 7, 7), (1, 1), ((0, 0), (0, 0)), (1, 1))


def test_geometry_has_the_defaults_of_a_plain_convolution():
    plain = conv_geometry((1, 4, 5, 6), (3, 4, 3, 2))
    assert plain == ((1, 3, 3, 5), (1, 1), ((0, 0), (0, 0)), (1, 1))


def test_same_padding_in_symbols_is_never_negative():
    i, s = sympy.symbols("i s", positive=True, integer=True)
    assert same_padding_total(i, 1, stride=s).subs({i: 10, s: 4}) == 0 == same_padding_total(10, 1, stride=4)


def test_unread_cells_are_what_the_last_window_leaves():
    for i, k, s, (lo, hi), d in [
        (9, 3, 4, (1, 0), 1),
        (10, 3, 4, (1, 2), 2),
        (7, 2, 3, (0, 1), 3),
        (5, 5, 2, (0, 0), 1),
    ]:
        firsts = [first for first in range(0, i + lo + hi, s) if first + d * (k - 1) < i + lo + hi]
        expected = i + lo + hi - (firsts[-1] + d * (k - 1) + 1)
        assert unread_cells(i, k, stride=s, padding=(lo, hi), dilation=d) == expected
        assert unread_cells(i, k, stride=s, padding=[lo, hi], dilation=d) == expected


def test_half_padding_refuses_a_kernel_without_a_middle_and_knows_symbols():
    rule = "the dilated kernel must have an odd length; an even one needs one more cell at one end"
    with refused(ValueError, f"half_padding: {rule}. Got kernel_size=4, dilation=3"):
        half_padding(4, dilation=3)
    assert half_padding(4, dilation=2) == 3
    k, d = sympy.symbols("k d", positive=True, integer=True)
    assert half_padding(k, dilation=d) == d * (k - 1) / 2


def test_keras_sizes_where_the_kernel_is_as_long_as_the_stride_or_shorter():
    assert [keras_transpose_valid_size(5, k, stride=3) for k in (1, 2, 3, 4)] == [15, 15, 15, 16]
    assert [keras_transpose_arguments("valid", k, stride=3) for k in (2, 3, 5)] == [
        ((0, 0), 1),
        ((0, 0), 0),
        ((0, 0), 0),
    ]
    assert [keras_transpose_arguments("same", k, stride=3) for k in (2, 3, 4, 5)] == [
        ((0, 0), 1),
        ((0, 0), 0),
        ((0, 1), 0),
        ((1, 1), 0),
    ]
    with refused(
        ValueError,
        "keras_transpose_arguments: padding must be one of 'same', 'same_lower', 'valid'. Got padding='full'",
    ):
        keras_transpose_arguments("full", 3)


def test_keras_sizes_in_symbols_are_right_for_short_and_long_kernels():
    i, k, s = sympy.symbols("i k s", positive=True, integer=True)
    size = keras_transpose_valid_size(i, k, stride=s)
    for values in ((7, 3, 2), (7, 1, 2), (7, 1, 4), (7, 2, 2)):
        numbers = dict(zip((i, k, s), values, strict=True))
        assert size.subs(numbers) == keras_transpose_valid_size(*values[:2], stride=values[2])
    assert keras_transpose_same_size(i, stride=2) == 2 * i


def test_one_symbol_among_numbers_is_enough():
    c, g, i, k, s, a, d = sympy.symbols("c g i k s a d", positive=True, integer=True)
    assert conv_parameters(c, 6, 3, groups=2) == 9 * c + 6
    assert conv_parameters(4, 6, 3, groups=g) == 72 / g + 6
    assert conv_output_size(i, 3) == i - 2
    assert conv_output_size(9, k) == 10 - k
    assert sympy.simplify(conv_transpose_output_size(4, 3, stride=s, output_padding=1) - (3 * s + 4)) == 0
    assert sympy.simplify(conv_transpose_output_size(4, 3, dilation=d, output_padding=1) - (2 * d + 5)) == 0
    assert sympy.simplify(conv_transpose_output_size(4, 3, output_padding=a) - (6 + a)) == 0
    assert conv_transpose_output_shape((1, c, 5), (4, 2, 3)) == (1, 2, 7)
    assert conv_transpose_output_shape((1, 4, 5), (c, 2, 3)) == (1, 2, 7)
    assert conv_transpose_output_shape((1, 4, 5), (4, 2, 3), groups=g) == (1, 2 * g, 7)


def test_a_kernel_of_one_cell_on_one_cell_is_one_mac_either_way():
    for name in ("conv_macs", "conv_transpose_macs"):
        assert getattr(arithmetic, name)((1, 1, 1), (1, 1, 1)) == 1
