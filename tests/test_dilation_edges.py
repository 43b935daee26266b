"""Dilation at the edges: what they refuse, word for word; dtypes; the hybrid rule outside the paper's examples."""

import re

import numpy as np
import pytest

from reference_impl.dilation import (
    batch_to_space,
    conv_by_phases,
    coverage_map,
    dilated_kernel,
    hdc_max_distance,
    space_to_batch,
)

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
    (
        lambda: dilated_kernel(np.zeros((2, 3)), 2),
        ValueError,
        "dilated_kernel: w.shape must be (C_out, C_in/groups, *K) with at least one spatial axis. Got w.shape=(2, 3)",
    ),
    (lambda: dilated_kernel([1], 2), TypeError, "dilated_kernel: w must be a NumPy array. Got w='list'"),
    (
        lambda: dilated_kernel(np.zeros((1, 1, 3)), 0),
        ValueError,
        "dilated_kernel: dilation must be at least 1. Got dilation=0",
    ),
    (lambda: space_to_batch([1], 2), TypeError, "space_to_batch: x must be a NumPy array. Got x='list'"),
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
    (lambda: batch_to_space([1], 2), TypeError, "batch_to_space: x must be a NumPy array. Got x='list'"),
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
        lambda: conv_by_phases([1], np.zeros((1, 4, 1, 1))),
        TypeError,
        "conv_by_phases: x must be a NumPy array. Got x='list'",
    ),
    (lambda: conv_by_phases(X, [1]), TypeError, "conv_by_phases: w must be a NumPy array. Got w='list'"),
    (
        lambda: conv_by_phases(X, np.zeros((1, 4, 1, 1)), [1]),
        TypeError,
        "conv_by_phases: b must be a NumPy array. Got b='list'",
    ),
    (
        lambda: conv_by_phases(X, np.zeros((1, 4, 1, 1)), np.zeros(2)),
        ValueError,
        "conv_by_phases: b must have shape (C_out,). Got b.shape=(2,), C_out=1",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_bad_arguments_are_refused_word_for_word(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("wide", ["x", "w", "b"])
def test_the_widest_operand_decides_the_dtype(wide):
    single = {"x": np.ones((1, 2, 5)), "w": np.ones((3, 2, 1)), "b": np.ones(3)}
    operands = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    np.testing.assert_array_equal(conv_by_phases(**operands, dilation=2), np.full((1, 3, 5), 3.0), strict=True)


def test_as_many_paths_as_64_bits_count_are_counted():
    counts = coverage_map([1] * 19, 3, axes=2)
    assert counts.sum() == 9**19  # all paths end somewhere


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
