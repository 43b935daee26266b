"""Overlapping and logarithmic groups, against loops over the groups and a dense convolution."""

import numpy as np
import pytest

from reference_impl.conv import conv
from reference_impl.grouped import (
    logarithmic_group_sizes,
    logarithmic_grouped_conv,
    overlapping_channels,
    overlapping_grouped_conv,
)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


OPTIONS = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2)}


@pytest.mark.parametrize("mode", ["zeros", "replicate"])
@pytest.mark.parametrize(("groups", "overlap"), [(3, 0), (3, 1), (2, 2), (3, 4), (1, 0)])
def test_overlapping_groups_equal_a_dense_convolution_with_zeros(groups, overlap, mode):
    x, w, b = drawn(2, 6, 9, 8), drawn(6, 6 // groups + overlap, 3, 2), drawn(6)
    dense = np.zeros((6, 6, 3, 2))
    for o in range(6):
        start = (o // (6 // groups)) * (6 // groups)
        for c in range(w.shape[1]):
            dense[o, (start + c) % 6] = w[o, c]
    y = overlapping_grouped_conv(x, w, b, groups=groups, overlap=overlap, padding_mode=mode, **OPTIONS)
    np.testing.assert_allclose(y, conv(x, dense, b, padding_mode=mode, **OPTIONS), rtol=0, atol=1e-12)


def test_without_overlap_groups_are_plain_groups():
    x, w = drawn(2, 6, 5, 4), drawn(4, 3, 2, 3)
    got = overlapping_grouped_conv(x, w, groups=2, overlap=0)
    np.testing.assert_array_equal(got, conv(x, w, groups=2))
    assert overlapping_channels(6, 2, 0) == [[0, 1, 2], [3, 4, 5]]
    assert overlapping_channels(4, 2, 2) == [[0, 1, 2, 3], [2, 3, 0, 1]]


@pytest.mark.parametrize("channels", [1, 2, 3, 7, 8, 10, 64, 96, 1000])
def test_logarithmic_sizes_add_up_and_never_grow(channels):
    for groups in range(1, channels.bit_length() + 1):
        sizes = logarithmic_group_sizes(channels, groups)
        assert sum(sizes) == channels
        assert len(sizes) == groups
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) >= 1
    assert len(logarithmic_group_sizes(channels)) == channels.bit_length()


def test_logarithmic_sizes_of_a_power_of_two_are_halves_quarters_eighths():
    assert logarithmic_group_sizes(64, 1) == [64]
    assert logarithmic_group_sizes(64, 4) == [32, 16, 8, 8]
    assert logarithmic_group_sizes(64) == [32, 16, 8, 4, 2, 1, 1]


def weights_of(c_in, c_out, groups, *kernel):
    pairs = zip(logarithmic_group_sizes(c_out, groups), logarithmic_group_sizes(c_in, groups), strict=True)
    return [drawn(*pair, *kernel, seed=q) for q, pair in enumerate(pairs)]


@pytest.mark.parametrize("mode", ["zeros", "circular"])
@pytest.mark.parametrize(("c_in", "c_out", "groups"), [(8, 16, 4), (6, 10, 3), (5, 5, 1), (7, 4, 2)])
def test_logarithmic_groups_equal_a_dense_convolution_with_blocks(c_in, c_out, groups, mode):
    weights, x, b = weights_of(c_in, c_out, groups, 3, 2), drawn(2, c_in, 9, 8), drawn(c_out)
    dense, row, column = np.zeros((c_out, c_in, 3, 2)), 0, 0
    for w in weights:
        dense[row : row + w.shape[0], column : column + w.shape[1]] = w
        row, column = row + w.shape[0], column + w.shape[1]
    y = logarithmic_grouped_conv(x, weights, b, padding_mode=mode, **OPTIONS)
    np.testing.assert_allclose(y, conv(x, dense, b, padding_mode=mode, **OPTIONS), rtol=0, atol=1e-12)


def test_logarithmic_groups_work_on_one_and_three_axes_and_keep_whole_numbers():
    y = logarithmic_grouped_conv(drawn(1, 4, 9), weights_of(4, 8, 3, 4), padding="causal")
    assert y.shape == (1, 8, 9)
    assert logarithmic_grouped_conv(drawn(2, 4, 5, 6, 7), weights_of(4, 4, 2, 2, 3, 1)).shape == (2, 4, 4, 4, 7)
    whole = [np.ones((1, 1, 2), dtype=np.int16)] * 2
    y = logarithmic_grouped_conv(np.arange(6, dtype=np.int16).reshape(1, 2, 3), whole)
    assert (y.tolist(), y.dtype) == ([[[1, 3], [7, 9]]], np.int16)
