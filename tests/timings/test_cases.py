"""The table of cases: each counted by hand or by torch, its floor the sum of the larger times of its steps."""

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from scripts.timings.cases import CASES, FAMILIES, Case, family
from scripts.timings.implementations import LIBRARY
from scripts.timings.inputs import operand_shapes
from scripts.timings.operations import Step, conv, conv_transpose, deform_conv


def case(*steps, shape=(1, 4, 5, 3)):
    return Case("family", "name", "origin", shape, steps, "operator")


def test_no_two_cases_have_one_key_and_every_family_has_a_plain_case_and_another():
    assert len({one.key for one in CASES}) == len(CASES)
    assert all(len(family(name)) >= 2 for name in FAMILIES)
    assert [one.key for name in FAMILIES for one in family(name)] == [one.key for one in CASES]


def test_a_family_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ValueError, match="no family of timings is called 'gruped'; there are dense, one channel, "):
        family("gruped")


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.key)
def test_the_multiplications_and_shapes_of_a_case_are_those_that_torch_counts(one):
    if not LIBRARY.computes(one.steps):
        plain = [step._replace(kind="conv") for step in one.steps]  # taps that move multiply as taps that do not
        one = Case(one.family, one.name, one.origin, one.input_shape, tuple(plain), one.operator)
    x = torch.empty(one.input_shape, device="meta")
    operands = [tuple(torch.empty(shape, device="meta") for shape in own) for own in operand_shapes(one)]
    with FlopCounterMode(display=False) as counter:
        y = LIBRARY.compute(one.steps, x, operands)
    assert tuple(y.shape) == one.shapes[-1]
    assert counter.get_total_flops() == 2 * one.macs


def test_bytes_are_each_input_weight_and_output_number_once():
    one = case(conv(6, 2, 3, 1, groups=2))  # (1, 4, 5, 3) -> (1, 6, 3, 3)
    assert one.nbytes() == 4 * (4 * 5 * 3 + 6 * 2 * 3 * 1 + 6 * 3 * 3)
    assert one.nbytes(2) == one.nbytes() // 2
    assert one.weights == 36


def test_offsets_and_masks_are_read_as_well():
    plain, v1, v2 = (
        case(step)
        for step in (
            conv(4, 4, 3, 3),
            deform_conv(4, 4, 3, 3, modulated=False),
            deform_conv(4, 4, 3, 3, modulated=True),
        )
    )
    cells = 3 * 1
    assert v1.nbytes() - plain.nbytes() == 4 * 2 * 9 * cells
    assert v2.nbytes() - v1.nbytes() == 4 * 9 * cells


def test_moving_numbers_costs_bytes_and_no_multiplications():
    one = case(Step("pixel_shuffle", options={"factor": 2}))
    assert (one.macs, one.nbytes(), one.shapes[-1]) == (0, 4 * 2 * 60, (1, 1, 10, 6))
    larger = case(Step("nearest_resize", options={"factor": 3}))
    assert (larger.nbytes(), larger.shapes[-1]) == (4 * (60 + 9 * 60), (1, 4, 15, 9))
    assert case(Step("channel_shuffle", options={"groups": 2})).shapes[-1] == (1, 4, 5, 3)


def test_the_floor_of_a_step_is_the_larger_of_arithmetic_and_traffic():
    one = case(conv(6, 4, 3, 3))  # 6·4·9 taps at 3·1 places: 648 MACs; 60 + 216 + 18 numbers
    assert one.macs == 648
    assert one.floor(flops=1296.0, bandwidth=1e12) == 1.0
    assert one.floor(flops=1e12, bandwidth=294 * 4.0) == 1.0
    assert one.floor(flops=1e12, bandwidth=294 * 2.0, itemsize=2) == 1.0


def test_the_floor_of_two_steps_is_the_sum_of_their_floors():
    first, second = conv(4, 1, 3, 3, groups=4, padding=1), conv(8, 4, 1, 1)
    both = case(first, second)
    rates = {"flops": 3e3, "bandwidth": 1e3}
    assert both.floor(**rates) == case(first).floor(**rates) + case(second).floor(**rates)
    # depthwise: 540 MACs, (60 + 36 + 60) numbers: memory; pointwise: 480 MACs, (60 + 32 + 120) numbers: memory
    assert math.isclose(both.floor(**rates), 4 * 156 / 1e3 + 4 * 212 / 1e3)
    assert math.isclose(both.floor(flops=10.0, bandwidth=1e3), 2 * 540 / 10 + 2 * 480 / 10)


def test_a_recipe_tells_any_two_different_cases_apart():
    steps = [
        conv(4, 4, 3, 3), conv(4, 4, 3, 3, dilation=2), conv(4, 4, 3, 3, padding=1), conv(4, 4, 1, 3),
        conv(4, 1, 3, 3, groups=4), conv_transpose(4, 4, 3, 3), deform_conv(4, 4, 3, 3, modulated=True),
        Step("channel_shuffle", options={"groups": 2}),
    ]  # fmt: skip
    assert len({case(step).recipe for step in steps}) == len(steps)
    assert case(steps[0]).recipe != case(steps[0], shape=(1, 4, 3, 5)).recipe
    assert case(steps[0]).recipe == "(1, 4, 5, 3) -> conv (4, 4, 3, 3)"
