"""Sizes, padding, parameters and MACs: against counting by hand, against torch, in symbols."""

import subprocess
import sys
from math import ceil, prod

import pytest
import torch
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from sympy import Symbol, floor
from torch.utils.flop_counter import FlopCounterMode

from reference_impl import arithmetic
from reference_impl.arithmetic import (
    conv_geometry,
    conv_macs,
    conv_output_shape,
    conv_output_size,
    conv_parameters,
    effective_kernel_size,
    padding_pairs,
    same_padding,
    same_padding_total,
)

CONV = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
sizes, small = st.integers(1, 40), st.integers(1, 6)


def windows_that_fit(padded, kernel_size, stride, dilation):
    """Count the windows by laying one after the other."""
    reach = (kernel_size - 1) * dilation + 1
    return sum(1 for first in range(0, padded, stride) if first + reach <= padded)


def test_arithmetic_imports_neither_numpy_nor_torch():
    names = ", ".join(arithmetic.__all__)
    program = f"""
import sys, reference_impl
from reference_impl.arithmetic import {names}
from reference_impl import checks
conv_macs((1, 3, 224, 224), (64, 3, 7, 7), stride=2, padding="same")
loaded = {{"numpy", "torch", "sympy"}} & set(sys.modules)
sys.exit(f"{{loaded}} came along" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@seed(20261122)
@settings(max_examples=2000, deadline=None, database=None)
@given(i=sizes, k=small, s=small, lo=st.integers(0, 8), hi=st.integers(0, 8), d=small)
def test_output_size_counts_the_windows_that_fit(i, k, s, lo, hi, d):
    expected = windows_that_fit(i + lo + hi, k, s, d)
    if expected:
        assert conv_output_size(i, k, stride=s, padding=(lo, hi), dilation=d) == expected
    else:
        with pytest.raises(ValueError, match="the padded input must be at least as long as the dilated kernel"):
            conv_output_size(i, k, stride=s, padding=(lo, hi), dilation=d)


@seed(20261122)
@settings(max_examples=2000, deadline=None, database=None)
@given(i=sizes, k=small, s=small, p=st.integers(0, 8), d=small)
def test_output_size_is_torchs(i, k, s, p, d):
    x, w = torch.empty(1, 1, i, device="meta"), torch.empty(1, 1, k, device="meta")
    try:
        expected = torch.nn.functional.conv1d(x, w, stride=s, padding=p, dilation=d).shape[-1]
    except RuntimeError:
        with pytest.raises(ValueError, match="at least as long"):
            conv_output_size(i, k, stride=s, padding=p, dilation=d)
    else:
        assert conv_output_size(i, k, stride=s, padding=p, dilation=d) == expected


@seed(20261122)
@settings(max_examples=1000, deadline=None, database=None)
@given(data=st.data(), axes=st.integers(1, 3), groups=st.integers(1, 3))
def test_output_shape_is_torchs_over_any_number_of_axes(data, axes, groups):
    spatial, kernel, stride, pads, dilation = (
        data.draw(st.lists(st.integers(least, most), min_size=axes, max_size=axes))
        for least, most in ((4, 12), (1, 3), (1, 4), (2, 4), (1, 3))
    )
    x_shape, w_shape = (data.draw(st.integers(0, 2)), 2 * groups, *spatial), (3 * groups, 2, *kernel)
    options = {"stride": stride, "padding": pads, "dilation": dilation, "groups": groups}
    oracle = CONV[axes](torch.empty(x_shape, device="meta"), torch.empty(w_shape, device="meta"), **options)
    assert conv_output_shape(x_shape, w_shape, **options) == tuple(oracle.shape)


@seed(20261122)
@settings(max_examples=2000, deadline=None, database=None)
@given(i=sizes, k=small, s=small, d=small)
def test_same_padding_is_the_least_that_gives_one_output_a_stride(i, k, s, d):
    lo, hi = same_padding(i, k, stride=s, dilation=d)
    reach = (k - 1) * d + 1
    enough = (total for total in range(reach) if (i + total - reach) // s + 1 >= ceil(i / s) and i + total >= reach)
    assert lo + hi == same_padding_total(i, k, stride=s, dilation=d) == next(enough)
    assert hi - lo in (0, 1)
    assert conv_output_size(i, k, stride=s, padding="same", dilation=d) == ceil(i / s)
    assert conv_output_size(i, k, stride=s, padding="same_lower", dilation=d) == ceil(i / s)


@pytest.mark.parametrize(("i", "k", "d"), [(9, 3, 1), (8, 3, 2), (7, 4, 1), (10, 2, 3), (5, 1, 1)])
def test_same_padding_at_stride_1_is_torchs_same(i, k, d):
    layer = torch.nn.Conv1d(1, 1, k, padding="same", dilation=d)
    assert same_padding(i, k, dilation=d) == tuple(layer._reversed_padding_repeated_twice)


def test_padding_words_become_pairs():
    options = ((8, 5), (3, 2), (2, 1), (1, 2))
    assert padding_pairs("valid", *options) == ((0, 0), (0, 0))
    assert padding_pairs("same", *options) == ((0, 1), (1, 1))
    assert padding_pairs("same_lower", *options) == ((1, 0), (1, 1))
    assert padding_pairs(2, *options) == ((2, 2), (2, 2))
    assert padding_pairs(((1, 2), 0), *options) == ((1, 2), (0, 0))
    assert padding_pairs("causal", (9,), (4,), (1,), (2,)) == ((6, 0),)


def test_padding_of_one_axis_may_be_a_number_a_pair_or_a_word():
    assert conv_output_size(7, 3, padding=1) == 7
    assert conv_output_size(7, 3, padding=(2, 0)) == conv_output_size(7, 3, padding=[2, 0]) == 7
    assert conv_output_size(7, 3, padding=(3, 0)) == 8
    assert conv_output_size(7, 3, padding="valid") == 5
    assert conv_output_size(7, 3, padding="causal", dilation=3) == 7


@pytest.mark.parametrize(("k", "d", "expected"), [(1, 9, 1), (3, 1, 3), (3, 4, 9), (2, 5, 6)])
def test_effective_kernel_size_spans_first_to_last_tap(k, d, expected):
    assert effective_kernel_size(k, dilation=d) == expected == max(d * u for u in range(k)) + 1


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("c_in", "c_out", "kernel", "groups"), [(6, 9, (3, 2), 3), (4, 8, (5,), 4), (3, 5, (1, 2, 3), 1), (2, 6, 4, 2)]
)
def test_parameters_are_what_a_torch_layer_holds(c_in, c_out, kernel, groups, bias):
    layer_of = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}
    axes = 1 if isinstance(kernel, int) else len(kernel)
    layer = layer_of[axes](c_in, c_out, kernel, groups=groups, bias=bias)
    held = sum(parameter.numel() for parameter in layer.parameters())
    assert conv_parameters(c_in, c_out, kernel, groups=groups, bias=bias) == held


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "options"),
    [
        ((2, 6, 9, 7), (9, 2, 3, 2), {"stride": (2, 1), "padding": (1, 0), "groups": 3}),
        ((3, 4, 11), (8, 4, 5), {"dilation": 2}),
        ((1, 2, 5, 6, 7), (3, 2, 1, 2, 3), {"padding": 1, "stride": 2}),
        ((1, 6, 8, 8), (6, 1, 3, 3), {"groups": 6, "padding": 1}),
    ],
)
def test_macs_are_half_of_torchs_flops(x_shape, w_shape, options):
    x, w = torch.empty(x_shape, device="meta"), torch.empty(w_shape, device="meta")
    with FlopCounterMode(display=False) as counter:
        CONV[len(x_shape) - 2](x, w, **options)
    assert 2 * conv_macs(x_shape, w_shape, **options) == counter.get_total_flops()


def test_geometry_returns_everything_per_axis():
    geometry = conv_geometry((0, 4, 8, 5), (6, 2, 3, 2), stride=(2, 1), padding="same", dilation=1, groups=2)
    assert geometry == ((0, 6, 4, 5), (2, 1), ((0, 1), (0, 1)), (1, 1))
    with pytest.raises(ValueError, match=r"^conv_geometry: stride must be at least 1\. Got stride=0$"):
        conv_geometry((1, 4, 8), (6, 4, 3), stride=0)


def test_symbols_give_the_formula():
    i, k, s, p, d = (Symbol(letter, integer=True, positive=True) for letter in "ikspd")
    assert conv_output_size(i, k, stride=s, padding=p, dilation=d) == floor((i + 2 * p - d * (k - 1) - 1) / s) + 1
    assert effective_kernel_size(k, dilation=d) == d * (k - 1) + 1
    total = same_padding_total(i, k, stride=s, dilation=d)
    for values in ((224, 3, 2, 1), (5, 2, 1, 1), (9, 1, 4, 1), (13, 4, 3, 2)):
        expected = same_padding_total(*values[:2], stride=values[2], dilation=values[3])
        assert total.subs(dict(zip((i, k, s, d), values, strict=True))) == expected


def test_symbols_pass_through_shapes_parameters_and_macs():
    n, c, g, h = (Symbol(letter, integer=True, positive=True) for letter in "ncgh")
    assert conv_output_shape((n, c, h, 8), (64, c, 3, 3), padding=1) == (n, 64, h, 8)
    assert conv_parameters(c, 8, (3, 3), groups=g) == 72 * c / g + 8
    assert conv_parameters(8, c, 5, groups=2, bias=False) == 20 * c
    assert conv_macs((n, 16, h, 8), (64, 16, 3, 3), padding=1) == n * h * 8 * 64 * 16 * 9


def test_numbers_of_numpy_do_not_wrap_around():
    import numpy as np

    shape = tuple(np.array([100, 64, 224, 224], dtype=np.int32))
    assert conv_macs(shape, (64, 64, 3, 3), padding=1) == prod((100, 64, 224, 224, 64, 9))
    assert conv_output_size(np.uint8(250), np.uint8(7), padding=np.uint8(10)) == 264
    assert conv_parameters(np.int16(512), np.int16(512), (np.int16(3),) * 2) == 512 * 512 * 9 + 512
