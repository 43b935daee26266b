"""Formulas of a sentence: written in Python's syntax, compared with what they stand for, typeset from the same text."""

import ast
import json
import random
import re
from collections.abc import Collection, Mapping
from typing import Any

from scripts.site import letters, typeset
from scripts.site.api import function, lookup
from scripts.site.cache import cached, sources_of_verdicts
from scripts.site.docstrings import section
from scripts.site.expressions import FUNCTIONS, called, close, compiled, equations, evaluate, names
from scripts.site.values import encode

DRAWS, LOW, HIGH = 60, 1, 12
HONEST = (ValueError, ZeroDivisionError, NotImplementedError)


def math(
    text: str,
    variables: Mapping[str, Any],
    *,
    equals: str = "",
    of: Collection[str] = (),
    display: bool = False,
    **given: Any,
) -> str:
    """Markdown of a formula, after it agreed with what the page or a function computes.

    Args:
        text: An expression such as `3/k**2`, or an equation whose sides are compared: `o = ceil(i/s)`.
        variables: What the blocks of the page have computed.
        equals: A function whose formula has this value for all letters; or an expression over the letters, over
            functions of reference_impl and over variables of the page. Without it, the text is a part of a formula of
            the page.
        of: The formulas that the page shows, which are computed already.
        display: Whether it stands in a paragraph of its own.
        given: Letter -> expression over variables of the page. A letter that is not given is drawn at random. Where the
            expressions are lists, every entry is compared.

    Raises:
        ValueError: for the first values for which they differ, and for what cannot be read.
    """
    if not equals:
        _must_be_part(text, of)
        return f"${typeset.latex(text, display=False)}$"
    words = set(re.findall(r"\w+", " ".join([text, equals, *map(str, given.values())])))
    used = {name: value for name, value in sorted(variables.items()) if name in words}
    key = [repr((text, equals, sorted(given.items()))), json.dumps(encode(used)), *sources_of_verdicts(__name__)]
    cached("maths", [*key, letters.GLOSSARY.read_bytes()], lambda: _check(text, variables, equals, given))
    tex = typeset.latex(text, display=display)
    return f"$$\n{tex}\n$$" if display else f"${tex}$"


def _check(text: str, variables: Mapping[str, Any], equals: str, given: Mapping[str, Any]) -> None:
    line = equations(text)[0]
    named = len(line.sides) > 1 and isinstance(line.left, ast.Name)
    sides = line.sides[1:] if named else line.sides
    used = set().union(*map(names, sides))
    if unused := sorted(given.keys() - used):
        raise ValueError(f"{text} has no letter {unused[0]}")
    for name in sorted(used | names(line.left)):
        letters.must_be_known(name)
    reference = _reference(equals, variables)
    beside = names(reference) - used - variables.keys()
    for name in sorted(beside):
        letters.must_be_known(name)
    accepted = 0
    for setting in _settings(text, used, beside, given, variables):
        expected = _expected(reference, setting, variables)
        if expected is not None:
            accepted += 1
            for side in sides:
                _compare(ast.unparse(side), evaluate(compiled(side), setting), equals, expected, setting)
    if not accepted:
        raise ValueError(f"{equals} refuses every setting drawn")


def _must_be_part(text: str, formulas: Collection[str]) -> None:
    """Refuse an expression that occurs in no formula of the page as it stands."""
    wanted = ast.unparse(equations(text)[0].left)
    parts = {
        ast.unparse(part)
        for formula in formulas
        for line in equations(formula)
        for side in line.sides
        for part in ast.walk(side)
        if isinstance(part, ast.expr)
    }
    if wanted not in parts:
        raise ValueError(f"{wanted} is no part of a formula of this page. Say what it equals: equals=…")


def _settings(
    text: str, used: set[str], beside: set[str], given: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Values of the letters: those of the page, else numbers drawn at random, also for what only the reference has."""
    values = {name: _of_page(expression, variables) for name, expression in given.items()}
    lists = {name: value for name, value in values.items() if isinstance(value, list | tuple)}
    if len({len(value) for value in lists.values()}) > 1:
        raise ValueError(f"the lists given for the letters of {text} differ in length")
    count = len(next(iter(lists.values()))) if lists else 1
    generator = random.Random(text)
    free = sorted((used | beside) - given.keys())
    settings = []
    for number in range(count if given and not free else DRAWS):
        fixed = {name: value[number % count] if name in lists else value for name, value in values.items()}
        settings.append(
            fixed | {name: generator.randint(LOW, HIGH) for name in free} | {"entry of lists": number % count}
        )
    if used and all(setting[name] in (0, 1) for setting in settings for name in used):
        raise ValueError(f"0 and 1 cannot tell {text} from other formulas. Give its letters other values")
    return settings


def _of_page(expression: Any, variables: Mapping[str, Any]) -> Any:
    if not isinstance(expression, str):
        return expression
    return evaluate(compiled(equations(expression)[0].left), variables)


def _reference(equals: str, variables: Mapping[str, Any]) -> ast.expr:
    """What the formula is compared with; a function's name stands for its own formula."""
    node = equations(equals)[0].left
    if isinstance(node, ast.Name) and node.id not in variables:
        node = equations(section(lookup(node.id), "Formula").text)[0].sides[1]
    return node


def _expected(reference: ast.expr, setting: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """What the formula should give; None for a setting that the function refuses."""
    functions = {name: function(lookup(name)) for name in called(reference) - FUNCTIONS.keys()}
    try:
        value = evaluate(compiled(reference), {**variables, **functions, **setting})
    except HONEST:
        return None
    return value[setting["entry of lists"]] if isinstance(value, list | tuple) else value


def _compare(text: str, value: Any, equals: str, expected: Any, setting: Mapping[str, Any]) -> None:
    if not close(value, expected):
        at = ", ".join(f"{name}={its}" for name, its in sorted(setting.items()) if name != "entry of lists")
        raise ValueError(f"{text} gives {value}, {equals} {expected}, at {at}")
