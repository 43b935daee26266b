"""Transposed convolution in torch: equal to the NumPy one, differentiable twice, and two layers that can be trained."""

import copy
import io

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from reference_impl.conv_transpose import (
    conv_transpose,
    nearest_resize,
    unevenness,
)
from reference_impl.conv_transpose.layers import ResizeConv, SubPixelConv
from reference_impl.conv_transpose.torch import conv_transpose_torch
from tests.conv_transpose.test_conv_transpose import CASES, operands


def tensors(case):
    x_shape, w_shape, options = case
    return [torch.tensor(array) for array in operands(x_shape, w_shape, options.get("groups", 1))]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_conv_transpose_torch_equals_numpy_and_the_library(case):
    x, w, b = tensors(case)
    y = conv_transpose_torch(x, w, b, **case[-1])
    expected = conv_transpose(x.numpy(), w.numpy(), b.numpy(), **case[-1])
    np.testing.assert_allclose(y.numpy(), expected, rtol=0, atol=1e-12)
    library = getattr(torch.nn.functional, f"conv_transpose{x.ndim - 2}d")(x, w, **case[-1])
    without_bias = conv_transpose_torch(x, w, **case[-1])
    torch.testing.assert_close(without_bias, library, rtol=0, atol=1e-11)
    assert without_bias.is_contiguous()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_first_and_second_gradients_are_right(case):
    x, w, b = (t.requires_grad_() for t in tensors(case))
    assert gradcheck(lambda *a: conv_transpose_torch(*a, **case[-1]), (x, w, b), fast_mode=True)
    assert gradgradcheck(lambda *a: conv_transpose_torch(*a, **case[-1]), (x, w, b), fast_mode=True)


def test_gradients_equal_those_of_the_library():
    case = CASES["two axes, unequal everything"]
    ours, theirs = ([t.requires_grad_() for t in tensors(case)] for _ in range(2))
    y = conv_transpose_torch(*ours, **case[-1])
    towards = torch.randn(y.shape, generator=torch.Generator().manual_seed(3), dtype=y.dtype)
    y.backward(towards)
    torch.nn.functional.conv_transpose2d(*theirs, **case[-1]).backward(towards)
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, reference.grad, rtol=0, atol=1e-10)


def test_asymmetric_padding_cuts_each_side_by_its_own_number():
    x, w, b = tensors(CASES["depthwise"])
    options = {"stride": (2, 3), "padding": ((0, 2), (3, 1)), "groups": 5}
    expected = conv_transpose(x.numpy(), w.numpy(), b.numpy(), **options)
    np.testing.assert_allclose(conv_transpose_torch(x, w, b, **options).numpy(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.complex128])
def test_the_dtype_is_kept(dtype):
    x, w, b = (t.mul(3).to(dtype) for t in tensors(CASES["two axes, unequal everything"]))
    options = CASES["two axes, unequal everything"][-1]
    y = conv_transpose_torch(x, w, b, **options)
    assert y.dtype == dtype
    np.testing.assert_allclose(
        y.numpy(), conv_transpose(*(t.numpy() for t in (x, w, b)), **options), rtol=1e-4, atol=1e-3
    )


def test_an_empty_batch_and_other_memory_layouts_are_taken():
    x, w, b = tensors(CASES["two axes, unequal everything"])
    options = CASES["two axes, unequal everything"][-1]
    expected = conv_transpose_torch(x, w, b, **options)
    last = {"memory_format": torch.channels_last}
    turned = conv_transpose_torch(x.contiguous(**last), w.contiguous(**last), b, **options)
    torch.testing.assert_close(turned, expected, rtol=0, atol=1e-12)
    assert conv_transpose_torch(x[:0], w, b, **options).shape == (0, *expected.shape[1:])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones((1, 4, 3))}, TypeError, "x must be a torch tensor"),
        ({"w": torch.ones(4, 2, 3, dtype=torch.float64)}, TypeError, "x, w must share one dtype and one device"),
        ({"w": torch.ones(2, 4, 3)}, ValueError, "weight of a transposed convolution must have shape"),
        ({"b": torch.ones(3)}, ValueError, r"b must have shape \(C_out,\)"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"groups": 3}, ValueError, "C_in must be divisible by groups"),
        ({"padding": 5}, ValueError, "padding must leave at least one output cell"),
        ({"output_padding": 1}, ValueError, "output_padding must be less than"),
    ],
)
def test_bad_arguments_are_refused_by_name(change, error, message):
    with pytest.raises(error, match=f"^conv_transpose_torch: .*{message}"):
        conv_transpose_torch(**{"x": torch.ones(1, 4, 3), "w": torch.ones(4, 2, 3), **change})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: SubPixelConv(0, 3, 2), ValueError, "SubPixelConv: in_channels must be at least 1"),
        (lambda: SubPixelConv(3, 3, 2.0), TypeError, "SubPixelConv: factor must be a whole number"),
        (lambda: SubPixelConv(3, 3, 2, kernel_size=4), ValueError, "SubPixelConv: kernel_size must be odd"),
        (lambda: ResizeConv(3, 0, 2), ValueError, "ResizeConv: out_channels must be at least 1"),
        (lambda: ResizeConv(3, 3, 2, mode="cubic"), ValueError, "mode must be one of 'nearest', 'bilinear'"),
    ],
)
def test_layers_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


LAYERS = {
    "sub-pixel": lambda: SubPixelConv(6, 4, factor=3, dtype=torch.float64),
    "resize": lambda: ResizeConv(6, 4, factor=3, bias=False, dtype=torch.float64),
    "bilinear": lambda: ResizeConv(6, 4, factor=3, kernel_size=5, mode="bilinear", dtype=torch.float64),
}


@pytest.fixture(params=LAYERS.values(), ids=LAYERS)
def layer(request):
    torch.manual_seed(0)
    return request.param()


@pytest.fixture
def x():
    return torch.randn(2, 6, 5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_a_new_layer_has_no_checkerboard(layer):
    y = layer(torch.ones(1, 6, 9, 9, dtype=torch.float64)).detach().numpy()
    assert y.shape == (1, 4, 27, 27)
    assert unevenness(y, (3, 3), border=9) < 1e-12


def test_sub_pixel_convolution_starts_as_a_convolution_and_a_nearest_resize(x):
    layer = LAYERS["sub-pixel"]()
    conv = copy.deepcopy(layer.conv)
    conv.weight.data, conv.bias.data = conv.weight.data[::9], conv.bias.data[::9]
    expected = nearest_resize(conv(x).detach().numpy(), 3)
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_a_layer_trains(layer, x):
    y = torch.randn(2, 4, 15, 12, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        loss = (layer(x) - y).square().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(parameter.grad.abs().sum() > 0 for parameter in layer.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_a_layer_is_saved_loaded_and_drawn_anew(layer, x):
    saved = io.BytesIO()
    torch.save(layer.state_dict(), saved)
    other = copy.deepcopy(layer)
    other.reset_parameters()
    assert not torch.allclose(other(x), layer(x))
    saved.seek(0)
    other.load_state_dict(torch.load(saved))
    torch.testing.assert_close(other(x), layer(x), rtol=0, atol=0)
    assert other.to(torch.float32)(x.float()).dtype == torch.float32


def test_a_layer_is_exported_and_traced_whole(layer, x):
    exported = torch.export.export(layer, (x,)).module()
    torch.testing.assert_close(exported(x), layer(x))
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), layer(x))


def test_a_layer_says_what_it_is():
    assert "factor=3" in repr(LAYERS["sub-pixel"]())
    assert "factor=3, mode='bilinear'" in repr(LAYERS["bilinear"]())
