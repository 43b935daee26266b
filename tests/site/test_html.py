"""The mark between a block and its output is gone from the built page; the same words in a fence stay."""

from scripts.site.html import with_joined_outputs

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
