"""What happens to each page while mkdocs builds it: it is checked, its blocks run, its macros become text and pictures.

A fault stops the build with the page's line and the cause, once all pages were read and before anything is written, so
that each page with a fault is named. mkdocs calls these functions by their names.
"""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # mkdocs may be started anywhere

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.utils import get_relative_url

from scripts import fingerprints
from scripts.labs.execute import Result
from scripts.labs.notebook import Lab
from scripts.site import (
    ahead,
    cache,
    downloads,
    figures,
    home,
    html,
    katex,
    labs,
    lighter,
    places,
    previews,
    quote,
    readings,
    reviewed,
    search,
    tabs,
)
from scripts.site.errors import ROOT, PageError
from scripts.site.functions import check_and_expand, pictures_named
from scripts.site.macros import Expanded
from scripts.site.page import Page

LOG = logging.getLogger("mkdocs.hooks")
_pages: dict[str, Page] = {}
_expanded: dict[str, Expanded] = {}
_placeholders: dict[str, html.Placeholders] = {}
_faults: list[PageError] = []
_headings: dict[str, str] = {}
_places: list[tuple[dict[str, str], str]] = []
_labs: dict[str, tuple[Lab, Result]] = {}
_previews: dict[str, tuple[str, str]] = {}
_is_served = False
_is_dirty = False  # only pages that changed are built


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether the site is built to be published or served to its author."""
    global _is_served, _is_dirty
    _is_served, _is_dirty = command == "serve", dirty


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
    for kept in (_pages, _expanded, _placeholders, _faults, _headings, _places, _labs, _previews):
        kept.clear()
    cache.begin_build()
    fingerprints.begin_build()
    return config


@event_priority(50)  # before mkdocs-jupyter, which makes pages of notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Run the labs. Add KaTeX's style and fonts; begin to run blocks and to draw pictures while the pages are read."""
    for uri, asset in katex.assets().items():
        if isinstance(asset, str):
            files.append(File.generated(config, uri, content=asset))
        else:
            files.append(File.generated(config, uri, abs_src_path=str(asset)))
    wanted: set[tuple[str, str]] = set()
    begun: list[Page] = []
    for file in files.documentation_pages():
        name = _name(file, config)
        _pages[name] = Page(name, file.content_string)
        if _is_dirty and not file.is_modified():
            continue
        begun.append(_pages[name])
        with contextlib.suppress(PageError):  # which comes again when the page is checked
            wanted |= pictures_named(_pages[name])
    ahead.begin(begun)
    figures.draw_ahead(wanted)
    try:
        _labs.update(labs.add(files, config, LOG.info))
    except PageError as error:
        raise PluginError(str(error)) from error
    return files


def on_page_markdown(markdown: str, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Check a page, run its blocks, evaluate its macros."""
    if page.file.src_uri in _labs:
        lab, _ = _labs[page.file.src_uri]
        page.meta.update(title=lab.title, description=lab.facts["description"])
        page.edit_url = page.edit_url and page.edit_url.replace(".ipynb", ".py")
        return markdown
    name = _name(page.file, config)
    with _noted():
        ahead.wait_for(name)
        _expanded[name] = check_and_expand(_pages[name])
        docs = Path(config.docs_dir)
        if not _is_served and (docs / reviewed.FOLDER).is_dir():  # while a page is written its values are not final
            reviewed.check_reviewed(_expanded[name], docs)
        page.meta.update(_expanded[name].header)
        beside = labs.beside(page.file.src_uri, [lab for lab, _ in _labs.values()])
        return tabs.with_notes(name, _expanded[name].markdown) + beside + _last_read(_pages[name], docs)
    return ""


def _last_read(page: Page, docs: Path) -> str:
    """When a chapter was read, where the site keeps record of that."""
    if not (docs / readings.FILE).is_file() or not page.uri.startswith("chapters/"):
        return ""
    return f"\n{readings.last_read(page, _readings(docs))}\n{{ .last-read }}\n"


@cache.once_a_build
def _readings(docs: Path) -> readings.Readings:
    return readings.load(docs)


def on_page_content(html: str, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
    """Render formulas and pictures, and make places for them in the page's HTML. mkdocs names the argument `html`."""
    name = _name(page.file, config)
    if page.file.src_uri in _labs:
        with _noted():
            return _lab(name, html, page, files, config.repo_url)
        return ""
    with _noted():
        return _finished(_expanded[name], html) if name in _expanded else html
    return html


def _finished(expanded: Expanded, content: str) -> str:
    html.check_references(expanded.page, content)
    placeholders = _placeholders[expanded.page.name] = html.Placeholders()
    try:
        content = html.with_pictures(content, expanded.pictures, placeholders)
        content = html.with_joined_outputs(katex.render_marked(content, placeholders))
        return lighter.merged_tokens(places.with_table_links(html.with_answers_first(content)))
    except katex.FormulaError as error:
        cause = f"the formula {error.tex!r}: {error.cause}"
        raise PageError(expanded.page.name, expanded.line_of(error.tex), cause) from error


def _lab(name: str, content: str, page: MkDocsPage, files: Files, repository: str | None) -> str:
    """What mkdocs-jupyter made of a notebook, as a page of this site."""
    lab, result = _labs[page.file.src_uri]

    def link(uri: str) -> str | None:
        file = files.get_file_from_path(uri)
        return file.url_relative_to(page.file) if file else None

    placeholders = _placeholders[name] = html.Placeholders()
    below = labs.facts(lab, result, link, repository)
    try:
        content = katex.render_marked(labs.dressed(lab, content, link, placeholders, below), placeholders)
    except katex.FormulaError as error:
        raise PageError(lab.path, 1, f"the formula {error.tex!r}: {error.cause}") from error
    return lighter.merged_tokens(content)


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:  # noqa: ARG001
    """Stop here, where all pages were read and nothing is written, if any has a fault."""
    if _faults:
        raise PluginError("\n".join(str(fault) for fault in _faults))
    env.globals["chapters"] = home.chapters(Path(config.docs_dir))
    return env


def on_page_context(
    context: dict[str, Any],
    page: MkDocsPage,
    config: MkDocsConfig,
    nav: Navigation,  # noqa: ARG001
) -> dict[str, Any]:
    """Tell the template what a page is quoted, shared and reported with; divide it, now that the search has read it."""
    page.content = lighter.with_parts(lighter.unbroken_products(page.content or ""))
    facts = quote.about(page, config)
    if config.site_url:
        _previews[quote.preview_of(page)] = (facts["title"], facts["description"])
    return context | {"about": facts}


def on_post_page(output: str, page: MkDocsPage, config: MkDocsConfig) -> str:
    """Put formulas and pictures into their places, after the search index was made, and pictures into files too."""
    _headings.update(search.parts(page.content or "", page.url))
    _places.extend(places.entries(page.content or "", page.url))
    output = _placeholders[_name(page.file, config)].put_back(lighter.lighter_contents(output))
    write = downloads.writer(Path(config.site_dir), page.url, get_relative_url)
    return downloads.with_downloads(output, quote.attribution(page, config), write)


def on_build_error(error: Exception) -> None:  # noqa: ARG001
    """Read sources anew from now on."""
    fingerprints.end_build()


def on_post_build(config: MkDocsConfig) -> None:
    """Make the index that the theme has written one that answers questions; draw the previews; say what is lost."""
    fingerprints.end_build()
    folder = Path(config.site_dir)
    try:
        search.refine(folder, _headings, search.read_synonyms(Path(config.docs_dir)), _places)
    except ValueError as error:
        raise PluginError(str(error)) from error
    for place, words in _previews.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(previews.preview(*words, str(config.site_name)))
    if not config.site_url:
        LOG.info(quote.LOST)


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
