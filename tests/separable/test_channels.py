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


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
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
