"""Grouped convolution: which arguments and results are refused, function by function, word for word; dtypes."""

from functools import partial

import numpy as np
import pytest
import sympy

from reference_impl.conv import conv
from reference_impl.grouped import (
    block_diagonal_weight,
    channel_shuffle,
    channel_unshuffle,
    connectivity_matrix,
    conv3d_parameters,
    grouped_conv_split,
    grouped_parameter_share,
    logarithmic_group_sizes,
    logarithmic_grouped_conv,
    overlapping_grouped_conv,
    pointwise_grouped_conv,
    resnet_unit_macs,
    resnext_unit_macs,
    shufflenet_unit_macs,
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
    with refused(TypeError, f"{name}: b must be a NumPy array. Got b='list'"):
        CONVOLUTIONS[name](b=[1.0])
    with refused(TypeError, f"{name}: x must be a NumPy array. Got x='list'"):
        CONVOLUTIONS[name].func([1.0], *CONVOLUTIONS[name].args[1:], **CONVOLUTIONS[name].keywords)


WRONG_SHAPES = [
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
        lambda: pointwise_grouped_conv(np.zeros((1, 1, 2)), np.zeros((1, 1, 3))),
        "pointwise_grouped_conv: the padded input must be at least as long as the dilated kernel, but 2 < 3. "
        "Got input_size=2, padding=(0, 0), kernel_size=3, dilation=1",
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


DEALERS = {
    "channel_shuffle": (channel_shuffle, "x", "C", "x must have shape (N, C, *S). Got x.shape=(5,)"),
    "channel_unshuffle": (channel_unshuffle, "x", "C", "x must have shape (N, C, *S). Got x.shape=(5,)"),
    "block_diagonal_weight": (
        block_diagonal_weight,
        "w",
        "C_out",
        "w.shape must be (C_out, C_in/groups, *K) with at least one spatial axis. Got w.shape=(5,)",
    ),
}


@pytest.mark.parametrize("name", DEALERS)
def test_arrays_and_groups_are_refused_word_for_word(name):
    function, array, channels, rank = DEALERS[name]
    with refused(TypeError, f"{name}: {array} must be a NumPy array. Got {array}='list'"):
        function([1.0], 1)
    with refused(TypeError, f"{name}: {array} must hold numbers. Got {array}.dtype='bool'"):
        function(X.astype(bool), 1)
    with refused(ValueError, f"{name}: {rank}"):
        function(X[0, 0, 0], 1)
    with refused(ValueError, f"{name}: groups must be at least 1. Got groups=0"):
        function(W, 0)
    with refused(TypeError, f"{name}: groups must be a whole number. Got groups=2.0"):
        function(W, 2.0)
    with refused(ValueError, f"{name}: {channels} must be divisible by groups. Got {channels}=4, groups=3"):
        function(np.zeros((4, 4, 1)), 3)


CELLS = {"output_size": (1, 1)}
COUNTS = {  # smallest arguments, their count, and what groups must divide
    conv3d_parameters: (
        {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "groups": 1},
        2,
        ("in_channels", "out_channels"),
    ),
    grouped_parameter_share: ({"in_channels": 1, "kernel_size": 1, "groups": 1}, 1, ("in_channels",)),
    resnet_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS}, 11, ()),
    resnext_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS, "groups": 1}, 11, ("mid_channels",)),
    shufflenet_unit_macs: ({"channels": 1, "mid_channels": 1, **CELLS, "groups": 1}, 11, ("channels", "mid_channels")),
}


@pytest.mark.parametrize("function", COUNTS)
def test_counts_start_at_1_and_refuse_every_smaller_size_by_its_name(function):
    least, count, divided = COUNTS[function]
    name = function.__name__
    assert function(**least) == count
    for argument, value in least.items():
        zero = (1, 0) if isinstance(value, tuple) else 0
        with refused(ValueError, f"{name}: {argument} must be at least 1. Got {argument}=0"):
            function(**{**least, argument: zero})
        with refused(TypeError, f"{name}: {argument} must be a whole number. Got {argument}=1.0"):
            function(**{**least, argument: (1, 1.0) if isinstance(value, tuple) else 1.0})
    for argument in divided:
        even = {**least, **dict.fromkeys(divided, 4), "groups": 2}
        with refused(ValueError, f"{name}: {argument} must be divisible by groups. Got {argument}=3, groups=2"):
            function(**{**even, argument: 3})


def test_groups_may_be_the_only_symbol_of_a_share():
    g = sympy.Symbol("g", positive=True)
    assert grouped_parameter_share(8, 3, groups=g).subs(g, 4).equals(sympy.Rational(7, 25))


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


@pytest.mark.parametrize("wide", ["x", "w", "b"])
@pytest.mark.parametrize(
    "convolve",
    [
        partial(grouped_conv_split, groups=2),
        partial(pointwise_grouped_conv, groups=2),
        partial(overlapping_grouped_conv, groups=2, overlap=0),
        lambda x, w, b: logarithmic_grouped_conv(x, [w[:1], w[1:]], b),
    ],
)
def test_the_widest_operand_decides_the_dtype(convolve, wide):
    single = {"x": np.ones((1, 2, 5)), "w": np.ones((2, 1, 1)), "b": np.ones(2)}
    operands = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    np.testing.assert_array_equal(convolve(**operands), np.full((1, 2, 5), 2.0), strict=True)


def test_pointwise_convolutions_have_one_group_and_stride_1_unless_told_otherwise():
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 9, (2, 4, 3, 5)), rng.integers(-9, 9, (6, 4, 1, 1))
    np.testing.assert_array_equal(pointwise_grouped_conv(x, w), np.einsum("oc,nchw->nohw", w[..., 0, 0], x))


def test_the_widest_group_decides_the_dtype_of_all():
    y = logarithmic_grouped_conv(BYTES, [BYTE_W[:1], BYTE_W[1:].astype(np.int16)])
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
