"""What a transposed convolution is: the transposed matrix, the gradient of a convolution, a convolution of zeros."""

import numpy as np
import pytest
import torch

from reference_impl.conv import conv, conv_matrix
from reference_impl.conv_transpose import (
    conv_transpose,
    conv_transpose_by_zero_insertion,
    conv_transpose_matrix,
    insert_zeros,
)
from tests.conv_transpose.test_conv_transpose import CASES, operands

# input shape and weight shape of the convolution, options of conv: its transpose takes the same weight
FORWARD = {
    "one axis, asymmetric padding": ((2, 3, 9), (4, 3, 3), {"stride": 2, "padding": [(1, 0)]}),
    "two axes, unequal everything": ((2, 4, 8, 7), (6, 2, 3, 4), {"stride": (2, 3), "padding": 1, "groups": 2}),
    "dilated": ((1, 2, 9, 10), (3, 2, 3, 2), {"dilation": (2, 3), "padding": ((0, 2), (3, 1))}),
    "rows that are never read": ((1, 2, 8, 9), (3, 2, 2, 3), {"stride": (3, 4)}),
    "three axes": ((1, 2, 4, 5, 6), (4, 1, 2, 3, 1), {"stride": (1, 2, 3), "groups": 2}),
}


def back(y, w, x_shape, **options):
    """The transpose of conv, for an input of x_shape: output_padding restores what the stride left over."""
    y_shape = conv_transpose(y, w, **options).shape
    extra = tuple(wanted - got for wanted, got in zip(x_shape[2:], y_shape[2:], strict=True))
    return conv_transpose(y, w, output_padding=extra, **options)


@pytest.mark.parametrize("case", FORWARD.values(), ids=FORWARD)
def test_the_inner_products_of_an_operator_and_its_adjoint_agree(case):
    x_shape, w_shape, options = case
    x, w, _ = operands(x_shape, w_shape)
    forward = conv(x, w, **options)
    y = np.random.default_rng(7).normal(size=forward.shape)
    assert np.vdot(forward, y) == pytest.approx(np.vdot(x, back(y, w, x_shape, **options)), rel=1e-12)


@pytest.mark.parametrize("case", [c for c in FORWARD.values() if "1, 0" not in str(c) and "0, 2" not in str(c)])
def test_it_is_the_gradient_of_a_convolution_with_respect_to_its_input(case):
    x_shape, w_shape, options = case
    x, w, _ = operands(x_shape, w_shape)
    X = torch.tensor(x, requires_grad=True)
    forward = getattr(torch.nn.functional, f"conv{x.ndim - 2}d")(X, torch.tensor(w), **options)
    y = np.random.default_rng(8).normal(size=forward.shape)
    forward.backward(torch.tensor(y))
    np.testing.assert_allclose(back(y, w, x_shape, **options), X.grad.numpy(), rtol=0, atol=1e-11)


@pytest.mark.parametrize("case", FORWARD.values(), ids=FORWARD)
def test_its_matrix_is_the_transpose_of_the_matrix_of_a_convolution(case):
    x_shape, w_shape, options = case
    _, w, _ = operands(x_shape, w_shape)
    outputs = conv(np.ones(x_shape), w, **options).shape[2:]
    y = np.ones((1, w_shape[0], *outputs))
    smaller = conv_transpose(y, w, **options).shape[2:]
    extra = tuple(wanted - got for wanted, got in zip(x_shape[2:], smaller, strict=True))
    transposed = conv_transpose_matrix(w, outputs, output_padding=extra, **options)
    np.testing.assert_array_equal(transposed, conv_matrix(w, x_shape[2:], **options).T)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_its_matrix_gives_its_result(case):
    x_shape, w_shape, options = case
    x, w, _ = operands(x_shape, w_shape)
    y = conv_transpose(x, w, **options)
    matrix = conv_transpose_matrix(w, x_shape[2:], **options)
    by_matrix = (x.reshape(len(x), -1) @ matrix.T).reshape(y.shape)
    np.testing.assert_allclose(by_matrix, y, rtol=0, atol=1e-11)


def test_it_does_not_undo_a_convolution():
    x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3))
    again = conv_transpose(conv(x, w, padding=1), w, padding=1)
    assert again.shape == x.shape
    assert not np.allclose(again / again.max(), x / x.max(), atol=0.1)


def test_zero_insertion_is_written_out_as_the_textbook_says():
    x, w, _ = operands((1, 2, 3, 4), (2, 3, 3, 4))
    spread = insert_zeros(x, (2, 3))
    assert spread.shape == (1, 2, 5, 10)
    flipped_and_swapped = np.flip(w, (2, 3)).swapaxes(0, 1)
    by_hand = conv(spread, flipped_and_swapped, padding=(3 - 1 - 1, 4 - 1 - 2))  # d(k − 1) − p
    options = {"stride": (2, 3), "padding": (1, 2)}
    np.testing.assert_allclose(conv_transpose(x, w, **options), by_hand, rtol=0, atol=1e-12)
    np.testing.assert_allclose(conv_transpose_by_zero_insertion(x, w, **options), by_hand, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv_transpose_matrix([1], 3), TypeError, "conv_transpose_matrix: w must be a NumPy array"),
        (lambda: conv_transpose_matrix(np.ones((2, 2)), 3), ValueError, r"w.shape must be \(C_in, C_out/groups"),
        (lambda: conv_transpose_matrix(np.ones((1, 1, 2)), 0), ValueError, "input_size must be at least 1"),
        (
            lambda: conv_transpose_matrix(np.ones((1, 1, 2)), 3, stride=0),
            ValueError,
            "_matrix: stride must be at least",
        ),
        (lambda: conv_transpose_matrix(np.ones((3, 1, 2)), 3, groups=2), ValueError, "C_in must be divisible by"),
        (lambda: insert_zeros(np.ones((1, 2)), 2), ValueError, r"insert_zeros: x.shape must be \(N, C, \*S\)"),
        (lambda: insert_zeros(np.ones((1, 2, 3)), 0), ValueError, "insert_zeros: step must be at least 1"),
        (lambda: insert_zeros(np.ones((1, 2, 3)), 1.5), TypeError, "step must be a whole number"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
