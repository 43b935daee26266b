"""Grouped convolution: which arguments and results are refused, function by function, word for word."""

import re

import numpy as np
import pytest

from reference_impl.grouped import (
    connectivity_matrix,
    grouped_conv_split,
    logarithmic_grouped_conv,
    overlapping_grouped_conv,
    pointwise_grouped_conv,
)


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


BYTES = np.full((1, 2, 3), 100, np.int8)
BYTE_W = np.full((2, 1, 1), 100, np.int8)
WRAPS = {
    "grouped_conv_split": lambda: grouped_conv_split(BYTES, BYTE_W, groups=2),
    "pointwise_grouped_conv": lambda: pointwise_grouped_conv(BYTES, BYTE_W, groups=2),
    "overlapping_grouped_conv": lambda: overlapping_grouped_conv(BYTES, BYTE_W, groups=2, overlap=0),
    "logarithmic_grouped_conv": lambda: logarithmic_grouped_conv(BYTES, [BYTE_W[:1]] * 2),
}


@pytest.mark.parametrize("name", WRAPS)
def test_whole_numbers_that_would_wrap_around_are_refused_in_the_name_of_the_function(name):
    rule = "the result does not fit into int8; convert the input with x.astype(np.int64) first"
    with refused(ValueError, f"{name}: {rule}. Got smallest=10000, largest=10000"):
        WRAPS[name]()


def test_the_widest_group_decides_the_dtype_of_all():
    y = logarithmic_grouped_conv(BYTES, [BYTE_W[:1], BYTE_W[1:].astype(np.int16)])
    np.testing.assert_array_equal(y, np.full((1, 2, 3), 10000, np.int16), strict=True)


@pytest.mark.parametrize("shuffle", [False, True])
def test_paths_are_counted_as_long_as_64_bits_hold_them(shuffle):
    assert connectivity_matrix((4,) * 32, (1,) * 31, shuffle=shuffle).tolist() == [[4**30] * 4] * 4
    rule = "64 bits cannot count the paths of so many layers"
    with refused(ValueError, f"connectivity_matrix: {rule}. Got layers=33, paths={4**32}"):
        connectivity_matrix((4,) * 34, (1,) * 33, shuffle=shuffle)


def test_paths_of_groups_are_fewer_than_those_of_layers_as_wide():
    paths = connectivity_matrix((2, *(64,) * 12, 16), (1, *(8,) * 12))  # without groups 64**12, beyond 64 bits
    assert paths.tolist() == [[8**12] * 2] * 16
