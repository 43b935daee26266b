"""The printed tree, the memory of activations, and models of unusual kinds."""

import time

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reference_impl.conv_transpose.layers import SubPixelConv
from reference_impl.networks import network
from reference_impl.networks.build import network_torch
from reference_impl.summary import Summary, summarize_torch, summary_totals, summary_tree


class Branch(nn.Module):
    """A frozen layer, a norm, a head that runs in training only."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.body[0].requires_grad_(False)
        self.spare = nn.Linear(4, 2)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.body(x).mean((2, 3)))


def test_the_tree_shows_sums_of_modules_and_what_did_not_run():
    summary = summarize_torch(Branch(), (2, 3, 9, 11))
    assert summary_tree(summary).splitlines() == [
        "layer    kind         output shape   parameters      %   MACs      %  activations   field  stride",
        "-------------------------------------------------------------------------------------------------",
        "Branch   Branch       2 × 10                332  100.0  8,800  100.0         80 B  9 × 11  8 × 10",
        "  body   Sequential   2 × 8 × 4 × 5         232   69.9  8,640   98.2      1.2 KiB       3       2",
        "    0    Conv2d       2 × 8 × 4 × 5         216   65.1  8,640   98.2      1.2 KiB       3       2",
        "    1    BatchNorm2d  2 × 8 × 4 × 5          16    4.8      0    0.0      1.2 KiB       3       2",
        "    2    ReLU         2 × 8 × 4 × 5           0    0.0      0    0.0      1.2 KiB       3       2",
        "  fc     Linear       2 × 10                 90   27.1    160    1.8         80 B  9 × 11  8 × 10",
        "  spare  Linear       not run                10    3.0      0    0.0          0 B       –       –",
        "-------------------------------------------------------------------------------------------------",
        "parameters: 332 (116 trainable, 216 frozen)",
        "MACs: 8,800 = convolution 8,640 + addmm 160",
        "activations: 3.8 KiB written, 4.8 KiB at most at one moment in inference, 2.6 KiB kept for the backward pass "
        "in training",
        "beside the MACs: poolings and means × 1, normalisations × 1",
    ]
    assert str(summary) == summary_tree(summary)


def test_depth_folds_what_lies_deeper_into_its_module():
    summary = summarize_torch(Branch(), (2, 3, 9, 11))
    whole, folded = (summary_tree(summary, depth=depth).splitlines() for depth in (2, 1))
    body = next(line.split() for line in folded if line.startswith("  body"))
    assert [line.split()[0] for line in folded[2:6]] == ["Branch", "body", "fc", "spare"]
    assert [line.split()[0] for line in whole[2:9]] == ["Branch", "body", "0", "1", "2", "fc", "spare"]
    assert body[-8:-4] == ["232", "69.9", "8,640", "98.2"]
    assert [line for line in whole if line.startswith("parameters")] == ["parameters: 332 (116 trainable, 216 frozen)"]
    assert "not run" in next(line for line in whole if line.startswith("  spare"))


def test_inference_frees_what_is_not_needed_and_training_keeps_it():
    cells = 4 * 5 * 6 * 4  # bytes of one map of 4 channels
    layers = [nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.Sigmoid(), nn.Conv2d(4, 4, 1)]
    summary = summarize_torch(nn.Sequential(*layers), (1, 4, 5, 6))
    assert sum(row["activation_bytes"] for row in summary) == 5 * cells
    assert summary.peak_bytes == 3 * cells  # the input, which the caller holds, and the two sides of one layer
    assert summary.saved_bytes == 2 * cells  # the results of ReLU and Sigmoid, which are the next inputs too
    assert [row["saved_bytes"] for row in summary] == [0, cells, 0, cells, 0]


def test_work_in_place_takes_no_memory_and_skips_hold_it():
    class Skip(nn.Module):
        def __init__(self, inplace):
            super().__init__()
            self.a, self.b, self.relu = nn.Conv1d(4, 4, 1), nn.Conv1d(4, 4, 1), nn.ReLU(inplace=inplace)

        def forward(self, x):
            return x + self.relu(self.b(self.relu(self.a(x))))

    cells = 4 * 9 * 4
    assert summarize_torch(Skip(True), (1, 4, 9)).peak_bytes == 3 * cells
    assert summarize_torch(Skip(False), (1, 4, 9)).peak_bytes == 3 * cells
    wide = nn.Sequential(nn.Conv1d(4, 4, 1), nn.ReLU(), nn.ReLU())
    assert summarize_torch(wide, (1, 4, 9)).saved_bytes == 2 * cells
    wide[1].inplace = wide[2].inplace = True
    assert summarize_torch(wide, (1, 4, 9)).saved_bytes == cells


def test_what_training_keeps_is_what_autograd_really_keeps():
    torch.manual_seed(0)
    model, x = Branch(), torch.randn(2, 3, 9, 11)
    held = {p.untyped_storage().data_ptr() for p in (*model.parameters(), *model.buffers(), x)}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in held:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        out = model.train()(x)
    assert out.requires_grad
    assert summarize_torch(Branch(), (2, 3, 9, 11)).saved_bytes == sum(kept.values())


def test_a_model_that_cannot_train_on_this_input_says_unknown():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))  # one number a channel
    summary = summarize_torch(model, (1, 3, 3, 3))
    assert summary.saved_bytes is None
    assert "unknown kept for the backward pass" in str(summary)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_has_rows_of_the_modules_that_own_its_weights():
    inner = torch.jit.script(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 2, 1)))
    model = nn.Sequential(inner, nn.Flatten())
    rows = {row["name"]: row for row in summarize_torch(model, (1, 3, 6, 7))}
    assert [(name, row["kind"], row["parameters"], row["macs"]) for name, row in rows.items() if row["parameters"]] == [
        ("0.0", "Conv2d", 224, 20 * 216),
        ("0.1", "BatchNorm2d", 16, 0),
        ("0.3", "Conv2d", 18, 20 * 16),
    ]
    assert rows["0.0"]["output_shape"] == (1, 8, 4, 5)
    assert summary_totals(list(rows.values()))["macs"] == 20 * (216 + 16)


class TiedScript(nn.Module):
    """One weight, used twice."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3, 3))

    def forward(self, x):
        return (x @ self.weight) @ self.weight


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_operators_of_one_scripted_module_are_counted_in_its_row():
    model = torch.jit.script(nn.Sequential(TiedScript(), nn.ReLU()))
    rows = {row["name"]: row for row in summarize_torch(nn.Sequential(model), (4, 3))}
    assert (rows["0.0"]["parameters"], rows["0.0"]["macs"], rows["0.0"]["output_shape"]) == (9, 2 * 4 * 9, (4, 3))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_frozen_scripted_module_is_counted_although_it_cannot_train():
    frozen = torch.jit.freeze(torch.jit.script(nn.Sequential(nn.ReLU(), nn.Sigmoid()).eval()))
    summary = summarize_torch(nn.Sequential(frozen, nn.Conv1d(4, 2, 1)), (1, 4, 12))
    assert (summary_totals(summary)["parameters"], summary_totals(summary)["macs"]) == (10, 12 * 8)
    assert summary.saved_bytes > 0


def test_a_lazy_model_stays_lazy_and_its_parameters_are_those_it_would_have():
    model = nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))
    totals = summary_totals(summarize_torch(model, (1, 3, 5, 6)))
    assert (totals["parameters"], totals["macs"]) == (224 + 16 + 8 * 12 * 5 + 5, 12 * 216 + 8 * 12 * 5)
    assert [type(layer).__name__ for layer in model] == ["LazyConv2d", "LazyBatchNorm2d", "Flatten", "LazyLinear"]


@pytest.mark.parametrize("shape", [(3, 8, 9), (1, 3, 8, 9)])
def test_an_input_without_a_batch_axis_costs_the_same(shape):
    rows = summarize_torch(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), shape)
    assert (rows[0]["macs"], rows[0]["output_shape"][-3:]) == (4 * 6 * 7 * 27, (4, 6, 7))


def test_several_inputs_by_shape_by_name_and_by_example():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Bilinear(3, 4, 5)

        def forward(self, a, b, *, gain=1):
            return {"out": self.mix(a, b) * gain, "also": (a, None)}

    given = [
        {"x": ((2, 3), (2, 4))},
        {"x": {"a": (2, 3), "b": (2, 4)}},
        {"x": ((2, 3), torch.zeros(2, 4)), "kwargs": {"gain": 3}},
        {"example_inputs": (torch.zeros(2, 3), torch.zeros(2, 4))},
        {"example_inputs": {"b": torch.zeros(2, 4), "a": torch.zeros(2, 3)}},
    ]
    found = [summary_totals(summarize_torch(Two(), **options)) for options in given]
    assert {(each["parameters"], each["macs"]) for each in found} == {(65, 2 * 5 * 3 * 4)}


def test_a_summary_is_a_list_of_rows_that_can_be_made_by_hand():
    found = summarize_torch(Branch(), (2, 3, 9, 11))
    again = Summary(list(found), tree=found.tree, peak_bytes=found.peak_bytes, saved_bytes=found.saved_bytes)
    assert (again, str(again)) == (list(found), str(found))


def test_rows_are_plain_data():
    plain = (str, int, type(None), tuple, dict, float)
    for row in summarize_torch(SubPixelConv(4, 6, 2), (1, 4, 9, 10)).tree:
        assert all(isinstance(value, plain) or key == "field_stride" for key, value in row.items())


def test_resnet50_without_weights_takes_less_than_two_seconds():
    with torch.device("meta"):
        model = network_torch(network("resnet50"))
    summarize_torch(nn.ReLU(), (1, 2))  # what torch loads at first use
    start = time.process_time()
    totals = summary_totals(summarize_torch(model, (1, 3, 224, 224)))
    assert time.process_time() - start < 2
    assert (totals["parameters"], totals["macs"]) == (25_557_032, 4_089_184_256)


def test_a_functional_model_is_one_row_with_all_its_cost():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(6, 2, 3))

        def forward(self, x):
            return F.conv1d(F.relu_(F.conv1d(x, self.w)), self.w.transpose(0, 1))

    (row,) = summarize_torch(Functional(), (1, 2, 9))
    assert (row["parameters"], row["macs"], row["macs_by_operator"]) == (36, 36 * 12, {"convolution": 36 * 12})


def test_products_in_hooks_count_for_the_module_and_those_that_make_weights_prepare_it():
    weight, square = torch.rand(3, 5), torch.rand(2, 2)

    def behind(_module, _given, out):
        return out.transpose(1, 2) @ weight

    def before(module, given):
        module.scale = square @ square  # prepares
        return (square @ given[0],)

    for place in (lambda layer: layer, nn.Sequential):  # hooks of the model itself, and of a module in it
        layer = nn.Conv1d(2, 3, 3)
        layer.register_forward_hook(behind)
        layer.register_forward_pre_hook(before)
        summary = summarize_torch(place(layer), (1, 2, 9))
        assert summary_totals(summary)["macs"] == 7 * 18 + 7 * 15 + 2 * 2 * 9
        assert sum(row["preparation_macs"] for row in summary) == 8
