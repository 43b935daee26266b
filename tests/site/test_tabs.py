"""Blocks of other frameworks run in processes of their own, and tabs of one layer print the same in each framework."""

import pytest

from scripts.site import companions, programs, tabs
from scripts.site.errors import PageError
from scripts.site.page import EXPECTED_OUTPUT, Block, Page
from scripts.site.runner import run_page

SMALL = {"x": (1, 2, 5), "w": (2, 2, 3), "stride": 2, "padding": "same"}
PAGE = f"""\
=== "JAX"

    ```python
    import jax

    print(jax.__name__, 6 * 7)
    ```

    {EXPECTED_OUTPUT}
    ```text
    jax 42
    ```

Text.
"""


@pytest.fixture
def without_jax(monkeypatch):
    monkeypatch.setattr(companions, "_is_here", lambda name: name != "jax")
    monkeypatch.delenv("CI", raising=False)


def block(code, expected=None):
    return Block(7, 9, "", code, expected)


def test_a_block_needs_what_it_imports():
    assert companions.needed_by("import numpy as np\nimport torch\nfrom onnx import helper\n") == ()
    assert companions.needed_by("from jax import lax\nimport keras.layers as k\n") == ("keras", "jax")


def test_a_block_runs_in_the_process_of_its_framework():
    code = "import sys\nimport onnxruntime\nprint('mkdocs' in sys.modules, 'scripts.site.companion' in sys.argv[0])\n"
    assert companions.output_of("docs/x.md", block(code)) == "False False\n"


def test_a_fault_of_such_a_block_names_page_line_and_cause():
    with pytest.raises(PageError, match=r"docs/x.md:9: ZeroDivisionError: division by zero"):
        companions.output_of("docs/x.md", block("import onnxruntime\n1 / 0\n"))


def test_numbers_that_are_drawn_anew_are_refused():
    code = "import jax\nimport numpy as np\nprint(np.random.default_rng().random())\n"
    with pytest.raises(PageError, match=r"x.md:7: what this block prints .*depends on an unseeded generator"):
        companions.output_of("docs/x.md", block(code))


def test_what_one_block_sets_no_other_sees():
    told = "import jax\nprint(jax.config.read('jax_enable_x64'))\n"
    companions.output_of("docs/x.md", block("import jax\njax.config.update('jax_enable_x64', True)\n"))
    assert companions.output_of("docs/x.md", block(told)) == "False\n"


def test_a_wrong_output_stops_the_page():
    assert run_page(Page("docs/x.md", PAGE)).outputs == ["jax 42\n"]
    with pytest.raises(PageError, match=r"docs/x.md:11: the page does not show what the block prints"):
        run_page(Page("docs/x.md", PAGE.replace("jax 42", "jax 43")))


@pytest.mark.usefixtures("without_jax")
def test_where_a_framework_is_missing_the_page_shows_its_output_and_a_line_says_so(capsys):
    page = Page("docs/x.md", PAGE)
    assert run_page(page).outputs == ["jax 42\n"]
    shown = tabs.with_notes(page.name, page.text)
    assert "    Not run on this machine, which has no JAX: this output is the page's.\n    { .not-run }\n" in shown
    assert shown.index("jax 42") < shown.index("Not run") < shown.index("Text.")
    assert "docs/x.md: 1 blocks were not run" in capsys.readouterr().err


@pytest.mark.usefixtures("without_jax")
def test_listings_with_titles_are_no_blocks():
    listing = '```python title="a.py"\nimport jax\n```\n'
    assert tabs.with_notes("docs/x.md", listing) == listing


@pytest.mark.usefixtures("without_jax")
def test_on_ci_a_missing_framework_is_a_fault(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(PageError, match=r"docs/x.md:3: JAX is not installed, and CI runs every block"):
        run_page(Page("docs/x.md", PAGE))


def test_where_all_are_here_nothing_is_said(capsys):
    assert tabs.with_notes("docs/x.md", PAGE) == PAGE
    assert capsys.readouterr().err == ""


def test_every_tab_is_a_program_with_the_output_of_numpy():
    page = Page("docs/x.md", tabs.in_frameworks("docs/x.md", **SMALL))
    assert [line for line in page.lines if line.startswith("===")] == [f'=== "{t}"' for t in programs.NAMES.values()]
    assert len({made.expected for made in page.blocks}) == 1
    assert len({made.code for made in page.blocks}) == 6


@pytest.mark.usefixtures("without_jax")
def test_the_tabs_are_the_same_where_a_framework_is_missing(monkeypatch):
    there = tabs.in_frameworks("docs/x.md", **SMALL)
    monkeypatch.undo()
    assert tabs.in_frameworks("docs/x.md", **SMALL) == there


def test_a_framework_without_the_layer_says_so():
    made = tabs.in_frameworks(
        "docs/x.md", (1, 4, 5), (4, 2, 3), kind="conv_transpose", groups=2, without=["tensorflow"]
    )
    assert "has no groups in transposed layers; split the channels.\n" in made
    assert "Got" not in made
    assert '"TensorFlow"' not in made


def test_a_program_that_prints_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(programs, "in_torch", lambda given, line: ["y = x[:, :, :3] * 2"])
    with pytest.raises(ValueError, match=r"PyTorch: the page does not show what the block prints"):
        tabs.in_frameworks("docs/x.md", **SMALL)


def test_an_unknown_framework_is_refused():
    with pytest.raises(ValueError, match=r"without names caffe; known: numpy, torch"):
        tabs.in_frameworks("docs/x.md", **SMALL, without=["caffe"])


@pytest.mark.parametrize(
    ("x", "w", "options"),
    [
        ((1, 2, 6, 5), (4, 1, 3, 2), {"kind": "depthwise", "bias": True, "padding": 1}),
        ((1, 2, 6), ((4, 1, 3), (3, 4, 1)), {"kind": "separable", "bias": True, "padding": "causal"}),
        ((1, 2, 5, 4), (2, 3, 3, 2), {"kind": "conv_transpose", "stride": 2, "padding": 1, "output_padding": 1}),
        ((1, 2, 5, 4), (2, 2, 3, 2), {"flip": True}),
        ((1, 2, 5), (2, 2, 3), {"flip": True, "stride": 2}),
        ((1, 2, 5, 4, 6), (2, 2, 3, 2, 2), {"stride": 2, "padding": "same"}),
        ((1, 4, 5), (4, 2, 3), {"kind": "conv_transpose", "groups": 2, "without": ["tensorflow"]}),
    ],
)
def test_all_kinds_of_layers_have_their_programs(x, w, options):
    made = tabs.in_frameworks("docs/x.md", x, w, **options)
    assert max(len(line) for line in made.split("\n") if "arange" in line or "lax" in line) <= 84


def test_a_long_line_is_broken_within_its_brackets():
    line = f"y = f({', '.join(['argument'] * 9)})[0] + b"
    assert programs.folded(line) == "y = f(\n    " + ",\n    ".join(["argument"] * 9) + ",\n)[0] + b"
    assert programs.folded("x = f(1)  # a remark") == "x = f(1)  # a remark"
