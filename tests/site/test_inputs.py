"""A number that a sentence types as an input is one of the code beside it: in digits as in words."""

import pytest

from scripts.site import inputs
from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.prose import INPUTS, check_prose

PAGE = "docs/chapters/00-planted.md"
CODE = "```python\nkernel, stride, groups = (3, 5), 2, 41\nprint(stride)\n```\n"


def check(sentence, code=CODE):
    check_text(f"# Title\n\n## Part\n\n{code}\n{sentence}\n\n## Other\n\nNothing.\n")


def check_text(text):
    page = Page(PAGE, text)
    inputs.check_inputs(page, check_prose(page), INPUTS)


@pytest.mark.parametrize(
    "sentence",
    [
        "A 3 × 5 kernel with stride 2.",
        "A kernel of three by five cells.",
        "It has forty-one groups. Forty-one!",
        "One of them, the other two axes, half of it, twice.",
        "This goes in four ways, and all six agree; seven of them.",
        "A 1 × 1 convolution, (2+1)D.",
        "It is [[= 99 + stride =]], and someone, often, tenfold are no numbers.",
    ],
)
def test_an_input_of_the_code_and_an_idiom_may_stand(sentence):
    check(sentence)


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("A 3 × 7 kernel.", "7"),
        ("With stride 4.", "4"),
        ("With rates 2, 3 and 6.", "6"),
        ("A kernel of seven taps.", "seven"),
        ("Forty groups.", "Forty"),
        ("It has forty-two groups.", "forty-two"),
        ("## Some eight layers", "eight"),
        ('!!! note "Some eight layers"\n    Words.', "eight"),
        ("| kernel | taps |\n|---|---|\n| wide | nine |", "nine"),
    ],
)
def test_a_number_that_no_code_of_the_section_has_is_refused(sentence, number):
    cause = rf"^{PAGE}:\d+: no block, output or macro of this section has the number {number}\. "
    with pytest.raises(PageError, match=cause):
        check(sentence)


def test_the_code_of_another_section_does_not_count():
    text = f"# Title\n\n## Part\n\n{CODE}\n## Other\n\nA kernel of five taps.\n"
    with pytest.raises(PageError, match=rf"^{PAGE}:1[23]: .*the number five"):
        check_text(text)


def test_a_macro_and_an_output_count():
    check("The [[= table(rows[:4]) =]] and four more.")
    check("Nine of it.", "```python\nprint(3 * 3)\n```\n\n<!--pytest-codeblocks:expected-output-->\n```text\n9\n```\n")
