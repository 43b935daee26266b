"""Sizes, shapes and cost of transposed convolutions, against torch, the forward formula and torch's own counter."""

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.arithmetic import (
    conv_output_size,
    conv_transpose_macs,
    conv_transpose_output_padding,
    conv_transpose_output_shape,
    conv_transpose_output_size,
    keras_transpose_arguments,
    keras_transpose_same_size,
    keras_transpose_valid_size,
    same_padding,
)

small = st.integers(1, 6)


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(i=st.integers(1, 9), k=small, s=small, d=small, p=st.integers(0, 6), share=st.floats(0, 0.999))
def test_output_size_is_that_of_torch_and_what_torch_refuses_is_refused(i, k, s, d, p, share):
    options = {"stride": s, "padding": p, "output_padding": int(share * max(s, d)), "dilation": d}
    x, w = torch.empty(1, 1, i, device="meta"), torch.empty(1, 1, k, device="meta")
    reach = (i - 1) * s - 2 * p + d * (k - 1) + options["output_padding"] + 1
    if reach < 1:
        with pytest.raises(ValueError, match=f"must leave at least one output cell, but leaves {reach}\\."):
            conv_transpose_output_size(i, k, **options)
    else:
        expected = torch.nn.functional.conv_transpose1d(x, w, **options).shape[-1]
        assert conv_transpose_output_size(i, k, **options) == expected


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(i=st.integers(1, 40), k=small, s=small, d=small, lo=st.integers(0, 4), hi=st.integers(0, 4))
def test_output_padding_returns_to_the_size_that_the_convolution_started_from(i, k, s, d, lo, hi):
    options = {"stride": s, "padding": (lo, hi), "dilation": d}
    if i + lo + hi < d * (k - 1) + 1:
        with pytest.raises(ValueError, match=r"^conv_transpose_output_padding: the padded input must be at least"):
            conv_transpose_output_padding(i, k, **options)
        return
    a = conv_transpose_output_padding(i, k, **options)
    assert 0 <= a < s
    outputs = conv_output_size(i, k, **options)
    assert conv_transpose_output_size(outputs, k, output_padding=a, **options) == i


def test_every_input_size_with_one_output_size_has_its_own_output_padding():
    sizes = [i for i in range(5, 40) if conv_output_size(i, 5, stride=4, padding=1) == 6]
    assert sizes == [23, 24, 25, 26]
    assert [conv_transpose_output_padding(i, 5, stride=4, padding=1) for i in sizes] == [0, 1, 2, 3]


def test_the_size_formula_holds_for_symbols():
    i, k, s, p, a, d = sympy.symbols("i k s p a d", positive=True, integer=True)
    o = conv_transpose_output_size(i, k, stride=s, padding=p, output_padding=a, dilation=d)
    assert sympy.simplify(o - ((i - 1) * s - 2 * p + d * (k - 1) + a + 1)) == 0
    assert conv_transpose_output_padding(i, k, stride=1) == 0
    shape = conv_transpose_output_shape((1, 6, i), (6, 2, k), stride=2, groups=3)
    assert shape == (1, 6, 2 * i + k - 2)


def test_shapes_take_one_entry_per_axis_and_channels_per_group():
    shape = conv_transpose_output_shape(
        (2, 6, 4, 5, 3), (6, 4, 3, 2, 1), stride=(2, 1, 3), padding=((0, 1), 1, 0), output_padding=(1, 0, 2), groups=3
    )
    assert shape == (2, 12, 9, 4, 9)


def test_dcgan_doubles_its_images_from_4_to_64():
    shape = (1, 1024, 4, 4)
    for channels, size in ((512, 8), (256, 16), (128, 32), (3, 64)):
        shape = conv_transpose_output_shape(shape, (shape[1], channels, 5, 5), stride=2, padding=2, output_padding=1)
        assert shape == (1, channels, size, size)


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "options"),
    [
        ((2, 6, 5, 4), (6, 2, 3, 2), {"stride": 2, "padding": 1, "groups": 3}),
        ((1, 4, 7), (4, 5, 4), {"stride": 3, "dilation": 2}),
        ((2, 3, 3, 4, 2), (3, 2, 2, 1, 3), {"stride": (1, 2, 1), "output_padding": (0, 1, 0)}),
    ],
)
def test_macs_are_half_of_what_torch_counts_as_flops(x_shape, w_shape, options):
    operator = getattr(torch.nn.functional, f"conv_transpose{len(x_shape) - 2}d")
    with FlopCounterMode(display=False) as counter:
        operator(torch.ones(x_shape), torch.ones(w_shape), **options)
    assert 2 * conv_transpose_macs(x_shape, w_shape, **options) == counter.get_total_flops()


@settings(max_examples=500, derandomize=True, deadline=None)
@given(i=st.integers(1, 9), k=small, s=small, d=small)
def test_keras_words_translate_to_arguments_that_give_its_sizes(i, k, s, d):
    (lo, hi), a = keras_transpose_arguments("same", k, stride=s, dilation=d)
    options = {"stride": s, "dilation": d}
    size = conv_transpose_output_size(i, k, padding=(lo, hi), output_padding=a, **options)
    assert size == keras_transpose_same_size(i, stride=s) == i * s
    assert conv_output_size(size, k, padding="same", **options) == i  # "same" is the gradient of "same"
    pads, a = keras_transpose_arguments("valid", k, stride=s, dilation=d)
    assert pads == (0, 0)
    size = conv_transpose_output_size(i, k, output_padding=a, **options)
    assert size == keras_transpose_valid_size(i, k, **options)
    assert conv_output_size(size, k, **options) == i


def test_keras_same_cuts_where_tensorflow_pads():
    for k in range(1, 8):
        for s in range(1, 5):
            (lo, hi), a = keras_transpose_arguments("same", k, stride=s)
            assert (lo, hi) == same_padding(7 * s, k, stride=s)
            assert a == max(s - k, 0)


def test_keras_sizes_hold_for_symbols():
    i, k, s = sympy.symbols("i k s", positive=True, integer=True)
    assert keras_transpose_same_size(i, stride=s) == i * s
    assert keras_transpose_valid_size(i, k, stride=s).subs({i: 7, k: 3, s: 2}) == 15


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0, 3), {}, ValueError, r"conv_transpose_output_size: input_size must be at least 1\. Got input_size=0"),
        ((4, 0), {}, ValueError, "kernel_size must be at least 1"),
        ((4, 3), {"stride": 0}, ValueError, "stride must be at least 1"),
        ((4, 3), {"dilation": 0}, ValueError, "dilation must be at least 1"),
        ((4, 3), {"padding": -1}, ValueError, "padding must be at least 0"),
        ((4, 3), {"padding": (1, 2, 3)}, ValueError, "number or a .lo, hi. pair"),
        ((4, 3), {"padding": "same"}, ValueError, "must be numbers; keras_transpose_arguments translates"),
        ((4, 3), {"output_padding": -1}, ValueError, "output_padding must be at least 0"),
        ((4, 3), {"output_padding": 1}, ValueError, "output_padding must be less than stride or less than dilation"),
        ((4, 3), {"stride": 2, "dilation": 3, "output_padding": 3}, ValueError, "Got output_padding=3, stride=2"),
        ((4, 3), {"padding": 3}, ValueError, "at least one output cell, but leaves 0. Got input_size=4"),
        ((4.5, 3), {}, TypeError, "input_size must be a whole number"),
        ((4, 3), {"output_padding": True}, TypeError, "output_padding must be a whole number"),
    ],
)
def test_output_size_refuses(arguments, options, error, message):
    with pytest.raises(error, match=message):
        conv_transpose_output_size(*arguments, **options)


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "options", "error", "message"),
    [
        ((1, 4), (4, 2), {}, ValueError, r"conv_transpose_output_shape: input_shape must be \(N, C_in, \*S\)"),
        ((1, 4, 5), (4, 2, 3, 3), {}, ValueError, "same number of axes"),
        ((1, 4, 5), (2, 4, 3), {}, ValueError, r"weight of a transposed convolution must have shape \(C_in, C_out/g"),
        ((1, 4, 5), (4, 2, 3), {"groups": 3}, ValueError, r"C_in must be divisible by groups\. Got C_in=4, groups=3"),
        ((1, 4, 5), (4, 2, 3), {"groups": 0}, ValueError, "groups must be at least 1"),
        ((1, 4, 5), (4, 2, 3), {"stride": (1, 2)}, ValueError, "stride must be one number or one per axis"),
        ((1, 4, 5), (4, 2, 3), {"padding": (1, 1)}, ValueError, "one entry per axis, here 1"),
        ((1, 4, 0), (4, 2, 3), {}, ValueError, r"input_shape\[2\] must be at least 1"),
        ((1, 4, 5), "432", {}, ValueError, "weight_shape must be"),
    ],
)
def test_output_shape_refuses(x_shape, w_shape, options, error, message):
    with pytest.raises(error, match=message):
        conv_transpose_output_shape(x_shape, w_shape, **options)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: conv_transpose_output_padding(5, 3, padding="same"),
            ValueError,
            "conv_transpose_output_padding: padding of a transposed",
        ),
        (lambda: conv_transpose_output_padding(2, 5), ValueError, "at least as long as the dilated kernel"),
        (lambda: conv_transpose_macs((1, 2, 3), (3, 2, 3)), ValueError, "conv_transpose_macs: weight of a transposed"),
        (lambda: keras_transpose_same_size(0), ValueError, "keras_transpose_same_size: input_size must be at least 1"),
        (lambda: keras_transpose_same_size(3, stride=1.0), TypeError, "stride must be a whole number"),
        (lambda: keras_transpose_valid_size(3, 0), ValueError, "keras_transpose_valid_size: kernel_size must be at"),
        (lambda: keras_transpose_valid_size(3, 2, dilation=0), ValueError, "dilation must be at least 1"),
        (
            lambda: keras_transpose_arguments("full", 3),
            ValueError,
            "padding must be one of 'same', 'same_lower', 'valid'",
        ),
        (lambda: keras_transpose_arguments("same", 3, stride=0), ValueError, "stride must be at least 1"),
        (
            lambda: keras_transpose_arguments("same", 0),
            ValueError,
            "keras_transpose_arguments: kernel_size must be at least 1",
        ),
    ],
)
def test_the_other_rules_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()
