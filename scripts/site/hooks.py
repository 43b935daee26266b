"""What happens to each page while mkdocs builds it: it is checked, its blocks run, its macros become text and pictures.

A fault stops the build with the page's line and the cause, once all pages were read and before anything is written, so
that each page with a fault is named. mkdocs calls these functions by their names.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # mkdocs may be started anywhere

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.site import figures, katex, macros, per_build
from scripts.site.cache import ROOT, forget_stale_modules
from scripts.site.errors import PageError
from scripts.site.front_matter import check_front_matter
from scripts.site.inlays import Inlays
from scripts.site.prose import check_prose
from scripts.site.references import check_references
from scripts.site.snippets import run_page_cached

_expanded: dict[str, macros.Expanded] = {}
_inlays: dict[str, Inlays] = {}
_faults: list[PageError] = []


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
    _inlays.clear()
    _faults.clear()
    per_build.begin()
    forget_stale_modules()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add KaTeX's style and fonts, and begin to draw the pictures while the pages are read."""
    for file in katex.asset_files(config):
        files.append(file)
    wanted: set[tuple[str, str]] = set()
    for file in files.documentation_pages():
        page = _name(file, config)
        with contextlib.suppress(PageError):  # which comes again when the page is read
            wanted |= macros.pictures_named(page, file.content_string)
    figures.draw_ahead(wanted)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Check a page's header and sentences, run its blocks, evaluate its macros."""
    name, source = _name(page.file, config), page.file.content_string
    with _noted():
        check_front_matter(name, source)
        check_prose(name, source)
        run = run_page_cached(name, source)
        _expanded[name] = macros.expand(name, page.file.src_uri, source, run)
        return _expanded[name].markdown
    return ""


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Render formulas and pictures, and make places for them in the page's HTML."""
    name, source = _name(page.file, config), page.file.content_string
    if name not in _expanded:
        return html
    with _noted():
        check_references(name, source, html)
        try:
            inlays = _inlays[name] = Inlays()
            return katex.render_marked(macros.with_pictures(_expanded[name], html, inlays), inlays)
        except katex.FormulaError as error:
            line = macros.line_of(_expanded[name], source, error.tex)
            raise PageError(name, line, f"the formula {error.tex!r}: {error.cause}") from error
    return html


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:  # noqa: ARG001
    """Stop here, where all pages were read and nothing is written, if any has a fault."""
    if _faults:
        raise PluginError("\n".join(str(fault) for fault in _faults))
    return env


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Put formulas and pictures into their places, after the search index was made."""
    return _inlays[_name(page.file, config)].put_back(output)


@contextlib.contextmanager
def _noted() -> Iterator[None]:
    """Note a fault for the end and go on with the next page."""
    try:
        yield
    except PageError as error:
        _faults.append(error)


def _name(file: File, config: MkDocsConfig) -> str:
    """The page's path as messages give it: relative to the repository root."""
    return f"{Path(config.docs_dir).name}/{file.src_uri}"


def _date_of_commit() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
