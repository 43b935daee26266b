"""Operators that slide, at each of their outputs: what is derived is what poison finds."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reference_impl.receptive_field import receptive_field
from tests.receptive_field.compare import Call, same_both_ways

EYE = torch.eye(12, dtype=torch.bool)
ONLY_EARLIER = torch.full((12, 12), -torch.inf).triu(1)
OPERATORS = {
    **{f"nearest times {n}": ((2, 7), lambda x, n=n: F.interpolate(x, scale_factor=n)) for n in (2, 3, 4)},
    **{
        f"linear times {n}": ((2, 6), lambda x, n=n: F.interpolate(x, scale_factor=n, mode="linear"))
        for n in (2, 3, 4, 5)
    },
    "linear, corners aligned": ((2, 5), lambda x: F.interpolate(x, 15, mode="linear", align_corners=True)),
    "linear to one and a half": ((2, 8), lambda x: F.interpolate(x, 12, mode="linear")),
    "linear by a factor that is not recomputed": ((2, 5), lambda x: F.interpolate(x, scale_factor=1.5, mode="linear")),
    "linear of one cell": ((2, 1), lambda x: F.interpolate(x, 4, mode="linear")),
    "bilinear, axes apart": ((2, 3, 4), lambda x: F.interpolate(x, (12, 8), mode="bilinear")),
    "bilinear by a factor that is not recomputed": (
        (2, 4, 5),
        lambda x: F.interpolate(x, scale_factor=(2.0, 1.5), mode="bilinear", recompute_scale_factor=False),
    ),
    "bilinear with antialiasing": ((2, 8, 9), lambda x: F.interpolate(x, (4, 3), mode="bilinear", antialias=True)),
    "bicubic": ((2, 4, 5), lambda x: F.interpolate(x, (8, 5), mode="bicubic")),
    "nearest-exact": ((2, 4, 6), lambda x: F.interpolate(x, (6, 3), mode="nearest-exact")),
    "trilinear": ((1, 2, 3, 2), lambda x: F.interpolate(x, (4, 3, 6), mode="trilinear")),
    "columns of padded windows": (
        (2, 4, 5),
        lambda x: F.unfold(x, (2, 3), dilation=(2, 1), padding=(2, 1), stride=(1, 2)),
    ),
    "columns added up, padded": (
        (12, 24),
        lambda x: F.fold(x, (5, 6), (2, 3), padding=(0, 1), stride=(1, 1)).flatten(1, 2),
    ),
    "columns added up, padded above": (
        (12, 20),
        lambda x: F.fold(x, (4, 6), (2, 3), padding=(1, 0), stride=(1, 1)).flatten(1, 2),
    ),
    "adaptive average": ((2, 7, 10), lambda x: F.adaptive_avg_pool2d(x, (3, 4))),
    "adaptive maximum": ((2, 11), lambda x: F.adaptive_max_pool1d(x, 4)),
    "ceiling": ((2, 8), lambda x: F.max_pool1d(x, 3, stride=3, padding=1, ceil_mode=True)),
    "attention over earlier places, by a mask to add": (
        (4, 12),
        lambda x: F.scaled_dot_product_attention(*[x.mT[:, None]] * 3, attn_mask=ONLY_EARLIER)[:, 0].mT,
    ),
    "attention to itself, by a mask of truths": (
        (4, 12),
        lambda x: F.scaled_dot_product_attention(*[x.mT[:, None]] * 3, attn_mask=EYE)[:, 0].mT,
    ),
    "a product of two views": ((3, 4, 5), lambda x: x @ x.mT),
    "a constant written over": ((2, 5), lambda x: torch.cat([x, x.new_zeros(1, 2, 3)], 2).roll(1, 2)),
    "zeros below only": ((2, 4, 5), lambda x: F.pad(x, (0, 0, 0, 2))),
    "reflected below only": ((2, 4, 5), lambda x: F.pad(x, (0, 0, 0, 2), mode="reflect")),
    "the lower triangle": ((2, 4, 5), lambda x: x.tril(1)),
    "gates along an axis": ((4, 9), lambda x: F.glu(F.pad(x, (1, 0)), 1)),
}  # fmt: skip


@pytest.mark.parametrize(("shape", "function"), OPERATORS.values(), ids=OPERATORS)
def test_each_output_sees_what_poison_finds(shape, function):
    with torch.no_grad():
        out = function(torch.rand(1, *shape))
    indices = list(product(*map(range, out.shape[2:])))
    same_both_ways(Call(function), (1, *shape), indices)


def test_a_stack_of_two_widths_sees_both():
    model = nn.Sequential(nn.Conv1d(2, 2, 3, stride=2), nn.Upsample(scale_factor=3, mode="linear"), nn.Conv1d(2, 1, 2))
    same_both_ways(model, (1, 2, 13), [(index,) for index in range(17)])


def test_an_index_that_one_of_several_outputs_lacks_is_refused():
    model = Call(lambda x: (x, x[:, :, :2]))
    with pytest.raises(ValueError, match=r"index must lie in the output\. Got index=\(3,\), output_shape=\(1, 2, 2\)"):
        receptive_field(model, (1, 2, 5), 3)


def test_of_an_output_that_no_input_reaches_there_is_no_field():
    found = receptive_field(Call(lambda x: {"seen": x, "made": torch.ones(1, 2, 5)}), (1, 2, 5), 3)
    assert (found["seen"].window, found["made"]) == (((3, 3),), None)


class Chooses(nn.Module):
    """Reads some places, which a buffer names."""

    def __init__(self, places):
        super().__init__()
        self.register_buffer("places", places)

    def forward(self, x):
        return x.index_select(2, self.places)


def test_numbers_that_a_model_on_meta_lacks_are_said_to_be_zeros():
    there = receptive_field(Chooses(torch.tensor([4, 1])), (1, 2, 5), 1)
    assert (there.window, there.assumes) == (((1, 1),), "")
    lacking = receptive_field(Chooses(torch.empty(2, dtype=torch.long, device="meta")), (1, 2, 5), 1)
    assert lacking.assumes == (
        "the model asks for numbers of its own that it lacks (they are on the device meta); zeros stood in"
    )


def test_every_module_that_makes_a_number_of_the_input_is_named_once():
    class Branches(nn.Module):
        def forward(self, x):
            return x if x.sum() >= 0 and x.mean() >= 0 else -x

    field = receptive_field(nn.Sequential(Branches(), nn.Conv1d(2, 1, 2), Branches()), (1, 2, 5))
    assert field.assumes == (
        "what runs may depend on a number that 0 (Branches), 2 (Branches) makes of the input; this ran on zeros"
    )
