"""Formulas in Python's syntax: cut into equations, and evaluated as they stand, with exact numbers.

`o = a = b` is a chain whose sides are all compared; several lines are several equations, and a line inside brackets
goes on. Quotients of whole numbers stay exact, so `C_in / g` may count a loop where g divides C_in.
"""

import ast
import cmath
import io
import math
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import CodeType
from typing import Any

EXACT = int | Fraction


@dataclass(frozen=True)
class Equation:
    """The sides of `left = right = …` as syntax trees, and what was written."""

    text: str
    sides: tuple[ast.expr, ...]

    @property
    def left(self) -> ast.expr:
        """What the equation is about."""
        return self.sides[0]


@lru_cache(maxsize=512)
def equations(text: str) -> tuple[Equation, ...]:
    """The equations of a formula, one a line; a line within brackets belongs to the one above.

    Raises:
        ValueError: for what is not Python.
    """
    found = []
    for pieces, written in _statements(text):
        sides = tuple(_parsed(piece, text) for piece in pieces)
        found.append(Equation(" ".join(written.split()), sides))
    if not found:
        raise ValueError("a formula without any text")
    return tuple(found)


def _statements(text: str) -> Iterator[tuple[list[str], str]]:
    """Each statement cut at the `=` outside its brackets, with the line breaks within each piece kept."""
    lines = text.splitlines(keepends=True)
    start, cuts, depth = (1, 0), [], 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            depth += (token.string in "([{" and token.type == tokenize.OP) - (
                token.string in ")]}" and token.type == tokenize.OP
            )
            if token.type == tokenize.OP and token.string == "=" and depth == 0:
                cuts.append((token.start, token.end))
            elif token.type == tokenize.NEWLINE:
                bounds = [start, *(place for cut in cuts for place in cut), token.start]
                pieces = [_between(lines, *pair) for pair in zip(bounds[::2], bounds[1::2], strict=True)]
                yield pieces, _between(lines, start, token.start)
                start, cuts = token.end, []
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"{text.strip()!r} is not Python: {error.args[0]}") from None


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    rows = lines[start[0] - 1 : end[0]]
    if not rows:
        return ""
    rows = [*rows[:-1], rows[-1][: end[1]]]
    return "".join([rows[0][start[1] :] if len(rows) > 1 else rows[0][start[1] : end[1]], *rows[1:]])


def _parsed(piece: str, text: str) -> ast.expr:
    if not piece.strip():
        raise ValueError(f"{text.strip()!r} is not Python: a side of it is empty")
    try:
        return ast.parse(f"({piece.strip()})", mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text.strip()!r} is not Python: {error.msg}") from None


def names(node: ast.AST) -> set[str]:
    """The letters an expression reads, without those its own loops bind and without the functions that it calls."""
    bound = {name.id for loop in ast.walk(node) if isinstance(loop, ast.comprehension) for name in _names(loop.target)}
    called = {id(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
    return {name.id for name in _names(node) if id(name) not in called} - bound - CONSTANTS.keys()


def loop_letters(node: ast.AST) -> list[str]:
    """The letters that its sums run over, in their order."""
    return [name.id for loop in ast.walk(node) if isinstance(loop, ast.comprehension) for name in _names(loop.target)]


def called(node: ast.AST) -> set[str]:
    """The functions that it calls by name."""
    return {call.func.id for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}


def _names(node: ast.AST) -> list[ast.Name]:
    return [name for name in ast.walk(node) if isinstance(name, ast.Name)]


def value(node: ast.expr, letters: Mapping[str, Any]) -> Any:
    """Its value; whole numbers and their quotients are exact."""
    return evaluate(compiled(node), letters)


def evaluate(code: CodeType, letters: Mapping[str, Any]) -> Any:
    """The value of a compiled expression. One namespace serves all: a generator sees no other."""
    return eval(code, {"__builtins__": {}, **FUNCTIONS, **CONSTANTS, **letters})


def compiled(node: ast.expr) -> CodeType:
    """The expression as code, with exact quotients and powers."""
    exact = _Exact().visit(ast.parse(ast.unparse(node), mode="eval"))
    return compile(ast.fix_missing_locations(exact), "formula", "eval")


class _Exact(ast.NodeTransformer):
    """Calls in place of `/` and `**`, which give floats for whole numbers in Python."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = {ast.Div: "_quotient", ast.Pow: "_power"}.get(type(node.op))
        return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], []) if name else node


def _quotient(dividend: Any, divisor: Any) -> Any:
    if not (isinstance(dividend, EXACT) and isinstance(divisor, EXACT)):
        return dividend / divisor
    return _whole(Fraction(dividend) / divisor)


def _power(base: Any, exponent: Any) -> Any:
    if not (isinstance(base, EXACT) and isinstance(exponent, int)):
        return base**exponent
    return _whole(Fraction(base) ** exponent)


def _whole(number: Fraction) -> EXACT:
    """A fraction that is a whole number as one, so that it counts a loop."""
    return number.numerator if number.denominator == 1 else number


def close(first: Any, second: Any, tolerance: float = 1e-9) -> bool:
    """Whether two numbers are equal: exactly if both are exact, else to nine digits of the larger."""
    if isinstance(first, EXACT) and isinstance(second, EXACT):
        return first == second
    return abs(first - second) <= tolerance * max(abs(first), abs(second), 1e-3)


FUNCTIONS = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": cmath.exp,
    "floor": math.floor,
    "max": max,
    "min": min,
    "prod": math.prod,
    "range": range,
    "sqrt": math.sqrt,
    "sum": sum,
    "_power": _power,
    "_quotient": _quotient,
}
CONSTANTS = {"π": math.pi}
