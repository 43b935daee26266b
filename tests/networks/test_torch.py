"""Torch modules built from the layer tables: an independent count of parameters, MACs, shapes and receptive fields."""

from math import prod

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.networks import NETWORKS, Network, Parallel, convolution, network
from reference_impl.networks.build import network_torch
from reference_impl.networks.walk import walk
from reference_impl.networks.words import pool
from reference_impl.summary import summarize, summary_totals
from reference_impl.summary.torch import summarize_torch


@pytest.mark.parametrize("name", list(NETWORKS))
def test_the_module_agrees_with_its_table(name):
    table = network(name)
    with torch.device("meta"):
        model = network_torch(table)
    rows, expected = summarize_torch(model, table.input_shape), summarize(table)
    totals, wanted = summary_totals(rows), summary_totals(expected)
    assert sum(parameter.numel() for parameter in model.parameters()) == wanted["parameters"]
    assert (totals["parameters"], totals["macs"]) == (wanted["parameters"], wanted["macs"])
    assert prod(rows[-1]["output_shape"]) == prod(expected[-1]["output_shape"])
    assert rows[-1]["receptive_field"] == expected[-1]["receptive_field"]


@pytest.mark.parametrize("name", ["alexnet", "mobilenet_v1", "shufflenet_v1", "dcgan_generator", "mc3_18"])
def test_macs_are_half_the_flops_of_torchs_counter(name):
    table = network(name)
    with torch.device("meta"):
        model, x = network_torch(table), torch.empty(table.input_shape)
    with FlopCounterMode(display=False) as counter:
        model(x)
    assert counter.get_total_flops() == 2 * summary_totals(summarize(table))["macs"]


class HandWrittenUnit(nn.Module):
    """A basic ResNet unit as its paper draws it, written without the layer table."""

    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.one, self.norm_one = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out)
        self.two, self.norm_two = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False), nn.BatchNorm2d(c_out)
        self.skip = nn.Sequential()
        if stride > 1 or c_in != c_out:
            self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.norm_two(self.two(torch.relu(self.norm_one(self.one(x)))))
        return torch.relu(y + self.skip(x))


def test_resnet18_computes_what_a_hand_written_one_computes():
    units = [HandWrittenUnit(*c) for c in ((64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2))]
    units += [HandWrittenUnit(*c) for c in ((256, 256, 1), (256, 512, 2), (512, 512, 1))]
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    own = nn.Sequential(*stem, *units, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)).eval()
    torch.manual_seed(1)
    built = network_torch(network("resnet18")).eval()
    weights = list(built.state_dict().values())
    assert [tuple(w.shape) for w in weights] == [tuple(w.shape) for w in own.state_dict().values()]
    own.load_state_dict(dict(zip(own.state_dict(), weights, strict=True)))
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(built(x), own(x))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_uneven_padding_and_all_joins_keep_the_shapes_of_the_table(axes):
    sizes = (11, 8, 9)[:axes]
    uneven = [(2, 0), (0, 1), (1, 2)][:axes]
    parts = (
        convolution("conv", 2, 6, 3, stride=2, padding=uneven, groups=2, axes=axes, norm=True),
        pool("pool", 6, 3, stride=1, padding=uneven, axes=axes),
        Parallel("gate", ((convolution("sigmoid", 6, 6, 1, axes=axes, activation="sigmoid"),), ()), join="multiply"),
        Parallel("cat", ((), (pool("mean", 6, 3, stride=1, padding=1, axes=axes, kind="mean_pool"),)), join="concat"),
        convolution("up", 12, 4, 4, stride=2, padding=1, axes=axes, kind="conv_transpose", activation="tanh"),
    )
    table = Network("mixed", (2, 2, *sizes), parts)
    model = network_torch(table)
    assert tuple(model(torch.randn(2, 2, *sizes)).shape) == walk(table)[-1].output_shape
    assert "join='multiply'" in repr(model)


def test_a_built_network_learns_in_one_step():
    torch.manual_seed(0)
    model = network_torch(network("shufflenet_v1").upto("stage2_4"))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.randn(2, 3, 64, 64)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = (model(x) - 1).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_refusals():
    with pytest.raises(TypeError, match=r"network_torch: table must be a Network\. Got table='str'"):
        network_torch("resnet18")
    uneven = pool("mean", 2, 2, stride=1, padding=[(0, 1)] * 2, kind="mean_pool")
    rule = r"network_torch: only 'conv' and 'max_pool' can have uneven padding\. Got layer='mean', kind='mean_pool'"
    with pytest.raises(NotImplementedError, match=rule):
        network_torch(Network("n", (1, 2, 4, 4), (uneven,)))
