"""What a model is called with, and what is said where it does not run."""

import re
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from reference_impl.running.inputs import given_inputs
from reference_impl.running.run import ran


class Called:
    """Keeps what each module was called with."""

    def __init__(self, model, inputs):
        self.inputs, self.heard = inputs, []

    def modes(self):
        return []

    def before(self, name, module):
        return nullcontext()

    def enters(self, name, module, inputs):
        self.heard.append((name, inputs))

    def leaves(self, name, module, output):
        pass


def run_on(model, *given, **more):
    with ran(model, given_inputs(model, *given, **more), Called) as run:
        return run


class Pair(nn.Module):
    def forward(self, a, b, *, shift=0, mask=None):
        return torch.cat((a, b), 1) + shift if mask is None else a * mask


class Tokens(nn.Module):
    """Whole numbers first, then not."""

    def __init__(self):
        super().__init__()
        self.embed, self.mix = nn.Embedding(9, 4), nn.Linear(4, 3)

    def forward(self, tokens, weights):
        return self.mix(self.embed(tokens) * weights[..., None])


SHAPES = [(1, 3, 8, 9), (1, 2, 8, 9)]


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ((SHAPES,), {}),
        (([SHAPES[0], torch.zeros(SHAPES[1])],), {}),
        (({"b": SHAPES[1], "a": SHAPES[0]},), {}),
        ((SHAPES,), {"kwargs": {"shift": 2}}),
        ((), {"example_inputs": tuple(map(torch.zeros, SHAPES))}),
        ((), {"example_inputs": dict(zip("ab", map(torch.zeros, SHAPES), strict=True))}),
        (([SHAPES[0]],), {"kwargs": {"b": torch.zeros(SHAPES[1])}}),
        ((), {"kwargs": dict(zip("ab", map(torch.zeros, SHAPES), strict=True))}),
    ],
)
def test_several_inputs_come_as_shapes_tensors_names_or_examples(given, more):
    assert run_on(Pair(), *given, **more).result.shape == (1, 5, 8, 9)


def test_a_single_example_needs_no_tuple():
    assert run_on(nn.Conv1d(2, 3, 3), example_inputs=torch.zeros(2, 9)).result.shape == (3, 7)


def test_a_shape_takes_the_kind_of_number_and_the_device_of_the_model():
    run = run_on(nn.Conv1d(2, 3, 3, dtype=torch.float64, device="meta"), (1, 2, 9))
    assert (run.result.dtype, run.result.device.type) == (torch.float64, "meta")
    assert run_on(nn.ReLU(), (3, 4), dtypes=torch.int32).result.dtype == torch.int32


class Asks(nn.Module):
    """Needs a number of its input."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.conv(x)) if x.sum().item() < 1e9 else x


@pytest.mark.parametrize("home", ["cpu", "meta"])
@pytest.mark.parametrize("place", ["cpu", "meta"])
def test_a_model_with_numbers_takes_an_input_without_and_the_other_way_round(home, place):
    x = torch.zeros(1, 2, 9, device=place)
    plain = nn.Sequential(nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3)).to(home)
    for given in (x, {"input": x}):
        run = run_on(plain, given)
        assert (run.on, run.result.shape, run.result.device.type) == ("shapes", (1, 3, 7), home)
    asking = run_on(Asks().to(home), example_inputs=x)
    assert (asking.on, asking.result.shape, asking.result.device.type) == ("zeros", (1, 3, 7), "cpu")
    tokens = torch.zeros(2, 5, dtype=torch.long, device=place)
    assert run_on(nn.Embedding(9, 4, device=home), tokens).result.shape == (2, 5, 4)
    assert x.device.type == place
    assert next(plain.parameters()).device.type == home


def test_inputs_with_and_without_numbers_meet_in_a_model_without_parameters():
    shapes = [torch.zeros(SHAPES[0]), torch.zeros(SHAPES[1], device="meta")]
    for given in (shapes, shapes[::-1]):
        run = run_on(Pair(), given)
        assert (run.result.shape, run.result.device.type) == ((1, 5, 8, 9), "cpu")


def test_a_tensor_of_a_class_of_its_own_is_taken_as_a_tensor():
    class Image(torch.Tensor):
        """Names what the numbers are."""

    for x in (torch.zeros(1, 2, 9).as_subclass(Image), nn.Parameter(torch.zeros(1, 2, 9))):
        run = run_on(nn.Conv1d(2, 3, 3), x)
        assert (run.on, run.result.shape) == ("shapes", (1, 3, 7))


def test_whole_numbers_are_chosen_where_the_model_wants_them():
    run = run_on(Tokens(), ((2, 5), (2, 5)))
    assert [leaf.dtype for leaf in run.inputs.leaves()] == [torch.int64, torch.float32]
    assert run.result.shape == (2, 5, 3)
    assert run_on(nn.EmbeddingBag(9, 4), (2, 5)).result.shape == (2, 4)
    told = run_on(Tokens(), ((2, 5), (2, 5)), dtypes=(torch.int32, None))
    assert told.inputs.leaves()[0].dtype == torch.int32


def test_numbers_that_are_given_are_used_where_numbers_are_wanted():
    class Longest(nn.Module):
        def forward(self, x):
            return x[: int(x.max())]

    run = run_on(Longest(), torch.tensor([0, 1, 3, 2]))
    assert (run.on, run.result.tolist()) == ("zeros", [0, 1, 3])
    assert run_on(Longest(), (4,)).result.shape == (0,)


def test_a_forward_that_differentiates_runs_with_gradients():
    class Force(nn.Module):
        def __init__(self):
            super().__init__()
            self.energy = nn.Conv1d(2, 1, 3)

        def forward(self, x):
            x = x.requires_grad_()
            return torch.autograd.grad(self.energy(x).sum(), x)[0]

    run = run_on(Force(), (1, 2, 9))
    assert (run.on, run.result.shape) == ("shapes", (1, 2, 9))


def test_torch_prints_nothing_beside_what_is_raised(caplog, capfd):
    with pytest.raises(ValueError, match="same reduction dim"):
        run_on(nn.Sequential(nn.Linear(3, 4)), (2, 5))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_children_called_by_their_forward_are_heard_too():
    class Direct(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Conv1d(2, 3, 3)

        def forward(self, x):
            return self.inner.forward(x)

    assert [name for name, _ in run_on(Direct(), (1, 2, 9)).watcher.heard] == ["", "inner"]


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(5, 2)))

    def forward(self, x):
        return self.body(x)


class Broken(nn.Module):
    def forward(self, x):
        raise KeyError("no\n  such    layer")


def optimised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.jit is no longer worked on
        return torch.jit.optimize_for_inference(torch.jit.script(nn.Sequential(nn.Conv2d(2, 3, 3)).eval()))


REFUSED = {
    "channels last": (
        lambda: run_on(Deep(), (1, 8, 9, 3)),
        ValueError,
        "the model must run on these inputs, but module 'body.0' (Conv2d) says: Given groups=1, weight of size "
        "[4, 3, 3, 3], expected input[1, 8, 9, 3] to have 3 channels, but got 8 channels instead; channels come "
        "first: (N, C, *S). Got inputs=[(1, 8, 9, 3)]",
    ),
    "another size": (
        lambda: run_on(Deep(), (1, 3, 8, 9)),
        ValueError,
        "the model must run on these inputs, but module 'body.1.1' (Linear) says: a and b must have same reduction "
        "dim, but got [1, 168] X [5, 2]; the last axis must have 5 entries. Got inputs=[(1, 3, 8, 9)], "
        "there=[(1, 168)]",
    ),
    "one input of two": (
        lambda: run_on(Pair(), (1, 3, 8)),
        TypeError,
        "the model must run on these inputs, but the model (Pair) itself says: Pair.forward() missing 1 required "
        "positional argument: 'b'; give one shape for each argument, or a dictionary of them by name. "
        "Got inputs=[(1, 3, 8)]",
    ),
    "an error of its own": (
        lambda: run_on(nn.Sequential(Broken()), (1, 3)),
        ValueError,
        "the model must run on these inputs, but module '0' (Broken) says: 'no\\n such layer'. Got inputs=[(1, 3)]",
    ),
    "no model": (
        lambda: run_on("resnet50", (1, 3)),
        TypeError,
        "model must be a torch module. Got model='str'",
    ),
    "no input": (
        lambda: run_on(nn.ReLU()),
        TypeError,
        "a shape x or example_inputs must be given. Got x=None",
    ),
    "two inputs for one": (
        lambda: run_on(nn.ReLU(), torch.zeros(2, 3), example_inputs=torch.zeros(2)),
        ValueError,
        "one of x and example_inputs must be given, not both. Got x=(2, 3)",
    ),
    "a number": (
        lambda: run_on(nn.ReLU(), 3),
        TypeError,
        "x must be a shape, a tensor, or several of them. Got x=3",
    ),
    "half a shape": (
        lambda: run_on(nn.ReLU(), (1, 3.5)),
        TypeError,
        "x must be a whole number. Got x=3.5",
    ),
    "a negative size": (
        lambda: run_on(nn.ReLU(), (1, -3)),
        ValueError,
        "x must be at least 0. Got x=-3",
    ),
    "an array": (
        lambda: run_on(nn.ReLU(), [np.zeros((2, 3))]),
        TypeError,
        "x must be a shape, a tensor, or several of them; torch.from_numpy makes a tensor of an array. Got x='ndarray'",
    ),
    "a kind of number by name": (
        lambda: run_on(nn.ReLU(), (2, 3), dtypes="float32"),
        TypeError,
        "dtypes must be kinds of number of torch, or None. Got dtypes='float32'",
    ),
    "a nested tensor": (
        lambda: run_on(nn.ReLU(), torch.nested.nested_tensor(list(map(torch.zeros, (2, 3))), layout=torch.jagged)),
        NotImplementedError,
        "a tensor must have one shape, which a nested one has not; give torch.nested.to_padded_tensor of it. "
        "Got layout=torch.jagged",
    ),
    "too few dtypes": (
        lambda: run_on(Pair(), SHAPES, dtypes=[None]),
        ValueError,
        "dtypes must be one, or one for each of x. Got dtypes=[None], x=[(1, 3, 8, 9), (1, 2, 8, 9)]",
    ),
}

if torch.backends.mkldnn.is_available():  # elsewhere torch optimises nothing that cannot be copied
    REFUSED["a scripted model that torch has optimised"] = (
        lambda: run_on(optimised(), (1, 2, 8, 9)),
        ValueError,
        "the model must run on these inputs, but the model (RecursiveScriptModule) itself says: required keyword "
        "attribute 'value' is undefined; give the module as it was before torch.jit.optimize_for_inference. "
        "Got inputs=[(1, 2, 8, 9)]",
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_was_asked_where_it_failed_and_what_to_do(name):
    attempt, error, message = REFUSED[name]
    with pytest.raises(error, match=f"^(ran|given_inputs): {re.escape(message)}$"):
        attempt()


def test_torchs_words_are_shortened():
    class Wordy(nn.Module):
        def forward(self, x):
            raise RuntimeError("word " * 1000)

    with pytest.raises(ValueError, match="word word") as caught:
        run_on(Wordy(), (1, 2))
    assert len(str(caught.value)) < 300


def test_a_model_that_wants_whole_numbers_and_gets_fractions_of_them_is_refused():
    class Halved(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(9, 4)

        def forward(self, x):
            return self.embed(x * 0.5)

    with pytest.raises(ValueError, match=r"ran: the model must run on these inputs, but module 'embed' \(Embedding\)"):
        run_on(Halved(), (2, 5))


def test_the_kinds_of_more_than_four_inputs_are_not_guessed():
    class Five(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(9, 4)

        def forward(self, *tokens):
            return sum(map(self.embed, tokens))

    assert run_on(Five(), [(2, 5)] * 4).result.shape == (2, 5, 4)
    with pytest.raises(ValueError, match=r"module 'embed' \(Embedding\) says"):
        run_on(Five(), [(2, 5)] * 5)
    assert run_on(Five(), [(2, 5)] * 5, dtypes=torch.long).result.shape == (2, 5, 4)
