"""Every formula of reference_impl, on a page or not, agrees with its function, explains its letters and is typeset."""

import re
from pathlib import Path

import pytest

from scripts.site import api, docstrings, formulas, katex, letters, typeset

DRAWS = {"Formula": 1000, "Definition": 24}
SECTIONS = [
    (entry, heading)
    for entry in api.all_entries()
    for heading in ("Formula", "Definition")
    if docstrings.has_section(entry, heading)
]
IDS = [f"{entry.name}-{heading}" for entry, heading in SECTIONS]


def test_there_are_formulas_and_definitions_to_check():
    assert {"conv_output_size-Formula", "conv_loops-Definition"} <= set(IDS)


@pytest.mark.parametrize(("entry", "heading"), SECTIONS, ids=IDS)
def test_the_formula_agrees_with_its_function(entry, heading):
    assert formulas.check(entry, heading, DRAWS[heading]) >= DRAWS[heading]


@pytest.mark.parametrize(("entry", "heading"), SECTIONS, ids=IDS)
def test_katex_typesets_it_and_its_letters(entry, heading):
    section = docstrings.section(entry, heading)
    assert "katex-mathml" in katex.render(typeset.latex(section.text), display=True)
    for letter in formulas.meanings(entry, section).values():
        assert "katex-mathml" in katex.render(letter.tex, display=False)


def test_every_meaning_of_the_glossary_is_used_by_a_formula_or_is_an_argument():
    used = {
        (letter.written, letter.sense)
        for entry, heading in SECTIONS
        for letter in formulas.meanings(entry, docstrings.section(entry, heading)).values()
    }
    known = {
        (letter.written, letter.sense)
        for kind in letters.glossary().values()
        for meanings in kind.values()
        for letter in meanings
    }
    in_shapes = {("D", "axis depth"), ("o_D", "output depth")}  # in no formula: the notation page reads shapes by them
    sizes = set(re.findall(r'"(\w+)": \d+', Path("docs/notation.md").read_text(encoding="utf-8")))
    assert {letter for letter, _ in in_shapes} <= sizes
    on_cards = {("S", "spatial_weight"), ("T", "temporal_weight")}  # of a card's rows, in no docstring
    cards = Path("scripts/cards/entries.py").read_text(encoding="utf-8")
    assert all(re.search(rf"\b{letter}\b", cards) for letter, _ in on_cards)
    in_laws = {("i_D", "input depth")}
    assert "i_D" in Path("docs/chapters/07-conv3d-arithmetic.md").read_text(encoding="utf-8")
    assert known - used == in_shapes | on_cards | in_laws


def test_what_the_notation_page_calls_an_argument_is_one_in_some_formula():
    tied = {
        letter.argument
        for entry, heading in SECTIONS
        for letter in formulas.meanings(entry, docstrings.section(entry, heading)).values()
        if letter.argument in formulas.parameters(entry)
    }
    shown = {code for row in letters.table("arguments") for code in row["in code"].replace("`", "").split(", ")}
    on_cards = {"spatial_weight", "temporal_weight"}
    assert on_cards <= set(formulas.parameters(api.lookup("pseudo3d_conv")))
    assert shown - tied == on_cards
