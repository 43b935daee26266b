"""Formulas are read as a reader reads them, and what could be read in two ways is refused."""

from fractions import Fraction

import pytest

from scripts.site.latex import plain, sides, typeset

READ = [
    # (formula, values of its letters, value)
    (r"\frac{a}{b}", {"a": 1, "b": 3}, Fraction(1, 3)),
    (r"d (k - 1)", {"d": 2, "k": 5}, 8),  # a product, not a function d of k - 1
    (r"d(k-1)", {"d": 2, "k": 5}, 8),
    (r"d \left(k - 1\right) + 1", {"d": 2, "k": 5}, 9),
    (r"(a + 1)(b + 1) c", {"a": 1, "b": 2, "c": 3}, 18),
    (r"C_{in} C_{\text{out}} k_H k_W", {"C_in": 2, "C_out": 3, "k_H": 5, "k_W": 7}, 210),
    (r"p_{lo} + p_{hi}", {"p_lo": 2, "p_hi": 9}, 11),
    (r"\left\lfloor \frac{i + 2 p - d (k - 1) - 1}{s} \right\rfloor + 1", {"i": 7, "p": 1, "d": 2, "k": 3, "s": 2}, 3),
    (r"\lceil \frac{i}{s} \rceil", {"i": 7, "s": 2}, 4),
    (r"\lfloor \tfrac{i}{s} \rfloor", {"i": 7, "s": 2}, 3),
    (r"\left\lfloor -\frac{i}{s} \right\rfloor", {"i": 7, "s": 2}, -4),
    (r"\max\left((o - 1) s + k - i, 0\right)", {"o": 3, "s": 2, "k": 3, "i": 9}, 0),
    (r"\min(a, b)", {"a": 4, "b": 3}, 3),
    (r"(i + 2 p - d (k - 1) - 1) \bmod s", {"i": 8, "p": 1, "d": 1, "k": 3, "s": 2}, 1),
    (r"a \bmod b + c \bmod b", {"a": 7, "b": 3, "c": 5}, 3),
    (r"a^2 b^{12}", {"a": 3, "b": 1}, 9),
    (r"2^a", {"a": 5}, 32),
    (r"2a \cdot 3", {"a": 5}, 30),
    (r"a - b - c", {"a": 5, "b": 3, "c": 1}, 1),
    (r"a / b", {"a": 5, "b": 3}, Fraction(5, 3)),
    (r"\frac12 a", {"a": 5}, Fraction(5, 2)),
    (r"\frac{1}{m} + \frac{n}{m (n - m + 1)}", {"n": 5, "m": 3}, Fraction(8, 9)),
    (r"\sigma_i \, \lambda", {"σ_i": 2, "λ": 3}, 6),
    (r"N \quad \mathrm{MACs}", {"N": 2, "MACs": 3}, 6),
    (r"e + i + \pi_x".replace(r"\pi_x", "d"), {"e": 1, "i": 2, "d": 3}, 6),  # e, i and d are letters like any other
]


@pytest.mark.parametrize(("tex", "letters", "value"), READ, ids=[tex for tex, *_ in READ])
def test_a_side_has_the_value_a_reader_expects(tex, letters, value):
    (side,) = sides(tex)
    assert side.letters == set(letters)
    assert side.value(letters) == value
    assert isinstance(side.value(letters), Fraction | int)


def test_a_root_is_a_float():
    assert sides(r"\sqrt{a} b")[0].value({"a": 2, "b": 3}) == pytest.approx(4.242640687119286, rel=1e-15)


def test_a_chain_has_all_its_sides():
    assert [side.tex for side in sides(r"o = a + 1 = 1 + a")] == ["o", "a + 1", "1 + a"]


@pytest.mark.parametrize(
    ("tex", "cause"),
    [
        (r"a / b c", "can be read in two ways"),
        (r"a / (b) c", "can be read in two ways"),
        (r"a 2", r"Put a \\cdot between them"),
        (r"2 3", r"Put a \\cdot between them"),
        (r"a^12", r"\^\{12\}"),
        (r"12{,}000", "cannot read"),  # sympy alone reads this as 12
        (r"\sum_{i} a_i", r"cannot read '\\\\sum"),
        (r"\prod_{?} k", "cannot read"),
        (r"\lfloor a )", "as a formula"),
        (r"(a + b", "brackets"),
        (r"a) + (b", "brackets"),
        (r"a + ", "as a formula"),
        (r"a \, ! b", "cannot read '! b'"),
        (r"\bmod s", "stands between"),
        (r"\frac{a}{b} \bmod s", "stands between"),
    ],
)
def test_what_is_not_read_in_one_way_is_refused(tex, cause):
    with pytest.raises(ValueError, match=cause):
        sides(tex)


@pytest.mark.parametrize(
    ("letter", "spelling"),
    [("C_{in}", "C_in"), (r"C_{\mathrm{in}}", "C_in"), ("k_H", "k_H"), (r"\sigma", "σ"), (r"\mathrm{MACs}", "MACs")],
)
def test_letters_have_a_plain_spelling(letter, spelling):
    assert plain(letter) == spelling


@pytest.mark.parametrize(
    ("letter", "tex"),
    [("C_in", "C_{in}"), ("k", "k"), ("σ", r"\sigma"), ("λ_H", r"\lambda_{H}"), ("MACs", r"\mathrm{MACs}")],
)
def test_plain_letters_are_typeset(letter, tex):
    assert typeset(letter) == tex
