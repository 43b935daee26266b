"""The separable convolutions in torch: equal to NumPy and to the library, with right gradients."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference_impl.separable import (
    depthwise_conv,
    depthwise_separable_conv,
    pseudo3d_conv,
    separate_kernel,
    spatially_separable_conv,
)
from reference_impl.separable.depthwise_torch import depthwise_conv_torch, depthwise_separable_conv_torch
from reference_impl.separable.pseudo3d_torch import pseudo3d_conv_torch
from reference_impl.separable.spatial_torch import spatially_separable_conv_torch


def drawn(*shape, seed=0, grad=False):
    values = np.random.default_rng(seed).normal(size=shape)
    return torch.tensor(values, requires_grad=grad)


def arrays(value):
    """The same arguments for NumPy."""
    if isinstance(value, (list, tuple)):
        return type(value)(arrays(entry) for entry in value)
    return value.numpy() if isinstance(value, torch.Tensor) else value


def same(pair, *arguments, **options):
    numpy_form, torch_form = pair
    got, want = torch_form(*arguments, **options), numpy_form(*arrays(arguments), **options)
    assert got.dtype == torch.float64
    np.testing.assert_allclose(got.numpy(), want, rtol=0, atol=1e-12)


SPATIAL = spatially_separable_conv, spatially_separable_conv_torch
SEPARABLE = depthwise_separable_conv, depthwise_separable_conv_torch
PSEUDO = pseudo3d_conv, pseudo3d_conv_torch


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_spatially_separable_equals_numpy_in_all_its_forms(mode):
    x, b = drawn(2, 3, 9, 8), drawn(3)
    options = {"stride": (2, 1), "padding": ((1, 2), (0, 3)), "dilation": (1, 2), "padding_mode": mode}
    pair = [drawn(3), drawn(4, seed=1)]
    for order in (None, (1, 0)):
        same(SPATIAL, x, pair, b, order=order, **options)
        same(SPATIAL, x, [tuple(pair), (drawn(3, seed=2), drawn(4, seed=3))], b, order=order, **options)
    same(SPATIAL, x, [drawn(5, 3, 3), drawn(4, 5, 2)], drawn(4), **options)
    same(SPATIAL, x, [drawn(4, 5, 3), drawn(5, 3, 2)], drawn(4), order=(1, 0), **options)


def test_spatially_separable_equals_numpy_on_one_and_three_axes():
    same(SPATIAL, drawn(2, 3, 9), [(drawn(3),), (drawn(3, seed=1),)], padding="causal")
    same(SPATIAL, drawn(2, 2, 5, 6, 7), [drawn(2), drawn(3), drawn(4)], padding="same", stride=(1, 2, 3))


def test_terms_of_the_decomposition_rebuild_a_filter():
    kernel = np.random.default_rng(0).normal(size=(3, 5))
    terms = [tuple(map(torch.tensor, term)) for term in separate_kernel(kernel, 3)]
    x = drawn(2, 1, 7, 9)
    want = F.conv2d(x, torch.tensor(kernel)[None, None])
    torch.testing.assert_close(spatially_separable_conv_torch(x, terms), want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_depthwise_equals_numpy_and_the_library(axes):
    taps, sizes = (3, 2, 1)[:axes], (9, 8, 5)[:axes]
    x, w, b = drawn(2, 3, *sizes), drawn(6, 1, *taps), drawn(6)
    options = {"stride": 2, "padding": 1}
    same((depthwise_conv, depthwise_conv_torch), x, w, b, **options)
    want = (F.conv1d, F.conv2d, F.conv3d)[axes - 1](x, w, b, groups=3, **options)
    torch.testing.assert_close(depthwise_conv_torch(x, w, b, **options), want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("order", ["depthwise_first", "pointwise_first"])
def test_depthwise_separable_equals_numpy_in_both_orders(order):
    options = {"stride": (2, 1), "padding": ((1, 2), (0, 3)), "dilation": (1, 2), "order": order}
    depthwise = drawn(6, 1, 3, 2)
    pointwise = drawn(5, 6, 1, 1) if order == "depthwise_first" else drawn(2, 3, 1, 1)
    b = drawn(5 if order == "depthwise_first" else 6)
    same(SEPARABLE, drawn(2, 3, 9, 8), depthwise, pointwise, b, **options)
    same(SEPARABLE, drawn(1, 3, 9, 8), depthwise, pointwise, padding_mode="circular", **options)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("variant", ["A", "B", "C"])
def test_pseudo3d_equals_numpy_in_all_variants(variant, residual):
    x, space, time = drawn(2, 3, 6, 7, 5), drawn(3, 3, 1, 3, 2), drawn(3, 3, 3, 1, 1)
    same(PSEUDO, x, space, time, drawn(3), variant=variant, residual=residual, padding="same")
    same(PSEUDO, x, space, time, variant=variant, padding="same", padding_mode="reflect", dilation=(1, 2, 1))


def test_strided_pseudo3d_equals_numpy():
    same(PSEUDO, drawn(2, 3, 6, 7, 5), drawn(4, 3, 1, 3, 2), drawn(5, 4, 2, 1, 1), stride=(2, 1, 3), padding=(1, 0, 2))
    same(
        PSEUDO, drawn(2, 3, 6, 7, 5), drawn(4, 3, 1, 3, 2), drawn(4, 3, 3, 1, 1), variant="B", stride=2, padding="same"
    )


def test_gradients_are_right():
    def check(function, *arguments):
        assert torch.autograd.gradcheck(function, arguments)
        assert torch.autograd.gradgradcheck(function, arguments)

    x, b = drawn(1, 2, 3, 3, grad=True), drawn(2, grad=True)
    column, row = drawn(2, grad=True), drawn(3, grad=True)
    options = {"stride": (1, 2), "padding": ((0, 1), (1, 0))}
    check(
        lambda x, c, r, b: spatially_separable_conv_torch(x, [(c, r), (2 * c, c.sum() * r)], b, **options),
        x,
        column,
        row,
        b,
    )
    down, along = drawn(2, 2, 2, grad=True), drawn(2, 2, 3, grad=True)
    check(lambda x, d, a, b: spatially_separable_conv_torch(x, [d, a], b, **options), x, down, along, b)
    depthwise, pointwise = drawn(4, 1, 2, 2, grad=True), drawn(2, 4, 1, 1, grad=True)
    check(lambda *a: depthwise_separable_conv_torch(*a, **options), x, depthwise, pointwise, b)
    clip, space, time = (
        drawn(1, 1, 3, 3, 2, grad=True),
        drawn(1, 1, 1, 3, 2, grad=True),
        drawn(1, 1, 3, 1, 1, grad=True),
    )
    for variant in "ABC":
        check(
            lambda *a, v=variant: pseudo3d_conv_torch(*a, variant=v, padding="same", residual=True), clip, space, time
        )


def test_reads_channels_last_and_empty_batches():
    x, factors = drawn(2, 3, 6, 5), [drawn(3), drawn(2)]
    last = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(
        spatially_separable_conv_torch(last, factors), spatially_separable_conv_torch(x, factors), rtol=0, atol=1e-12
    )
    assert spatially_separable_conv_torch(x[:0], factors).shape == (0, 3, 4, 4)


X, D, P = torch.ones(1, 2, 5, 4), torch.ones(4, 1, 3, 2), torch.ones(6, 4, 1, 1)
CLIP, SPACE, TIME = torch.ones(1, 1, 3, 4, 5), torch.ones(1, 1, 1, 3, 3), torch.ones(1, 1, 3, 1, 1)


@pytest.mark.parametrize(
    ("function", "arguments", "options", "error", "message"),
    [
        (spatially_separable_conv_torch, ([1], [D[0, 0, 0]]), {}, TypeError, "x must be a torch tensor"),
        (spatially_separable_conv_torch, (X, [np.ones(2)] * 2), {}, TypeError, r"factors\[0\] must be a torch tensor"),
        (spatially_separable_conv_torch, (X, [torch.ones(2).double()] * 2), {}, TypeError, "one dtype and one device"),
        (spatially_separable_conv_torch, (X, [torch.ones(2)]), {}, ValueError, "one factor per spatial axis"),
        (
            spatially_separable_conv_torch,
            (X, [torch.ones(2)] * 2),
            {"stride": 0},
            ValueError,
            "stride must be at least 1",
        ),
        (spatially_separable_conv_torch, (X, [torch.ones(2)] * 2, torch.ones(3)), {}, ValueError, "b must have shape"),
        (depthwise_conv_torch, (X, D[:3]), {}, ValueError, "a multiple of the channels of x"),
        (depthwise_conv_torch, (X, D.double()), {}, TypeError, "x, w must share one dtype and one device"),
        (depthwise_separable_conv_torch, (X, D, P[:, :2]), {}, ValueError, "the channels that depthwise_weight gives"),
        (depthwise_separable_conv_torch, (X, D, 1), {}, TypeError, "pointwise_weight must be a torch tensor"),
        (depthwise_separable_conv_torch, (X, D, P), {"order": "x"}, ValueError, "order must be one of"),
        (pseudo3d_conv_torch, (CLIP, SPACE, SPACE), {}, ValueError, "T one tap in space"),
        (pseudo3d_conv_torch, (CLIP, SPACE, TIME), {"variant": "B"}, ValueError, "must give equal shapes"),
        (pseudo3d_conv_torch, (CLIP.double(), SPACE, TIME), {}, TypeError, "one dtype and one device"),
    ],
)
def test_refuses(function, arguments, options, error, message):
    with pytest.raises(error, match=f"^{function.__name__}: .*{message}"):
        function(*arguments, **options)
