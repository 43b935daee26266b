"""What all rooms refuse alike, whoever is asked: the error names the function that was called."""

import re

import numpy as np
import pytest
import torch

from reference_impl import (
    arithmetic,
    checks,
    conv_transpose,
    deform_conv,
    dilation,
    grouped,
    separable,
)
from reference_impl import conv as numpy_conv
from reference_impl.conv.torch import conv_torch
from reference_impl.conv_transpose import views
from reference_impl.conv_transpose.torch import conv_transpose_torch
from reference_impl.deform_conv.torch import deform_conv_torch
from reference_impl.layers import layer_kernel
from reference_impl.receptive_field import Branches, Layer

RNG = np.random.default_rng(20260)
X, W = RNG.standard_normal((1, 2, 4, 3)), RNG.standard_normal((2, 2, 2, 2))
OFFSET = {"offset": np.zeros((1, 8, 3, 2))}
TWINS = {  # function: the arrays that it takes
    numpy_conv.conv: {"x": X, "w": W},
    numpy_conv.conv_loops: {"x": X, "w": W},
    conv_torch: {"x": X, "w": W},
    conv_transpose.conv_transpose: {"x": X, "w": W},
    conv_transpose.conv_transpose_loops: {"x": X, "w": W},
    conv_transpose_torch: {"x": X, "w": W},
    deform_conv.deform_conv: {"x": X, "w": W, **OFFSET},
    deform_conv.deform_conv_loops: {"x": X, "w": W, **OFFSET},
    deform_conv_torch: {"x": X, "w": W, **OFFSET},
}
CASES = [(function, name) for function, arrays in TWINS.items() for name in arrays]
IDS = [f"{function.__name__}: {name}" for function, name in CASES]


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}")


def arguments(function):
    convert = torch.from_numpy if function.__name__.endswith("_torch") else np.asarray
    return {name: convert(array) for name, array in TWINS[function].items()}


@pytest.mark.parametrize(("function", "name"), CASES, ids=IDS)
def test_none_is_no_array_where_one_is_needed(function, name):
    given = arguments(function)
    function(**given)
    kind = "torch tensor" if function.__name__.endswith("_torch") else "NumPy array"
    if name == "x" and function in (numpy_conv.conv, conv_transpose.conv_transpose, deform_conv.deform_conv):
        kind = "NumPy array or a torch tensor"
    with refused(TypeError, f"{function.__name__}: {name} must be a {kind}. Got {name}='NoneType'"):
        function(**{**given, name: None})


@pytest.mark.parametrize(("function", "name"), CASES, ids=IDS)
def test_an_array_that_hides_cells_is_refused(function, name):
    given = arguments(function)
    if function.__name__.endswith("_torch"):
        hidden, message = given[name].to_sparse(), f"{name} must be dense. Got {name}.layout='torch.sparse_coo'"
    else:
        hidden, message = np.ma.masked_array(given[name]), f"{name} must have no mask; fill it first"
    with refused(TypeError, f"{function.__name__}: {message}"):
        function(**{**given, name: hidden})


@pytest.mark.parametrize("cells", [2**31, 2**63, 10**30])
@pytest.mark.parametrize("function", TWINS, ids=lambda function: function.__name__)
def test_padding_that_no_array_holds_is_refused_before_numpy_or_torch_overflow(function, cells):
    with refused(ValueError, f"{function.__name__}: padding must be less than {2**31}. Got padding={cells}"):
        function(**arguments(function), padding=cells)


@pytest.mark.parametrize("function", [f for f in TWINS if "transpose" not in f.__name__], ids=lambda f: f.__name__)
def test_a_padded_input_of_2_to_the_48_cells_is_refused(function):
    message = f"{function.__name__}: no array may have 2**48 cells or more. Got shape=({1}, "
    with refused(ValueError, message):
        function(**arguments(function), padding=2**30)


@pytest.mark.parametrize("function", [f for f in TWINS if "transpose" in f.__name__], ids=lambda f: f.__name__)
def test_an_output_of_2_to_the_48_cells_is_refused(function):
    message = f"{function.__name__}: no array may have 2**48 cells or more. Got shape=(1, 2, "
    with refused(ValueError, message):
        function(**arguments(function), stride=2**30)


@pytest.mark.parametrize("option", ["stride", "dilation"])
def test_a_step_beyond_any_array_is_refused(option):
    for function in (numpy_conv.conv, conv_torch):
        with refused(ValueError, f"{function.__name__}: {option} must be less than {2**31}. Got {option}={10**30}"):
            function(**arguments(function), **{option: (10**30, 1)} | {option: 10**30})


def test_the_longest_stride_reads_one_window():
    given = {"x": X, "w": W, "stride": 2**31 - 1}
    expected = numpy_conv.conv(X, W)[..., :1, :1]
    assert np.allclose(numpy_conv.conv(**given), expected, atol=1e-14)
    twin = conv_torch(torch.from_numpy(X), torch.from_numpy(W), stride=2**31 - 1)
    assert np.allclose(twin.numpy(), expected, atol=1e-14)


HUGE = {  # NumPy's repeat ends the process on some of these
    "icnr_weight": lambda: conv_transpose.icnr_weight(W, 2**30),
    "nearest_resize": lambda: conv_transpose.nearest_resize(X, 2**30),
    "insert_zeros": lambda: views.insert_zeros(X, 2**30),
    "bilinear_kernel": lambda: conv_transpose.bilinear_kernel(2**30),
    "conv_matrix": lambda: numpy_conv.conv_matrix(W, 2**20),
    "connectivity_matrix": lambda: grouped.connectivity_matrix((2**30, 2**30), (1,)),
    "coverage_map": lambda: dilation.coverage_map([2**30]),
    "conv_output_shape": lambda: arithmetic.conv_output_shape((1, 1, 2**48), (1, 1, 1)),
    "conv_transpose_output_shape": lambda: arithmetic.conv_transpose_output_shape((1, 1, 2**48), (1, 1, 1)),
}


@pytest.mark.parametrize("name", HUGE)
def test_an_array_that_no_machine_holds_is_refused_instead_of_ending_the_process(name):
    with refused(ValueError, f"{name}: no array may have 2**48 cells or more. Got shape=("):
        HUGE[name]()


def test_arrays_up_to_the_limit_pass():
    checks.holdable((2**47, 1), (2, 0, 2**60))
    with refused(ValueError, "holdable: no array may have 2**48 cells or more. Got shape=(281474976710656,)"):
        checks.holdable((1,), (2**48,))


COUNTED = {
    "shuffle_permutation: channels": lambda: grouped.shuffle_permutation(2**31, 1),
    "overlapping_channels: in_channels": lambda: grouped.overlapping_channels(2**31, 1, 0),
    "coverage_map: rates": lambda: dilation.coverage_map([2**31]),
}


@pytest.mark.parametrize("subject", COUNTED)
def test_a_list_longer_than_any_layer_is_wide_is_refused(subject):
    with refused(ValueError, f"{subject} must be less than {2**31}. Got {subject.split()[-1]}={2**31}"):
        COUNTED[subject]()
    with refused(ValueError, "coverage_map: axes must be less than 65. Got axes=1000"):
        dilation.coverage_map([1], 1, axes=1000)


TEXT = {
    "conv: padding": lambda text: numpy_conv.conv(X, W, padding=text),
    "conv: stride": lambda text: numpy_conv.conv(X, W, stride=text),
    "im2col: kernel_size": lambda text: numpy_conv.im2col(X, text),
    "overlap_map: input_size": lambda text: conv_transpose.overlap_map(text, 3),
    "layer_kernel: kernel_size": lambda text: layer_kernel(text),
    "Layer: kernel_size": Layer,
}


@pytest.mark.parametrize("subject", TEXT)
def test_bytes_are_text_and_no_sequence_of_numbers(subject):
    with refused(TypeError, f"{subject} must be a whole number. Got {subject.split()[-1]}=b'ab'"):
        TEXT[subject](b"ab")


def test_a_shape_is_no_bytes():
    with refused(ValueError, "conv_output_shape: input_shape must be (N, C_in, *S)"):
        arithmetic.conv_output_shape(b"abcd", (1, 1, 1, 1))
    with refused(TypeError, "hdc_max_distance: rates must be a sequence"):
        dilation.hdc_max_distance(b"ab")
    with refused(TypeError, "Branches: paths must be a sequence of paths. Got paths=3"):
        Branches(3)


@pytest.mark.parametrize(
    ("error", "value"),
    [
        *((ValueError, value) for value in (0, -1.0, float("nan"), float("inf"), 10**400)),
        *((TypeError, value) for value in (None, "1", True, [1], torch.ones(2))),
    ],
)
def test_a_positive_number_is_finite_and_above_0(error, value):
    with refused(error, "positive: size must be a finite number above 0. Got size="):
        checks.positive("size", value)
    for function in (separable.kernel_rank, separable.is_separable):
        with refused(error, f"{function.__name__}: tolerance must be a finite number above 0. Got tolerance="):
            function(np.eye(2), tolerance=value)


def test_a_positive_number_comes_back_as_a_float():
    assert [checks.positive("size", value) for value in (2, np.float32(0.5), torch.tensor(3))] == [2.0, 0.5, 3.0]


BY_OTHERS = {
    "same_padding: dilation": lambda: arithmetic.same_padding(5, 3, dilation=0),
    "same_padding_total: stride": lambda: arithmetic.same_padding_total(5, 3, stride=0),
    "offset_branch_parameters: in_channels": lambda: deform_conv.offset_branch_parameters(0, (3, 3)),
    "offset_branch_parameters: offset_groups": lambda: deform_conv.offset_branch_parameters(1, 3, offset_groups=0),
    "offset_branch_macs: offset_groups": lambda: deform_conv.offset_branch_macs((1, 1, 4), (3,), offset_groups=0),
    "offset_branch_macs: stride": lambda: deform_conv.offset_branch_macs((1, 1, 4), (3,), stride=0),
    "separation_error: rank": lambda: separable.separation_error(np.eye(2), 0),
}


@pytest.mark.parametrize("subject", BY_OTHERS)
def test_an_error_names_the_function_that_was_called_not_a_helper(subject):
    with refused(ValueError, f"{subject} must be at least 1. Got {subject.split()[-1]}=0"):
        BY_OTHERS[subject]()


@pytest.mark.parametrize("shape", [None, 4, (), (1, 2)])
def test_the_cost_of_an_offset_branch_needs_a_shape_with_a_spatial_axis(shape):
    rule = "input_shape must be (N, C_in, *S) with at least one spatial axis"
    with refused(ValueError, f"offset_branch_macs: {rule}. Got input_shape={shape}"):
        deform_conv.offset_branch_macs(shape, (3, 3))


@pytest.mark.parametrize("position", [None, 1, (1,), [[1, 2], [3, 4]], [(1, 2, 3), (0, 1)], "ab", (1, "2"), (1, 1j)])
def test_a_position_is_one_real_number_an_axis(position):
    with refused(ValueError, "read_between: position must be one finite number per axis, here 2. Got position="):
        deform_conv.read_between(np.eye(3), position)


def test_complex_counts_are_refused():
    for function in (dilation.gridding, dilation.coverage_share):
        with refused(TypeError, f"{function.__name__}: counts must be real. Got counts.dtype='complex128'"):
            function(np.eye(2) * 1j)
