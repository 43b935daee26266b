"""The separable layers: drop-in for torch's convolutions, and equal to the functions with the same weights."""

import pytest
import torch
from torch import nn

from reference_impl.separable import (
    conv2plus1d_mid_channels,
    conv2plus1d_parameters,
    depthwise_separable_conv,
    depthwise_separable_parameters,
    pseudo3d_conv,
    spatially_separable_conv,
)
from reference_impl.separable.layers import DepthwiseSeparableConv, SpatiallySeparableConv
from reference_impl.separable.video_layers import Conv2Plus1d, Pseudo3d


def norm_and_relu(channels):
    return nn.Sequential(nn.BatchNorm3d(channels), nn.ReLU())


LAYERS = {
    "depthwise": (lambda: DepthwiseSeparableConv(3, 8, (3, 2), 2, 1, depth_multiplier=2), (2, 3, 9, 8)),
    "depthwise 1-D": (lambda: DepthwiseSeparableConv(3, 4, (5,), padding="same"), (2, 3, 9)),
    "pointwise first": (
        lambda: DepthwiseSeparableConv(3, 8, 3, order="pointwise_first", between=lambda c: nn.ReLU()),
        (2, 3, 9, 8),
    ),
    "spatial": (lambda: SpatiallySeparableConv(3, 8, (1, 7), (1, 2), (0, 3), mid_channels=5), (2, 3, 9, 8)),
    "spatial 3-D": (
        lambda: SpatiallySeparableConv(3, 4, (3, 1, 5), padding="same", order=(2, 0, 1), between=norm_and_relu),
        (2, 3, 5, 6, 7),
    ),
    "pseudo A": (lambda: Pseudo3d(3, 4, 3, (2, 1, 1), 1), (2, 3, 5, 6, 7)),
    "pseudo B": (
        lambda: Pseudo3d(3, 4, (3, 5, 1), padding="same", variant="B", bias=False, after=norm_and_relu),
        (2, 3, 5, 6, 7),
    ),
    "pseudo C": (
        lambda: Pseudo3d(3, 3, 3, padding=1, variant="C", residual=True, padding_mode="replicate"),
        (2, 3, 5, 6, 7),
    ),
    "2+1": (lambda: Conv2Plus1d(3, 4, 3, (1, 2, 2), (1, 2, 0), (1, 1, 2), between=norm_and_relu), (2, 3, 5, 6, 7)),
}


@pytest.fixture(params=LAYERS)
def layer_and_input(request):
    torch.manual_seed(0)
    make, shape = LAYERS[request.param]
    return make(), torch.randn(shape)


def test_one_step_of_training_lowers_the_loss_and_moves_every_weight(layer_and_input):
    layer, x = layer_and_input
    target = torch.randn_like(layer(x))
    before = {name: value.clone() for name, value in layer.named_parameters()}
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(layer(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(not torch.equal(value, before[name]) for name, value in layer.named_parameters())


def test_reset_parameters_draws_as_a_fresh_layer_does(layer_and_input):
    layer, _ = layer_and_input
    drawn = [value.clone() for value in layer.parameters()]
    layer.reset_parameters()
    convolutions = [module for module in layer.modules() if isinstance(module, nn.modules.conv._ConvNd)]
    assert all(not torch.equal(new, old) for new, old in zip(layer.parameters(), drawn, strict=True) if new.ndim > 1)
    for module in convolutions:
        bound = module.weight[0].numel() ** -0.5
        assert module.weight.abs().max() <= bound


def test_their_representation_says_what_sets_them_apart():
    assert "order='pointwise_first'" in repr(DepthwiseSeparableConv(2, 4, 3, order="pointwise_first"))
    assert "order=(1, 0)" in repr(SpatiallySeparableConv(2, 4, 3, order=(1, 0)))
    assert "variant='B', residual=True" in repr(Pseudo3d(2, 2, 3, padding=1, variant="B", residual=True))
    assert "mid_channels=5" in repr(Conv2Plus1d(2, 4, 3, mid_channels=5))


def test_depthwise_separable_equals_the_function():
    x = torch.randn(2, 3, 9, 8)
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "padding_mode": "replicate"}
    for order in ("depthwise_first", "pointwise_first"):
        layer = DepthwiseSeparableConv(3, 8, (3, 2), depth_multiplier=2, order=order, **options)
        bias = layer.pointwise.bias if order == "depthwise_first" else layer.depthwise.bias
        want = depthwise_separable_conv(x, layer.depthwise.weight, layer.pointwise.weight, bias, order=order, **options)
        torch.testing.assert_close(layer(x), want)
    counted = sum(p.numel() for p in DepthwiseSeparableConv(3, 8, (3, 2), depth_multiplier=2).parameters())
    assert counted == depthwise_separable_parameters(3, 8, (3, 2), depth_multiplier=2)


def test_spatially_separable_equals_the_function():
    x = torch.randn(2, 3, 9, 8)
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
    for order in ((0, 1), (1, 0)):
        layer = SpatiallySeparableConv(3, 8, (3, 2), mid_channels=5, order=order, **options)
        factors = [None, None]
        for axis, one in zip(order, layer.passes, strict=True):
            factors[axis] = one.weight.flatten(2)
        want = spatially_separable_conv(x, factors, layer.passes[-1].bias, order=order, **options)
        torch.testing.assert_close(layer(x), want)


def test_pseudo3d_equals_the_function():
    x = torch.randn(2, 3, 5, 6, 7)
    for variant, stride in (("A", (2, 1, 3)), ("B", 1), ("C", (1, 1, 1))):
        layer = Pseudo3d(3, 3, 3, stride, 1, variant=variant)
        want = pseudo3d_conv(
            x,
            layer.spatial.weight,
            layer.temporal.weight,
            layer.temporal.bias,
            variant=variant,
            stride=stride,
            padding=1,
        )
        torch.testing.assert_close(layer(x), want)
    layer = Pseudo3d(3, 3, 1, 2, variant="B")
    want = pseudo3d_conv(x, layer.spatial.weight, layer.temporal.weight, layer.temporal.bias, variant="B", stride=2)
    torch.testing.assert_close(layer(x), want)


def test_2plus1d_has_the_planes_of_the_rule_and_equals_the_function():
    layer = Conv2Plus1d(6, 4, (3, 5, 5), padding=(1, 2, 2))
    planes = conv2plus1d_mid_channels(6, 4, (3, 5, 5))
    assert layer.spatial.out_channels == planes
    assert sum(p.numel() for p in layer.parameters()) == conv2plus1d_parameters(6, planes, 4, (3, 5, 5))
    x = torch.randn(1, 6, 4, 7, 5)
    want = pseudo3d_conv(x, layer.spatial.weight, layer.temporal.weight, layer.temporal.bias, padding=(1, 2, 2))
    torch.testing.assert_close(layer(x), want)
    assert Conv2Plus1d(1, 1, 1).spatial.out_channels == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: DepthwiseSeparableConv(0, 4, 3), ValueError, "DepthwiseSeparableConv: in_channels must be at least 1"),
        (lambda: DepthwiseSeparableConv(4, 4.0, 3), TypeError, "out_channels must be a whole number"),
        (
            lambda: DepthwiseSeparableConv(4, 4, (3,) * 4),
            ValueError,
            "one, two or three spatial axes. Got kernel_size=",
        ),
        (lambda: DepthwiseSeparableConv(4, 4, 3, order="x"), ValueError, "order must be one of"),
        (
            lambda: DepthwiseSeparableConv(4, 4, 3, depth_multiplier=0),
            ValueError,
            "depth_multiplier must be at least 1",
        ),
        (
            lambda: DepthwiseSeparableConv(4, 5, 3, depth_multiplier=2, order="pointwise_first"),
            ValueError,
            "out_channels must be divisible by depth_multiplier",
        ),
        (
            lambda: DepthwiseSeparableConv(0, 4, 3, order="pointwise_first"),
            ValueError,
            "DepthwiseSeparableConv: in_channels must be at least 1",
        ),
        (lambda: SpatiallySeparableConv(4, 4, 0), ValueError, "SpatiallySeparableConv: kernel_size must be at least 1"),
        (lambda: SpatiallySeparableConv(4, 4, 3, order=(0, 0)), ValueError, "each of the 2 spatial axes once"),
        (lambda: SpatiallySeparableConv(4, 4, 3, (1, 1, 1)), ValueError, "stride must be one number or one per axis"),
        (lambda: SpatiallySeparableConv(4, 4, 3, mid_channels=0), ValueError, "mid_channels must be at least 1"),
        (lambda: Pseudo3d(4, 4, (3, 3)), ValueError, "Pseudo3d: kernel_size must be one number or one per axis"),
        (lambda: Pseudo3d(4, 4, 3, variant="D"), ValueError, "variant must be one of"),
        (lambda: Pseudo3d(4, 5, 3, residual=True), ValueError, "residual=True needs in_channels equal to out_channels"),
        (lambda: Conv2Plus1d(4, 4, 3, mid_channels=0), ValueError, "Conv2Plus1d: mid_channels must be at least 1"),
        (lambda: Conv2Plus1d(4, 4, 3, -1), ValueError, "Conv2Plus1d: stride must be at least 1"),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
