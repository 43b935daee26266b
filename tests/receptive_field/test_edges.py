"""Receptive fields at the edges: refusals word for word, an axis that sees nothing, windows of several outputs."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from reference_impl.arithmetic import same_padding
from reference_impl.receptive_field import (
    Branches,
    Layer,
    effective_variance,
    input_window,
    receptive_field,
    receptive_field_step,
    receptive_field_steps,
)
from reference_impl.receptive_field.field import join
from reference_impl.receptive_field.windows import Windows, convolved, disagreement, shortened, transposed

BLIND = [Layer((1, 1), (2, 1), transposed=True), Layer((1, 1), (2, 1), ((1, 0), (0, 0)))]  # on its first axis only
REFUSED = {
    "steps of what sees nothing": (
        lambda: receptive_field_steps(BLIND),
        "receptive_field_steps: every output would see nothing of the input. Got axes=2",
    ),
    "a window of axes that differ": (
        lambda: input_window([Layer((3, 3)), Layer((3,))], 0),
        "input_window: layers must be for one number of axes. Got axes=[1, 2]",
    ),
    "branches of two strides": (
        lambda: receptive_field([Branches([[Layer(3, (1, 2), 1)], [Layer(1, (1, 3))]], name="unit")]),
        "receptive_field: the paths must have one stride. "
        "Got branches='unit', axis=1, strides=['2', '3'], centers=['0', '0']",
    ),
    "branches of two centres": (
        lambda: receptive_field([Branches([[Layer(2)], [Layer(3, padding=2)]])]),
        "receptive_field: the paths must be centred on one input cell, or, if they are causal, end on one. "
        "Got branches='', axis=0, strides=['1', '1'], centers=['1/2', '-1']",
    ),
    "views of two strides, without a name": (
        lambda: join([(Windows(),), (Windows(2),)]),
        "join: the paths must have one stride. Got branches='', axis=0, strides=['1', '2'], centers=['0', '0']",
    ),
    "a layer of two numbers of axes": (
        lambda: Layer((3, 3), stride=(1,), padding=(0, 0, 0), dilation=(1, 1)),
        "Layer: arguments must be for one number of axes. "
        "Got kernel_size=(3, 3), stride=(1,), padding=(0, 0, 0), dilation=(1, 1)",
    ),
    "a transposed layer with a padding word": (
        lambda: Layer(3, padding="valid", transposed=True),
        "Layer: a transposed layer takes padding as numbers. Got padding='valid'",
    ),
    "same padding where one axis has a stride": (
        lambda: receptive_field([Layer((3, 3), stride=(1, 2), padding="same_lower")]),
        "receptive_field: padding 'same' depends on the input size when stride > 1; give that size, or the "
        "(lo, hi) pairs. "
        "Got padding='same_lower', stride=(1, 2)",
    ),
    "a step of no cell": (
        lambda: receptive_field_step(0, 1, 1),
        "receptive_field_step: size must be at least 1. Got size=0",
    ),
    "a step of no tap": (
        lambda: receptive_field_step(1, 1, 0),
        "receptive_field_step: kernel_size must be at least 1. Got kernel_size=0",
    ),
    "a step without dilation": (
        lambda: receptive_field_step(1, 1, 1, dilation=0),
        "receptive_field_step: dilation must be at least 1. Got dilation=0",
    ),
    "the variance of no tap": (
        lambda: effective_variance(0, 1),
        "effective_variance: kernel_size must be at least 1. Got kernel_size=0",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_what_was_given(call, message):
    with pytest.raises(ValueError, match="Got") as caught:
        call()
    assert str(caught.value) == message


def test_paths_that_are_no_sequence_are_shown():
    with pytest.raises(TypeError, match=r"^Branches: paths must be a sequence of paths\. Got paths=3$"):
        Branches(3)


def test_the_least_numbers_are_taken():
    assert receptive_field_step(1, 1, 1) == 1
    assert effective_variance(1, 1) == 0


def test_one_axis_that_sees_nothing_is_enough_to_refuse_and_one_output_may_see_nothing():
    with pytest.raises(ValueError, match=r"every output would see nothing of the input\. Got axes=2"):
        receptive_field(BLIND)
    sparse = [Layer((1, 1), (2, 1), transposed=True)]
    assert receptive_field(sparse) == ((1, 1), (Fraction(1, 2), 1), (0, 0))
    with pytest.raises(ValueError, match=r"must see an input cell\. Got index=\(1, 0\)"):
        input_window(sparse, (1, 0))


def test_windows_of_several_outputs_average_their_centre_and_their_end():
    up = transposed(Windows(), 3, 2, 1, 1)
    assert up == Windows(1, ((0, 0), (0, 1)))
    assert up.center == 0  # 0, and 1/2 less a stride of 1/2
    assert up.end == Fraction(1, 4)  # 0, and 1 less 1/2


def test_a_stride_keeps_no_more_outputs_apart_than_differ():
    up = transposed(Windows(), 3, 2, 1, 1)
    assert convolved(up, 1, 2, 0, 1) == Windows(1, ((0, 0),))
    assert convolved(up, 1, 3, 0, 1) == Windows(3, ((0, 0), (1, 2)))


@pytest.mark.parametrize(
    "windows",
    [
        Windows(3, ((0, 0), (1, 1))),  # as one output it would advance by 3/2
        Windows(
            4, ((0, 0), (5, 5), (2, 2), (3, 3))
        ),  # three outputs would say the same of these four, not of the fifth
    ],
)
def test_windows_are_not_shortened_to_what_differs_later(windows):
    assert shortened(windows) == windows


def test_paths_that_agree_have_no_disagreement():
    assert disagreement([Windows(), Windows(1, ((-1, 1),))]) == ""


def test_layers_branches_and_windows_cannot_be_changed_after_their_check():
    for fixed in (Layer(3), Branches([[]]), Windows()):
        with pytest.raises(FrozenInstanceError):
            fixed.name = "other"


@pytest.mark.parametrize("size", [7, 8, 9, 12])
@pytest.mark.parametrize("word", ["same", "same_lower"])
def test_same_padding_with_a_stride_takes_the_size_of_the_input(size, word):
    layers = [Layer(3, 2, word), Branches([[Layer(5, 2, word)], [Layer(2, 2, word)]]), Layer(4, 1, word)]
    behind, pairs = size, []
    for kernel in (3, 5, 4):
        stride = 1 if kernel == 4 else 2
        pair = same_padding(behind, kernel, stride=stride)
        pairs.append(pair if word == "same" else pair[::-1])
        behind = -(-behind // stride)
    narrow = same_padding(-(-size // 2), 2, stride=2)
    narrow = narrow if word == "same" else narrow[::-1]
    join = Branches([[Layer(5, 2, (pairs[1],))], [Layer(2, 2, (narrow,))]])
    written = [Layer(3, 2, (pairs[0],)), join, Layer(4, 1, (pairs[2],))]
    try:
        expected = receptive_field(written)
    except ValueError:  # paths of odd and even kernels are not always centred on one cell
        with pytest.raises(ValueError, match="must be centred on one input cell"):
            receptive_field(layers, size)
        return
    assert receptive_field(layers, size) == receptive_field(layers, (size,)) == expected
    assert receptive_field_steps(layers, size)[-1] == expected
    assert input_window(layers, 1, size) == input_window(written, 1)


def test_axes_of_different_sizes_are_padded_each_in_its_way():
    layers = [Layer(3, 2, "same"), Layer(3, 2, "same"), Layer(2, 2, transposed=True)]
    assert receptive_field(layers, (8, 9)) == ((7, 7), (2, 2), (0, 3))
    with pytest.raises(
        ValueError, match=r"receptive_field: the paths must end in one size\. Got .* sizes=\[\(2,\), \(4,\)\]"
    ):
        receptive_field([Branches([[Layer(3, 4, "same")], [Layer(3, 2, "same")]])], 8)


def test_a_layer_is_by_default_an_ordinary_convolution():
    assert Layer(3) == Layer(3, stride=1, padding=0, dilation=1, name="", transposed=False)
    assert Branches([[]]) == Branches([[]], name="")
