"""Laws: two or more expressions over whole arrays, worked out side against side before they are shown.

`convolve(x, w) = convolve(w, x)` holds for every signal, so it is tried on random ones. Signals live on a ring, where
nothing has to be said about borders: what holds on rings of all sizes holds for finite signals on an endless axis. An
array that is given a shape is no ring but has zeros around it. Functions of a real letter, `x(t)`, are bell curves,
whose convolutions are known in closed form.
"""

import ast
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scripts.site import api, letters, typeset
from scripts.site.cache import cached, sources_of_verdicts
from scripts.site.expressions import FUNCTIONS, Equation, called, compiled, equations, evaluate, names
from scripts.site.signals import OPERATORS, REALS, Bell, Signal, signal

TRIALS, PATIENCE = 10, 200
RINGS = {1: [(6,), (7,), (5,)], 2: [(5, 4), (3, 7)], 3: [(2, 3, 4)]}  # lopsided, by number of axes
RANGES = ("cells", "rows", "columns", "reals")
SIZES = (2, 3)
TOLERANCE = 1e-9
WIDEST = 90  # characters of laws that stand side by side


@dataclass
class Law:
    """One equation and how its letters are made.

    Attributes:
        line: The equation.
        numbers: Letters that are whole numbers.
        shapes: Letter -> shape of an array that is no ring; entries are numbers or letters.
        made: Letter -> expression, over the others and functions such as `reference_impl.conv`.
    """

    line: Equation
    numbers: Sequence[str]
    shapes: Mapping[str, Sequence[int | str]]
    made: Mapping[str, str]
    known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.line.sides) < 2:
            raise ValueError(f"a law has two sides: {self.line.text}")
        self.sides = [_Slopes().visit(ast.parse(ast.unparse(side), mode="eval").body) for side in self.line.sides]
        self.codes = [compiled(side) for side in self.sides]
        hidden = [equations(text)[0].left for text in self.made.values()]
        self.used = set().union(*map(names, [*self.sides, *hidden])) - {*RANGES, "reference_impl"}
        self.functions = set().union(*map(called, self.sides)) - OPERATORS.keys() - FUNCTIONS.keys() - {"_slope"}
        self.moved = set().union(*map(_moved_by, self.sides))
        for name in sorted(set().union(*map(names, self.sides)) - set(RANGES)):
            letters.must_be_known(name)


class _Slopes(ast.NodeTransformer):
    """`slope(L, w[u])` as a call that can be worked out: by how much L grows when w[u] grows by one."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Name(id="slope"), args=[ast.Name(id=what), ast.Subscript(value=ast.Name(), slice=at)]
            ):
                base = node.args[1].value  # type: ignore[attr-defined]
                index = at if isinstance(at, ast.Tuple) else ast.Tuple([at], ast.Load())
                cell = ast.Subscript(base, at, ast.Load())
                return ast.Call(
                    ast.Name("_slope", ast.Load()), [ast.Constant(what), ast.Constant(base.id), index, cell], []
                )
        return node


def law(*texts: str, numbers: str = "", **given: str | Sequence[int | str]) -> str:
    """Markdown of one or more laws side by side, after each has held on random arrays.

    Args:
        texts: Laws such as `convolve(x, w) = convolve(w, x)`; all sides of a chain are compared with its first.
        numbers: Letters that are whole numbers, with spaces between.
        given: Letter -> shape of an array that is no ring, or the expression that makes it; all others are signals.

    Raises:
        ValueError: for a law that does not hold, with a counterexample; what cannot be read; a letter without meaning.
    """
    shapes = {name: value for name, value in given.items() if not isinstance(value, str)}
    made = {name: value for name, value in given.items() if isinstance(value, str)}
    key = [repr((texts, numbers, sorted(given.items()))), letters.GLOSSARY.read_bytes(), *sources_of_verdicts(__name__)]
    cached("laws", key, lambda: [_check(Law(line, numbers.split(), shapes, made)) for line in _lines(texts)])
    together = r", \qquad ".join(typeset.latex(text) for text in texts)
    return f"$$\n{together if sum(map(len, texts)) < WIDEST else typeset.latex(chr(10).join(texts))}\n$$"


def _lines(texts: Sequence[str]) -> Iterator[Equation]:
    return (line for text in texts for line in equations(text))


def _check(one: Law) -> None:
    generator, accepted, anything = random.Random(one.line.text), 0, False
    for attempt in range(TRIALS * PATIENCE):
        if accepted == TRIALS:
            break
        try:
            _draw(one, generator, attempt)
        except ValueError:  # a function of reference_impl refuses the setting
            continue
        accepted += 1
        for bound in _cells(one):
            first, *others = (np.asarray(evaluate(code, OPERATORS | one.known | bound)) for code in one.codes)
            anything = anything or bool(np.any(np.abs(first) > TOLERANCE))
            for side, other in zip(one.line.sides[1:], others, strict=True):
                _compare(one, side, first, other, bound)
    if accepted < TRIALS or not anything:
        reason = "is zero throughout" if accepted else "is refused by its functions"
        raise ValueError(f"{one.line.text} {reason} in every setting drawn, so nothing would be noticed")


def _draw(one: Law, generator: random.Random, attempt: int) -> None:
    """A value for every letter: curves and real numbers; or signals, numbers, and what is made of them."""
    noise = np.random.default_rng(generator.randrange(2**32))
    given = one.shapes.keys() | one.made.keys()
    if one.functions - given:
        one.known = {name: Bell(*noise.uniform((0.5, -3, 0.5), (2, 3, 4))) for name in sorted(one.functions)}
        one.known |= {name: float(noise.uniform(-3, 3)) for name in sorted(one.used - one.functions)} | {"reals": REALS}
        return
    counted = set().union(*map(_indices, one.sides))
    axes = max(_axes(side, given) for side in one.sides) or 1 + attempt % len(RINGS)
    ring = generator.choice(RINGS[axes])
    one.known = dict(zip(("rows", "columns"), map(range, ring), strict=False)) | {"cells": range(ring[0])}
    sizes = {entry for shape in one.shapes.values() for entry in shape if isinstance(entry, str)}
    for name in sorted(set(one.numbers) | sizes | one.moved):
        one.known[name] = generator.randint(*SIZES) if name in sizes else generator.randint(1, 3)
    for name in sorted((one.used | one.shapes.keys()) - counted - one.known.keys() - one.made.keys()):
        shape = [one.known[size] if isinstance(size, str) else size for size in one.shapes.get(name, ring)]
        one.known[name] = signal(noise.integers(-9, 10, size=shape), ring=name not in one.shapes)
    for name, text in one.made.items():
        value = _made(text, one.known)
        one.known[name] = (lambda *_, value=value: value) if name in one.functions else value
    one.known["_slope"] = lambda what, of, index, _: _slope(one, what, of, index)


def _made(text: str, known: Mapping[str, Any]) -> Any:
    """The value of an expression; its `reference_impl.conv(…)` is the function of that name."""
    value = evaluate(compiled(equations(text)[0].left), OPERATORS | {"reference_impl": _Functions()} | dict(known))
    return signal(value, ring=getattr(value, "ring", False)) if isinstance(value, np.ndarray) else value


class _Functions:
    """The functions of reference_impl, each by its name alone."""

    def __getattr__(self, name: str) -> Any:
        return api.function(api.lookup(name))


def _slope(one: Law, what: str, of: str, index: tuple[int, ...]) -> Any:
    """The derivative of what is linear in a cell: the difference that one more makes there."""
    more = one.known[of].copy()
    more[index] += 1
    return _made(one.made[what], one.known | {of: more}) - _made(one.made[what], one.known)


def _indices(side: ast.expr) -> set[str]:
    """The letters that stand alone as an entry of an index and that no sum runs over."""
    subscripts = [part for part in ast.walk(side) if isinstance(part, ast.Subscript)]
    alone = {entry.id for part in subscripts for entry in _entries(part) if isinstance(entry, ast.Name)}
    return alone & names(side)


def _entries(subscript: ast.Subscript) -> list[ast.expr]:
    return subscript.slice.elts if isinstance(subscript.slice, ast.Tuple) else [subscript.slice]


def _axes(side: ast.expr, given: set[str]) -> int:
    """How many axes the signals of a side have, 0 where no element of one is named."""
    subscripts = (part for part in ast.walk(side) if isinstance(part, ast.Subscript))
    return max((len(_entries(part)) for part in subscripts if not names(part.value) & given), default=0)


def _moved_by(side: ast.expr) -> set[str]:
    """By how much signals are moved."""
    calls = [part for part in ast.walk(side) if isinstance(part, ast.Call)]
    return set().union(*(names(call.args[1]) for call in calls if getattr(call.func, "id", "") == "shift"))


def _cells(one: Law) -> Iterator[dict[str, int]]:
    """Values of the letters that are no loop's: as far as the array reaches in whose index they stand alone."""
    runs: dict[str, range] = {}
    for part in (part for side in one.sides for part in ast.walk(side) if isinstance(part, ast.Subscript)):
        free = {entry.id for entry in _entries(part) if isinstance(entry, ast.Name)} - one.known.keys() - runs.keys()
        if free & _indices(part) and not names(part.value) - one.known.keys():
            shape = np.shape(evaluate(compiled(part.value), OPERATORS | one.known))
            for entry, size in zip(_entries(part), shape, strict=True):
                if isinstance(entry, ast.Name) and entry.id in free:
                    runs[entry.id] = range(size)
    wanted = set().union(*map(_indices, one.sides))
    found = {name: cells for name, cells in runs.items() if name in wanted}
    for values in itertools.product(*found.values()):
        yield dict(zip(found, values, strict=True))


def _compare(one: Law, side: ast.expr, first: np.ndarray, other: np.ndarray, bound: Mapping[str, int]) -> None:
    text = f"{one.line.text} does not hold"
    if first.shape != other.shape:
        raise ValueError(f"{text}: its sides have the shapes {first.shape} and {other.shape}")
    if np.allclose(first, other, rtol=TOLERANCE, atol=TOLERANCE * max(1, np.abs(first).max())):
        return
    cell = np.unravel_index(np.abs(first - other).argmax(), first.shape)
    given = {
        name: value for name, value in {**one.known, **bound}.items() if name not in RANGES and not callable(value)
    }
    setting = "; ".join(f"{name} = {_shown(value)}" for name, value in given.items())
    both = f"{ast.unparse(one.line.left)} is {first[cell]:.6g}, {ast.unparse(side)} is {other[cell]:.6g}"
    raise ValueError(f"{text}: {both} for {setting}")


def _shown(value: Any) -> str:
    return str(value.tolist()) if isinstance(value, Signal) else str(value)
