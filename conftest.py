"""Let pytest-codeblocks collect the pages' blocks as the site build finds them, and run them as the site build does.

Its own reading drops blocks in silence (titles, `py`, tildes, `cont` behind another language), runs shell fences, and
lets one block's dtype and seed leak into the next.
"""

from pathlib import Path

import numpy as np
import pytest
from pytest_codeblocks import main, plugin

from scripts.site import companions
from scripts.site.errors import PageError, page_name
from scripts.site.page import Page
from scripts.site.pasting import check_pasting
from scripts.site.runner import check_output, run_block, run_elsewhere

collect_ignore_glob = ["docs/labs/*.py"]  # no doctests: to import a lab is to run it, and the build does that
ALONE = ("torch", "keras", "tensorflow", "jax", "onnx", "network")  # the files of tests/frameworks that import them


def _extract(path: Path) -> list[main.CodeBlock]:
    """The blocks of a page in the words of pytest-codeblocks, with ours beside them."""
    found = []
    for block in Page.read(path).blocks:
        item = main.CodeBlock(block.code, block.line, "python", block.expected)
        item.block = block
        found.append(item)
    return found


def _run(item: plugin.TestBlock) -> None:
    page, block = page_name(item.path), item.obj.block
    check_pasting(page, block)
    if companions.needed_by(block.code):
        lacking = companions.missing(block.code)
        assert not lacking, f"{', '.join(lacking)} is not installed: sh scripts/setup.sh frameworks"
        run_elsewhere(page, block)
    else:
        check_output(page, block, run_block(page, block)[0])


def _report(node, excinfo) -> str:
    """A page's fault is told by its message alone, with page, line and cause; anything else with its traceback."""
    return str(excinfo.value) if isinstance(excinfo.value, PageError) else super(type(node), node).repr_failure(excinfo)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A framework's files run where they are named: tests/frameworks/test_alone.py gives each a process of its own."""
    alone = collection_path.parent.name == "frameworks" and collection_path.stem.removeprefix("test_") in ALONE
    named = any(config.rootpath / argument.partition("::")[0] == collection_path for argument in config.args)
    return True if alone and not named else None


@pytest.fixture(autouse=True, scope="session")
def _numpy_in_examples(doctest_namespace: dict) -> None:
    """Docstrings write `np` as everybody does, also where the module serves both libraries and imports neither."""
    doctest_namespace["np"] = np


plugin.extract_from_file = _extract
plugin.MarkdownFile.repr_failure = _report
plugin.TestBlock.repr_failure = _report
plugin.TestBlock.runtest = _run
plugin.TestBlock.reportinfo = lambda item: (item.path, item.obj.lineno - 1, f"{page_name(item.path)}:{item.obj.lineno}")
