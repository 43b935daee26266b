"""Every Python block that a reader sees is run: three readers of Markdown must agree on every page."""

import ast
import html
import re
import subprocess
import sys

import markdown
import pytest
from mkdocs.utils.yaml import yaml_load

from scripts.site.errors import ROOT, page_name
from scripts.site.functions import check_and_expand
from scripts.site.page import Page

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
RENDERED_CODE = re.compile(
    r'<pre(?: id="[^"]*")? class="highlight"><code(?: class="language-(\w+)")?>(.*?)</code>', re.DOTALL
)


def rendered(text):
    """Language and text of each code block as the site's own Markdown extensions show it, only without colours."""
    settings = {}
    for entry in yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["markdown_extensions"]:
        settings |= entry if isinstance(entry, dict) else {entry: {}}
    settings["pymdownx.highlight"] = {"use_pygments": False}
    page = markdown.markdown(text, extensions=list(settings), extension_configs=settings)
    assert page.count("<pre") == len(RENDERED_CODE.findall(page))
    return [(language, html.unescape(code).strip("\n")) for language, code in RENDERED_CODE.findall(page)]


def run_pytest(*arguments):
    """The report of pytest under the project's settings, also on pages outside the repository."""
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "no:cacheprovider", "-p", "conftest"]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def collected():
    """Page -> the lines of the blocks that pytest-codeblocks collects."""
    report = run_pytest("--collect-only", "-q", "docs", "README.md")
    lines = {}
    for path, line in re.findall(r"^(.+\.md)::line (\d+)$", report, re.MULTILINE):
        lines.setdefault(path, []).append(int(line))
    assert lines, report
    return lines


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_pytest_collects_the_blocks_that_the_site_runs(path, collected):
    blocks = Page.read(path).blocks
    assert collected.get(page_name(path), []) == [block.line for block in blocks]


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_a_reader_sees_the_blocks_that_the_site_runs(path):
    page = Page.read(path)
    shown = rendered(page.text[page.body :])
    assert "" not in [language for language, _ in shown], "code indented by four spaces is not run: use a fence"
    assert [code for language, code in shown if language == "python"] == [
        block.code.strip("\n") for block in page.blocks
    ]


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "README.md"], ids=page_name)
def test_a_page_is_accepted_as_the_site_build_accepts_it(path):
    page = Page.read(path)
    check_and_expand(page)


PLANTED = """\
# Title

```python
print(1)
```

<!--pytest-codeblocks:expected-output-->
```text
1
```

````text
```python
print(2)
```
````

!!! note
    Words.

    ```python
    print(3)

    print(4)
    ```

=== "Tab"

    ```python
    x = 5
    ```

- item

    ```python
    y = 6
    ```
"""


def test_the_three_readers_agree_on_nested_and_indented_fences(tmp_path):
    path = tmp_path / "planted.md"
    path.write_text(PLANTED)
    blocks = Page("planted.md", PLANTED).blocks
    assert [block.line for block in blocks] == [3, 21, 29, 35]
    assert [code for language, code in rendered(PLANTED) if language == "python"] == [
        block.code.strip("\n") for block in blocks
    ]
    assert re.findall(r"::line (\d+)", run_pytest("--collect-only", "-q", path)) == ["3", "21", "29", "35"]


def test_the_independent_reader_sees_what_the_finder_would_miss():
    assert rendered("Text.\n\n    print(1)\n") == [("", "print(1)")]
    assert rendered("> ```python\n> print(1)\n> ```\n") == [("python", "print(1)")]
    assert rendered("~~~python\nprint(1)\n~~~\n") == [("python", "print(1)")]


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "in two processes"])
def test_pytest_tells_page_line_and_cause_and_runs_the_rest(tmp_path, options):
    path = tmp_path / "planted.md"
    path.write_text(PLANTED.replace("x = 5", "x = 5\n    x / 0").replace("print(3)\n", "z = 3\n"))
    report = run_pytest(*options, path)
    assert re.search(
        r"planted\.md:31: ZeroDivisionError: division by zero\n +\S+planted\.md:31, in <module>: x / 0", report
    )
    assert re.search(r"planted\.md:21: this block prints, and the page does not show it", report)
    assert re.search(r"2 failed, 2 passed", report)


def test_pytest_does_not_import_a_lab():
    """To import a lab is to run it: eight of them took five minutes in every process of pytest."""
    imported = "sorted(str(module.__file__) for module in sys.modules.values() if getattr(module, '__file__', None))"
    code = f"import sys, pytest; pytest.main(['--collect-only', '-q', 'docs/labs']); print(*{imported}, sep='\\n')"
    report = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert str(ROOT / "conftest.py") in report
    assert str(ROOT / "docs") not in report


def test_pytest_stops_at_a_page_with_a_fence_that_would_not_be_run(tmp_path):
    path = tmp_path / "planted.md"
    path.write_text("Text.\n\n```py\nx = 1\n```\n")
    report = run_pytest(path)
    assert re.search(r"planted\.md:3: a fence that says 'py' is not run", report)
    assert "Traceback" not in report


def imported_in_vain(code):
    """The names that a block imports and never reads."""
    tree = ast.parse(code)
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return imported - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_a_name_imported_in_vain_is_found():
    assert imported_in_vain("import numpy as np\nimport os.path\nfrom math import prod, pi\nprint(pi, os)") == {
        "np",
        "prod",
    }


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_a_block_imports_only_what_it_reads(path):
    vain = {block.line: names for block in Page.read(path).blocks if (names := imported_in_vain(block.code))}
    assert vain == {}
