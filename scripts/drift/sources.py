"""Changes behind a page: in formulas of docstrings, in the glossary, in drawings, in the code that its blocks call."""

import random
import re
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from scripts import mutants as code_mutants
from scripts.fingerprints import ROOT
from scripts.site import api, figures, formulas, letters, typeset
from scripts.site.docstrings import section
from scripts.site.errors import PageError
from scripts.site.functions import pictures_named
from scripts.site.grammar import STRING
from scripts.site.page import Page
from scripts.site.runner import Result, check_output, run_one

CHECK, REVIEWED, NOTHING, HARMLESS = "a check", "reviewed values", "", "harmless"
FORMULA = re.compile(rf"(formula|definition)\(\s*({STRING})")
SIGN = re.compile(r"(?<![*/])[-+*/](?![*/])|(?<![\w.])\d+(?![\w.])")
SWAP = {"+": "-", "-": "+", "*": "+", "/": "*"}
IMPORTED = re.compile(r"^from (reference_impl[\w.]*) import (?:\(([^)]*)\)|(.+))$", re.MULTILINE)


class Change(NamedTuple):
    """A change, where it stands, and what notices it; `HARMLESS` where it changes nothing that is shown."""

    kind: str
    place: str
    noticed: Callable[[], str]


def behind(page: Page, results: Sequence[Result], dice: random.Random) -> dict[str, list[Change]]:
    """All changes of each kind behind a page, in random order."""
    found = {
        "formulas for quantities": list(_of_formulas(page, "Formula", dice)),
        "definitions by sums": list(_of_formulas(page, "Definition", dice)),
        "meanings of letters": list(_of_letters(page)),
        "code and labels of pictures": list(_of_pictures(page)),
        "code of reference_impl": list(_of_code(page, results)),
    }
    for changes in found.values():
        dice.shuffle(changes)
    return found


def _shown(page: Page) -> Iterator[tuple[api.Entry, str]]:
    """The functions whose formulas a page shows, with the section of their docstrings."""
    for macro in page.macros:
        if call := FORMULA.match(macro.code):
            yield api.lookup(call[2][1:-1]), call[1].capitalize()


def _of_formulas(page: Page, wanted: str, dice: random.Random) -> Iterator[Change]:
    kind = {"Formula": "formulas for quantities", "Definition": "definitions by sums"}[wanted]
    for entry, heading in (one for one in _shown(page) if one[1] == wanted):
        begin = entry.docstring.index(f"{heading}:")
        for line in section(entry, heading).text.split("\n"):
            at = entry.docstring.find(line.strip(), begin)
            for sign in SIGN.finditer(line.strip()) if at >= 0 else ():
                after = SWAP.get(sign[0]) or str(int(sign[0]) + dice.choice((1, 2)))
                text = entry.docstring[: at + sign.start()] + after + entry.docstring[at + sign.end() :]
                changed = replace(entry, docstring=text)
                place = f"{entry.name}, {heading}: {sign[0]} → {after} in {line.strip()}"
                yield Change(kind, place, partial(_of_formula, changed, entry, heading))


def _of_formula(changed: api.Entry, entry: api.Entry, heading: str) -> str:
    try:
        formulas.check(changed, heading)
        after, before = (typeset.latex(section(one, heading).text) for one in (changed, entry))
    except Exception:  # whatever stops the macro stops the build
        return CHECK
    return HARMLESS if after == before else REVIEWED


def _of_letters(page: Page) -> Iterator[Change]:
    """The meanings of two letters of one formula, exchanged."""
    for entry, heading in _shown(page):
        known = letters.glossary()["letters"]
        used = [name for name in formulas.meanings(entry, section(entry, heading)) if name in known]
        for first, second in pairwise(used):
            place = f"{entry.name}: the meanings of {first} and {second} exchanged"
            yield Change(
                "meanings of letters", place, lambda e=entry, h=heading, a=first, b=second: _of_pair(e, h, a, b)
            )


def _of_pair(entry: api.Entry, heading: str, first: str, second: str) -> str:
    before = letters.where(formulas.meanings(entry, section(entry, heading)).values())
    known = letters.glossary()
    changed = known | {"letters": known["letters"] | _exchanged(known["letters"], first, second)}
    with mock.patch.object(letters, "glossary", return_value=changed):
        try:
            formulas.check(entry, heading)
            after = letters.where(formulas.meanings(entry, section(entry, heading)).values())
        except Exception:
            return CHECK
    return HARMLESS if after == before else REVIEWED


def _exchanged(known: dict[str, list[letters.Letter]], first: str, second: str) -> dict[str, list[letters.Letter]]:
    return {
        name: [replace(one, written=known[name][0].written) for one in known[other]]
        for name, other in ((first, second), (second, first))
    }


def _of_pictures(page: Page) -> Iterator[Change]:
    for module, name in sorted(pictures_named(page)):
        path = ROOT / "scripts" / "figures" / f"{module}.py"
        for mutant in _mutants_in(path, {name}):
            place = mutant.code()[1].replace(f"{ROOT}/", "")
            yield Change("code and labels of pictures", place, partial(_of_drawing, mutant, module, name))


def _of_drawing(mutant: code_mutants.Mutant, module: str, name: str) -> str:
    before = figures.drawing(module, name)
    dotted = f"scripts.figures.{module}"
    try:
        with _known(_module(mutant, dotted)):
            after = figures._draw(module, name)
    except Exception:
        return CHECK
    return HARMLESS if after == before else REVIEWED


def _mutants_in(path: Path, names: set[str]) -> Iterator[code_mutants.Mutant]:
    """Other operators, constants and words in some functions of a file."""
    for mutant in code_mutants.mutants(path) if path.is_file() else ():
        changes = [*code_mutants.of_operators(mutant.node), *code_mutants.of_words_and_numbers(mutant.node)]
        if getattr(mutant.function, "name", "") in names and mutant.attribute in {name for name, _ in changes}:
            yield mutant


def _module(mutant: code_mutants.Mutant, dotted: str) -> types.ModuleType:
    """A module of the changed source."""
    module = types.ModuleType(dotted)
    module.__file__, module.__package__ = str(mutant.path), dotted.rpartition(".")[0]
    with _known(module):
        exec(mutant.code()[0], vars(module))
    return module


@contextmanager
def _known(module: types.ModuleType) -> Iterator[None]:
    """A module in the place of the one with its name; what it imports stays imported."""
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__) if before is None else sys.modules.update({module.__name__: before})


def _of_code(page: Page, results: Sequence[Result]) -> Iterator[Change]:
    names = {name for block in page.blocks for name in _imported(block.code)}
    for entry in (one for one in api.all_entries() if one.name in names):
        function = api.function(entry)
        if isinstance(function, types.FunctionType):
            for mutant in _mutants_in(ROOT / entry.place, {entry.name}):
                place = mutant.code()[1].replace(f"{ROOT}/", "")
                notice = _Blocks(page, results, entry, mutant)
                yield Change("code of reference_impl", f"{place}, for {page.name}", notice)


def _imported(code: str) -> set[str]:
    """What a block imports from reference_impl."""
    lists = (found[2] or found[3] for found in IMPORTED.finditer(code))
    return {name.strip().split(" ")[0] for names in lists for name in names.split(",")}


class _Blocks(NamedTuple):
    """The blocks of a page that import a function, run with a mutant of it."""

    page: Page
    results: Sequence[Result]
    entry: api.Entry
    mutant: code_mutants.Mutant

    def __call__(self) -> str:
        """What notices the mutant: an output, an exception; a value that a sentence may have."""
        with _replaced(api.function(self.entry), self.mutant, self.entry):
            for block, before in zip(self.page.blocks, self.results, strict=True):
                if self.entry.name not in _imported(block.code):
                    continue
                try:
                    after = run_one(self.page.name, block)
                    check_output(self.page.name, block, after[0])
                except PageError:
                    return CHECK
                if repr(after[1]) != repr(before[1]):
                    return REVIEWED
        return NOTHING


@contextmanager
def _replaced(function: types.FunctionType, mutant: code_mutants.Mutant, entry: api.Entry) -> Iterator[None]:
    """The code of a function, wherever it was imported to, replaced for a while."""
    changed = getattr(_module(mutant, entry.module), entry.name)
    before = function.__code__, function.__kwdefaults__
    function.__code__, function.__kwdefaults__ = changed.__code__, changed.__kwdefaults__
    try:
        yield
    finally:
        function.__code__, function.__kwdefaults__ = before
