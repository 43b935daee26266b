"""Attention that a model masks by hand: keys that are shut are no path, derived and measured."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention.flex_attention import flex_attention

from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.receptive_field.shut import low_cells, open_rows
from reference_impl.summary import summarize_torch
from tests.receptive_field.compare import Call

SHAPE, STEPS = (1, 4, 3, 15), 15
FUTURE = torch.full((STEPS, STEPS), -torch.inf).triu(1)
FAR = (torch.arange(STEPS)[:, None] - torch.arange(STEPS)).abs() > 2
LEAST = torch.finfo(torch.float32).min


def attention(score, weigh=torch.matmul):
    """Attention along the rows of a map, its scores changed by a function."""

    def forward(x):
        t = x.permute(0, 2, 3, 1)
        return weigh(score(t @ t.transpose(-1, -2)).softmax(-1), t).permute(0, 3, 1, 2)

    return Call(forward)


def turned(weights, t):
    """The same product with both operands transposed."""
    return (t.transpose(-1, -2) @ weights.transpose(-1, -2)).transpose(-1, -2)


def in_letters(x):
    weights = (torch.einsum("bchq,bchk->bhqk", x, x) + FUTURE).softmax(-1)
    return torch.einsum("bhqk,bchk->bchq", weights, x)


def wide_values(x):
    """Torch has no fast operator for values wider than keys and runs this in parts."""
    t = x.permute(0, 2, 3, 1)
    return F.scaled_dot_product_attention(t, t, torch.cat([t, t], -1), attn_mask=FUTURE).permute(0, 3, 1, 2)


def flexible(x):
    t = x.permute(0, 2, 3, 1)
    past = lambda score, _b, _h, query, key: torch.where(query >= key, score, -torch.inf)  # noqa: E731
    return flex_attention(t, t, t, score_mod=past).permute(0, 3, 1, 2)


class Heads(nn.Module):
    """Torch's own layer, asked for its weights, adds the mask within a product."""

    def __init__(self):
        super().__init__()
        self.heads = nn.MultiheadAttention(4, 2)

    def forward(self, x):
        t = x[:, :, 0].permute(2, 0, 1)
        return self.heads(t, t, t, attn_mask=FUTURE)[0].permute(1, 2, 0)[:, :, None]


def put_by_index(a):
    a = a.clone()
    a[:, :, FUTURE < 0] = -torch.inf
    return a


def last_keys_put(a):
    a = a.clone()
    a[..., 10:] = LEAST
    return a


def heads_in_one_product(x):
    """The weights of two heads stand below each other, copied, before they meet the values."""
    t = x.permute(0, 2, 3, 1)[0]
    halves = t.reshape(3, STEPS, 2, 2).transpose(1, 2)
    weights = (halves @ halves.mT + FUTURE).softmax(-1)
    y = weights.transpose(1, 2).flatten(1, 2) @ t
    return y.unflatten(1, (STEPS, 2)).sum(2).permute(2, 0, 1)[None]


CAUSAL = {
    "filled": attention(lambda a: a.masked_fill(FUTURE < 0, -torch.inf)),
    "added": attention(lambda a: a / 2 + FUTURE),
    "added in place": attention(lambda a: a.add_(FUTURE)),
    "chosen": attention(lambda a: torch.where(FUTURE < 0, LEAST, a)),
    "chosen the other way": attention(lambda a: torch.where(FUTURE == 0, a, LEAST)),
    "scaled afterwards": attention(lambda a: (a + FUTURE) * 2.0),
    "in float64": attention(lambda a: (a.double() + FUTURE).float()),
    "operands turned": attention(lambda a: a + FUTURE, turned),
    "in letters": Call(in_letters),
    "values wider than keys": Call(wide_values),
    "flexible": Call(flexible),
    "of torch's layer": Heads(),
    "heads in one product": Call(heads_in_one_product),
}


@pytest.mark.filterwarnings("ignore:flex_attention called without:UserWarning")
@pytest.mark.parametrize("name", CAUSAL)
def test_keys_that_a_mask_shuts_are_no_path(name):
    for at in (0, 7):
        field = receptive_field(CAUSAL[name], SHAPE, (0, at))
        assert (field.how, field.window[1]) == ("derived", (0, at))
        assert measured_window(CAUSAL[name], SHAPE, index=(0, at)) == field.window


def test_one_feature_of_a_query_is_enough_to_see_it():
    def asked(x):
        t = x.permute(0, 2, 3, 1)
        fixed = torch.ones_like(t)
        return F.scaled_dot_product_attention(torch.cat([fixed[..., 1:], t[..., :1]], -1), fixed, fixed).permute(
            0, 3, 1, 2
        )

    field = receptive_field(Call(asked), SHAPE, (1, 7))
    assert field.window == measured_window(Call(asked), SHAPE, index=(1, 7)) == ((1, 1), (7, 7))


@pytest.mark.parametrize("score", [lambda a: a + FAR * -1e9, lambda a: a - 1e9 * FAR, lambda a: a * 1.0 + FAR * LEAST])
def test_a_band_of_open_keys_is_the_window(score):
    field = receptive_field(attention(score), SHAPE, (1, 7))
    assert field.window == measured_window(attention(score), SHAPE, index=(1, 7)) == ((1, 1), (5, 9))
    assert field.field.size == (1, 5)


def test_low_numbers_written_in_place_of_scores_shut_them():
    by_index, keys = attention(put_by_index), attention(last_keys_put)
    field = receptive_field(by_index, SHAPE, (1, 7))
    assert (field.how, field.window) == ("measured", ((1, 1), (0, 7)))  # where an index writes is not followed
    field = receptive_field(keys, SHAPE, (1, 12))
    assert (field.how, field.window) == ("derived", ((1, 1), (0, 12)))  # the query itself, and ten keys
    assert measured_window(keys, SHAPE, index=(1, 12)) == field.window
    assert receptive_field(keys, SHAPE, (1, 7)).window == measured_window(keys, SHAPE, index=(1, 7)) == ((1, 1), (0, 9))


def test_two_masks_shut_what_either_shuts():
    both = attention(lambda a: (a + FUTURE).masked_fill(FAR, -torch.inf))
    field = receptive_field(both, SHAPE, (1, 7))
    assert field.window == measured_window(both, SHAPE, index=(1, 7)) == ((1, 1), (5, 7))


def test_a_bias_of_positions_is_no_mask_and_needs_no_numbers():
    class Biased(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.rand(STEPS, STEPS))

        def forward(self, x):
            t = x.permute(0, 2, 3, 1)
            scores = t @ t.transpose(-1, -2) + self.table[torch.arange(STEPS)]
            return (scores.softmax(-1) @ t).permute(0, 3, 1, 2)

    with torch.device("meta"):
        empty = Biased()
    assert receptive_field(empty, SHAPE, (1, 7)).window == ((1, 1), (0, 14))
    assert receptive_field(empty, SHAPE, (1, 7)).assumes == ""


def test_a_low_number_that_shifts_everything_is_no_mask():
    shifted = Call(lambda x: F.conv2d(x - 1024.0 + torch.tensor(-2000.0), torch.ones(2, 4, 1, 3)))
    field = receptive_field(shifted, SHAPE, (1, 7))
    assert field.window == measured_window(shifted, SHAPE, index=(1, 7)) == ((1, 1), (7, 9))


def test_scores_that_are_used_otherwise_keep_what_was_lowered():
    summed = Call(lambda x: (x + FUTURE[None, None, :3]).clamp(-1, 1))
    assert receptive_field(summed, SHAPE, (1, 7)).window == ((1, 1), (7, 7))


def test_the_summary_runs_on_shapes_and_takes_an_added_mask_for_open():
    made_while_running = attention(lambda a: a + torch.full((STEPS, STEPS), -torch.inf).triu(1))
    assert summarize_torch(made_while_running, SHAPE)[0]["receptive_field"] == (1, 15)
    assert receptive_field(made_while_running, SHAPE, (0, 7)).window[1] == (0, 7)


def test_rows_that_are_shut_whole_stay_open():
    mask = torch.tensor([[True, False], [True, True]])
    assert open_rows(mask, -1).tolist() == [[True, False], [False, False]]
    assert open_rows(None, -1) is None


def test_only_some_cells_of_fractions_are_a_mask():
    assert low_cells(torch.tensor([0, -2000]), 1) == low_cells(-2000.0, 1) == low_cells(torch.full((2,), -2e3), 1) == []
    assert low_cells(torch.tensor([0.0, -2e3]), 1)[0].tolist() == [False, True]
    assert low_cells(torch.tensor([0.0, 2e3]), -1)[0].tolist() == [False, True]
