"""Bytes and arithmetic intensity of convolutions, against arrays that are really made."""

import numpy as np
import pytest
import sympy

from reference_impl.arithmetic import arithmetic_intensity, conv_bytes, conv_macs
from reference_impl.conv import conv

CASES = [
    ((2, 6, 9, 7), (4, 6, 3, 2), {}),
    ((1, 6, 9, 7), (6, 2, 3, 2), {"groups": 3, "stride": (2, 3), "padding": ((0, 1), 2)}),
    ((3, 2, 11), (5, 2, 4), {"dilation": 2, "padding": "same", "stride": 2}),
    ((1, 2, 5, 6, 7), (3, 2, 2, 3, 1), {"padding": 1}),
]


@pytest.mark.parametrize(("input_shape", "weight_shape", "options"), CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_bytes_are_those_of_the_three_arrays(input_shape, weight_shape, options, dtype):
    x, w = np.zeros(input_shape, dtype), np.zeros(weight_shape, dtype)
    moved = x.nbytes + w.nbytes + conv(x, w, **options).nbytes
    assert conv_bytes(input_shape, weight_shape, **options, itemsize=np.dtype(dtype).itemsize) == moved


@pytest.mark.parametrize(("input_shape", "weight_shape", "options"), CASES)
def test_intensity_is_two_flops_a_mac_over_the_bytes(input_shape, weight_shape, options):
    flops = 2 * conv_macs(input_shape, weight_shape, **options)
    expected = flops / conv_bytes(input_shape, weight_shape, **options, itemsize=2)
    assert arithmetic_intensity(input_shape, weight_shape, **options, itemsize=2) == expected


def test_an_empty_batch_moves_the_weight_and_computes_nothing():
    assert conv_bytes((0, 3, 8, 8), (4, 3, 3, 3)) == 4 * 108
    assert arithmetic_intensity((0, 3, 8, 8), (4, 3, 3, 3)) == 0


@pytest.mark.parametrize("function", [conv_bytes, arithmetic_intensity])
def test_bad_arguments_are_refused_in_the_functions_own_name(function):
    with pytest.raises(ValueError, match=rf"^{function.__name__}: itemsize must be at least 1\. Got itemsize=0$"):
        function((1, 1, 5, 5), (1, 1, 3, 3), itemsize=0)
    with pytest.raises(TypeError, match=rf"^{function.__name__}: itemsize must be a whole number\. Got itemsize=4\.0$"):
        function((1, 1, 5, 5), (1, 1, 3, 3), itemsize=4.0)
    with pytest.raises(ValueError, match=rf"^{function.__name__}: stride must be at least 1\. Got stride=0$"):
        function((1, 1, 5, 5), (1, 1, 3, 3), stride=0)
    with pytest.raises(ValueError, match=rf"^{function.__name__}: weight must have shape"):
        function((1, 4, 5, 5), (1, 1, 3, 3))


def test_symbols_give_the_formulas():
    n, c, o, b = sympy.symbols("n c o b", positive=True, integer=True)
    moved = conv_bytes((n, c, 8, 8), (o, c, 1, 1), itemsize=b)
    assert sympy.expand(moved - b * (64 * n * c + c * o + 64 * n * o)) == 0
    assert sympy.simplify(arithmetic_intensity((n, c, 8, 8), (o, c, 1, 1), itemsize=b) - 128 * n * c * o / moved) == 0
