"""conv_stream: a sequence fed in chunks gives what the whole sequence gives, wherever it is cut."""

import re

import numpy as np
import pytest
import torch

from reference_impl.conv import conv, conv_loops, conv_stream
from reference_impl.conv.stream import StreamState

SETTINGS = [
    {},
    {"dilation": 3},
    {"stride": 2},
    {"stride": 3, "dilation": 2},
    {"stride": 7},  # longer than the window: cells between windows are never read
    {"groups": 2, "stride": 2, "dilation": 2},
]
CUTS = [(), (1,), (12,), (3, 3, 4), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), (5, 11)]


def operands(groups=1):
    rng = np.random.default_rng(7)
    x, w = rng.integers(-4, 5, (2, 4, 14)), rng.integers(-4, 5, (6, 4 // groups, 3))
    return x.astype(float), w.astype(float), rng.integers(-4, 5, 6).astype(float)


def fed(x, w, b, cuts, **options):
    state, outputs = None, []
    for start, stop in zip((0, *cuts), (*cuts, x.shape[2]), strict=True):
        y, state = conv_stream(x[:, :, start:stop], w, b, state, **options)
        outputs.append(y)
    return outputs, state


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("options", SETTINGS)
def test_chunks_give_what_the_whole_sequence_gives(options, cuts):
    x, w, b = operands(options.get("groups", 1))
    outputs, _ = fed(x, w, b, cuts, **options)
    whole = conv_loops(x, w, b, padding="causal", **options)
    np.testing.assert_array_equal(np.concatenate(outputs, axis=2), whole)


@pytest.mark.parametrize("options", SETTINGS)
def test_tensors_are_fed_alike_and_gradients_flow_through_the_states(options):
    x, w, b = (torch.tensor(array, requires_grad=True) for array in operands(options.get("groups", 1)))
    outputs, _ = fed(x, w, b, (4, 5, 11), **options)
    streamed = torch.cat(outputs, dim=2)
    expected = conv(x, w, b, padding="causal", **options)
    assert torch.equal(streamed, expected)
    weights = torch.arange(1.0, expected.numel() + 1).reshape(expected.shape)
    for ours, whole in zip(
        torch.autograd.grad((streamed * weights).sum(), (x, w, b)),
        torch.autograd.grad((expected * weights).sum(), (x, w, b)),
        strict=True,
    ):
        assert torch.equal(ours, whole)


def test_gradcheck_of_one_chunk_after_another():
    x, w, b = (torch.tensor(array, requires_grad=True) for array in operands())
    assert torch.autograd.gradcheck(lambda *given: fed(*given, (5,), stride=2, dilation=2)[0][1], (x, w, b))


def test_a_stack_of_layers_is_fed_layer_by_layer():
    rng = np.random.default_rng(3)
    x = rng.integers(-3, 4, (1, 2, 40)).astype(float)
    layers = [
        (rng.integers(-2, 3, (2, 2, 2)).astype(float), {"dilation": d, "stride": s})
        for d, s in ((1, 1), (2, 2), (4, 1))
    ]
    whole = x
    for w, options in layers:
        whole = np.maximum(conv(whole, w, padding="causal", **options), 0)
    states, heard = [None] * len(layers), []
    for start in range(0, 40, 3):
        y = x[:, :, start : start + 3]
        for number, (w, options) in enumerate(layers):
            y, states[number] = conv_stream(y, w, None, states[number], **options)
            y = np.maximum(y, 0)
        heard.append(y)
    np.testing.assert_array_equal(np.concatenate(heard, axis=2), whole)


@pytest.mark.parametrize(("taps", "dilation"), [(1, 1), (3, 1), (2, 8), (5, 3)])
def test_the_state_has_the_cells_before_the_next_window_and_no_more(taps, dilation):
    w, state = np.ones((1, 1, taps)), None
    for length in (1, 5, 30, 2):
        _, state = conv_stream(np.ones((1, 1, length)), w, None, state, dilation=dilation)
        assert state.cells.shape == (1, 1, dilation * (taps - 1))


@pytest.mark.parametrize("stride", [2, 3, 5, 20])
def test_a_stride_leaves_fewer_cells_than_a_window_to_keep(stride):
    w, state = np.ones((1, 1, 3)), None
    for length in (1, 5, 30, 2, 7):
        _, state = conv_stream(np.ones((1, 1, length)), w, None, state, stride=stride, dilation=4)
        assert state.cells.shape[2] <= 4 * (3 - 1)


def test_an_output_is_there_as_soon_as_its_last_input_is():
    w, state, counts = np.ones((1, 1, 3)), None, []
    for _ in range(8):
        y, state = conv_stream(np.ones((1, 1, 1)), w, None, state, stride=3)
        counts.append(y.shape[2])
    assert counts == [1, 0, 0, 1, 0, 0, 1, 0]


def test_an_empty_chunk_changes_nothing():
    x, w, b = operands()
    _, state = conv_stream(x[:, :, :6], w, b, stride=2)
    nothing, same = conv_stream(x[:, :, :0], w, b, state, stride=2)
    assert nothing.shape == (2, 6, 0)
    np.testing.assert_array_equal(same.cells, state.cells)
    assert same.skip == state.skip


def test_the_state_does_not_change_with_the_chunk_that_it_came_from():
    x, w, _ = operands()
    _, state = conv_stream(x, w)
    kept = state.cells.copy()
    x[:] = 99
    np.testing.assert_array_equal(state.cells, kept)


@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float32, np.complex128])
def test_the_dtype_stays(dtype):
    x, w = np.ones((1, 1, 4), dtype), np.ones((1, 1, 2), dtype)
    y, state = conv_stream(x, w)
    assert y.dtype == state.cells.dtype == dtype


def test_no_sample_is_a_batch_too():
    y, _ = conv_stream(np.zeros((0, 4, 5)), np.ones((6, 4, 3)))
    assert y.shape == (0, 6, 5)


@pytest.mark.parametrize(
    ("change", "error", "rule"),
    [
        (
            {"x": np.ones((4, 5))},
            ValueError,
            "x must be (N, C_in, L) and w (C_out, C_in/groups, K). Got x.shape=(4, 5)",
        ),
        ({"w": np.ones((6, 4, 3, 3))}, ValueError, "x must be (N, C_in, L) and w (C_out, C_in/groups, K)"),
        ({"x": [[1.0]]}, TypeError, "x must be a NumPy array or a torch tensor"),
        ({"w": np.ones((6, 3, 3))}, ValueError, "conv_stream: "),
        ({"b": np.ones(5)}, ValueError, "conv_stream: "),
        ({"stride": 0}, ValueError, "stride must be at least 1. Got stride=0"),
        ({"dilation": 0}, ValueError, "dilation must be at least 1. Got dilation=0"),
        ({"groups": 3}, ValueError, "conv_stream: "),
        ({"state": np.ones((2, 4, 2))}, TypeError, "state must be what conv_stream returned. Got state='ndarray'"),
        ({"state": StreamState(torch.ones(2, 4, 2), 0)}, TypeError, "cells must be a NumPy array. Got cells='Tensor'"),
        (
            {"state": StreamState(np.ones((1, 4, 2)), 0)},
            ValueError,
            "the chunk must have the samples and channels of the state. "
            "Got x.shape=(2, 4, 14), state.cells.shape=(1, 4, 2)",
        ),
        (
            {"state": StreamState(np.ones((2, 4, 2), np.float32), 0)},
            TypeError,
            "the chunk must have the dtype of the state. Got x.dtype='float64', state.cells.dtype='float32'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_the_name_of_the_function(change, error, rule):
    x, w, b = operands()
    with pytest.raises(error, match=re.escape(rule)) as refused:
        conv_stream(**({"x": x, "w": w, "b": b} | change))
    assert str(refused.value).startswith("conv_stream: ")
