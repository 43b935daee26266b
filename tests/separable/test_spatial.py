"""Spatially separable convolution: equal to the full kernel, at the price of its passes."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import sympy

from reference_impl.arithmetic import conv_macs
from reference_impl.conv import conv, conv_loops
from reference_impl.separable import (
    direct_macs,
    separable_kernel,
    separate_kernel,
    spatially_separable_conv,
    spatially_separable_conv_loops,
    spatially_separable_macs,
    spatially_separable_ratio,
)

MODES = ("zeros", "reflect", "replicate", "circular")


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def terms(*taps, rank=1):
    return [tuple(drawn(k, seed=10 * t + axis) for axis, k in enumerate(taps)) for t in range(rank)]


CASES = {
    "1-D": ((2, 3, 11), (4,), {"stride": 2, "padding": ((2, 1),), "dilation": 2}),
    "1-D causal": ((2, 3, 11), (4,), {"padding": "causal", "dilation": 2}),
    "2-D": ((2, 3, 9, 8), (3, 4), {"stride": (2, 1), "padding": ((1, 2), (0, 3)), "dilation": (1, 2)}),
    "2-D same": ((1, 2, 8, 7), (2, 5), {"padding": "same", "stride": (2, 3)}),
    "2-D same_lower": ((1, 2, 8, 7), (2, 5), {"padding": "same_lower"}),
    "3-D": ((2, 2, 5, 6, 7), (2, 3, 4), {"stride": (1, 2, 1), "padding": (1, 0, 2)}),
}


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
def test_passes_equal_the_definition_and_the_full_kernel(case, mode, rank):
    shape, taps, options = CASES[case]
    x, b, factors = drawn(*shape), drawn(shape[1], seed=5), terms(*taps, rank=rank)
    y = spatially_separable_conv(x, factors, b, padding_mode=mode, **options)
    shared = np.tile(separable_kernel(factors), (shape[1], 1, *(1,) * len(taps)))
    full = conv(x, shared, b, groups=shape[1], padding_mode=mode, **options)
    np.testing.assert_allclose(y, full, rtol=0, atol=1e-12)
    loops = spatially_separable_conv_loops(x[:1], factors, b, padding_mode=mode, **options)
    np.testing.assert_allclose(y[:1], loops, rtol=0, atol=1e-12)


def test_the_order_of_the_passes_does_not_change_the_result():
    x, factors = drawn(1, 2, 7, 6, 5), terms(3, 2, 4, rank=2)
    want = spatially_separable_conv(x, factors, padding=1)
    for order in [(0, 2, 1), (1, 0, 2), [2, 1, 0]]:
        got = spatially_separable_conv(x, factors, padding=1, order=order)
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)
        np.testing.assert_allclose(spatially_separable_conv_loops(x, factors, padding=1, order=order), want, atol=1e-12)


def test_layers_of_a_network_equal_their_full_kernel():
    x, b, down, along = drawn(2, 3, 9, 8), drawn(4), drawn(5, 3, 3), drawn(4, 5, 2, seed=1)
    options = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (2, 1)}
    y = spatially_separable_conv(x, [down, along], b, **options)
    np.testing.assert_allclose(y, conv(x, separable_kernel([down, along]), b, **options), rtol=0, atol=1e-12)
    loops = spatially_separable_conv_loops(x, [down, along], b, **options)
    np.testing.assert_allclose(y, loops, rtol=0, atol=1e-12)
    first_along = [drawn(4, 5, 2), drawn(5, 3, 3)]
    y = spatially_separable_conv(x, first_along, b, order=(1, 0), **options)
    np.testing.assert_allclose(
        y, spatially_separable_conv_loops(x, first_along, b, order=(1, 0), **options), atol=1e-12
    )


def test_agrees_with_scipy_which_also_filters_in_passes():
    photo = drawn(1, 2, 12, 9)
    taps = scipy.ndimage.gaussian_filter1d(np.eye(1, 13, 6)[0], 1.5, truncate=4.0)
    y = spatially_separable_conv(photo, [taps, taps], padding=6, padding_mode="replicate")
    want = scipy.ndimage.gaussian_filter(photo, 1.5, axes=(2, 3), mode="nearest", truncate=4.0)
    np.testing.assert_allclose(y, want, atol=1e-12)
    column, row = drawn(3), drawn(5, seed=1)
    y = spatially_separable_conv(photo[:, :1], [column, row])
    want = scipy.signal.correlate2d(photo[0, 0], np.outer(column, row), mode="valid")
    np.testing.assert_allclose(y[0, 0], want, atol=1e-12)


def test_a_kernel_of_rank_two_is_two_terms():
    laplacian = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    x = drawn(1, 1, 9, 7)
    y = spatially_separable_conv(x, separate_kernel(laplacian, rank=2))
    np.testing.assert_allclose(y, conv(x, laplacian[None, None]), rtol=0, atol=1e-12)


def test_whole_numbers_stay_exact_and_may_overflow_between_the_passes_but_not_at_the_end():
    x = np.full((1, 1, 3, 3), 100, dtype=np.int8)
    up, down = np.array([2, 2, 2], dtype=np.int8), np.array([1, -1, 0], dtype=np.int8)
    y = spatially_separable_conv(x, [up, down])
    assert y.dtype == np.int8
    assert y.tolist() == [[[[0]]]]
    with pytest.raises(ValueError, match="the result does not fit into int8"):
        spatially_separable_conv(x, [up, up])
    x = np.arange(25).reshape(1, 1, 5, 5)
    np.testing.assert_array_equal(
        spatially_separable_conv(x, [np.array([1, 2, 1]), np.array([-1, 0, 1])]),
        conv_loops(x, np.outer([1, 2, 1], [-1, 0, 1])[None, None]),
    )


def test_the_worked_example_of_the_book():
    column, row = conv_macs((1, 1, 5, 5), (1, 1, 3, 1)), conv_macs((1, 1, 3, 5), (1, 1, 1, 3))
    assert (column, row, direct_macs(5, 3), spatially_separable_macs(5, 3)) == (45, 27, 81, 72)
    assert spatially_separable_ratio(5, 3) == Fraction(72, 81)


@pytest.mark.parametrize(("n", "m"), [(5, 3), (7, 7), (17, 4), (224, 11), (1, 1)])
def test_counts_agree_with_the_count_of_each_pass(n, m):
    o = n - m + 1
    assert direct_macs(n, m) == conv_macs((1, 1, n, n), (1, 1, m, m))
    passes = conv_macs((1, 1, n, n), (1, 1, m, 1)) + conv_macs((1, 1, o, n), (1, 1, 1, m))
    assert spatially_separable_macs(n, m) == passes
    assert spatially_separable_ratio(n, m) == Fraction(passes, direct_macs(n, m))


def test_the_ratio_in_symbols_has_both_forms_and_its_limit():
    n, m = sympy.symbols("n m", positive=True, integer=True)
    ratio = spatially_separable_ratio(n, m)
    assert sympy.simplify(ratio - (1 / m + n / (m * (n - m + 1)))) == 0
    assert sympy.simplify(ratio - spatially_separable_macs(n, m) / direct_macs(n, m)) == 0
    assert sympy.limit(ratio, n, sympy.oo) == 2 / m
    assert [sympy.limit(spatially_separable_ratio(n, taps), n, sympy.oo) for taps in (3, 5, 7)] == [
        sympy.Rational(2, taps) for taps in (3, 5, 7)
    ]


@pytest.mark.parametrize("function", [direct_macs, spatially_separable_macs, spatially_separable_ratio])
def test_counts_refuse_sizes_that_are_none(function):
    with pytest.raises(ValueError, match=f"{function.__name__}: the kernel must not be larger than the input"):
        function(2, 3)
    with pytest.raises(ValueError, match="kernel_size must be at least 1"):
        function(2, 0)
    with pytest.raises(TypeError, match="input_size must be a whole number"):
        function(2.0, 1)
