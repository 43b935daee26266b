"""What happens to each page while mkdocs builds it: it is checked, its blocks run, its macros become text and pictures.

Any fault stops the build with the page's line and the cause. mkdocs calls these functions by their names.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # mkdocs may be started anywhere

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from scripts.site import figures, katex, macros
from scripts.site.cache import ROOT, forget_stale_modules
from scripts.site.errors import PageError
from scripts.site.front_matter import check_front_matter
from scripts.site.prose import check_prose
from scripts.site.references import check_references
from scripts.site.snippets import run_page_cached

_expanded: dict[str, macros.Expanded] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Refuse to begin without what the build needs, and date the site by its commit."""
    if str(ROOT) not in sys.path:  # mkdocs took it away again; the processes that draw need it
        sys.path.insert(0, str(ROOT))
    try:
        katex.check_installation()
    except RuntimeError as error:
        raise PluginError(str(error)) from error
    if "SOURCE_DATE_EPOCH" not in os.environ and (date := _date_of_commit()):
        os.environ["SOURCE_DATE_EPOCH"] = date
    config.edit_uri = "edit/main/docs/" if config.repo_url else None
    _expanded.clear()
    forget_stale_modules()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add KaTeX's style and fonts, and begin to draw the pictures while the pages are read."""
    for file in katex.asset_files(config):
        files.append(file)
    wanted: set[tuple[str, str]] = set()
    for file in files.documentation_pages():
        page = _name(file.src_uri, config)
        with _faults_of():
            wanted |= macros.pictures_named(page, file.content_string)
    figures.draw_ahead(wanted)
    return files


def on_page_read_source(page: Page, config: MkDocsConfig) -> None:
    """Refuse a header that mkdocs cannot read, and would show as text of the page."""
    with _faults_of():
        check_front_matter(_name(page.file.src_uri, config), page.file.content_string)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Check a page's sentences, run its blocks, evaluate its macros."""
    name, source = _name(page.file.src_uri, config), page.file.content_string
    with _faults_of():
        check_prose(name, source)
        run = run_page_cached(name, source)
        expanded = macros.expand(name, page.file.src_uri, source, run)
    _expanded[page.file.src_uri] = expanded
    return expanded.markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Put formulas and pictures into the page's HTML."""
    expanded, source = _expanded[page.file.src_uri], page.file.content_string
    with _faults_of():
        check_references(expanded.page, source, html)
        html = macros.with_pictures(expanded, html)
        try:
            return katex.render_marked(html)
        except katex.FormulaError as error:
            line = macros.line_of(expanded, source, error.tex)
            raise PageError(expanded.page, line, f"the formula {error.tex!r}: {error.cause}") from error


@contextmanager
def _faults_of() -> Iterator[None]:
    """Hand a fault to mkdocs so that it ends with the message alone, without a traceback."""
    try:
        yield
    except PageError as error:
        raise PluginError(str(error)) from error


def _name(src_uri: str, config: MkDocsConfig) -> str:
    """The page's path as messages give it: relative to the repository root."""
    return f"{Path(config.docs_dir).name}/{src_uri}"


def _date_of_commit() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
