"""Deformable convolution at the edges: refusals word for word, dtypes of the operands, what its offset branch costs."""

import re

import numpy as np
import pytest

from reference_impl.deform_conv import deform_conv, deform_conv_loops, offset_branch_macs, offsets_along

X, W = np.zeros((2, 4, 6, 5)), np.zeros((6, 2, 3, 2))
OFFSET, MASK = np.zeros((2, 24, 4, 4)), np.zeros((2, 12, 4, 4))
BOTH = pytest.mark.parametrize("function", [deform_conv, deform_conv_loops])
REFUSED = {
    "a list of offsets": ({"offset": [0.0]}, TypeError, "offset must be a NumPy array. Got offset='list'"),
    "a number for b": ({"b": 1.0}, TypeError, "b must be a NumPy array. Got b='float'"),
    "a tuple for the mask": ({"mask": (1.0,)}, TypeError, "mask must be a NumPy array. Got mask='tuple'"),
    "a complex mask": (
        {"mask": MASK.astype(complex)},
        TypeError,
        "mask must hold real numbers. Got mask.dtype='complex128'",
    ),
    "whole offsets": (
        {"offset": OFFSET.astype(np.int16)},
        TypeError,
        "offset must be of a floating dtype. Got offset.dtype='int16'",
    ),
    "offsets of another size": (
        {"offset": OFFSET[..., :3]},
        ValueError,
        "offset must have shape (N, G·ndim·∏K, *O), here (2, G·12, 4, 4). Got offset.shape=(2, 24, 4, 3)",
    ),
    "a mask of another size": (
        {"mask": MASK[..., :3]},
        ValueError,
        "mask must have shape (N, G·∏K, *O), here (2, G·6, 4, 4). Got mask.shape=(2, 12, 4, 3)",
    ),
    "offset groups that do not divide": (
        {"offset": np.zeros((2, 36, 4, 4)), "mask": None},
        ValueError,
        "C_in must be divisible by the offset groups G. Got C_in=4, G=3, offset.shape=(2, 36, 4, 4)",
    ),
    "mask and offset of different groups": (
        {"mask": MASK[:, :6]},
        ValueError,
        "mask and offset must have the same number of offset groups. "
        "Got offset.shape=(2, 24, 4, 4), mask.shape=(2, 6, 4, 4)",
    ),
}


@BOTH
@pytest.mark.parametrize(("change", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_what_was_given(function, change, error, message):
    arguments = {"x": X, "w": W, "offset": OFFSET, "b": None, "mask": MASK, "groups": 2, **change}
    with pytest.raises(error, match=f"^{function.__name__}: {re.escape(message)}$"):
        function(**arguments)


@pytest.mark.parametrize(
    ("offset", "axes", "error", "message"),
    [
        ([0.0], (0,), TypeError, "offset must be a NumPy array. Got offset='list'"),
        (np.zeros((1, 2, 3, 3), bool), (0,), TypeError, "offset must hold numbers. Got offset.dtype='bool'"),
        (np.zeros((1, 2, 3, 3)), (-1,), ValueError, "axes must be at least 0. Got axes=-1"),
        (np.zeros((1, 2, 3, 3)), (0, 2), ValueError, "axes must be different numbers from 0 to 1. Got axes=(0, 2)"),
        (
            np.zeros((1, 3, 3, 3)),
            (0, 1),
            ValueError,
            "offset must have shape (N, T·2, *O) with 2 spatial axes. Got offset.shape=(1, 3, 3, 3)",
        ),
    ],
)
def test_offsets_along_says_what_was_given(offset, axes, error, message):
    with pytest.raises(error, match=f"^offsets_along: {re.escape(message)}$"):
        offsets_along(offset, axes, spatial_axes=2)


def test_offsets_along_keeps_the_dtype():
    for dtype in (np.float16, np.float32, np.float64):
        assert offsets_along(np.zeros((1, 2, 3, 3), dtype), (1,), spatial_axes=2).dtype == dtype


@BOTH
@pytest.mark.parametrize("wide", ["x", "w", "offset", "b", "mask"])
def test_the_widest_operand_decides_the_dtype(function, wide):
    single = {"x": X, "w": W, "offset": OFFSET, "b": np.zeros(6), "mask": MASK}
    operands = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    assert function(**operands, groups=2).dtype == np.float64


@BOTH
def test_long_doubles_are_added_up_as_such(function):
    fine = 1 + np.finfo(np.longdouble).eps  # 1 in any narrower dtype
    x, w = np.full((1, 2, 4, 3), fine), np.ones((3, 1, 1, 1), dtype=np.longdouble)
    x, offset = np.concatenate([x, x[:, :1]], axis=1), np.zeros((1, 2, 4, 3))
    np.testing.assert_array_equal(function(x, w, offset, groups=3), np.full((1, 3, 4, 3), fine), strict=True)
    np.testing.assert_array_equal(function(0 * x + 1, w * fine, offset, groups=3), np.full((1, 3, 4, 3), fine))


def test_the_offset_branch_has_the_stride_and_the_dilation_of_its_convolution():
    assert offset_branch_macs((1, 3, 9, 8), (3, 2)) == 3 * 6 * 12 * 7 * 7
    assert offset_branch_macs((1, 3, 9, 8), (3, 2), dilation=(2, 3)) == 3 * 6 * 12 * 5 * 5
