"""What runs and what is refused of a block, a page's name, line and cause in the message."""

import sys

import pytest

from scripts.site.errors import PageError
from scripts.site.page import EXPECTED_OUTPUT, Page
from tests.site.planted import PAGE, block, refusal, run


def test_a_block_that_prints_what_the_page_shows_passes():
    ran = run(block("print(3 * 3)", "9"))
    assert ran.outputs == ["9\n"]


def test_a_page_without_blocks_passes():
    assert run("# Words\n\nand nothing else\n").variables == {}


@pytest.mark.parametrize(
    ("around", "indent"),
    [
        ('!!! warning "A trap"\n    Look:\n\n', "    "),
        ('??? success "Solution"\n\n', "    "),
        ('=== "NumPy"\n\n', "    "),
        ("- an item\n\n", "    "),
        ('!!! note\n\n    === "Deep"\n\n', "        "),
    ],
)
def test_an_indented_block_is_run_and_its_output_compared(around, indent):
    code = "for i in range(2):\n\n    print(i * '  ', i)"
    assert run(around + block(code, " 0\n   1", indent)).outputs == [" 0\n   1\n"]
    line = around.count("\n") + 10
    with pytest.raises(PageError, match=refusal(line, "does not show what the block prints")):
        run(around + block(code, " 0\n   2", indent))


def test_an_example_of_a_fence_inside_a_longer_fence_is_text():
    page = "````text\n```python\nprint(1 / 0)\n```\n\n" + EXPECTED_OUTPUT + "\n```text\n9\n```\n````\n\n"
    blocks = Page(PAGE, page + block("x = 1")).blocks
    assert [(b.line, b.code) for b in blocks] == [(12, "x = 1\n")]


def test_the_header_counts_in_line_numbers():
    page = "---\ntitle: Planted\n---\n\n" + block("x = 1 / 0")
    with pytest.raises(PageError, match=refusal(6, "ZeroDivisionError: division by zero")):
        run(page)


def test_a_block_is_the_main_program_and_the_module_of_its_classes():
    code = """
        from dataclasses import dataclass, field
        import inspect
        import pickle

        @dataclass
        class Layer:
            sizes: "list[int]" = field(default_factory=list)

        print(__name__, pickle.loads(pickle.dumps(Layer([3]))))
        print(inspect.getsource(Layer).splitlines()[1])
    """
    run("# Title\n\n" + block(code, "__main__ Layer(sizes=[3])\nclass Layer:"))
    assert sys.modules["__main__"].__name__ != "Layer"


def test_only_stdout_is_shown():
    run(block("import sys\nprint('seen')\nprint('unseen', file=sys.stderr)", "seen"))


def test_an_output_without_a_last_line_end_is_shown_as_a_line():
    run(block("print('a', end='')", "a"))


def test_a_wrong_output_is_told_at_the_line_that_differs():
    page = "# Title\n\n" + block("print(1)\nprint(2)\nprint(3)", "1\n5\n3")
    with pytest.raises(PageError, match=refusal(12, r"does not show (?s:.*)-5\n +\+2")):
        run(page)


@pytest.mark.parametrize(("shown", "line"), [("1", 9), ("1\n2\n3", 10)])
def test_an_output_that_is_too_short_or_too_long_is_refused(shown, line):
    with pytest.raises(PageError, match=refusal(line, "does not show")):
        run(block("print(1)\nprint(2)", shown))


def test_an_output_is_compared_to_the_letter():
    with pytest.raises(PageError, match=refusal(7, "does not show")):
        run(block("print('a ')", "a"))


def test_a_block_that_prints_without_showing_it_is_refused():
    with pytest.raises(PageError, match=refusal(1, "this block prints, .*make outputs")):
        run(block("print(1)"))


def test_a_shown_output_without_a_print_is_refused():
    with pytest.raises(PageError, match=refusal(7, "does not show")):
        run(block("x = 1", "1"))


def test_a_block_that_raises_is_told_with_the_line_and_the_frames_of_the_page():
    code = """
        def ratio(a, b):
            return a / b


        ratio(1, 0)
    """
    with pytest.raises(PageError, match=refusal(6, "ZeroDivisionError")) as caught:
        run("# Title\n\nText.\n" + block(code))
    assert f"{PAGE}:9, in <module>: ratio(1, 0)" in str(caught.value)
    assert f"{PAGE}:6, in ratio: return a / b" in str(caught.value)


def test_the_deepest_frame_is_told_when_it_lies_in_a_library():
    with pytest.raises(PageError, match=refusal(3, r"JSONDecodeError.*\n.*\n.*decoder\.py:\d+, in raw_decode: ")):
        run(block("import json\njson.loads('{')"))


@pytest.mark.parametrize(
    ("code", "line", "cause"),
    [
        ("x = (1", 2, "SyntaxError: '\\(' was never closed"),
        ("x = 1\ny = '\\d'", 3, "SyntaxError: invalid escape sequence"),
        ("x = 1\nraise SystemExit(0)", 3, "SystemExit: 0"),
        ("import pytest\npytest.skip('later')", 3, "Skipped: later"),
        ("x = 1\nassert x == 2", 3, "AssertionError"),
        ("x = input()", 2, "EOFError"),
        ("import warnings\nwarnings.warn('old', DeprecationWarning)", 3, "DeprecationWarning: old"),
        ("import numpy as np\nnp.log(np.zeros(2))", 3, "RuntimeWarning: divide by zero"),
    ],
)
def test_a_block_that_fails_in_any_way_is_refused(code, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        run(block(code))


def test_a_block_that_needs_the_block_above_is_refused():
    page = block("import math\nside = 3") + block("print(math.sqrt(side))", "1.7")
    with pytest.raises(PageError, match=refusal(7, r"NameError: name 'math' is not defined.*each block runs alone")):
        run(page)


def test_a_keyboard_interrupt_stops_the_build_itself():
    with pytest.raises(KeyboardInterrupt):
        run(block("raise KeyboardInterrupt"))
