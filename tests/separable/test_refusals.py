"""Separable convolution: which arguments are refused, function by function, word for word."""

from functools import partial

import numpy as np
import pytest

from reference_impl.separable import (
    conv2plus1d_parameters,
    depthwise_conv,
    depthwise_separable_conv,
    depthwise_separable_conv_loops,
    depthwise_separable_kernel,
    depthwise_separable_macs,
    depthwise_separable_parameters,
    depthwise_separable_ratio,
    direct_macs,
    is_separable,
    kernel_rank,
    pseudo3d_conv,
    separable_kernel,
    separate_kernel,
    separation_error,
    spatially_separable_conv,
    spatially_separable_conv_loops,
    spatially_separable_macs,
    spatially_separable_ratio,
)
from tests.refusals import WRONG_OPTIONS, refused

X, D, P = np.zeros((3, 2, 6, 5)), np.zeros((4, 1, 3, 3)), np.zeros((6, 4, 1, 1))
A, B = np.ones(3), np.ones(2)
CLIP, S, T = np.zeros((1, 2, 4, 5, 5)), np.zeros((3, 2, 1, 3, 3)), np.zeros((4, 3, 2, 1, 1))
CONVOLUTIONS = {  # function, its arrays, number of filters
    "depthwise_conv": (depthwise_conv, {"x": X, "w": D}, 4),
    "depthwise_separable_conv": (depthwise_separable_conv, {"x": X, "depthwise_weight": D, "pointwise_weight": P}, 6),
    "depthwise_separable_conv_loops": (
        depthwise_separable_conv_loops,
        {"x": X, "depthwise_weight": D, "pointwise_weight": P},
        6,
    ),
    "spatially_separable_conv": (partial(spatially_separable_conv, factors=[A, A]), {"x": X}, 2),
    "spatially_separable_conv_loops": (partial(spatially_separable_conv_loops, factors=[A, A]), {"x": X}, 2),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_arrays_biases_and_options_are_refused_in_the_name_of_the_convolution(name):
    function, arrays, filters = CONVOLUTIONS[name]
    for options, message in WRONG_OPTIONS:
        with refused(ValueError, f"{name}: {message}"):
            function(**arrays, **options)
    for argument in [*arrays, "b"] if name.endswith("_loops") else []:
        with refused(TypeError, f"{name}: {argument} must be a NumPy array. Got {argument}='list'"):
            function(**{**arrays, argument: [1.0]})
    with refused(ValueError, f"{name}: b must have shape (C_out,). Got b.shape=(5,), C_out={filters}"):
        function(**arrays, b=np.zeros(5))
    layout = "(N, C, *S)" if name == "depthwise_conv" else "(N, C_in, *S)"
    with refused(ValueError, f"{name}: x.shape must be {layout} with at least one spatial axis. Got x.shape=(6, 5)"):
        function(**{**arrays, "x": X[0, 0]})


KERNEL = "depthwise_weight must have shape (m·C, 1, *K) and hold at least one kernel"
ONE_TAP = "pointwise_weight must be a 1×1 kernel (C', C'', 1, …, 1) with as many axes"
FIRST = "the first weight must take the channels of x and have as many axes"
MULTIPLE = "depthwise_weight must have a multiple of the channels that pointwise_weight gives"
PAIRS = [  # x, depthwise weight, pointwise weight, order, rule
    (X, D[:0], P, "depthwise_first", KERNEL),
    (X, np.zeros((4, 2, 3, 3)), P, "depthwise_first", KERNEL),
    (X, D, P[..., 0], "depthwise_first", ONE_TAP),
    (X, D, np.zeros((6, 4, 1, 3)), "depthwise_first", ONE_TAP),
    (X, D, P[:0], "pointwise_first", ONE_TAP),
    (X, D, P, "pointwise_first", MULTIPLE),
    (np.zeros((1, 3, 6, 5)), D, P, "depthwise_first", FIRST),
    (X, D[..., 0], P[..., 0], "depthwise_first", FIRST),
    (X, D, P[:2], "pointwise_first", FIRST),
]


@pytest.mark.parametrize("function", [depthwise_separable_conv, depthwise_separable_conv_loops])
@pytest.mark.parametrize(("x", "depthwise", "pointwise", "order", "rule"), PAIRS)
def test_pairs_of_weights_are_refused_with_their_shapes_and_order(function, x, depthwise, pointwise, order, rule):
    got = f"depthwise_weight.shape={depthwise.shape}, pointwise_weight.shape={pointwise.shape}, order={order!r}"
    got = f"x.shape={x.shape}, {got}" if rule == FIRST else got
    with refused(ValueError, f"{function.__name__}: {rule}. Got {got}"):
        function(x, depthwise, pointwise, order=order)


FORMS = "factors must be one array (K,) per axis, a list of such terms, or one array (C, C', K) per axis"
ORDER = "order must name each of the 2 spatial axes once, counted from 0"
FACTORS = [  # factors, order, error, message
    (3, None, TypeError, f"{FORMS}. Got factors=3"),
    ([], None, TypeError, f"{FORMS}. Got factors=[]"),
    ([A, 3], None, TypeError, "factors[1] must be a NumPy array. Got factors[1]='int'"),
    ([[A, 3]], None, TypeError, "factors[0][1] must be a NumPy array. Got factors[0][1]='int'"),
    ([[A], 3], None, TypeError, f"{FORMS}. Got factors[1]=3"),
    ([[]], None, TypeError, f"{FORMS}. Got factors[0]=[]"),
    ([A, np.ones((2, 2, 2))], None, ValueError, f"{FORMS}, none of them empty. Got shapes=[(3,), (2, 2, 2)]"),
    (
        [np.ones((2, 2, 3)), np.ones((2, 2, 0))],
        None,
        ValueError,
        f"{FORMS}, none of them empty. Got shapes=[(2, 2, 3), (2, 2, 0)]",
    ),
    (
        [np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.ones((2, 3, 1))],
        (1, 0, 2),
        ValueError,
        "each factor (C, C', K) must take the channels that the pass before it gives. "
        "Got shapes=[(2, 2, 1), (2, 2, 1), (2, 3, 1)], order=(1, 0, 2)",
    ),
    (
        [[A, B], [B, A]],
        None,
        ValueError,
        "all terms must have factors of the same shapes. Got shapes=[[(3,), (2,)], [(2,), (3,)]]",
    ),
    ([A, B], 3, TypeError, f"{ORDER}. Got order=3"),
    ([A, B], (0, 0), ValueError, f"{ORDER}. Got order=(0, 0)"),
    ([A, B], (0, 1.0), TypeError, "order must be a whole number. Got order=1.0"),
    ([A, B], (-1, 0), ValueError, "order must be at least 0. Got order=-1"),
]


@pytest.mark.parametrize(("factors", "order", "error", "message"), FACTORS, ids=[message for *_, message in FACTORS])
def test_factors_and_their_order_are_refused_word_for_word(factors, order, error, message):
    with refused(error, f"separable_kernel: {message}"):
        separable_kernel(factors, order=order)
    for convolve in (spatially_separable_conv, spatially_separable_conv_loops):
        with refused(error, f"{convolve.__name__}: {message}"):
            convolve(X, factors, order=order)


W = "w must have shape (m·C, 1, *K), a multiple of the channels of x. Got x.shape=(3, 2, 6, 5), w.shape"
SHAPES = " Got x.shape=(1, 2, 4, 5, 5), spatial_weight.shape={}, temporal_weight.shape={}"
ADDED = "S and T are added and must have as many filters."
TAPS = "S must have one tap in time and T one tap in space, with at least one filter each."
SHAPED = [
    (partial(depthwise_conv, X, D[:3]), f"depthwise_conv: {W}=(3, 1, 3, 3)"),
    (partial(depthwise_conv, X, D[:0]), f"depthwise_conv: {W}=(0, 1, 3, 3)"),
    (partial(depthwise_conv, X, np.ones((2, 2, 3, 2))), f"depthwise_conv: {W}=(2, 2, 3, 2)"),
    (partial(depthwise_conv, X, D[..., 0]), f"depthwise_conv: {W}=(4, 1, 3)"),
    (
        partial(depthwise_conv, X, D[0, 0]),
        f"depthwise_conv: {W}=(3, 3)",
    ),
    (
        partial(depthwise_separable_kernel, D[0, 0], P),
        "depthwise_separable_kernel: depthwise_weight.shape must be (m·C, 1, *K) with at least one spatial axis. "
        "Got depthwise_weight.shape=(3, 3)",
    ),
    (
        partial(spatially_separable_conv, X, [A]),
        "spatially_separable_conv: there must be one factor per spatial axis, here 2. Got factors=1",
    ),
    (
        partial(spatially_separable_conv, X, [np.ones((2, 3, 3)), np.ones((2, 2, 3))]),
        "spatially_separable_conv: the first pass takes 3 channels. Got x.shape=(3, 2, 6, 5)",
    ),
    (
        partial(pseudo3d_conv, CLIP[0], S, T),
        "pseudo3d_conv: x.shape must be (N, C_in, T, H, W). Got x.shape=(2, 4, 5, 5)",
    ),
    (
        partial(pseudo3d_conv, CLIP, S[..., 0], T),
        "pseudo3d_conv: spatial_weight.shape must be (C_mid, C_in, 1, k_H, k_W). Got spatial_weight.shape=(3, 2, 1, 3)",
    ),
    (
        partial(pseudo3d_conv, CLIP, S, T[0, 0]),
        "pseudo3d_conv: temporal_weight.shape must be (C_out, C_mid, k_T, 1, 1). Got temporal_weight.shape=(2, 1, 1)",
    ),
    (
        partial(pseudo3d_conv, CLIP[0, 0, 0], S, T),
        "pseudo3d_conv: x.shape must be (N, C_in, T, H, W) with at least one spatial axis. Got x.shape=(5, 5)",
    ),
    (partial(pseudo3d_conv, CLIP, S, S), f"pseudo3d_conv: {TAPS}{SHAPES.format(S.shape, S.shape)}"),
    (
        partial(pseudo3d_conv, CLIP, S, T, variant="C"),
        f"pseudo3d_conv: {ADDED}{SHAPES.format(S.shape, T.shape)}, variant='C'",
    ),
    (
        partial(pseudo3d_conv, CLIP, S, T, residual=True),
        "pseudo3d_conv: with residual=True the result must have the shape of x."
        f"{SHAPES.format(S.shape, T.shape)}, result=(1, 4, 3, 3, 3)",
    ),
]


@pytest.mark.parametrize(("call", "message"), SHAPED, ids=[message for _, message in SHAPED])
def test_shapes_are_refused_word_for_word(call, message):
    with refused(ValueError, message):
        call()


@pytest.mark.parametrize("function", [separate_kernel, separation_error, kernel_rank, is_separable])
def test_kernels_ranks_and_tolerances_are_refused_word_for_word(function):
    name, kernel = function.__name__, np.ones((2, 3))
    with refused(TypeError, f"{name}: kernel must be a NumPy array. Got kernel='list'"):
        function([1.0])
    for wrong in (kernel[0], kernel[:0]):
        rule = f"kernel must have at least two axes and no empty one. Got kernel.shape={wrong.shape}"
        with refused(ValueError, f"{name}: {rule}"):
            function(wrong)
    if function in (kernel_rank, is_separable):
        with refused(ValueError, f"{name}: tolerance must be a finite number above 0. Got tolerance=0"):
            function(kernel, tolerance=0)
        return
    rule = "rank must be at most the shorter side of the kernel. Got rank=3, kernel.shape=(2, 3)"
    with refused(ValueError, f"{name}: {rule}"):
        function(kernel, 3)
    rule = "rank above 1 needs a kernel of two axes; for more axes a best sum need not exist"
    with refused(NotImplementedError, f"{name}: {rule}. Got rank=2, kernel.shape=(2, 2, 2)"):
        function(np.ones((2, 2, 2)), 2)


def test_ranks_are_of_two_axes():
    with refused(ValueError, "kernel_rank: kernel must have two axes. Got kernel.shape=(2, 2, 2)"):
        kernel_rank(np.ones((2, 2, 2)))


SQUARE = {"input_size": 1, "kernel_size": 1}
DEPTHWISE = {"in_channels": 1, "out_channels": 1, "kernel_size": 1, "depth_multiplier": 1}
COUNTS = {  # smallest arguments and their count
    direct_macs: (SQUARE, 1),
    spatially_separable_macs: (SQUARE, 2),
    spatially_separable_ratio: (SQUARE, 2),
    depthwise_separable_parameters: (DEPTHWISE, 3),
    depthwise_separable_macs: ({**DEPTHWISE, "output_size": 1}, 2),
    depthwise_separable_ratio: ({"out_channels": 1, "kernel_size": 1}, 2),
    conv2plus1d_parameters: ({"in_channels": 1, "mid_channels": 1, "out_channels": 1, "kernel_size": 1}, 3),
}


@pytest.mark.parametrize("function", COUNTS)
def test_counts_start_at_1_and_refuse_every_smaller_size_by_its_name(function):
    least, count = COUNTS[function]
    assert function(**least) == count
    for argument in least:
        with refused(ValueError, f"{function.__name__}: {argument} must be at least 1. Got {argument}=0"):
            function(**{**least, argument: 0})
        with refused(TypeError, f"{function.__name__}: {argument} must be a whole number. Got {argument}=1.0"):
            function(**{**least, argument: 1.0})
    if "input_size" in least:
        rule = "the kernel must not be larger than the input. Got input_size=2, kernel_size=3"
        with refused(ValueError, f"{function.__name__}: {rule}"):
            function(2, 3)
