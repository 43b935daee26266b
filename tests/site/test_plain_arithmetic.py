"""Arithmetic in plain text is refused wherever a reader reads; what only looks like it may stand."""

import re

import pytest

from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.prose import check_prose
from scripts.site.symbolic import in_letters
from scripts.site.tables import table

PAGE = "docs/chapters/00-planted.md"


@pytest.mark.parametrize(
    "typed",
    [
        "C_in/g channels are read.",
        "It grows to i + p cells.",
        "Then k - s are left.",
        "Then k − s are left.",
        "It takes k² taps.",
        "It takes k squared taps.",
        "So (i − k)/s + s places.",
        "It makes ⌊i/s⌋ places.",
        "The root is √C here.",
        "It has k·k taps.",
        "The weight is (C_out, C_in/g, k_H, k_W).",
        "It reads C_in divided by g channels.",
        "Both ends get lo + hi cells.",
        "`i + p` cells are read.",
        "## The axis is C_in/g",
        "| reads | C_in/g |\n|---|---|",
        '??? note "Is √C exact?"\n\n    Words.',
        '[[= figure("dots", alt="Dots", caption="Rows of C_in/g dots.") =]]',
        '[[= figure("dots", alt="Rows of i + p dots") =]]',
        "---\ndescription: C_in/g channels\n---\n",
    ],
)
def test_arithmetic_typed_as_plain_text_is_refused(typed):
    with pytest.raises(PageError, match=rf"^{re.escape(PAGE)}:\d+: .* is arithmetic that nothing computes. .*math\("):
        check_prose(Page(PAGE, typed if typed.startswith("---") else f"Words.\n\n{typed}\n"))


@pytest.mark.parametrize(
    "typed",
    [
        "I/O, an A/B test, and/or, FLOP/s to bytes/s, docs/a/b.md, C and C/C++, n/a",
        "3 May 2019, chapters 2–10, from a–b, the input x – a picture – is, k and s - a reader knows both",
        "$s = 2$, s = k, k × k kernels, H × W cells, (2+1)D, R(2+1)D, x-axis, R-CNN, an R² of it",
        "k times as many, x over a grid, conv + ReLU, ⌊ ⌋ rounds down",
        "`conv(x, w, stride=s)`, `x[i + u]`, `a/b.py`, `C_in`, `(N, C_in, H, W)`",
        '[[= math("C_in/g") =]] channels',
        "```text\ni + p\n```",
    ],
)
def test_what_only_looks_like_arithmetic_may_stand(typed):
    check_prose(Page(PAGE, f"{typed}\n"))


SIZES = {"N": 1, "C_in": 10, "C_out": 14, "g": 2, "k": 3}


def test_a_shape_is_shown_in_letters():
    assert in_letters((14, 5, 3), SIZES) == "(C_out, C_in/g, k)"
    assert in_letters([14], SIZES) == "(C_out,)"
    assert in_letters(7, SIZES) == "C_out/g"
    shown = table([{"of": "weight", "shape": (14, 5, 3)}, {"of": "filters", "shape": 14}], sizes=SIZES)
    assert shown.splitlines()[2:] == ["| weight | `(C_out, C_in/g, k)` |", "| filters | `C_out` |"]


@pytest.mark.parametrize(
    ("shape", "sizes", "cause"),
    [
        ((14, 4, 3), SIZES, "no letter is 4"),
        ((14, 5), SIZES | {"k": 5}, "k and C_in/g are both 5"),
        ((14, 5), SIZES | {"zz": 8}, "the letter zz has no meaning"),
    ],
)
def test_a_shape_that_letters_do_not_tell_is_refused(shape, sizes, cause):
    with pytest.raises(ValueError, match=re.escape(cause)):
        in_letters(shape, sizes)
