"""The cheapest stack is the cheapest of all that a search finds, sees what was wanted, and its cost is its MACs."""

import itertools
import re
from fractions import Fraction

import pytest

from reference_impl.arithmetic import conv_macs
from reference_impl.receptive_field import Layer, cheapest_stack, receptive_field, stack_cost


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (7, 1), (11, 2), (15, 4), (9, 3), (23, 2)])
def test_no_stack_of_up_to_five_layers_is_cheaper(size, stride, axes):
    moves = [Layer(k, stride=s) for k, s in itertools.product((2, 3, 5), (1, 2, 3)) if s <= k]
    found = cheapest_stack(size, stride, kernel_sizes=(2, 3, 5), layer_strides=(1, 2, 3), axes=axes)
    seen = receptive_field(found)
    assert seen.size >= size
    assert seen.stride == stride
    costs = []
    for depth in range(1, 5):
        for stack in itertools.product(moves, repeat=depth):
            field = receptive_field(stack)
            if field.size >= size and field.stride == stride:
                costs.append(stack_cost(stack, axes=axes))
    assert costs
    assert stack_cost(found, axes=axes) <= min(costs)


@pytest.mark.parametrize(("size", "stride"), [(7, 1), (31, 4), (101, 8)])
def test_a_wider_field_never_costs_less(size, stride):
    costs = [stack_cost(cheapest_stack(more, stride)) for more in (size, size + 2, size + 4)]
    assert costs == sorted(costs)


def test_the_cost_is_the_macs_of_layers_that_keep_their_size():
    layers = [Layer(5, stride=2), Layer(3), Layer(2, stride=2), Layer(3, stride=3)]
    rows, columns, channels, macs = 24, 36, 4, 0
    for layer in layers:
        shape, k, s = (1, channels, rows, columns), layer.kernel_size, layer.stride
        macs += conv_macs(shape, (channels, channels, k, k), stride=s, padding="same")
        rows, columns = rows // s, columns // s
    assert stack_cost(layers) * channels**2 * 24 * 36 == macs


def test_three_small_kernels_are_cheaper_than_one_large_one():
    assert cheapest_stack(7) == (Layer(3), Layer(3), Layer(3))
    assert stack_cost(cheapest_stack(7)) == Fraction(27) < stack_cost([Layer(7)])


def test_on_one_axis_a_large_kernel_can_win():
    assert cheapest_stack(7, axes=1) == (Layer(7),)


def test_a_field_of_one_cell_takes_one_layer():
    assert cheapest_stack(1) == (Layer(3),)
    assert cheapest_stack(1, kernel_sizes=(3, 1)) == (Layer(1),)
    assert cheapest_stack(5, kernel_sizes=(3, 1)) == (Layer(3), Layer(3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cheapest_stack(0), ValueError, "cheapest_stack: size must be at least 1. Got size=0"),
        (lambda: cheapest_stack(7, 0), ValueError, "cheapest_stack: stride must be at least 1. Got stride=0"),
        (lambda: cheapest_stack(7.5), TypeError, "cheapest_stack: size must be a whole number. Got size=7.5"),
        (
            lambda: cheapest_stack(7, 3),
            ValueError,
            "cheapest_stack: no stack of these layers reaches that. "
            "Got size=7, stride=3, kernel_sizes=[3, 5, 7], layer_strides=[1, 2]",
        ),
        (lambda: cheapest_stack(2, kernel_sizes=(1,)), ValueError, "no stack of these layers reaches that"),
        (lambda: cheapest_stack(2, kernel_sizes=(3, 0)), ValueError, "kernel_sizes must be at least 1"),
        (lambda: cheapest_stack(2, layer_strides=(0, 1)), ValueError, "layer_strides must be at least 1"),
        (lambda: stack_cost([]), ValueError, "stack_cost: there must be at least one layer. Got layers=[]"),
        (lambda: stack_cost([3]), TypeError, "stack_cost: layers must be Layer. Got layer=3"),
        (lambda: stack_cost([Layer((3, 5))]), ValueError, "layers must have one kernel size and stride for all axes"),
        (lambda: stack_cost([Layer(3, transposed=True)]), ValueError, "and not be transposed. Got layer="),
    ],
)
def test_what_cannot_be_had_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("wanted", [(2**12, 1), (5, 2**12)])
def test_a_field_or_stride_too_large_to_search_is_refused(wanted):
    with pytest.raises(ValueError, match="4096"):
        cheapest_stack(*wanted)


def test_a_field_and_a_stride_just_below_the_bound_are_found():
    assert cheapest_stack(4095, 4095, kernel_sizes=(4095,), layer_strides=(4095,)) == (Layer(4095, 4095),)
