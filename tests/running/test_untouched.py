"""A model that was borrowed is what it was before."""

import random
import sys
import warnings
from collections import OrderedDict
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm, weight_norm

from reference_impl.running.inputs import given_inputs
from reference_impl.running.run import Watcher, ran
from reference_impl.running.untouched import untouched


class Still(Watcher):
    """Watches nothing."""

    def __init__(self, *_):
        self.names = []

    def modes(self):
        return []

    def before(self, name, module):
        return nullcontext()

    def enters(self, name, module, inputs):
        self.names.append(name)

    def leaves(self, name, module, output):
        pass


class Restless(nn.Module):
    """Changes everything of itself that a forward can change."""

    def __init__(self, asks=False):
        super().__init__()
        self.conv = nn.Conv1d(2, 3, 1)
        self.register_buffer("steps", torch.zeros(3))
        self.notes, self.cache, self.calls, self.asks = [], {"last": [torch.ones(3)]}, 0, asks
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x):
        self.steps += 1
        self.scale.mul_(2)
        self.cache["last"][0].mul_(2)
        self.cache["last"].append(x)
        self.notes.append(x)
        self.calls += 1
        self.late = x
        self.training = True
        torch.rand(3), random.random(), np.random.rand()  # noqa: NPY002
        if self.asks and self.scale.item() < 0:
            return x
        return self.conv(x)


def told(value):
    """A value as text, tensors with their numbers."""
    if isinstance(value, dict):
        return [(key, told(entry)) for key, entry in value.items()]
    return [told(entry) for entry in value] if isinstance(value, list) else repr(value)


def random_states():
    numpy = np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().tolist(), random.getstate(), numpy[1].tolist(), numpy[2:]


def portrait(model):
    """All that can be seen of a model."""
    return [(type(module), module.training, told(vars(module))) for module in model.modules()]


@pytest.mark.parametrize("asks", [False, True])
def test_nothing_that_a_forward_changes_stays_changed(asks):
    model = Restless(asks).train()
    model.conv.register_forward_hook(lambda *_: None)
    before, parameters = portrait(model), list(model.parameters())
    states = random_states()
    with ran(model, given_inputs(model, (1, 2, 5)), Still) as run:
        assert (run.on, run.result.shape) == ("zeros" if asks else "shapes", (1, 3, 5))
        assert (model.calls, run.watcher.names) == (1, ["", "conv"])
    assert portrait(model) == before
    assert all(one is other for one, other in zip(model.parameters(), parameters, strict=True))
    assert random_states() == states
    assert torch.is_grad_enabled()
    assert torch.backends.mha.get_fastpath_enabled()


def old(norm, layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the older weight_norm is deprecated, and much used
        return norm(layer)


BORROWED = {
    "weight norm, older": lambda: old(weight_norm, nn.Conv1d(2, 3, 3)),
    "weight norm": lambda: parametrizations.weight_norm(nn.Conv1d(2, 3, 3)),
    "spectral norm, older": lambda: old(spectral_norm, nn.Conv1d(2, 3, 3)),
    "spectral norm": lambda: parametrizations.spectral_norm(nn.Conv1d(2, 3, 3)),
    "orthogonal": lambda: nn.Sequential(nn.Conv1d(2, 2, 1), parametrizations.orthogonal(nn.Linear(5, 5))),
    "lazy": lambda: nn.Sequential(nn.LazyConv1d(3, 3), nn.LazyBatchNorm1d(), nn.Flatten(), nn.LazyLinear(4)),
    "on meta": lambda: nn.Conv1d(2, 3, 3, device="meta"),
    "half precision": lambda: nn.Conv1d(2, 3, 3, dtype=torch.float16),
    "frozen": lambda: nn.Conv1d(2, 3, 3).requires_grad_(False),
    "recurrent": lambda: nn.LSTM(5, 4, bidirectional=True, num_layers=2),
    "shared": lambda: nn.Sequential(OrderedDict(a=(layer := nn.Conv1d(2, 2, 3, padding=1)), b=layer)),
}


@pytest.mark.parametrize("name", BORROWED)
@pytest.mark.parametrize("numbers", [False, True])
def test_every_kind_of_model_can_be_borrowed(name, numbers):
    model = BORROWED[name]()
    before = portrait(model)
    wanted = given_inputs(model, torch.ones(1, 2, 5).to(next(model.parameters()), copy=True))
    outer = nn.Sequential(model, Asking()) if numbers else model
    with ran(outer, wanted, Still):
        pass
    assert portrait(model) == before


class Asking(nn.Module):
    """Asks for a number of what it gets."""

    def forward(self, x):
        first = x[0] if isinstance(x, tuple) else x
        return first if float(first.sum()) < 0 else first * 2


@pytest.mark.parametrize("make", [torch.jit.script, lambda model: torch.jit.trace(model, torch.ones(1, 2, 5))])
@pytest.mark.parametrize("wrap", [lambda scripted: scripted, nn.Sequential, lambda s: nn.Sequential(s, Asking())])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripted_modules_run_and_stay(make, wrap):
    scripted = make(nn.Sequential(nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3)).eval()).train()
    model = wrap(scripted)
    before = {name: value.clone() for name, value in scripted.state_dict().items()}
    forward = scripted.forward
    with ran(model, given_inputs(model, (1, 2, 5)), Still) as run:
        assert run.result.shape == (1, 3, 3)
    assert scripted.forward is forward
    assert getattr(scripted, "training", True)  # a traced one cannot say
    assert all(torch.equal(value, before[name]) for name, value in scripted.state_dict().items())
    assert scripted(torch.ones(2, 2, 5)).shape == (2, 3, 3)


def test_twins_stand_in_for_every_tensor_once():
    model = nn.Sequential(nn.Conv1d(2, 2, 3), nn.BatchNorm1d(2))
    model[1].constants = [torch.arange(3)]
    model[0].again = model[0].weight
    with untouched(model, lambda tensor: tensor.double()) as subject:
        assert subject is model
        assert {tensor.dtype for tensor in (*model.parameters(), *model.buffers())} == {torch.float64}
        assert model[1].constants[0].dtype == torch.float64
        assert model[0].again is model[0].weight
        assert isinstance(model[0].weight, nn.Parameter)
        assert not model.training
        assert not torch.is_grad_enabled()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert model[1].constants[0].dtype == torch.int64


def test_a_model_that_fails_is_given_back_too():
    model = Restless()
    before = portrait(model)
    with pytest.raises(ValueError, match=r"^ran: "), ran(model, given_inputs(model, (1, 7, 5)), Still):
        pass
    with pytest.raises(ZeroDivisionError), ran(model, given_inputs(model, (1, 2, 5)), Still):
        raise ZeroDivisionError
    assert portrait(model) == before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_models_run_as_they_were_written():
    model = torch.compile(nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU()))
    with ran(model, given_inputs(model, (1, 2, 5)), Still) as run:
        assert (run.result.shape, run.watcher.names) == ((1, 3, 3), ["", "_orig_mod", "_orig_mod.0", "_orig_mod.1"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_frozen_module_cannot_say_whether_it_trains_and_runs_all_the_same():
    frozen = torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU()).eval()))
    assert not hasattr(frozen, "training")
    with ran(nn.Sequential(frozen), given_inputs(frozen, (1, 2, 5)), Still) as run:
        assert run.result.shape == (1, 3, 3)


def test_without_numpy_the_other_random_states_are_kept(monkeypatch):
    monkeypatch.delitem(sys.modules, "numpy")
    plain, of_torch = random.getstate(), torch.get_rng_state()
    with untouched(nn.Identity()):
        random.random(), torch.rand(2)
    assert random.getstate() == plain
    assert torch.equal(torch.get_rng_state(), of_torch)
