"""Compare a formula with its function: letters are drawn at random, every side is evaluated, arrays cell by cell."""

import ast
import importlib
import inspect
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from scripts.site import arrays
from scripts.site.api import Entry
from scripts.site.docstrings import Section
from scripts.site.expressions import close, compiled, equations, evaluate, loop_letters, names
from scripts.site.rules import Context, head, index_of

FEWEST = 8  # a function that refuses so many draws that fewer are left needs ranges: "s: stride (1..4)"
PATIENCE = 400  # draws for each comparison wanted
EXTRA = 4  # times as many settings are tried before one that hides a letter counts as all there is
NUMBERS, SIZES = (0, 12), (1, 3)  # what letters are drawn from where the docstring does not say; SIZES with arrays
HONEST = (ValueError, ZeroDivisionError, NotImplementedError)  # what a function may refuse a setting with
Drawn = tuple[dict[str, Any], list[tuple[ast.expr, Any]]]


@dataclass
class Trial:
    """A formula made ready: how its letters are drawn and how the function's arguments come from them."""

    entry: Entry
    rules: Section
    tied: Mapping[str, str]
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    accepted: list[dict[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shown = equations(self.rules.text)
        self.module = vars(importlib.import_module(self.entry.module))
        self.function = self.module[self.entry.name]
        parameters = inspect.signature(self.function).parameters
        self.parameters = set(parameters)
        made = {ast.unparse(target) for target, _ in self.rules.made}
        needed = [name for name, parameter in parameters.items() if parameter.default is parameter.empty]
        if lacking := [name for name in needed if name not in {*self.tied.values(), *made} and not self.rules.compared]:
            raise ValueError(f"{self.entry.name} needs its argument {lacking[0]}, which is no letter of its formula")
        usual = SIZES if any(index_of(line.left) for line in self.shown) else NUMBERS
        self.ranges = {name: self.rules.ranges.get(name, usual) for name in sorted(self._letters())}

    def _letters(self) -> set[str]:
        """The letters to draw: each is tied to the function by itself or by what is made of it."""
        made = {name for target, _ in self.rules.made for name in names(target)}
        sources = [*(expression for _, expression in self.rules.made), *self.rules.indices.values()]
        inside = set().union(*map(names, sources))
        used = set().union(*(names(side) for line in self.shown for side in line.sides[1:]))
        own = {name for line in self.shown for name in names(head(line.left))}
        counted = set().union(*(names(entry) for line in self.shown for entry in index_of(line.left)))
        drawn = (self.tied.keys() | {name for name in inside if name in used or name not in self.module}) - made - own
        self._check(used - drawn - made - own - counted, drawn | made | own | counted | used)
        return drawn

    def _check(self, untied: set[str], known: set[str]) -> None:
        name = self.entry.name
        if untied:
            letter = min(untied)
            raise ValueError(f"{letter} of {name}'s formula is tied to no argument. Add a line {letter}: argument")
        known |= {letter for line in self.shown for side in line.sides for letter in loop_letters(side)}
        told = self.rules.ties.keys() | self.rules.ranges.keys() | self.rules.senses.keys() | self.rules.indices.keys()
        if idle := sorted(told - known):
            raise ValueError(f"{name} explains {idle[0]}, which its formula does not have")


def compare(entry: Entry, rules: Section, tied: Mapping[str, str], draws: int) -> int:
    """Compare every side of a formula with its function on so many random settings; how many it were.

    Raises:
        ValueError: for the first setting on which they differ, a letter tied to nothing, a function that refuses nearly
            everything, and a letter that was never varied.
    """
    trial, generator = Trial(entry, rules, tied), random.Random(entry.name)
    for _ in range(draws * PATIENCE):
        if (drawn := _drawn(trial, generator)) is None:
            continue
        _compare(trial, *drawn)
        enough = len(trial.accepted) // draws
        if enough > EXTRA or (enough and not _hidden(trial)):
            break
    if len(trial.accepted) < min(FEWEST, draws):
        hint = "Give its letters ranges, as in s: stride (1..4)"
        raise ValueError(f"{entry.name} refuses nearly every setting drawn. {hint}")
    if what := _hidden(trial):
        raise ValueError(f"{what} whenever {entry.name} accepts, so a wrong formula could pass. Widen the ranges")
    return len(trial.accepted)


def _hidden(trial: Trial) -> str:
    """What the settings accepted so far would hide: a letter that never varied, two that were always equal."""
    varied = [name for name, (low, high) in trial.ranges.items() if low < high]
    values = {name: [setting[name] for setting in trial.accepted] for name in varied}
    if constant := [name for name, its in values.items() if len(set(its)) < 2]:
        return f"{constant[0]} is {values[constant[0]][:1]}"
    alike = [pair for pair in itertools.combinations(varied, 2) if values[pair[0]] == values[pair[1]]]
    return f"{alike[0][0]} equals {alike[0][1]}" if alike else ""


def _drawn(trial: Trial, generator: random.Random) -> Drawn | None:
    """Random letters, and each left side with what the function makes of them; None for a setting that it refuses.

    A refusal is honest: a kernel larger than its input, groups that do not divide the channels.
    """
    letters: dict[str, Any] = {name: generator.randint(*bounds) for name, bounds in trial.ranges.items()}
    helpers = trial.module | {"array": arrays.drawer(generator), "from_1": arrays.from_1}
    try:
        for target, expression in trial.rules.made:
            _assign(target, evaluate(compiled(expression), helpers | letters), letters)
        given = {name: name for name in letters if name in trial.parameters} | dict(trial.tied)
        arguments = {argument: arrays.unwrapped(letters[name]) for name, argument in given.items()}
        if trial.rules.compared:
            plain = helpers | {name: arrays.unwrapped(value) for name, value in letters.items()}
            results = [(left, evaluate(compiled(call), plain)) for left, call in trial.rules.compared]
        else:
            results = [(trial.shown[0].left, trial.function(**arguments))]
    except HONEST:
        return None
    trial.accepted.append({name: letters[name] for name in trial.ranges})
    return letters, results


def _assign(target: ast.expr, value: Any, letters: dict[str, Any]) -> None:
    """`name = value` or `a, b = values`."""
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    values = value if isinstance(target, ast.Tuple) else [value]
    for one, its in zip(targets, values, strict=True):
        name = ast.unparse(one)
        letters[name] = its.named(name) if isinstance(its, arrays.Array) else its


def _compare(trial: Trial, letters: dict[str, Any], results: list[tuple[ast.expr, Any]]) -> None:
    """Every side beside what the function gives, in every cell."""
    context = Context(trial.shown, letters)
    for left, result in results:
        lines = [line for line in trial.shown if ast.unparse(head(line.left)) == ast.unparse(head(left))]
        single = len(lines) == 1 and ast.unparse(lines[0].left) == ast.unparse(left)
        first = int(isinstance(left, ast.Name | ast.Subscript | ast.Call))  # `a + b = …` has a left side to work out
        sides = [(ast.unparse(side), compiled(side)) for side in (lines[0].sides[first:] if single else [left])]
        used = set().union(*(names(side) for line in trial.shown for side in line.sides))
        for bound, expected in _cells(trial, left, context, result):
            numbers = {name: value for name, value in (letters | bound).items() if isinstance(value, int)}
            setting = ", ".join(f"{name}={value}" for name, value in sorted(numbers.items()) if name in used)
            for text, code in sides:
                _compare_cell(trial.entry.name, text, expected, setting, partial(context.value, code, **bound))


def _cells(trial: Trial, left: ast.expr, context: Context, result: Any) -> Iterator[tuple[dict[str, int], Any]]:
    """Values of the indices on the left, with what the function has there; every cell of its result is met."""
    free = {name for entry in index_of(left) for name in names(entry)} - context.letters.keys()
    if not free:
        yield {}, result
        return
    first = int(ast.unparse(head(left)).endswith("_"))  # n_[1] is the first of a sequence
    result, entries = np.asarray(result), [entry for entry in index_of(left) if names(entry) & free]
    if result.ndim != len(entries):
        raise ValueError(f"{ast.unparse(left)} has {len(entries)} indices, the function's result {result.ndim} axes")
    runs: dict[str, Any] = {name: context.value(compiled(bound)) for name, bound in trial.rules.indices.items()}
    for entry, size in zip(entries, result.shape, strict=True):
        if isinstance(entry, ast.Name) and entry.id in free:
            runs.setdefault(entry.id, range(first, size + first))
    if unknown := sorted(free - runs.keys()):
        raise ValueError(f"nothing says what {unknown[0]} runs over. Add a line {unknown[0]} in range(…)")
    codes, met = [compiled(entry) for entry in entries], set()
    for values in itertools.product(*(runs[name] for name in sorted(free))):
        bound = dict(zip(sorted(free), values, strict=True))
        place = tuple(context.value(code, **bound) - first for code in codes)
        met.add(place)
        yield bound, result[place]
    if len(met) < result.size:
        raise ValueError(f"{ast.unparse(left)} reaches {len(met)} of the {result.size} cells of the function's result")


def _compare_cell(name: str, text: str, expected: Any, setting: str, worked_out: Callable[[], Any]) -> None:
    expected = expected.item() if isinstance(expected, np.generic) else expected
    try:
        value = worked_out()
    except ZeroDivisionError:
        raise ValueError(f"the formula divides by zero, the function gives {expected}, at {setting}") from None
    except (IndexError, TypeError, NameError) as error:
        raise ValueError(f"{name}'s formula cannot be worked out at {setting}: {error}") from None
    if isinstance(expected, bool) or not isinstance(expected, int | float | complex | Fraction):
        raise ValueError(f"the function gives {type(expected).__name__}, and a formula gives one number")
    if not close(value, expected):
        raise ValueError(f"{text} gives {value}, the function {expected}, at {setting}")
