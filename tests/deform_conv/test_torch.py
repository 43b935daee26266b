"""Deformable convolution in torch: equal to the NumPy one, differentiable, and a layer that can be trained."""

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from reference_impl.deform_conv import deform_conv
from reference_impl.deform_conv.layers import DeformConv
from reference_impl.deform_conv.torch import deform_conv_torch
from tests.deform_conv.test_deform_conv import CASES, operands
from tests.refusals import refused


def as_tensors(arrays):
    return [None if array is None else torch.tensor(array) for array in arrays]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_deform_conv_torch_equals_numpy(case):
    x, w, offset, b, mask = operands(*case)
    options = case[-1]
    X, W, OFFSET, B, MASK = as_tensors((x, w, offset, b, mask))
    y = deform_conv_torch(X, W, OFFSET, B, mask=MASK, **options)
    expected = deform_conv(x, w, offset, b, mask=mask, **options)
    np.testing.assert_allclose(y.numpy(), expected, rtol=0, atol=1e-12)
    assert torch.equal(deform_conv(X, W, OFFSET, B, mask=MASK, **options), y)  # it hands tensors on


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gradients_of_input_weight_offset_bias_and_mask_are_right(case):
    arrays = operands(*case, spread=0.8)
    X, W, OFFSET, B, MASK = (t if t is None else t[:1].requires_grad_() for t in as_tensors(arrays))
    W, B = (torch.tensor(array).requires_grad_() for array in (arrays[1], arrays[3]))
    options = case[-1]
    if MASK is None:
        assert gradcheck(lambda *a: deform_conv_torch(*a, **options), (X, W, OFFSET, B), fast_mode=True)
    else:
        assert gradcheck(
            lambda *a: deform_conv_torch(*a[:4], mask=a[4], **options), (X, W, OFFSET, B, MASK), fast_mode=True
        )


def test_the_gradient_of_an_offset_is_the_slope_of_the_image():
    ramp = (3.0 * torch.arange(6.0, dtype=torch.float64)[:, None] + 0.5 * torch.arange(7.0, dtype=torch.float64))[
        None, None
    ]
    offset = torch.full((1, 2, 6, 7), 0.3, dtype=torch.float64, requires_grad=True)
    deform_conv_torch(ramp, torch.ones(1, 1, 1, 1, dtype=torch.float64), offset)[..., 1:-1, 1:-1].sum().backward()
    assert torch.allclose(offset.grad[0, 0, 1:-1, 1:-1], torch.tensor(3.0, dtype=torch.float64))
    assert torch.allclose(offset.grad[0, 1, 1:-1, 1:-1], torch.tensor(0.5, dtype=torch.float64))


def test_deform_conv_torch_takes_an_empty_batch_and_any_memory_layout():
    case = CASES["two axes, unequal everything"]
    X, W, OFFSET, B, MASK = as_tensors(operands(*case))
    expected = deform_conv_torch(X, W, OFFSET, B, mask=MASK, **case[-1])
    last = {"memory_format": torch.channels_last}
    turned = [t.contiguous(**last) for t in (X, W, OFFSET)]
    assert torch.allclose(deform_conv_torch(*turned, B, mask=MASK, **case[-1]), expected, rtol=0, atol=1e-12)
    empty = deform_conv_torch(X[:0], W, OFFSET[:0], B, mask=MASK[:0], **case[-1])
    assert empty.shape == (0, *expected.shape[1:])


REFUSED = {
    "an array": (TypeError, r"x must be a torch tensor. Got x='ndarray'", {"x": np.zeros((2, 4, 6, 5))}),
    "whole numbers": (
        TypeError,
        r"x must be of a floating dtype",
        {
            name: torch.zeros(shape, dtype=torch.int64)
            for name, shape in (("x", (2, 4, 6, 5)), ("w", (6, 4, 3, 2)), ("offset", (2, 12, 4, 4)))
        },
    ),
    "two dtypes": (
        TypeError,
        r"x, w, offset must share one dtype and one device",
        {"x": torch.zeros(2, 4, 6, 5).double()},
    ),
    "a wrong offset": (
        ValueError,
        r"offset must have shape .* Got offset.shape=\(2, 10, 4, 4\)",
        {"offset": torch.zeros(2, 10, 4, 4)},
    ),
    "a wrong mask": (ValueError, r"mask must have shape", {"mask": torch.zeros(2, 5, 4, 4)}),
    "stride 0": (ValueError, r"stride must be at least 1", {"stride": 0}),
}


@pytest.mark.parametrize(("error", "message", "change"), REFUSED.values(), ids=REFUSED)
def test_deform_conv_torch_refuses(error, message, change):
    arguments = {
        "x": torch.zeros(2, 4, 6, 5),
        "w": torch.zeros(6, 4, 3, 2),
        "offset": torch.zeros(2, 12, 4, 4),
        **change,
    }
    with pytest.raises(error, match=f"deform_conv_torch: .*{message}"):
        deform_conv_torch(**arguments)


@pytest.mark.parametrize("modulated", [False, True])
def test_a_fresh_layer_is_an_ordinary_convolution(modulated):
    torch.manual_seed(0)
    layer = DeformConv(4, 6, (3, 2), padding=(1, 0), groups=2, offset_groups=2, modulated=modulated).double()
    x = torch.randn(2, 4, 7, 5, dtype=torch.float64)
    plain = torch.nn.functional.conv2d(x, layer.weight, padding=(1, 0), groups=2)
    expected = plain * (0.5 if modulated else 1) + layer.bias.reshape(-1, 1, 1)
    assert torch.allclose(layer(x), expected, atol=1e-12)


@pytest.mark.parametrize(("kernel", "size"), [((3,), (9,)), ((3, 2), (7, 6)), ((2, 3, 1), (4, 6, 5))])
def test_one_step_of_training_moves_the_taps_and_lowers_the_loss(kernel, size):
    torch.manual_seed(0)
    layer = DeformConv(2, 3, kernel, padding=1, modulated=True)
    x = torch.randn(2, 2, *size)
    target = torch.randn_like(layer(x))
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    before = ((layer(x) - target) ** 2).mean()
    before.backward()
    optimizer.step()
    assert ((layer(x) - target) ** 2).mean() < before
    assert layer.offset_weight.abs().max() > 0


def test_the_layer_keeps_its_state_and_shows_its_arguments():
    layer = DeformConv(4, 6, (3, 3), stride=2, offset_groups=2, bias=False)
    twin = DeformConv(4, 6, (3, 3), stride=2, offset_groups=2, bias=False)
    twin.load_state_dict(layer.state_dict())
    x = torch.randn(1, 4, 9, 9)
    assert torch.equal(layer(x), twin(x))
    assert set(layer.state_dict()) == {"weight", "offset_weight", "offset_bias"}
    assert repr(layer) == (
        "DeformConv(4, 6, kernel_size=(3, 3), stride=2, padding=0, dilation=1, groups=1, offset_groups=2, "
        "modulated=False, bias=False)"
    )


def test_the_layer_can_be_exported():
    layer = DeformConv(2, 3, (3, 3), padding=1, modulated=True).eval()
    x = torch.randn(1, 2, 6, 5)
    exported = torch.export.export(layer, (x,)).module()
    assert torch.allclose(exported(x), layer(x), atol=1e-6)


def test_the_layer_can_be_compiled_as_one_graph():
    layer = DeformConv(2, 3, (3, 3), padding=1).eval()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    x = torch.randn(1, 2, 6, 5)
    assert torch.allclose(compiled(x), layer(x), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 6, (3, 0)), r"kernel_size must be at least 1"),
        ((0, 6, (3, 3)), r"in_channels must be at least 1"),
    ],
)
def test_the_layer_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"DeformConv: {message}"):
        DeformConv(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 3}, r"in_channels must be divisible by groups"),
        ({"groups": 4}, r"out_channels must be divisible by groups"),
        ({"offset_groups": 3}, r"in_channels must be divisible by offset_groups"),
    ],
)
def test_the_layer_refuses_groups_that_do_not_divide(options, message):
    with pytest.raises(ValueError, match=message):
        DeformConv(4, 6, (3, 3), **options)


def test_a_layer_starts_with_the_weights_and_biases_of_torchs_own():
    torch.manual_seed(3)
    layer = DeformConv(4, 8, (3, 2), groups=2)
    torch.manual_seed(3)
    own = torch.nn.Conv2d(4, 8, (3, 2), groups=2)
    assert torch.equal(layer.weight, own.weight)
    assert torch.equal(layer.bias, own.bias)
    assert not layer.offset_weight.any()
    assert not layer.offset_bias.any()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((4, 0, 3), {}, "out_channels must be at least 1. Got out_channels=0"),
        (
            (4, 8, 3),
            {"offset_groups": 3},
            "in_channels must be divisible by offset_groups. Got in_channels=4, offset_groups=3",
        ),
    ],
)
def test_a_layer_refuses_word_for_word(arguments, options, message):
    with refused(ValueError, f"DeformConv: {message}"):
        DeformConv(*arguments, **options)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_16_bit_images_masks_and_offsets_are_added_up_in_32_bits(dtype):
    case = CASES["two axes, unequal everything"]
    X, W, OFFSET, B, MASK = (None if t is None else t.to(dtype) for t in as_tensors(operands(*case)))
    y = deform_conv_torch(X, W, OFFSET, B, mask=MASK, **case[-1])
    wide = (t if t is None else t.float() for t in (X, W, OFFSET, B))
    exact = deform_conv_torch(*wide, mask=None if MASK is None else MASK.float(), **case[-1])
    assert torch.equal(y, exact.to(dtype))
