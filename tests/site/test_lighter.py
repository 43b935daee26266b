"""What is merged on a page has the same text as before, and every section is whole."""

import re

import pytest

from scripts.site import katex, lighter

TAG = re.compile(r"<[^>]*>")


def span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{text}</span>'


def test_neighbours_of_one_colour_become_one_element_and_plain_words_none() -> None:
    code = f"<pre><span></span><code>{span('n', 'x')} {span('o', '=')} {span('mi', '1')}{span('p', ',')} "
    code += f"{span('mi', '2')}\n{span('kn', 'import')} {span('k', 'as')}</code></pre>"
    merged = lighter.merged_tokens(code)
    assert merged == f"<pre><code>x = {span('m', '1, 2')}\n{span('k', 'import as')}</code></pre>"
    assert TAG.sub("", merged) == TAG.sub("", code)


def test_numbers_on_two_lines_and_strings_with_a_comma_between_stay_apart() -> None:
    comma = span("p", ",")
    code = f"<code>{span('mi', '1')}{comma}\n{span('mi', '2')}{span('s2', 'a')}{comma} {span('s2', 'b')}</code>"
    assert lighter.merged_tokens(code).count("<span") == 4


def test_numbers_with_signs_between_become_one_and_names_stay_apart() -> None:
    numbers = f"[({span('mi', '1')} + {span('mi', '2')}), {span('mi', '3')}, x, {span('mi', '4')}]"
    assert lighter.merged_tokens(f"<code>{numbers}</code>").count("<span") == 2
    assert TAG.sub("", lighter.merged_tokens(f"<code>{numbers}</code>")) == "[(1 + 2), 3, x, 4]"


def test_a_cell_and_its_frame_are_one_path_unless_something_shines_through() -> None:
    inside = '<path d="M 0 0 L 9 0 L 9 9 z" style="fill:red" />'
    frame = '<path d="M 0 0 L 9 0 L 9 9 L 0 0 z" style="fill:none;{}stroke:blue" />'
    clip = '<defs><clipPath><rect x="0" y="0" width="9" height="9" /></clipPath></defs>'
    one = '<path d="M 0 0 L 9 0 L 9 9 z" style="fill:red;stroke:blue" />'
    assert lighter.lighter_picture(inside + frame.format("") + clip) == one
    seen_through = inside + frame.format("opacity:0.5;")
    assert lighter.lighter_picture(seen_through) == seen_through
    used = '<defs><clipPath id="a"><rect x="0" y="0" width="9" height="9" /></clipPath></defs>'
    assert lighter.lighter_picture(used) == used


def label(look: str, place: int, text: str) -> str:
    return f'<text style="{look}" x="{place}" y="8.5">{text}</text>'


def test_single_letters_of_one_look_are_one_text_and_longer_ones_stay() -> None:
    labels = [label("a", 1, "3"), label("b", 2, "k"), label("a", 3, "12"), label("a", 4, "5"), label("b", 5, "&amp;")]
    one = '<text style="a" x="1 4" y="8.5 8.5">35</text>'
    assert lighter.lighter_picture("".join(labels)) == one + labels[1] + labels[2] + labels[4]


@pytest.mark.parametrize(
    ("between", "stays"),
    [
        (label("b", 5, "x"), False),
        ('<path d="M 30 0 L 39 9" style="fill:none" />', False),
        ('<path d="M 30 0 L 39 9 M 0 0 L 9 9" style="fill:none" />', True),
        ('<image href="a" />', True),
    ],
)
def test_no_letter_slips_below_what_is_drawn_after_it(between: str, stays: bool) -> None:
    first, last = label("font-size:9px", 80, "3"), label("font-size:9px", 5, "5")
    drawing = f"<svg>{first}{between}{last}</svg>"
    assert (lighter.lighter_picture(drawing) == drawing) == stays


def test_a_letter_of_two_units_stays_alone() -> None:
    drawing = label("a", 1, "\U0001d465") + label("a", 4, "\U0001d466")
    assert lighter.lighter_picture(drawing) == drawing


def test_an_entry_of_the_contents_is_its_words() -> None:
    entry = '<a href="#x" class="md-nav__link">\n <span class="md-ellipsis">\n  In brief\n </span>\n</a>'
    assert lighter.lighter_contents(entry) == '<a href="#x" class="md-nav__link">In brief</a>'
    label = '<label class="md-nav__link"><span class="md-ellipsis">Chapters</span></label>'
    assert lighter.lighter_contents(label) == label


def test_a_prompt_is_drawn_and_not_written() -> None:
    merged = lighter.merged_tokens(f"<pre><span></span><code>{span('gp', '$ ')}make site</code></pre>")
    assert merged == '<pre><code><span class="gp prompt"></span>make site</code></pre>'


@pytest.mark.parametrize("symbol", ["k", "3", r"\alpha"])
def test_a_single_symbol_is_a_letter(symbol: str) -> None:
    lighter_one = lighter.lighter_formula(katex.render(symbol, display=False), katex.styled())
    assert len(re.findall(r"<\w", lighter_one)) == 2
    assert len(TAG.sub("", lighter_one)) == 1


@pytest.mark.parametrize("tex", ["k_H", "-1", r"\frac{a}{b}", "x = 2"])
def test_any_other_formula_keeps_its_mathml_without_the_latex(tex: str) -> None:
    rendered = lighter.lighter_formula(katex.render(tex, display=False), katex.styled())
    assert "<math" in rendered
    assert re.search(r'<span (aria-hidden="true" )?class="katex-html\b[^>]*>', rendered)
    assert rendered.count('aria-hidden="true"') == 1
    assert "<annotation" not in rendered
    assert "<semantics" not in rendered


def test_a_product_does_not_break_and_code_stays_as_it_is() -> None:
    page = '<p title="3 × 3">A 3 × 3 kernel, k × k; <code>3 × 3</code> a × </p><pre>1 × 1</pre>'
    spaced = lighter.unbroken_products(page)
    assert spaced == page.replace("A 3 × 3", "A 3\u00a0×\u00a03").replace("k × k", "k\u00a0×\u00a0k")


def test_each_section_gets_an_element_of_its_own() -> None:
    parts = lighter.with_parts('<h1>T</h1><p>a</p><h2 id="b">B</h2><div><p>b</p></div><h2>C</h2><p>c</p>')
    assert re.sub(r' style="[^"]*"', "", parts) == (
        '<h1>T</h1><p>a</p><section class="part"><h2 id="b">B</h2><div><p>b</p></div></section>'
        '<section class="part"><h2>C</h2><p>c</p></section>'
    )


def test_a_page_whose_headings_stand_in_a_box_stays_as_it_is() -> None:
    page = "<div><h2>B</h2><p>b</p></div><h2>C</h2>"
    assert lighter.with_parts(page) == page
