"""Show the formulas of reference_impl, each after it has agreed with its function on many random settings."""

import ast
import contextlib
import inspect
from collections.abc import Collection
from dataclasses import replace

from scripts.site import comparisons, letters, typeset
from scripts.site.api import Entry, function, lookup
from scripts.site.cache import cached, sources_of_verdicts
from scripts.site.docstrings import Section, section
from scripts.site.expressions import CONSTANTS, Equation, equations, loop_letters, names
from scripts.site.rules import head, index_of

DRAWS = {"Formula": 240, "Definition": 8}  # settings on which a formula and its function are compared


def formula(
    name: str, *, display: bool = True, heading: str = "Formula", said: letters.PageLetters | None = None
) -> str:
    """Markdown of a function's formula, displayed with the meaning of its letters, or inline without.

    Args:
        name: The function.
        display: Whether it stands in a paragraph of its own.
        heading: The section of its docstring: "Formula", or "Definition" for what is compared cell by cell.
        said: What the letters of the page mean so far.

    Raises:
        ValueError: no such function or section, a formula that cannot be read or that disagrees with its function, a
            letter without meaning, or with another meaning than above on the page.
    """
    entry = lookup(name)
    shown = section(entry, heading)
    explained = meanings(entry, shown).values()
    glossary = letters.GLOSSARY.read_bytes()
    key = [entry.name, heading, entry.docstring, glossary, *sources_of_verdicts(__name__)]
    cached("formulas", key, lambda: check(entry, heading))
    tex = typeset.latex(shown.text, display=display)
    if not display:
        return f"${tex}$"
    if said is not None:
        said.note(explained, name)
    return f"$$\n{tex}\n$$\n\n{letters.where(explained, parameters(entry))}"


def definition(name: str, *, said: letters.PageLetters | None = None) -> str:
    """Markdown of the `Definition:` section of a function.

    Raises:
        ValueError: as `formula`.
    """
    return formula(name, heading="Definition", said=said)


def text_of(name: str, heading: str) -> str:
    """The equations of a function as its docstring has them."""
    return section(lookup(name), heading).text


def check(entry: Entry, heading: str = "Formula", draws: int | None = None) -> int:
    """Compare every side of an entry's formula with its function; the number of settings compared.

    Raises:
        ValueError: for the first setting on which they differ, and for letters that are not tied to the function.
    """
    rules = section(entry, heading)
    return comparisons.compare(entry, rules, _tied(entry, rules), draws or DRAWS[heading])


def meanings(entry: Entry, rules: Section) -> dict[str, letters.Letter]:
    """The letters of a formula in their order, each with its one meaning; its indices come last."""
    shown = equations(rules.text)
    runs, found, padded = indices(rules), {}, _padded(rules)
    for name in _in_order(shown):
        told = {"sense": rules.senses.get(name, ""), "argument": rules.ties.get(name, "")}
        found[name] = letters.meaning(name, index=name in runs, parameters=_free_parameters(entry, rules, name), **told)
        if name in padded:
            found[name] = replace(found[name], meaning=f"{found[name].meaning}, {padded[name]} outside its cells")
    return dict(sorted(found.items(), key=lambda letter: letter[1].is_index))


def _padded(rules: Section) -> dict[str, str]:
    """The arrays that the formula reads outside their cells, with what stands there."""
    return {
        ast.unparse(target): ast.unparse(option.value)
        for target, call in rules.made
        if isinstance(call, ast.Call)
        for option in call.keywords
        if option.arg == "outside"
    }


def indices(rules: Section) -> set[str]:
    """The letters that the left sides and the sums of a formula run over."""
    shown = equations(rules.text)
    alone = {entry.id for line in shown for entry in index_of(line.left) if isinstance(entry, ast.Name)}
    loops = {name for line in shown for side in line.sides for name in loop_letters(side)}
    letters_of_rules = set().union(*(names(expression) for _, expression in rules.made), rules.ranges, rules.ties)
    return (alone - letters_of_rules) | loops | rules.indices.keys()


def _in_order(shown: Collection[Equation]) -> list[str]:
    """The letters of a formula as a reader meets them."""
    found: dict[str, None] = {}
    for line in shown:
        called = {call.func for side in line.sides for call in ast.walk(side) if isinstance(call, ast.Call)}
        for side in line.sides:
            written = [part for part in ast.walk(side) if isinstance(part, ast.Name) and part not in called]
            found |= {name.id: None for name in sorted(written, key=lambda part: (part.lineno, part.col_offset))}
        found |= dict.fromkeys(names(head(line.left)))
    return [name for name in found if name not in CONSTANTS]


def _free_parameters(entry: Entry, rules: Section, letter: str) -> set[str]:
    """The arguments of a function that no line makes, so that a letter may be one of them."""
    made = {name for target, _ in rules.made for name in names(target)} - {letter}
    return parameters(entry) - made


def parameters(entry: Entry) -> set[str]:
    """The arguments of a function."""
    return set(inspect.signature(function(entry)).parameters)


def _tied(entry: Entry, rules: Section) -> dict[str, str]:
    """Letter -> the argument that it is: what the docstring says, else the meaning that is an argument's name."""
    found = {name: letter for name, letter in meanings(entry, rules).items() if not letter.is_index}
    for name in set().union(*(names(side) for pair in rules.made for side in pair)) - found.keys():
        with contextlib.suppress(ValueError):  # a letter that only makes up others needs no meaning
            found[name] = letters.meaning(name, parameters=_free_parameters(entry, rules, name))
    shown = {name for line in equations(rules.text) for name in names(head(line.left))}
    tied = {
        name: letter.argument
        for name, letter in found.items()
        if name not in shown and letter.argument in _free_parameters(entry, rules, name)
    } | rules.ties
    for name, argument in tied.items():
        if argument not in parameters(entry):
            known = ", ".join(sorted(parameters(entry)))
            raise ValueError(f"{entry.name} has no argument {argument} ({name}); it has {known}")
    return tied
