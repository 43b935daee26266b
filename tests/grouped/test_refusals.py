"""Grouped convolution: which arguments and results are refused, function by function, word for word; dtypes."""

from functools import partial

import numpy as np
import pytest
import torch

from reference_impl.conv import conv
from reference_impl.grouped import (
    block_diagonal_weight,
    channel_shuffle,
    channel_unshuffle,
    connectivity_matrix,
    grouped_conv_split,
    logarithmic_group_sizes,
    logarithmic_grouped_conv,
    overlapping_channels,
    overlapping_grouped_conv,
    pointwise_grouped_conv,
    resnet_unit_macs,
    shuffle_permutation,
)
from tests.refusals import WRONG_OPTIONS, refused

X, W = np.zeros((3, 4, 6, 5)), np.zeros((4, 2, 3, 3))
LOGARITHMIC = [np.zeros((2, 2, 3, 3)), np.zeros((1, 2, 3, 3))]
CONVOLUTIONS = {
    "grouped_conv_split": partial(grouped_conv_split, X, W, groups=2),
    "overlapping_grouped_conv": partial(overlapping_grouped_conv, X, np.zeros((4, 3, 3, 3)), groups=2, overlap=1),
    "logarithmic_grouped_conv": partial(logarithmic_grouped_conv, X, LOGARITHMIC),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_options_and_biases_are_refused_in_the_name_of_the_convolution(name):
    for options, message in WRONG_OPTIONS:
        with refused(ValueError, f"{name}: {message}"):
            CONVOLUTIONS[name](**options)
    filters = 3 if name == "logarithmic_grouped_conv" else 4
    with refused(ValueError, f"{name}: b must have shape (C_out,). Got b.shape=(2,), C_out={filters}"):
        CONVOLUTIONS[name](b=np.zeros(2))


WRONG_SHAPES = [
    (
        lambda: pointwise_grouped_conv(X, np.zeros((4, 2, 3, 1)), groups=2),
        "pointwise_grouped_conv: w must have one tap, shape (C_out, C_in/groups, 1, …, 1). Got w.shape=(4, 2, 3, 1)",
    ),
    (
        lambda: pointwise_grouped_conv(X, np.zeros((4, 3, 1, 1)), groups=2),
        "pointwise_grouped_conv: weight must have shape (C_out, C_in/groups, *K). "
        "Got input_shape=(3, 4, 6, 5), weight_shape=(4, 3, 1, 1), groups=2",
    ),
    (
        lambda: overlapping_channels(0, 1, overlap=1),
        "overlapping_channels: in_channels must be at least 1. Got in_channels=0",
    ),
    (
        lambda: overlapping_channels(4, 0, overlap=1),
        "overlapping_channels: groups must be at least 1. Got groups=0",
    ),
    (
        lambda: overlapping_channels(4, 2, overlap=3),
        "overlapping_channels: overlap must be at most 2, the channels of the other groups. "
        "Got overlap=3, in_channels=4, groups=2",
    ),
    (
        lambda: overlapping_grouped_conv(np.zeros((2, 3)), np.zeros((4, 3, 1, 1)), groups=2, overlap=1),
        "overlapping_grouped_conv: x.shape must be (N, C_in, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: logarithmic_grouped_conv(np.zeros((2, 3)), [np.zeros((1, 1, 1))]),
        "logarithmic_grouped_conv: x.shape must be (N, C_in, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [np.zeros((1, 1))]),
        "logarithmic_grouped_conv: weights[0].shape must be (m_q, n_q, *K) with at least one spatial axis. "
        "Got weights[0].shape=(1, 1)",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1))]),
        "logarithmic_grouped_conv: weights must have (m_q, n_q) = [(1, 2), (1, 2)] and one kernel size. "
        "Got x.shape=(3, 4, 6, 5), weights=[(1, 1, 1, 1), (1, 1, 1, 1)]",
    ),
    (lambda: shuffle_permutation(0, 1), "shuffle_permutation: channels must be at least 1. Got channels=0"),
    (lambda: shuffle_permutation(4, 0), "shuffle_permutation: groups must be at least 1. Got groups=0"),
    (
        lambda: shuffle_permutation(4, 3),
        "shuffle_permutation: channels must be divisible by groups. Got channels=4, groups=3",
    ),
    (
        lambda: connectivity_matrix((4, 4), (2, 2)),
        "connectivity_matrix: channels must have one entry more than groups. Got channels=(4, 4), groups=(2, 2)",
    ),
    (
        lambda: connectivity_matrix((4, 6), (4,)),
        "connectivity_matrix: channels[1] must be divisible by groups. Got channels[1]=6, groups=4",
    ),
    (
        lambda: connectivity_matrix((6, 4), (4,)),
        "connectivity_matrix: channels[0] must be divisible by groups. Got channels[0]=6, groups=4",
    ),
    (
        lambda: connectivity_matrix((4, 4, 6), (2, 4)),
        "connectivity_matrix: channels[2] must be divisible by groups. Got channels[2]=6, groups=4",
    ),
    (
        lambda: resnet_unit_macs(0, 1, (1, 1)),
        "resnet_unit_macs: channels must be at least 1. Got channels=0",
    ),
    (
        lambda: resnet_unit_macs(1, 0, (1, 1)),
        "resnet_unit_macs: mid_channels must be at least 1. Got mid_channels=0",
    ),
    (
        lambda: resnet_unit_macs(1, 1, (0, 1)),
        "resnet_unit_macs: output_size must be at least 1. Got output_size=0",
    ),
    (
        lambda: overlapping_grouped_conv(X, W, groups=2, overlap=1),
        "overlapping_grouped_conv: weight must have shape (C_out, C_in/groups, *K). "
        "Got input_shape=(3, 6, 6, 5), weight_shape=(4, 2, 3, 3), groups=2",
    ),
    (
        lambda: overlapping_grouped_conv(X[:, :3], W, groups=2, overlap=1),
        "overlapping_grouped_conv: in_channels must be divisible by groups. Got in_channels=3, groups=2",
    ),
    (
        lambda: pointwise_grouped_conv(X, W[:, :, :1, :1], groups=2, stride=(1, 0)),
        "pointwise_grouped_conv: stride must be at least 1. Got stride=0",
    ),
    (
        lambda: pointwise_grouped_conv(np.zeros((1, 1, 2)), np.zeros((1, 1, 2))),
        "pointwise_grouped_conv: w must have one tap, shape (C_out, C_in/groups, 1, …, 1). Got w.shape=(1, 1, 2)",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [LOGARITHMIC[0], np.zeros((1, 2, 1, 3))]),
        "logarithmic_grouped_conv: weights must have (m_q, n_q) = [(2, 2), (1, 2)] and one kernel size. "
        "Got x.shape=(3, 4, 6, 5), weights=[(2, 2, 3, 3), (1, 2, 1, 3)]",
    ),
    (
        lambda: logarithmic_grouped_conv(X, [W[:1], W[:1], W[:0]]),
        "logarithmic_grouped_conv: C_out can be halved into at most 2 groups. Got C_out=2, groups=3",
    ),
    (
        lambda: logarithmic_grouped_conv(X[:, :1], LOGARITHMIC),
        "logarithmic_grouped_conv: C_in can be halved into at most 1 groups. Got C_in=1, groups=2",
    ),
    (lambda: logarithmic_group_sizes(0), "logarithmic_group_sizes: channels must be at least 1. Got channels=0"),
    (lambda: logarithmic_group_sizes(4, 0), "logarithmic_group_sizes: groups must be at least 1. Got groups=0"),
    (
        lambda: logarithmic_group_sizes(4, 4),
        "logarithmic_group_sizes: channels can be halved into at most 3 groups. Got channels=4, groups=4",
    ),
    (lambda: connectivity_matrix((0, 4), (1,)), "connectivity_matrix: channels must be at least 1. Got channels=0"),
    (lambda: connectivity_matrix((4, 4), (0,)), "connectivity_matrix: groups must be at least 1. Got groups=0"),
    (
        lambda: connectivity_matrix((2**24, 1), (1,)),
        "connectivity_matrix: no array may have 2**48 cells or more. Got shape=(16777216, 16777216)",
    ),
    (
        lambda: connectivity_matrix((1, 2**24), (1,)),
        "connectivity_matrix: no array may have 2**48 cells or more. Got shape=(16777216, 16777216)",
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG_SHAPES, ids=[message for _, message in WRONG_SHAPES])
def test_shapes_and_sizes_are_refused_word_for_word(call, message):
    with refused(ValueError, message):
        call()


@pytest.mark.parametrize("weights", [3, (), LOGARITHMIC[0]])
def test_the_weights_of_logarithmic_groups_are_a_list(weights):
    rule = "weights must be a list or tuple of one array (m_q, n_q, *K) per group"
    with refused(TypeError, f"logarithmic_grouped_conv: {rule}. Got weights={type(weights).__name__!r}"):
        logarithmic_grouped_conv(X, weights)


@pytest.mark.parametrize("devices", ["cpu", ["cpu"], ["cpu"] * 3])
def test_devices_are_one_for_each_group(devices):
    x, w = torch.tensor(X), torch.tensor(W)
    rule = "devices must name one device per group"
    with refused(ValueError, f"grouped_conv_split: {rule}. Got devices={devices!r}, groups=2"):
        grouped_conv_split(x, w, groups=2, devices=devices)
    with refused(TypeError, "grouped_conv_split: devices are for torch tensors. Got x='ndarray'"):
        grouped_conv_split(X, W, groups=2, devices=devices)


@pytest.mark.parametrize("device", [-1, "nowhere", 1.5, (1, 2)])
def test_a_place_of_a_group_is_a_device(device):
    message = f"grouped_conv_split: devices must be torch devices or their names. Got device={device!r}"
    with refused(TypeError, message):
        grouped_conv_split(torch.tensor(X), torch.tensor(W), groups=2, devices=["cpu", device])


DEALERS = {
    "channel_shuffle": (channel_shuffle, "C", "x must have shape (N, C, *S). Got x.shape=(5,)"),
    "channel_unshuffle": (channel_unshuffle, "C", "x must have shape (N, C, *S). Got x.shape=(5,)"),
    "block_diagonal_weight": (
        block_diagonal_weight,
        "C_out",
        "w.shape must be (C_out, C_in/groups, *K) with at least one spatial axis. Got w.shape=(5,)",
    ),
}


@pytest.mark.parametrize("name", DEALERS)
def test_arrays_and_groups_are_refused_word_for_word(name):
    function, channels, rank = DEALERS[name]
    with refused(ValueError, f"{name}: {rank}"):
        function(X[0, 0, 0], 1)
    with refused(ValueError, f"{name}: groups must be at least 1. Got groups=0"):
        function(W, 0)
    with refused(TypeError, f"{name}: groups must be a whole number. Got groups=2.0"):
        function(W, 2.0)
    with refused(ValueError, f"{name}: {channels} must be divisible by groups. Got {channels}=4, groups=3"):
        function(np.zeros((4, 4, 1)), 3)


def test_pointwise_convolutions_have_one_group_and_stride_1_unless_told_otherwise():
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 9, (2, 4, 3, 5)), rng.integers(-9, 9, (6, 4, 1, 1))
    np.testing.assert_array_equal(pointwise_grouped_conv(x, w), np.einsum("oc,nchw->nohw", w[..., 0, 0], x))


def test_the_widest_group_decides_the_dtype_of_all():
    x, w = np.full((1, 2, 3), 100, np.int8), np.full((1, 1, 1), 100, np.int8)
    y = logarithmic_grouped_conv(x, [w, w.astype(np.int16)])
    np.testing.assert_array_equal(y, np.full((1, 2, 3), 10000, np.int16), strict=True)


@pytest.mark.parametrize("shuffle", [False, True])
def test_paths_are_counted_as_long_as_64_bits_hold_them(shuffle):
    assert connectivity_matrix((2,) * 64, (1,) * 63, shuffle=shuffle).tolist() == [[2**62] * 2] * 2
    rule = "64 bits cannot count the paths of so many layers"
    with refused(ValueError, f"connectivity_matrix: {rule}. Got layers=64, paths={2**63}"):
        connectivity_matrix((2,) * 65, (1,) * 64, shuffle=shuffle)


def test_paths_of_groups_are_fewer_than_those_of_layers_as_wide():
    paths = connectivity_matrix((2, *(64,) * 12, 16), (1, *(8,) * 12))  # without groups 64**12, beyond 64 bits
    assert paths.tolist() == [[8**12] * 2] * 16


def test_paths_are_what_arrives_when_a_one_runs_through_the_shuffled_layers():
    channels, groups = (12, 6, 24, 12), (3, 2, 6)
    y = np.eye(12, dtype=int)[..., None]  # one sample per input channel
    for layer, g in enumerate(groups):
        y = channel_shuffle(y, groups[layer - 1]) if layer else y
        y = conv(y, np.ones((channels[layer + 1], channels[layer] // g, 1), dtype=int), groups=g)
    np.testing.assert_array_equal(connectivity_matrix(channels, groups, shuffle=True), y[..., 0].T)
