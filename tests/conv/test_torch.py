"""conv_torch and im2col_torch: equal to torch's own kernels and to NumPy's conv, differentiable, exportable."""

import numpy as np
import pytest
import torch
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

from reference_impl.conv import conv, im2col
from reference_impl.conv.torch import conv_torch, im2col_torch
from tests.conv.cases import CASES, operands

TORCH = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
MODES = ["zeros", "reflect", "replicate", "circular"]


def tensors(case, dtype=torch.float64):
    return [torch.tensor(array).to(dtype) for array in operands(*case[:2])]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_conv_torch_equals_conv(case, device):
    y = conv_torch(*(tensor.to(device) for tensor in tensors(case)), **case[-1])
    assert y.device.type == device
    np.testing.assert_allclose(y.cpu().numpy(), conv(*operands(*case[:2]), **case[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_four_padding_modes_are_those_of_torchs_layers(mode, axes):
    layer_of = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}
    torch.manual_seed(axes)
    options = {"stride": (1, 2, 3)[:axes], "padding": (2, 0, 3)[:axes], "padding_mode": mode, "groups": 2}
    layer = layer_of[axes](4, 6, (3, 2, 1)[:axes], **options, dtype=torch.float64)
    x = torch.randn(2, 4, *(5, 6, 4)[:axes], dtype=torch.float64)
    torch.testing.assert_close(conv_torch(x, layer.weight, layer.bias, **options), layer(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", ["valid", "same", "same_lower", ((2, 0), (1, 3))])
def test_every_form_of_padding_goes_with_every_mode(mode, padding):
    x, w, b = operands((2, 4, 7, 6), (6, 2, 3, 2))
    options = {"stride": 2, "padding": padding, "padding_mode": mode, "groups": 2}
    y = conv_torch(*map(torch.tensor, (x, w, b)), **options)
    np.testing.assert_allclose(y.numpy(), conv(x, w, b, **options), rtol=0, atol=1e-12)


@st.composite
def configurations(draw):
    axes, groups = draw(st.sampled_from([1, 2, 2, 3])), draw(st.integers(1, 3))

    def per_axis(least, largest):
        return tuple(draw(st.integers(least, largest)) for _ in range(axes))

    channels, filters = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    x_shape = (draw(st.integers(0, 3)), groups * channels, *per_axis(1, {1: 24, 2: 9, 3: 5}[axes]))
    stride = draw(st.sampled_from([(1,) * axes, per_axis(1, 4)]))
    options = {"stride": stride, "padding": per_axis(0, 3), "dilation": per_axis(1, 3), "groups": groups}
    return x_shape, (groups * filters, channels, *per_axis(1, 4)), options


@seed(20261122)
@settings(max_examples=1500, deadline=None, database=None)
@given(configurations())
def test_conv_torch_equals_torch_on_random_configurations(configuration):
    x, w, b = (torch.from_numpy(array) for array in operands(*configuration[:2]))
    try:
        expected = TORCH[x.ndim - 2](x, w, b, **configuration[-1])
    except RuntimeError:
        with pytest.raises(ValueError, match="conv_torch: the padded input must be at least as long as the dilated"):
            conv_torch(x, w, b, **configuration[-1])
    else:
        torch.testing.assert_close(conv_torch(x, w, b, **configuration[-1]), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float16, 5e-3), (torch.bfloat16, 4e-2), (torch.float32, 1e-5), (torch.complex64, 1e-5)],
)
def test_the_dtype_of_the_tensors_is_the_dtype_of_the_result(dtype, tolerance):
    case = ((2, 4, 7, 6), (6, 2, 3, 2), {"groups": 2, "padding": 1})
    y = conv_torch(*tensors(case, dtype), **case[-1])
    exact = conv_torch(*(tensor.to(torch.complex128) for tensor in tensors(case, dtype)), **case[-1])
    assert y.dtype == dtype
    torch.testing.assert_close(y.to(torch.complex128), exact, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once(dtype):
    x, w = torch.ones(1, 1, 4096, 1, dtype=dtype), torch.ones(1, 1, 4096, 1, dtype=dtype)
    assert conv_torch(x, w).item() == 4096  # a sum in half precision would stop at 2048, in bfloat16 at 256


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64])
def test_whole_numbers_stay_whole_and_exact(dtype):
    generator = torch.Generator().manual_seed(5)
    x, w, b = (torch.randint(0, 4, shape, generator=generator) for shape in ((2, 4, 6, 5), (4, 2, 3, 2), (4,)))
    y = conv_torch(x.to(dtype), w.to(dtype), b.to(dtype), groups=2, padding=1)
    assert y.dtype == dtype
    assert y.tolist() == conv(x.numpy(), w.numpy(), b.numpy(), groups=2, padding=1).tolist()
    assert conv_torch(torch.tensor([[[2**53, 1]]]), torch.tensor([[[1, 1]]])).item() == 2**53 + 1


def test_whole_numbers_that_would_wrap_around_are_refused():
    x = torch.full((1, 2, 3), 64, dtype=torch.int8)
    rule = r"conv_torch: the result does not fit into torch\.int8; convert the input with x\.long\(\) first"
    for sign, total in ((1, 8192), (-1, -8192)):
        with pytest.raises(ValueError, match=f"^{rule}. Got smallest={total}, largest={total}$"):
            conv_torch(x, sign * x[:, :, :1])
    edges = torch.tensor([[[-128, 127]]], dtype=torch.int8)
    one = torch.ones(1, dtype=torch.int8)
    assert conv_torch(edges, one.reshape(1, 1, 1)).tolist() == [[[-128, 127]]]
    for step, got in ((one, "smallest=-127, largest=128"), (-one, "smallest=-129, largest=126")):
        with pytest.raises(ValueError, match=got):
            conv_torch(edges, one.reshape(1, 1, 1), step)


@pytest.mark.parametrize("mode", MODES)
def test_whole_numbers_take_every_padding_mode(mode):
    x, w = torch.arange(24).reshape(1, 2, 3, 4), torch.arange(16).reshape(2, 2, 2, 2)
    y = conv_torch(x, w, padding=2, padding_mode=mode)
    assert y.tolist() == conv(x.numpy(), w.numpy(), padding=2, padding_mode=mode).tolist()


def test_an_empty_batch_gives_an_empty_batch():
    for dtype in (torch.float32, torch.int8):
        y = conv_torch(torch.ones(0, 4, 6, 5, dtype=dtype), torch.ones(6, 2, 3, 2, dtype=dtype), groups=2, padding=1)
        assert (y.shape, y.dtype) == ((0, 6, 6, 6), dtype)


def test_memory_layout_does_not_matter_and_the_operands_are_left_alone():
    case = CASES["two axes, unequal everything"]
    given = tensors(case)
    copies = [tensor.clone() for tensor in given]
    x, w, b = given
    expected = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (2, 0, 0, 1)), w, b, (2, 1), 0, (1, 2), 2)
    layouts = [x, x.to(memory_format=torch.channels_last), x.mT.contiguous().mT, torch.stack([x, x], -1)[..., 0]]
    for other in layouts:
        y = conv_torch(other, w.to(memory_format=torch.channels_last), b, **case[-1])
        torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)
        assert y.is_contiguous()
        y.fill_(torch.nan)
    point = conv_torch(x, torch.ones(4, 4, 1, 1, dtype=x.dtype))
    im2col_torch(x, 2)
    point.fill_(torch.nan)
    for tensor, copy in zip(given, copies, strict=True):
        assert torch.equal(tensor, copy)


@pytest.mark.parametrize(
    ("shape", "kernel", "options"),
    [
        ((2, 3, 7, 6), (3, 2), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}),
        ((1, 2, 9, 8), 2, {"stride": 3}),
        ((0, 3, 4, 3), (2, 1), {"padding": 1}),
    ],
)
def test_im2col_torch_is_unfold(shape, kernel, options):
    x = torch.tensor(operands(shape, (1, 1, 1, 1))[0])
    assert torch.equal(im2col_torch(x, kernel, **options), torch.nn.functional.unfold(x, kernel, **options))


@pytest.mark.parametrize(("shape", "kernel"), [((2, 3, 9), 4), ((1, 2, 4, 5, 6), (2, 3, 1))])
def test_im2col_torch_is_im2col_over_any_number_of_axes(shape, kernel):
    x = operands(shape, (1, 1, 1))[0]
    columns = im2col_torch(torch.tensor(x), kernel, padding="same")
    np.testing.assert_array_equal(columns.numpy(), im2col(x, kernel, padding="same"))


GRADIENTS = {
    "one axis": ((2, 3, 6), (2, 3, 3), {"padding": "causal", "dilation": 2}),
    "two axes, grouped, sliding": ((1, 4, 4, 3), (2, 2, 3, 2), {"groups": 2, "padding": ((1, 0), (2, 1))}),
    "two axes, strided": ((1, 2, 5, 4), (2, 2, 2, 3), {"stride": (2, 1), "padding": 1}),
    "three axes": ((1, 1, 3, 3, 4), (2, 1, 2, 2, 3), {"padding": (1, 0, 1)}),
}


@pytest.mark.parametrize("case", GRADIENTS.values(), ids=GRADIENTS)
@pytest.mark.parametrize("mode", MODES)
def test_gradients_of_input_weight_and_bias_are_right_twice(case, mode):
    given = [tensor.requires_grad_() for tensor in tensors(case)]

    def function(x, w, b):
        return conv_torch(x, w, b, **case[-1], padding_mode=mode)

    assert gradcheck(function, given)
    assert gradgradcheck(function, given)


def test_gradients_are_those_of_torchs_kernel():
    case = CASES["two axes, sliding, grouped"]
    given = [tensor.requires_grad_() for tensor in tensors(case)]
    pads = torch.nn.functional.pad(given[0], (0, 1, 1, 1))
    expected = torch.autograd.grad(torch.nn.functional.conv2d(pads, *given[1:], groups=2).square().sum(), given)
    actual = torch.autograd.grad(conv_torch(*given, **case[-1]).square().sum(), given)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(6, 2, 3, 2))
        self.bias = torch.nn.Parameter(torch.randn(6))

    def forward(self, x):
        return conv_torch(x, self.weight, self.bias, stride=(1, 2), padding="same", groups=2, padding_mode="reflect")


def test_conv_torch_compiles_without_a_break_and_exports():
    torch.manual_seed(1)
    layer, x = Layer(), torch.randn(2, 4, 7, 6)
    expected = layer(x)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), expected)
    compiled(x).sum().backward()
    assert layer.weight.grad is not None
    torch.testing.assert_close(torch.export.export(layer, (x,)).module()(x), expected)
