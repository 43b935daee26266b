"""A page is executed again when, and only when, something it depends on has changed."""

import shutil
import subprocess
import sys
import textwrap

import pytest

from scripts import fingerprints
from scripts.site.errors import ROOT, PageError
from scripts.site.page import Page
from scripts.site.runner import run_page_cached
from tests.site.planted import PAGE, entries


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of this test's own."""
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def count(tmp_path, monkeypatch):
    """How often the counted block below was executed."""
    log = tmp_path / "log"
    monkeypatch.setenv("EXECUTIONS", str(log))
    return lambda: len(log.read_text()) if log.exists() else 0


def counted(extra="n = 3", prose="Words.", shown="3"):
    """A page whose block notes each execution."""
    return textwrap.dedent(f"""\
        {prose}

        ```python
        import os
        with open(os.environ["EXECUTIONS"], "a") as _log:
            _log.write("x")
        {extra}
        print(n)
        ```

        <!--pytest-codeblocks:expected-output-->
        ```text
        {shown}
        ```
    """)


def run(*arguments, **options):
    return run_page_cached(Page(PAGE, counted(*arguments, **options)))


def test_a_page_is_executed_once_and_gives_the_same_again(count):
    first = run()
    second = run()
    assert count() == 1
    assert first == second
    assert second.variables == {"n": 3}
    assert second.outputs == ["3\n"]
    assert second.hidden == {"os": "of type module", "_log": "private: its name starts with an underscore"}


def test_a_change_of_prose_executes_nothing_and_moves_the_line_numbers(count):
    run()
    moved = run(prose="Other words,\n\nand more.")
    assert count() == 1
    assert moved.blocks[0].line == 5


def test_a_change_of_code_executes_the_block(count):
    run()
    run(extra="n = 2 + 1")
    assert count() == 2


def test_a_change_of_code_does_not_execute_the_other_blocks(count):
    other = "```python\nm = {}\n```\n"
    for m in (4, 5):
        again = run_page_cached(Page(PAGE, other.format(m) + counted()))
        assert again.variables == {"n": 3, "m": m}
    assert count() == 1


def test_values_of_blocks_that_are_kept_are_compared_too(count):
    run()
    with pytest.raises(PageError, match=rf"^{PAGE}:10: n is 3 here and 4 at line 2"):
        run_page_cached(Page(PAGE, "```python\nn = 4\n```\n" + counted()))
    assert count() == 1


def test_a_change_of_the_shown_output_executes_the_block_and_is_refused(count):
    run()
    with pytest.raises(PageError, match=rf"^{PAGE}:13: .*does not show"):
        run(shown="4")
    assert count() == 2


def test_a_page_that_was_refused_is_refused_again(count):
    for _ in range(2):
        with pytest.raises(PageError, match=rf"^{PAGE}:7: ZeroDivisionError"):
            run(extra="n = 3 / 0")
    assert count() == 2


@pytest.mark.parametrize("digest", ["of_package", "of_versions"])
def test_other_sources_or_versions_execute_everything(digest, count, monkeypatch):
    run()
    monkeypatch.setattr(fingerprints, digest, lambda *_: "other")
    run()
    assert count() == 2


def test_a_damaged_entry_is_worked_out_again(folder, count):
    run()
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40] + b"7" + whole[41:], b"{}"):
        entry.write_bytes(damaged)
        assert run().variables == {"n": 3}
        assert entry.read_bytes() == whole
    assert count() == 5


def test_the_cache_can_be_switched_off(folder, count, monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    run()
    run()
    assert count() == 2
    assert entries(folder) == []


# --- a copy of the site's programs beside a reference_impl of one line ---


@pytest.fixture
def copy(tmp_path):
    """A small repository: its `reference_impl.answer()` gives 42."""
    here = tmp_path / "copy"
    shutil.copytree(ROOT / "scripts" / "site", here / "scripts" / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (here / "scripts" / "__init__.py").touch()
    shutil.copy(ROOT / "scripts" / "fingerprints.py", here / "scripts")
    (here / "reference_impl").mkdir()
    (here / "reference_impl" / "__init__.py").write_text("def answer():\n    return 42\n")
    return here


def python(copy, program):
    """The output of a program that runs in the copy."""
    command = [sys.executable, "-B", "-c", textwrap.dedent(program)]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True).stdout


RUN = """
    import sys
    from scripts.site.page import Page
    from scripts.site.runner import run_page_cached
    page = '''```python
    import os
    import numpy
    import reference_impl
    with open(os.environ["EXECUTIONS"], "a") as _log:
        _log.write("x")
    n = reference_impl.answer()
    ```
    '''
    print(run_page_cached(Page("docs/x.md", page)).variables, "numpy" in sys.modules, "reference_impl" in sys.modules)
"""


def test_a_cached_page_imports_neither_numpy_nor_reference_impl(copy, count):
    assert python(copy, RUN) == "{'n': 42} True True\n"
    executed = count()
    assert python(copy, RUN) == "{'n': 42} False False\n"
    assert count() == executed


def test_a_change_in_reference_impl_executes_everything(copy, count):
    python(copy, RUN)
    executed = count()
    (copy / "reference_impl" / "deeper").mkdir()
    (copy / "reference_impl" / "deeper" / "new.py").write_text("")
    python(copy, RUN)
    assert count() == 2 * executed
    (copy / "reference_impl" / "__init__.py").write_text("def answer():\n    return 43\n")
    assert python(copy, RUN).startswith("{'n': 43}")
    assert count() == 3 * executed


def test_a_change_of_the_runner_executes_everything(copy, count):
    python(copy, RUN)
    executed = count()
    for times, name in enumerate(("runner.py", "isolation.py", "values.py", "page.py", "grammar.py"), 2):
        with open(copy / "scripts" / "site" / name, "a") as file:
            file.write("# changed\n")
        python(copy, RUN)
        assert count() == times * executed


def test_a_long_lived_process_runs_pages_with_the_changed_reference_impl(copy, count):
    program = (
        RUN
        + """
    from pathlib import Path
    Path("reference_impl/__init__.py").write_text("def answer():\\n    return 4300\\n")
    print(run_page_cached(Page("docs/x.md", page)).variables)
    """
    )
    assert python(copy, program) == "{'n': 42} True True\n{'n': 4300}\n"


def test_stale_modules_are_forgotten_and_others_kept(copy):
    figures = copy / "scripts" / "figures"
    figures.mkdir()
    (figures / "__init__.py").touch()
    (figures / "chapter_01.py").write_text("from reference_impl import answer\n")
    program = """
        import sys
        from pathlib import Path
        from scripts.site.cache import forget_stale_modules
        import scripts.figures.chapter_01
        import json as kept

        def known():
            return [name in sys.modules for name in ("reference_impl", "scripts.figures", "scripts.figures.chapter_01")]

        forget_stale_modules()
        print(known())
        Path("scripts/figures/chapter_01.py").write_text("from reference_impl import answer as figure\\n")
        forget_stale_modules()
        print(known())
        from scripts.figures.chapter_01 import figure
        forget_stale_modules()
        print(known(), figure())
        Path("reference_impl/__init__.py").write_text("def answer():\\n    return 4300\\n")
        forget_stale_modules()
        print(known(), "json" in sys.modules)
        from scripts import figures
        from scripts.figures.chapter_01 import figure
        print(figure(), sys.modules["scripts.figures"] is figures)
    """
    assert python(copy, program).splitlines() == [
        "[True, True, True]",
        "[True, False, False]",
        "[True, True, True] 42",
        "[False, False, False] True",
        "4300 True",
    ]
