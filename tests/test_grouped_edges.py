"""Grouped convolution at the edges: what they refuse, word for word."""

import numpy as np
import pytest

from reference_impl.grouped import (
    connectivity_matrix,
    logarithmic_grouped_conv,
    overlapping_channels,
    overlapping_grouped_conv,
    pointwise_grouped_conv,
    resnet_unit_macs,
    shuffle_permutation,
)
from tests.refusals import refused

X = np.zeros((2, 4, 6, 5))
REFUSED = [
    (
        lambda: pointwise_grouped_conv(X, np.zeros((4, 2, 3, 1)), groups=2),
        ValueError,
        "pointwise_grouped_conv: w must have one tap, shape (C_out, C_in/groups, 1, …, 1). Got w.shape=(4, 2, 3, 1)",
    ),
    (
        lambda: pointwise_grouped_conv(X, np.zeros((4, 3, 1, 1)), groups=2),
        ValueError,
        "pointwise_grouped_conv: weight must have shape (C_out, C_in/groups, *K). "
        "Got input_shape=(2, 4, 6, 5), weight_shape=(4, 3, 1, 1), groups=2",
    ),
    (
        lambda: overlapping_channels(0, 1, overlap=1),
        ValueError,
        "overlapping_channels: in_channels must be at least 1. Got in_channels=0",
    ),
    (
        lambda: overlapping_channels(4, 0, overlap=1),
        ValueError,
        "overlapping_channels: groups must be at least 1. Got groups=0",
    ),
    (
        lambda: overlapping_channels(4, 2, overlap=3),
        ValueError,
        "overlapping_channels: overlap must be at most 2, the channels of the other groups. "
        "Got overlap=3, in_channels=4, groups=2",
    ),
    (
        lambda: overlapping_grouped_conv(np.zeros((2, 3)), np.zeros((4, 3, 1, 1)), groups=2, overlap=1),
        ValueError,
        "overlapping_grouped_conv: x.shape must be (N, C_in, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: logarithmic_grouped_conv(np.zeros((2, 3)), [np.zeros((1, 1, 1))]),
        ValueError,
        "logarithmic_grouped_conv: x.shape must be (N, C_in, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: logarithmic_grouped_conv(X, 3),
        TypeError,
        "logarithmic_grouped_conv: weights must be a list or tuple of one array (m_q, n_q, *K) per group. "
        "Got weights='int'",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [np.zeros((1, 1))]),
        ValueError,
        "logarithmic_grouped_conv: weights[0].shape must be (m_q, n_q, *K) with at least one spatial axis. "
        "Got weights[0].shape=(1, 1)",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1))]),
        ValueError,
        "logarithmic_grouped_conv: weights must have (m_q, n_q) = [(1, 2), (1, 2)] and one kernel size. "
        "Got x.shape=(2, 4, 6, 5), weights=[(1, 1, 1, 1), (1, 1, 1, 1)]",
    ),
    (lambda: shuffle_permutation(0, 1), ValueError, "shuffle_permutation: channels must be at least 1. Got channels=0"),
    (lambda: shuffle_permutation(4, 0), ValueError, "shuffle_permutation: groups must be at least 1. Got groups=0"),
    (
        lambda: shuffle_permutation(4, 3),
        ValueError,
        "shuffle_permutation: channels must be divisible by groups. Got channels=4, groups=3",
    ),
    (
        lambda: connectivity_matrix((4, 4), (2, 2)),
        ValueError,
        "connectivity_matrix: channels must have one entry more than groups. Got channels=(4, 4), groups=(2, 2)",
    ),
    (
        lambda: connectivity_matrix((4, 6), (4,)),
        ValueError,
        "connectivity_matrix: channels[1] must be divisible by groups. Got channels[1]=6, groups=4",
    ),
    (
        lambda: connectivity_matrix((6, 4), (4,)),
        ValueError,
        "connectivity_matrix: channels[0] must be divisible by groups. Got channels[0]=6, groups=4",
    ),
    (
        lambda: connectivity_matrix((4, 4, 6), (2, 4)),
        ValueError,
        "connectivity_matrix: channels[2] must be divisible by groups. Got channels[2]=6, groups=4",
    ),
    (
        lambda: resnet_unit_macs(0, 1, (1, 1)),
        ValueError,
        "resnet_unit_macs: channels must be at least 1. Got channels=0",
    ),
    (
        lambda: resnet_unit_macs(1, 0, (1, 1)),
        ValueError,
        "resnet_unit_macs: mid_channels must be at least 1. Got mid_channels=0",
    ),
    (
        lambda: resnet_unit_macs(1, 1, (0, 1)),
        ValueError,
        "resnet_unit_macs: output_size must be at least 1. Got output_size=0",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_bad_arguments_are_refused_word_for_word(call, error, message):
    with refused(error, message):
        call()
