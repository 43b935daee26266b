"""The mark between a block and its output is gone from the built page; the same words in a fence stay."""

from scripts.site.html import LONG, Placeholders, picture_marks, with_answers_first, with_joined_outputs, with_pictures

MARK = "<!--pytest-codeblocks:expected-output-->"
CODE = '<div class="language-python highlight"><pre><code>print(1)</code></pre></div>'
OUTPUT = '<div class="language-text highlight"><pre><code>1</code></pre></div>'


def test_an_output_stands_directly_below_its_block() -> None:
    assert with_joined_outputs(f"{CODE}\n{MARK}\n{OUTPUT}\n<p>After.</p>") == f"{CODE}\n{OUTPUT}\n<p>After.</p>"


def test_an_output_in_an_admonition_leaves_its_paragraph() -> None:
    assert with_joined_outputs(f"{CODE}\n<p>{MARK}\n{OUTPUT}</p>\n<p>After.</p>") == f"{CODE}\n{OUTPUT}\n<p>After.</p>"


def test_two_outputs_do_not_run_into_each_other() -> None:
    pair = f"{CODE}\n<p>{MARK}\n{OUTPUT}</p>\n"
    assert with_joined_outputs(pair * 2) == f"{CODE}\n{OUTPUT}\n" * 2


def test_the_mark_as_text_of_a_page_stays() -> None:
    shown = "<pre><code>&lt;!--pytest-codeblocks:expected-output--&gt;</code></pre>"
    assert with_joined_outputs(shown) == shown


def block(lines, language="python"):
    code = "y = 1\n" * lines
    return f'<div class="language-{language} highlight"><pre><span></span><code>{code}</code></pre></div>'


def test_what_a_long_block_prints_stands_above_it():
    short, long, output = block(LONG), block(LONG + 1), block(2, "text")
    assert with_answers_first(f"{short}\n{output}") == f"{short}\n{output}"
    assert with_answers_first(f"{long}\n{output}\n<p>After.</p>") == (
        f'<div class="handbook-long">{output}\n{long}</div>\n<p>After.</p>'
    )


def test_a_long_block_that_prints_nothing_keeps_what_follows_it():
    long, other = block(LONG + 1), block(3)
    assert with_answers_first(f"{long}\n{other}") == f'<div class="handbook-long">\n{long}</div>\n{other}'


def test_a_picture_has_an_address_from_its_name_and_a_link_in_its_caption():
    drawing = '<div><svg aria-labelledby="four_windows-title"></svg></div>'
    marks = "\n".join(f"<p>{part}</p>" for part in picture_marks(0, "What it shows.").split("\n\n"))
    page = with_pictures(marks, [drawing], Placeholders())
    assert page.startswith('<figure class="handbook-figure" id="figure-four-windows">')
    assert 'What it shows.<a class="headerlink" href="#figure-four-windows"' in page
