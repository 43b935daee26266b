"""`make outputs` rewrites the shown outputs and nothing else."""

import re
import subprocess
import sys

from scripts.site.errors import ROOT
from scripts.site.outputs import with_outputs
from scripts.site.page import Page
from tests.site.planted import PAGE, block, run


def test_make_outputs_inserts_replaces_and_removes_outputs_and_nothing_else():
    page = (
        "---\ntitle: x\n---\nText.\n\n"
        + block("print(1)")
        + block("print(2)\n\nprint('```python')", "old\nand longer", "    ")
        + block("x = 1", "gone")
        + "The end.\n"
    )
    expected = (
        "---\ntitle: x\n---\nText.\n\n"
        + block("print(1)", "1")
        + block("print(2)\n\nprint('```python')", "", "    ").replace(
            "```text\n\n    ```", "````text\n    2\n    ```python\n    ````"
        )
        + block("x = 1")
        + "The end.\n"
    )
    assert with_outputs(Page(PAGE, page)) == expected
    assert with_outputs(Page(PAGE, expected)) == expected
    run(expected)


def test_make_outputs_writes_the_file_and_is_idempotent(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(block("print('é', 1)\nprint()\nprint(' 2')"))
    command = [sys.executable, "-m", "scripts.site.outputs", "--write", str(path)]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert path.read_text() == block("print('é', 1)\nprint()\nprint(' 2')", "é 1\n\n 2")
    assert "rewrote" in first.stdout
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""


def test_make_outputs_leaves_a_page_with_a_block_that_raises_and_does_the_others(tmp_path):
    bad, good = tmp_path / "bad.md", tmp_path / "good.md"
    bad.write_text(block("print(1)") + block("1 / 0"))
    good.write_text(block("print(1)"))
    command = [sys.executable, "-m", "scripts.site.outputs", "--write", str(bad), str(good)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"bad\.md:6: ZeroDivisionError", done.stderr)
    assert bad.read_text() == block("print(1)") + block("1 / 0")
    assert good.read_text() == block("print(1)", "1")
