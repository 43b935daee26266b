"""The formula backwards: exactly the settings that, forwards, give the size that is wanted."""

import itertools
import re

import pytest

from reference_impl.arithmetic import conv_output_size, paddings_for_size, settings_for_size


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_the_paddings_are_exactly_those_that_give_the_size_forwards(dilation):
    for cells, taps, stride in itertools.product(range(1, 12), range(1, 6), range(1, 5)):
        reach = dilation * (taps - 1)
        given = {}
        for padding in range(reach + 1):
            if cells + 2 * padding > reach:
                size = conv_output_size(cells, taps, stride=stride, padding=padding, dilation=dilation)
                given.setdefault(size, []).append(padding)
        for wanted in range(1, 16):
            found = list(paddings_for_size(wanted, cells, taps, stride=stride, dilation=dilation))
            assert found == given.get(wanted, []), (wanted, cells, taps, stride)


def test_the_settings_are_those_of_a_search():
    found = settings_for_size(5, 12, kernel_size=range(1, 6), stride=(1, 2, 3), dilation=(1, 2))
    searched = [
        (k, s, p, d)
        for k, s, d in itertools.product(range(1, 6), (1, 2, 3), (1, 2))
        for p in range(d * (k - 1) + 1)
        if (k > 1 or d == 1) and 12 + 2 * p > d * (k - 1)
        if conv_output_size(12, k, stride=s, padding=p, dilation=d) == 5
    ]
    assert found == searched
    assert len(found) > 5


def test_one_number_is_tried_alone_and_names_are_kept():
    (setting,) = settings_for_size(112, 224, kernel_size=7, stride=2)
    assert setting._asdict() == {"kernel_size": 7, "stride": 2, "padding": 3, "dilation": 1}


def test_without_a_choice_kernels_up_to_seven_and_strides_up_to_four_are_tried():
    everything = settings_for_size(7, 28, kernel_size=range(1, 8), stride=range(1, 5), dilation=1)
    assert settings_for_size(7, 28) == everything
    tried = [settings_for_size(1, cells) for cells in range(1, 8)]
    assert {setting.kernel_size for found in tried for setting in found} == set(range(1, 8))
    assert {setting.stride for found in tried for setting in found} == {1, 2, 3, 4}


def test_an_even_kernel_keeps_no_size():
    assert not paddings_for_size(20, 20, 4)
    assert list(paddings_for_size(20, 20, 4, dilation=2)) == [3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paddings_for_size(0, 8, 3), "paddings_for_size: output_size must be at least 1. Got output_size=0"),
        (lambda: paddings_for_size(4, 0, 3), "paddings_for_size: input_size must be at least 1. Got input_size=0"),
        (lambda: paddings_for_size(4, 8, 0), "paddings_for_size: kernel_size must be at least 1. Got kernel_size=0"),
        (lambda: paddings_for_size(4, 8, 3, stride=0), "paddings_for_size: stride must be at least 1. Got stride=0"),
        (lambda: paddings_for_size(4, 8, 3, dilation=0), "dilation must be at least 1. Got dilation=0"),
        (lambda: settings_for_size(4, 8, stride=(2, 0)), "settings_for_size: stride must be at least 1. Got stride=0"),
    ],
)
def test_what_is_no_size_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_what_is_not_whole_is_refused():
    with pytest.raises(TypeError, match=re.escape("settings_for_size: kernel_size must be a whole number. Got")):
        settings_for_size(4, 8, kernel_size=1.5)
