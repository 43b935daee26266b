"""Which variables of a block its page's sentences may use, as plain values that a JSON file can hold."""

import ast
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

MOST_VALUES = 10_000
PLAIN = (bool, int, float, str)


class NotPlainError(ValueError):
    """A value that a sentence cannot use; the message says what it is."""


def exported(code: str, namespace: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Sort what a block has left into values that its page may use and names that it may not.

    Args:
        code: The block.
        namespace: Its variables after it ran.

    Returns:
        The values by name, plain; and for each other name the reason, to go behind "because it is".
    """
    values: dict[str, Any] = {}
    hidden: dict[str, str] = {}
    bound = binding_lines(code)
    for name, value in namespace.items():
        if name.startswith("__"):
            continue
        try:
            if name.startswith("_"):
                raise NotPlainError("private: its name starts with an underscore")
            if name not in bound:
                raise NotPlainError("not assigned: it is a function, a class or the target of a for or with")
            values[name] = plain(value)
        except NotPlainError as reason:
            hidden[name] = str(reason)
    return values, hidden


def binding_lines(code: str) -> dict[str, int]:
    """The names that a block's own statements assign or import, with the line of the last time (first line: 1).

    Targets of `for`, `with`, `except` and comprehensions do not count, and nothing inside a function or class does.
    """
    return dict(_bindings(ast.parse(code)))


def _bindings(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            return
        case ast.Assign(targets=targets):
            yield from (name for target in targets for name in _stored(target))
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.NamedExpr(target=target):
            yield from _stored(target)
        case ast.alias(name=name, asname=asname):
            yield (asname or name).partition(".")[0], node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _bindings(child)


def _stored(target: ast.AST) -> Iterator[tuple[str, int]]:
    """The names in an assignment's target, also inside tuples and behind stars."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def plain(value: Any) -> Any:
    """The value as Python's own numbers, texts, lists, tuples and dicts.

    Raises:
        NotPlainError: for anything else, and for more than 10,000 values.
    """
    return _plain(value, [MOST_VALUES], depth=0)


def _plain(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > 20:
        raise NotPlainError(f"more than {MOST_VALUES:,} values")
    if isinstance(value, dict):
        return {_plain(key, left, depth + 1): _plain(entry, left, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        kind = list if isinstance(value, list) else tuple
        return kind(_plain(entry, left, depth + 1) for entry in value)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """A number or text without its library: `np.float32(0.5)` is 0.5, sympy's `Rational(1, 3)` is Fraction(1, 3)."""
    numpy, sympy = sys.modules.get("numpy"), sys.modules.get("sympy")
    if numpy and isinstance(value, numpy.generic):
        value = value.item()
    elif sympy and isinstance(value, sympy.Rational):
        value = int(value) if value.is_Integer else Fraction(int(value.p), int(value.q))
    elif sympy and isinstance(value, sympy.Float):
        value = float(value)
    if type(value) not in (*PLAIN, complex, Fraction):
        kind = type(value)
        raise NotPlainError(f"of type {kind.__module__}.{kind.__qualname__}".replace("builtins.", ""))
    return value


def encode(value: Any) -> Any:
    """A plain value in terms of JSON: what JSON lacks becomes a dict with one key, the kind."""
    match value:
        case Fraction():
            return {"Fraction": [value.numerator, value.denominator]}
        case complex():
            return {"complex": [value.real, value.imag]}
        case tuple():
            return {"tuple": [encode(entry) for entry in value]}
        case list():
            return [encode(entry) for entry in value]
        case dict():
            return {"dict": [[encode(key), encode(entry)] for key, entry in value.items()]}
    return value


def decode(stored: Any) -> Any:
    """The plain value that `encode` wrote."""
    match stored:
        case {"Fraction": [numerator, denominator]}:
            return Fraction(numerator, denominator)
        case {"complex": [real, imaginary]}:
            return complex(real, imaginary)
        case {"tuple": entries}:
            return tuple(decode(entry) for entry in entries)
        case {"dict": entries}:
            return {decode(key): decode(entry) for key, entry in entries}
        case list():
            return [decode(entry) for entry in stored]
    return stored


def same(first: Any, second: Any) -> bool:
    """Whether two plain values are equal and of the same kinds; NaN equals NaN, 1 is not True and not 1.0."""
    return json.dumps(encode(first)) == json.dumps(encode(second))
