"""Dilated convolution: two equal forms, the coverage of stacks, the gridding measure and the hybrid rule."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl.conv import conv, conv_loops
from reference_impl.dilation import (
    batch_to_space,
    conv_by_phases,
    coverage_map,
    coverage_share,
    dilated_kernel,
    gridding,
    hdc_max_distance,
    satisfies_hdc,
    space_to_batch,
)

# x shape, w shape, options: lopsided on purpose
CASES = {
    "one axis, causal": ((2, 3, 9), (4, 3, 2), {"dilation": 4, "padding": "causal"}),
    "two axes, unequal everything": (
        (2, 4, 9, 8),
        (6, 2, 3, 2),
        {"dilation": (2, 3), "padding": ((0, 3), (2, 1)), "groups": 2},
    ),
    "same": ((1, 2, 7, 10), (3, 2, 3, 4), {"dilation": (3, 2), "padding": "same"}),
    "three axes": ((2, 2, 5, 4, 6), (2, 1, 2, 3, 1), {"dilation": (3, 1, 2), "padding": 1, "groups": 2}),
    "not dilated": ((1, 2, 4, 3), (2, 2, 3, 2), {}),
}


def operands(x_shape, w_shape):
    rng = np.random.default_rng(sum(x_shape) * 31 + sum(w_shape))
    return rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_dilated_convolution_equals_ordinary_ones_of_its_phases(case):
    x, w, b = operands(*case[:2])
    y = conv_by_phases(x, w, b, **case[-1])
    np.testing.assert_allclose(y, conv_loops(x, w, b, **case[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_dilated_convolution_equals_one_with_zeros_in_the_kernel(case):
    x, w, b = operands(*case[:2])
    options = dict(case[-1])
    spread = dilated_kernel(w, options.pop("dilation", 1))
    np.testing.assert_allclose(conv(x, spread, b, **options), conv(x, w, b, **case[-1]), rtol=0, atol=1e-12)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(size=st.integers(1, 14), k=st.integers(1, 4), d=st.integers(1, 5), p=st.integers(0, 5), seed=st.integers(0, 99))
def test_random_phases_equal_torch(size, k, d, p, seed):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, 3, size)), rng.normal(size=(2, 3, k))
    if size + 2 * p < d * (k - 1) + 1:
        with pytest.raises(ValueError, match="conv_by_phases: the padded input must be at least as long"):
            conv_by_phases(x, w, dilation=d, padding=p)
        return
    expected = torch.nn.functional.conv1d(torch.tensor(x), torch.tensor(w), dilation=d, padding=p).numpy()
    np.testing.assert_allclose(conv_by_phases(x, w, dilation=d, padding=p), expected, rtol=0, atol=1e-12)


def test_phases_keep_whole_numbers_exact():
    x, w = np.full((1, 1, 5), 2**40 + 1), np.full((1, 1, 2), 3)
    assert conv_by_phases(x, w, dilation=2).ravel().tolist() == [6 * (2**40 + 1)] * 3


def test_a_sum_that_is_cut_off_again_may_be_larger_than_the_dtype():
    x, w = np.array([[[1, 100, 100]]], np.int8), np.array([[[-2, 1]]], np.int8)  # -2 · 100 + 0 is cut off
    for y in (conv_by_phases(x, w, dilation=2), conv_by_phases(torch.tensor(x), torch.tensor(w), dilation=2)):
        assert y.tolist() == [[[98]]]


@pytest.mark.parametrize(("shape", "factor"), [((2, 3, 6), 3), ((2, 3, 4, 6), (2, 3)), ((1, 2, 2, 4, 3), (1, 2, 3))])
def test_space_to_batch_gives_one_sample_a_phase_and_is_undone(shape, factor):
    x = np.arange(np.prod(shape)).reshape(shape)
    factors = (factor,) if isinstance(factor, int) else factor
    y = space_to_batch(x, factor)
    for number, phase in enumerate(product(*map(range, factors))):
        cells = x[(..., *(slice(r, None, d) for r, d in zip(phase, factors, strict=True)))]
        np.testing.assert_array_equal(y[number * len(x) : (number + 1) * len(x)], cells)
    np.testing.assert_array_equal(batch_to_space(y, factor), x)
    assert batch_to_space(space_to_batch(x[:0], factor), factor).shape == (0, *shape[1:])


def gradient_of_one_output(rates, kernels, axes):
    """What reaches the middle output of a stack of all-ones layers, by automatic differentiation."""
    size = 1 + sum(r * (k - 1) for r, k in zip(rates, kernels, strict=True))
    x = torch.ones(1, 1, *(size,) * axes, dtype=torch.float64, requires_grad=True)
    y = x
    for r, k in zip(rates, kernels, strict=True):
        w = torch.ones(1, 1, *(k,) * axes, dtype=torch.float64)
        y = getattr(torch.nn.functional, f"conv{axes}d")(y, w, dilation=r)
    y.sum().backward()
    return x.grad[0, 0].numpy()


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("rates", "kernels"), [([2, 2, 2], [3, 3, 3]), ([1, 2, 5], [3, 2, 4]), ([3], [5])])
def test_the_coverage_map_is_the_gradient_of_one_output(rates, kernels, axes):
    counts = coverage_map(rates, kernels, axes=axes)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, gradient_of_one_output(rates, kernels, axes))


def test_the_coverage_of_the_three_stacks_of_the_paper():
    assert coverage_share(coverage_map([2, 2, 2], axes=1)) == 7 / 13
    assert coverage_share(coverage_map([2, 2, 2])) == 49 / 169
    assert coverage_share(coverage_map([1, 2, 5])) == 1
    assert coverage_share(coverage_map([1, 2, 9], axes=1)) == 21 / 25
    wavenet = coverage_map([2**layer for layer in range(10)], 2, axes=1)
    assert wavenet.tolist() == [1] * 1024  # every sample reaches the output on exactly one path


def test_gridding_is_zero_for_one_hill_and_grows_with_every_dip():
    assert gridding(np.array([1, 2, 5, 5, 1])) == 0
    assert gridding(np.array([3, 0, 3])) == 1
    assert gridding(np.array([4, 1, 4])) == pytest.approx(6 / 8)
    assert gridding(np.array([[1, 0, 1], [2, 0, 2]])) == pytest.approx((4 + 8 + 4 + 0 + 4) / (2 + 4 + 4 + 0 + 4) - 1)
    assert gridding(np.zeros((2, 3))) == 0


def test_gridding_is_the_same_number_along_one_axis_and_two():
    for rates in ([2, 2, 2], [1, 2, 5], [1, 2, 9]):
        assert gridding(coverage_map(rates, axes=2)) == pytest.approx(gridding(coverage_map(rates, axes=1)))


def test_gridding_orders_the_stacks_and_smoothing_layers_lower_it():
    stacks = ([1, 1, 1], [1, 2, 5], [2, 2, 2])
    measures = [gridding(coverage_map(rates)) for rates in stacks]
    assert measures == sorted(measures)
    assert measures[0] == 0
    assert gridding(coverage_map([2, 2, 2, 1, 1])) < gridding(coverage_map([2, 2, 2, 1])) < measures[-1]


def test_the_hybrid_rule_gives_the_numbers_of_the_paper():
    assert hdc_max_distance([1, 2, 5]) == 2
    assert hdc_max_distance([1, 2, 9]) == 5
    assert satisfies_hdc([1, 2, 5], 3)
    assert not satisfies_hdc([1, 2, 9], 3)
    assert satisfies_hdc([1, 2, 9], 5)
    assert not satisfies_hdc([2, 4, 8], 5)
    assert hdc_max_distance([1, 7]) == 7


@pytest.mark.parametrize("k", [3, 5, 7])
@pytest.mark.parametrize("layers", [2, 3, 4])
def test_rates_that_begin_with_1_and_meet_the_hybrid_rule_leave_no_cell_out(k, layers):
    stacks = list(combinations_with_replacement(range(1, 10), layers))
    good = [rates for rates in stacks if rates[0] == 1 and satisfies_hdc(rates, k)]
    assert len(good) > 2
    assert all(coverage_share(coverage_map(rates, k, axes=1)) == 1 for rates in good)
    others = [rates for rates in stacks if rates[0] > 1]
    assert all(coverage_share(coverage_map(rates, k, axes=1)) < 1 for rates in others)
    assert any(satisfies_hdc(rates, k) for rates in others)  # so the rule alone does not see a first rate above 1
