"""conv and convolve: equal to their definition, to torch and to scipy."""

import numpy as np
import pytest
import torch
from scipy import signal

from reference_impl.arithmetic import conv_geometry
from reference_impl.conv import conv, conv_loops, convolve
from tests.conv.cases import CASES, operands

TORCH = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
TORCH_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def by_torch(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, padding_mode="zeros"):
    """torch.nn.functional.convNd on what torch.nn.functional.pad has padded."""
    geometry = conv_geometry(x.shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    pads = [cells for pair in reversed(geometry[2]) for cells in pair]
    padded = torch.nn.functional.pad(torch.tensor(x), pads, mode=TORCH_MODES[padding_mode])
    bias = None if b is None else torch.tensor(b)
    return TORCH[x.ndim - 2](padded, torch.tensor(w), bias, stride, 0, dilation, groups).numpy()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_conv_equals_its_definition(case):
    x, w, b = operands(*case[:2])
    y = conv(x, w, b, **case[-1])
    np.testing.assert_allclose(y, conv_loops(x, w, b, **case[-1]), rtol=0, atol=1e-12)
    np.testing.assert_allclose(conv(x, w, **case[-1]), y - b.reshape(-1, *(1,) * (x.ndim - 2)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_conv_equals_torch(case):
    x, w, b = operands(*case[:2])
    np.testing.assert_allclose(conv(x, w, b, **case[-1]), by_torch(x, w, b, **case[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("function", [conv, conv_loops])
@pytest.mark.parametrize("mode", TORCH_MODES)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "options"),
    [
        ((2, 2, 5), (3, 2, 4), {"padding": ((4, 2),), "stride": 2}),
        ((2, 4, 4, 6), (2, 2, 3, 2), {"padding": ((3, 0), (1, 5)), "groups": 2}),
        ((1, 1, 3, 4, 3), (2, 1, 2, 2, 3), {"padding": (2, (0, 3), 1), "dilation": (1, 2, 1)}),
    ],
)
def test_the_four_padding_modes_are_torchs(function, mode, x_shape, w_shape, options):
    x, w, b = operands(x_shape, w_shape)
    expected = by_torch(x, w, b, **options, padding_mode=mode)
    np.testing.assert_allclose(function(x, w, b, **options, padding_mode=mode), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", TORCH_MODES)
def test_a_padding_word_and_a_padding_mode_go_together(mode):
    x, w, _ = operands((2, 2, 6, 5), (3, 2, 3, 4))
    options = {"stride": 2, "padding": "same", "padding_mode": mode}
    expected = conv(x, w, stride=2, padding=((0, 1), (1, 2)), padding_mode=mode)
    np.testing.assert_array_equal(conv(x, w, **options), expected)
    np.testing.assert_allclose(conv_loops(x, w, **options), expected, rtol=0, atol=1e-12)


def test_the_words_for_padding_mean_these_pairs():
    x, w, _ = operands((2, 2, 8, 5), (3, 2, 3, 4))
    pairs = {"valid": ((0, 0), (0, 0)), "same": ((0, 1), (1, 2)), "same_lower": ((1, 0), (2, 1))}
    for word, pair in pairs.items():
        np.testing.assert_array_equal(conv(x, w, stride=2, padding=word), conv(x, w, stride=2, padding=pair))
    np.testing.assert_array_equal(
        conv(x[..., 0], w[..., 0], dilation=2, padding="causal"),
        conv(x[..., 0], w[..., 0], dilation=2, padding=[(4, 0)]),
    )


def test_causal_padding_lets_no_output_see_the_future():
    x, w, _ = operands((1, 2, 9), (2, 2, 3))
    changed = x.copy()
    changed[..., 5:] += 1.0
    difference = conv(changed, w, padding="causal", dilation=2) - conv(x, w, padding="causal", dilation=2)
    assert (difference[..., :5] == 0).all()
    assert (difference[..., 5] != 0).all()


@pytest.mark.parametrize("shape", [(9,), (6, 7), (4, 5, 3)])
@pytest.mark.parametrize(("mode", "word"), [("valid", "valid"), ("same", "same_lower")])
def test_conv_is_scipys_correlation(shape, mode, word):
    kernel = (3, 2, 2)[: len(shape)]
    x, w, _ = operands((1, 1, *shape), (1, 1, *kernel))
    expected = signal.correlate(x[0, 0], w[0, 0], mode=mode, method="direct")
    np.testing.assert_allclose(conv(x, w, padding=word)[0, 0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", [(9,), (6, 7), (4, 5, 3)])
@pytest.mark.parametrize(("mode", "padding"), [("valid", lambda k: 0), ("full", lambda k: [size - 1 for size in k])])
def test_convolve_is_scipys_convolution(shape, mode, padding):
    kernel = (3, 2, 4)[: len(shape)] if mode == "full" else (3, 2, 2)[: len(shape)]
    x, w, _ = operands((1, 1, *shape), (1, 1, *kernel))
    expected = signal.convolve(x[0, 0], w[0, 0], mode=mode, method="direct")
    np.testing.assert_allclose(convolve(x, w, padding=padding(kernel))[0, 0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_convolve_is_conv_with_the_kernel_turned_around(case):
    x, w, b = operands(*case[:2])
    turned = w[(..., *(slice(None, None, -1),) * (w.ndim - 2))]
    np.testing.assert_allclose(convolve(x, w, b, **case[-1]), conv_loops(x, turned, b, **case[-1]), rtol=0, atol=1e-12)


def test_blocks_of_rows_join_without_a_seam(monkeypatch):
    from reference_impl.conv import products

    for case in CASES.values():
        x, w, b = operands(*case[:2])
        expected = by_torch(x, w, b, **case[-1])
        for most_bytes in (0, 1 << 11, 1 << 13, 1 << 15):
            monkeypatch.setattr(products, "MOST_BYTES", most_bytes)
            np.testing.assert_allclose(conv(x, w, b, **case[-1]), expected, rtol=0, atol=1e-12)
