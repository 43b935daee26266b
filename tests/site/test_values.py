"""Which variables of a block its page's sentences may use."""

import json
from fractions import Fraction

import pytest

from scripts.site.errors import PageError
from scripts.site.values import decode, encode
from tests.site.planted import block, refusal, run


def variables(code):
    return run(block(code)).variables


def test_plain_values_can_be_used_in_sentences():
    code = """
        from fractions import Fraction
        from math import pi

        a, (b, *c) = True, (2, 3, 4)
        d: float = 0.5
        e = f = "text"
        g = {"k": [1, (2, Fraction(1, 3))], (0, 1): 1j}
        h = 1
        h += 1
    """
    expected = {"a": True, "b": 2, "c": [3, 4], "d": 0.5, "e": "text", "f": "text", "h": 2, "pi": 3.141592653589793}
    found = variables(code)
    assert found.pop("g") == {"k": [1, (2, Fraction(1, 3))], (0, 1): 1j}
    assert found == expected


def test_numbers_of_numpy_and_sympy_lose_their_library():
    code = """
        import numpy as np
        import sympy

        a = np.int64(3)
        b = [np.float32(0.5), np.bool_(True), np.str_("x")]
        c = sympy.Integer(4)
        d = sympy.Rational(1, 3)
        e = sympy.Float(0.25)
    """
    found = variables(code)
    assert found == {"a": 3, "b": [0.5, True, "x"], "c": 4, "d": Fraction(1, 3), "e": 0.25}
    kinds = [type(value) for value in (found["a"], *found["b"], found["c"], found["d"], found["e"])]
    assert kinds == [int, float, bool, str, int, Fraction, float]


def test_what_is_private_or_no_plain_value_is_hidden_with_the_reason():
    code = """
        import io
        import math
        import numpy as np

        _private = 1
        array = np.ones(3)
        symbols = {"a": object()}
        many = list(range(20_000))
        nest = []
        nest.append(nest)
        def function(): pass
        class Class: pass
        total = 0
        for i, (j, k) in enumerate([(1, 2)]):
            total += i
        with io.StringIO() as file:
            pass
        squares = [n * n for n in range(3)]
        if (walrus := 3) > 2:
            pass
        gone = 1
        del gone
    """
    ran = run(block(code))
    assert ran.variables == {"total": 0, "squares": [0, 1, 4], "walrus": 3}
    assert ran.hidden["array"] == "of type numpy.ndarray"
    assert ran.hidden["symbols"] == "of type object"
    assert ran.hidden["many"] == ran.hidden["nest"] == "more than 10,000 values"
    assert ran.hidden["_private"].startswith("private")
    for name in ("i", "j", "k", "file", "function", "Class"):
        assert "the target of a for or with" in ran.hidden[name]
    assert {"io", "math", "np"} <= ran.hidden.keys()


def test_a_loop_variable_that_is_also_assigned_counts():
    assert variables("for n in range(3):\n    pass\nn = n + 5") == {"n": 7}


def test_one_name_with_two_values_is_refused_with_both_lines():
    page = "# Title\n\n" + block("\nmacs = 81") + block("import math\nmacs = 72")
    with pytest.raises(PageError, match=refusal(9, "macs is 72 here and 81 at line 4. Rename one")):
        run(page)


@pytest.mark.parametrize(("first", "second"), [("1", "True"), ("1", "1.0"), ("(1, 2)", "[1, 2]"), ("'1'", "1")])
def test_equal_values_of_different_kinds_are_two_values(first, second):
    with pytest.raises(PageError, match=refusal(6, "n is .* at line 2")):
        run(block(f"n = {first}") + block(f"n = {second}"))


def test_one_name_with_one_value_in_two_blocks_passes_and_nan_is_nan():
    ran = run(block("n = [float('nan'), 1]") + block("n = [float('nan'), 1]\nk = 2"))
    assert ran.variables["k"] == 2


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, (2.5, "x", True)], ("k", 1): Fraction(1, 3), 2: 1 - 2j},
        {"Fraction": [1, 2]},
        [float("inf"), -0.0, 10**40, [], (), {}],
    ],
)
def test_plain_values_survive_the_cache_with_their_kinds(value):
    again = decode(json.loads(json.dumps(encode(value))))
    assert repr(again) == repr(value)
