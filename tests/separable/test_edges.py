"""Separable convolution at the edges: what they refuse, word for word; dtypes."""

import numpy as np
import pytest
import torch

from reference_impl.conv import conv_loops
from reference_impl.separable import (
    conv2plus1d_parameters,
    depthwise_separable_conv,
    depthwise_separable_conv_loops,
    depthwise_separable_kernel,
    depthwise_separable_macs,
    is_separable,
    kernel_rank,
    pseudo3d_conv,
    separable_kernel,
    separate_kernel,
    separation_error,
    spatially_separable_conv,
    spatially_separable_conv_loops,
)
from tests.refusals import refused

X = np.zeros((2, 4, 6, 5))
REFUSED = [
    (
        lambda: depthwise_separable_kernel(np.zeros((2, 1, 2)), np.zeros((3, 1, 1))),
        ValueError,
        "depthwise_separable_kernel: pointwise_weight must take the channels that depthwise_weight gives. "
        "Got depthwise_weight.shape=(2, 1, 2), pointwise_weight.shape=(3, 1, 1), order='depthwise_first'",
    ),
    (
        lambda: depthwise_separable_kernel(np.zeros((2, 1, 2)), np.zeros((3, 2))),
        ValueError,
        "depthwise_separable_kernel: pointwise_weight.shape must be (C', C'', 1, …, 1) with at least one spatial axis. "
        "Got pointwise_weight.shape=(3, 2)",
    ),
    (
        lambda: depthwise_separable_kernel(np.zeros((3, 1, 2)), np.zeros((3, 3, 1)), depth_multiplier=2),
        ValueError,
        "depthwise_separable_kernel: depthwise_weight must hold depth_multiplier kernels per channel. "
        "Got depthwise_weight.shape=(3, 1, 2), depth_multiplier=2",
    ),
    (
        lambda: depthwise_separable_kernel(np.zeros((1, 1, 2)), np.zeros((1, 1, 1)), depth_multiplier=0),
        ValueError,
        "depthwise_separable_kernel: depth_multiplier must be at least 1. Got depth_multiplier=0",
    ),
    (
        lambda: depthwise_separable_conv(X, np.zeros((4, 1, 3, 3)), np.zeros((1, 4, 1, 1)), order="xception"),
        ValueError,
        "depthwise_separable_conv: order must be one of 'depthwise_first', 'pointwise_first'. Got order='xception'",
    ),
    (
        lambda: depthwise_separable_conv_loops(X, [1], np.zeros((1, 4, 1, 1))),
        TypeError,
        "depthwise_separable_conv_loops: depthwise_weight must be a NumPy array. Got depthwise_weight='list'",
    ),
    (
        lambda: spatially_separable_conv(np.zeros((2, 3)), [np.ones(2)]),
        ValueError,
        "spatially_separable_conv: x.shape must be (N, C_in, *S) with at least one spatial axis. Got x.shape=(2, 3)",
    ),
    (
        lambda: spatially_separable_conv(X, [[np.ones(2), np.ones((2, 2))]]),
        ValueError,
        "spatially_separable_conv: the factors of a term must have shape (K,), none of them empty. "
        "Got shapes=[[(2,), (2, 2)]]",
    ),
    (
        lambda: pseudo3d_conv(
            np.zeros((1, 2, 3, 4, 4)), np.zeros((3, 2, 1, 1, 1)), np.zeros((4, 2, 1, 1, 1)), variant="A"
        ),
        ValueError,
        "pseudo3d_conv: S must take the channels of x, and T those of x (B) or of S (A, C). "
        "Got x.shape=(1, 2, 3, 4, 4), spatial_weight.shape=(3, 2, 1, 1, 1), temporal_weight.shape=(4, 2, "
        "1, 1, 1), variant='A'",
    ),
    (
        lambda: pseudo3d_conv(
            np.zeros((1, 2, 3, 4, 4)), np.zeros((2, 2, 1, 3, 3)), np.zeros((2, 2, 1, 1, 1)), variant="B"
        ),
        ValueError,
        "pseudo3d_conv: S and T are added and must give equal shapes; padding='same' and stride 1 do. "
        "Got S=(1, 2, 3, 2, 2), T=(1, 2, 3, 4, 4), variant='B'",
    ),
    (
        lambda: kernel_rank(np.full((2, 2), np.nan)),
        ValueError,
        "kernel_rank: kernel must hold finite numbers. Got kernel=[[nan, nan], [nan, nan]]",
    ),
    (lambda: kernel_rank([1]), TypeError, "kernel_rank: kernel must be a NumPy array. Got kernel='list'"),
    (
        lambda: depthwise_separable_macs(0, 1, 3, (1,)),
        ValueError,
        "depthwise_separable_macs: in_channels must be at least 1. Got in_channels=0",
    ),
    (
        lambda: depthwise_separable_macs(1, 0, 3, (1,)),
        ValueError,
        "depthwise_separable_macs: out_channels must be at least 1. Got out_channels=0",
    ),
    (
        lambda: depthwise_separable_macs(1, 1, 0, (1,)),
        ValueError,
        "depthwise_separable_macs: kernel_size must be at least 1. Got kernel_size=0",
    ),
    (
        lambda: conv2plus1d_parameters(0, 1, 1),
        ValueError,
        "conv2plus1d_parameters: in_channels must be at least 1. Got in_channels=0",
    ),
    (
        lambda: conv2plus1d_parameters(1, 1, 1, kernel_size=0),
        ValueError,
        "conv2plus1d_parameters: kernel_size must be at least 1. Got kernel_size=0",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_bad_arguments_are_refused_word_for_word(call, error, message):
    with refused(error, message):
        call()


@pytest.mark.parametrize("wide", ["x", "factor", "b"])
def test_the_widest_operand_decides_the_dtype_of_the_definition(wide):
    single = {"x": np.ones((1, 2, 4)), "factor": np.ones(1), "b": np.ones(2)}
    wider = {name: array.astype(np.float64 if name == wide else np.float32) for name, array in single.items()}
    result = spatially_separable_conv_loops(wider["x"], [[wider["factor"]]], wider["b"])
    np.testing.assert_array_equal(result, np.full((1, 2, 4), 2.0), strict=True)


BYTE = np.full((1, 1, 1), 100, np.int8)
WRAPS = {
    "depthwise_separable_conv_loops": lambda: depthwise_separable_conv_loops(BYTE // 100, BYTE, BYTE),
    "spatially_separable_conv_loops": lambda: spatially_separable_conv_loops(BYTE, [BYTE[0, 0]]),
}


@pytest.mark.parametrize("name", WRAPS)
def test_whole_numbers_that_would_wrap_around_are_refused_in_the_name_of_the_function(name):
    rule = "the result does not fit into int8; convert the input with x.astype(np.int64) first"
    with refused(ValueError, f"{name}: {rule}. Got smallest=10000, largest=10000"):
        WRAPS[name]()


@pytest.mark.parametrize("convolve", [spatially_separable_conv, spatially_separable_conv_loops])
@pytest.mark.parametrize("axes", [1, 2])
def test_only_what_leaves_the_function_has_to_fit_into_its_dtype(convolve, axes):
    x, large = np.ones((1, 2, *(2,) * axes), np.uint8), np.array([200], np.uint8)
    zero = np.zeros((1, 2, *(2,) * axes), np.uint8)
    np.testing.assert_array_equal(convolve(zero, [[large] * axes] * 2), zero, strict=True)
    wide = convolve(x.astype(np.int64), [[large] * axes] * 2)
    np.testing.assert_array_equal(wide, np.full(x.shape, 2 * 200**axes), strict=True)


@pytest.mark.parametrize("convolve", [depthwise_separable_conv, depthwise_separable_conv_loops])
@pytest.mark.parametrize("order", ["depthwise_first", "pointwise_first"])
def test_what_lies_between_the_two_weights_need_not_fit_into_their_dtype(convolve, order):
    wide = convolve(np.ones((1, 1, 2), np.int64), BYTE, BYTE, order=order)
    np.testing.assert_array_equal(wide, np.full((1, 1, 2), 10000), strict=True)


@pytest.mark.parametrize("convolve", [spatially_separable_conv, spatially_separable_conv_loops])
def test_terms_of_half_precision_add_up_in_single(convolve):
    terms = [[np.array([value], np.float16)] for value in (2048, 1, -2048)]  # 2048 + 1 is 2048 in float16
    result = convolve(np.ones((1, 1, 3), np.float16), terms)
    np.testing.assert_array_equal(result, np.ones((1, 1, 3), np.float16), strict=True)


@pytest.mark.parametrize("wide", ["x", "depthwise_weight", "pointwise_weight", "b"])
def test_the_widest_of_x_weights_and_bias_decides_the_dtype_of_the_definition(wide):
    shapes = {"x": (1, 1, 4), "depthwise_weight": (1, 1, 1), "pointwise_weight": (1, 1, 1), "b": (1,)}
    operands = {name: np.ones(shape, np.float64 if name == wide else np.float32) for name, shape in shapes.items()}
    np.testing.assert_array_equal(depthwise_separable_conv_loops(**operands), np.full((1, 1, 4), 2.0), strict=True)


def test_tensors_hold_what_lies_between_two_passes_as_arrays_do():
    byte, half = torch.full((1, 1, 1), 100, dtype=torch.int8), torch.full((1, 1, 1), 1000, dtype=torch.float16)
    for order in ("depthwise_first", "pointwise_first"):
        assert depthwise_separable_conv(byte, byte, 0 * byte, order=order).tolist() == [[[0]]]
        y = depthwise_separable_conv(half, half, half / 1e6, order=order)
        assert y.item() == pytest.approx(1000, rel=2e-2)
    assert spatially_separable_conv(byte[None], [byte[0, 0], 0 * byte[0, 0]]).tolist() == [[[[0]]]]


@pytest.mark.parametrize("order", ["depthwise_first", "pointwise_first"])
def test_the_definition_knows_the_modes_of_padding(order):
    rng = np.random.default_rng(0)
    x, depthwise = rng.integers(-9, 9, (2, 3, 4, 5)), rng.integers(-9, 9, (3, 1, 3, 2))
    pointwise = rng.integers(-9, 9, (3, 3, 1, 1))
    options = {"padding": ((1, 0), (0, 2)), "padding_mode": "circular", "order": order}
    loops = depthwise_separable_conv_loops(x, depthwise, pointwise, **options)
    np.testing.assert_array_equal(loops, depthwise_separable_conv(x, depthwise, pointwise, **options))


def test_layers_over_three_axes_in_an_order_of_their_own_are_one_kernel():
    rng = np.random.default_rng(0)
    time, height, width = (rng.integers(-9, 9, shape) for shape in [(4, 2, 2), (5, 4, 1), (2, 3, 3)])  # W, T, H
    x, b = rng.integers(-9, 9, (2, 3, 3, 2, 4)), rng.integers(-9, 9, 5)
    kernel = separable_kernel([time, height, width], order=(2, 0, 1))
    np.testing.assert_array_equal(kernel, np.einsum("omh,mlt,lcw->octhw", height, time, width), strict=True)
    y = spatially_separable_conv(x, [time, height, width], b, order=(2, 0, 1))
    np.testing.assert_array_equal(y, conv_loops(x, kernel, b), strict=True)


def test_kernels_of_large_whole_numbers_are_exact():
    large = np.array([[[2**60 + 1]]])
    np.testing.assert_array_equal(separable_kernel([large, large // large]), large[..., None], strict=True)


def test_space_and_time_have_a_dilation_of_their_own():
    rng = np.random.default_rng(0)
    x, options = rng.integers(-9, 9, (2, 2, 5, 6, 7)), {"stride": (1, 2, 1), "dilation": (2, 1, 3)}
    space, time = rng.integers(-9, 9, (3, 2, 1, 3, 2)), rng.integers(-9, 9, (4, 3, 2, 1, 1))
    kernel = np.einsum("omt,mchw->octhw", time[..., 0, 0], space[:, :, 0])
    np.testing.assert_array_equal(pseudo3d_conv(x, space, time, **options), conv_loops(x, kernel, **options))


def test_one_separable_unfolding_does_not_make_a_kernel_separable():
    assert not is_separable(np.multiply.outer([1.0, 2.0], np.eye(2)))


def test_imaginary_parts_of_long_double_kernels_count():
    kernel = np.array([[1, 1j], [1j, 1]], np.clongdouble)
    assert kernel_rank(kernel) == 2
    assert kernel_rank(kernel.real) == 2
    assert kernel_rank(np.array([[1, 1j], [1j, -1]], np.clongdouble)) == 1


def test_of_two_separate_terms_over_three_axes_the_larger_one_is_found():
    kernel = np.zeros((2, 2, 2))
    kernel[1, 0, 1], kernel[0, 1, 0] = 3, 1
    ((first, second, third),) = separate_kernel(kernel)
    nearest = np.multiply.outer(np.multiply.outer(first, second), third)
    np.testing.assert_allclose(nearest, np.where(kernel == 3, 3.0, 0.0), atol=1e-12)


def test_small_kernels_are_separated_as_well_as_large_ones():
    kernel = np.random.default_rng(0).standard_normal((3, 4, 5))
    assert separation_error(kernel * 1e-6) == pytest.approx(separation_error(kernel), rel=1e-9)
