"""`receptive_field` of a model: how it was found, whose share is whose, refusals, and the model untouched."""

import time

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reference_impl.deform_conv.layers import DeformConv
from reference_impl.networks import network
from reference_impl.networks.build import network_torch
from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window
from tests.receptive_field.compare import Call


def test_the_answer_says_how_it_was_found_and_whose_share_is_whose():
    model = nn.Sequential(nn.Conv1d(1, 1, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(1, 1, 3, padding=1))
    field = receptive_field(model, (1, 1, 20), 0)
    assert (field.how, field.why, field.index, field.window) == ("derived", "", (0,), ((0, 4),))
    assert field.field == (8, 2, 3)
    assert [(share.module, *share.size) for share in field.shares] == [
        ("0 (Conv1d)", 3),
        ("2 (MaxPool1d)", 4),
        ("3 (Conv1d)", 8),
    ]


def test_what_cannot_be_derived_is_measured_and_the_reason_given():
    grid = F.affine_grid(torch.eye(2, 3)[None] / 2, [1, 1, 8, 8], align_corners=False)
    field = receptive_field(Call(lambda x: F.grid_sample(x, grid, align_corners=False)), (1, 1, 8, 8), (0, 7))
    assert (field.how, field.window, field.field) == ("measured", ((1, 2), (5, 6)), None)
    assert field.why == "grid_sampler_2d is not known to be local"
    assert field.size == (2, 2)


def test_a_field_larger_than_the_map_is_told_with_padding_and_without():
    model = nn.Sequential(nn.Conv1d(1, 1, 9, padding=4), nn.Conv1d(1, 1, 9, padding=4))
    field = receptive_field(model, (1, 1, 6))
    assert (field.size, field.widest, field.window) == (17, (6,), ((0, 5),))


def test_values_are_used_where_shapes_do_not_tell():
    class Ordered(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("order", torch.tensor([2, 0, 1]))

        def forward(self, x):
            return x[:, :, self.order] if float(x.sum()) < 1e9 else x

    field = receptive_field(Ordered(), (1, 1, 6), 0)
    assert field.window == ((2, 2),)
    assert field.assumes == "what runs may depend on a number that Ordered makes of the input; this ran on zeros"


def test_a_branch_on_values_of_the_input_is_told_and_follows_the_input_that_is_given():
    model = Call(lambda x, m: m.conv(x) if x.mean() > 0 else x, conv=nn.Conv1d(2, 2, 3, padding=1))
    on_zeros, on_ones = receptive_field(model, (1, 2, 9)), receptive_field(model, torch.ones(1, 2, 9))
    assert [(field.size, "on zeros" in field.assumes) for field in (on_zeros, on_ones)] == [(1, True), (3, False)]
    assert on_ones.assumes.endswith("this ran on the input given")
    assert receptive_field(nn.Conv1d(2, 2, 3), (1, 2, 9)).assumes == ""


def test_a_forward_that_differentiates_is_measured():
    class Force(nn.Module):
        def __init__(self):
            super().__init__()
            self.energy = nn.Sequential(nn.Conv1d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv1d(3, 1, 5, padding=2))

        def forward(self, x):
            x = x.requires_grad_()
            return torch.autograd.grad(self.energy(x).sum(), x)[0]

    field = receptive_field(Force(), (1, 2, 20), index=7)
    assert (field.how, field.why) == ("measured", "convolution_backward is not known to be local")
    assert field.window == ((5, 9),)  # the slope of tanh at 6 to 8, each of which sees three cells

    model, x = Force().double(), torch.rand(1, 2, 20, dtype=torch.float64)
    moved = [model(x.detach() + (torch.arange(20) == cell))[0, :, 7] for cell in range(20)]
    assert [cell for cell, y in enumerate(moved) if (y - model(x)[0, :, 7]).abs().max() > 1e-12] == [5, 6, 7, 8, 9]


def test_tokens_and_several_inputs_are_taken():
    model = nn.Sequential(nn.Embedding(9, 4), Call(lambda x: x.transpose(1, 2)), nn.Conv1d(4, 2, 3))
    assert receptive_field(model, torch.zeros(1, 12, dtype=torch.long), 5).window == ((5, 7),)

    class Pair(nn.Module):
        def forward(self, a, b):
            return F.max_pool1d(a, 3) + b

    class Captioned(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.words = nn.Conv1d(2, 4, 3), nn.Embedding(9, 4)

        def forward(self, x, tokens):
            return self.conv(x) + self.words(tokens).sum(1)[..., None]

    assert measured_window(Captioned(), ((1, 2, 9), (1, 5)), index=2) == ((2, 4),)

    shapes = ((1, 2, 9), (1, 2, 3))
    assert receptive_field(Pair(), shapes, 1).window == measured_window(Pair(), shapes, index=1) == ((3, 5),)


def test_zero_weights_and_saturated_paths_hide_nothing():
    model = nn.Sequential(nn.Conv1d(1, 1, 5, padding=2), nn.ReLU(), nn.Conv1d(1, 1, 3, padding=1), nn.Tanh())
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    assert measured_window(model, (1, 1, 20), index=9) == ((6, 12),)


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (Call(lambda x: x.sort(2).values), "sort of Call"),
        (nn.Sequential(nn.ReLU(), Call(lambda x: x.gather(2, x.argmax(2, keepdim=True)))), "gather of 1 (Call)"),
        (Call(lambda x: x if float(x.sum()) > 0 else -x), "_local_scalar_dense of Call"),
    ],
)
def test_what_swallows_nan_is_named(model, what):
    with pytest.raises(NotImplementedError) as problem:
        measured_window(model, (1, 2, 8))
    rule = f"measured_window: NaN must pass through the model, but it ends in {what}"
    assert str(problem.value) == f"{rule}. Got model={type(model).__name__!r}"


def test_a_model_on_meta_is_measured_with_numbers_that_stand_in():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.ReLU())
    assert measured_window(model.eval(), (1, 1, 9), index=2) == ((2, 4),)


def test_where_values_decide_what_is_read_both_ways_refuse():
    with pytest.raises(NotImplementedError, match=r"receptive_field: NaN must pass through the model, but it ends in"):
        receptive_field(DeformConv(2, 2, 3, padding=1), (1, 2, 8, 8))


def test_refusals():
    conv = nn.Conv2d(3, 4, 3)
    for call, message in (
        (
            lambda: receptive_field(conv),
            "receptive_field: a model needs the shape of an input, (N, C, *S). Got shape=None",
        ),
        (
            lambda: receptive_field([], index=8),
            "receptive_field: index is for a torch model; of layers, ask input_window",
        ),
        (lambda: receptive_field(conv, (3, 32, 32)), "receptive_field: the input must have a batch axis before the"),
        (
            lambda: receptive_field(conv, (1, 3, 8, 8), 6),
            "receptive_field: index must lie in the output. Got index=(6, 6)",
        ),
        (
            lambda: receptive_field(conv, (1, 3, 8, 8), (0, 6)),
            "receptive_field: index must lie in the output. Got index=(0, 6)",
        ),
        (
            lambda: receptive_field(conv, (1, 4, 8, 8)),
            "receptive_field: the model must run on these inputs, but the model",
        ),
        (
            lambda: measured_window(conv, (1, 4, 8, 8)),
            "measured_window: the model must run on these inputs, but the model",
        ),
        (
            lambda: measured_window(nn.ReLU(), (1, 8)),
            "measured_window: x must be (N, C, *S) with at least one spatial axis",
        ),
        (
            lambda: measured_window(Call(lambda x: x / 0 * 0), (1, 1, 4)),
            "measured_window: the output must be a number before",
        ),
        (
            lambda: measured_window(nn.ConvTranspose1d(1, 1, 1, 2), (1, 1, 8), index=1),
            "measured_window: the output at index",
        ),
    ):
        with pytest.raises(ValueError, match=r"\w+: ") as problem:
            call()
        assert str(problem.value).startswith(message)


def test_both_ways_leave_the_model_as_it_was():
    model = nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4))
    model.train()
    before, state = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()
    receptive_field(model, (2, 3, 9))
    measured_window(model, (2, 3, 9))
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model._forward_hooks
    assert not model._forward_pre_hooks


def test_a_resnet_50_is_measured_within_a_minute_of_one_core():
    model = network_torch(network("resnet50").upto("block4_3"))
    started = time.process_time()
    measured = measured_window(model, (1, 3, 224, 224))
    assert time.process_time() - started < 60
    assert measured == receptive_field(model, (1, 3, 224, 224)).window
