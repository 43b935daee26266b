"""The receptive field of layers, against brute force and against published values."""

import random
import subprocess
import sys
from fractions import Fraction

import pytest

from reference_impl.receptive_field import (
    Branches,
    Layer,
    ReceptiveField,
    effective_variance,
    input_window,
    receptive_field,
    receptive_field_step,
    receptive_field_steps,
)
from reference_impl.receptive_field.windows import Windows, convolved, hull, shortened, transposed, united


def cells_by_search(layers, output):
    """Every input cell that an output is connected to, by following single taps backwards."""
    cells = {output}
    for k, s, p, d, back in reversed(layers):
        if back:
            cells = {(c + p - d * t) // s for c in cells for t in range(k) if (c + p - d * t) % s == 0}
        else:
            cells = {s * c - p + d * t for c in cells for t in range(k)}
    return cells


@pytest.mark.parametrize("seed", range(40))
def test_windows_equal_a_search_along_single_taps(seed):
    rng = random.Random(seed)
    layers = [
        (
            rng.randint(1, 4),
            rng.randint(1, 3),
            rng.randint(0, 3),
            rng.randint(1, 3),
            seed % 2 == 1 and rng.random() < 0.4,
        )
        for _ in range(4)
    ]
    window = Windows()
    for k, s, p, d, back in layers:
        window = (transposed if back else convolved)(window, k, s, p, d)
    for output in range(25):
        cells = cells_by_search(layers, output)
        found = window.span(output)
        if cells and (not seed % 2):
            assert found == (min(cells), max(cells))
        elif cells:  # behind a transposed layer the window is the hull of hulls: it holds every cell
            assert found is not None
            assert found[0] == min(cells)
            assert found[1] == max(cells)
        else:
            assert found is None


def test_the_closed_form_gives_size_stride_and_padding():
    layers = [(7, 2, 3, 1), (3, 2, 1, 1), (3, 1, 2, 2), (2, 2, 0, 3)]
    size, stride, padding = 1, 1, 0
    for k, s, p, d in layers:
        size, padding, stride = size + d * (k - 1) * stride, padding + p * stride, stride * s
    assert receptive_field([Layer(*layer) for layer in layers]) == (size, stride, padding)


@pytest.mark.parametrize("seed", range(5))
def test_steps_follow_the_one_step_formula(seed):
    rng = random.Random(seed)
    layers = [Layer(rng.randint(1, 7), rng.randint(1, 3), dilation=rng.randint(1, 4)) for _ in range(6)]
    size, jump = 1, 1
    for layer, field in zip(layers, receptive_field_steps(layers), strict=True):
        size = receptive_field_step(size, jump, layer.kernel_size, dilation=layer.dilation)
        jump *= layer.stride
        assert (field.size, field.stride) == (size, jump)


def test_no_layer_sees_one_cell():
    assert receptive_field([]) == ReceptiveField(size=1, stride=1, padding=0)
    assert receptive_field_steps([]) == []


def test_axes_are_kept_apart_and_single_numbers_count_for_all():
    field = receptive_field([Layer((3, 1, 7), (1, 2, 2), ((1, 1), (0, 0), (0, 6))), Layer(3, dilation=(1, 2, 1))])
    assert field == ((5, 9, 11), (1, 2, 2), (1, 0, 0))


def test_one_spelled_axis_gives_numbers():
    assert receptive_field([Layer((3,), 2, ((2, 0),))]) == (3, 2, 2)


def test_only_the_padding_before_the_first_cell_moves_the_window():
    assert receptive_field([Layer(3, 2, ((0, 1),))]).padding == 0
    assert receptive_field([Layer(3, 2, ((1, 0),))]).padding == 1


def test_padding_words_mean_what_arithmetic_means():
    assert receptive_field([Layer(3, padding="valid")]).padding == 0
    assert receptive_field([Layer(4, padding="same", dilation=3)]).padding == 4
    assert receptive_field([Layer(4, padding="same_lower", dilation=3)]).padding == 5
    assert receptive_field([Layer(2, padding="causal", dilation=2**n) for n in range(10)]) == (1024, 1, 1023)


def test_a_transposed_layer_divides_the_stride_and_its_neighbours_see_different_regions():
    up = [Layer(3, 2, 1, transposed=True)]
    assert receptive_field(up) == (2, Fraction(1, 2), 0)
    assert [input_window(up, place)[0] for place in range(4)] == [(0, 0), (0, 1), (1, 1), (1, 2)]


def test_down_and_up_again_restores_a_whole_stride():
    assert receptive_field([Layer(4, 2, 1), Layer(4, 2, 1, transposed=True)]) == (6, 1, 3)
    field = receptive_field([Layer(2, 2), Layer(3, 1, 1), Layer(2, 2, transposed=True)])
    assert (field.size, field.stride) == (6, 1)
    assert isinstance(field.stride, int)


def test_input_window_moves_by_the_stride():
    layers = [Layer((3, 5), (2, 1), (1, 0)), Layer(3, 2, 1)]
    assert input_window(layers, (0, 0)) == ((-3, 3), (-1, 5))
    assert input_window(layers, (3, 2)) == ((-3 + 3 * 4, 3 + 3 * 4), (-1 + 2 * 2, 5 + 2 * 2))


def test_branches_give_the_union():
    inception = Branches([[Layer(1)], [Layer(1), Layer(5, 1, 2)], [Layer(3, 1, 1), Layer(1)]])
    assert receptive_field([Layer(3, 2, 1), inception]) == (11, 2, 5)


def test_an_empty_path_is_the_identity_and_branches_nest():
    inner = Branches([[], [Layer(3, 1, 1)]])
    assert receptive_field([Branches([[], [Layer(3, 1, 1), inner]])]) == (5, 1, 2)


def test_branches_may_be_wider_on_different_axes():
    fork = Branches([[Layer((1, 3), padding=(0, 1))], [Layer((7, 1), padding=(3, 0))]])
    assert receptive_field([fork]) == ((7, 3), (1, 1), (3, 1))


def test_causal_paths_may_end_on_one_cell():
    residual = [Branches([[], [Layer(2, padding="causal", dilation=2**n)]]) for n in range(10)]
    assert receptive_field(residual) == (1024, 1, 1023)


def test_a_skip_over_down_and_up_sampling_is_aligned():
    net = Branches([[], [Layer(2, 2), Layer(3, 1, 1), Layer(2, 2, transposed=True)]])
    assert receptive_field([net]).size == 6
    assert receptive_field([Branches([[Layer(2, 2), Layer(2, 2, transposed=True)], []])]).stride == 1


def test_paths_with_different_strides_are_refused():
    with pytest.raises(
        ValueError, match=r"receptive_field: the paths must have one stride\. Got branches='unit', axis=0, str"
    ):
        receptive_field([Branches([[Layer(3, 2, 1)], []], name="unit")])


def test_paths_with_different_centres_are_refused():
    rule = (
        r"receptive_field: the paths must be centred on one input cell, or, if they are causal, end on one\..* axis=1"
    )
    with pytest.raises(ValueError, match=rule):
        receptive_field([Branches([[Layer(3, 2, ((1, 1), (0, 1)))], [Layer(1, 2)]])])


def test_an_output_that_sees_nothing_is_refused():
    blind = [Layer(1, 2, transposed=True), Layer(1, 2, 1)]
    with pytest.raises(ValueError, match=r"receptive_field: every output would see nothing of the input\. Got axes=1"):
        receptive_field(blind)
    with pytest.raises(ValueError, match=r"input_window: the output at index must see an input cell\. Got index=1"):
        input_window([Layer(1, 2, transposed=True)], 1)
    assert receptive_field([Layer(1, 2, 1, transposed=True)]) == (1, Fraction(1, 2), -1)


def test_a_path_that_sees_nothing_does_not_count_for_alignment():
    blind = [Layer(1, 2, transposed=True), Layer(1, 2, 1)]
    assert receptive_field([Branches([blind, []])]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "error", "rule"),
    [
        ({"kernel_size": 0}, ValueError, r"Layer: kernel_size must be at least 1\. Got kernel_size=0"),
        ({"kernel_size": 2.0}, TypeError, r"Layer: kernel_size must be a whole number\. Got kernel_size=2\.0"),
        ({"kernel_size": 3, "stride": 0}, ValueError, r"Layer: stride must be at least 1\. Got stride=0"),
        ({"kernel_size": 3, "dilation": -1}, ValueError, r"Layer: dilation must be at least 1\. Got dilation=-1"),
        ({"kernel_size": 3, "padding": -1}, ValueError, r"Layer: padding must be at least 0\. Got padding=-1"),
        (
            {"kernel_size": (3, 3), "stride": (1, 2, 1)},
            ValueError,
            r"Layer: arguments must be for one number of axes\. Got",
        ),
        ({"kernel_size": 3, "padding": "full"}, ValueError, r"Layer: padding must be one of 'valid'"),
        (
            {"kernel_size": 3, "padding": "same", "transposed": True},
            ValueError,
            r"Layer: a transposed layer takes padding",
        ),
    ],
)
def test_a_layer_refuses(arguments, error, rule):
    with pytest.raises(error, match=rule):
        Layer(**arguments)


def test_what_is_not_layers_is_refused():
    with pytest.raises(
        TypeError, match=r"receptive_field: layers must be a sequence of Layer and Branches\. Got layers=3"
    ):
        receptive_field(3)
    with pytest.raises(TypeError, match=r"receptive_field_steps: each layer must be a Layer or Branches\. Got layer=3"):
        receptive_field_steps([3])
    with pytest.raises(TypeError, match=r"Branches: layers must be a sequence"):
        Branches([Layer(3)])
    with pytest.raises(ValueError, match=r"Branches: there must be at least one path\. Got paths=\[\]"):
        Branches([])
    with pytest.raises(ValueError, match=r"receptive_field: layers must be for one number of axes\. Got axes=\[1, 2\]"):
        receptive_field([Layer((3, 3)), Layer((3,))])
    with pytest.raises(ValueError, match=r"input_window: index must be at least 0\. Got index=-1"):
        input_window([Layer(3)], -1)
    with pytest.raises(ValueError, match=r"receptive_field_step: jump must be at least 1\. Got jump=0"):
        receptive_field_step(3, 0, 3)
    with pytest.raises(ValueError, match=r"effective_variance: layers must be at least 1\. Got layers=0"):
        effective_variance(3, 0)


@pytest.mark.parametrize(("kernel", "layers"), [(3, 1), (3, 4), (5, 3), (2, 6)])
def test_effective_variance_is_that_of_boxes_convolved(kernel, layers):
    weights = [1]
    for _ in range(layers):
        weights = [sum(weights[max(0, i - kernel + 1) : i + 1]) for i in range(len(weights) + kernel - 1)]
    total, mean = sum(weights), Fraction(len(weights) - 1, 2)
    assert effective_variance(kernel, layers) == sum(w * (i - mean) ** 2 for i, w in enumerate(weights)) / total


def test_windows_of_different_periods_are_united_output_by_output():
    assert hull([None, (3, 4), (-1, 2)]) == (-1, 4)
    assert hull([None]) is None
    one, two = Windows(2, ((0, 1),)), Windows(4, ((0, 0), (2, 5)))
    assert united([one, two]) == Windows(4, ((0, 1), (2, 5)))
    assert shortened(Windows(2, ((0, 0), (1, 1), (1, 1), (2, 2)))) == Windows(1, ((0, 0), (1, 1)))
    uneven = Windows(2, ((0, 0), (0, 1), (1, 1), (1, 1)))
    assert shortened(uneven) == uneven
    assert Windows(1, (None,)).center is None
    assert Windows(1, (None,)).size == Windows(1, (None,)).padding == 0


def test_the_room_needs_neither_numpy_nor_torch():
    code = (
        "import sys, reference_impl.receptive_field, reference_impl.summary\nprint({'numpy', 'torch'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
