"""Compare each row of a card with the layer as it runs, on several seeded layers in which every letter varies."""

import ast
import contextlib
import itertools
import random
import warnings
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from scripts.cards.card import AXES, Card, along, drawn, functions_of
from scripts.site import api
from scripts.site.arrays import Array
from scripts.site.expressions import compiled, equations, evaluate, names
from scripts.site.rules import Context, index_of

DRAWS = 100  # attempts to draw layers between which every letter varies
LAYERS = 5  # layers that are drawn
CELLS = 5  # output cells at which the formula is compared
STEPS = 6  # outputs between two windows that tell the jump: a multiple of every stride that is drawn
FIELDS = 3  # of these layers, those whose receptive field is measured
ROWS = ("size", "parameters", "macs", "field", "jump")


def check(card: Card) -> None:
    """Compare every row of a card with what a layer has, does and reaches.

    Raises:
        ValueError: for the first row that is wrong, with the letters; for a letter that no layer varies.
    """
    layers = _drawn(card)
    for seed, letters in enumerate(layers):
        torch.manual_seed(seed)
        _check_one(card, _with_output(card, letters), np.random.default_rng(seed))
    for letters in layers[:FIELDS]:
        _check_field(card, letters)


def _check_one(card: Card, letters: dict[str, Any], rng: np.random.Generator) -> None:
    module = layer(card, letters).double()
    arrays = {"x": rng.integers(-4, 5, shape(card.input, letters)).astype(float)}
    for name, text in card.weights.items():
        arrays[name] = _at(module, card.places[name]).detach().numpy()
        _same(card, f"shape of {name}", shape(text, letters), arrays[name].shape, letters)
    arrays["b"] = _at(module, card.bias).detach().numpy()
    _same(card, "shape of b", shape(card.biases, letters), arrays["b"].shape, letters)
    with (
        FlopCounterMode(display=False, custom_mapping={torch.ops.aten.baddbmm_: _product}) as counter,
        torch.no_grad(),
        _even_kernels_may_copy(),
    ):
        y_torch = module(torch.tensor(arrays["x"])).numpy()
    _same(card, "output", shape(card.output, letters), y_torch.shape, letters)
    _same(card, "parameters", value(card.parameters, letters), sum(p.numel() for p in module.parameters()), letters)
    _same(card, "macs", value(card.macs, letters), counter.get_total_flops() // 2, letters)
    resting = {name: np.full(shape(text, letters), at) for name, (text, at) in card.extra.items()}
    y = run(card, letters | arrays | resting)
    if y.shape != y_torch.shape or not np.allclose(y, y_torch, rtol=0, atol=1e-9):
        raise ValueError(f"{card.title}: numpy computes something else than torch for {_told(letters)}")
    drawn_extra = {name: rng.integers(-6, 7, shape(text, letters)) / 4 for name, (text, _) in card.extra.items()}
    _check_formula(card, letters, arrays | drawn_extra, rng)


def _product(_y: Any, a: Any, b: Any, **_options: Any) -> int:
    """FLOPs of a product that is added in place, which torch's counter does not know."""
    return 2 * prod(a) * b[-1]


@contextlib.contextmanager
def _even_kernels_may_copy() -> Iterator[None]:
    """Torch says once that "same" padding of an even kernel copies the input."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
        yield


def layer(card: Card, letters: Mapping[str, Any]) -> torch.nn.Module:
    """The layer of a card with its random weights."""
    return _evaluated(card.torch, {"nn": torch.nn} | dict(letters))


def run(card: Card, known: Mapping[str, Any]) -> np.ndarray:
    """What the call in this handbook gives."""
    return _evaluated(card.numpy, known)


def _evaluated(text: str, known: Mapping[str, Any]) -> Any:
    found = {name: api.function(api.lookup(name)) for name in functions_of(text)}
    return eval(text, found | dict(known))


def value(text: str, letters: Mapping[str, Any]) -> Any:
    """The right side of a formula, or an expression."""
    side = equations(text)[0].sides[-1]
    return evaluate(compiled(side), letters)


def shape(text: str, letters: Mapping[str, Any]) -> tuple[int, ...]:
    """A shape as a card writes it, in numbers."""
    return tuple(int(size) for size in evaluate(compiled(ast.parse(text, mode="eval").body), letters))


def _with_output(card: Card, letters: dict[str, int]) -> dict[str, Any]:
    """The letters with the output's: o_H is what `size` says of that axis."""
    sizes = {f"o{end}": value(card.size, along(card, axis, letters)) for axis, end in enumerate(AXES[card.axes])}
    return {**letters, **sizes}


def _check_formula(
    card: Card, letters: dict[str, Any], arrays: dict[str, np.ndarray], rng: np.random.Generator
) -> None:
    """Compare some output cells with the formula. What is outside an array is zero."""
    y = run(card, letters | arrays)
    read = {name: Array(array, outside=0, name=name) for name, array in arrays.items()}
    lines = equations(card.computes)
    counted = {entry.id for line in lines for entry in index_of(line.left) if isinstance(entry, ast.Name)}
    context = Context(lines, {name: size for name, size in letters.items() if name not in counted} | read)
    cells = list(itertools.product(*map(range, y.shape)))
    for cell in rng.permutation(cells)[:CELLS].tolist():
        formula = context.letters["y"](*cell)
        if not np.isclose(float(formula), float(y[tuple(cell)]), rtol=0, atol=1e-8):
            told = f"the formula gives {float(formula):g} at {tuple(cell)} and the call {float(y[tuple(cell)]):g}"
            raise ValueError(f"{card.title}: {told} for {_told(letters)}")


def _check_field(card: Card, letters: dict[str, Any]) -> None:
    """Compare the rows of the receptive field with gradients: three taps with stride 2 stand before."""
    letters = letters | dict(card.measured_with) | {"p": 0, "a": 0, "N": 1}
    for axis in range(card.axes):
        at_axis = along(card, axis, letters) | {"r_in": 3, "j": 2}
        size, jump = measured(card, letters, axis)
        _same(card, "field", value(card.field, at_axis), size, letters)
        _same(card, "jump", value(card.jump, at_axis), jump, letters)


def measured(card: Card, letters: Mapping[str, Any], axis: int) -> tuple[int, Any]:
    """Size of the largest window and the jump of the windows along one axis, from gradients."""
    channels = letters["C_in"]
    kind = getattr(torch.nn, f"Conv{card.axes}d")
    kernel = [3 if at == axis else 1 for at in range(card.axes)]
    steps = [2 if at == axis else 1 for at in range(card.axes)]
    before = kind(channels, channels, kernel, stride=steps, groups=channels)
    model = torch.nn.Sequential(before, layer(card, letters)).double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.zeros_like(parameter) if "offset" in name else torch.rand_like(parameter) + 0.1)
    length = 2 * (letters["s"] * (STEPS + 4) + 8)
    x = torch.rand(1, channels, *(length if at == axis else 8 for at in range(card.axes)), dtype=torch.float64)
    x.requires_grad_()
    with _even_kernels_may_copy():
        y = model(x).movedim(axis + 2, 0)
    windows = {o: window for o in range(y.shape[0]) if (window := _window(y[o].sum(), x, axis))}
    size = max(hi - lo + 1 for lo, hi in windows.values())
    whole = {o: lo for o, (lo, hi) in windows.items() if hi - lo + 1 == size}  # the others are cut off by the border
    (jump,) = {Fraction(whole[o + STEPS] - lo, STEPS) for o, lo in whole.items() if o + STEPS in whole}
    return size, jump


def _window(total: torch.Tensor, x: torch.Tensor, axis: int) -> tuple[int, int] | None:
    (slope,) = torch.autograd.grad(total, x, retain_graph=True)
    reached = slope.movedim(axis + 2, 0).flatten(1).ne(0).any(1).nonzero().ravel()
    return (int(reached[0]), int(reached[-1])) if len(reached) else None


def _drawn(card: Card) -> list[dict[str, int]]:
    """Layers between which every letter varies, also between those whose receptive field is measured."""
    draw, idle = random.Random(card.title), [""]
    for _ in range(DRAWS):
        layers = [drawn(card, draw) for _ in range(LAYERS)]
        if not (idle := _idle_letters(card, layers[:FIELDS])):
            return layers
    raise ValueError(f"{card.title}: {idle[0]} has one value in all layers, so nothing would notice it")


def _idle_letters(card: Card, layers: list[dict[str, int]]) -> list[str]:
    """The letters of the rows that have one value in all layers."""
    of_an_axis = {"i", "k"} if card.axes > 1 else set()  # there i_H and k_H stand for them
    drawn_letters = (_letters(card) & layers[0].keys()) - card.fixed.keys() - of_an_axis
    return sorted(name for name in drawn_letters if len({one[name] for one in layers}) == 1)


def _letters(card: Card) -> set[str]:
    return {name for row in ROWS for line in equations(getattr(card, row)) for name in names(line.sides[-1])}


def _at(module: torch.nn.Module, place: str) -> torch.Tensor:
    state: Mapping[str, torch.Tensor] = dict(module.named_parameters())
    if place not in state:
        raise ValueError(f"{type(module).__name__} has no parameter {place}; it has {', '.join(state)}")
    return state[place]


def _same(card: Card, row: str, said: Any, found: Any, letters: Mapping[str, Any]) -> None:
    if said != found:
        raise ValueError(f"{card.title}: {row} is {found}, and the card says {said}, for {_told(letters)}")


def _told(letters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={number}" for name, number in letters.items())
