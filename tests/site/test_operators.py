"""The table of all operators has a row for each card, as it stands on its card, and none that is wrong."""

import re
from dataclasses import replace

import pytest

from scripts.cards.entries import CARDS
from scripts.site import functions, operators
from scripts.site.errors import PageError
from scripts.site.one_line import one_line, shape
from scripts.site.page import Page
from scripts.site.runner import PageRun

MACROS = ("operators()", "operator_calls()", "operator_sheet()")


def shown(call, name="docs/chapters/00-planted.md"):
    return functions.expand_with(Page(name, f"# Title\n\n[[= {call} =]]\n"), PageRun()).markdown


def rows(text):
    return [line for line in text.splitlines() if line.strip().startswith("| [")]


@pytest.mark.parametrize("call", ["operators()", "operator_sheet()"])
def test_every_card_has_a_row_that_leads_to_its_chapter(call):
    found = rows(shown(call))
    assert len(found) == len(CARDS)
    for name, row in zip(operators.PLACES, found, strict=True):
        page = operators.PLACES[name].page.removeprefix("chapters/")
        assert f"[{CARDS[name].title}]({page})" in row
        assert one_line(CARDS[name].macs).removeprefix("MACs = ") in row
        assert all(f"{letter} {shape(text)}" in row for letter, text in CARDS[name].weights.items())


def test_a_row_has_all_shapes_the_input_first_and_the_output_last():
    row = next(row for row in rows(shown("operators()")) if "#operator-modulated_deform_conv" in row)
    assert [line.strip()[0] for line in row.split(" | ")[1].split("<br>")] == ["x", "w", "Δ", "m", "b", "y"]
    assert row.count("(r for Δ = 0)") == 1


def test_links_start_where_the_page_stands():
    assert "](02-convolution.md#card-conv)" in shown("operators()")
    assert "](chapters/02-convolution.md#card-conv)" in shown("operators()", "docs/planted.md")


def test_every_framework_has_a_tab_with_the_calls_that_the_cards_show():
    tabs = dict(re.findall(r'=== "(.+?)"\n(.*?)(?=\n=== |\n</div>)', shown("operator_calls()"), re.DOTALL))
    assert list(tabs) == ["This handbook", "PyTorch", "Keras", "TensorFlow", "JAX", "ONNX"]
    assert len(rows(tabs["This handbook"])) == len(CARDS)
    spelled = [name for name, card in CARDS.items() if card.passes]
    for framework in list(tabs)[1:]:
        assert len(rows(tabs[framework])) == len(spelled)
    for name in spelled:
        calls = operators.written.calls(name, CARDS[name])
        assert all(one["call"] in tabs[framework] for framework, found in calls.items() for one in found)


def test_what_the_frameworks_spell_only_in_part_says_so():
    row = next(row for row in rows(shown("operator_calls()")) if "without the shuffle: " in row)
    assert "Shuffled grouped convolution" in row


@pytest.mark.parametrize("call", MACROS)
@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ({"parameters": "P = C_in*C_out"}, "parameters is"),
        ({"macs": "MACs = C_out*i_H*i_W*C_in"}, "macs is"),
        ({"size": "o = i - 1"}, "output is"),
        ({"weights": {"w": "(C_in, C_out, 1, 1)"}}, "shape of w is"),
        ({"field": "r_out = r_in + j"}, "field is"),
    ],
)
def test_a_wrong_row_stops_the_page(monkeypatch, call, row, cause):
    monkeypatch.setitem(CARDS, "pointwise", replace(CARDS["pointwise"], **row))
    with pytest.raises(PageError, match=f"1 × 1 convolution: {cause}"):
        shown(call)


@pytest.mark.parametrize("call", MACROS)
def test_a_card_that_was_forgotten_stops_the_page(monkeypatch, call):
    monkeypatch.setitem(CARDS, "planted", CARDS["conv"])
    with pytest.raises(PageError, match="no place says where the card 'planted' is explained: add it to PLACES"):
        shown(call)


@pytest.mark.parametrize("call", MACROS)
def test_a_place_without_a_card_stops_the_page(monkeypatch, call):
    monkeypatch.setitem(operators.PLACES, "groupd", operators.PLACES["grouped"])
    with pytest.raises(PageError, match="there is no card 'groupd'; close: grouped"):
        shown(call)


def test_calls_that_are_not_up_to_date_stop_the_page(monkeypatch):
    monkeypatch.setitem(CARDS, "conv", replace(CARDS["conv"], example={"s": 3}))
    with pytest.raises(PageError, match="the calls of the card conv are not up to date"):
        shown("operator_calls()")


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        ("o = (i + 2*p - d*(k - 1) - 1) // s + 1", "o = ⌊(i + 2p − d·(k − 1) − 1)/s⌋ + 1"),
        ("P = (C_in/g)*k_H", "P = (C<sub>in</sub>/g)·k<sub>H</sub>"),
        ("P = C_in*k_H/g", "P = C<sub>in</sub>·k<sub>H</sub>/g"),
        ("P = C_in/(g*k)", "P = C<sub>in</sub>/(g·k)"),
        ("o = i - (k - 1)", "o = i − (k − 1)"),
        ("o = i - k - 1", "o = i − k − 1"),
        ("a = 1\nb = 2*3", "a = 1, b = 2·3"),
    ],
)
def test_a_formula_in_one_line_means_what_its_tree_means(formula, line):
    assert one_line(formula) == line


def test_a_formula_that_one_line_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="one line cannot hold 'k \\*\\* 2'"):
        one_line("o = k**2")
