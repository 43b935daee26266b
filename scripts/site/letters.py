"""What the letters of formulas mean: `docs/data/letters.yml` says it, for every formula and the notation page.

A letter's meaning is named by the argument it is in the code (`s: stride`), or by a word of its own where it is none.
A letter that is an argument of the function is that argument in the function's formula, so a glossary that exchanges
two of them makes formulas fail.
"""

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from scripts.fingerprints import ROOT
from scripts.site import typeset
from scripts.site.cache import once_a_build
from scripts.site.yaml_text import from_yaml

GLOSSARY = ROOT / "docs" / "data" / "letters.yml"
KINDS = ("letters", "indices")


@dataclass(frozen=True)
class Letter:
    """One meaning of a letter: how it is written, the name of the meaning, and the meaning itself."""

    written: str
    sense: str
    meaning: str
    is_index: bool = False

    @property
    def argument(self) -> str:
        """The argument that the letter is, where its meaning is named by one: `stride`, `stride of a transpose`."""
        return self.sense.partition(" of ")[0]

    @property
    def tex(self) -> str:
        """The letter in LaTeX."""
        return typeset.expression(ast.parse(self.written, mode="eval").body)


@once_a_build
def glossary() -> dict[str, dict[str, list[Letter]]]:
    """Kind -> letter -> its meanings.

    Raises:
        ValueError: for anything in the file that is not letter -> name of the meaning -> meaning.
    """
    path = GLOSSARY
    data = from_yaml(path.read_text(encoding="utf-8"))
    if set(data) != set(KINDS):
        raise ValueError(f"{path.name} has the parts {', '.join(KINDS)}, not {', '.join(data)}")
    found: dict[str, dict[str, list[Letter]]] = {kind: {} for kind in KINDS}
    for kind, entries in data.items():
        for written, senses in entries.items():
            if not isinstance(senses, dict) or not all(isinstance(meaning, str) for meaning in senses.values()):
                raise ValueError(f"{path.name}: {written} needs lines of the form name: meaning")
            meanings = [Letter(written, sense, text, kind == "indices") for sense, text in senses.items()]
            found[kind][written.partition("[")[0]] = meanings
    return found


def meaning(
    letter: str, *, index: bool = False, sense: str = "", argument: str = "", parameters: Collection[str] = ()
) -> Letter:
    """The one meaning that a letter has in a formula. An index has the first of its meanings where nothing is said.

    Args:
        letter: As the formula has it.
        index: Whether a sum or the left side runs over it.
        sense: Name of its meaning, where the docstring says so.
        argument: The argument it is tied to, where the docstring says so.
        parameters: Arguments of the function; one of them that names a meaning of the letter is it.

    Raises:
        ValueError: there is no entry, or several that fit.
    """
    known = glossary()["indices" if index else "letters"].get(letter, [])
    kind = "index" if index else "letter"
    if not known:
        raise ValueError(f"the {kind} {letter} has no meaning. Add it to docs/data/letters.yml")
    if sense:
        fitting = [entry for entry in known if entry.sense == sense]
    elif index:
        fitting = known[:1]
    else:
        wanted = [argument] if argument else parameters
        fitting = [entry for entry in known if entry.sense in wanted] or known
    if len(fitting) != 1:
        senses = ", ".join(entry.sense for entry in known)
        raise ValueError(
            f"the {kind} {letter} can mean: {senses}. Say which in the docstring: {letter} — {known[0].sense}"
        )
    return fitting[0]


def must_be_known(letter: str) -> None:
    """Refuse a letter that the glossary does not have; the number of `x_1` does not matter.

    Raises:
        ValueError: it has no entry.
    """
    plain = re.sub(r"_\d+$", "", letter)
    if not any({plain, f"{plain}_"} & glossary()[kind].keys() for kind in KINDS):
        raise ValueError(f"the letter {letter} has no meaning. Add it to docs/data/letters.yml")


@dataclass
class PageLetters:
    """What the letters of one page mean so far; none may mean two things."""

    said: dict[str, tuple[Letter, str]] = field(default_factory=dict)

    def note(self, letters: Collection[Letter], place: str) -> None:
        """Remember the letters of a formula, or refuse one that meant something else above."""
        for letter in (letter for letter in letters if not letter.is_index):
            before, where = self.said.setdefault(letter.written, (letter, place))
            if before.sense != letter.sense:
                others = f"{letter.meaning!r} in {place} and {before.meaning!r} in {where}"
                raise ValueError(f"{letter.written} means {others} on this page")


def where(letters: Collection[Letter], parameters: Collection[str] = ()) -> str:
    """One sentence for the letters under a formula: first the letters, then what its indices count."""
    single = [letter for letter in letters if not letter.is_index]
    parts = [f"${letter.tex}$ = {letter.meaning}{_code(letter, parameters)}" for letter in single]
    counted = [f"${letter.tex}$ {letter.meaning}" for letter in letters if letter.is_index]
    if counted:
        parts.append("indices: " + ", ".join(counted))
    return f"where {'; '.join(parts)}.\n{{ .formula-letters }}"


def _code(letter: Letter, parameters: Collection[str]) -> str:
    tied = letter.argument in parameters and letter.argument != letter.written
    return f" (`{letter.argument}`)" if tied else ""


def table(part: str) -> list[Mapping[str, str]]:
    """The rows of the notation page: one for each letter, with all of its meanings.

    Args:
        part: "arguments" for the letters that are arguments of functions, "others" for the others, or "indices".

    Raises:
        ValueError: for another word.
    """
    if part not in ("arguments", "others", "indices"):
        raise ValueError(f'letters are "arguments", "others" or "indices", not {part!r}')
    rows = []
    for meanings in glossary()["indices" if part == "indices" else "letters"].values():
        codes = list(dict.fromkeys(f"`{one.argument}`" for one in meanings if one.argument in _all_parameters()))
        if part == "indices" or bool(codes) == (part == "arguments"):
            row = {"letter": f"${meanings[0].tex}$", "meaning": "; ".join(one.meaning for one in meanings)}
            rows.append(row | ({"in code": ", ".join(codes)} if part == "arguments" else {}))
    return rows


@once_a_build
def _all_parameters() -> frozenset[str]:
    """Every name that some public function of reference_impl takes."""
    from scripts.site.api import all_entries

    found: set[str] = set()
    for entry in all_entries():
        for node in ast.walk(ast.parse(entry.code)):
            if isinstance(node, ast.arguments):
                found |= {argument.arg for argument in (*node.posonlyargs, *node.args, *node.kwonlyargs)}
    return frozenset(found)
