"""What the equations of one formula give for given letters: shorthands `q = …`, elements `m[c, r] = …`, recursions."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from scripts.site.expressions import Equation, compiled, evaluate


@dataclass(frozen=True)
class Case:
    """One equation for an element: its index as written, with the code of each entry, and the code of its sides."""

    index: tuple[ast.expr, ...]
    places: tuple[CodeType, ...]
    sides: tuple[CodeType, ...]


def head(left: ast.expr) -> ast.expr:
    """What stands before the index of a left side."""
    match left:
        case ast.Subscript(value=before) | ast.Call(func=before):
            return before
    return left


def index_of(left: ast.expr) -> tuple[ast.expr, ...]:
    """The entries of the index of a left side, none for a plain letter."""
    match left:
        case ast.Subscript(slice=ast.Tuple(elts=entries)) | ast.Call(args=entries):
            return tuple(entries)
        case ast.Subscript(slice=entry):
            return (entry,)
    return ()


class Context:
    """The letters of one setting, and what the equations say of the others."""

    def __init__(self, shown: Sequence[Equation], letters: Mapping[str, Any]):
        self.shorthands: dict[str, CodeType] = {}
        self.letters: dict[str, Any] = dict(letters)
        families: dict[str, list[Case]] = {}
        for line in shown:
            if isinstance(line.left, ast.Name):
                self.shorthands[line.left.id] = compiled(line.sides[-1])
            else:
                families.setdefault(ast.unparse(head(line.left)), []).append(case(line))
        self.letters |= {name: Family(name, self, cases) for name, cases in families.items() if name not in letters}

    def value(self, code: CodeType, **bound: Any) -> Any:
        """The value of a side for some values of its indices."""
        known = self.letters | bound
        self._fill(code, known)
        return evaluate(code, known)

    def _fill(self, code: CodeType, known: dict[str, Any]) -> None:
        """Add the shorthands that some code reads, and those that they read."""
        for name in self.shorthands.keys() & reads(code) - known.keys():
            self._fill(self.shorthands[name], known)
            known[name] = evaluate(self.shorthands[name], known)


@lru_cache(maxsize=4096)
def reads(code: CodeType) -> frozenset[str]:
    """The names that an expression reads, inside its sums too."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return frozenset(code.co_names).union(*map(reads, inner))


def case(line: Equation) -> Case:
    """An equation with an index, compiled."""
    index = index_of(line.left)
    return Case(index, tuple(map(compiled, index)), tuple(map(compiled, line.sides[1:])))


class Family:
    """The elements `m[c, r]` or values `f(h, l)` that one or more equations give, each worked out once."""

    def __init__(self, name: str, context: Context, cases: Sequence[Case]):
        self.name, self.context = name, context
        self.cases = sorted(cases, key=lambda one: len(self._free(one)))  # the particular before the general
        self.known: dict[tuple[Any, ...], Any] = {}

    def __getitem__(self, index: Any) -> Any:
        return self(*index) if isinstance(index, tuple) else self(index)

    def __call__(self, *index: Any) -> Any:
        """The element at an index."""
        if index not in self.known:
            self.known[index] = self._worked_out(index)
        return self.known[index]

    def _free(self, one: Case) -> list[str]:
        return [entry.id for entry in one.index if isinstance(entry, ast.Name) and entry.id not in self.context.letters]

    def _worked_out(self, index: tuple[Any, ...]) -> Any:
        for one in self.cases:
            bound = dict(self._matched(one, index))
            if None not in bound:
                return self.context.value(one.sides[-1], **bound)
        raise IndexError(f"no equation gives {self.name}[{', '.join(map(str, index))}]")

    def _matched(self, one: Case, index: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
        """Values of the free letters of a case's index; (None, …) where a fixed entry is another."""
        free = self._free(one)
        for entry, place, wanted in zip(one.index, one.places, index, strict=True):
            if isinstance(entry, ast.Name) and entry.id in free:
                yield entry.id, wanted
            elif evaluate(place, self.context.letters) != wanted:
                yield None, None
