"""Whole models in the style of public ones: parameters, multiply–accumulates, and that they stay as they were."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.summary import summarize_torch, summary_totals, summary_tree
from scripts.models import FAMILIES
from tests.summary.oracle import Oracle


@pytest.fixture(autouse=True)
def plain_attention():
    """Torch's fast path hides a whole encoder layer in one operator, from its own counter too."""
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(True)


def made(name):
    torch.manual_seed(0)
    make, shapes = FAMILIES[name]
    return make(), shapes


def numbers(model, shapes):
    """Inputs with values, whole numbers where the model embeds them."""
    embeds = any(isinstance(module, nn.Embedding) for module in model.modules())
    return [torch.zeros(shape, dtype=torch.long if embeds and len(shape) == 2 else None) for shape in shapes]


@pytest.mark.parametrize("name", FAMILIES)
def test_parameters_are_those_of_the_model(name):
    model, shapes = made(name)
    rows = summarize_torch(model, shapes)
    parameters = list(model.parameters())
    assert summary_totals(rows)["parameters"] == sum(parameter.numel() for parameter in parameters)
    assert sum(row["trainable"] for row in rows) == sum(p.numel() for p in parameters if p.requires_grad)
    assert sum(row["parameters"] for row in rows.tree) == sum(parameter.numel() for parameter in parameters)


@pytest.mark.parametrize("name", FAMILIES)
def test_multiply_accumulates_are_those_of_the_functions_called(name):
    model, shapes = made(name)
    rows = summarize_torch(model, shapes)
    with torch.no_grad(), Oracle() as oracle:
        model.eval()(*numbers(model, shapes))
    assert summary_totals(rows)["macs"] == oracle.macs > 0
    assert not any(row["uncounted"] for row in rows)
    assert sum(sum(row["macs_by_operator"].values()) for row in rows) == oracle.macs


@pytest.mark.parametrize("name", FAMILIES)
def test_torchs_own_counter_agrees_but_for_attention_on_a_cpu(name):
    model, shapes = made(name)
    rows = summarize_torch(model, shapes)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(*numbers(model, shapes))
    attention = sum(n for row in rows for op, n in row["macs_by_operator"].items() if "attention" in op)
    assert counter.get_total_flops() == 2 * (summary_totals(rows)["macs"] - attention)


@pytest.mark.parametrize("name", FAMILIES)
def test_output_shapes_are_those_of_a_real_run(name):
    model, shapes = made(name)
    real, hooks = {}, []
    for module_name, module in model.named_modules():
        note = lambda _m, _i, out, name=module_name: real.update({name: out})  # noqa: E731
        hooks.append(module.register_forward_hook(note))
    with torch.no_grad():
        model.eval()(*numbers(model, shapes))
    for hook in hooks:
        hook.remove()
    called = {row["name"]: row for row in summarize_torch(model, shapes).tree[1:]}
    for module_name, output in real.items():
        if module_name and isinstance(output, torch.Tensor):
            assert called[module_name]["output_shape"] == tuple(output.shape)
            assert called[module_name]["activation_bytes"] == output.numel() * output.element_size()


def seen_of(model):
    """Everything of a model that one may look at."""
    state = {name: (id(value), value.clone()) for name, value in model.state_dict(keep_vars=True).items()}
    modules = [
        (type(m), m.training, list(vars(m)), [len(vars(m)[k]) for k in vars(m) if k.endswith("hooks")])
        for m in model.modules()
    ]
    return state, modules


@pytest.mark.parametrize("name", FAMILIES)
def test_the_model_is_left_as_it_was(name):
    model, shapes = made(name)
    state, *rest = seen_of(model.train())
    random = torch.get_rng_state()
    rows = summarize_torch(model, shapes)
    after, *rest_after = seen_of(model)
    assert rows.on == ("zeros" if name == "gated" else "shapes")
    assert rest_after == rest
    assert after.keys() == state.keys()
    for key, (identity, value) in state.items():
        assert after[key][0] == identity
        assert torch.equal(after[key][1], value)
    assert torch.equal(random, torch.get_rng_state())
    assert getattr(model, "log", []) == []


SAME = ("name", "input_shape", "output_shape", "parameters", "macs", "activation_bytes", "ran", "depth")


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "gated"])
def test_a_model_without_numbers_has_the_same_rows(name):
    make, shapes = FAMILIES[name]
    with torch.device("meta"):
        empty = make()
    rows, expected = summarize_torch(empty, shapes), summarize_torch(make(), shapes)
    assert [[row[key] for key in SAME] for row in rows] == [[row[key] for key in SAME] for row in expected]
    assert all(parameter.is_meta for parameter in empty.parameters())


def test_what_did_not_run_is_shown_in_its_place():
    model, shapes = made("detector")
    rows = {row["name"]: row for row in summarize_torch(model, shapes)}
    assert [(name, row["ran"]) for name, row in rows.items() if row["ran"] != "run"] == [
        ("aux.0", "not run"),
        ("aux.2", "not run"),
    ]
    lines = summary_tree(summarize_torch(model, shapes)).splitlines()
    assert [line.split()[0] for line in lines if "not run" in line] == ["aux.0", "aux.2"]


def test_weights_used_by_another_module_are_not_called_unused():
    rows = {row["name"]: row for row in summarize_torch(*made("mixer"))}
    assert {name: row["ran"] for name, row in rows.items()} == {
        "patch": "run",
        "mix": "used",
        "channel": "used",
        "Mixer": "run",
    }
    attention = {row["name"]: row for row in summarize_torch(*made("Conformer"))}
    assert attention["attend.out_proj"]["ran"] == "used"


@pytest.mark.parametrize("name", ["discriminator, older spectral norm", "discriminator, spectral norm"])
def test_products_that_prepare_weights_stand_apart(name):
    rows = summarize_torch(*made(name))
    kernels = [(8, 3 * 16), (16, 8 * 16), (1, 16 * 16)]  # one product with each singular vector
    assert sum(row["preparation_macs"] for row in rows) == sum(height * width + height for height, width in kernels)
    assert "MACs that prepare weights, not in the sum" in str(rows)


def test_shared_weights_count_once_and_every_call_has_its_row():
    model, shapes = made("squeezed ResNet")
    calls = [row for row in summarize_torch(model, shapes) if row["name"] == "shared"]
    assert [row["parameters"] for row in calls] == [16 * 4 * 9 + 16, 0, 0]
    assert len({row["macs"] for row in calls}) == 1
