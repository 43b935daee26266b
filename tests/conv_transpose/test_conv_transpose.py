"""Transposed convolution in NumPy: its definition, torch as oracle, exact whole numbers, what it refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl.conv_transpose import (
    conv_transpose,
    conv_transpose_by_zero_insertion,
    conv_transpose_columns,
    conv_transpose_loops,
)

ORACLES = {axes: getattr(torch.nn.functional, f"conv_transpose{axes}d") for axes in (1, 2, 3)}
WAYS = (conv_transpose, conv_transpose_loops, conv_transpose_columns, conv_transpose_by_zero_insertion)

# x shape, w shape, options as torch takes them: lopsided on purpose
CASES = {
    "one axis, kernel shorter than the stride": ((2, 3, 5), (3, 4, 2), {"stride": 3, "output_padding": 2}),
    "one axis, dilated": ((1, 4, 6), (4, 1, 3), {"stride": 2, "dilation": 3, "padding": 1, "groups": 2}),
    "two axes, unequal everything": (
        (2, 6, 4, 5),
        (6, 2, 3, 4),
        {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "groups": 3},
    ),
    "stride and dilation share a factor": ((2, 4, 3, 4), (4, 3, 3, 2), {"stride": (4, 2), "dilation": (2, 4)}),
    "output padding beyond the stride": ((1, 2, 3, 2), (2, 3, 2, 3), {"dilation": 3, "output_padding": (2, 1)}),
    "padding beyond the kernel": ((2, 3, 6, 5), (3, 2, 2, 3), {"stride": 2, "padding": (3, 4)}),
    "no stride": ((1, 2, 4, 3), (2, 5, 3, 2), {"padding": (2, 1)}),
    "depthwise": ((2, 5, 3, 4), (5, 1, 4, 4), {"stride": 2, "padding": 1, "groups": 5}),
    "three axes": (
        (2, 4, 2, 3, 4),
        (4, 3, 3, 1, 2),
        {"stride": (1, 2, 3), "padding": (1, 0, 1), "output_padding": (0, 1, 2), "groups": 2},
    ),
}


def operands(x_shape, w_shape, groups=1, dtype=np.float64):
    rng = np.random.default_rng(sum(x_shape) * 31 + sum(w_shape))
    shapes = (x_shape, w_shape, (w_shape[1] * groups,))
    if np.dtype(dtype).kind == "c":
        return [(rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype) for shape in shapes]
    return [(5 * rng.normal(size=shape)).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_way_equals_torch(way, case):
    x_shape, w_shape, options = case
    arrays = operands(x_shape, w_shape, options.get("groups", 1))
    expected = ORACLES[len(x_shape) - 2](*map(torch.from_numpy, arrays), **options).numpy()
    np.testing.assert_allclose(way(*arrays, **options), expected, rtol=0, atol=1e-12)


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(data=st.data())
def test_random_configurations_equal_torch(data):
    draw, each = data.draw, lambda least, most: data.draw(st.integers(least, most))
    axes, groups = each(1, 3), each(1, 3)
    x_shape = (each(1, 2), groups * each(1, 2), *(each(1, 4) for _ in range(axes)))
    w_shape = (x_shape[1], each(1, 3), *(each(1, 4) for _ in range(axes)))
    stride, dilation, padding = (
        tuple(draw(st.lists(st.integers(least, most), min_size=axes, max_size=axes)))
        for least, most in ((1, 4), (1, 3), (0, 3))
    )
    extra = tuple(each(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    options = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": dilation, "groups": groups}
    arrays = operands(x_shape, w_shape, groups)
    axes_options = zip(x_shape[2:], w_shape[2:], stride, padding, extra, dilation, strict=True)
    if any((i - 1) * s - 2 * p + d * (k - 1) + a + 1 < 1 for i, k, s, p, a, d in axes_options):
        with pytest.raises(ValueError, match="padding must leave at least one output cell"):
            conv_transpose(*arrays, **options)
        return
    expected = ORACLES[axes](*map(torch.from_numpy, arrays), **options).numpy()
    np.testing.assert_allclose(conv_transpose(*arrays, **options), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("way", WAYS)
def test_asymmetric_padding_cuts_each_side_by_its_own_number(way):
    x, w, b = operands((2, 4, 3, 5), (4, 3, 4, 3), 2)
    full = conv_transpose_loops(x, w, b, stride=(2, 3), groups=2)
    cut = way(x, w, b, stride=(2, 3), padding=((0, 2), (3, 1)), groups=2)
    np.testing.assert_allclose(cut, full[:, :, :-2, 3:-1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_output_padding_keeps_computed_cells_and_adds_no_zeros(way):
    x, w, _ = operands((1, 2, 4, 3), (2, 3, 3, 3))
    shorter, longer = way(x, w, stride=2, padding=1), way(x, w, stride=2, padding=1, output_padding=1)
    np.testing.assert_allclose(longer[:, :, :-1, :-1], shorter, rtol=0, atol=1e-12)
    np.testing.assert_allclose(longer, way(x, w, stride=2, padding=((1, 0), (1, 0))), rtol=0, atol=1e-12)
    assert np.abs(longer[:, :, -1]).min() > 1e-6


@pytest.mark.parametrize("way", WAYS)
def test_padding_may_cut_off_everything_that_was_stamped(way):
    x, w, b = operands((1, 1, 1), (1, 2, 1))
    y = way(x, w, b, stride=4, padding=[(2, 0)], output_padding=3)
    np.testing.assert_array_equal(y, np.broadcast_to(b[:, None], (1, 2, 2)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64, np.complex128])
def test_the_dtype_is_kept(way, dtype):
    x, w, b = operands((1, 2, 3, 4), (2, 3, 2, 3), 2, dtype)
    y = way(x, w, b, stride=2, groups=2)
    assert y.dtype == dtype
    wide = np.complex128 if np.dtype(dtype).kind == "c" else np.float64
    expected = conv_transpose_loops(*(array.astype(wide) for array in (x, w, b)), stride=2, groups=2)
    np.testing.assert_allclose(y, expected, rtol=20 * np.finfo(dtype).eps, atol=200 * np.finfo(dtype).eps)


@pytest.mark.parametrize("way", WAYS)
def test_whole_numbers_are_exact_and_refuse_to_wrap_around(way):
    x, w = np.full((1, 1, 2), 2**40 + 1), np.full((1, 1, 3), 2**20 + 1)
    product = (2**40 + 1) * (2**20 + 1)
    assert way(x, w, stride=2).ravel().tolist() == [product, product, 2 * product, product, product]
    with pytest.raises(ValueError, match=rf"^{way.__name__}: the result does not fit into int8.*largest=200"):
        way(np.full((1, 1, 2), 10, dtype=np.int8), np.full((1, 1, 3), 10, dtype=np.int8), stride=2)


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_batch_gives_an_empty_result(way):
    y = way(np.empty((0, 4, 3, 2)), np.ones((4, 3, 2, 5)), np.ones(6), stride=2, groups=2)
    assert y.shape == (0, 6, 6, 7)


@pytest.mark.parametrize("way", WAYS)
def test_non_contiguous_and_read_only_input_gives_the_same(way):
    x, w, b = operands((2, 4, 3, 5), (4, 3, 2, 3))
    expected = way(x, w, b, stride=2)
    turned = np.asfortranarray(x), np.asfortranarray(w)[::-1][::-1], np.repeat(b, 2)[::2]
    for array in turned:
        array.flags.writeable = False
    np.testing.assert_allclose(way(*turned, stride=2), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": [[[1.0]]]}, TypeError, r"x must be a NumPy array.* Got x='list'"),
        ({"w": np.ones((4, 3, 2), dtype=bool)}, TypeError, "w must hold numbers"),
        ({"x": np.ones((2, 4))}, ValueError, r"input_shape must be \(N, C_in, \*S\)"),
        ({"w": np.ones((4, 3, 2, 2))}, ValueError, "same number of axes"),
        ({"w": np.ones((3, 4, 2))}, ValueError, r"must have shape \(C_in, C_out/groups, \*K\)"),
        ({"b": np.ones(4)}, ValueError, r"b must have shape \(C_out,\)\. Got b.shape=\(4,\), C_out=3"),
        ({"b": "b"}, TypeError, "b must be a NumPy array"),
        ({"groups": 3}, ValueError, "C_in must be divisible by groups"),
        ({"groups": 0}, ValueError, "groups must be at least 1"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"stride": (1, 1)}, ValueError, "stride must be one number or one per axis"),
        ({"dilation": -1}, ValueError, "dilation must be at least 1"),
        ({"padding": "valid"}, ValueError, "padding of a transposed convolution must be numbers"),
        ({"padding": 4}, ValueError, "padding must leave at least one output cell, but leaves -2"),
        ({"output_padding": 1}, ValueError, "output_padding must be less than stride or less than dilation"),
        ({"output_padding": (0, 0)}, ValueError, "output_padding must be one number or one per axis"),
    ],
)
def test_bad_arguments_are_refused_by_name(way, change, error, message):
    arguments = {"x": np.ones((2, 4, 5)), "w": np.ones((4, 3, 2)), **change}
    with pytest.raises(error, match=rf"^{way.__name__}: .*{message}"):
        way(**arguments)
