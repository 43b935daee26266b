"""Grouped convolutions in torch: equal to NumPy and to the library, with right gradients."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference_impl import grouped
from reference_impl.grouped import equal_torch, unequal_torch

grouped_torch = SimpleNamespace(**{**vars(equal_torch), **vars(unequal_torch)})


def drawn(*shape, seed=0, grad=False):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=grad)


def arrays(value):
    """The same arguments for NumPy."""
    if isinstance(value, (list, tuple)):
        return type(value)(arrays(entry) for entry in value)
    return value.numpy() if isinstance(value, torch.Tensor) else value


def same(name, *arguments, **options):
    got = getattr(grouped_torch, f"{name}_torch")(*arguments, **options)
    want = getattr(grouped, name)(*arrays(arguments), **options)
    np.testing.assert_allclose(got.numpy(), want, rtol=0, atol=1e-12)


OPTIONS = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2)}
LOG = [drawn(5, 3, 3, 2), drawn(3, 2, 3, 2), drawn(2, 1, 3, 2)]


@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_twins_equal_numpy(mode):
    x, b = drawn(2, 6, 9, 8), drawn(10)
    same("grouped_conv_split", x, drawn(10, 3, 3, 2), b, groups=2, padding_mode=mode, **OPTIONS)
    same("overlapping_grouped_conv", x, drawn(10, 4, 3, 2), b, groups=2, overlap=1, padding_mode=mode, **OPTIONS)
    same("logarithmic_grouped_conv", x, LOG, b, padding_mode=mode, **OPTIONS)
    same("pointwise_grouped_conv", x, drawn(10, 3, 1, 1), b, groups=2, stride=(1, 3))
    same("block_diagonal_weight", drawn(10, 3, 3, 2), 2)
    same("channel_shuffle", x, 3)
    same("channel_unshuffle", x, 3)


def test_twins_equal_numpy_on_one_and_three_axes_and_without_bias():
    same("grouped_conv_split", drawn(2, 6, 9), drawn(6, 2, 3), groups=3, padding="causal")
    same("grouped_conv_split", drawn(2, 4, 5, 6, 7), drawn(6, 2, 2, 3, 1), groups=2, padding=1)
    same("overlapping_grouped_conv", drawn(2, 6, 9), drawn(6, 4, 3), groups=3, overlap=2)
    same(
        "logarithmic_grouped_conv",
        drawn(2, 4, 5, 6, 7),
        [drawn(2, 2, 2, 1, 3), drawn(1, 1, 2, 1, 3), drawn(1, 1, 2, 1, 3)],
    )


def test_split_equals_the_library_and_names_a_device_for_each_group():
    x, w, b = drawn(2, 6, 9, 8), drawn(10, 3, 3, 2), drawn(10)
    want = F.conv2d(x, w, b, stride=2, padding=1, groups=2)
    for devices in (None, ("cpu", torch.device("cpu"))):
        got = grouped_torch.grouped_conv_split_torch(x, w, b, stride=2, padding=1, groups=2, devices=devices)
        torch.testing.assert_close(got, want, rtol=0, atol=1e-12)


def test_each_group_is_sent_to_its_own_device():
    x, w, b = drawn(2, 6, 9, 8), drawn(10, 3, 3, 2), drawn(10)
    places = ["cpu", "meta"]
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):  # the second group lost its numbers there
        grouped_torch.grouped_conv_split_torch(x, w, b, groups=2, devices=places)
    shape = grouped_torch.grouped_conv_split_torch(
        x.to("meta"), w.to("meta"), None, groups=2, devices=["meta"] * 2
    ).shape
    assert shape == (2, 10, 7, 7)


@pytest.mark.parametrize("other", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_groups_on_two_devices_give_one_result_and_its_gradients(other):
    x, w, b = drawn(2, 6, 9, 8, grad=True), drawn(10, 3, 3, 2, grad=True), drawn(10, grad=True)
    want = F.conv2d(x, w, b, groups=2)
    got = grouped_torch.grouped_conv_split_torch(x, w, b, groups=2, devices=("cpu", other))
    torch.testing.assert_close(got, want, rtol=0, atol=1e-10)
    grads = [torch.autograd.grad(y.square().sum(), (x, w, b)) for y in (got, want)]
    torch.testing.assert_close(grads[0], grads[1])


def test_gradients_are_right():
    x, b = drawn(1, 4, 2, 3, grad=True), drawn(4, grad=True)

    def check(function, *arguments):
        assert torch.autograd.gradcheck(function, arguments)
        assert torch.autograd.gradgradcheck(function, arguments)

    w = drawn(4, 2, 1, 2, grad=True)
    check(lambda *a: grouped_torch.grouped_conv_split_torch(*a, groups=2, stride=(1, 2), padding=1), x, w, b)
    check(lambda *a: grouped_torch.pointwise_grouped_conv_torch(*a, groups=2), x, drawn(4, 2, 1, 1, grad=True), b)
    wide = drawn(4, 3, 1, 2, grad=True)
    check(lambda *a: grouped_torch.overlapping_grouped_conv_torch(*a, groups=2, overlap=1), x, wide, b)
    first, second = drawn(2, 2, 1, 2, grad=True), drawn(2, 2, 1, 2, grad=True)
    check(lambda x, u, v, b: grouped_torch.logarithmic_grouped_conv_torch(x, [u, v], b), x, first, second, b)
    check(lambda w: grouped_torch.block_diagonal_weight_torch(w, 2), w)
    check(lambda x: grouped_torch.channel_unshuffle_torch(grouped_torch.channel_shuffle_torch(x, 2) ** 2, 2), x)


X, W = torch.ones(1, 4, 5, 3), torch.ones(6, 2, 2, 2)


@pytest.mark.parametrize(
    ("name", "arguments", "options", "error", "message"),
    [
        ("grouped_conv_split", ([1], W), {}, TypeError, "x must be a torch tensor"),
        ("grouped_conv_split", (X, W.double()), {"groups": 2}, TypeError, "x, w must share one dtype and one device"),
        ("grouped_conv_split", (X, W), {"groups": 4}, ValueError, "C_out must be divisible by groups"),
        ("grouped_conv_split", (X, W, torch.ones(4)), {"groups": 2}, ValueError, "b must have shape"),
        ("grouped_conv_split", (X, W), {"groups": 2, "devices": ["cpu"]}, ValueError, "one device per group"),
        ("grouped_conv_split", (X, W), {"groups": 2, "devices": "cpu"}, ValueError, "one device per group"),
        ("grouped_conv_split", (X, W), {"groups": 2, "padding_mode": "x"}, ValueError, "padding_mode must be one of"),
        ("block_diagonal_weight", (W, 4), {}, ValueError, "C_out must be divisible by groups"),
        ("block_diagonal_weight", (1, 4), {}, TypeError, "w must be a torch tensor"),
        ("pointwise_grouped_conv", (X, W), {"groups": 2}, ValueError, "w must have one tap"),
        ("channel_shuffle", (X, 3), {}, ValueError, "C must be divisible by groups"),
        ("channel_unshuffle", (X, 3), {}, ValueError, "C must be divisible by groups"),
        ("overlapping_grouped_conv", (X, W), {"groups": 2, "overlap": 3}, ValueError, "overlap must be at most 2"),
        ("overlapping_grouped_conv", (X, 1), {"groups": 2, "overlap": 0}, TypeError, "w must be a torch tensor"),
        ("logarithmic_grouped_conv", (X, W), {}, TypeError, "weights must be a list or tuple"),
        ("logarithmic_grouped_conv", (X, [W]), {}, ValueError, "and one kernel size"),
        ("logarithmic_grouped_conv", (X, [W, W.numpy()]), {}, TypeError, r"weights\[1\] must be a torch tensor"),
        ("logarithmic_grouped_conv", (X.double(), [W[:2], W[:2]]), {}, TypeError, "must share one dtype"),
    ],
)
def test_refuses(name, arguments, options, error, message):
    with pytest.raises(error, match=f"^{name}_torch: .*{message}"):
        getattr(grouped_torch, f"{name}_torch")(*arguments, **options)
