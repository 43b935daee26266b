"""Formulas are cut into equations and evaluated exactly as they stand."""

from fractions import Fraction

import numpy as np
import pytest

from scripts.site.arrays import Array, from_1
from scripts.site.expressions import close, equations, names, value

READ = [
    ("1/3 + 1/6", {}, Fraction(1, 2)),
    ("6/3", {}, 2),
    ("2**-2", {}, Fraction(1, 4)),
    ("(i + 2*p - d*(k - 1) - 1) // s + 1", {"i": 7, "p": 1, "d": 2, "k": 3, "s": 2}, 3),
    ("-i // s", {"i": 7, "s": 2}, -4),
    ("ceil(i / s)", {"i": 7, "s": 2}, 4),
    ("sum(a*c for c in range(C/g))", {"a": 2, "C": 6, "g": 2}, 6),
    ("max(a, b) % 3", {"a": 5, "b": 1}, 2),
    ("prod(s_[l] for l in range(1, L + 1))", {"s_": from_1([2, 3]), "L": 2}, 6),
    ("x[i - 1] + x[i]", {"x": Array([4, 7], outside=0), "i": 0}, 4),
]


@pytest.mark.parametrize(("text", "letters", "expected"), READ, ids=[text for text, *_ in READ])
def test_an_expression_is_evaluated_as_it_stands(text, letters, expected):
    (equation,) = equations(text)
    found = value(equation.left, letters)
    assert found == expected
    assert isinstance(found, int | Fraction)


def test_a_chain_and_lines_are_cut():
    first, second = equations("o = sum(\n    a == 1 for a in range(3)\n) = q\nq = 2")
    assert [len(first.sides), len(second.sides)] == [3, 2]
    assert first.text.startswith("o = sum( a == 1 for a")


@pytest.mark.parametrize("text", ["o = ", "o = (a", "o = a b", "o == = a", ""])
def test_what_is_not_python_is_refused(text):
    with pytest.raises(ValueError, match=r"is not Python|without any text"):
        equations(text)


def test_letters_are_those_that_nothing_binds():
    assert names(equations("b[o] + sum(w[u]*max(s, π) for u in range(k))")[0].left) == {"b", "o", "w", "s", "k"}


@pytest.mark.parametrize(
    ("index", "cause"), [(-1, r"x\[-1\] lies outside"), (2, r"x\[2\]"), (Fraction(1, 2), "not a whole number")]
)
def test_an_array_is_read_inside_its_cells_only(index, cause):
    with pytest.raises(IndexError, match=cause):
        Array([4, 7], name="x")[index]


def test_an_array_reads_rows_and_what_stands_outside():
    array = Array(np.arange(6).reshape(2, 3), outside=0)
    assert [array[1, 2], array[1][2], array[2, 0], array[0, -1]] == [5, 5, 0, 0]
    assert from_1([4, 7])[1] == 4


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [(1, 1, True), (1, 2, False), (Fraction(1, 3), 1 / 3, True), (10**20, 10**20 + 1, False), (1.0, 1 + 1e-7, False)],
)
def test_exact_numbers_are_compared_exactly(first, second, same):
    assert close(first, second) is same
