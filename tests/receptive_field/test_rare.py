"""Operators and joins that few models have: what they see, by hand and by poison."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from reference_impl.receptive_field import Branches, Layer, receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.receptive_field.trace import receptive_field_torch
from tests.receptive_field.compare import Call, derived_window, same_both_ways, window_by_poison


def test_pairs_become_complex_numbers_and_pairs_again():
    pairs = Call(lambda x: torch.view_as_real(torch.view_as_complex(x.view(1, 4, 6, 2))).flatten(2))
    assert receptive_field(pairs, (1, 4, 12), 5).window == ((4, 5),)


def test_another_view_of_the_same_memory_sees_the_cells_that_lie_there():
    every_third = Call(lambda x: x.as_strided((1, 4, 3), (48, 12, 3), 2))
    assert same_both_ways(every_third, (1, 4, 12), [(0,), (2,)]).field == (1, 3, -2)


def test_cells_that_are_overwritten_by_zeros_see_nothing():
    def blanked(x):
        y = x.clone()
        y[:, :, :3].zero_()
        return y[:, :, 1:] + y[:, :, :-1]

    same_both_ways(Call(blanked), (1, 4, 12), [(0,), (2,), (3,), (7,)])
    assert receptive_field(Call(blanked), (1, 4, 12), 2).window == ((3, 3),)


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
