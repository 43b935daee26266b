"""Dilation at the edges: what they refuse, word for word; dtypes; the hybrid rule outside the paper's examples."""

import numpy as np
import pytest

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
from tests.refusals import refused

X = np.zeros((2, 4, 6, 5))
REFUSED = [
    (
        lambda: coverage_map([1, 1], (3,)),
        ValueError,
        "coverage_map: kernel_size must be one number or one per layer. Got kernel_size=(3,), rates=[1, 1]",
    ),
    (lambda: coverage_map([1, 1], 0), ValueError, "coverage_map: kernel_size must be at least 1. Got kernel_size=0"),
    (
        lambda: coverage_map([1] * 20, 3, axes=2),
        ValueError,
        "coverage_map: 64 bits cannot count the paths of so many layers. Got layers=20, paths=12157665459056928801",
    ),
    (lambda: coverage_map([1], 3, axes=0), ValueError, "coverage_map: axes must be at least 1. Got axes=0"),
    (lambda: coverage_map([1], 1, axes=65), ValueError, "coverage_map: axes must be less than 65. Got axes=65"),
    (
        lambda: coverage_map([1] * 63, 2, axes=1),
        ValueError,
        f"coverage_map: 64 bits cannot count the paths of so many layers. Got layers=63, paths={2**63}",
    ),
    (
        lambda: coverage_map([5, 3], [2, 2**23]),
        ValueError,
        "coverage_map: no array may have 2**48 cells or more. Got shape=(25165827, 25165827)",  # 1 + 5 + 3 (2²³ − 1)
    ),
    (
        lambda: dilated_kernel(np.zeros((2, 3)), 2),
        ValueError,
        "dilated_kernel: w.shape must be (C_out, C_in/groups, *K) with at least one spatial axis. Got w.shape=(2, 3)",
    ),
    (
        lambda: dilated_kernel(np.zeros((1, 1, 3)), 0),
        ValueError,
        "dilated_kernel: dilation must be at least 1. Got dilation=0",
    ),
    (
        lambda: space_to_batch(np.zeros((2, 3)), 2),
        ValueError,
        "space_to_batch: x.shape must be (N, C, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: space_to_batch(X, 2),
        ValueError,
        "space_to_batch: each spatial size must be divisible by its factor. Got x.shape=(2, 4, 6, 5), factor=2",
    ),
    (lambda: space_to_batch(X, 0), ValueError, "space_to_batch: factor must be at least 1. Got factor=0"),
    (
        lambda: batch_to_space(np.zeros((2, 3)), 2),
        ValueError,
        "batch_to_space: x.shape must be (N, C, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: batch_to_space(X, (1, 3)),
        ValueError,
        "batch_to_space: samples must be divisible by the product of the factors, here 3. Got samples=2, factor=(1, 3)",
    ),
    (lambda: batch_to_space(X, 0), ValueError, "batch_to_space: factor must be at least 1. Got factor=0"),
    (
        lambda: conv_by_phases(X, np.zeros((1, 4, 1, 1)), np.zeros(2)),
        ValueError,
        "conv_by_phases: b must have shape (C_out,). Got b.shape=(2,), C_out=1",
    ),
    (
        lambda: conv_by_phases(X, np.zeros((1, 4, 1, 1)), dilation=0),
        ValueError,
        "conv_by_phases: dilation must be at least 1. Got dilation=0",
    ),
    (
        lambda: conv_by_phases(X, np.zeros((2, 4, 1, 1)), groups=3),
        ValueError,
        "conv_by_phases: C_out must be divisible by groups. Got C_out=2, groups=3",
    ),
    (lambda: satisfies_hdc([1, 2], 0), ValueError, "satisfies_hdc: kernel_size must be at least 1. Got kernel_size=0"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_bad_arguments_are_refused_word_for_word(call, error, message):
    with refused(error, message):
        call()


@pytest.mark.parametrize("function", [coverage_map, hdc_max_distance, satisfies_hdc])
def test_rates_are_refused_word_for_word_in_the_name_of_the_function(function):
    name, least = function.__name__, "1 layer" if function is coverage_map else "2 layers"
    for rates, error, message in [
        (3, TypeError, "rates must be a sequence, one rate per layer. Got rates=3"),
        ("12", TypeError, "rates must be a sequence, one rate per layer. Got rates='12'"),
        ([], ValueError, f"rates must name at least {least}. Got rates=[]"),
        ([1, 2.0], TypeError, "rates must be a whole number. Got rates=2.0"),
        ([1, 0], ValueError, "rates must be at least 1. Got rates=0"),
        ([2**31, 1], ValueError, "rates must be less than 2147483648. Got rates=2147483648"),
    ]:
        with refused(error, f"{name}: {message}"):
            function(rates)


@pytest.mark.parametrize("function", [hdc_max_distance, satisfies_hdc])
def test_one_layer_has_no_hybrid_rule(function):
    message = f"{function.__name__}: rates must name at least 2 layers. Got rates=[1]"
    with refused(ValueError, message):
        function([1])


@pytest.mark.parametrize("function", [coverage_share, gridding])
@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        ([1], TypeError, "counts must be a NumPy array. Got counts='list'"),
        (np.array([True]), TypeError, "counts must hold numbers. Got counts.dtype='bool'"),
        (np.zeros((2, 0)), ValueError, "counts must have at least one cell. Got counts.shape=(2, 0)"),
        (np.array(3), ValueError, "counts must have at least one cell. Got counts.shape=()"),
        (np.ones(2, np.complex64), TypeError, "counts must be real. Got counts.dtype='complex64'"),
    ],
)
def test_counts_are_refused_word_for_word(function, counts, error, message):
    with refused(error, f"{function.__name__}: {message}"):
        function(counts)


def test_as_many_paths_as_64_bits_count_are_counted():
    counts = coverage_map([1] * 19, 3, axes=2)
    assert counts.sum() == 9**19  # all paths end somewhere
    assert coverage_map([1] * 62, 2, axes=1).sum() == 2**62
    assert coverage_map([1], 1, axes=64).shape == (1,) * 64  # NumPy has no more axes


def test_gridding_looks_along_every_axis_of_a_lopsided_map():
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 5))
    lines = [counts[:, j, k] for j in range(3) for k in range(5)]
    lines += [counts[i, :, k] for i in range(2) for k in range(5)]
    lines += [counts[i, j] for i in range(2) for j in range(3)]
    steps = sum(abs(int(b) - int(a)) for line in lines for a, b in zip([0, *line], [*line, 0], strict=True))
    assert gridding(counts) == pytest.approx(steps / sum(2 * int(max(line)) for line in lines) - 1, rel=1e-12)


def test_kernels_have_three_taps_unless_told_otherwise():
    assert satisfies_hdc([1, 3])
    assert not satisfies_hdc([1, 4])
    assert satisfies_hdc([1, 4], kernel_size=4)


@pytest.mark.parametrize(
    ("rates", "distance"),
    [
        ([1, 5, 2], 8),  # 2 - 2 · (2 - 5)
        ([1, 2, 5, 9], 2),  # M3 = max(9 - 10, 9 - 8, 5) = 5; M2 = max(5 - 4, 5 - 6, 2) = 2
        ([7, 3], 3),  # the first rate does not enter
    ],
)
def test_the_hybrid_distance_is_the_recursion_of_the_paper_by_hand(rates, distance):
    assert hdc_max_distance(rates) == distance
