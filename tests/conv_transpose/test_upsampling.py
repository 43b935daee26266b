"""Pixel shuffle, resize, overlap, unevenness, ICNR and bilinear kernels: larger images with and without a grid."""

import numpy as np
import pytest
import torch

from reference_impl.conv import conv
from reference_impl.conv_transpose import (
    bilinear_kernel,
    conv_transpose,
    conv_transpose_loops,
    icnr_weight,
    nearest_resize,
    overlap_map,
    pixel_shuffle,
    pixel_unshuffle,
    unevenness,
)

rng = np.random.default_rng(11)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pixel_shuffle_and_its_inverse_equal_those_of_torch(factor):
    x = rng.normal(size=(2, 5 * factor**2, 3, 4))
    shuffled = torch.nn.functional.pixel_shuffle(torch.tensor(x), factor).numpy()
    np.testing.assert_array_equal(pixel_shuffle(x, factor), shuffled)
    np.testing.assert_array_equal(pixel_unshuffle(shuffled, factor), x)


@pytest.mark.parametrize(("axes", "factor"), [(1, 3), (2, (2, 3)), (3, (1, 2, 3))])
def test_pixel_shuffle_puts_each_channel_in_its_phase(axes, factor):
    factors = (factor,) if isinstance(factor, int) else factor
    x = rng.integers(0, 100, size=(2, 3 * int(np.prod(factors)), *(2, 3, 4)[:axes]))
    y = pixel_shuffle(x, factor)
    assert y.dtype == x.dtype
    for number, phase in enumerate(np.ndindex(*factors)):
        cells = y[(..., *(slice(r, None, f) for r, f in zip(phase, factors, strict=True)))]
        np.testing.assert_array_equal(cells, x[:, number :: int(np.prod(factors))])
    np.testing.assert_array_equal(pixel_unshuffle(y, factor), x)


def test_pixel_shuffle_is_a_transposed_convolution_with_one_tap_a_phase():
    x = rng.normal(size=(2, 12, 3, 4))
    w = np.zeros((12, 2, 2, 3))
    for channel, (o, u, v) in enumerate(np.ndindex(2, 2, 3)):
        w[channel, o, u, v] = 1
    np.testing.assert_allclose(conv_transpose(x, w, stride=(2, 3)), pixel_shuffle(x, (2, 3)), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("shape", "factor"), [((2, 3, 4), 3), ((1, 2, 3, 4), (2, 3)), ((1, 1, 2, 3, 2), 2)])
def test_nearest_resize_equals_that_of_torch(shape, factor):
    x = rng.normal(size=shape)
    expected = torch.nn.functional.interpolate(torch.tensor(x), scale_factor=factor, mode="nearest").numpy()
    np.testing.assert_array_equal(nearest_resize(x, factor), expected)


@pytest.mark.parametrize(
    ("input_size", "kernel_size", "options"),
    [
        ((5,), 3, {"stride": 2}),
        ((4, 5), (3, 4), {"stride": (2, 3), "padding": ((1, 0), 2), "output_padding": (1, 0)}),
        ((3, 4), 3, {"stride": 2, "dilation": (2, 3), "padding": 1}),
        ((2, 3, 2), (2, 1, 3), {"stride": (3, 2, 1)}),
    ],
)
def test_the_overlap_map_counts_the_products_of_the_definition(input_size, kernel_size, options):
    kernel = (kernel_size,) * len(input_size) if isinstance(kernel_size, int) else kernel_size
    ones = np.ones((1, 1, *input_size), dtype=int), np.ones((1, 1, *kernel), dtype=int)
    counts = overlap_map(input_size, kernel_size, **options)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, conv_transpose_loops(*ones, **options)[0, 0])


def test_the_overlap_is_how_often_a_strided_convolution_reads_each_cell():
    x = torch.ones(1, 1, 9, 12, requires_grad=True)
    torch.nn.functional.conv2d(x, torch.ones(1, 1, 3, 4), stride=(2, 2)).sum().backward()
    np.testing.assert_array_equal(overlap_map((4, 5), (3, 4), stride=2), x.grad[0, 0].numpy())


@pytest.mark.parametrize("k", range(1, 10))
@pytest.mark.parametrize("s", range(1, 5))
def test_overlap_is_even_exactly_where_the_kernel_is_a_multiple_of_the_stride(k, s):
    counts = overlap_map((12,), k, stride=s)
    assert (unevenness(counts, (s,), border=k) < 1e-12) == (k % s == 0)


def test_unevenness_is_the_share_of_the_phase_means_that_is_not_common():
    counts = np.array([[1, 2], [3, 6]]).repeat(1, 0)
    tiled = np.tile(counts, (3, 4))
    by_hand = np.sqrt(((counts - 3) ** 2).sum() / (counts**2).sum())
    assert unevenness(tiled, (2, 2)) == pytest.approx(by_hand)
    assert unevenness(10.0 * tiled, (2, 2)) == pytest.approx(by_hand)
    assert unevenness(np.tile([1.0, -1.0], 5), (2,)) == 1
    assert unevenness(np.zeros((2, 3, 4, 4)), (2, 2)) == 0
    assert unevenness(np.ones((2, 3, 4, 6)), (2, 3)) == 0
    assert unevenness(np.tile([1j, -1j], 3), (2,)) == 1
    assert unevenness(np.ones((0, 4)), (2,)) == 0


def test_unevenness_looks_at_every_channel_by_itself_and_leaves_the_border_out():
    striped = np.tile([0.0, 2.0], 4)
    y = np.stack([striped, striped[::-1]])[None]  # the two channels cancel in the mean, not in the measure
    assert unevenness(y, (2,)) == pytest.approx(np.sqrt(0.5))
    bordered = np.array([9.0, 1, 1, 1, 1, 0])
    assert unevenness(bordered, (2,), border=1) == 0
    assert unevenness(bordered, (2,)) > 0.5


def test_a_picture_hardly_counts_and_its_checkerboard_does():
    i = np.arange(64)
    picture = (np.sin(i / 9)[:, None] * np.cos(i / 7) + 1.5)[None, None]
    w = np.ones((1, 1, 3, 3))
    assert unevenness(nearest_resize(picture, 2), (2, 2)) < 1e-12
    assert unevenness(conv_transpose(picture, w, stride=2), (2, 2), border=3) > 0.3


def test_even_overlap_is_not_enough_with_random_weights_but_icnr_and_resize_are():
    x = np.ones((1, 8, 10, 10))
    transposed = conv_transpose(x, rng.normal(size=(8, 4, 4, 4)), stride=2, padding=1)
    assert unevenness(transposed, (2, 2), border=4) > 0.1
    w = rng.normal(size=(4, 8, 3, 3))
    sub_pixel = pixel_shuffle(conv(x, icnr_weight(w, 2), padding=1), 2)
    resized = conv(nearest_resize(x, 2), w, padding=1)
    assert unevenness(sub_pixel, (2, 2), border=4) < 1e-12
    assert unevenness(resized, (2, 2), border=4) < 1e-12


@pytest.mark.parametrize(("axes", "factor"), [(1, 3), (2, (2, 3)), (3, 2)])
def test_icnr_makes_sub_pixel_convolution_a_convolution_followed_by_a_nearest_resize(axes, factor):
    x, w = rng.normal(size=(2, 4, *(3, 4, 5)[:axes])), rng.normal(size=(3, 4, *(3, 1, 2)[:axes]))
    shuffled = pixel_shuffle(conv(x, icnr_weight(w, factor), padding="same"), factor)
    np.testing.assert_allclose(shuffled, nearest_resize(conv(x, w, padding="same"), factor), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("factor", "mode"), [((3,), "linear"), ((2, 5), "bilinear"), ((4, 3), "bilinear")])
def test_bilinear_kernels_interpolate_like_torch_away_from_the_border(factor, mode):
    x = rng.normal(size=(2, 3, *(6, 7)[: len(factor)]))
    w = bilinear_kernel(factor, channels=3)
    assert w.dtype == np.float64
    assert w.flags.writeable
    y = conv_transpose(x, w, stride=factor, padding=tuple(r // 2 for r in factor), groups=3)
    expected = torch.nn.functional.interpolate(torch.tensor(x), scale_factor=factor, mode=mode, align_corners=False)
    assert y.shape == tuple(expected.shape)
    inside = (..., *(slice(r, -r) for r in factor))
    np.testing.assert_allclose(y[inside], expected.numpy()[inside], rtol=0, atol=1e-12)


def test_bilinear_kernel_takes_one_factor_for_two_axes():
    np.testing.assert_array_equal(bilinear_kernel(3), bilinear_kernel((3, 3)))
    assert bilinear_kernel(3).shape == (1, 1, 5, 5)
    assert bilinear_kernel(1).ravel().tolist() == [1]


IMAGE = np.ones((1, 6, 4, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pixel_shuffle(IMAGE, 2), ValueError, "channels must be divisible by the product of the factors, here"),
        (lambda: pixel_shuffle(IMAGE, 0), ValueError, "pixel_shuffle: factor must be at least 1"),
        (lambda: pixel_shuffle(IMAGE, (2, 1, 1)), ValueError, "factor must be one number or one per axis, here 2"),
        (lambda: pixel_shuffle(IMAGE[0, 0], 2), ValueError, r"x.shape must be \(N, C, \*S\)"),
        (lambda: pixel_unshuffle(IMAGE, 3), ValueError, "pixel_unshuffle: each spatial size must be divisible by its"),
        (lambda: pixel_unshuffle(IMAGE, 2.0), TypeError, "factor must be a whole number"),
        (lambda: nearest_resize(IMAGE, 0), ValueError, "nearest_resize: factor must be at least 1"),
        (lambda: icnr_weight(IMAGE, -1), ValueError, "icnr_weight: factor must be at least 1"),
        (lambda: icnr_weight(np.ones(3), 2), ValueError, r"icnr_weight: w.shape must be \(C_out, C_in/g, \*K\)"),
        (lambda: bilinear_kernel(0), ValueError, "bilinear_kernel: factor must be at least 1"),
        (lambda: bilinear_kernel(()), ValueError, "factor must name at least one axis"),
        (lambda: bilinear_kernel(2, channels=0), ValueError, "channels must be at least 1"),
        (lambda: bilinear_kernel(2.5), TypeError, "factor must be a whole number"),
        (lambda: overlap_map((), 3), ValueError, "overlap_map: input_size must name at least one axis"),
        (lambda: overlap_map((3, 3), (3,)), ValueError, "kernel_size must be one number or one per axis"),
        (lambda: overlap_map((3,), 3, stride=0), ValueError, "overlap_map: stride must be at least 1"),
        (lambda: overlap_map((3,), 3, padding=3), ValueError, "overlap_map: padding must leave at least one output"),
        (lambda: unevenness(np.ones(4), (2, 2)), ValueError, "y must have at least one axis per entry of stride"),
        (lambda: unevenness(np.ones(4), (0,)), ValueError, "unevenness: stride must be at least 1"),
        (lambda: unevenness(np.ones(4), (2,), border=2), ValueError, "border must leave at least one period"),
        (lambda: unevenness(np.ones(4), (2,), border=-1), ValueError, "border must be at least 0"),
        (lambda: unevenness([1, 2], (2,)), TypeError, "unevenness: y must be a NumPy array"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("zeros", [np.zeros, torch.zeros])
def test_shuffles_take_no_channels_as_torch_does(zeros):
    small, large = zeros((2, 0, 4, 6)), zeros((2, 0, 8, 12))
    assert tuple(pixel_shuffle(small, 2).shape) == tuple(torch.pixel_shuffle(torch.zeros(2, 0, 4, 6), 2).shape)
    assert tuple(pixel_unshuffle(large, 2).shape) == (2, 0, 4, 6)  # torch gives an empty input back as it is
