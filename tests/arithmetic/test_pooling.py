"""Sizes of poolings and the divisors of average pools, beside torch's own."""

import itertools
import re

import numpy as np
import pytest
import torch

from reference_impl.arithmetic import conv_output_size, keras_transpose_arguments, pool_output_size, pool_window_cells
from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose

CASES = [
    (i, k, s, p, d)
    for i, k, s, d in itertools.product(range(1, 13), range(1, 6), range(1, 6), (1, 2, 3))
    for p in range(k // 2 + 1)
    if i + 2 * p >= d * (k - 1) + 1
]


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_sizes_are_those_of_torchs_max_pool(ceil_mode):
    for i, k, s, p, d in CASES:
        pooled = torch.nn.functional.max_pool1d(torch.zeros(1, 1, i), k, s, p, d, ceil_mode)
        size = pool_output_size(i, k, stride=s, padding=p, dilation=d, ceil_mode=ceil_mode)
        assert size == pooled.shape[2], (i, k, s, p, d)


def test_without_ceil_mode_a_pooling_has_the_size_of_a_convolution():
    for i, k, s, p, d in CASES:
        expected = conv_output_size(i, k, stride=s, padding=p, dilation=d)
        assert pool_output_size(i, k, stride=s, padding=p, dilation=d) == expected


@pytest.mark.parametrize("counting", [False, True])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_an_average_pool_divides_by_these_cells(ceil_mode, counting):
    for i, k, s, p, d in CASES:
        if d > 1:
            continue
        mean = torch.nn.functional.avg_pool1d(torch.ones(1, 1, i), k, s, p, ceil_mode, counting)[0, 0]
        cells = pool_window_cells(i, k, stride=s, padding=p, ceil_mode=ceil_mode, count_include_pad=counting)
        inside = [sum(0 <= cell < i for cell in range(o * s - p, o * s - p + k)) for o in range(len(cells))]
        expected = [sum_ / divisor for sum_, divisor in zip(inside, cells, strict=True)]
        np.testing.assert_allclose(mean.numpy(), expected, rtol=1e-6, err_msg=str((i, k, s, p)))


def test_for_several_axes_the_divisor_is_the_product():
    options = {"padding": 1, "ceil_mode": True, "count_include_pad": False}
    mean = torch.nn.functional.avg_pool2d(torch.arange(42.0).reshape(1, 1, 6, 7), (3, 2), (2, 3), **options)
    sums = torch.nn.functional.avg_pool2d(
        torch.arange(42.0).reshape(1, 1, 6, 7), (3, 2), (2, 3), 1, True, divisor_override=1
    )
    rows, columns = pool_window_cells(6, 3, stride=2, **options), pool_window_cells(7, 2, stride=3, **options)
    torch.testing.assert_close(mean[0, 0], sums[0, 0] / torch.tensor(rows)[:, None] / torch.tensor(columns))


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: pool_output_size(5, 2, padding=2), ValueError, "padding must be at most half of the window. Got padd"),
        (lambda: pool_window_cells(5, 3, padding=2), ValueError, "padding must be at most half of the window. Got pad"),
        (lambda: pool_output_size(5, 0), ValueError, "kernel_size must be at least 1. Got kernel_size=0"),
        (lambda: pool_output_size(5, 2, stride=0), ValueError, "stride must be at least 1. Got stride=0"),
        (lambda: pool_output_size(0, 2), ValueError, "input_size must be at least 1. Got input_size=0"),
        (lambda: pool_output_size(3, 2, dilation=3), ValueError, "the padded input must be at least as long as the di"),
        (lambda: pool_output_size(5, 2.0), TypeError, "kernel_size must be a whole number. Got kernel_size=2.0"),
    ],
)
def test_refusals(attempt, error, message):
    with pytest.raises(error, match=f"^pool_(output_size|window_cells): {re.escape(message)}"):
        attempt()


@pytest.mark.parametrize("word", ["same", "same_lower"])
@pytest.mark.parametrize(("k", "s", "d"), [(3, 2, 1), (4, 2, 1), (2, 3, 1), (3, 1, 1), (3, 2, 2), (5, 3, 1), (4, 1, 1)])
def test_the_transposed_words_undo_the_forward_ones(word, k, s, d):
    pair, extra = keras_transpose_arguments(word, k, stride=s, dilation=d)
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(1, 2, 5)), rng.normal(size=(1, 3, 5 * s)), rng.normal(size=(2, 3, k))
    up = conv_transpose(x, w, stride=s, padding=(pair,), output_padding=extra, dilation=d)
    down = conv(y, w, stride=s, padding=word, dilation=d)
    assert up.shape == y.shape
    assert np.sum(up * y) == pytest.approx(np.sum(down * x))


def test_a_last_window_that_hangs_over_may_be_the_only_one():
    for i, k, s, p, d in itertools.product(range(1, 6), range(1, 5), range(1, 5), range(3), (1, 2)):
        if p > k // 2:
            continue
        try:
            expected = torch.nn.functional.max_pool1d(torch.zeros(1, 1, i), k, s, p, d, ceil_mode=True).shape[-1]
        except RuntimeError:
            expected = None
        try:
            outputs = pool_output_size(i, k, stride=s, padding=p, dilation=d, ceil_mode=True)
        except ValueError:
            outputs = None
        assert outputs == expected, (i, k, s, p, d)


def test_a_window_that_hangs_over_alone_is_divided_by_the_cells_it_covers():
    for counted, cells in ((True, 3), (False, 1)):
        y = torch.nn.functional.avg_pool1d(torch.ones(1, 1, 1), 4, 2, 1, True, counted)
        window = {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": counted}
        assert pool_window_cells(1, 4, **window) == (cells,)
        assert y.item() == pytest.approx(1 / cells)
