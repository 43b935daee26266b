"""Receptive fields traced from torch models, confirmed by measuring and by the layers written by hand."""

from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.nn import functional

from reference_impl.networks import network, receptive_layers
from reference_impl.networks.build import network_torch
from reference_impl.receptive_field import Branches, Layer, input_window, receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.receptive_field.trace import receptive_field_torch
from tests.receptive_field.compare import Call, same_both_ways


def both(layers):
    """The traced and the written model of (kind, k, s, p, d)."""
    modules, written = [], []
    for kind, k, s, p, d in layers:
        if kind == "conv":
            modules.append(nn.Conv1d(3, 3, k, s, p, d))
        elif kind == "up":
            modules.append(nn.ConvTranspose1d(3, 3, k, s, p, dilation=d))
        else:
            modules.append(nn.MaxPool1d(k, s, p, d))
        written.append(Layer(k, s, p, d, transposed=kind == "up"))
    return nn.Sequential(*modules), written


STACKS = [
    [("conv", 3, 1, 1, 1)] * 4,
    [("conv", 7, 2, 3, 1), ("pool", 3, 2, 1, 1), ("conv", 3, 1, 2, 2), ("conv", 2, 3, 0, 4)],
    [("conv", 4, 2, 1, 1), ("up", 4, 2, 1, 1)],
    [("conv", 3, 2, 1, 1), ("up", 3, 2, 1, 1), ("conv", 3, 1, 1, 1)],
    [("up", 5, 3, 2, 1), ("pool", 2, 2, 1, 1)],
    [("pool", 3, 2, 1, 2), ("up", 2, 2, 0, 3)],
]


@pytest.mark.parametrize("stack", STACKS)
def test_traced_written_and_measured_agree(stack):
    model, written = both(stack)
    assert receptive_field_torch(model, (1, 3, 200)) == receptive_field(written)
    for index in range(8, 12):
        assert measured_window(model, (1, 3, 200), index=index) == input_window(written, index)


def test_axes_are_kept_apart_in_three_dimensions():
    model = nn.Sequential(nn.Conv3d(2, 3, (3, 1, 5), (1, 2, 2), (1, 0, 2)), nn.MaxPool3d((1, 2, 3), stride=(1, 2, 1)))
    written = [Layer((3, 1, 5), (1, 2, 2), (1, 0, 2)), Layer((1, 2, 3), (1, 2, 1))]
    assert (
        receptive_field_torch(model, (1, 2, 8, 12, 20)) == receptive_field(written) == ((3, 3, 9), (1, 4, 2), (1, 0, 2))
    )
    assert measured_window(model, (1, 2, 8, 12, 20), index=(4, 1, 3)) == input_window(written, (4, 1, 3))


@pytest.mark.parametrize(
    ("name", "last", "size", "field"),
    [
        ("resnet18", "block2_2", 120, 99),
        ("resnet_v1_50", "block2_4", 128, 99),
        ("googlenet", "4a", 192, 171),
        ("shufflenet_v1", "stage2_4", 96, 63),
        ("mobilenet_v1", "conv6_pointwise", 96, 59),
        ("inception_v3", "mixed_5d", 160, 127),
    ],
)
def test_measuring_confirms_real_networks_with_branches(name, last, size, field):
    table = network(name).upto(last)
    shape = (1, 3, size, size + 8)
    layers = receptive_layers(table, input_shape=shape)
    model = network_torch(table)
    traced = receptive_field_torch(model, shape)
    assert traced == receptive_field(layers)
    assert traced.size == (field, field)
    with torch.no_grad(), torch.device("meta"):
        sizes = network_torch(table)(torch.empty(shape)).shape[2:]
    middle = tuple(n // 2 for n in sizes)
    seen = [
        (max(low, 0), min(high, n - 1)) for (low, high), n in zip(input_window(layers, middle), shape[2:], strict=True)
    ]
    assert list(receptive_field(model, shape).window) == seen
    if name == "shufflenet_v1":  # measuring runs a network some thirty times
        assert list(measured_window(model, shape)) == seen


@pytest.mark.parametrize("length", [24, 30])
def test_a_unet_is_aligned_and_confirmed(length):
    def unet(x, m):
        low = m.inner(functional.max_pool1d(x, 2))
        return m.outer(torch.cat([m.up(low), x], 1))

    parts = {
        "inner": nn.Conv1d(3, 4, 3, padding=1),
        "up": nn.ConvTranspose1d(4, 3, 2, 2),
        "outer": nn.Conv1d(6, 2, 3, padding=1),
    }
    model = Call(unet, **parts)
    path = [Layer(2, 2), Layer(3, 1, 1), Layer(2, 2, transposed=True)]
    written = [Branches([path, []]), Layer(3, 1, 1)]
    assert receptive_field_torch(model, (2, 3, length)) == receptive_field(written)
    for index in (9, 10):
        assert measured_window(model, (1, 3, length), index=index) == input_window(written, index)


SAME = (1, 1, 0)
FOLLOWED = [
    ("adaptive pool to one", nn.AdaptiveAvgPool1d(1), (12, 12, 0)),
    ("adaptive pool to equal parts", nn.Sequential(nn.AdaptiveMaxPool1d(3), nn.Conv1d(4, 1, 1)), (4, 4, 0)),
    ("mean pool", nn.AvgPool1d(3, 2, 1), (3, 2, 1)),
    ("mean pool, stride left out", Call(lambda x: functional.avg_pool1d(x, 3)), (3, 3, 0)),
    ("max pool, stride left out", nn.MaxPool1d(3), (3, 3, 0)),
    ("max pool that rounds up", nn.MaxPool1d(3, 2, ceil_mode=True), (3, 2, 0)),
    ("reflected padding", nn.Conv1d(4, 2, 3, padding=1, padding_mode="reflect"), (3, 1, 1)),
    ("replicated padding", nn.Conv1d(4, 2, 3, padding=1, padding_mode="replicate"), (3, 1, 1)),
    ("same padding", nn.Conv1d(4, 2, 3, padding="same", dilation=2), (5, 1, 2)),
    ("zeros before", nn.Sequential(nn.ConstantPad1d((2, 0), 0.0), nn.Conv1d(4, 1, 3)), (3, 1, 2)),
    ("cropping by padding", Call(lambda x: functional.pad(x, (-2, 0))), (1, 1, -2)),
    ("nearest upsampling", nn.Upsample(scale_factor=3), (1, Fraction(1, 3), 0)),
    ("linear upsampling, even", nn.Upsample(scale_factor=2, mode="linear"), (2, Fraction(1, 2), 1)),
    ("linear upsampling, odd", nn.Upsample(scale_factor=3, mode="linear"), (2, Fraction(1, 3), 1)),
    ("slice with a step", Call(lambda x: x[:, 1:, 3::2]), (1, 2, -3)),
    ("slice from the end", Call(lambda x: x[:, :, -5:]), (1, 1, -7)),
    ("slice of channels", Call(lambda x: x[:, 1:3]), SAME),
    ("slice of a batch", Call(lambda x: x[:1]), SAME),
    ("split", Call(lambda x: torch.cat(x.chunk(2, 1)[::-1], 1)), SAME),
    ("uneven split", Call(lambda x: x.split([1, 3], 1)[1]), SAME),
    ("channel shuffle", nn.ChannelShuffle(2), SAME),
    ("shuffle by hand", Call(lambda x: x.view(1, 2, 2, 12).transpose(1, 2).reshape(1, 4, 12)), SAME),
    ("permutation back and forth", Call(lambda x: x.view(1, 2, 2, 12).permute(0, 2, 1, 3).flatten(1, 2)), SAME),
    ("softmax of channels", nn.Softmax(1), SAME),
    ("gate", nn.GLU(1), SAME),
    ("largest channel", Call(lambda x: x.amax(1, keepdim=True)), SAME),
    ("sum of channels", Call(lambda x: x.sum(1, keepdim=True)), SAME),
    ("batch norm", nn.BatchNorm1d(4), SAME),
    ("group norm", nn.GroupNorm(2, 4), SAME),
    ("instance norm", nn.InstanceNorm1d(4), SAME),
    ("dropout", nn.Dropout(), SAME),
    ("elementwise in place", Call(lambda x: x.clone().mul_(2).add_(1).sigmoid()), SAME),
    ("noise", Call(lambda x: x + torch.zeros_like(x)), SAME),
    ("flatten and dense", nn.Sequential(nn.Conv1d(4, 2, 3), nn.Flatten(), nn.Linear(20, 5), nn.ReLU()), (12, 10, 0)),
    ("dense over the only axis", nn.Sequential(nn.Conv1d(4, 1, 3), nn.Flatten(), nn.Linear(10, 5)), (12, 10, 0)),
    ("global mean and dense", Call(lambda x, m: m.fc(x.mean(2)), fc=nn.Linear(4, 2)), (12, 12, 0)),
    ("sum of two vectors", Call(lambda x: x.mean(2) + x.mean(2)), (12, 12, 0)),
]


@pytest.mark.parametrize(("model", "field"), [case[1:] for case in FOLLOWED], ids=[case[0] for case in FOLLOWED])
def test_these_operators_are_followed(model, field):
    assert receptive_field_torch(model, (1, 4, 12)) == field


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (nn.PixelShuffle(2), (1, Fraction(1, 2), 0)),
        (nn.PixelUnshuffle(2), (2, 2, 0)),
        (nn.Upsample(scale_factor=2, mode="bilinear"), (2, Fraction(1, 2), 1)),
        (nn.LocalResponseNorm(2), SAME),
        (nn.AvgPool2d(3, 2, 1), (3, 2, 1)),
        (nn.AdaptiveAvgPool2d(2), (4, 4, 0)),
        (Call(lambda x: x.mean((2, 3), keepdim=True)), (8, 8, 0)),
        (Call(lambda x: x.mean()), (8, 8, 0)),
    ],
)
def test_these_operators_are_followed_on_two_axes(model, field):
    assert receptive_field_torch(model, (1, 4, 8, 8)) == tuple((value, value) for value in field)


def test_a_mean_over_one_of_two_axes_sees_that_axis():
    assert receptive_field_torch(Call(lambda x: x.mean(2, keepdim=True)), (1, 4, 6, 8)).size == (6, 1)


WIDER = [  # (what, model, size, why there is no recurrence), on a map of 8 × 8
    (
        "adaptive pool to unequal parts",
        nn.AdaptiveAvgPool2d(3),
        (4, 4),
        "8 cells are pooled into 3 parts",
    ),
    ("one axis lost", Call(lambda x: x.mean(2)), (8, 1), ""),
    ("mixed axes", Call(lambda x: x.reshape(1, 4, 4, 16)), (1, 1), "axes [2, 3] of a tensor of shape [1, 4, 4, 16]"),
    ("moved axes", Call(lambda x: x.permute(0, 2, 3, 1)), (1, 1), ""),
    ("swapped axes", Call(lambda x: x.transpose(2, 3)), (1, 1), ""),
    ("softmax of cells", nn.Softmax(-1), (1, 8), ""),
    ("split of cells", Call(lambda x: x.split(4, 2)[0]), (1, 1), ""),
    ("cells side by side", Call(lambda x: torch.cat([x, x], 2)), (1, 1), "even steps"),
    ("corners aligned", nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), (2, 2), ""),
    ("uneven upsampling", nn.Upsample(size=(12, 16)), (1, 1), ""),
    ("broadcast", Call(lambda x: x * x.mean((2, 3), keepdim=True)), (8, 8), ""),
    ("dense over cells", nn.Linear(8, 3), (1, 8), ""),
    ("cumulative", Call(lambda x: x.cumsum(2)), (8, 1), "even steps"),
    ("then more", Call(lambda x: x.cumsum(2) + 1), (8, 1), "even steps"),
    ("side by side with cumulative", Call(lambda x: torch.cat([x, x.cumsum(2)], 1)), (8, 1), "even steps"),
    ("written slices", nn.Conv2d(4, 2, 3, padding=1, padding_mode="circular"), (3, 3), ""),
    ("strides differ", Call(lambda x: x[:, :, ::2] + x[:, :, :4]), (4, 1), "even steps"),
    (
        "strides of layers differ",
        Call(lambda x, m: m.one(x) + x[:, :, :3], one=nn.Conv2d(4, 4, (3, 1), (2, 1))),
        (5, 1),
        "paths of different strides (1, 2) meet",
    ),
    ("centres differ", Call(lambda x: x[:, :, 1:] + x[:, :, :-1]), (2, 1), ""),
]


@pytest.mark.parametrize(("model", "size", "why"), [case[1:] for case in WIDER], ids=[case[0] for case in WIDER])
def test_what_no_plain_stack_of_windows_describes_is_still_derived_and_measured_alike(model, size, why):
    field = same_both_ways(model, (1, 4, 8, 8))
    assert field.size == receptive_field_torch(model, (1, 4, 8, 8)).size == size
    assert why in field.why
    assert bool(why) == (field.field is None)


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    receptive_field_torch(model, torch.zeros(2, 3, 9))
    measured_window(model, (2, 3, 9))
    assert model.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_other_refusals():
    with pytest.raises(TypeError, match=r"receptive_field_torch: model must be a torch module\. Got model='int'"):
        receptive_field_torch(3, (1, 3, 8))
    with pytest.raises(
        ValueError, match=r"receptive_field_torch: x must be \(N, C, \*S\) with at least one spatial axis\."
    ):
        receptive_field_torch(nn.ReLU(), (1, 3))
    with pytest.raises(ValueError, match=r"with at least one spatial axis\. Got x_shape=\(1, 3\)"):
        receptive_field_torch(nn.ReLU(), torch.zeros(1, 3))
    with pytest.raises(NotImplementedError, match=r"but no path from the input to the output was seen"):
        receptive_field_torch(Call(lambda _: torch.ones(1, 2, 8)), (1, 3, 8))
