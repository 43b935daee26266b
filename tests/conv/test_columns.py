"""im2col and col2im: torch's unfold and fold, each the transpose of the other."""

import numpy as np
import pytest
import torch

from reference_impl.conv import col2im, conv, im2col
from tests.conv.cases import CASES, operands

IMAGES = {
    "unequal everything": ((2, 3, 7, 6), (3, 2), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}),
    "stride larger than the kernel": ((1, 2, 9, 8), (2, 1), {"stride": (4, 3)}),
    "kernel as large as the input": ((2, 1, 4, 3), (4, 3), {}),
    "one tap": ((2, 3, 4, 3), (1, 1), {}),
    "empty batch": ((0, 3, 4, 3), (2, 2), {"padding": 1}),
}
OTHERS = {
    "one axis": ((2, 3, 9), (3,), {"stride": 2, "padding": ((2, 1),)}),
    "two axes, same": ((2, 2, 6, 5), (3, 2), {"stride": 2, "padding": "same"}),
    "three axes": ((2, 2, 4, 5, 3), (2, 3, 1), {"dilation": (2, 1, 1), "padding": (0, (1, 2), 1)}),
}


@pytest.mark.parametrize("case", IMAGES.values(), ids=IMAGES)
def test_im2col_is_torchs_unfold(case):
    x_shape, kernel, options = case
    x = operands(x_shape, (1, 1, *kernel))[0]
    expected = torch.nn.functional.unfold(torch.tensor(x), kernel, **options).numpy()
    np.testing.assert_array_equal(im2col(x, kernel, **options), expected)


@pytest.mark.parametrize("case", IMAGES.values(), ids=IMAGES)
def test_col2im_is_torchs_fold(case):
    x_shape, kernel, options = case
    cols = operands(im2col(np.zeros(x_shape), kernel, **options).shape, (1, 1, 1))[0]
    expected = torch.nn.functional.fold(torch.tensor(cols), x_shape[2:], kernel, **options).numpy()
    np.testing.assert_allclose(col2im(cols, x_shape[2:], kernel, **options), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", [*IMAGES.values(), *OTHERS.values()], ids=[*IMAGES, *OTHERS])
def test_col2im_is_the_transpose_of_im2col(case):
    x_shape, kernel, options = case
    x = operands(x_shape, (1, 1, *kernel))[0]
    cols = im2col(x, kernel, **options)
    y = np.roll(cols, 1) + 1
    back = col2im(y, x_shape[2:], kernel, **options)
    assert back.shape == x.shape
    np.testing.assert_allclose(np.vdot(cols, y), np.vdot(x, back), rtol=1e-12)


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_a_convolution_is_one_product_with_the_columns(case):
    x_shape, kernel, options = case
    x, w, _ = operands(x_shape, (4, x_shape[1], *kernel))
    y = conv(x, w, **options)
    np.testing.assert_allclose(w.reshape(4, -1) @ im2col(x, kernel, **options), y.reshape(*y.shape[:2], -1), atol=1e-12)


def test_one_number_is_a_kernel_of_equal_sides():
    x = operands((2, 3, 6, 5), (1, 1, 1, 1))[0]
    np.testing.assert_array_equal(im2col(x, 2), im2col(x, (2, 2)))
    np.testing.assert_array_equal(col2im(im2col(x, 2), [6, 5], 2), col2im(im2col(x, (2, 2)), (6, 5), (2, 2)))
    line = operands((2, 3, 6), (1, 1, 1))[0]
    np.testing.assert_array_equal(col2im(im2col(line, 2, stride=2), 6, 2, stride=2), line)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float16, np.float32, np.complex64])
def test_columns_keep_the_dtype(dtype):
    x = operands((2, 3, 6, 5), (1, 1, 1, 1), dtype)[0]
    cols = im2col(x, 3, padding=1)
    assert cols.dtype == col2im(cols, (6, 5), 3, padding=1).dtype == dtype


def test_columns_that_add_up_to_too_much_are_refused():
    cols = np.full((1, 4, 4), 100, np.int8)
    rule = r"col2im: the result does not fit into int8; convert the input with x\.astype\(np\.int64\) first"
    with pytest.raises(ValueError, match=f"^{rule}. Got smallest=100, largest=400$"):
        col2im(cols, (3, 3), 2)


@pytest.mark.parametrize("case", [CASES["one cell"], CASES["three axes"]])
def test_columns_of_one_tap_are_the_cells(case):
    x = operands(*case[:2])[0]
    np.testing.assert_array_equal(im2col(x, 1), x.reshape(*x.shape[:2], -1))
