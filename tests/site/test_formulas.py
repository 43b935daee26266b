"""A formula is shown only when it agrees with its function: each way to disagree is planted."""

import importlib
import sys

import pytest

from scripts.site import api, cache, formulas

MODULE = '''
from fractions import Fraction


def good(input_size, *, stride=1, padding=(0, 0)):
    r"""Good.

    Formula:
        o = \\left\\lfloor \\frac{i + p_{lo} + p_{hi}}{s} \\right\\rfloor = \\frac{t - t \\bmod s}{s}

        i: input_size — input cells
        s: stride (1..4) — step
        p_lo — cells before
        p_hi — cells after
        t = i + p_lo + p_hi
        padding = (p_lo, p_hi)
    """
    return (input_size + sum(padding)) // stride


def ratio(n):
    r"""Exact.

    Formula:
        R = \\frac{1}{n + 1}

        n: n — cells
    """
    return Fraction(1, n + 1)


def root(n):
    r"""Inexact.

    Formula:
        R = \\sqrt{n}

        n: n
    """
    return n**0.5


def wrong(k):
    r"""Wrong from k = 8 on.

    Formula:
        o = k + 1

        k: kernel — taps
    """
    return k + 1


def off(k):
    r"""Off by one for large k.

    Formula:
        o = k + 1

        k: k
    """
    return k + 1 if k < 8 else k


def second(k):
    r"""The second form is wrong.

    Formula:
        o = 2 k = k^2

        k: k
    """
    return 2 * k


def untied(k):
    r"""A letter without a line.

    Formula:
        o = k + s

        k: k
    """
    return k


def idle(k, s):
    r"""A line without a letter.

    Formula:
        o = k

        k: k
        s: s

    """
    return k


def shy(k):
    r"""Refuses almost everything.

    Formula:
        o = k

        k: k (1..100000)
    """
    if k > 1:
        raise ValueError("no")
    return k


def odd(k):
    r"""A line that is not understood.

    Formula:
        o = k

        k is the kernel
    """
    return k


def nothing(k):
    r"""Divides by what may be zero.

    Formula:
        o = \\frac{k}{k}

        k: k
    """
    return 1


def pair(k):
    r"""Two numbers.

    Formula:
        o = k

        k: k
    """
    return k, k


def raw(k):
    """Not raw.

    Formula:
        o = \frac{k}{1}

        k: k
    """
    return k


def bare():
    """Nothing."""


def loops(x):
    r"""Sum.

    Definition:
        y = \\sum_{i} x_i

        m_{c,r} — a mean
        σ — a spread
    """
    return x
'''


@pytest.fixture(autouse=True)
def planted(tmp_path, monkeypatch):
    (tmp_path / "reference_impl").mkdir()
    (tmp_path / "reference_impl" / "planted.py").write_text(MODULE)
    package = importlib.import_module("reference_impl")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "reference_impl")])
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    cache.begin_build()
    yield
    cache.begin_build()
    sys.modules.pop("reference_impl.planted", None)


@pytest.mark.parametrize("name", ["good", "ratio", "root"])
def test_a_formula_that_agrees_is_counted(name):
    assert formulas.check(api.lookup(name)) == formulas.DRAWS


def test_a_formula_is_shown_with_its_letters():
    shown = formulas.formula("good")
    assert shown.startswith("$$\no = \\left\\lfloor \\frac{i + p_{lo}")
    assert "where $i$ = input cells (`input_size`); $s$ = step (`stride`); $p_{lo}$ = cells before;" in shown
    assert formulas.formula("ratio", display=False) == "$R = \\frac{1}{n + 1}$"


def test_a_definition_is_shown_unread():
    shown = formulas.definition("loops")
    assert "\\sum_{i} x_i" in shown
    assert "where $m_{c,r}$ = a mean; $\\sigma$ = a spread." in shown


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("off", r"k \+ 1 gives \d+, the function \d+, at k=\d+"),
        ("second", r"k \^ 2 gives \d+, the function \d+, at k=\d+"),
        ("wrong", "has no argument kernel"),
        ("untied", "s of untied's formula is tied to no argument"),
        ("idle", "explains s, which its formula does not have"),
        ("shy", "refuses nearly every setting drawn"),
        ("odd", "'k is the kernel', which is not understood"),
        ("nothing", "divides by zero, the function gives 1, at k=0"),
        ("pair", "the function gives tuple"),
        ("raw", "needs an r before its quotes"),
        ("bare", "has no Formula: section"),
        ("nobody", "no function or class nobody"),
    ],
)
def test_a_formula_that_does_not_hold_is_refused(name, cause):
    with pytest.raises(ValueError, match=cause):
        formulas.formula(name)


def test_a_name_that_two_modules_define_is_refused(tmp_path):
    (tmp_path / "reference_impl" / "again.py").write_text("def good():\n    pass\n")
    cache.begin_build()
    with pytest.raises(ValueError, match="good is defined twice"):
        formulas.formula("good")
