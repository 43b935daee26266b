"""Transposed convolution at the edges: what views, shuffles and measures refuse, word for word; dtypes; memory."""

import tracemalloc

import numpy as np
import pytest

from reference_impl.conv_transpose import (
    conv_transpose,
    conv_transpose_by_zero_insertion,
    conv_transpose_loops,
    icnr_weight,
    insert_zeros,
    nearest_resize,
    overlap_map,
    pixel_shuffle,
    pixel_unshuffle,
    unevenness,
)
from tests.refusals import refused

X = np.zeros((2, 6, 4, 5))
TAKES_X = {
    "pixel_shuffle": (pixel_shuffle, "factor", "x", "(N, C, *S)"),
    "pixel_unshuffle": (pixel_unshuffle, "factor", "x", "(N, C, *S)"),
    "nearest_resize": (nearest_resize, "factor", "x", "(N, C, *S)"),
    "insert_zeros": (insert_zeros, "step", "x", "(N, C, *S)"),
    "icnr_weight": (icnr_weight, "factor", "w", "(C_out, C_in/g, *K)"),
}


@pytest.mark.parametrize("name", TAKES_X)
def test_arrays_and_factors_are_refused_word_for_word(name):
    function, factor, array, layout = TAKES_X[name]
    with refused(
        ValueError, f"{name}: {array}.shape must be {layout} with at least one spatial axis. Got {array}.shape=(4, 5)"
    ):
        function(X[0, 0], 2)
    with refused(ValueError, f"{name}: {factor} must be at least 1. Got {factor}=0"):
        function(X, 0)
    with refused(TypeError, f"{name}: {factor} must be a whole number. Got {factor}=2.0"):
        function(X, 2.0)
    with refused(ValueError, f"{name}: {factor} must be one number or one per axis, here 2. Got {factor}=(2, 1, 1)"):
        function(X, (2, 1, 1))


def test_shuffles_that_do_not_come_out_even_are_refused_with_shape_and_factor():
    rule = "channels must be divisible by the product of the factors, here 4"
    with refused(ValueError, f"pixel_shuffle: {rule}. Got channels=6, factor=2"):
        pixel_shuffle(X, 2)
    rule = "each spatial size must be divisible by its factor"
    with refused(ValueError, f"pixel_unshuffle: {rule}. Got x.shape=(2, 6, 4, 5), factor=(2, 2)"):
        pixel_unshuffle(X, (2, 2))


def test_overlap_maps_are_refused_word_for_word():
    for option, least in (("kernel_size", 1), ("input_size", 1), ("stride", 1), ("dilation", 1), ("output_padding", 0)):
        arguments = {"input_size": (4, 5), "kernel_size": 3, option: least - 1}
        with refused(ValueError, f"overlap_map: {option} must be at least {least}. Got {option}={least - 1}"):
            overlap_map(**arguments)
    with refused(
        ValueError, "overlap_map: kernel_size must be one number or one per axis, here 1. Got kernel_size=(3, 3)"
    ):
        overlap_map((4,), (3, 3))
    with refused(
        ValueError,
        "overlap_map: padding must leave at least one output cell, but leaves -1. "
        "Got input_size=1, kernel_size=3, stride=5, padding=(2, 2)",
    ):
        overlap_map((1,), 3, stride=5, padding=2)


def test_unevenness_is_refused_word_for_word():
    with refused(TypeError, "unevenness: y must be a NumPy array. Got y='list'"):
        unevenness([1, 2], (2,))
    with refused(
        ValueError, "unevenness: y must have at least one axis per entry of stride. Got y.shape=(4,), stride=(2, 2)"
    ):
        unevenness(np.ones(4), (2, 2))
    with refused(
        ValueError,
        "unevenness: border must leave at least one period of the stride. "
        "Got y.shape=(4, 9), border=(0, 4), stride=(2, 2)",
    ):
        unevenness(np.ones((4, 9)), (2, 2), border=(0, 4))
    with refused(ValueError, "unevenness: border must be at least 0. Got border=-1"):
        unevenness(np.ones((4, 9)), (2, 2), border=-1)
    with refused(ValueError, "unevenness: stride must be at least 1. Got stride=0"):
        unevenness(np.ones((4, 9)), (2, 0))
    assert unevenness(np.array([5, 1, 3, 5]), (2,), border=1) == pytest.approx(1 / 5**0.5)


@pytest.mark.parametrize("function", [conv_transpose, conv_transpose_loops, conv_transpose_by_zero_insertion])
@pytest.mark.parametrize("wide", ["x", "w", "b"])
def test_the_widest_operand_decides_the_dtype(function, wide):
    single = {"x": np.ones((1, 2, 2)), "w": np.ones((2, 3, 1)), "b": np.ones(3)}
    operands = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    np.testing.assert_array_equal(function(**operands), np.full((1, 3, 2), 3.0), strict=True)
    whole = {name: array.astype(np.int32 if name == wide else np.int8) for name, array in single.items()}
    np.testing.assert_array_equal(function(**whole), np.full((1, 3, 2), 3, np.int32), strict=True)


MEMORY = {
    "stride 2": ((4, 32, 40, 48), (32, 16, 4, 4), {"stride": 2, "padding": 1}),
    "stride 1, 5 × 5": ((4, 16, 40, 48), (16, 16, 5, 5), {"padding": 2}),
    "one axis": ((2, 16, 9000), (16, 16, 25), {}),
    "three axes": ((1, 8, 8, 24, 32), (8, 8, 3, 3, 3), {"stride": 2}),
}


@pytest.mark.parametrize("case", MEMORY.values(), ids=MEMORY)
def test_conv_transpose_needs_at_most_twice_the_memory_of_input_and_output(case):
    x, w = np.ones(case[0]), np.ones(case[1])
    tracemalloc.start()
    try:
        y = conv_transpose(x, w, **case[2])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - y.nbytes <= 2 * (x.nbytes + y.nbytes)
