"""ASPP, a module that can be trained: its branches by hand, its parameters, its way through files and graphs."""

import io

import pytest
import torch
from torch import nn

from reference_impl.dilation.layers import ASPP
from tests.refusals import refused


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "in_channels must be at least 1. Got in_channels=0"),
        ((3, 2.5), TypeError, "out_channels must be a whole number. Got out_channels=2.5"),
        ((3, 4, ()), ValueError, "rates must name at least 1 layer. Got rates=()"),
        ((3, 4, (1, 0)), ValueError, "rates must be at least 1. Got rates=0"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with refused(error, f"ASPP: {message}"):
        ASPP(*arguments)


@pytest.fixture
def aspp():
    torch.manual_seed(0)
    layer = ASPP(6, 5, rates=(2, 3, 4), dtype=torch.float64)
    for module in layer.modules():  # statistics and scales that no two channels share
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                tensor.uniform_(0.5, 2)
    return layer


@pytest.fixture
def x():
    return torch.randn(3, 6, 9, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def by_hand(state, prefix, x, **options):
    """One convolution, normalised with running statistics and rectified, from the numbers in a state dict."""
    y = nn.functional.conv2d(x, state[f"{prefix}.0.weight"], **options)
    names = ("running_mean", "running_var", "weight", "bias")
    mean, variance, scale, shift = (state[f"{prefix}.1.{name}"].reshape(-1, 1, 1) for name in names)
    return ((y - mean) / torch.sqrt(variance + 1e-5) * scale + shift).clamp(min=0)


def test_aspp_is_its_branches_side_by_side(aspp, x):
    state = aspp.state_dict()
    seen = [by_hand(state, "branches.0", x)]
    for branch, rate in enumerate((2, 3, 4), start=1):
        seen.append(by_hand(state, f"branches.{branch}", x, dilation=rate, padding=rate))
    image = by_hand(state, "image_pooling", x.mean((2, 3), keepdim=True))
    seen.append(nn.functional.interpolate(image, size=(9, 7), mode="bilinear", align_corners=False))
    expected = by_hand(state, "project", torch.cat(seen, dim=1))
    torch.testing.assert_close(aspp.eval()(x), expected, rtol=0, atol=1e-12)


def test_aspp_of_deeplab_has_the_parameters_that_its_layers_add_up_to():
    per_branch = [2048 * 256, *[2048 * 256 * 9] * 3, 2048 * 256, 5 * 256 * 256]
    assert sum(p.numel() for p in ASPP(2048).parameters()) == sum(per_branch) + 6 * 2 * 256


def test_aspp_trains(aspp, x):
    y = torch.rand(3, 5, 9, 7, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    optimiser = torch.optim.SGD(aspp.parameters(), lr=0.05)
    losses = []
    for _ in range(2):
        loss = (aspp(x) - y).square().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(parameter.grad is not None for parameter in aspp.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_aspp_in_training_needs_two_samples_for_the_image_mean(aspp, x):
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        aspp.train()(x[:1])
    assert aspp.eval()(x[:1]).shape == (1, 5, 9, 7)


def test_aspp_is_saved_loaded_exported_and_traced_whole(aspp, x):
    aspp.eval()
    saved = io.BytesIO()
    torch.save(aspp.state_dict(), saved)
    saved.seek(0)
    other = ASPP(6, 5, rates=(2, 3, 4), dtype=torch.float64).eval()
    other.load_state_dict(torch.load(saved))
    torch.testing.assert_close(other(x), aspp(x), rtol=0, atol=0)
    torch.testing.assert_close(torch.export.export(aspp, (x,)).module()(x), aspp(x))
    torch.testing.assert_close(torch.compile(aspp, backend="eager", fullgraph=True)(x), aspp(x))
    assert aspp.to(torch.float32)(x.float()).dtype == torch.float32


def test_aspp_says_what_it_is():
    assert "rates=(6, 12, 18)" in repr(ASPP(4, 2))
