"""The defaults on the cards are those of the function that a call names, and leaving them out changes nothing."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from scripts.cards import written
from scripts.cards.defaults import defaults

OF = {
    "F.conv2d(x, w, b, stride=2)": "stride=1, padding=0, dilation=1, groups=1",
    "F.conv_transpose1d(x, w)": "stride=1, padding=0, output_padding=0, groups=1, dilation=1",
    "lax.conv_general_dilated(x, w, (1,), 'SAME')": "lhs_dilation=None, rhs_dilation=None, dimension_numbers=None, "
    "feature_group_count=1",
    'helper.make_node("Conv", ["x", "w"], ["y"])': "group=1, auto_pad='NOTSET'",
}


@pytest.mark.parametrize("call", OF)
def test_the_defaults_of_a_call_are_those_of_its_function(call):
    assert defaults(call) == OF[call]


def test_a_step_beside_the_layer_is_not_what_is_asked():
    call = '[helper.make_node("Pad", ["x", "p"], ["t"]), helper.make_node("ConvTranspose", ["t", "w"], ["y"])]'
    assert defaults(call) == defaults('helper.make_node("ConvTranspose", ["x", "w"], ["y"])')
    with pytest.raises(ValueError, match=re.escape("no framework convolves in F.pad(x, (1, 1))")):
        defaults("F.pad(x, (1, 1))")


def test_torch_computes_the_same_where_its_defaults_are_written_out():
    x, w = torch.rand(1, 2, 5, 6), torch.rand(3, 2, 3, 2)
    options = eval(f"dict({defaults('F.conv2d(x, w)')})")
    assert np.array_equal(F.conv2d(x, w), F.conv2d(x, w, **options))


def test_every_call_that_is_written_down_has_its_defaults():
    calls = [one for card in written.read().values() for key in written.FRAMEWORKS for one in card[key]]
    assert all(one["defaults"] for one in calls if "call" in one)
