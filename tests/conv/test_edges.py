"""Convolutions at the edges: columns refused word for word, the dtype that the bias brings."""

import re

import numpy as np
import pytest

from reference_impl.conv import col2im, conv_loops


@pytest.mark.parametrize(
    ("shape", "output_size", "kernel_size", "message"),
    [
        ((1, 4, 4), (3, 3), 0, "kernel_size must be at least 1. Got kernel_size=0"),
        ((1, 4, 4), (3, 0), 2, "output_size must be at least 1. Got output_size=0"),
        (
            (1, 6, 6),
            (3, 4),
            (2, 2),
            "cols must have shape (N, C·4, 6) for these sizes. "
            "Got cols.shape=(1, 6, 6), output_size=(3, 4), kernel_size=(2, 2)",
        ),
    ],
)
def test_col2im_says_what_was_given(shape, output_size, kernel_size, message):
    with pytest.raises(ValueError, match=f"^col2im: {re.escape(message)}$"):
        col2im(np.zeros(shape), output_size, kernel_size)


@pytest.mark.parametrize("wide", ["x", "w", "b"])
def test_the_widest_operand_decides_the_dtype_of_the_definition(wide):
    single = {"x": np.ones((1, 2, 4)), "w": np.ones((3, 2, 2)), "b": np.ones(3)}
    operands = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    np.testing.assert_array_equal(conv_loops(**operands), np.full((1, 3, 3), 5.0), strict=True)
    whole = {name: array.astype(np.int32 if name == wide else np.int8) for name, array in single.items()}
    np.testing.assert_array_equal(conv_loops(**whole), np.full((1, 3, 3), 5, np.int32), strict=True)
