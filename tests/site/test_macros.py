"""What a page may say between its marks, how values are written, and what tables, listings and citations refuse."""

import re
from fractions import Fraction

import pytest
import sympy

from scripts.site import api, bibliography, functions, tables, wording
from scripts.site.api import lookup
from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.runner import PageRun
from scripts.site.wording import as_text, formatted

PAGE = "docs/chapters/00-planted.md"


def expand(markdown, hidden=None, **variables):
    return functions.expand_with(Page(PAGE, markdown), PageRun(variables=variables, hidden=hidden or {}))


def said(markdown, **variables):
    return expand(markdown, **variables).markdown.rstrip("\n")


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (138357544, "138,357,544"),
        (-12345, "-12,345"),
        (True, "True"),
        ("rank 1", "rank 1"),
        (Fraction(1, 3), "1/3"),
        (Fraction(8, 2), "4"),
        (Fraction(12345, 2), "12,345/2"),
        (sympy.Integer(4096), "4,096"),
    ],
)
def test_a_value_is_shown(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize("value", [0.5, 1j, float("nan")])
def test_a_float_has_to_say_its_format(value):
    with pytest.raises(ValueError, match=re.escape("a float needs a format: [[= name | fmt('.2f') =]]")):
        as_text(value)


@pytest.mark.parametrize("value", [None, [1], (1, 2), {"a": 1}, len])
def test_what_is_no_number_and_no_text_is_refused(value):
    with pytest.raises(ValueError, match="not a number or a text"):
        as_text(value)


def test_formats():
    assert formatted(0.25, ".1%") == "25.0%"
    assert formatted(Fraction(1, 3), ".2f") == "0.33"
    assert formatted(12345, "d") == "12345"
    with pytest.raises(ValueError, match="does not fit"):
        formatted(0.5, "d")
    with pytest.raises(ValueError, match="for numbers, not for str"):
        formatted("a", ".2f")


@pytest.mark.parametrize(("value", "specification"), [(0.04, ".1f"), (1.4, ".0f"), (0.012, ".0%"), (-0.4, ".0f")])
def test_a_format_that_shows_another_number_is_refused(value, specification):
    with pytest.raises(ValueError, match=r"makes .* of .*\. Show more digits"):
        wording.in_sentence(value, specification)
    assert wording.in_sentence(value, ".3f")


def test_a_format_that_shows_no_number_is_refused():
    with pytest.raises(ValueError, match="which is no number"):
        wording.in_sentence(255, "x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "zero"), (1, "one"), (12, "twelve"), (20, "twenty"), (41, "forty-one"), (99, "ninety-nine"),
        (sympy.Integer(5), "five"), (Fraction(1, 2), "half"), (Fraction(1, 3), "a third"),
        (Fraction(2, 3), "two thirds"), (Fraction(3, 4), "three quarters"), (Fraction(6, 2), "three"),
    ],
)  # fmt: skip
def test_a_number_is_written_in_words(value, text):
    assert wording.words(value) == text


@pytest.mark.parametrize("value", [0.5, True, "3", None, 100, -1, Fraction(1, 7), Fraction(5, 2)])
def test_what_has_no_words_is_refused(value):
    with pytest.raises(ValueError, match=r"words are for whole numbers|is better read in digits"):
        wording.words(value)


def test_results_are_written_as_words_shapes_and_comparisons():
    assert said("[[= n | words | capitalize =]] of them, [[= n | times =]].", n=4) == "Four of them, four times."
    assert said("[[= 1 | times =]], [[= 2 | times =]].") == "once, twice."
    assert said("A [[= shape | by =]] result.", shape=(2, 3)) == "A 2\u00a0× 3 result."
    sentence = "It takes [[= more_or_fewer(a, b) =]] and is [[= larger_or_smaller(b, a) =]]"
    assert said(sentence, a=72, b=81) == "It takes fewer and is larger"
    assert said("[[= compared(a, a, 'above', 'below', 'at') =]]", a=1) == "at"
    with pytest.raises(PageError, match="both are 1, and neither above nor below is true"):
        said("[[= compared(a, a, 'above', 'below') =]]", a=1)
    with pytest.raises(PageError, match="by is for shapes, not for int"):
        said("[[= a | by =]]", a=1)


def test_macros_stand_in_captions_headings_titles_and_the_header():
    text = "[[= table(rows, caption=\"All [[= n | words =]] of 'them', [[= kind =]].\") =]]"
    assert "\n\nAll four of 'them', \"dense\".\n{ .table-caption }" in said(text, rows=[{"a": 1}], n=4, kind='"dense"')
    assert said('## All [[= n =]]\n\n!!! note "Of [[= n =]]"', n=4) == '## All 4\n\n!!! note "Of 4"'
    page = expand("---\ntitle: All [[= n =]]\nhide: [toc]\n---\n\nText.\n", n=4)
    assert page.header == {"title": "All 4", "hide": ["toc"]}
    with pytest.raises(PageError, match=f"^{PAGE}:1: .*no block of this page computes m"):
        said("[[= table(rows, caption='Of [[= m =]]') =]]", rows=[{"a": 1}])
    with pytest.raises(PageError, match=f"^{PAGE}:2: .*no block of this page computes m"):
        said("---\ntitle: Of [[= m =]]\n---\n\nText.\n")


# --- expressions ------------------------------------------------------------------------------------------------------


def test_names_arithmetic_and_filters_are_evaluated():
    assert said("[[= a =]], [[= a // 3 =]], [[= b | fmt('.2f') =]]", a=45000, b=0.125) == "45,000, 15,000, 0.12"
    assert said("[[= shape[0] =]] × [[= layer.k =]]", shape=[3], layer={"k": 5}) == "3 × 5"
    assert said("[[=a=]]", a=1) == "1"
    assert said("of [[= rows | length =]]", rows=[1, 2]) == "of 2"


def test_inline_code_is_evaluated_and_a_mark_can_be_quoted():
    assert said("`(2, [[= a =]])`", a=1) == "`(2, 1)`"
    assert said('`[[= "[[= a =]]" =]]`', a=1) == "`[[= a =]]`"


def test_front_matter_is_taken_off_and_still_counted():
    assert said("---\ntitle: T\n---\n\nIt is [[= a =]].", a=1).strip() == "It is 1."
    with pytest.raises(PageError, match=f"^{PAGE}:5: "):
        said("---\ntitle: T\n---\n\nIt is [[= b =]].", a=1)


def test_an_expression_may_run_over_several_lines():
    assert said("One\n[[= a\n + 1 =]]", a=1) == "One\n2"
    with pytest.raises(PageError, match=f"^{PAGE}:2: "):
        said("One\n[[= b\n + 1 =]]")


def test_blocks_take_the_indent_of_their_place():
    text = said("!!! note\n\n    [[= table(rows) =]]\n\nEnd", rows=[{"a": 1}, {"a": 2}])
    assert "    | a |\n    | --: |\n    | 1 |\n    | 2 |\n" in text


@pytest.mark.parametrize(
    ("markdown", "cause"),
    [
        ("[[= colum_macs =]]", "no block of this page computes colum_macs; close: column_macs"),
        ("[[= 1 / nothing =]]", "no block of this page computes nothing"),
        ("[[= secret =]]", "a sentence cannot use secret, because it is a NumPy array"),
        ("[[= table =]]", "a function is not a number or a text"),
        ("[[= column_macs / 0 =]]", "ZeroDivisionError"),
        ("[[= column_macs is defined =]]", "No test named 'defined'"),
        ("[[= column_macs | default(3) =]]", "No filter named 'default'"),
        ("[[= column_macs | fmt =]]", "TypeError"),
        ("[[= range(3) =]]", "no block of this page computes range"),
        ("[[= version('numpyy') =]]", "no package 'numpyy' is installed"),
        ("[[= column_macs", r"\[\[= without its counterpart"),
        ("column_macs =]]", r"=\]\] without its counterpart"),
        ("[[= 'open =]]", r"without its counterpart: .* quotes closed"),
        ("- [[= references('dumoulin2016') =]]", "Put it alone on its line"),
        ("[[= figure('x', alt='An alternative text, long enough.') =]] and more", "scripts/figures/chapter_00.py"),
    ],
)
def test_a_faulty_macro_is_refused(markdown, cause):
    with pytest.raises(PageError, match=f"^{PAGE}:3: .*{cause}"):
        expand(f"# Title\n\n{markdown}\n", {"secret": "a NumPy array"}, column_macs=45)


def test_a_variable_that_is_named_like_a_macro_has_to_be_renamed():
    assert said("[[= rows | length =]]", rows=[1], table=[1]) == "1"
    with pytest.raises(PageError, match="a sentence cannot use table, because it is named like a macro: rename it"):
        said("[[= table(rows) =]]", rows=[{"a": 1}], table=[1])


def test_the_pictures_of_a_page_are_found_without_running_it():
    text = "[[= figure('one', alt='x') =]]\n\n```text\n[[= figure('two') =]]\n```\n\n[[= figure(\n\"three\") =]]"
    assert functions.pictures_named(Page("docs/chapters/14-x.md", text)) == {
        ("chapter_14", "one"),
        ("chapter_14", "three"),
    }


# --- tables -----------------------------------------------------------------------------------------------------------

ROWS = [{"layer": "conv1", "MACs": 105415200, "share": 0.125}, {"layer": "a|b", "MACs": 1, "share": 0.5}]


def test_a_table_aligns_numbers_to_the_right():
    assert tables.table(ROWS, fmt={"share": ".1%"}).split("\n") == [
        "| layer | MACs | share |",
        "| :-- | --: | --: |",
        "| conv1 | 105,415,200 | 12.5% |",
        r"| a\|b | 1 | 50.0% |",
    ]


def test_a_table_can_be_aligned_and_captioned():
    text = tables.table([{"a": 1}], align={"a": "center"}, caption="All of them.")
    assert text == "| a |\n| :-: |\n| 1 |\n\nAll of them.\n{ .table-caption }"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (([],), "at least one row"),
        ((5,), "a list of dicts"),
        (([[1]],), "a list of dicts"),
        (([{}],), "at least one row and one column"),
        (([{"a": 1}, {"b": 1}],), r"row 1 has the keys \['b'\], row 0 has \['a'\]"),
        (([{"a": 0.5}],), r"column 'a', row 0: a float needs a format: table\(rows, fmt=\{\"a\": \".2f\"\}\)"),
        (([{"a": None}],), "column 'a', row 0: a NoneType"),
        (([{"a": 1}], {"b": ".2f"}), "no column 'b'; the columns are 'a'"),
        (([{"a": 1}], None, {"a": "middle"}), "left, center or right, not 'middle'"),
        (([{"a": 1.5}], {"a": "d"}), "column 'a', row 0: the format 'd' does not fit"),
    ],
)
def test_a_faulty_table_is_refused(arguments, cause):
    with pytest.raises(ValueError, match=cause):
        tables.table(*arguments)


# --- listings ---------------------------------------------------------------------------------------------------------


def test_a_listing_is_the_code_without_docstrings():
    text = api.listing("conv_output_size", "receptive_field")
    assert '=== "conv_output_size"\n\n    ```python title="reference_impl/arithmetic/sizes.py"' in text
    assert '=== "receptive_field"' in text
    assert "    def conv_output_size(" in text
    assert '"""' not in text
    assert "    return " in text


@pytest.mark.parametrize("names", [(), ("conv_loop",)])
def test_a_listing_of_nothing_is_refused(names):
    with pytest.raises(ValueError, match=r"name at least one|close: conv_loops"):
        api.listing(*names)


def test_an_entry_knows_its_place():
    entry = lookup("conv_output_size")
    assert (entry.module, entry.place) == ("reference_impl.arithmetic.sizes", "reference_impl/arithmetic/sizes.py")
    assert entry.docstring.startswith("Number of outputs")


# --- citations --------------------------------------------------------------------------------------------------------


def test_a_citation_links_from_where_the_page_stands():
    assert bibliography.cite("chapters/02-x.md", "dumoulin2016") == (
        "[Dumoulin & Visin (2016)](../bibliography.md#dumoulin2016)"
    )
    assert bibliography.cite("index.md", "howard2017", "section 3.1") == (
        "[Howard et al. (2017, section 3.1)](bibliography.md#howard2017)"
    )
    assert bibliography.cite("index.md", "oord2016").startswith("[van den Oord et al. (2016)]")


def test_references_say_where_to_look():
    lines = bibliography.references("dumoulin2016", ("odena2016", "section 2")).split("\n")
    assert lines[0].startswith("- Vincent Dumoulin, Francesco Visin (2016). [A guide to convolution arithmetic")
    assert lines[1].endswith("*Distill*. — section 2")


def test_the_bibliography_has_an_anchor_for_every_entry_in_alphabetical_order():
    keys = re.findall(r'^- <span id="(\w+)"></span>', bibliography.bibliography(), re.MULTILINE)
    assert sorted(keys) == sorted(bibliography.entries())
    families = [bibliography._family(bibliography.entries()[key]["authors"][0]).casefold() for key in keys]
    assert families == sorted(families)


@pytest.mark.parametrize(
    ("yaml", "cause"),
    [
        ("a: {authors: [A B], year: 2000, title: T, venue: V}", "a has no url"),
        ("a: {authors: [A B], year: 2000, title: T, venue: V, url: u, doi: 1}", "a has doi, which nothing shows"),
        ("a: {year: 1}\na: {year: 2}", "has a twice"),
        ("a2001: {authors: [A B], year: 2000, title: T, venue: V, url: 'https://x'}", "a2001 is of the year 2000"),
        ("a: {authors: [A B], year: 2000, title: T, venue: V, url: 'http://x'}", "does not begin with https://"),
        (
            "a: {authors: [A B], year: 2000, title: T, venue: 'arXiv:1603.07285', url: 'https://arxiv.org/abs/1603.07258'}",
            "a is arXiv:1603.07285, and its url is https://arxiv.org/abs/1603.07258",
        ),
    ],
)
def test_a_faulty_entry_is_refused(yaml, cause, tmp_path, monkeypatch):
    (tmp_path / "bibliography.yml").write_text(yaml)
    monkeypatch.setattr(bibliography, "SOURCE", tmp_path / "bibliography.yml")
    with pytest.raises(ValueError, match=cause):
        bibliography.entries()


@pytest.mark.parametrize("call", [lambda: bibliography.cite("index.md", "dumoulin"), lambda: bibliography.references()])
def test_an_unknown_citation_is_refused(call):
    with pytest.raises(ValueError, match=r"no entry 'dumoulin'; close: dumoulin2016|name at least one entry"):
        call()


LISTED = '[[= references("dumoulin2016", ("odena2016", "section 2")) =]]\n'


def test_a_page_lists_what_it_cites():
    bibliography.check_citations(
        Page(PAGE, f"[[= cite('dumoulin2016') =]], [[= cite('odena2016', 'x') =]]\n\n{LISTED}")
    )
    bibliography.check_citations(Page(PAGE, "[[= cite('dumoulin2016') =]]\n"))


@pytest.mark.parametrize(
    ("cited", "line", "cause"),
    [
        ("[[= cite('dumoulin2016') =]]", 3, "odena2016 is listed, and no sentence of this page cites it"),
        (
            "[[= cite('dumoulin2016') =]] [[= cite('odena2016') =]] [[= cite('howard2017') =]]", 1,
            "howard2017 is cited, and .* does not list it",
        ),
    ],
)  # fmt: skip
def test_what_is_only_cited_or_only_listed_is_refused(cited, line, cause):
    with pytest.raises(PageError, match=f"^{PAGE}:{line}: {cause}"):
        bibliography.check_citations(Page(PAGE, f"{cited}\n\n{LISTED}"))
