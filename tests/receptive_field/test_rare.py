"""Operators and joins that few models have: what they see, by hand and by poison."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from reference_impl.receptive_field import Branches, Layer, receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.receptive_field.trace import receptive_field_torch
from reference_impl.summary import summarize_torch
from tests.receptive_field.compare import Call, derived_window, same_both_ways, window_by_poison


def test_pairs_become_complex_numbers_and_pairs_again():
    pairs = Call(lambda x: torch.view_as_real(torch.view_as_complex(x.view(1, 4, 6, 2))).flatten(2))
    assert receptive_field(pairs, (1, 4, 12), 5).window == ((4, 5),)


def test_another_view_of_the_same_memory_sees_the_cells_that_lie_there():
    every_third = Call(lambda x: x.as_strided((1, 4, 3), (48, 12, 3), 2))
    assert same_both_ways(every_third, (1, 4, 12), [(0,), (2,)]).field == (1, 3, -2)


NOISE = ["uniform_", "normal_", "bernoulli_", "exponential_", "cauchy_", "log_normal_", "random_", "geometric_"]


@pytest.mark.parametrize("fill", ["zero_", *NOISE])
def test_cells_that_are_overwritten_by_zeros_or_noise_see_nothing(fill):
    def blanked(x):
        y = x.clone()
        getattr(y[:, :, :3], fill)(*([0.5] if fill == "geometric_" else []))
        return y[:, :, 1:] + y[:, :, :-1]

    same_both_ways(Call(blanked), (1, 4, 12), [(0,), (2,), (3,), (7,)])
    assert receptive_field(Call(blanked), (1, 4, 12), 2).window == ((3, 3),)


@pytest.mark.parametrize("coins", [torch.bernoulli, lambda p: torch.ones_like(p).bernoulli_(p)])
def test_noise_sees_the_odds_that_a_tensor_holds(coins):
    same_both_ways(Call(lambda x: coins(x.sigmoid())[:, :, 1:]), (1, 4, 12))
    field = same_both_ways(Call(lambda x, m: coins(m.conv(x).sigmoid()), conv=nn.Conv1d(4, 2, 3)), (1, 4, 12))
    assert field.field == (3, 1, 0)


def test_odds_count_and_what_the_noise_overwrites_does_not():
    def blurred(x):
        return x[:, :, 3:].clone().bernoulli_(x[:, :, :-3].sigmoid())

    same_both_ways(Call(blurred), (1, 4, 12))
    assert receptive_field(Call(blurred), (1, 4, 12), 2).window == ((2, 2),)
    fixed = Call(lambda x: x.clone().bernoulli_(torch.full((12,), 0.5)) + torch.bernoulli(x, 0.5))
    assert derived_window(fixed, (1, 4, 12), (2,)) is window_by_poison(fixed, (1, 4, 12), (2,)) is None


@pytest.mark.parametrize(
    ("kernel", "stride", "cells", "field"),
    [
        (4, 3, list(range(1, 34, 2)), (2, Fraction(2, 3), 0)),  # every second of three kinds of outputs
        (3, 2, [0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16], (2, Fraction(3, 4), 1)),  # two of three of two kinds
    ],
)
def test_chosen_outputs_of_a_transposed_layer_take_the_field_of_its_phases(kernel, stride, cells, field):
    model = Call(lambda x, m: m.up(x)[:, :, cells], up=nn.ConvTranspose1d(2, 1, kernel, stride))
    assert same_both_ways(model, (1, 2, 11), [(place,) for place in range(len(cells))]).field == field


def test_one_output_alone_has_the_field_of_its_cell():
    assert same_both_ways(Call(lambda x: x[:, :, 3:4]), (1, 2, 9)).field == (1, 1, -3)


def test_a_truth_for_all_channels_of_a_place_depends_on_this_place():
    model = Call(lambda x: x * (x > 0.5).any(1, keepdim=True))
    assert same_both_ways(model, (1, 2, 9)).field == (1, 1, 0)


def test_rows_added_by_number_are_measured():
    added = Call(lambda x: x.index_add(2, torch.tensor([3, 1]), x[:, :, :2]))
    field = receptive_field(added, (1, 4, 12), 3)
    assert (field.how, field.window, field.why) == ("measured", ((0, 3),), "index_add is not known to be local")


def test_a_table_of_an_embedding_that_is_made_of_the_input_is_measured():
    looked_up = Call(lambda x: nn.functional.embedding(torch.tensor([[5, 2, 9]]), x[0].t()).transpose(1, 2))
    field = receptive_field(looked_up, (1, 4, 12), 2)
    assert (field.how, field.window) == ("measured", ((9, 9),))
    assert field.why == "the table of an embedding is made of the input"


@pytest.mark.parametrize(("index", "window"), [((2, 3), ((1, 1), (1, 1))), ((1, 3), None), ((2, 4), None)])
def test_outputs_between_the_taps_of_a_transposed_convolution_see_nothing(index, window):
    model = nn.ConvTranspose2d(2, 3, 1, stride=(2, 3))
    assert derived_window(model, (1, 2, 4, 5), index) == window_by_poison(model, (1, 2, 4, 5), index) == window


def test_a_window_over_running_sums_sees_all_that_its_cells_saw():
    field = same_both_ways(Call(lambda x, m: m.conv(x.cumsum(2)), conv=nn.Conv1d(4, 2, 3)), (1, 4, 12))
    assert (field.index, field.window, field.field, field.widest) == ((5,), ((0, 7),), None, (12,))
    assert "even steps" in field.why


@pytest.mark.parametrize(
    ("join", "window"),
    [
        (lambda x, m: m.sums(x) + m.sums(x), (0, 7)),
        (lambda x, m: x[:, :, 2:].cumsum(2) + m.plain(x), (2, 7)),
    ],
)
def test_a_path_without_a_recurrence_leaves_none_to_the_sum(join, window):
    sums = Call(lambda x, m: m.conv(x.cumsum(2)), conv=nn.Conv1d(4, 4, 3))
    field = same_both_ways(Call(join, sums=sums, plain=nn.Conv1d(4, 4, 3)), (1, 4, 12))
    assert (field.index, field.window, field.field) == ((5,), (window,), None)
    assert "even steps" in field.why


def test_paths_that_end_in_one_cell_see_their_hull():
    model = Call(lambda x, m: m.wide(x) + m.narrow(x), wide=nn.Conv1d(2, 3, 5, 3, 1), narrow=nn.Conv1d(2, 3, 3, 3))
    written = receptive_field([Branches([[Layer(5, 3, 1)], [Layer(3, 3)]])])
    assert receptive_field_torch(model, (1, 2, 5)) == written == (5, 3, 1)
    same_both_ways(model, (1, 2, 5))


def test_what_is_added_to_a_product_is_seen_too():
    model = Call(lambda x: torch.baddbmm(x[:, :, 2:], torch.ones(1, 4, 4), x[:, :, :-2]))
    assert same_both_ways(model, (1, 4, 12)).field == (3, 1, 0)


def test_a_product_of_sides_that_see_different_windows_sees_their_hull():
    model = Call(lambda x, m: m.conv(x) @ x[:, :, 3:4].mT, conv=nn.Conv2d(2, 2, (3, 1)))
    field = same_both_ways(model, (1, 2, 9, 5), [(row, 0) for row in range(7)])
    hulls = [(min(row, 3), max(row + 2, 3)) for row in range(7)]  # three rows from this one on, and row 3
    assert [receptive_field(model, (1, 2, 9, 5), (row, 0)).window for row in range(7)] == [(h, (0, 4)) for h in hulls]
    assert field.size == field.widest == (max(last - first + 1 for first, last in hulls), 5)


@pytest.mark.parametrize(("block", "field"), [(2, (1, 1, -1)), (64, (1, 1, -63)), (65, None)])
def test_blocks_that_are_turned_round_have_a_recurrence_up_to_64_cells_each(block, field):
    turned = Call(lambda x: x.unflatten(2, (4, block)).flip(3).flatten(2))
    shape, middle = (1, 1, 4 * block), 2 * block  # the first cell of the third block
    found = same_both_ways(turned, shape, [(middle,), (middle + 1,)])
    assert (found.window, found.field, found.widest) == (((3 * block - 1, 3 * block - 1),), field, (1,))
    assert ("even steps" in found.why) == (field is None)


def test_a_matrix_times_a_vector_mixes_the_inner_axis_only():
    over_channels = Call(lambda x: torch.mv(x[0, :, 2:].t(), torch.ones(4)).view(1, 1, 10))
    assert same_both_ways(over_channels, (1, 4, 12)).window == ((7, 7),)
    over_cells = Call(lambda x: torch.mv(torch.ones(5, 11), x.mean(1)[0, 1:]).view(1, 1, 5))
    assert same_both_ways(over_cells, (1, 4, 12)).window == ((1, 11),)


def test_a_hook_before_a_module_is_followed():
    conv = nn.Conv1d(2, 3, 3)
    conv.register_forward_pre_hook(lambda _, given: (nn.functional.pad(given[0], (2, 0)),))
    assert receptive_field_torch(conv, (1, 2, 9)) == receptive_field([Layer(3, padding=((2, 0),))]) == (3, 1, 2)


def test_a_given_input_is_poisoned_as_it_is():
    assert measured_window(nn.Conv1d(2, 3, 4, 2), torch.rand(1, 2, 13), index=3) == ((6, 9),)


def test_whole_numbers_cannot_be_poisoned():
    model = nn.Sequential(nn.Embedding(9, 4), nn.Conv1d(12, 2, 3))
    with pytest.raises(TypeError, match=r"measured_window: the input must hold fractions, .* Got dtype='torch\.int64'"):
        measured_window(model, torch.zeros(1, 12, dtype=torch.long))


def test_the_shape_of_tokens_is_enough():
    model = nn.Sequential(nn.Embedding(9, 4), Call(lambda x: x.transpose(1, 2)), nn.Conv1d(4, 2, 3))
    assert receptive_field(model, (1, 12), 5).window == ((5, 7),)


@pytest.mark.parametrize(
    ("cells", "parts", "field", "size"),
    [
        (10, 5, (6, 2, 0), 6),
        (11, 5, (7, 2, 0), 7),  # parts of three cells that share their ends
        (12, 5, None, 8),  # parts of 3, 3, 4, 3, 3 cells
        (14, 5, None, 10),
        (4, 8, (2, Fraction(1, 2), 0), 2),
        (8, 12, None, 3),
    ],
)
def test_a_window_over_an_adaptive_pool_sees_no_cell_that_no_part_has(cells, parts, field, size):
    model = nn.Sequential(nn.AdaptiveAvgPool1d(parts), nn.Conv1d(2, 3, 3))
    found = same_both_ways(model, (1, 2, cells))
    windows = [derived_window(model, (1, 2, cells), (place,))[0] for place in range(parts - 2)]
    assert (found.field, found.size, found.widest) == (field, size, (size,))
    assert max(last - first + 1 for first, last in windows) == size
    assert ("are pooled into" in found.why) == (field is None)


def test_of_several_kinds_of_outputs_only_those_that_are_there_tell_the_size():
    up = nn.ConvTranspose1d(2, 2, 5, 3, 2)  # its outputs 0, 3, … see one cell, the others two
    last = nn.Sequential(up, nn.Conv1d(2, 1, 7))
    assert receptive_field_torch(up, (1, 2, 3)).size == 2
    for cells in (3, 4):
        found = same_both_ways(last, (1, 2, cells))
        assert found.size == found.widest[0]


def writes_where_a_view_was_taken_before(x):
    y = torch.zeros(1, 4, 12)
    early, flat = y[:, :, :6], y.view(4, 12)
    y[:, :, 1:] = x[:, :, :-1]
    flat[:, :5].add_(x[0, :, 7:])
    return early * 1


def writes_twice(x):
    y = x.clone()
    part = y[:, :, 2:8]
    part.mul_(2)
    y.relu_()
    part += x[:, :, :6]
    return part + y[:, :, :6]


def turns_in_place(x):
    y = x.clone()
    y.transpose_(1, 2)
    y[:, 1:] += y[:, :-1].clone()
    return y.transpose(1, 2)


def writes_through_windows_that_overlap(x):
    y = torch.zeros(1, 4, 12)
    y.unfold(2, 6, 4).copy_(x.unfold(2, 6, 4))  # 12 cells of each channel, of which two are met twice and two never
    return y + 0


@pytest.mark.parametrize("index", range(12))
def test_windows_that_overlap_write_the_cells_they_meet(index):
    model = Call(writes_through_windows_that_overlap)
    window = ((index, index),) if index < 10 else None
    assert derived_window(model, (1, 4, 12), (index,)) == window_by_poison(model, (1, 4, 12), (index,)) == window


@pytest.mark.parametrize("write", [writes_where_a_view_was_taken_before, writes_twice, turns_in_place])
def test_every_view_of_memory_that_is_written_sees_what_was_written(write):
    same_both_ways(Call(write), (1, 4, 12))


def test_memory_that_is_written_as_numbers_of_two_kinds_is_measured():
    def paired(x):
        y = x.clone()
        z = torch.view_as_complex(y.view(1, 4, 6, 2))
        z[..., 1:] += z[..., :-1].clone()
        return y

    field = receptive_field(Call(paired), (1, 4, 12), 5)
    assert (field.how, field.window) == ("measured", ((2, 5),))  # a complex number sees both its cells
    assert field.why == "memory is written as numbers of two kinds"


@pytest.mark.parametrize("layer", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_recurrent_layer_sees_the_steps_before_or_all(layer, bidirectional):
    def over_time(x, m):
        return m.layer(x.transpose(1, 2))[0].transpose(1, 2)

    model = Call(over_time, layer=layer(4, 3, batch_first=True, bidirectional=bidirectional))
    assert receptive_field(model, (1, 4, 9), 4).window == ((0, 8 if bidirectional else 4),)


@pytest.mark.parametrize("cell", [nn.GRUCell, nn.RNNCell, nn.LSTMCell])
def test_cells_in_a_loop_see_the_steps_before(cell):
    def loop(x, m):
        state, out = None, []
        for step in x.unbind(2):
            state = m.cell(step, state)
            out.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(out, 2)

    assert same_both_ways(Call(loop, cell=cell(4, 3)), (1, 4, 9)).window == ((0, 4),)


def test_a_spectrogram_sees_its_frame():
    frames = Call(lambda x: torch.stft(x[:, 0], 8, 4, window=torch.ones(8), center=False, return_complex=True).abs())
    assert same_both_ways(frames, (1, 4, 32), [(2,)]).field == (8, 4, 0)


@pytest.mark.parametrize("chosen", [(1, [2, 0]), (0, [0, 0])])
def test_chosen_channels_or_samples_see_what_all_of_them_see(chosen):
    axis, numbers = chosen
    model = Call(lambda x, m: m.conv(x).index_select(axis, torch.tensor(numbers)), conv=nn.Conv1d(4, 3, 3))
    assert same_both_ways(model, (1, 4, 12)).field == (3, 1, 0)


def test_a_convolution_of_whole_numbers_beside_the_path_is_computed_as_it_stands():
    def added(x):
        whole = nn.functional.conv1d(torch.ones(1, 1, 12, dtype=torch.int64), torch.ones(1, 1, 3, dtype=torch.int64))
        return x.index_add(2, whole[0, 0, :2], x[:, :, :2])

    field = receptive_field(Call(added), (1, 4, 12), 3)
    assert (field.how, field.window) == ("measured", ((0, 3),))


def test_memory_that_is_not_strided_is_measured():
    field = receptive_field(Call(lambda x: x.to_sparse().mul_(2).to_dense()), (1, 4, 12))
    assert (field.how, field.window, field.why) == ("measured", ((6, 6),), "_to_sparse is not known to be local")


def test_cells_of_an_empty_part_cannot_be_followed_but_are_measured():
    field = receptive_field(Call(lambda x: torch.cat([x, x[:, :, :0].reshape(1, 4, 0)], 2)), (1, 4, 12))
    assert (field.how, field.window) == ("measured", ((6, 6),))
    assert field.why.startswith("slice cannot be followed: start (0) + length (1) exceeds")


def test_a_summary_says_nothing_of_cells_that_stand_in_a_tensor_without_numbers():
    class Chosen(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("cells", torch.tensor([3, 1, 3, 1]))
            self.conv = nn.Conv1d(4, 3, 3)

        def forward(self, x):
            return self.conv(x.index_select(2, self.cells))

    assert [row["receptive_field"] for row in summarize_torch(Chosen(), (1, 4, 12))] == [None]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_traced_module_is_derived():
    traced = torch.jit.trace(nn.Sequential(nn.Conv1d(4, 2, 3), nn.ReLU(), nn.MaxPool1d(2)), torch.rand(1, 4, 12))
    assert receptive_field(traced, (1, 4, 12), 1).how == "derived"
    assert receptive_field_torch(traced, (1, 4, 12)) == (4, 2, 0)


def heads(x, count):
    """Queries, keys or values, (N, heads, T, features)."""
    return x[:, : 4 * count].transpose(1, 2).reshape(1, 9, count, 4).transpose(1, 2).contiguous()


ATTENTION = {  # keys' heads of four, options, and the window of the step 4 of nine
    "all keys": (4, {}, (0, 8)),
    "causal": (4, {"is_causal": True}, (0, 4)),
    "causal, fewer heads of keys": (2, {"is_causal": True, "enable_gqa": True}, (0, 4)),
    "neighbours only": (4, {"attn_mask": (torch.arange(9)[:, None] - torch.arange(9)).abs() <= 1}, (3, 5)),
    "lowered scores": (4, {"attn_mask": torch.full((9, 9), -1e9).triu(1)}, (0, 4)),
    "scores lowered just enough": (4, {"attn_mask": torch.full((9, 9), -1000.0).triu(1)}, (0, 4)),
    "a bias": (4, {"attn_mask": torch.rand(9, 9)}, (0, 8)),
    "a mask for each head": (
        2,
        {
            "attn_mask": torch.stack([torch.ones(9, 9).tril(k) for k in (0, 0, 1, 1)]).bool()[None],
            "enable_gqa": True,
        },
        (0, 5),
    ),
}


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_sees_the_keys_that_it_may_look_at(name):
    count, options, window = ATTENTION[name]

    def attend(x):
        y = nn.functional.scaled_dot_product_attention(heads(x, 4), heads(x, count), heads(x, count), **options)
        return y.transpose(1, 2).flatten(2).transpose(1, 2)

    assert same_both_ways(Call(attend), (1, 16, 9)).window == (window,)


def test_fewer_heads_of_keys_that_look_at_different_steps_are_each_seen_by_their_queries():
    def attend(x):
        late = heads(x, 2).clone()
        late[:, 1] = late[:, 1].roll(-2, 1)
        out = nn.functional.scaled_dot_product_attention(
            heads(x, 4), late, late, attn_mask=torch.eye(9).bool(), enable_gqa=True
        )
        return out[:, 3].transpose(1, 2)

    assert same_both_ways(Call(attend), (1, 16, 9), [(3,), (4,)]).window == ((4, 6),)


def test_causal_attention_of_fewer_queries_begins_with_the_first_key():
    def attend(x):
        y = heads(x, 4)
        out = nn.functional.scaled_dot_product_attention(y[:, :, :5].contiguous(), y, y, is_causal=True)
        return out.transpose(1, 2).flatten(2).transpose(1, 2)

    assert same_both_ways(Call(attend), (1, 16, 9)).window == ((0, 2),)


def test_a_mask_made_of_the_input_is_seen():
    def attend(x):
        y, mask = heads(x, 4), x.mean(1)[:, None, None].expand(1, 1, 9, 9)
        out = nn.functional.scaled_dot_product_attention(
            y[:, :, :1].expand(1, 4, 9, 4).contiguous(), y, y, attn_mask=mask
        )
        return out.transpose(1, 2).flatten(2).transpose(1, 2)

    assert receptive_field(Call(attend), (1, 16, 9)).window == ((0, 8),)


def test_a_mask_made_of_the_input_hides_nothing_of_other_rows():
    def attend(x):
        steady = torch.ones(1, 1, 9, 4)
        mask = x[0, 0, :, None] * torch.ones(9, 9)
        return nn.functional.scaled_dot_product_attention(steady, steady, steady, attn_mask=mask)[:, 0].transpose(1, 2)

    assert same_both_ways(Call(attend), (1, 4, 9), [(0,), (5,)]).window == ((4, 4),)


def test_a_grid_made_of_the_input_is_followed_by_poison_cell_by_cell():
    images = torch.rand(2, 3, 6, 6)
    sampled = Call(lambda x: nn.functional.grid_sample(images, x.permute(0, 2, 3, 1), align_corners=False))
    assert window_by_poison(sampled, (2, 2, 5, 7), (1, 4)) == ((1, 1), (4, 4))


def test_an_operand_of_more_axes_makes_more_axes():
    assert same_both_ways(Call(lambda x: (x + torch.zeros(1, 1, 1, 1)).squeeze(0)), (1, 4, 9)).field == (1, 1, 0)


def test_what_does_not_depend_on_the_input_stands_beside_what_does():
    both = Call(lambda x: torch.stack([torch.ones(1, 4, 9), x], 1).flatten(1, 2))
    assert same_both_ways(both, (1, 4, 9)).field == (1, 1, 0)


class TwoOutputs(nn.Module):
    """One output that can be followed, one that is only measured."""

    def __init__(self):
        super().__init__()
        self.near = nn.Conv1d(4, 2, 3)

    def forward(self, x):
        return {"near": self.near(x), "added": x.index_add(2, torch.tensor([3, 1]), x[:, :, :2])}


def test_each_of_several_outputs_is_asked_at_the_index_and_named_in_a_refusal():
    fields = receptive_field(TwoOutputs(), (1, 4, 12), 3)
    assert {name: (one.how, one.window) for name, one in fields.items()} == {
        "near": ("derived", ((3, 5),)),
        "added": ("measured", ((0, 3),)),
    }
    with pytest.raises(NotImplementedError, match=r"index_add.* Got model='TwoOutputs', output='added'$"):
        receptive_field_torch(TwoOutputs(), (1, 4, 12))


def test_a_module_that_fails_on_nan_only_is_named():
    class Strict(nn.Module):
        def forward(self, x):
            if x.isnan().any():
                raise ArithmeticError("not a number")
            return x.index_add(2, torch.tensor([3, 1]), x[:, :, :2])

    with pytest.raises(ValueError, match=r"module '1' \(Strict\) says: not a number"):
        receptive_field(nn.Sequential(nn.Conv1d(4, 2, 3), Strict()), (1, 4, 12), 3)


def test_a_hook_of_the_model_that_fails_on_nan_only_is_said_to_be_the_model_itself():
    def strict(_, given):
        if given[0].isnan().any():
            raise ArithmeticError("not a number")

    model = Call(lambda x: x.index_add(2, torch.tensor([3, 1]), x[:, :, :2]))
    model.register_forward_pre_hook(strict)
    with pytest.raises(ValueError, match=r"but the model \(Call\) itself says: not a number"):
        receptive_field(model, (1, 4, 12), 3)


@pytest.mark.parametrize("factor", [2, 3])
def test_linear_enlarging_is_a_transposed_convolution_with_a_triangle(factor):
    triangle = nn.ConvTranspose1d(4, 4, 2 * factor - factor % 2, factor, factor // 2)
    enlarged = same_both_ways(nn.Upsample(scale_factor=factor, mode="linear"), (1, 4, 8))
    assert enlarged.field == receptive_field(triangle, (1, 4, 8)).field


def test_two_aligned_samples_are_the_ends():
    ends = Call(lambda x: nn.functional.interpolate(x, size=2, mode="linear", align_corners=True))
    same_both_ways(ends, (1, 4, 8), [(0,), (1,)])
    assert receptive_field(ends, (1, 4, 8), 1).window == ((7, 7),)


def test_cells_chosen_by_numbers_of_the_input_cannot_be_followed():
    chosen = Call(lambda x: x.index_select(2, x[0, 0, :3].long()))
    with pytest.raises(NotImplementedError, match="which cells index_select reads depends on values of the input"):
        receptive_field_torch(chosen, (1, 4, 8))


@pytest.mark.parametrize("cells", [2, 3])
def test_cells_that_all_see_the_same_take_no_step(cells):
    spread = Call(lambda x: x.mean(2, keepdim=True).expand(1, 4, cells))
    assert same_both_ways(spread, (1, 4, 8), [(0,), (1,)]).field == (8, 0, 0)
