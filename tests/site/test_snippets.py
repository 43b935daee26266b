"""Each fault is planted in a small page; the message must name the page, the line and the cause."""

import re
import subprocess
import sys
import textwrap
from fractions import Fraction

import pytest

from scripts.site.blocks import EXPECTED_OUTPUT
from scripts.site.errors import ROOT, PageError
from scripts.site.outputs import with_outputs
from scripts.site.snippets import find_blocks, run_page

PAGE = "docs/chapters/00-planted.md"


def block(code, shown=None, indent=""):
    """A Markdown block with its shown output, to be put together into a page."""
    text = f"```python\n{textwrap.dedent(code).strip()}\n```\n"
    if shown is not None:
        text += f"\n{EXPECTED_OUTPUT}\n```text\n{shown}\n```\n"
    return textwrap.indent(text, indent) + "\n"


def refusal(line, cause):
    """What a PageError's text must match."""
    return rf"^{re.escape(PAGE)}:{line}: (?s:.*){cause}"


# --- what runs --------------------------------------------------------------------------------------------------------


def test_a_block_that_prints_what_the_page_shows_passes():
    run = run_page(PAGE, block("print(3 * 3)", "9"))
    assert run.outputs == ["9\n"]


def test_a_page_without_blocks_passes():
    assert run_page(PAGE, "# Words\n\nand nothing else\n").variables == {}


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
    assert run_page(PAGE, around + block(code, " 0\n   1", indent)).outputs == [" 0\n   1\n"]
    line = around.count("\n") + 10
    with pytest.raises(PageError, match=refusal(line, "does not show what the block prints")):
        run_page(PAGE, around + block(code, " 0\n   2", indent))


def test_an_example_of_a_fence_inside_a_longer_fence_is_text():
    page = "````text\n```python\nprint(1 / 0)\n```\n\n" + EXPECTED_OUTPUT + "\n```text\n9\n```\n````\n\n"
    blocks = find_blocks(page + block("x = 1"))
    assert [(b.line, b.code) for b in blocks] == [(12, "x = 1\n")]


def test_the_header_counts_in_line_numbers():
    page = "---\ntitle: Planted\n---\n\n" + block("x = 1 / 0")
    with pytest.raises(PageError, match=refusal(6, "ZeroDivisionError: division by zero")):
        run_page(PAGE, page)


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
    run_page(PAGE, "# Title\n\n" + block(code, "__main__ Layer(sizes=[3])\nclass Layer:"))
    assert sys.modules["__main__"].__name__ != "Layer"


def test_only_stdout_is_shown():
    run_page(PAGE, block("import sys\nprint('seen')\nprint('unseen', file=sys.stderr)", "seen"))


def test_an_output_without_a_last_line_end_is_shown_as_a_line():
    run_page(PAGE, block("print('a', end='')", "a"))


# --- what is wrong inside a block -------------------------------------------------------------------------------------


def test_a_wrong_output_is_told_at_the_line_that_differs():
    page = "# Title\n\n" + block("print(1)\nprint(2)\nprint(3)", "1\n5\n3")
    with pytest.raises(PageError, match=refusal(12, r"does not show (?s:.*)-5\n +\+2")):
        run_page(PAGE, page)


@pytest.mark.parametrize(("shown", "line"), [("1", 9), ("1\n2\n3", 10)])
def test_an_output_that_is_too_short_or_too_long_is_refused(shown, line):
    with pytest.raises(PageError, match=refusal(line, "does not show")):
        run_page(PAGE, block("print(1)\nprint(2)", shown))


def test_an_output_is_compared_to_the_letter():
    with pytest.raises(PageError, match=refusal(7, "does not show")):
        run_page(PAGE, block("print('a ')", "a"))


def test_a_block_that_prints_without_showing_it_is_refused():
    with pytest.raises(PageError, match=refusal(1, "this block prints, .*make outputs")):
        run_page(PAGE, block("print(1)"))


def test_a_shown_output_without_a_print_is_refused():
    with pytest.raises(PageError, match=refusal(7, "does not show")):
        run_page(PAGE, block("x = 1", "1"))


def test_a_block_that_raises_is_told_with_the_line_and_the_frames_of_the_page():
    code = """
        def ratio(a, b):
            return a / b


        ratio(1, 0)
    """
    with pytest.raises(PageError, match=refusal(6, "ZeroDivisionError")) as caught:
        run_page(PAGE, "# Title\n\nText.\n" + block(code))
    assert f"{PAGE}:9, in <module>: ratio(1, 0)" in str(caught.value)
    assert f"{PAGE}:6, in ratio: return a / b" in str(caught.value)


def test_the_deepest_frame_is_told_when_it_lies_in_a_library():
    with pytest.raises(PageError, match=refusal(3, r"JSONDecodeError.*\n.*\n.*decoder\.py:\d+, in raw_decode: ")):
        run_page(PAGE, block("import json\njson.loads('{')"))


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
        run_page(PAGE, block(code))


def test_a_block_that_needs_the_block_above_is_refused():
    page = block("import math\nside = 3") + block("print(math.sqrt(side))", "1.7")
    with pytest.raises(PageError, match=refusal(7, r"NameError: name 'math' is not defined.*each block runs alone")):
        run_page(PAGE, page)


def test_a_keyboard_interrupt_stops_the_build_itself():
    with pytest.raises(KeyboardInterrupt):
        run_page(PAGE, block("raise KeyboardInterrupt"))


# --- nothing leaks from block to block --------------------------------------------------------------------------------


LEAKS = {
    "torch's default dtype": (
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "import torch\nprint(torch.ones(1).dtype)",
        "torch.float32",
    ),
    "torch's gradients": (
        "import torch\ntorch.set_grad_enabled(False)",
        "import torch\nprint(torch.is_grad_enabled())",
        "True",
    ),
    "NumPy's print options": (
        "import numpy as np\nnp.set_printoptions(precision=2)",
        "import numpy as np\nprint(np.get_printoptions()['precision'])",
        "8",
    ),
    "NumPy's handling of errors": (
        "import numpy as np\nnp.seterr(all='ignore')",
        "import numpy as np\nprint(np.geterr()['divide'])",
        "warn",
    ),
    "open figures": (
        "import matplotlib.pyplot as plt\nplt.figure()",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())",
        "[]",
    ),
    "matplotlib's style": (
        "import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = 77",
        "import matplotlib.pyplot as plt\nprint(plt.rcParams['lines.linewidth'] == 77)",
        "False",
    ),
    "the filters of warnings": (
        "import warnings\nwarnings.simplefilter('ignore')",
        "import warnings\nprint(warnings.filters[0][0])",
        "error",
    ),
    "the environment": ("import os\nos.environ['LEAK'] = '1'", "import os\nprint('LEAK' in os.environ)", "False"),
    "the working directory": (
        "import os\nos.chdir('/')",
        "import os\nfrom pathlib import Path\nprint(Path.cwd() == Path('/'))",
        "False",
    ),
    "the standard output": ("import sys\nsys.stdout = sys.stderr", "print('here')", "here"),
    "variables": ("left = 1", "print('left' in globals())", "False"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_state_does_not_leak_from_block_to_block(name):
    first, second, expected = LEAKS[name]
    run_page(PAGE, block(first) + block(second, expected))


def test_the_state_after_a_page_is_that_of_a_fresh_process():
    import torch

    run_page(PAGE, block("import torch\ntorch.set_default_dtype(torch.float64)"))
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize(
    "draw",
    [
        "import random\nx = random.random()",
        "import numpy as np\nx = np.random.rand()",
        "import numpy as np\nx = np.random.default_rng().random()",
        "import torch\nx = torch.rand(1).item()",
        "import time\nx = time.perf_counter()",
    ],
)
def test_a_result_that_depends_on_an_unseeded_generator_or_on_the_time_is_refused(draw):
    with pytest.raises(PageError, match=refusal(1, "depends on an unseeded generator or on the time")):
        run_page(PAGE, block(draw))


def test_random_numbers_that_do_not_matter_need_no_seed():
    run_page(PAGE, block("import torch\nprint(tuple(torch.nn.Conv2d(3, 8, 5).weight.shape))", "(8, 3, 5, 5)"))


def test_seeded_random_numbers_pass():
    code = """
        import random
        import numpy as np
        import torch

        random.seed(1)
        torch.manual_seed(1)
        drawn = random.random() + torch.rand(1).item() + np.random.default_rng(1).random()
    """
    assert run_page(PAGE, block(code)).variables["drawn"] == run_page(PAGE, block(code)).variables["drawn"]


# --- fences that would not be run -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fence", "cause"),
    [
        ('```python title="conv.py"\nx = 1\n```', "is not run. Write ```python and nothing else"),
        ("```py\nx = 1\n```", "'py' is not run"),
        ("```python3\nx = 1\n```", "'python3' is not run"),
        ("```Python\nx = 1\n```", "'Python' is not run"),
        ("``` python\nx = 1\n```", "' python' is not run"),
        ("```pycon\n>>> 1\n```", "'pycon' is not run"),
        ("```ipython\n1\n```", "'ipython' is not run"),
        ("```{.python}\nx = 1\n```", "is not run"),
        ("```{ .python .annotate }\nx = 1\n```", "is not run"),
        ("```.python\nx = 1\n```", "is not run"),
        ("```\nx = 1\n```", "a fence without a language"),
        ("```sh\nmake\n```", "shell commands .* Write ```console or ```text"),
        ("```bash\nmake\n```", "shell commands"),
        ("~~~python\nx = 1\n~~~", "a fence of tildes .* is not run"),
        ("~~~\nx = 1\n~~~", "a fence of tildes"),
        ("> ```python\n> x = 1\n> ```", "a fence in a quotation"),
        ("- ```python\n  x = 1\n  ```", "a fence on the line of its bullet"),
        ("1. ```python\n   x = 1\n   ```", "a fence on the line of its bullet"),
        ("\t```python\n\tx = 1\n\t```", "indented by a tab"),
        ("```python\nx = 1", "this fence is never closed"),
        ("```python x = 1 ```\n\nmore", "a line that begins with ``` opens a fence"),
    ],
)
def test_a_fence_that_looks_like_python_and_would_not_be_run_is_refused(fence, cause):
    with pytest.raises(PageError, match=refusal(5, cause)):
        find_blocks(f"# Title\n\nText.\n\n{fence}\n\nMore.\n", PAGE)


@pytest.mark.parametrize(
    ("page", "line", "cause"),
    [
        ("```python\nx = 1\n````\n", 3, r"this mark and the one that opened the fence \(line 1\) differ"),
        ("```python\nx = 1\n  ```\n", 3, "differ in length or indent"),
        ("!!! note\n\n    ```python\n    x = 1\n  y = 2\n    ```\n", 5, r"indented less than its fence \(line 3\)"),
        ("<!--\n```python\nx = 1\n```\n-->\n", 2, "a fence inside an HTML comment"),
        ("text <!-- and\nso on\n", 1, "this comment is never closed"),
    ],
)
def test_a_fence_that_two_readers_of_markdown_understand_differently_is_refused(page, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        find_blocks(page, PAGE)


@pytest.mark.parametrize(
    "comment",
    [
        "<!--pytest-codeblocks:cont-->",
        "<!--pytest-codeblocks:skip-->",
        "<!--pytest-codeblocks:skipfile-->",
        "<!--pytest-codeblocks:skipif(True)-->",
        "<!--pytest-codeblocks:importorskip(jax)-->",
        "<!--pytest-codeblocks:expect-error-->",
        "<!--pytest-codeblocks:expect-exception-->",
        "<!--pytest-codeblocks:expected-output-ignore-whitespace-->",
        "<!-- pytest-codeblocks: expected-output -->",
        "<!--pytest.mark.skip-->",
        "<!-- pytest.mark.xfail(reason='x') -->",
        "<!--\npytest-codeblocks:skip\n-->",
    ],
)
def test_a_comment_that_changes_how_a_block_is_run_is_refused(comment):
    with pytest.raises(PageError, match=refusal(3, "would change how a block is run")):
        find_blocks(f"# Title\n\n{comment}\n\n{block('x = 1')}", PAGE)


@pytest.mark.parametrize(
    ("page", "line", "cause"),
    [
        (f"{EXPECTED_OUTPUT}\n```text\n1\n```\n", 1, "follows no Python block"),
        (f"```console\n$ ls\n```\n\n{EXPECTED_OUTPUT}\n```text\n1\n```\n", 5, "follows no Python block"),
        (f"{block('x = 1')}It prints:\n\n{EXPECTED_OUTPUT}\n```text\n1\n```\n", 7, "follows no Python block"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n\nNothing.\n", 5, "wants a ```text fence"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n```json\n1\n```\n", 5, "wants a ```text fence"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n    ```text\n    1\n    ```\n", 5, "at the block's own indent"),
        (f"{block('x = 1', '1')}{EXPECTED_OUTPUT}\n```text\n1\n```\n", 10, "follows no Python block"),
    ],
)
def test_an_output_that_belongs_to_no_block_is_refused(page, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        find_blocks(page, PAGE)


def test_a_comment_shown_as_inline_code_is_not_a_comment():
    assert find_blocks(f"Write `{EXPECTED_OUTPUT}` below it.\n") == []


# --- variables for the page's sentences -------------------------------------------------------------------------------


def variables(code):
    return run_page(PAGE, block(code)).variables


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
    run = run_page(PAGE, block(code))
    assert run.variables == {"total": 0, "squares": [0, 1, 4], "walrus": 3}
    assert run.hidden["array"] == "of type numpy.ndarray"
    assert run.hidden["symbols"] == "of type object"
    assert run.hidden["many"] == run.hidden["nest"] == "more than 10,000 values"
    assert run.hidden["_private"].startswith("private")
    for name in ("i", "j", "k", "file", "function", "Class"):
        assert "the target of a for or with" in run.hidden[name]
    assert {"io", "math", "np"} <= run.hidden.keys()


def test_a_loop_variable_that_is_also_assigned_counts():
    assert variables("for n in range(3):\n    pass\nn = n + 5") == {"n": 7}


def test_one_name_with_two_values_is_refused_with_both_lines():
    page = "# Title\n\n" + block("\nmacs = 81") + block("import math\nmacs = 72")
    with pytest.raises(PageError, match=refusal(9, "macs is 72 here and 81 at line 4. Rename one")):
        run_page(PAGE, page)


@pytest.mark.parametrize(("first", "second"), [("1", "True"), ("1", "1.0"), ("(1, 2)", "[1, 2]"), ("'1'", "1")])
def test_equal_values_of_different_kinds_are_two_values(first, second):
    with pytest.raises(PageError, match=refusal(6, "n is .* at line 2")):
        run_page(PAGE, block(f"n = {first}") + block(f"n = {second}"))


def test_one_name_with_one_value_in_two_blocks_passes_and_nan_is_nan():
    run = run_page(PAGE, block("n = [float('nan'), 1]") + block("n = [float('nan'), 1]\nk = 2"))
    assert run.variables["k"] == 2


# --- rewriting the shown outputs --------------------------------------------------------------------------------------


def test_make_outputs_inserts_replaces_and_removes_outputs_and_nothing_else():
    page = (
        "---\ntitle: x\n---\nText.\n\n"
        + block("print(1)")
        + block("print(2)\n\nprint('```python')", "old\nand longer", "    ")
        + block("x = 1", "gone")
        + "The end, without a line end."
    )
    expected = (
        "---\ntitle: x\n---\nText.\n\n"
        + block("print(1)", "1")
        + block("print(2)\n\nprint('```python')", "", "    ").replace(
            "```text\n\n    ```", "````text\n    2\n    ```python\n    ````"
        )
        + block("x = 1")
        + "The end, without a line end."
    )
    assert with_outputs(PAGE, page) == expected
    assert with_outputs(PAGE, expected) == expected
    run_page(PAGE, expected)


def test_make_outputs_writes_the_file_and_is_idempotent(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(block("print('é', 1)\nprint()\nprint(' 2')"))
    command = [sys.executable, "-m", "scripts.site.snippets", "--write", str(path)]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert path.read_text() == block("print('é', 1)\nprint()\nprint(' 2')", "é 1\n\n 2")
    assert "rewrote" in first.stdout
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""


def test_make_outputs_leaves_a_page_with_a_block_that_raises_and_does_the_others(tmp_path):
    bad, good = tmp_path / "bad.md", tmp_path / "good.md"
    bad.write_text(block("print(1)") + block("1 / 0"))
    good.write_text(block("print(1)"))
    command = [sys.executable, "-m", "scripts.site.snippets", "--write", str(bad), str(good)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"bad\.md:6: ZeroDivisionError", done.stderr)
    assert bad.read_text() == block("print(1)") + block("1 / 0")
    assert good.read_text() == block("print(1)", "1")
