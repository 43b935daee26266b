"""One body for both array libraries: what is accepted, how it adds up, and who computes."""

import numpy as np
import pytest
import torch

from reference_impl.arrays import accumulator, as_result, either, is_tensor, library, pad
from reference_impl.conv import conv, conv_columns, conv_loops, convolve, im2col
from reference_impl.conv_transpose import conv_transpose, conv_transpose_loops

RNG = np.random.default_rng(8)
X, W, B = RNG.standard_normal((2, 4, 7, 5)), RNG.standard_normal((6, 2, 3, 2)), RNG.standard_normal(6)
OPTIONS = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2), "groups": 2}


def test_the_library_of_an_array_is_the_one_that_made_it():
    assert library(X) is np
    assert library(torch.zeros(2)) is torch
    assert is_tensor(torch.nn.Parameter(torch.zeros(2)))
    assert not is_tensor(X)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_the_form_to_read_equals_the_definition_for_arrays_and_tensors(mode):
    expected = conv_loops(X, W, B, **OPTIONS, padding_mode=mode)
    np.testing.assert_allclose(conv_columns(X, W, B, **OPTIONS, padding_mode=mode), expected, atol=1e-12)
    for function in (conv, conv_columns):
        y = function(*map(torch.from_numpy, (X, W, B)), **OPTIONS, padding_mode=mode)
        assert is_tensor(y)
        np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)


def test_tensors_are_convolved_flipped_unrolled_and_transposed_as_arrays_are():
    x, w, b = map(torch.from_numpy, (X, W, B))
    np.testing.assert_allclose(convolve(x, w, b, **OPTIONS).numpy(), convolve(X, W, B, **OPTIONS), atol=1e-12)
    np.testing.assert_array_equal(im2col(x, (3, 2), stride=2).numpy(), im2col(X, (3, 2), stride=2))
    w = np.ascontiguousarray(W.reshape(4, 3, 3, 2))
    expected = conv_transpose_loops(X, w, B, stride=2, groups=2)
    y = conv_transpose(x, torch.from_numpy(w), b, stride=2, groups=2)
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("of_numpy", "of_torch", "add_up"),
    [
        (np.float16, torch.float16, "float32"),
        (np.float64, torch.float64, "float64"),
        (np.int8, torch.int8, "int64"),
        (np.complex64, torch.complex64, "complex64"),
    ],
)
def test_both_libraries_add_up_in_the_same_dtype(of_numpy, of_torch, add_up):
    assert accumulator(np.zeros(2, of_numpy), None) == (np.dtype(of_numpy), np.dtype(add_up))
    assert accumulator(torch.zeros(2, dtype=of_torch), None) == (of_torch, getattr(torch, add_up))
    assert accumulator(torch.zeros(2, dtype=torch.bfloat16)) == (torch.bfloat16, torch.float32)


def test_16_bit_sums_are_rounded_once_by_both_libraries():
    x, w = np.full((1, 1, 9), 250, np.float16), np.full((1, 1, 9), 250, np.float16)
    w[..., 1::2] = -250
    assert conv(x, w).item() == conv(torch.from_numpy(x), torch.from_numpy(w)).item() == np.float16(250 * 250)


def test_whole_numbers_that_do_not_fit_are_refused_by_both_libraries():
    with pytest.raises(ValueError, match=r"does not fit into int8; convert the input with x\.astype"):
        as_result(np.array([128]), np.dtype(np.int8))
    with pytest.raises(ValueError, match=r"does not fit into torch\.int8; convert the input with x\.long\(\) first"):
        as_result(torch.tensor([128]), torch.int8)
    assert as_result(np.array([-128]), np.dtype(np.int8)).dtype == np.int8


def test_the_first_array_decides_what_the_others_must_be():
    either(x=X, w=W, b=None)
    with pytest.raises(TypeError, match=r"x must be a NumPy array or a torch tensor\. Got x='list'"):
        either(x=[1.0], w=W)
    with pytest.raises(TypeError, match=r"w must be a torch tensor\. Got w='ndarray'"):
        either(x=torch.zeros(2), w=W)
    with pytest.raises(TypeError, match=r"w must be a NumPy array\. Got w='Tensor'"):
        either(x=X, w=torch.zeros(2))
    with pytest.raises(TypeError, match=r"x, w must share one dtype and one device\. Got x='torch.float32 on cpu'"):
        either(x=torch.zeros(2), w=torch.zeros(2).double())
    with pytest.raises(TypeError, match=r"x must be dense\. Got x\.layout='torch\.sparse_coo'"):
        either(x=torch.zeros(2).to_sparse())


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_fills_tensors_as_it_fills_arrays(mode):
    pads = ((3, 0), (1, 2))
    np.testing.assert_array_equal(pad(torch.from_numpy(X), pads, mode).numpy(), pad(X, pads, mode))
    assert pad(X, ((0, 0), (0, 0)), mode) is X
