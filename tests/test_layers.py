"""Every layer as a stranger uses it: copied, saved, moved, compiled for changing sizes, exported, trained, misused."""

import copy
import io
import pickle
import re

import pytest
import torch
from torch import nn

from reference_impl.conv.torch import conv_torch
from reference_impl.conv_transpose.layers import ResizeConv, SubPixelConv
from reference_impl.deform_conv import deform_conv, deform_conv_loops
from reference_impl.deform_conv.layers import DeformConv
from reference_impl.deform_conv.torch import deform_conv_torch
from reference_impl.dilation.layers import ASPP
from reference_impl.grouped.layers import LogarithmicGroupedConv, ShuffledGroupedConv
from reference_impl.separable.layers import DepthwiseSeparableConv, SpatiallySeparableConv
from reference_impl.separable.video_layers import Conv2Plus1d, Pseudo3d

PLANE, CLIP = (2, 4, 7, 8), (2, 4, 5, 6, 7)
LAYERS = {
    "depthwise first": (lambda **o: DepthwiseSeparableConv(4, 6, (3, 2), 2, 1, depth_multiplier=2, **o), PLANE),
    "pointwise first": (lambda **o: DepthwiseSeparableConv(4, 6, (3,), order="pointwise_first", **o), (2, 4, 7)),
    "spatially separable": (lambda **o: SpatiallySeparableConv(4, 6, (3, 2, 3), order=(2, 0, 1), **o), CLIP),
    "pseudo-3D A": (lambda **o: Pseudo3d(4, 6, 3, 2, 1, **o), CLIP),
    "pseudo-3D B": (lambda **o: Pseudo3d(4, 4, 3, 1, 1, variant="B", residual=True, **o), CLIP),
    "pseudo-3D C": (lambda **o: Pseudo3d(4, 4, 3, (1, 2, 2), 1, variant="C", **o), CLIP),
    "(2+1)D": (lambda **o: Conv2Plus1d(4, 6, (3, 5, 3), 2, (1, 2, 1), **o), CLIP),
    "shuffled groups": (lambda **o: ShuffledGroupedConv(4, 6, 3, groups=2, **o), PLANE),
    "logarithmic groups": (lambda **o: LogarithmicGroupedConv(4, 4, 3, padding=1, residual=True, **o), PLANE),
    "deformable": (lambda **o: DeformConv(4, 6, (3, 2), 2, ((1, 2), (0, 1)), groups=2, modulated=True, **o), PLANE),
    "deformable, causal": (lambda **o: DeformConv(4, 6, (2,), padding="causal", **o), (2, 4, 7)),
    "pyramid": (lambda **o: ASPP(4, 3, (1, 2), **o), PLANE),
    "sub-pixel": (lambda **o: SubPixelConv(4, 3, 2, **o), PLANE),
    "resize": (lambda **o: ResizeConv(4, 3, 2, mode="bilinear", **o), PLANE),
}


@pytest.fixture(params=LAYERS)
def made(request):
    torch.manual_seed(7)
    make, shape = LAYERS[request.param]
    return make, make().eval(), torch.randn(shape)


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}")


def test_a_copy_a_pickle_a_file_and_a_state_give_the_same_result(made):
    make, layer, x = made
    y, file, twin = layer(x), io.BytesIO(), make().eval()
    twin.load_state_dict(layer.state_dict())
    torch.save(layer, file)
    file.seek(0)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), torch.load(file, weights_only=False), twin):
        assert torch.equal(other(x), y)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-5), (torch.float16, 0.02), (torch.bfloat16, 0.1)])
def test_a_layer_moves_to_another_dtype_and_learns_there(made, dtype, tolerance):
    make, layer, x = made
    moved = copy.deepcopy(layer).to(dtype)
    y = moved(x.to(dtype))
    assert y.dtype == dtype
    assert torch.allclose(y.float(), layer(x), atol=tolerance, rtol=tolerance)
    y.sum().backward()
    assert all(parameter.grad is not None for parameter in moved.parameters())
    assert {parameter.dtype for parameter in make(dtype=dtype).parameters()} == {dtype}


def test_a_layer_can_be_made_without_numbers(made):
    make, layer, x = made
    assert make(device="meta").eval()(x.to("meta")).shape == layer(x).shape


def test_no_sample_gives_no_result_and_a_gradient_of_zeros(made):
    _, layer, x = made
    y = layer(x[:0])
    assert y.shape == (0, *layer(x).shape[1:])
    y.sum().backward()
    assert not any(parameter.grad.any() for parameter in layer.parameters() if parameter.grad is not None)


def test_a_compiled_layer_takes_other_sizes_without_a_break(made):
    _, layer, x = made
    torch._dynamo.reset()
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True, dynamic=True)
    larger = torch.cat([torch.cat([x, x[..., :2]], dim=-1), torch.randn(1, *x.shape[1:-1], x.shape[-1] + 2)])
    for given in (x, larger):
        assert torch.allclose(compiled(given), layer(given), atol=1e-5)


def test_an_exported_layer_takes_any_number_of_samples(made):
    _, layer, x = made
    batch = torch.export.Dim("batch", min=2, max=64)
    exported = torch.export.export(layer, (x,), dynamic_shapes=({0: batch},)).module()
    assert torch.allclose(exported(torch.cat([x, 2 * x])), layer(torch.cat([x, 2 * x])), atol=1e-5)


def test_the_twin_of_conv_compiles_for_sizes_that_change():
    torch._dynamo.reset()
    compiled = torch.compile(lambda x, w: conv_torch(x, w, padding="same"), backend="aot_eager", fullgraph=True)
    w = torch.randn(3, 2, 3, 2)
    for size in (5, 6, 9):  # after the second the size is a symbol
        x = torch.randn(2, 2, size, 8)
        assert torch.allclose(compiled(x, w), conv_torch(x, w, padding="same"), atol=1e-5)


WINDOWS = {  # those of torch.nn's own convolutions
    "DepthwiseSeparableConv": lambda **o: DepthwiseSeparableConv(4, 4, 3, **o),
    "SpatiallySeparableConv": lambda **o: SpatiallySeparableConv(4, 4, 3, **o),
    "Pseudo3d": lambda **o: Pseudo3d(4, 4, 3, **o),
    "Conv2Plus1d": lambda **o: Conv2Plus1d(4, 4, 3, **o),
    "ShuffledGroupedConv": lambda **o: ShuffledGroupedConv(4, 4, 3, groups=2, **o),
    "LogarithmicGroupedConv": lambda **o: LogarithmicGroupedConv(4, 4, 3, **o),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_refused_when_the_layer_is_made_not_when_it_runs(name):
    make = WINDOWS[name]
    for option, value in {"stride": 0, "dilation": 0, "padding": -1}.items():
        with refused(ValueError, f"{name}: {option} must be at least {int(option != 'padding')}. Got {option}={value}"):
            make(**{option: value})
    for option in ("stride", "dilation", "padding"):
        with refused(TypeError, f"{name}: {option} must be a whole number. Got {option}=None"):
            make(**{option: None})
        with refused(ValueError, f"{name}: {option} must be one number or one per axis"):
            make(**{option: (1, 1, 1, 1)})
    with refused(ValueError, f"{name}: padding must be one of 'valid', 'same'. Got padding='causal'"):
        make(padding="causal")
    with refused(ValueError, f"{name}: padding 'same' of a torch layer needs stride 1. Got padding='same', stride=2"):
        make(padding="same", stride=2)
    with refused(ValueError, f"{name}: padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular'"):
        make(padding_mode="mirror")
    assert make(padding="valid", stride=2, padding_mode="reflect")


@pytest.mark.parametrize("name", ["DepthwiseSeparableConv", "SpatiallySeparableConv", "Conv2Plus1d"])
@pytest.mark.parametrize("between", [nn.ReLU(), "relu", lambda channels: channels])
def test_what_stands_between_is_made_from_a_number_of_channels(name, between):
    rule = "between must be a function that makes a module from a number of channels"
    with refused(TypeError, f"{name}: {rule}. Got between="):
        WINDOWS[name](between=between)
    with refused(TypeError, "Pseudo3d: after must be a function that makes a module"):
        WINDOWS["Pseudo3d"](after=between)


WIDE = {
    "DepthwiseSeparableConv": lambda n: DepthwiseSeparableConv(n, 4, 3),
    "SpatiallySeparableConv": lambda n: SpatiallySeparableConv(n, 4, 3),
    "Pseudo3d": lambda n: Pseudo3d(n, 4, 3),
    "Conv2Plus1d": lambda n: Conv2Plus1d(n, 4, 3),
    "ShuffledGroupedConv": lambda n: ShuffledGroupedConv(n, 4, 3, groups=1),
    "LogarithmicGroupedConv": lambda n: LogarithmicGroupedConv(n, 4, 3),
    "DeformConv": lambda n: DeformConv(n, 4, 3),
    "ASPP": lambda n: ASPP(n, 4),
    "SubPixelConv": lambda n: SubPixelConv(n, 4, 2),
    "ResizeConv": lambda n: ResizeConv(n, 4, 2),
}


@pytest.mark.parametrize("name", WIDE)
def test_more_channels_than_torch_can_index_are_refused(name):
    with refused(ValueError, f"{name}: in_channels must be less than {2**31}. Got in_channels={10**30}"):
        WIDE[name](10**30)
    assert WIDE[name](4)


def test_a_kernel_longer_than_torch_can_index_is_refused():
    for name, make in {"DeformConv": DeformConv, "DepthwiseSeparableConv": DepthwiseSeparableConv}.items():
        with refused(ValueError, f"{name}: kernel_size must be less than {2**31}. Got kernel_size={2**31}"):
            make(4, 4, (3, 2**31))


def test_a_deformable_layer_takes_the_arguments_of_a_convolution():
    layer = DeformConv(4, 6, 3, 2, 1, 1)
    assert layer(torch.randn(PLANE)).shape == nn.Conv2d(4, 6, 3, 2, 1, 1)(torch.randn(PLANE)).shape
    for option in ("stride", "dilation"):
        with refused(ValueError, f"DeformConv: {option} must be at least 1. Got {option}=0"):
            DeformConv(4, 6, 3, **{option: 0})
    with refused(ValueError, "DeformConv: padding must be one of"):
        DeformConv(4, 6, 3, padding="full")
    with refused(ValueError, "DeformConv: offset_groups must be at least 1. Got offset_groups=0"):
        DeformConv(4, 6, 3, offset_groups=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_taps_at_rest_stay_in_place_where_16_bits_cannot_number_the_cells(dtype):
    x = torch.arange(3000.0).remainder(7).reshape(1, 1, 3000).to(dtype)  # bfloat16 is exact to 256, float16 to 2048
    still, one = torch.zeros(1, 1, 3000, dtype=dtype), torch.ones(1, 1, 1, dtype=dtype)
    y = deform_conv_torch(x, one, still, mask=still + 1)
    assert y.dtype == dtype
    assert torch.equal(y, x)
    if dtype == torch.float16:
        for form in (deform_conv, deform_conv_loops):
            assert torch.equal(torch.from_numpy(form(x.numpy(), one.numpy(), still.numpy())), x)
