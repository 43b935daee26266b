"""A formula of a card as one line of HTML: letters, signs and lowered indices, light enough for a table of all cards.

KaTeX makes fifty elements of a formula, this a handful. What it writes is the syntax tree that `scripts.cards.check`
evaluates.
"""

import ast

from scripts.site.expressions import equations

ADD, MULTIPLY, ATOM = range(1, 4)  # how tightly an operation binds
JOINED = {ast.Add: " + ", ast.Sub: " − "}


def one_line(text: str) -> str:
    """HTML of a formula: `o = (i - k) // s + 1` → o = ⌊(i − k)/s⌋ + 1; of several equations, one behind the other.

    Raises:
        ValueError: for what no card needs.
    """
    return ", ".join(" = ".join(_written(side) for side in line.sides) for line in equations(text))


def shape(text: str) -> str:
    """HTML of a shape: `(N, C_in*m, k_H)` with lowered indices."""
    return _written(ast.parse(text, mode="eval").body)


def _written(node: ast.expr, least: int = 0) -> str:
    """HTML of a node, in brackets where it binds less tightly than `least`."""
    match node:
        case ast.Constant(value=number):
            return str(number)
        case ast.Name(id=name):
            head, _, index = name.partition("_")
            return f"{head}<sub>{index}</sub>" if index else head
        case ast.Tuple(elts=entries):
            return f"({', '.join(map(_written, entries))})"
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left, right=right):
            binds = ADD if isinstance(op, ast.Add) else MULTIPLY
            return _wrapped(_written(left, ADD) + JOINED[type(op)] + _written(right, binds), least > ADD)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            sign = "" if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant) else "·"
            slanted = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)  # a/b·c could mean a/(b·c)
            first = _wrapped(_written(left, MULTIPLY), slanted)
            return _wrapped(first + sign + _written(right, ATOM), least > MULTIPLY)
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            return _wrapped(_quotient(left, right), least > MULTIPLY)
        case ast.BinOp(op=ast.FloorDiv(), left=left, right=right):
            return f"⌊{_quotient(left, right)}⌋"
    raise ValueError(f"one line cannot hold {ast.unparse(node)!r}")


def _quotient(left: ast.expr, right: ast.expr) -> str:
    return f"{_written(left, MULTIPLY)}/{_written(right, ATOM)}"


def _wrapped(text: str, wanted: bool) -> str:
    return f"({text})" if wanted else text
