"""Models that return several tensors: each has a name, a field and a shape."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.receptive_field.trace import receptive_field_torch
from reference_impl.running.outputs import named_tensors, output_of
from reference_impl.summary import summarize_torch


@dataclass
class Found:
    maps: dict
    loss: torch.Tensor | None = None


class ModelOutput(OrderedDict):
    """In the style of transformers: a dictionary whose entries are attributes too."""

    def __getattr__(self, name):
        return self[name]


Pair = namedtuple("Pair", "logits state")


class Levels(nn.Module):
    """Two levels of a pyramid, in the container that is asked for."""

    def __init__(self, wrap):
        super().__init__()
        self.fine, self.coarse, self.wrap = nn.Conv1d(2, 3, 3, padding=1), nn.Conv1d(3, 4, 3, 2, 1), wrap

    def forward(self, x):
        fine = self.fine(x)
        return self.wrap(fine, self.coarse(fine))


WRAPPED = {
    "a tuple": (lambda a, b: (a, b), ["0", "1"]),
    "a list of lists": (lambda a, b: [[a], [b, None]], ["0.0", "1.0"]),
    "a named tuple": (Pair, ["logits", "state"]),
    "a dictionary": (lambda a, b: {"p3": a, "p4": b, "size": 3}, ["p3", "p4"]),
    "a dataclass": (lambda a, b: Found({"p3": a, "p4": [b]}), ["maps.p3", "maps.p4.0"]),
    "a model output": (lambda a, b: ModelOutput(logits=a, hidden_states=(b,)), ["logits", "hidden_states.0"]),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_every_tensor_that_comes_back_has_its_own_field_and_shape(name):
    wrap, names = WRAPPED[name]
    model = Levels(wrap)
    fields = receptive_field(model, (1, 2, 20), 3)
    assert list(fields) == names
    assert [field.window for field in fields.values()] == [((2, 4),), ((4, 8),)]
    assert [measured_window(model, (1, 2, 20), index=3, output=one) for one in names] == [((2, 4),), ((4, 8),)]
    assert receptive_field_torch(model, (1, 2, 20)) == dict(zip(names, [(3, 1, 1), (5, 2, 2)], strict=True))
    summary = summarize_torch(model, (1, 2, 20))
    shapes = dict(zip(names, [(1, 3, 20), (1, 4, 10)], strict=True))
    assert summary.tree[0]["output_shapes"] == shapes
    assert f"outputs: {names[0]} 1 × 3 × 20, {names[1]} 1 × 4 × 10" in str(summary).splitlines()


def test_the_only_tensor_in_a_container_needs_no_name():
    model = Levels(lambda _, coarse: Found({}, loss=coarse))
    assert receptive_field(model, (1, 2, 20), 3).window == measured_window(model, (1, 2, 20), index=3) == ((4, 8),)
    assert receptive_field_torch(model, (1, 2, 20)) == (5, 2, 2)


def test_of_several_outputs_those_that_see_nothing_have_no_field_and_those_lost_are_measured():
    class Detector(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Conv1d(2, 3, 3)

        def forward(self, x):
            y = self.head(x)
            added = y.index_add(2, torch.tensor([1]), y[:, :, :1])
            return {"boxes": y, "anchors": torch.ones(1, 1, 7), "shifted": added}

    fields = receptive_field(Detector(), (1, 2, 9), 1)
    assert [(name, field and field.how) for name, field in fields.items()] == [
        ("boxes", "derived"),
        ("anchors", None),
        ("shifted", "measured"),
    ]
    assert fields["shifted"].window == ((0, 3),)
    with pytest.raises(NotImplementedError, match=r"anchors|no path"):
        receptive_field_torch(Detector(), (1, 2, 9))
    with pytest.raises(ValueError, match=r"receptive_field: index must lie in the output\. Got index=\(8,\)"):
        receptive_field(Detector(), (1, 2, 9), 8)


def test_a_loss_sees_all():
    model = Levels(lambda a, b: (a, (b**2).mean()))
    assert receptive_field(model, (1, 2, 20))["1"].window == ((0, 19),)
    assert measured_window(model, (1, 2, 20), output="1") == ((0, 19),)


def test_an_output_must_be_there_and_be_named():
    with pytest.raises(ValueError, match=r"output must be one of those .* Got outputs=\['0', '1'\], output=None$"):
        measured_window(Levels(lambda a, b: (a, b)), (1, 2, 20))
    with pytest.raises(ValueError, match=r"^output_of: output must be one .* Got outputs=\[''\], output='1'$"):
        output_of(torch.zeros(1), "1")
    with pytest.raises(TypeError, match=r"^receptive_field: the model must return a tensor, or .*'float'$"):
        receptive_field(Levels(lambda *_: 3.0), (1, 2, 20))
    assert named_tensors(Found) == {}  # the class itself holds no tensor


def test_a_model_of_complex_numbers_takes_a_shape_and_is_measured():
    model = nn.Conv1d(2, 3, 3, dtype=torch.complex64)
    assert receptive_field(model, (1, 2, 9), 2).window == measured_window(model, (1, 2, 9), index=2) == ((2, 4),)


def test_a_model_without_numbers_is_measured_with_numbers_of_our_own():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Softplus())
    assert measured_window(model, (1, 2, 9), index=2) == ((2, 4),)
    assert all(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
