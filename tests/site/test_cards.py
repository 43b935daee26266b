"""The macro `card`: rows with ids, links to traps that exist, and refusals in words."""

import re
from dataclasses import replace

import pytest

from scripts.site import cards, functions
from scripts.site.cards import CARDS
from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.runner import PageRun

PAGE = "docs/chapters/00-planted.md"


def shown(call):
    text = f"# Title\n\n## Part\n\n[[= {call} =]]\n\n### A trap, `k // 2`\n"
    return functions.expand_with(Page(PAGE, text), PageRun()).markdown


def test_a_card_is_a_section_one_level_down_and_each_row_has_an_id():
    text = shown('card("grouped", traps=["a-trap-k-2"])')
    assert "### Card: Grouped convolution { #card-grouped }" in text
    assert [re.search(r"#card-grouped-[\w-]+", row)[0] for row in re.findall(r"^\| \*\*.*$", text, re.MULTILINE)] == [
        f"#card-grouped-{row}"
        for row in (
            *("input", "weight-w", "bias", "output", "size", "parameters", "macs", "receptive-field", "handbook"),
            *("pytorch-layer", "pytorch", "keras", "tensorflow", "jax", "onnx", "traps"),
        )
    ]
    assert "[A trap, `k // 2`](#a-trap-k-2)" in text
    assert "`(C_out, C_in/g, k_H, k_W)`" in text


def test_a_card_has_the_title_that_the_page_gives_it():
    assert "### Card: a layer of groups { #card-grouped }" in shown(
        'card("grouped", traps=["a-trap-k-2"], title="a layer of groups")'
    )


def test_a_card_beyond_another_shows_what_is_not_there():
    text = shown('card("modulated_deform_conv", traps=["a-trap-k-2"], beyond="deform_conv")')
    rows = re.findall(r"#card-modulated_deform_conv-([\w-]+)", text)
    assert rows == ["mask", "parameters", "macs", "handbook", "pytorch-layer", "traps"]
    assert r"X[n,\, c,\, u,\, v,\, i,\, j] = m[n,\, \tau,\, i,\, j]" in text
    assert "y[n" not in text
    assert "[Deformable convolution, version 1](#card-deform_conv)" in text


@pytest.mark.parametrize(
    ("call", "cause"),
    [
        ('card("grouped", traps=["a-trap-k-2"], beyond="groupd")', "there is no card 'groupd'; close: grouped"),
        ('card("groupd", traps=["a-trap-k-2"])', "there is no card 'groupd'; close: grouped"),
        ('card("grouped")', "a card links to 1 to 3 traps of its page: traps=[…] has 0"),
        ('card("grouped", traps=["a-trap"])', "no heading of this page has the anchor 'a-trap'"),
    ],
)
def test_a_card_refuses(call, cause):
    with pytest.raises(PageError, match=re.escape(cause)):
        shown(call)


def test_a_wrong_row_stops_the_page(monkeypatch):
    wrong = replace(CARDS["pointwise"], parameters="P = C_in*C_out")
    monkeypatch.setitem(cards.CARDS, "pointwise", wrong)
    with pytest.raises(PageError, match=r"1 × 1 convolution: parameters is \d+, and the card says \d+, for N="):
        shown('card("pointwise", traps=["a-trap-k-2"])')
