"""Laws and the formulas of sentences are worked out before they are shown: wrong ones are planted."""

import pytest

from scripts.site import katex
from scripts.site.inline_math import math
from scripts.site.laws import law

LOSS = {"L": "sum(g[i]*correlate(x, w)[i] for i in cells)"}
LAYER = {"numbers": "s d p", "x": (9,), "w": ("k",)}
STRIDED = "reference_impl.conv(x[None, None], w[None, None], stride=s, dilation=d, padding=p)[0, 0]"
FULL = "reference_impl.convolve(x[None, None], w[None, None], padding=p)[0, 0]"

HOLD = {
    "convolve(x, w) = convolve(w, x)": {},
    "convolve(convolve(x, w), v) = convolve(x, convolve(w, v))": {},
    "correlate(correlate(x, w), v) = correlate(x, convolve(w, v))": {},
    "correlate(x, w) = convolve(x, flip(w))": {},
    "correlate(a*x_1 + b*x_2, w) = a*correlate(x_1, w) + b*correlate(x_2, w)": {"numbers": "a b"},
    "correlate(shift(x, m), w) = shift(correlate(x, w), m)": {},
    "F(convolve(x, w)) = F(x)*F(w)": {},
    "F(correlate(x, w)) = F(x)*conj(F(w))": {},
    "norm(F(x))**2 = N*norm(x)**2": {"N": "x.size"},
    "(M @ W).T = W.T @ M.T": {"M": (3, 4), "W": (4, 2)},
    "convolve(x, w)[i] = sum(w[u]*x[i - u] for u in cells)": {},
    "correlate(x, w)[i, j] = sum(w[u, v]*x[i + u, j + v] for u in rows for v in columns)": {},
    "y[i] = sum(M[i, n]*x[n] for n in cells) = convolve(w, x)[i]": {"M": "circulant(w)", "y": "convolve(x, w)"},
    "y[i] = sum(w[u]*x[s*i + d*u - p] for u in range(k))": LAYER | {"y": STRIDED},
    "y[i] = convolve(x, w)[i + k - 1 - p]": {"numbers": "p", "x": (7,), "w": ("k",), "y": FULL},
    "convolve(x, w)(t) = integral(x(τ)*w(t - τ) for τ in reals)": {},
    "slope(L, w[u]) = sum(g[i]*x[i + u] for i in cells) = correlate(x, g)[u]": LOSS,
    "slope(L, x[n]) = convolve(g, w)[n]": LOSS,
}
FAIL = {
    "correlate(x, w) = correlate(w, x)": ({}, "does not hold: correlate.x, w. is"),
    "F(correlate(x, w)) = F(x)*F(w)": ({}, "does not hold"),  # the conjugate is missing
    "norm(F(x)) = norm(x)": ({}, "does not hold"),
    "correlate(a*x_1 + b*x_2, w) = a*correlate(x_1, w) + a*correlate(x_2, w)": ({"numbers": "a b"}, "does not hold"),
    "correlate(shift(x, m), w) = shift(correlate(x, w), m + 1)": ({}, "does not hold"),
    "convolve(x, w)[i] = sum(w[u]*x[i + u] for u in cells)": ({}, r"does not hold.*; i = \d"),
    "correlate(x, w)[i, j] = sum(w[u, v]*x[i + v, j + u] for u in rows for v in columns)": ({}, "does not hold"),
    "y[i] = sum(w[u]*x[s*i + d*u] for u in range(k))": (LAYER | {"y": STRIDED}, "does not hold"),
    "y[i] = convolve(x, w)[i + k - p]": ({"numbers": "p", "x": (7,), "w": ("k",), "y": FULL}, "does not hold"),
    "convolve(x, w)(t) = integral(x(τ)*w(t + τ) for τ in reals)": ({}, "does not hold"),
    "slope(L, x[n]) = correlate(g, w)[n]": (LOSS, "does not hold"),
    "x = M @ x": ({"M": (3, 4), "x": (4,)}, r"sides have the shapes \(4,\) and \(3,\)"),
    "x - x = w - w": ({}, "is zero throughout in every setting drawn"),
    "y[i] = w[i]": (
        {"x": (2,), "w": (5,), "y": "reference_impl.conv(x[None, None], w[None, None])[0, 0]"},
        "is refused",
    ),
    "convolve(x, w)": ({}, "a law has two sides"),
    "convolve(x, ж) = convolve(ж, x)": ({}, "the letter ж has no meaning"),
}


@pytest.mark.parametrize("text", HOLD)
def test_a_law_that_holds_is_typeset(text):
    shown = law(text, **HOLD[text])
    assert "katex-mathml" in katex.render(shown.strip("$\n"), display=True)


@pytest.mark.parametrize("text", FAIL)
def test_a_law_that_does_not_hold_is_refused_with_a_counterexample(text):
    options, cause = FAIL[text]
    with pytest.raises(ValueError, match=cause):
        law(text, **options)


def test_long_laws_stand_below_each_other_and_short_ones_side_by_side():
    commutes = "convolve(x, w) = convolve(w, x)"
    assert law(commutes, commutes).count(r"\qquad") == 1
    assert law(commutes, "correlate(correlate(x, w), v) = correlate(x, convolve(w, v))").count(r"\\") == 1


# --- the formulas of sentences ----------------------------------------------------------------------------------------

PAGE = {"taps": 3, "three_factors": 9, "cube": 27, "sizes": [3, 5], "shares": [1 / 3, 1 / 5], "one": 1}


@pytest.mark.parametrize(
    ("text", "options", "shown"),
    [
        ("3/k**2", {"equals": "three_factors / cube", "k": "taps"}, "$3 / k^{2}$"),
        ("1/k", {"equals": "shares", "k": "sizes"}, "$1 / k$"),
        ("d*(k - 1)", {"equals": "full_padding"}, "$d (k - 1)$"),
        ("i + 2*p", {"equals": "conv_output_size(i, 1, padding=p)"}, "$i + 2 p$"),
        ("2*p", {"equals": "conv_output_size(i, k, padding=p) - conv_output_size(i, k)"}, "$2 p$"),
        ("2*r < m", {"equals": "True", "r": 2, "m": 5}, "$2 r < m$"),
    ],
)
def test_a_formula_of_a_sentence_that_agrees_is_typeset(text, options, shown):
    assert math(text, PAGE, **options) == shown


def test_an_equation_may_stand_in_a_paragraph_of_its_own():
    shown = math("o = ceil(i/s)", {}, equals='conv_output_size(i, k, stride=s, padding="same")', display=True)
    assert shown == "$$\no = \\left\\lceil \\frac{i}{s} \\right\\rceil\n$$"


@pytest.mark.parametrize(
    ("text", "options", "cause"),
    [
        ("3/k", {"equals": "three_factors / cube", "k": "taps"}, "3 / k gives 1, three_factors / cube 1/3, at k=3"),
        ("1/(k + 1)", {"equals": "shares", "k": "sizes"}, "gives 1/4, shares 0.33"),
        ("d*(k + 1)", {"equals": "full_padding"}, r"gives \d+, full_padding \d+, at d=\d+, k=\d+"),
        ("o = i // s", {"equals": 'conv_output_size(i, k, stride=s, padding="same")'}, "gives"),
        ("1/g", {"equals": "one", "g": "one"}, "0 and 1 cannot tell 1/g from other formulas"),
        ("1/g", {"equals": "one", "k": "taps"}, "1/g has no letter k"),
        ("1/ж", {"equals": "one"}, "the letter ж has no meaning"),
        ("1/g", {"equals": "nobody"}, "no function or class nobody"),
        ("k + 1", {"equals": "conv_output_size(k, k + 1)"}, "refuses every setting drawn"),
        (
            "k*g",
            {"equals": "shares", "k": "sizes", "g": "[1, 2, 3]"},
            "the lists given for the letters .* differ in length",
        ),
    ],
)
def test_a_formula_of_a_sentence_that_differs_is_refused(text, options, cause):
    with pytest.raises(ValueError, match=cause):
        math(text, PAGE, **options)
