"""A small trained network goes from torch to Keras, JAX, TensorFlow and ONNX Runtime, and back, with equal outputs."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reference_impl.frameworks import Layer, jax, keras, layer, onnx, tensorflow

FRAMEWORKS = {"keras": keras, "tensorflow": tensorflow, "jax": jax, "onnx": onnx}
SAME = {"padding": "same"}
UP = {"kind": "conv_transpose", "stride": 2, "padding": ((0, 1), (0, 1))}  # what Keras calls "same"


class Small(nn.Module):
    """An ordinary, a grouped, a depthwise, a dilated and a transposed layer, each but the last with normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ModuleList(
            [
                nn.Conv2d(3, 8, 3, stride=2),
                nn.Conv2d(8, 8, 3, padding=1, groups=2),
                nn.Conv2d(8, 16, 3, padding=1, groups=8),
                nn.Conv2d(16, 8, 3, padding=2, dilation=2),
                nn.ConvTranspose2d(8, 3, 3, stride=2),
            ]
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for channels in (8, 8, 16, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Half the size and back; an odd size comes back one larger."""
        y = F.pad(x, (0, 1, 0, 1) if x.shape[-1] % 2 == 0 else (1, 1, 1, 1))  # "same" of 224, and of 225
        for step, norm in zip(self.steps, self.norms, strict=False):
            y = norm(step(y)).relu()
        return self.steps[-1](y)[..., :-1, :-1]


class Step(NamedTuple):
    """One layer of the moved network, its normalisation folded in."""

    options: dict[str, Any]
    w: np.ndarray
    b: np.ndarray


def trained() -> Small:
    """The network after some steps of learning to give its input back, so that no statistic is at its start."""
    torch.manual_seed(3)
    network = Small().train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(20):
        x = torch.rand(4, 3, 16, 16)
        optimiser.zero_grad()
        F.mse_loss(network(x), x).backward()
        optimiser.step()
    return network.eval()


def folded(network: Small) -> list[Step]:
    """Each layer with the normalisation behind it: a scale of its filters, and another bias."""
    options = [
        {"stride": 2, **SAME},
        {"groups": 2, **SAME},
        {"kind": "depthwise", **SAME},
        {"dilation": 2, **SAME},
        UP,
    ]
    steps = []
    for number, (step, words) in enumerate(zip(network.steps, options, strict=True)):
        w, b = (part.detach().double() for part in (step.weight, step.bias))
        if number < len(network.norms):
            norm = network.norms[number]
            scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
            w, b = w * scale.reshape(-1, 1, 1, 1), norm.bias + (b - norm.running_mean) * scale
        steps.append(Step(words, w.detach().float().numpy(), b.detach().float().numpy()))
    return steps


def described(step: Step, x: np.ndarray) -> Layer:
    """The layer of a step for an input of this size."""
    return layer(x.shape, step.w.shape, data_format="channels_last", **step.options)


@pytest.fixture(scope="module")
def network() -> Small:
    return trained()


@pytest.mark.parametrize("size", [224, 225])
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_network_gives_the_same_outputs_where_it_is_moved(network, name, size):
    x = np.random.default_rng(size).random((1, 3, size, size), dtype=np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(x)).numpy()
    y, last = x, len(network.steps) - 1
    for number, step in enumerate(folded(network)):
        y = FRAMEWORKS[name].run(described(step, y), y, step.w, step.b)
        y = y if number == last else np.maximum(y, 0)
    difference = np.abs(y - wanted).max() / np.abs(wanted).max()
    print(f"{name} {size}: {difference:.1e}")
    assert y.shape == wanted.shape
    assert difference < 2e-6


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_weights_come_back_from_where_they_were_moved(network, name):
    y = np.zeros((1, 3, 16, 16), np.float32)
    for step in folded(network):
        given = described(step, y)
        there = FRAMEWORKS[name].weight_to(given, step.w)
        assert np.array_equal(FRAMEWORKS[name].weight_from(given, there), step.w)
        y = np.zeros(given.output_shape, np.float32)
