"""What the convolutions refuse, before any computation, and in which words."""

import re

import numpy as np
import pytest
import torch

from reference_impl.conv import col2im, conv, conv_loops, conv_matrix, convolve, im2col
from reference_impl.conv.torch import conv_torch, im2col_torch

FORMS = {"conv": conv, "conv_loops": conv_loops, "convolve": convolve, "conv_torch": conv_torch}
COLUMNS = {"im2col": im2col, "im2col_torch": im2col_torch}
X, W = (2, 4, 9, 8), (6, 2, 3, 2)  # the shapes that fit, with two groups

BAD_SHAPES = [
    ((4, 9), W, (6,), "input_shape must be (N, C_in, *S) with at least one spatial axis. Got input_shape=(4, 9)"),
    (X, (6, 2), (6,), "weight_shape must be (C_out, C_in/groups, *K) with at least one spatial axis"),
    ((2, 4, 9), W, (6,), "input and weight must have the same number of axes. Got input_shape=(2, 4, 9), weight_"),
    ((2, 4, 9, 0), W, (6,), "input_shape[3] must be at least 1. Got input_shape[3]=0"),
    ((2, 0, 9, 8), W, (6,), "input_shape[1] must be at least 1. Got input_shape[1]=0"),
    (X, (6, 2, 0, 2), (6,), "weight_shape[2] must be at least 1. Got weight_shape[2]=0"),
    (X, (0, 2, 3, 2), (0,), "weight must hold at least one filter. Got weight_shape=(0, 2, 3, 2)"),
    (X, (6, 4, 3, 2), (6,), "weight must have shape (C_out, C_in/groups, *K). Got input_shape=(2, 4, 9, 8), weight"),
    (X, (5, 2, 3, 2), (5,), "C_out must be divisible by groups. Got C_out=5, groups=2"),
    ((2, 5, 9, 8), W, (6,), "C_in must be divisible by groups. Got C_in=5, groups=2"),
    (X, W, (4,), "b must have shape (C_out,). Got b.shape=(4,), C_out=6"),
    (X, W, (6, 1), "b must have shape (C_out,). Got b.shape=(6, 1), C_out=6"),
    ((2, 4, 2, 8), W, (6,), "the padded input must be at least as long as the dilated kernel, but 2 < 3"),
]
WORDS = "'valid', 'same', 'same_lower', 'causal'"
MODES = "'zeros', 'reflect', 'replicate', 'circular'"
BAD_OPTIONS = [
    ({"stride": 0}, ValueError, "stride must be at least 1. Got stride=0"),
    ({"stride": (1, -2)}, ValueError, "stride must be at least 1. Got stride=-2"),
    ({"stride": (1, 2, 3)}, ValueError, "stride must be one number or one per axis, here 2. Got stride=(1, 2, 3)"),
    ({"stride": 1.0}, TypeError, "stride must be a whole number. Got stride=1.0"),
    ({"stride": None}, TypeError, "stride must be a whole number. Got stride=None"),
    ({"stride": "2"}, TypeError, "stride must be a whole number. Got stride='2'"),
    ({"stride": np.array([1, 2])}, TypeError, "stride must be a whole number. Got stride=array([1, 2])"),
    ({"dilation": 0}, ValueError, "dilation must be at least 1. Got dilation=0"),
    ({"dilation": (1,)}, ValueError, "dilation must be one number or one per axis, here 2. Got dilation=(1,)"),
    ({"dilation": 5}, ValueError, "the padded input must be at least as long as the dilated kernel, but 9 < 11"),
    ({"groups": 0}, ValueError, "groups must be at least 1. Got groups=0"),
    ({"groups": -2}, ValueError, "groups must be at least 1. Got groups=-2"),
    ({"groups": (2,)}, TypeError, "groups must be a whole number. Got groups=(2,)"),
    ({"groups": True}, TypeError, "groups must be a whole number. Got groups=True"),
    ({"padding": -1}, ValueError, "padding must be at least 0. Got padding=-1"),
    ({"padding": ((0, -1), 0)}, ValueError, "padding must be at least 0. Got padding=-1"),
    ({"padding": "full"}, ValueError, f"padding must be one of {WORDS}. Got padding='full'"),
    (
        {"padding": "causal"},
        ValueError,
        "padding 'causal' is for one axis, the time axis. Got padding='causal', axes=2",
    ),
    (
        {"padding": (1,)},
        ValueError,
        "padding must be a word, one number, or one entry per axis, here 2. Got padding=(1,)",
    ),
    (
        {"padding": ((1, 2, 3), 0)},
        ValueError,
        "each entry of padding must be a number or a (lo, hi) pair. Got padding=",
    ),
    ({"padding": 0.5}, TypeError, "padding must be a whole number. Got padding=0.5"),
    ({"padding": None}, TypeError, "padding must be a whole number. Got padding=None"),
    ({"padding_mode": "mirror"}, ValueError, f"padding_mode must be one of {MODES}. Got padding_mode='mirror'"),
    ({"padding_mode": None}, ValueError, f"padding_mode must be one of {MODES}. Got padding_mode=None"),
    (
        {"padding_mode": "reflect", "padding": (8, 8)},
        ValueError,
        "padding_mode 'reflect' can add at most input size − 1 cells a side. Got padding=(8, 8), input_size=8",
    ),
    (
        {"padding_mode": "circular", "padding": ((0, 10), 0)},
        ValueError,
        "padding_mode 'circular' can add at most input size cells a side. Got padding=(0, 10), input_size=9",
    ),
]


def array(name, shape):
    return torch.zeros(shape) if name.endswith("torch") else np.zeros(shape)


def refused(error, message, *, whole=False):
    return pytest.raises(error, match=f"^{re.escape(message)}{'$' if whole else ''}")


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("x_shape", "w_shape", "b_shape", "message"), BAD_SHAPES)
def test_shapes_that_do_not_fit_are_refused(name, x_shape, w_shape, b_shape, message):
    x, w, b = (array(name, shape) for shape in (x_shape, w_shape, b_shape))
    with refused(ValueError, f"{name}: {message}"):
        FORMS[name](x, w, b, groups=2)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("options", "error", "message"), BAD_OPTIONS, ids=[str(case[0]) for case in BAD_OPTIONS])
def test_options_out_of_range_are_refused(name, options, error, message):
    with refused(error, f"{name}: {message}"):
        FORMS[name](array(name, X), array(name, W), **{"groups": 2, **options})


@pytest.mark.parametrize("name", ["conv", "conv_loops", "convolve"])
def test_only_arrays_of_numbers_are_convolved(name):
    x, w, b = np.zeros(X), np.zeros(W), np.zeros(6)
    kinds = "NumPy array" if name == "conv_loops" else "NumPy array or a torch tensor"
    for value in ([[1.0]], "x", None, 1.0, np.float64(1)):
        kind = type(value).__name__
        with refused(TypeError, f"{name}: x must be a {kinds}. Got x='{kind}'", whole=True):
            FORMS[name](value, w, b, groups=2)
        with refused(TypeError, f"{name}: w must be a NumPy array. Got w='{kind}'", whole=True):
            FORMS[name](x, value, b, groups=2)
    with refused(TypeError, f"{name}: w must be a NumPy array. Got w='Tensor'", whole=True):
        FORMS[name](x, torch.zeros(W), b, groups=2)
    with refused(TypeError, f"{name}: b must be a NumPy array. Got b='list'", whole=True):
        FORMS[name](x, w, [0.0] * 6, groups=2)
    for dtype in (bool, object, "U1", "M8[s]"):
        with refused(TypeError, f"{name}: x must hold numbers. Got x.dtype='{np.dtype(dtype)}'", whole=True):
            FORMS[name](x.astype(int).astype(dtype), w, groups=2)
    with refused(TypeError, f"{name}: w must hold numbers. Got w.dtype='bool'", whole=True):
        FORMS[name](x, w.astype(bool), groups=2)
    with refused(TypeError, f"{name}: b must hold numbers. Got b.dtype='bool'", whole=True):
        FORMS[name](x, w, b.astype(bool), groups=2)


def test_only_torch_tensors_of_one_kind_are_convolved():
    x, w, b = torch.zeros(X), torch.zeros(W), torch.zeros(6)
    for value in ([[1.0]], np.zeros(X), None):
        kind = type(value).__name__
        with refused(TypeError, f"conv_torch: x must be a torch tensor. Got x='{kind}'", whole=True):
            conv_torch(value, w, b, groups=2)
        with refused(TypeError, f"conv_torch: w must be a torch tensor. Got w='{kind}'", whole=True):
            conv_torch(x, value, b, groups=2)
    with refused(TypeError, "conv_torch: b must be a torch tensor. Got b='list'", whole=True):
        conv_torch(x, w, [0.0] * 6, groups=2)
    with refused(TypeError, "conv_torch: x must hold numbers. Got x.dtype='torch.bool'", whole=True):
        conv_torch(x.bool(), w, groups=2)
    rule = "conv_torch: x, w, b must share one dtype and one device"
    got = "x='torch.float32 on cpu', w='torch.float64 on cpu', b='torch.float32 on cpu'"
    with refused(TypeError, f"{rule}. Got {got}", whole=True):
        conv_torch(x, w.double(), b, groups=2)
    with refused(TypeError, "conv_torch: x, w must share one dtype and one device. Got x='torch.float32 on cpu', w="):
        conv_torch(x, w.to("meta"), groups=2)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize(
    ("shape", "arguments", "error", "message"),
    [
        ((4, 9), {}, ValueError, "x.shape must be (N, C, *S) with at least one spatial axis. Got x.shape=(4, 9)"),
        ((2, 4, 0, 9), {}, ValueError, "x.shape[2] must be at least 1. Got x.shape[2]=0"),
        (X, {"kernel_size": 0}, ValueError, "kernel_size must be at least 1. Got kernel_size=0"),
        (X, {"kernel_size": (1, 2, 3)}, ValueError, "kernel_size must be one number or one per axis, here 2"),
        (X, {"kernel_size": 2.0}, TypeError, "kernel_size must be a whole number. Got kernel_size=2.0"),
        (X, {"kernel_size": 10}, ValueError, "the padded input must be at least as long as the dilated kernel, but 9"),
        (X, {"stride": 0}, ValueError, "stride must be at least 1. Got stride=0"),
        (X, {"dilation": 0}, ValueError, "dilation must be at least 1. Got dilation=0"),
        (X, {"padding": "full"}, ValueError, f"padding must be one of {WORDS}. Got padding='full'"),
    ],
)
def test_columns_that_cannot_be_taken_are_refused(name, shape, arguments, error, message):
    with refused(error, f"{name}: {message}"):
        COLUMNS[name](array(name, shape), **{"kernel_size": 3, **arguments})


def test_columns_are_taken_from_arrays_only():
    with refused(TypeError, "im2col: x must be a NumPy array or a torch tensor. Got x='list'", whole=True):
        im2col([[1.0]], 2)
    with refused(TypeError, "im2col_torch: x must be a torch tensor. Got x='ndarray'", whole=True):
        im2col_torch(np.zeros(X), 2)
    with refused(TypeError, "col2im: cols must be a NumPy array. Got cols='Tensor'", whole=True):
        col2im(torch.zeros(1, 4, 4), (3, 3), 2)
    with refused(TypeError, "conv_matrix: w must be a NumPy array. Got w='list'", whole=True):
        conv_matrix([[1.0]], 2)


@pytest.mark.parametrize(
    ("cols_shape", "arguments", "message"),
    [
        (
            (1, 4),
            {},
            "cols must have shape (N, C·4, 4) for these sizes. Got cols.shape=(1, 4), output_size=(3, 3), ker",
        ),
        ((1, 6, 4), {}, "cols must have shape (N, C·4, 4) for these sizes. Got cols.shape=(1, 6, 4)"),
        ((1, 4, 5), {}, "cols must have shape (N, C·4, 4) for these sizes. Got cols.shape=(1, 4, 5)"),
        ((1, 0, 4), {}, "cols must have shape (N, C·4, 4) for these sizes. Got cols.shape=(1, 0, 4)"),
        ((1, 4, 4), {"kernel_size": 4}, "the padded input must be at least as long as the dilated kernel, but 3 < 4"),
        ((1, 4, 4), {"kernel_size": (2, 2, 2)}, "kernel_size must be one number or one per axis, here 2"),
        ((1, 4, 4), {"output_size": ()}, "output_size must name at least one axis. Got output_size=()"),
        ((1, 4, 4), {"output_size": (0, 3)}, "output_size must be at least 1. Got output_size=0"),
        ((1, 4, 4), {"stride": 0}, "stride must be at least 1. Got stride=0"),
    ],
)
def test_columns_that_do_not_fit_the_image_are_refused(cols_shape, arguments, message):
    with refused(ValueError, f"col2im: {message}"):
        col2im(np.zeros(cols_shape), **{"output_size": (3, 3), "kernel_size": 2, **arguments})


@pytest.mark.parametrize(
    ("w_shape", "arguments", "error", "message"),
    [
        ((2, 3), {}, ValueError, "w.shape must be (C_out, C_in/groups, *K) with at least one spatial axis"),
        (W, {"input_size": (9, 8, 7)}, ValueError, "input_size must be one number or one per axis, here 2"),
        (
            W,
            {"input_size": 2},
            ValueError,
            "the padded input must be at least as long as the dilated kernel, but 2 < 3",
        ),
        (W, {"input_size": 2.0}, TypeError, "input_size must be a whole number. Got input_size=2.0"),
        (W, {"groups": 0}, ValueError, "groups must be at least 1. Got groups=0"),
        (W, {"groups": 4}, ValueError, "C_out must be divisible by groups. Got C_out=6, groups=4"),
        (W, {"stride": 0}, ValueError, "stride must be at least 1. Got stride=0"),
        (W, {"padding_mode": "mirror"}, ValueError, f"padding_mode must be one of {MODES}. Got padding_mode='mirror'"),
        (
            W,
            {"padding_mode": "reflect", "padding": 4, "input_size": 4},
            ValueError,
            "padding_mode 'reflect' can add at most input size − 1 cells a side. Got padding=(4, 4), input_size=4",
        ),
    ],
)
def test_matrices_that_cannot_be_written_are_refused(w_shape, arguments, error, message):
    with refused(error, f"conv_matrix: {message}"):
        conv_matrix(np.zeros(w_shape), **{"input_size": (9, 8), **arguments})


def test_a_matrix_whose_whole_numbers_would_wrap_around_is_refused():
    w = np.full((1, 1, 3), 100, np.int8)
    with refused(ValueError, "conv_matrix: the result does not fit into int8; convert the input with x.astype"):
        conv_matrix(w, 2, padding=1, padding_mode="replicate")


def test_everything_after_the_arrays_is_passed_by_name():
    for name, form in FORMS.items():
        with pytest.raises(TypeError, match="positional argument"):
            form(array(name, X), array(name, W), None, 1)
