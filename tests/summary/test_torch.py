"""The summary of any torch module."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.summary import summarize_torch, summary_text, summary_totals, summary_tree


class Sharing(nn.Module):
    """One layer used twice, an own parameter, and a product outside of any layer."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Conv2d(4, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(4, 4))
        self.unused = nn.Linear(3, 3)

    def forward(self, x):
        y = self.twice(self.twice(x)).mean((2, 3))  # (N, 4)
        return y @ self.scale


def test_rows_come_in_the_order_of_running():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5)
    )
    model(torch.zeros(2, 3, 9, 12))
    rows = summarize_torch(model, (1, 3, 9, 12))
    assert [row["kind"] for row in rows] == ["Conv2d", "BatchNorm2d", "ReLU", "Flatten", "Linear"]
    assert [row["parameters"] for row in rows] == [216, 16, 0, 0, 8 * 4 * 5 * 5 + 5]
    assert [row["macs"] for row in rows] == [216 * 20, 0, 0, 0, 800]
    assert [row["output_shape"] for row in rows[-2:]] == [(1, 160), (1, 5)]
    assert [row["receptive_field"] for row in rows] == [3, 3, 3, None, (9, 11)]  # flattened, cells no longer walk
    assert [row["activation_bytes"] for row in rows] == [640, 640, 640, 640, 20]


def test_shared_parameters_count_once_and_products_outside_layers_count():
    model = Sharing()
    rows = summarize_torch(model, (2, 4, 6, 5))
    assert [row["name"] for row in rows] == ["twice", "twice", "Sharing", "unused"]
    assert [row["parameters"] for row in rows] == [148, 0, 16, 12]
    assert [row["macs"] for row in rows] == [2 * 4 * 30 * 36, 2 * 4 * 30 * 36, 2 * 16, 0]
    assert [row["ran"] for row in rows] == ["run", "run", "run", "not run"]
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(2, 4, 6, 5))
    assert counter.get_total_flops() == 2 * summary_totals(rows)["macs"]


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout()).train()
    calls = []
    model[0].register_forward_hook(lambda *_: calls.append(1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.random.get_rng_state()
    summarize_torch(model, torch.zeros(1, 3, 8, 8))
    assert model.training
    assert all(module.training for module in model.modules())
    assert [len(module._forward_hooks) for module in model] == [1, 0, 0]
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert torch.equal(state, torch.random.get_rng_state())


def test_an_example_brings_its_dtype_and_need_not_be_an_image():
    rows = summarize_torch(nn.Embedding(10, 6), torch.zeros(2, 7, dtype=torch.long))
    assert (rows[0]["output_shape"], rows[0]["parameters"], rows[0]["receptive_field"]) == ((2, 7, 6), 60, None)
    half = summarize_torch(nn.Conv1d(2, 3, 3).to(torch.float16), (1, 2, 9))
    assert half[0]["activation_bytes"] == 3 * 7 * 2


class Running(nn.Module):
    """Sums whose windows grow from cell to cell."""

    def forward(self, x):
        return x.cumsum(2)


def test_what_cannot_be_followed_has_no_field():
    rows = summarize_torch(nn.Sequential(nn.Conv1d(2, 3, 3), Running()), (1, 2, 9))
    assert [row["receptive_field"] for row in rows] == [3, None]
    assert "–" in summary_text(rows)


class Pairs(nn.Module):
    """Returns what is not a tensor."""

    def forward(self, x):
        return None


class Counting(nn.Module):
    """Takes no tensor."""

    def forward(self, n):
        return torch.ones(n)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.pairs, self.counting = Pairs(), Counting()

    def forward(self, x):
        self.pairs(x)
        return self.counting(3)


def test_modules_without_tensors_have_empty_shapes():
    rows = summarize_torch(Outer(), (1, 2, 3))
    assert [(row["input_shape"], row["output_shape"]) for row in rows] == [((1, 2, 3), ()), ((), (3,))]
    assert [row["receptive_field"] for row in rows] == [None, None]


def test_refusals():
    with pytest.raises(TypeError, match=r"summarize_torch: model must be a torch module\. Got model='str'"):
        summarize_torch("resnet50", (1, 3, 8, 8))
    with pytest.raises(
        ValueError, match=r"^summarize_torch: the model must run on these inputs, but the model \(Linear\)"
    ):
        summarize_torch(nn.Linear(3, 4), (1, 4))
    with pytest.raises(
        TypeError, match=r"^summary_tree: summary must be that of summarize_torch\. Got summary='list'$"
    ):
        summary_tree([])
    with pytest.raises(ValueError, match=r"^summary_tree: depth must be at least 0\. Got depth=-1$"):
        summary_tree(summarize_torch(nn.ReLU(), (1, 2)), depth=-1)
