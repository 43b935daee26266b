"""The pages of the labs: notebooks that were run, as mkdocs-jupyter renders them, in the dress of the other pages.

mkdocs-jupyter puts about 600 KB of style and script into each page. What is taken over is the structure: text, code,
what the code printed and drew. Formulas, links, copy buttons, colours and fonts are those of the site.
"""

import base64
import html as html_library
import platform
import posixpath
import re
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from bs4 import BeautifulSoup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from scripts.labs import execute
from scripts.labs.execute import Result, results
from scripts.labs.notebook import Lab, labs
from scripts.site import home
from scripts.site.errors import PageError
from scripts.site.html import Placeholders

FORMULA = re.compile(r"(?<![\\$])\$(?!\s)([^$]+?)(?<!\s)\$(?!\d)")
NOT_DRAWN = re.compile(r"<(metadata|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)
BLACK = re.compile(r"#000000|(?<=[:\"'])black\b")
REFERRED = re.compile(r"(?:href=\"#|url\(#)([^\")]+)")
IDENTITY = re.compile(r" id=\"([^\"]+)\"")
NAMED = re.compile(r'(\bid="|href="#|url\(#)')
COLAB_BRANCH = "labs"
SIZE = re.compile(r'<svg [^>]*?viewBox="([\d. ]+)"[^>]*>')


def add(files: Files, config: MkDocsConfig, tell: Callable[[str], None]) -> dict[str, tuple[Lab, Result]]:
    """Run the labs that changed and put each among the site's files, as a page and as two downloads.

    Returns:
        The labs and what they gave, by the path of their page ("labs/01-edges.ipynb").

    Raises:
        PageError: a lab failed, or a sentence of it does not agree with its cells.
    """
    found = labs(Path(config.docs_dir).parent)
    ran = results(found, execute.CACHE, tell)
    pages = {}
    for lab, result in zip(found, ran, strict=True):
        notebook = filled(lab, result)
        files.append(File.generated(config, f"labs/{lab.name}/picture.svg", content=picture(lab, notebook)))
        uri = f"labs/{lab.name}.ipynb"
        beside = Path(config.config_file_path).parent / ".cache" / "lab-pages"
        _write(beside / uri, nbformat.writes(notebook) + "\n")
        if source := files.get_file_from_path(f"labs/{lab.name}.py"):
            files.remove(source)
        files.append(File(uri, str(beside), config.site_dir, config.use_directory_urls))
        files.append(
            File.generated(config, f"labs/{lab.name}/{lab.name}.py", content=jupytext.writes(notebook, "py:percent"))
        )
        if name := on_github(config.repo_url):
            content = nbformat.writes(with_install(notebook, name)) + "\n"
            files.append(File.generated(config, f"labs/{lab.name}/colab/{lab.name}.ipynb", content=content))
        pages[uri] = (lab, result)
    return pages


def _write(place: Path, text: str) -> None:
    """Write a file that has another text; `make serve` makes a page anew when its file is newer."""
    if not place.is_file() or place.read_text(encoding="utf-8") != text:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def on_github(repository: str | None) -> str | None:
    """The "owner/name" of a repository on GitHub, None for any other."""
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(?:\.git)?/?", repository or "")
    return found[1] if found else None


def with_install(notebook: Any, name: str) -> Any:
    """The notebook for Colab, which has torch and lacks the project: a first cell installs it."""
    install = f'%pip install -q "convolution-handbook[snippets] @ git+https://github.com/{name}"'
    cell = nbformat.v4.new_code_cell(install, id="install")
    return nbformat.from_dict({**notebook, "cells": [cell, *notebook.cells]})


def picture(lab: Lab, notebook: Any) -> str:
    """The last drawing of a lab, for its card on the home page, in greys that show on light and on dark.

    Raises:
        PageError: the lab draws nothing.
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    drawings = [output["data"]["image/svg+xml"] for output in outputs if "image/svg+xml" in output.get("data", {})]
    if not drawings:
        raise PageError(lab.path, 1, "a lab draws at least one picture")
    return _svg("".join(drawings[-1])).replace("currentColor", "#808080")


def facts(lab: Lab, result: Result, link: Callable[[str], str | None], repository: str | None) -> str:
    """The lines below the title: how long it ran and on what, what to download, the chapters it belongs to.

    Raises:
        PageError: a chapter in its header is not there.
    """
    chapters = []
    for page in lab.facts["chapters"]:
        if (address := link(page)) is None:
            raise PageError(lab.path, 1, f"{page} is no page")
        title = html_library.escape(home.title_of(lab.file.parents[1] / page))
        chapters.append(f'<a href="{address}">{title}</a>')
    downloads = [f'<a href="{lab.name}.{ending}" download>.{ending}</a>' for ending in ("ipynb", "py")]
    if name := on_github(repository):  # Colab opens what lies on a branch; the workflow puts the notebooks on this one
        colab = f"https://colab.research.google.com/github/{name}/blob/{COLAB_BRANCH}/{lab.name}.ipynb"
        downloads.append(f'<a href="{colab}">Colab</a>')
    installed = link("preface.md")
    needs = f' with <a href="{installed}#install-and-paste">the project installed</a>' if installed else ""
    ran = f"Ran in {result.seconds:.0f} s with one thread of a CPU, Python {platform.python_version()}"
    return (
        f'<p class="lab-facts">{ran}, torch {metadata.version("torch")}. Take it along{needs}: {", ".join(downloads)}. '
        f"Goes with {'; '.join(chapters)}.</p>"
    )


def beside(uri: str, found: Iterable[Lab]) -> str:
    """A line of Markdown that leads from a chapter to the labs that go with it; none for a page without."""
    links = [f"[{lab.title}](../labs/{lab.name}.ipynb)" for lab in found if uri in lab.facts["chapters"]]
    return f"\nTry it in a lab: {'; '.join(links)}.\n{{ .labs-beside }}\n" if links else ""


def cards() -> str:
    """A card for each lab: a picture, what one learns, minutes."""
    return "\n".join(['<ul class="lab-cards" markdown="0">', *map(_card, labs()), "</ul>"])


def _card(lab: Lab) -> str:
    title, learn = html_library.escape(lab.title), html_library.escape(lab.facts["learn"])
    address = f"labs/{lab.name}/"
    picture = f'<img src="{address}picture.svg" alt="" loading="lazy" width="160" height="100">'
    below = f"{learn[0].upper()}{learn[1:]}. {lab.facts['minutes']}\N{NO-BREAK SPACE}min to run."
    return f'<li><a href="{address}">{picture}<strong>{title}</strong></a><p>{below}</p></li>'


def filled(lab: Lab, result: Result) -> Any:
    """The notebook with outputs and with the numbers of its cells in its sentences."""
    notebook = result.notebook
    for cell, written, text in zip(
        notebook.cells, lab.notebook.cells, lab.told(result.values, result.hidden), strict=True
    ):
        cell["metadata"] = written.metadata
        if cell.cell_type == "markdown":
            cell["source"] = text
    check_described(lab, notebook)
    notebook.metadata.pop("handbook", None)
    return notebook


def check_described(lab: Lab, notebook: Any) -> None:
    """Refuse a cell that draws and says nothing to those who cannot see it.

    Raises:
        PageError: with the line of the cell.
    """
    for place, cell in enumerate(notebook.cells):
        draws = any("image/svg+xml" in output.get("data", {}) for output in cell.get("outputs", ()))
        if draws and not cell.metadata.get("alt"):
            raise PageError(lab.path, lab.line(place), 'the cell draws: say what is to be seen, # %% alt="…"')


def dressed(lab: Lab, content: str, link: Callable[[str], str | None], placeholders: Placeholders, below: str) -> str:
    """The HTML of a lab as the site's other pages have it.

    Args:
        lab: The lab.
        content: What mkdocs-jupyter made of the notebook.
        link: The address of a page of the site ("chapters/15-grouped.md"), None if there is no such page.
        placeholders: Keeps the drawings.
        below: HTML to put below the title.

    Raises:
        PageError: a link to a page that is not there.
    """
    soup = BeautifulSoup(content, "html.parser")
    alts = [cell.metadata.get("alt", "") for cell in lab.notebook.cells if cell.cell_type == "code"]
    pieces = []
    for cell in soup.select("div.jp-MarkdownCell, div.jp-CodeCell > div.jp-CodeCell"):
        if "jp-MarkdownCell" in cell["class"]:
            pieces.append(_text(lab, cell, link))
        else:
            pieces.append(_code(cell, alts.pop(0), placeholders))
    return "\n".join(pieces).replace("</h1>", f"</h1>\n{below}", 1)


def _text(lab: Lab, cell: Any, link: Callable[[str], str | None]) -> str:
    for anchor in cell.select("a.anchor-link"):
        anchor["class"], anchor["title"] = ["headerlink"], "Link to this section"
    for anchor in cell.select("a[href]"):
        page, mark, place = anchor["href"].partition("#")
        if "://" in page or not page:
            continue
        address = link(posixpath.normpath(posixpath.join("labs", page)))
        if address is None:
            raise PageError(lab.path, 1, f"the link {anchor['href']} leads to no page")
        anchor["href"] = address + mark + place
    for text in cell.find_all(string=FORMULA):
        if text.find_parent("code") is None:
            marked = FORMULA.sub(r'<span class="arithmatex">\\(\1\\)</span>', text.output_ready(formatter="html"))
            text.replace_with(BeautifulSoup(marked, "html.parser"))
    return cell.select_one("div.jp-RenderedMarkdown").decode_contents()


def _code(cell: Any, alt: str, placeholders: Placeholders) -> str:
    code = cell.select_one(".highlight-ipynb pre").decode_contents().removeprefix("<span></span>")
    pieces = [_listing("python", code)]
    for output in cell.select(".jp-OutputArea-output"):
        if picture := output.select_one('img[src^="data:image/svg+xml;base64,"]'):
            svg = _drawing(str(picture["src"]), alt, len(placeholders.pieces))
            opening = '<figure class="handbook-figure lab-drawing" tabindex="0">'  # it scrolls on a phone
            pieces.append(f"{opening}{placeholders.keep(svg, 'div')}</figure>")
        elif text := output.find("pre"):
            pieces.append(_listing("text", text.decode_contents()))
    return "\n".join(pieces)


def _listing(language: str, code: str) -> str:
    return f'<div class="language-{language} highlight"><pre><span></span><code>{code.rstrip()}\n</code></pre></div>'


def _drawing(address: str, alt: str, number: int) -> str:
    """A drawing that takes the colour of the text and can be read aloud; its names are its own on the page."""
    svg = _svg(base64.b64decode(address.partition(",")[2]).decode())
    used = set(REFERRED.findall(svg))  # matplotlib names two equal images alike
    svg = IDENTITY.sub(lambda found: found[0] if found[1] in used else "", svg)
    svg = NAMED.sub(rf"\1drawing-{number}-", svg)
    return SIZE.sub(
        rf'<svg viewBox="\1" fill="currentColor" role="img" aria-label="{html_library.escape(alt)}">', svg, count=1
    )


def _svg(source: str) -> str:
    """The drawing of a cell as an element: without the preface and the metadata of a file, black as the text."""
    element = BLACK.sub("currentColor", NOT_DRAWN.sub("", source[source.index("<svg") :]))
    return element.replace("<svg ", '<svg fill="currentColor" ', 1)  # letters have no colour of their own
