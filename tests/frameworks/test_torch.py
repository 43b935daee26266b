"""torch computes what reference_impl computes, from the line that a person would write."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference_impl.conv_transpose import conv_transpose
from reference_impl.frameworks import layer
from reference_impl.frameworks import torch as written
from reference_impl.frameworks.torch import FRAMEWORK
from tests.frameworks.sweep import cases, round_trips, swept
from tests.refusals import refused


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_equals_reference_impl(dtype):
    assert swept(written, 600, seed=1, dtype=dtype) == (600, [], {})


def test_weights_come_back():
    assert all(round_trips(written, 48, seed=11))


def test_padding_comes_back_or_is_refused():
    back = 0
    for given, *_ in cases(240, seed=12):
        try:
            padding = written.padding_to(given)
        except ValueError:
            continue
        arguments = padding if given.kind == "conv_transpose" else (padding,)
        pads, extra = written.padding_from(given, *arguments)
        cells = [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]
        wanted = [(lo, hi - more) for (lo, hi), more in zip(given.pads, given.output_padding, strict=True)]
        assert cells == wanted, given
        back += 1
    assert back > 100


def test_torch_refuses_same_with_a_stride():
    x, w = torch.zeros(1, 1, 8), torch.zeros(1, 1, 3)
    with pytest.raises(RuntimeError, match="padding='same' is not supported for strided convolutions"):
        F.conv1d(x, w, padding="same", stride=2)
    strided = layer((1, 1, 8), (1, 1, 3), stride=2, padding="same")
    message = f"padding_to: {FRAMEWORK} pads both ends of an axis alike, and takes 'same' at stride 1 only; "
    with refused(ValueError, f"{message}pad before with torch.nn.functional.pad. Got padding='same', stride=(2,)"):
        written.padding_to(strided)
    with refused(ValueError, f"padding_from: {FRAMEWORK} refuses 'same' with a stride; pad before. Got stride=(2,)"):
        written.padding_from(strided, "same")


def test_torch_pads_both_ends_alike():
    with pytest.raises(RuntimeError, match="padding"):
        F.conv1d(torch.zeros(1, 1, 8), torch.zeros(1, 1, 3), padding=(1, 2))


def test_torch_warns_of_same_with_ends_that_differ():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        y = F.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 2), padding="same")
    assert y.flatten().tolist() == [2, 2, 2, 1]  # the odd cell is at the end, as elsewhere
    assert all("even kernel lengths" in str(warning.message) for warning in told)


def test_torch_knows_no_other_word():
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} knows 'valid' and 'same', and none of transposed layers; give numbers. "
        "Got kind='conv', padding='causal'",
    ):
        written.padding_from(layer((1, 1, 8), (1, 1, 3)), "causal")


def test_torch_takes_output_padding_below_the_dilation_too():
    x, w = np.ones((1, 1, 3)), np.arange(2.0).reshape(1, 1, 2)
    y = F.conv_transpose1d(torch.tensor(x), torch.tensor(w), stride=2, dilation=4, output_padding=3)
    assert np.array_equal(y, conv_transpose(x, w, stride=2, dilation=4, output_padding=3))
    with pytest.raises(RuntimeError, match="output padding must be smaller than either stride or dilation"):
        F.conv_transpose1d(torch.tensor(x), torch.tensor(w), stride=2, dilation=1, output_padding=3)


def test_the_lines_are_those_that_a_person_would_write():
    causal = layer((1, 2, 9), (3, 2, 3), padding="causal", dilation=2, bias=False)
    assert written.call(causal) == "F.conv1d(F.pad(x, (4, 0)), w, dilation=2)"
    keras_like = layer((1, 4, 8, 8), (4, 2, 3, 3), kind="conv_transpose", stride=2, padding=((0, 1), (0, 1)), groups=2)
    assert written.call(keras_like) == ("F.pad(F.conv_transpose2d(x, w, b, stride=2, groups=2), (0, -1, 0, -1))")


def test_torch_has_no_deformable_layer():
    assert not [name for name in dir(F) if "deform" in name.lower()]
