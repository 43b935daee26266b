"""A formula in fewer elements has every letter where KaTeX has it, and is read aloud as before."""

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts.site import docstrings, katex, lighter, typeset
from tests.docs.test_formulas import SECTIONS

SHEETS = (katex.NODE_MODULES / "katex/dist/katex.min.css", katex.ROOT / "docs/assets/css/formulas.css")
STYLE = "<style>.formula { width: max-content; font-size: 20px }</style>"
MOVED = 0.25  # pixels, at 20 pixels a letter
PLACES = """async () => {
  await document.fonts.ready;
  const placesOf = (formula) => {
    const { left, top, width, height } = formula.getBoundingClientRect();
    const texts = document.createTreeWalker(formula.querySelector(".katex-html") ?? formula, NodeFilter.SHOW_TEXT);
    const places = [["formula", 0, 0, width, height]];
    for (let node = texts.nextNode(); node; node = texts.nextNode())
      for (let at = 0; at < node.data.length; at++) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (node.data[at].trim() && node.data[at] !== "\\u200b")
          places.push([node.data[at], box.left - left, box.top - top, box.width, box.height]);
      }
    for (const line of formula.querySelectorAll(".frac-line")) {
      const box = line.getBoundingClientRect();
      places.push(["line", box.left - left, box.bottom - top, box.width, 0]);
    }
    return places;
  };
  return [...document.querySelectorAll(".formula")].map(placesOf);
}"""
BY_HAND = [
    "k_H",
    "-1",
    r"C_{\mathrm{in}}/g",
    r"x_i^2 + x^{k - 1}",
    r"2^{2^n}",
    r"w_{i_j}",
    r"\frac{a + 1}{2} \cdot \frac{a}{\frac{b}{c}}",
    r"\left( \frac{a}{b} \right)^2",
    r"\hat{w} = \bar{x}",
    r"\sqrt{a^2 + b_1}",
    r"\lceil i/s \rceil, \quad a \bmod b",
    r"\text{if } a \le b \text{ and } c",
    r"\begin{cases} 1 & a \\ \frac{1}{2} & b \end{cases}",
    r"\mathrm{MACs} = \sum_{l=1}^{L} \prod_{d} k_d",
    r"\max_{u} x[i - u]",
    r"\int_0^1 f(x) \, dx",
    r"\binom{n}{k}",
    r"\Bigl( x \Bigr)",
]
Place = tuple[str, float, float, float, float]


def formulas() -> list[str]:
    """The formulas above and those of all docstrings; `FORMULAS` names a file with more."""
    more = os.environ.get("FORMULAS")
    written = [typeset.latex(docstrings.section(entry, heading).text) for entry, heading in SECTIONS]
    return BY_HAND + written + (json.loads(Path(more).read_text(encoding="utf-8")) if more else [])


def fewer(tex: str, display: bool) -> str:
    return lighter.lighter_formula(katex.render(tex, display), katex.styled())


def places(browser: Browser, folder: Path, shown: list[str]) -> list[list[Place]]:
    """Where a browser puts each letter of each formula."""
    sheets = "".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in SHEETS)
    boxes = "".join(f'<div class="formula">{formula}</div>' for formula in shown)
    file = folder / "formulas.html"
    file.write_text(f'<!doctype html><meta charset="utf-8">{sheets}{STYLE}{boxes}', encoding="utf-8")
    page = browser.new_page(viewport={"width": 2400, "height": 900})
    page.goto(file.as_uri())
    found = page.evaluate(PLACES)
    page.close()
    return [sorted(map(tuple, one)) for one in found]


def farthest(before: list[Place], after: list[Place]) -> float:
    """How many pixels a letter has moved or grown at most."""
    assert [name for name, *_ in before] == [name for name, *_ in after]
    pairs = zip(before, after, strict=True)
    return max(abs(a - b) for old, new in pairs for a, b in zip(old[1:], new[1:], strict=True))


def test_every_letter_stands_where_katex_puts_it(browser: Browser, tmp_path: Path) -> None:
    both = [(tex, display) for tex in dict.fromkeys(formulas()) for display in (False, True)]
    before = places(browser, tmp_path, [katex.render(*formula) for formula in both])
    after = places(browser, tmp_path, [fewer(*formula) for formula in both])
    moved = [farthest(old, new) for old, new in zip(before, after, strict=True)]
    assert [(tex, by) for (tex, _), by in zip(both, moved, strict=True) if by > MOVED] == []


def test_a_letter_in_another_place_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    index = fewer(r"C_{\mathrm{in}}", False)
    low, high = places(browser, tmp_path, [index, index.replace("k-index", "k-power")])
    assert farthest(low, high) > MOVED


@pytest.mark.parametrize(
    ("tex", "elements"), [("k_H", 3), ("a + b", 4), (r"\frac{a}{b}", 5), (r"x_i^2", 5), (r"\text{MACs}", 1)]
)
def test_few_elements_show_it(tex: str, elements: int) -> None:
    shown = fewer(tex, False).partition('<span aria-hidden="true"')[2]
    assert 1 + len(re.findall(r"<\w", shown)) <= elements


@pytest.mark.parametrize(
    ("tex", "mathml"),
    [
        (r"C_{\mathrm{in}}", "<math><msub><mi>C</mi><mi>in</mi></msub></math>"),
        (
            r"a \, x^{n + 1}",
            "<math><mi>a</mi><msup><mi>x</mi><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msup></math>",
        ),
        (r"a \bmod b", "<math><mi>a</mi><mo>mod</mo><mi>b</mi></math>"),
        (r"\frac{}{b}", "<math><mfrac><mrow></mrow><mi>b</mi></mfrac></math>"),
        (r"\mathrm{MACs} < 1", "<math><mi>MACs</mi><mo>&lt;</mo><mn>1</mn></math>"),
    ],
)
def test_who_listens_hears_the_same_signs(tex: str, mathml: str) -> None:
    heard = mathml.replace("<math>", '<math class="katex-mathml">')
    assert heard in fewer(tex, False)
