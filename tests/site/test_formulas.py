"""A formula is shown only when it agrees with its function: each way to disagree is planted."""

import importlib
import sys

import pytest
import yaml

from scripts.site import api, cache, formulas, letters

MODULE = '''
from fractions import Fraction

import numpy as np


def good(input_size, *, stride=1, padding=(0, 0)):
    """Good.

    Formula:
        o = (i + p_lo + p_hi) // s = (t - t % s)/s
        t = i + p_lo + p_hi

        s (1..4)
        padding = (p_lo, p_hi)
    """
    return (input_size + sum(padding)) // stride


def ratio(layers):
    """Exact.

    Formula:
        R = 1/(n + 1)
    """
    return Fraction(1, layers + 1)


def root(layers):
    """Inexact.

    Formula:
        R = sqrt(n)

        n: layers
    """
    return layers**0.5


def wrong(k):
    """An argument that there is not.

    Formula:
        o = k + 1

        k: kernel
    """
    return k + 1


def off(kernel_size):
    """Off by one for large kernels.

    Formula:
        o = k + 1
    """
    return kernel_size + 1 if kernel_size < 8 else kernel_size


def coefficient(kernel_size, padding):
    """A wrong coefficient.

    Formula:
        o = 3*p + k

        p — padding
    """
    return 2 * padding + kernel_size


def second(kernel_size):
    """The second form is wrong.

    Formula:
        o = 2*k = k**2
    """
    return 2 * kernel_size


def untied(kernel_size):
    """A letter that is no argument.

    Formula:
        o = k + N
    """
    return kernel_size


def idle(kernel_size):
    """A line without a letter.

    Formula:
        o = k

        s (1..4)
    """
    return kernel_size


def shy(kernel_size):
    """Refuses almost everything.

    Formula:
        o = k

        k (1..100000)
    """
    if kernel_size > 1:
        raise ValueError("no")
    return kernel_size


def stiff(kernel_size, stride):
    """Accepts one stride only, so that a formula without it would pass.

    Formula:
        o = k*s

        s (1..2)
    """
    if stride > 1:
        raise ValueError("no")
    return kernel_size * stride


def alike(kernel_size, stride):
    """Accepts only a stride as large as the kernel, so that either letter would do.

    Formula:
        o = k*s

        k (1..4)
        s (1..4)
    """
    if kernel_size != stride:
        raise ValueError("no")
    return kernel_size * stride


def odd(kernel_size):
    """A line that is not understood.

    Formula:
        o = k

        k is the kernel
    """
    return kernel_size


def nothing(kernel_size):
    """Divides by what may be zero.

    Formula:
        o = k/k
    """
    return 1


def pair(kernel_size):
    """Two numbers.

    Formula:
        o = k
    """
    return kernel_size, kernel_size


def typed(kernel_size):
    r"""LaTeX.

    Formula:
        o = \\frac{k}{1}
    """
    return kernel_size


def broken(kernel_size):
    """Not Python.

    Formula:
        o = k +
    """
    return kernel_size


def meaningless(kernel_size):
    """A left side that the glossary does not know.

    Formula:
        Z = k
    """
    return kernel_size


def ambiguous(kernel_size):
    """A left side that the glossary knows in several meanings.

    Formula:
        P = k
    """
    return kernel_size


def unasked(kernel_size, stride):
    """An argument that is no letter.

    Formula:
        o = k
    """
    return kernel_size


def bare():
    """Nothing."""


def correlated(x, w, *, stride=1, padding=0):
    """A definition that holds.

    Definition:
        y[i] = sum(w[u] * x[s*i + u - p] for u in range(k))

        k — kernel_size
        L — length
        L (2..6)
        x = array(L, outside=0)
        w = array(k)
    """
    padded = np.pad(x, padding)
    return np.correlate(padded, w, "valid")[::stride] if len(padded) >= len(w) else refuse()


def refuse():
    raise ValueError("no")


def shifted(x, w):
    """A shifted index.

    Definition:
        y[i] = sum(w[u] * x[i + u + 1] for u in range(k))

        k — kernel_size
        L — length
        L (2..6)
        x = array(L, outside=0)
        w = array(k)
    """
    return correlated(x, w)


def flipped(x, w):
    """The formula says convolution, the function shifts it.

    Definition:
        y[i] = sum(w[u] * x[i - u] for u in range(k))

        k — kernel_size
        L — length
        L (2..6)
        x = array(L, outside=0)
        w = array(k)
    """
    return correlated(x, w[::-1])


def unpadded(x, w, *, padding=0):
    """Reads outside its array without saying what stands there.

    Definition:
        y[i] = sum(w[u] * x[i + u - p] for u in range(k))

        k — kernel_size
        L — length
        L (2..6)
        x = array(L)
        w = array(k)
    """
    return correlated(x, w, padding=padding)


def half(x):
    """Says nothing about every second cell.

    Definition:
        y[2*i] = x[i]

        L — length
        x = array(L)
        i in range(L)
    """
    return np.repeat(x, 2)


def flat(x):
    """Another number of axes.

    Definition:
        y[n, i] = x[i]

        L — length
        x = array(L)
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


@pytest.fixture
def glossary(tmp_path, monkeypatch):
    """Put other meanings into the glossary."""

    def put(**kinds):
        known = yaml.safe_load(letters.GLOSSARY.read_text())
        for kind, entries in kinds.items():
            known[kind] |= entries
        (tmp_path / "letters.yml").write_text(yaml.safe_dump(known, allow_unicode=True))
        monkeypatch.setattr(letters, "GLOSSARY", tmp_path / "letters.yml")
        cache.begin_build()

    return put


@pytest.mark.parametrize("name", ["ratio", "root", "good"])
def test_a_formula_that_agrees_is_counted(name, glossary):
    glossary(letters={"t": {"all": "all cells"}})
    assert formulas.check(api.lookup(name)) == formulas.DRAWS["Formula"]


def test_a_formula_is_shown_with_its_letters(glossary):
    glossary(letters={"t": {"all": "all cells"}})
    shown = formulas.formula("good")
    assert r"o &= \left\lfloor \frac{i + p_{\mathrm{lo}}" in shown
    assert "where $o$ = output cells along one axis; $i$ = input cells along one axis (`input_size`);" in shown
    assert "$p_{\\mathrm{lo}}$ = cells added before the first cell;" in shown
    assert formulas.formula("ratio", display=False) == "$R = 1 / (n + 1)$"


def test_a_definition_is_compared_cell_by_cell_and_says_what_stands_outside():
    assert formulas.check(api.lookup("correlated"), "Definition") >= formulas.DRAWS["Definition"]
    shown = formulas.definition("correlated")
    assert r"y[i] = \sum_{u = 0}^{k - 1} w[u] \, x[s \, i + u - p]" in shown
    assert "$x$ = input, 0 outside its cells" in shown
    assert "indices: $i$ the output row, $u$ the kernel's row" in shown


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("off", r"k \+ 1 gives \d+, the function \d+, at k=\d+"),
        ("coefficient", r"3 \* p \+ k gives \d+, the function \d+, at k=\d+, p=\d+"),
        ("second", r"k \*\* 2 gives \d+, the function \d+, at k=\d+"),
        ("wrong", "has no argument kernel"),
        ("untied", "N of untied's formula is tied to no argument"),
        ("idle", "explains s, which its formula does not have"),
        ("shy", "refuses nearly every setting drawn"),
        ("stiff", r"s is \[1\] whenever stiff accepts"),
        ("alike", "k equals s whenever alike accepts"),
        ("odd", "'k is the kernel', which is not understood"),
        ("nothing", "divides by zero, the function gives 1, at k=0"),
        ("pair", "the function gives tuple"),
        ("typed", "has LaTeX in its Formula:"),
        ("broken", "is not Python"),
        ("meaningless", "the letter Z has no meaning"),
        ("ambiguous", "the letter P can mean: parameters, cells before"),
        ("unasked", "unasked needs its argument stride, which is no letter of its formula"),
        ("bare", "has no Formula: section"),
        ("nobody", "no function or class nobody"),
    ],
)
def test_a_formula_that_does_not_hold_is_refused(name, cause):
    with pytest.raises(ValueError, match=cause):
        formulas.formula(name)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("shifted", r"gives -?\d+, the function -?\d+, at .*i=\d+"),
        ("flipped", r"gives -?\d+, the function -?\d+, at .*i=\d+"),
        ("unpadded", r"cannot be worked out at .*: x\[-\d\] lies outside"),
        ("half", r"y\[2 \* i\] reaches \d of the \d cells"),
        ("flat", r"y\[n, i\] has 2 indices, the function's result 1 axes"),
    ],
)
def test_a_definition_that_does_not_hold_is_refused(name, cause):
    with pytest.raises(ValueError, match=cause):
        formulas.definition(name)


def test_exchanged_letters_of_the_glossary_make_formulas_fail(glossary):
    glossary(letters={"p": {"dilation": "step from one tap to the next"}, "d": {"padding": "cells added"}})
    with pytest.raises(ValueError, match=r"gives .*, the function"):
        formulas.formula("conv_output_size")


def test_a_letter_with_two_meanings_on_one_page_is_refused():
    said = letters.PageLetters()
    formulas.definition("conv_loops", said=said)
    formulas.definition("convolve", said=said)
    with pytest.raises(
        ValueError, match="w means 'samples under one window' in stft and 'weights' in conv_loops on this page"
    ):
        formulas.definition("stft", said=said)


def test_a_name_that_two_modules_define_is_refused(tmp_path):
    (tmp_path / "reference_impl" / "again.py").write_text("def good():\n    pass\n")
    cache.begin_build()
    with pytest.raises(ValueError, match="good is defined twice"):
        formulas.formula("good")
