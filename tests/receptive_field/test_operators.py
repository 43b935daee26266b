"""Every kind of operator of torch's core: its derived windows are those that poison finds."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.receptive_field.compare import Call, same_both_ways

ACTIVATIONS = [
    "ReLU",
    "ReLU6",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "GELU",
    "SiLU",
    "Mish",
    "Hardswish",
    "Hardsigmoid",
    "Hardtanh",
    "Hardshrink",
    "Softshrink",
    "Tanhshrink",
    "Softplus",
    "Softsign",
    "LogSigmoid",
    "Sigmoid",
    "Tanh",
    "PReLU",
    "RReLU",
    "Identity",
    "Dropout",
    "AlphaDropout",
]
FUNCTIONS = [
    "abs",
    "neg",
    "square",
    "exp",
    "expm1",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "erf",
    "sigmoid",
    "floor",
    "ceil",
    "round",
    "trunc",
    "frac",
    "reciprocal",
    "log1p",
    "lgamma",
    "digamma",
    "deg2rad",
    "positive",
    "clone",
    "sinc",
    "i0",
    "nan_to_num",
    "sign",
    "sgn",
]
PAIRS = [
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "atan2",
    "hypot",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "remainder",
    "fmod",
    "logaddexp",
    "copysign",
    "nextafter",
    "xlogy",
    "heaviside",
    "floor_divide",
    "rsub",
]
OFTEN = [(3, 1, 1, 1), (4, 2, 1, 1), (3, 2, 2, 2), (5, 3, 0, 1), (1, 2, 1, 1)]  # kernel, stride, padding, dilation
SCALES = [{"scale_factor": 2}, {"scale_factor": 1.5}, {"size": (7, 20)}, {"scale_factor": (0.4, 2.7)}]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_sees_its_cell(name):
    model = nn.Sequential(nn.Conv1d(4, 4, 3), getattr(nn, name)())
    assert same_both_ways(model, (1, 4, 12), [(4,)]).field == (3, 1, 0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_sees_its_cell(name):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(4, 4, 3), Call(getattr(torch, name)))
    assert same_both_ways(model, (1, 4, 12), [(4,)]).field == (3, 1, 0)


@pytest.mark.parametrize("name", PAIRS)
def test_a_function_of_two_sees_both(name):
    model = Call(lambda x: getattr(torch, name)(x[:, :, 1:], x[:, :, :-1]))
    assert same_both_ways(model, (1, 4, 12), [(4,)]).field == (2, 1, 0)


@pytest.mark.parametrize(("k", "s", "p", "d"), OFTEN)
def test_windows_of_every_geometry(k, s, p, d):
    for model, size in (
        (nn.Conv1d(4, 2, k, s, p, d), 17),
        (nn.ConvTranspose1d(4, 2, k, s, min(p, d * (k - 1)), dilation=d), 7),
        (nn.MaxPool1d(k, s, min(p, k // 2), d, ceil_mode=True), 18),
        (nn.AvgPool1d(k, s, min(p, k // 2), ceil_mode=True), 18),
        (nn.LPPool1d(2, k, s), 17),
    ):
        same_both_ways(model, (1, 4, size), [(0,), (3,)])


@pytest.mark.parametrize("parts", [1, 3, 5, 7, 12, 20])
def test_pools_into_any_number_of_parts(parts):
    for pool in (nn.AdaptiveAvgPool1d(parts), nn.AdaptiveMaxPool1d(parts)):
        same_both_ways(pool, (1, 4, 12))


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_every_padding(mode):
    model = nn.Sequential(
        nn.Conv2d(4, 4, (3, 5), padding=(1, 2), padding_mode=mode), nn.Conv2d(4, 4, 3, padding=1, padding_mode=mode)
    )
    field = same_both_ways(model, (1, 4, 10, 13))
    assert field.size == (5, 7)  # of inner outputs, also where the first and the last see the other end
    assert field.widest == ((10, 13) if mode == "circular" else (5, 7))


@pytest.mark.parametrize("options", SCALES, ids=str)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
def test_interpolation_of_any_mode_and_factor(mode, options):
    model = nn.Sequential(Call(lambda x: F.interpolate(x, mode=mode, **options)), nn.Conv2d(4, 2, 2))
    same_both_ways(model, (1, 4, 9, 10), [(1, 2)])


@pytest.mark.parametrize("size", [(7, 20), (9, 10), (1, 1), (4, 5)])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_interpolation_with_aligned_corners_and_smoothing(mode, size):
    for options in ({"align_corners": True}, {"antialias": True}, {"align_corners": True, "antialias": True}):
        model = Call(lambda x, options=options: F.interpolate(x, size=size, mode=mode, **options))
        same_both_ways(model, (1, 4, 9, 10), [(0, 0), (size[0] // 2, size[1] // 2)])


def written(x):
    """Writes into parts of a tensor, and reads another part that was taken before."""
    y = torch.zeros(1, 4, 10, 8)
    y[:, :, 1:-1] = x
    y[:, 0, 2:5] += x[:, 1, :3]
    early = y[:, :2]
    y[:, :, 4:].relu_()
    y[:, :, :2] *= x[:, :, 4:6]
    return torch.cat([early, y], 1)


MOVES = {  # on 8 × 8
    "flip": lambda x: x.flip(2),
    "roll": lambda x: x.roll(3, 2),
    "rotation": lambda x: torch.rot90(x, 1, (2, 3)),
    "repeat": lambda x: x.repeat(1, 2, 2, 1),
    "repeat each": lambda x: x.repeat_interleave(3, 2),
    "windows as an axis": lambda x: x.unfold(2, 3, 2).mean(-1),
    "rows by number": lambda x: x[:, :, [3, 1, 0]],
    "index_select": lambda x: x.index_select(2, torch.tensor([0, 2, 4])),
    "gather": lambda x: x.gather(2, torch.zeros(1, 4, 3, 8, dtype=torch.long)),
    "triangle": torch.tril,
    "halves swapped": lambda x: torch.cat(x.chunk(2, 2)[::-1], 2),
    "side by side": lambda x: torch.cat([x, x.flip(3)], 3),
    "stack": lambda x: torch.stack([x[:, :, 1:], x[:, :, :-1]], 1).flatten(1, 2),
    "pixel shuffle": lambda x: F.pixel_shuffle(x, 2),
    "pixel unshuffle": lambda x: F.pixel_unshuffle(x, 2),
    "unshuffle by hand": lambda x: x.view(1, 4, 4, 2, 4, 2).permute(0, 1, 3, 5, 2, 4).reshape(1, 16, 4, 4),
    "choice": lambda x: torch.where(torch.ones(8, 8).tril() > 0, x, x.flip(2)),
    "masked": lambda x: x.masked_fill(torch.ones(8, 8).triu(1) > 0, 0.0),
    "written": written,
    "unfold and fold": lambda x: F.fold(F.unfold(x, 3, padding=1, stride=2) * 2, (8, 8), 3, padding=1, stride=2),
    "cumulative": lambda x: x.cumsum(2),
    "softmax": lambda x: x.softmax(3),
    "Fourier": lambda x: torch.fft.rfft2(x).abs(),
    "divided by its norm": lambda x: x / x.norm(dim=2, keepdim=True),
    "less its mean": lambda x: x - x.mean((2, 3), keepdim=True),
    "standardised": lambda x: (x - x.mean(2, keepdim=True)) / x.std(2, keepdim=True),
    "times its greatest": lambda x: x.amax(2, keepdim=True) * x.max(3, keepdim=True).values,
    "log-sum": lambda x: x.logsumexp(2, keepdim=True) + x,
    "differences": lambda x: x.diff(dim=2),
    "gate over rows": lambda x: F.glu(x, 2),
    "matrix product": lambda x: x @ torch.rand(8, 5),
    "batched product": lambda x: torch.bmm(x[0], x[0].transpose(1, 2)).unsqueeze(0),
    "einsum": lambda x: torch.einsum("nchw,nkhw->nchk", x, x),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "causal attention": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "channels last, dense": lambda x: F.linear(x.permute(0, 2, 3, 1), torch.rand(3, 4)).permute(0, 3, 1, 2),
    "local response": lambda x: F.local_response_norm(x, 2),
    "instance norm": F.instance_norm,
    "group norm": lambda x: F.group_norm(x, 2),
    "layer norm of the map": lambda x: F.layer_norm(x, (8, 8)),
    "layer norm of the last axis": lambda x: F.layer_norm(x, (8,)),
    "weights made of the input": lambda x: F.conv2d(x, x.mean((0, 2, 3)).reshape(1, 4, 1, 1).expand(2, 4, 3, 3)),
    "threshold by hand": lambda x: x * (x > 0.5) + torch.where(x > 0.6, 1.0, 0.0),
}


@pytest.mark.parametrize("name", MOVES)
def test_whatever_moves_or_mixes_cells(name):
    same_both_ways(Call(MOVES[name]), (1, 4, 8, 8))
