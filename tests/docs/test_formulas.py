"""Every formula of reference_impl, on a page or not, agrees with its function; every definition can be typeset."""

import pytest

from scripts.site import api, docstrings, formulas, katex, latex

DRAWS = 1000
ENTRIES = {entry.name: entry for entry in api.all_entries()}
WITH_FORMULA = [name for name, entry in ENTRIES.items() if docstrings.has_section(entry, "Formula")]
WITH_DEFINITION = [name for name, entry in ENTRIES.items() if docstrings.has_section(entry, "Definition")]


def test_there_are_formulas_and_definitions_to_check():
    assert "conv_output_size" in WITH_FORMULA
    assert "conv_loops" in WITH_DEFINITION


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_the_formula_agrees_with_its_function(name):
    assert formulas.check(ENTRIES[name], DRAWS) >= formulas.FEWEST


@pytest.mark.parametrize("name", [*WITH_FORMULA, *WITH_DEFINITION])
def test_katex_typesets_it(name):
    for heading in ("Formula", "Definition"):
        if docstrings.has_section(ENTRIES[name], heading):
            section = docstrings.section(ENTRIES[name], heading)
            assert "katex-mathml" in katex.render(section.tex, display=True)
            for letter in (*section.letters, *section.made):
                assert "katex-mathml" in katex.render(latex.typeset(letter.name), display=False)
