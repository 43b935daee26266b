"""Depthwise separable and pseudo-3D convolution: equal to the full kernels they stand for."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference_impl.conv import conv
from reference_impl.separable import (
    depthwise_conv,
    depthwise_separable_conv,
    depthwise_separable_conv_loops,
    depthwise_separable_kernel,
    pseudo3d_conv,
)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def library(x, w, b=None, **options):
    call = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    return call(torch.tensor(x), torch.tensor(w), None if b is None else torch.tensor(b), **options).numpy()


CASES = {
    "1-D": ((2, 3, 12), (4,), {"stride": 2, "padding": 3, "dilation": 2}),
    "2-D": ((2, 3, 9, 8), (3, 2), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}),
    "3-D": ((2, 2, 5, 6, 7), (2, 3, 1), {"stride": (1, 2, 3), "padding": (1, 0, 2)}),
}


@pytest.mark.parametrize("multiplier", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_depthwise_is_a_group_per_channel(case, multiplier):
    shape, taps, options = CASES[case]
    filters = shape[1] * multiplier
    x, w, b = drawn(*shape), drawn(filters, 1, *taps), drawn(filters)
    y = depthwise_conv(x, w, b, **options)
    np.testing.assert_allclose(y, library(x, w, b, groups=shape[1], **options), rtol=0, atol=1e-12)


@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("order", ["depthwise_first", "pointwise_first"])
@pytest.mark.parametrize("case", CASES)
def test_depthwise_separable_is_two_layers_and_one_full_kernel(case, order, multiplier):
    shape, taps, options = CASES[case]
    x, b, ones = drawn(*shape), drawn(6), (1,) * len(taps)
    if order == "depthwise_first":
        depthwise, pointwise = drawn(shape[1] * multiplier, 1, *taps), drawn(6, shape[1] * multiplier, *ones)
        want = library(library(x, depthwise, groups=shape[1], **options), pointwise, b)
    else:
        depthwise, pointwise = drawn(6, 1, *taps), drawn(6 // multiplier, shape[1], *ones)
        want = library(library(x, pointwise), depthwise, b, groups=6 // multiplier, **options)
    y = depthwise_separable_conv(x, depthwise, pointwise, b, order=order, **options)
    np.testing.assert_allclose(y, want, rtol=0, atol=1e-12)
    loops = depthwise_separable_conv_loops(x[:1], depthwise, pointwise, b, order=order, **options)
    np.testing.assert_allclose(y[:1], loops, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_borders_are_filled_alike_in_both_orders(mode):
    x, depthwise, pointwise = drawn(1, 3, 6, 5), drawn(3, 1, 3, 2), drawn(4, 3, 1, 1)
    options = {"padding": ((2, 1), (0, 1)), "padding_mode": mode}
    y = depthwise_separable_conv(x, depthwise, pointwise, **options)
    kernel = depthwise_separable_kernel(depthwise, pointwise)
    np.testing.assert_allclose(y, conv(x, kernel, **options), rtol=0, atol=1e-12)
    depthwise = drawn(4, 1, 3, 2)
    y = depthwise_separable_conv(x, depthwise, pointwise, order="pointwise_first", **options)
    kernel = depthwise_separable_kernel(depthwise, pointwise, order="pointwise_first")
    np.testing.assert_allclose(y, conv(x, kernel, **options), rtol=0, atol=1e-12)


def test_every_slice_of_a_depthwise_separable_kernel_is_a_multiple_of_one_kernel_per_channel():
    kernel = depthwise_separable_kernel(drawn(3, 1, 3, 3), drawn(8, 3, 1, 1))
    assert [np.linalg.matrix_rank(kernel[:, c].reshape(8, 9)) for c in range(3)] == [1, 1, 1]
    wider = depthwise_separable_kernel(drawn(6, 1, 3, 3), drawn(8, 6, 1, 1), depth_multiplier=2)
    assert [np.linalg.matrix_rank(wider[:, c].reshape(8, 9)) for c in range(3)] == [2, 2, 2]


def test_whole_numbers_stay_exact():
    x = np.arange(24, dtype=np.int16).reshape(1, 2, 4, 3)
    depthwise, pointwise = np.array([[[[1, -2]]], [[[3, 1]]]], dtype=np.int16), np.array([[[[5]], [[-7]]]], np.int16)
    y = depthwise_separable_conv(x, depthwise, pointwise)
    np.testing.assert_array_equal(y, depthwise_separable_conv_loops(x, depthwise, pointwise))
    assert y.dtype == np.int16
    assert depthwise_separable_conv(x[:0], depthwise, pointwise).shape == (0, 1, 4, 2)


X, D, P = np.ones((1, 2, 5, 4)), np.ones((4, 1, 3, 2)), np.ones((6, 4, 1, 1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: depthwise_conv([1], D), TypeError, "depthwise_conv: x must be a NumPy array"),
        (lambda: depthwise_conv(X, "w"), TypeError, "depthwise_conv: w must be a NumPy array"),
        (lambda: depthwise_conv(X, D, 1), TypeError, "depthwise_conv: b must be a NumPy array"),
        (lambda: depthwise_conv(X[0, 0], D), ValueError, r"x.shape must be \(N, C, \*S\)"),
        (lambda: depthwise_conv(X, D[0, 0]), ValueError, r"w.shape must be \(m·C, 1, \*K\)"),
        (lambda: depthwise_conv(X, D[:3]), ValueError, "a multiple of the channels of x. Got x.shape="),
        (lambda: depthwise_conv(X, D[:0]), ValueError, "a multiple of the channels of x"),
        (lambda: depthwise_conv(X, D[..., 0]), ValueError, "a multiple of the channels of x"),
        (lambda: depthwise_conv(X, np.ones((2, 2, 3, 2))), ValueError, "a multiple of the channels of x"),
        (lambda: depthwise_conv(X, D, np.ones(2)), ValueError, r"b must have shape \(C_out,\)"),
        (lambda: depthwise_conv(X, D, stride=0), ValueError, "stride must be at least 1"),
        (lambda: depthwise_conv(X, D, padding=9, padding_mode="circular"), ValueError, "'circular' can add at most"),
        (lambda: depthwise_separable_kernel(D, [1]), TypeError, "pointwise_weight must be a NumPy array"),
        (lambda: depthwise_separable_kernel(D, P, depth_multiplier=3), ValueError, "depth_multiplier kernels per"),
        (lambda: depthwise_separable_kernel(D, P, depth_multiplier=0), ValueError, "depth_multiplier must be at least"),
    ],
)
def test_depthwise_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([1], D, P), {}, TypeError, "x must be a NumPy array"),
        ((X, D, P, [1]), {}, TypeError, "b must be a NumPy array"),
        ((X[0], D, P), {}, ValueError, "the first weight must take the channels of x"),
        ((X[0, 0], D, P), {}, ValueError, r"x.shape must be \(N, C_in, \*S\)"),
        ((X, D[:, 0], P), {}, ValueError, "depthwise_weight must have shape"),
        ((X, D[:0], P), {}, ValueError, "hold at least one kernel"),
        ((X, D, P[:0]), {}, ValueError, "pointwise_weight must be a 1×1 kernel"),
        ((X, D, P[..., 0]), {}, ValueError, "pointwise_weight must be a 1×1 kernel"),
        ((X, D, np.ones((6, 4, 1, 2))), {}, ValueError, "pointwise_weight must be a 1×1 kernel"),
        ((X, D[:3], P), {}, ValueError, "must take the channels that depthwise_weight gives"),
        ((X, D[:3], P[:, :3]), {}, ValueError, "the first weight must take the channels of x"),
        ((X, D, P[:3, :2]), {"order": "pointwise_first"}, ValueError, "a multiple of the channels"),
        ((X, D, P[:2]), {"order": "pointwise_first"}, ValueError, "the first weight must take the channels of x"),
        ((X, D, P), {"order": "xception"}, ValueError, "order must be one of 'depthwise_first', 'pointwise_first'"),
        ((X, D, P, np.ones(4)), {}, ValueError, r"b must have shape \(C_out,\). Got b.shape=\(4,\), C_out=6"),
        ((X, D, P), {"dilation": 3}, ValueError, "at least as long as the dilated kernel"),
        ((X, D, P), {"padding": 4, "padding_mode": "reflect"}, ValueError, "'reflect' can add at most"),
    ],
)
@pytest.mark.parametrize("function", [depthwise_separable_conv, depthwise_separable_conv_loops])
def test_depthwise_separable_refuses(function, arguments, options, error, message):
    with pytest.raises(error, match=f"^{function.__name__}: .*{message}"):
        function(*arguments, **options)


CLIP, SPACE, TIME = drawn(2, 3, 6, 7, 5), drawn(3, 3, 1, 3, 2), drawn(3, 3, 3, 1, 1, seed=1)


def passes(x, variant, **options):
    """The same by torch's own Conv3d, with padding written out."""
    padded = {"padding": (0, 1, 0)}, {"padding": (1, 0, 0)}
    x = np.pad(x, [(0, 0)] * 4 + [(0, 1)])  # the odd cell of the even kernel goes to the end
    space = library(x, SPACE, **padded[0])
    if variant == "A":
        return library(space, TIME, **padded[1])
    time = library(x[..., :-1] if variant == "B" else space, TIME, **padded[1])
    return space + time


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("variant", ["A", "B", "C"])
def test_pseudo3d_joins_space_and_time_as_the_paper_does(variant, residual):
    b = drawn(3)
    y = pseudo3d_conv(CLIP, SPACE, TIME, b, variant=variant, residual=residual, padding="same")
    want = passes(CLIP, variant) + b.reshape(3, 1, 1, 1) + (CLIP if residual else 0)
    np.testing.assert_allclose(y, want, rtol=0, atol=1e-12)


def test_variant_a_is_the_full_convolution_with_a_product_kernel():
    space, time, b = drawn(4, 3, 1, 3, 2), drawn(5, 4, 2, 1, 1), drawn(5)
    options = {"stride": (2, 1, 3), "padding": ((1, 0), (2, 1), (0, 1)), "dilation": (2, 1, 2)}
    kernel = np.einsum("omt,mchw->octhw", time[..., 0, 0], space[:, :, 0])
    for mode in ("zeros", "replicate"):
        y = pseudo3d_conv(CLIP, space, time, b, padding_mode=mode, **options)
        np.testing.assert_allclose(y, conv(CLIP, kernel, b, padding_mode=mode, **options), rtol=0, atol=1e-12)


def test_variant_b_takes_a_stride_in_both_passes():
    y = pseudo3d_conv(CLIP, SPACE, TIME, variant="B", padding="same", stride=2)
    full = pseudo3d_conv(CLIP, SPACE, TIME, variant="B", padding="same")
    assert y.shape == (2, 3, 3, 4, 3)
    odd = conv(CLIP, SPACE, stride=2, padding=((0, 0), (1, 1), (0, 1)))
    odd += conv(CLIP, TIME, stride=2, padding=((0, 1), (0, 0), (0, 0)))
    np.testing.assert_allclose(y, odd, rtol=0, atol=1e-12)
    assert full.shape == CLIP.shape


def test_pseudo3d_keeps_whole_numbers_exact():
    y = pseudo3d_conv(*(np.ones(s, np.int8) for s in ((1, 1, 3, 3, 3), (1, 1, 1, 3, 3), (1, 1, 3, 1, 1))))
    assert (y.item(), y.dtype) == (27, np.int8)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([1], SPACE, TIME), {}, TypeError, "x must be a NumPy array"),
        ((CLIP, SPACE, TIME, [1]), {}, TypeError, "b must be a NumPy array"),
        ((CLIP, SPACE, [1]), {}, TypeError, "temporal_weight must be a NumPy array"),
        ((CLIP[0], SPACE, TIME), {}, ValueError, r"x.shape must be \(N, C_in, T, H, W\)"),
        ((CLIP, SPACE[:, :, 0], TIME), {}, ValueError, r"spatial_weight.shape must be \(C_mid, C_in, 1, k_H, k_W\)"),
        ((CLIP, TIME, TIME), {}, ValueError, "S must have one tap in time"),
        ((CLIP, SPACE, SPACE), {}, ValueError, "T one tap in space"),
        ((CLIP, SPACE[:0], TIME), {}, ValueError, "at least one filter each"),
        ((CLIP, SPACE, TIME[:0]), {}, ValueError, "at least one filter each"),
        ((CLIP, SPACE[:, :2], TIME), {}, ValueError, "S must take the channels of x"),
        ((CLIP, SPACE[:2], TIME), {}, ValueError, r"T those of x \(B\) or of S \(A, C\)"),
        ((CLIP, SPACE[:2], TIME), {"variant": "B"}, ValueError, "must have as many filters"),
        ((CLIP, SPACE, TIME), {"variant": "B"}, ValueError, "S and T are added and must give equal shapes"),
        ((CLIP, SPACE, TIME), {"variant": "C", "padding": "same", "stride": 2}, ValueError, "must give equal shapes"),
        ((CLIP, SPACE, TIME), {"residual": True}, ValueError, "the result must have the shape of x"),
        ((CLIP, SPACE, TIME), {"variant": "D"}, ValueError, "variant must be one of 'A', 'B', 'C'"),
        ((CLIP, SPACE, TIME, np.ones(2)), {}, ValueError, r"b must have shape \(C_out,\)"),
        ((CLIP, SPACE, TIME), {"stride": (1, 2)}, ValueError, "stride must be one number or one per axis"),
        ((CLIP, SPACE, TIME), {"padding": 7, "padding_mode": "circular"}, ValueError, "'circular' can add at most"),
    ],
)
def test_pseudo3d_refuses(arguments, options, error, message):
    with pytest.raises(error, match=f"^pseudo3d_conv: .*{message}"):
        pseudo3d_conv(*arguments, **options)
