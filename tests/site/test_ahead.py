"""What other processes work out before the pages are read lies in the cache; what fails there is named here."""

import textwrap

import pytest

from scripts.site import ahead, cache, figures
from scripts.site.errors import PageError
from scripts.site.functions import check_and_expand
from scripts.site.page import Page
from tests.site.planted import PAGE


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache and a log of this test's own."""
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("EXECUTIONS", str(tmp_path / "log"))
    return tmp_path


def executions(folder):
    log = folder / "log"
    return log.read_text() if log.exists() else ""


def page(blocks, fault=""):
    """A page whose blocks note each execution."""
    block = """
        ```python
        import os

        with open(os.environ["EXECUTIONS"], "a") as _log:
            _log.write("x")

        n_{0} = {0}{1}
        ```
    """
    texts = [textwrap.dedent(block).format(number, fault if number == 1 else "") for number in range(blocks)]
    return Page(PAGE, "# A page\n" + "".join(texts))


def test_blocks_are_run_once_and_in_other_processes(folder, monkeypatch):
    many = page(ahead.WORTH_WORKERS)
    ahead.begin([many])
    ahead.wait_for(PAGE)
    assert executions(folder) == "x" * ahead.WORTH_WORKERS
    monkeypatch.setattr("scripts.site.runner.run_one", lambda *_: pytest.fail("run again"))
    assert check_and_expand(many).page is many


def test_a_few_blocks_wait_for_their_page(folder):
    ahead.begin([page(ahead.WORTH_WORKERS - 1)])
    ahead.wait_for(PAGE)
    assert executions(folder) == ""


def test_without_a_cache_nothing_is_begun(folder, monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    ahead.begin([page(ahead.WORTH_WORKERS)])
    ahead.wait_for(PAGE)
    assert executions(folder) == ""


def test_a_fault_is_named_by_the_page(folder):
    broken = page(ahead.WORTH_WORKERS, " / 0")
    ahead.begin([broken])
    ahead.wait_for(PAGE)
    with pytest.raises(PageError, match=rf"^{PAGE}:18: ZeroDivisionError"):
        check_and_expand(broken)
    assert len(executions(folder)) == ahead.WORTH_WORKERS + 1


def test_a_process_that_dies_is_no_fault_of_the_build(folder):
    dying = page(ahead.WORTH_WORKERS, "\nos._exit(3)")
    ahead.begin([dying])
    ahead.wait_for(PAGE)
    assert "x" in executions(folder)


def test_macros_are_worked_out_once(folder):
    names = ("conv_macs", "conv_parameters", "conv_output_size", "conv_bytes")
    macros = [f'[[= formula("{name}") =]]' for name in names]
    laws = [f'[[= law("convolve(x, {w}) = convolve({w}, x)") =]]' for w in "wvuk"]
    several = Page(PAGE, "# A page\n\n" + "\n\n".join(macros + laws) + "\n")
    ahead.begin([several])
    ahead.wait_for(PAGE)
    assert len(list((folder / "cache" / "ahead").iterdir())) == len(macros + laws)
    assert len(list((folder / "cache" / "formulas").iterdir())) == len(macros)
    assert list(ahead._missing(several)) == []


def test_only_calls_with_literals_are_worked_out():
    empty = Page(PAGE, "# A page\n")
    for code in ("formula(name)", "n + 1", "home.formula('conv_macs')"):
        with pytest.raises((TypeError, ValueError)):
            ahead._evaluate(empty, code)


def test_the_cache_says_what_it_holds(folder):
    assert cache.is_on()
    assert not cache.holds("kind", ["a"])
    cache.cached("kind", ["a"], lambda: 1)
    assert cache.holds("kind", ["a"])
    assert not cache.holds("kind", ["b"])
    assert figures._is_cached("home", "no_such_picture") is False
