"""The checks that all rooms share: what passes, what is refused, and in which words."""

import numpy as np
import pytest
import torch
from sympy import Symbol

from reference_impl import checks
from tests.refusals import refused

i = Symbol("i", integer=True, positive=True)


def test_every_refusal_has_one_form():
    with refused(ValueError, "reference_impl: the rule. Got a=1, b='two', c=(3, 4)"):
        checks.refuse("the rule", a=1, b="two", c=(3, 4))


def test_a_refusal_can_be_of_another_kind():
    with refused(NotImplementedError, "reference_impl: the rule. Got a=1"):
        checks.refuse("the rule", error=NotImplementedError, a=1)


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2), np.array(2), torch.tensor(2), torch.tensor(2).int()])
def test_a_whole_number_of_any_library_becomes_a_python_int(value):
    entry = checks.whole("stride", value, least=1)
    assert entry == 2
    assert type(entry) is int


def test_a_symbol_stands_for_a_whole_number():
    assert checks.whole("stride", i, least=1) is i
    assert checks.is_symbol(i)
    assert not checks.is_symbol(3)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "2", 2.0, True, [2], (2,), {2}, 2j),
        *(np.float32(2), np.True_, np.array(2.0), np.array([2])),
        *(torch.tensor(2.0), torch.tensor(True), torch.tensor([2])),
    ],
    ids=repr,
)
def test_what_is_not_a_whole_number_is_refused_by_kind(value):
    with refused(TypeError, f"whole: stride must be a whole number. Got stride={value!r}"):
        checks.whole("stride", value, least=1)


@pytest.mark.parametrize("value", [0, -1, np.int64(0), torch.tensor(-3)], ids=repr)
def test_a_whole_number_below_the_least_is_refused(value):
    with refused(ValueError, f"whole: stride must be at least 1. Got stride={value!r}"):
        checks.whole("stride", value, least=1)
    assert checks.whole("padding", 0, least=0) == 0


def test_one_number_is_repeated_for_every_axis():
    assert checks.per_axis("stride", 2, 3, least=1) == (2, 2, 2)
    assert checks.per_axis("stride", [2, 3], 2, least=1) == (2, 3)
    assert checks.per_axis("stride", torch.Size([4, 5]), 2, least=1) == (4, 5)


@pytest.mark.parametrize("value", [(1,), (1, 2, 3), ()])
def test_a_sequence_of_the_wrong_length_is_refused(value):
    with refused(ValueError, f"per_axis: stride must be one number or one per axis, here 2. Got stride={value!r}"):
        checks.per_axis("stride", value, 2, least=1)


def test_a_word_or_an_entry_of_the_wrong_kind_is_no_stride():
    with refused(TypeError, "per_axis: stride must be a whole number. Got stride='22'"):
        checks.per_axis("stride", "22", 2, least=1)
    with refused(TypeError, "per_axis: stride must be a whole number. Got stride=1.5"):
        checks.per_axis("stride", (1, 1.5), 2, least=1)
    with refused(ValueError, "per_axis: stride must be at least 1. Got stride=0"):
        checks.per_axis("stride", (1, 0), 2, least=1)


def test_sizes_are_a_sequence_or_one_number():
    assert checks.sizes("kernel_size", 3) == (3,)
    assert checks.sizes("kernel_size", [3, 5]) == (3, 5)
    assert checks.sizes("padding", (0, 1), least=0) == (0, 1)
    with refused(ValueError, "sizes: kernel_size must name at least one axis. Got kernel_size=()"):
        checks.sizes("kernel_size", ())
    with refused(TypeError, "sizes: kernel_size must be a whole number. Got kernel_size='3'"):
        checks.sizes("kernel_size", "3")
    with refused(ValueError, "sizes: kernel_size must be at least 1. Got kernel_size=0"):
        checks.sizes("kernel_size", (3, 0))


@pytest.mark.parametrize("value", ["mirror", None, 3, ["zeros"], np.array(["zeros", "reflect"])], ids=repr)
def test_an_unknown_word_is_answered_with_the_known_ones(value):
    rule = "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular'"
    with refused(ValueError, f"one_of: {rule}. Got padding_mode={value!r}"):
        checks.one_of("padding_mode", value, checks.PADDING_MODES)
    assert checks.one_of("padding_mode", "reflect", checks.PADDING_MODES) == "reflect"


def test_padding_takes_a_word_a_number_or_an_entry_for_each_axis():
    assert checks.padding(2, 2) == ((2, 2), (2, 2))
    assert checks.padding((1, 2), 2) == ((1, 1), (2, 2))
    assert checks.padding([(0, 1), 2], 2) == ((0, 1), (2, 2))
    assert checks.padding(np.int64(3), 1) == ((3, 3),)
    assert [checks.padding(word, 1) for word in checks.PADDING_WORDS] == list(checks.PADDING_WORDS)


def test_padding_that_cannot_be_read_is_refused():
    words = "'valid', 'same', 'same_lower', 'causal'"
    with refused(ValueError, f"padding: padding must be one of {words}. Got padding='full'"):
        checks.padding("full", 1)
    with refused(ValueError, "padding: padding 'causal' is for one axis, the time axis. Got padding='causal', axes=2"):
        checks.padding("causal", 2)
    with refused(
        ValueError, "padding: padding must be a word, one number, or one entry per axis, here 2. Got padding=(1, 2, 3)"
    ):
        checks.padding((1, 2, 3), 2)
    with refused(
        ValueError,
        "padding: each entry of padding must be a number or a (lo, hi) pair. Got padding=((1, 2, 3), (0, 0))",
    ):
        checks.padding(((1, 2, 3), (0, 0)), 2)


@pytest.mark.parametrize(("value", "entry"), [(-1, -1), ((1, -2), -2), (((0, 1), (-3, 0)), -3), (((0, -4), 1), -4)])
def test_negative_padding_is_refused(value, entry):
    with refused(ValueError, f"padding: padding must be at least 0. Got padding={entry}"):
        checks.padding(value, 2)


@pytest.mark.parametrize(("value", "entry"), [(None, None), (1.5, 1.5), ((1, "1"), "1"), (((0, None), 1), None)])
def test_padding_of_the_wrong_kind_is_refused(value, entry):
    with refused(TypeError, f"padding: padding must be a whole number. Got padding={entry!r}"):
        checks.padding(value, 2)


@pytest.mark.parametrize("value", [(2, 3), (), None, 5, "234"], ids=repr)
def test_a_shape_needs_a_spatial_axis(value):
    rule = "x.shape must be (N, C, *S) with at least one spatial axis"
    with refused(ValueError, f"shape: {rule}. Got x.shape={value!r}"):
        checks.shape("x.shape", value, layout="(N, C, *S)")


def test_only_the_batch_of_a_shape_may_be_empty():
    assert checks.shape("x.shape", (0, 1, 2), layout="(N, C, *S)") == (0, 1, 2)
    with refused(ValueError, "shape: x.shape[0] must be at least 0. Got x.shape[0]=-1"):
        checks.shape("x.shape", (-1, 1, 2), layout="(N, C, *S)")
    with refused(ValueError, "shape: x.shape[1] must be at least 1. Got x.shape[1]=0"):
        checks.shape("x.shape", (1, 0, 2), layout="(N, C, *S)")
    with refused(ValueError, "shape: x.shape[3] must be at least 1. Got x.shape[3]=0"):
        checks.shape("x.shape", (1, 2, 3, 0), layout="(N, C, *S)")


def test_shapes_of_input_and_weight_fit_each_other():
    assert checks.conv_shapes([2, 6, 5, 4], [9, 2, 3, 1], 3) == ((2, 6, 5, 4), (9, 2, 3, 1), 3)
    symbolic = ((2, i, 5), (i, 1, 3), i)
    assert checks.conv_shapes(*symbolic) == symbolic


@pytest.mark.parametrize(
    ("input_shape", "weight_shape", "groups", "message"),
    [
        ((1, 4, 5), (4, 4, 3, 3), 1, "input and weight must have the same number of axes"),
        ((1, 4, 5, 5), (4, 3, 3, 3), 1, "weight must have shape (C_out, C_in/groups, *K)"),
        ((1, 4, 5, 5), (4, 4, 3, 3), 2, "weight must have shape (C_out, C_in/groups, *K)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(input_shape, weight_shape, groups, message):
    got = f"input_shape={input_shape}, weight_shape={weight_shape}, groups={groups}"
    with refused(ValueError, f"conv_shapes: {message}. Got {got}"):
        checks.conv_shapes(input_shape, weight_shape, groups)


def test_groups_divide_both_channel_counts():
    with refused(ValueError, "conv_shapes: C_out must be divisible by groups. Got C_out=3, groups=2"):
        checks.conv_shapes((1, 4, 5), (3, 2, 3), 2)
    with refused(ValueError, "conv_shapes: C_in must be divisible by groups. Got C_in=5, groups=2"):
        checks.conv_shapes((1, 5, 5), (4, 2, 3), 2)
    with refused(ValueError, "conv_shapes: groups must be at least 1. Got groups=0"):
        checks.conv_shapes((1, 5, 5), (4, 2, 3), 0)
    with refused(ValueError, "conv_shapes: weight must hold at least one filter. Got weight_shape=(0, 2, 3)"):
        checks.conv_shapes((1, 2, 5), (0, 2, 3), 1)
    checks.divisible("C_in", i, 2)
    checks.divisible("C_in", 5, i)


def test_a_bias_has_one_number_for_each_filter():
    checks.bias_fits(None, 3)
    checks.bias_fits((3,), 3)
    with refused(ValueError, "bias_fits: b must have shape (C_out,). Got b.shape=(3, 1), C_out=3"):
        checks.bias_fits((3, 1), 3)
    with refused(ValueError, "bias_fits: b must have shape (C_out,). Got b.shape=(4,), C_out=3"):
        checks.bias_fits(torch.zeros(4).shape, 3)


@pytest.mark.parametrize("mode", ["zeros", "replicate"])
def test_zeros_and_the_last_cell_never_run_out(mode):
    checks.padding_fits(mode, ((99, 99),), (1,))


def test_reflection_and_repetition_cannot_give_more_than_the_input_has():
    checks.padding_fits("reflect", ((3, 3), (0, 4)), (4, 5))
    checks.padding_fits("circular", ((4, 4), (0, 5)), (4, 5))
    rule = "padding_mode 'reflect' can add at most input size − 1 cells a side"
    with refused(ValueError, f"padding_fits: {rule}. Got padding=(0, 5), input_size=5"):
        checks.padding_fits("reflect", ((3, 3), (0, 5)), (4, 5))
    rule = "padding_mode 'circular' can add at most input size cells a side"
    with refused(ValueError, f"padding_fits: {rule}. Got padding=(5, 0), input_size=4"):
        checks.padding_fits("circular", ((5, 0), (0, 5)), (4, 5))
    with refused(
        ValueError,
        "padding_fits: padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular'. "
        "Got padding_mode='same'",
    ):
        checks.padding_fits("same", ((1, 1),), (4,))
