"""Nothing is worked out twice, and nothing out of date is ever used."""

import json
import shutil
import subprocess
import sys
import textwrap
from fractions import Fraction

import pytest

from scripts.site import cache
from scripts.site.errors import ROOT, PageError
from scripts.site.exports import decode, encode
from scripts.site.snippets import run_page_cached

PAGE = "docs/chapters/00-planted.md"


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


def entries(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_page_is_executed_once_and_gives_the_same_again(count):
    first = run_page_cached(PAGE, counted())
    second = run_page_cached(PAGE, counted())
    assert count() == 1
    assert first == second
    assert second.variables == {"n": 3}
    assert second.outputs == ["3\n"]
    assert second.hidden == {"os": "of type module", "_log": "private: its name starts with an underscore"}


def test_a_change_of_prose_executes_nothing_and_moves_the_line_numbers(count):
    run_page_cached(PAGE, counted())
    moved = run_page_cached(PAGE, counted(prose="Other words,\n\nand more."))
    assert count() == 1
    assert moved.blocks[0].line == 5


def test_a_change_of_code_executes_the_page(count):
    run_page_cached(PAGE, counted())
    run_page_cached(PAGE, counted(extra="n = 2 + 1"))
    assert count() == 2


def test_a_change_of_the_shown_output_executes_the_page_and_is_refused(count):
    run_page_cached(PAGE, counted())
    with pytest.raises(PageError, match=rf"^{PAGE}:13: .*does not show"):
        run_page_cached(PAGE, counted(shown="4"))
    assert count() == 2


def test_a_page_that_was_refused_is_refused_again(count):
    for _ in range(2):
        with pytest.raises(PageError, match=rf"^{PAGE}:7: ZeroDivisionError"):
            run_page_cached(PAGE, counted(extra="n = 3 / 0"))
    assert count() == 2


@pytest.mark.parametrize("digest", ["sources_digest", "versions_digest"])
def test_other_sources_or_versions_execute_everything(digest, count, monkeypatch):
    run_page_cached(PAGE, counted())
    monkeypatch.setattr(cache, digest, lambda *_: "other")
    run_page_cached(PAGE, counted())
    assert count() == 2


def test_a_damaged_entry_is_worked_out_again(folder, count):
    run_page_cached(PAGE, counted())
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40] + b"7" + whole[41:], b"{}"):
        entry.write_bytes(damaged)
        assert run_page_cached(PAGE, counted()).variables == {"n": 3}
        assert entry.read_bytes() == whole
    assert count() == 5


def test_the_cache_can_be_switched_off(folder, count, monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    run_page_cached(PAGE, counted())
    run_page_cached(PAGE, counted())
    assert count() == 2
    assert entries(folder) == []


# --- a copy of the site's programs beside a reference_impl of one line -----------------------------------------------


@pytest.fixture
def copy(tmp_path):
    """A small repository: its `reference_impl.answer()` gives 42."""
    here = tmp_path / "copy"
    shutil.copytree(ROOT / "scripts" / "site", here / "scripts" / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (here / "scripts" / "__init__.py").touch()
    (here / "reference_impl").mkdir()
    (here / "reference_impl" / "__init__.py").write_text("def answer():\n    return 42\n")
    return here


def python(copy, program):
    """The output of a program that runs in the copy."""
    command = [sys.executable, "-B", "-c", textwrap.dedent(program)]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True).stdout


RUN = """
    import sys
    from scripts.site.snippets import run_page_cached
    page = '''```python
    import os
    import numpy
    import reference_impl
    with open(os.environ["EXECUTIONS"], "a") as _log:
        _log.write("x")
    n = reference_impl.answer()
    ```
    '''
    print(run_page_cached("docs/x.md", page).variables, "numpy" in sys.modules, "reference_impl" in sys.modules)
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
    for times, name in enumerate(("snippets.py", "isolation.py", "exports.py", "blocks.py", "fences.py"), 2):
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
    print(run_page_cached("docs/x.md", page).variables)
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


# --- the cache itself -------------------------------------------------------------------------------------------------


def test_bytes_and_values_are_kept_apart_by_kind_and_key(folder):
    assert cache.cached("a", ["k"], lambda: [1, {"x": None}]) == [1, {"x": None}]
    assert cache.cached("a", ["k"], lambda: "never called") == [1, {"x": None}]
    assert cache.cached("b", ["k"], lambda: 2) == 2
    assert cache.cached("a", ["k", ""], lambda: 3) == 3
    assert cache.cached_bytes("c", [b"k"], lambda: b"\x00\xff") == b"\x00\xff"
    assert cache.cached_bytes("c", [b"k"], lambda: b"never") == b"\x00\xff"
    assert len(entries(folder)) == 4


def test_a_failing_computation_leaves_nothing_behind(folder):
    with pytest.raises(ZeroDivisionError):
        cache.cached("a", ["k"], lambda: 1 / 0)
    assert entries(folder) == []


def test_the_digest_depends_on_where_parts_end():
    assert cache.digest_of("ab", "c") != cache.digest_of("a", "bc")
    assert cache.digest_of("ab") == cache.digest_of(b"ab")


def test_the_digest_of_files_depends_on_their_names_and_contents_only(tmp_path):
    one, two = tmp_path / "1.py", tmp_path / "2.py"
    one.write_text("x")
    two.write_text("y")
    first = cache.digest_of_files([one, two], tmp_path)
    assert cache.digest_of_files([two, one], tmp_path) == first
    one.write_text("y")
    two.write_text("x")
    assert cache.digest_of_files([one, two], tmp_path) != first


def test_the_digest_of_the_sources_sees_python_files_at_any_depth(copy):
    digests = {cache.sources_digest(root=copy)}
    (copy / "reference_impl" / "deep").mkdir()
    (copy / "reference_impl" / "deep" / "a.py").write_text("a")
    digests.add(cache.sources_digest(root=copy))
    (copy / "reference_impl" / "deep" / "a.py").write_text("b")
    digests.add(cache.sources_digest(root=copy))
    (copy / "reference_impl" / "deep" / "a.py").rename(copy / "reference_impl" / "deep" / "b.py")
    digests.add(cache.sources_digest(root=copy))
    assert len(digests) == 4
    (copy / "reference_impl" / "note.txt").write_text("not a source")
    assert cache.sources_digest(root=copy) in digests


def test_the_digest_of_the_versions_imports_nothing(copy):
    program = """
        import sys
        from scripts.site.cache import versions_digest
        versions_digest()
        print([name for name in ("numpy", "torch", "sympy", "matplotlib", "scipy", "sklearn") if name in sys.modules])
    """
    assert python(copy, program) == "[]\n"


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
