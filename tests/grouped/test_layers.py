"""The grouped layers: drop-in for torch's convolutions, and equal to the functions with the same weights."""

import copy

import pytest
import torch
from torch import nn

from reference_impl.grouped import channel_shuffle, connectivity_matrix, grouped_conv_split, logarithmic_grouped_conv
from reference_impl.grouped.layers import LogarithmicGroupedConv, ShuffledGroupedConv

LAYERS = {
    "shuffled": (lambda: ShuffledGroupedConv(6, 9, (3, 2), 2, 1, groups=3), (2, 6, 9, 8)),
    "shuffled 1-D": (lambda: ShuffledGroupedConv(4, 8, (5,), padding="same", groups=2, bias=False), (2, 4, 9)),
    "logarithmic": (lambda: LogarithmicGroupedConv(6, 10, (3, 2), (2, 1), 1, (1, 2), groups=3), (2, 6, 9, 8)),
    "logarithmic 3-D": (
        lambda: LogarithmicGroupedConv(8, 8, (3, 3, 1), padding="same", residual=True),
        (2, 8, 4, 5, 3),
    ),
}


@pytest.fixture(params=LAYERS)
def layer_and_input(request):
    torch.manual_seed(0)
    make, shape = LAYERS[request.param]
    return make(), torch.randn(shape)


def test_one_step_of_training_lowers_the_loss_and_moves_every_weight(layer_and_input):
    layer, x = layer_and_input
    target = torch.randn_like(layer(x))
    before = [value.clone() for value in layer.parameters()]
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(layer(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(not torch.equal(new, old) for new, old in zip(layer.parameters(), before, strict=True))


def test_reset_parameters_draws_every_weight_anew(layer_and_input):
    layer, _ = layer_and_input
    before = copy.deepcopy(list(layer.parameters()))
    layer.reset_parameters()
    assert all(not torch.equal(new, old) for new, old in zip(layer.parameters(), before, strict=True))


def test_shuffled_equals_the_function_and_torchs_own_shuffle():
    x, layer = torch.randn(2, 6, 9, 8), ShuffledGroupedConv(6, 9, (3, 2), (2, 1), 1, groups=3)
    grouped = grouped_conv_split(x, layer.conv.weight, layer.conv.bias, stride=(2, 1), padding=1, groups=3)
    torch.testing.assert_close(layer(x), channel_shuffle(grouped, 3))
    torch.testing.assert_close(layer(x), nn.ChannelShuffle(3)(layer.conv(x)))


def test_what_two_shuffled_layers_connect_is_what_gradients_see():
    stack = nn.Sequential(ShuffledGroupedConv(8, 8, 1, groups=4), nn.Conv2d(8, 8, 1, groups=4)).double()
    jacobian = torch.autograd.functional.jacobian(stack, torch.randn(1, 8, 1, 1).double()).reshape(8, 8)
    assert torch.equal(jacobian != 0, torch.tensor(connectivity_matrix((8, 8, 8), (4, 4), shuffle=True) > 0))


def test_logarithmic_equals_the_function():
    x, layer = torch.randn(2, 6, 9, 8), LogarithmicGroupedConv(6, 10, (3, 2), (2, 1), 1, (1, 2))
    weights, bias = [one.weight for one in layer.convs], torch.cat([one.bias for one in layer.convs])
    want = logarithmic_grouped_conv(x, weights, bias, stride=(2, 1), padding=1, dilation=(1, 2))
    torch.testing.assert_close(layer(x), want)
    with_input = LogarithmicGroupedConv(8, 8, 3, padding=1, residual=True)
    without = copy.deepcopy(with_input)
    without.residual = False
    x = torch.randn(1, 8, 5, 4)
    torch.testing.assert_close(with_input(x), x + without(x))


def test_layers_say_what_they_are():
    assert "groups=2" in ShuffledGroupedConv(4, 4, 3, groups=2).extra_repr()
    assert LogarithmicGroupedConv(8, 4, 3).extra_repr() == "sizes=[4, 2, 2], residual=False"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ShuffledGroupedConv(4, 6, 3, groups=4),
            ValueError,
            "ShuffledGroupedConv: out_channels must be divisible",
        ),
        (
            lambda: ShuffledGroupedConv(6, 4, 3, groups=4),
            ValueError,
            "ShuffledGroupedConv: in_channels must be divisible",
        ),
        (lambda: ShuffledGroupedConv(6, 4, 3, groups=0), ValueError, "groups must be at least 1"),
        (lambda: ShuffledGroupedConv(6, 4, 3, groups=2.0), TypeError, "groups must be a whole number"),
        (lambda: ShuffledGroupedConv(4, 4, (3,) * 4, groups=2), ValueError, "one, two or three spatial axes"),
        (lambda: LogarithmicGroupedConv(0, 4, 3), ValueError, "LogarithmicGroupedConv: in_channels must be at least 1"),
        (lambda: LogarithmicGroupedConv(8, 4, 3, groups=4), ValueError, "out_channels can be halved into at most 3"),
        (lambda: LogarithmicGroupedConv(8, 4, 3, residual=True), ValueError, "residual=True needs in_channels equal"),
        (lambda: LogarithmicGroupedConv(8, 4, ()), ValueError, "kernel_size must name at least one axis"),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
