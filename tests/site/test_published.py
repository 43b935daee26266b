"""What a site has that is published: under a path of its host, with addresses to quote, to share and to write to."""

import gzip
import html
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from scripts.site import previews, quote
from scripts.site.errors import ROOT

CONFIG = """
INHERIT: {root}/mkdocs.yml
docs_dir: docs
hooks: [{root}/scripts/site/hooks.py]
watch: []
theme: {{custom_dir: {root}/overrides}}
nav: [Home: index.md, Chapters: [chapters/15-grouped.md]]
"""
CHAPTER = """\
---
description: Groups of "channels" that do not meet.
---

# 15 Grouped convolution

??? success "Solution"

    A shuffle.

??? note "Shown by code"

    A sum.
"""
OUTLINE = "chapters: {15: [Grouped, Groups.]}\nquestions: []\npaths: {}\n"
ADDRESS = "https://example.org/sub/"


def build(folder: Path, **environment: str) -> str:
    """Build a small site with the real configuration, theme and hooks into `folder`/out; what the build says."""
    (folder / "docs" / "chapters").mkdir(parents=True)
    (folder / "docs" / "data").mkdir()
    (folder / "mkdocs.yml").write_text(CONFIG.format(root=ROOT))
    (folder / "docs" / "assets").symlink_to(ROOT / "docs" / "assets")
    (folder / "docs" / "data" / "outline.yml").write_text(OUTLINE)
    (folder / "docs" / "index.md").write_text(
        "---\ndescription: All.\n---\n\n# Home\n\n[Groups](chapters/15-grouped.md)\n"
    )
    (folder / "docs" / "chapters" / "15-grouped.md").write_text(CHAPTER)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(folder / "mkdocs.yml")]
    settings = os.environ | {"SOURCE_DATE_EPOCH": "1767225600", "SITE_URL": "", "REPO_URL": ""} | environment
    done = subprocess.run(
        [*command, "-d", str(folder / "out")], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    build(folder, SITE_URL=ADDRESS, REPO_URL="https://example.org/a/handbook")
    return folder / "out"


@pytest.fixture
def host(published: Path) -> Iterator[str]:
    """Serves the site below /sub/ as static hosts do: what is missing is answered by 404.html."""

    class Host(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(published) + path.removeprefix("/sub") if path.startswith("/sub/") else str(published / "none")

        def send_error(self, code: int, *_: object) -> None:
            body = (published / "404.html").read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sub/"
        server.shutdown()


def test_the_page_for_missing_pages_is_styled_and_leads_on_from_any_depth(context: BrowserContext, host: str) -> None:
    page = context.new_page()
    failed: list[str] = []
    page.on("response", lambda answer: answer.status >= 400 and failed.append(answer.url))
    page.goto(host + "chapters/99-none/at/all/")
    assert failed == [host + "chapters/99-none/at/all/"]  # itself, and none of its styles and scripts
    assert page.evaluate("() => getComputedStyle(document.querySelector('.ask')).display") == "grid"
    page.get_by_label("What do you want to know?").press_sequentially("grouped")
    expect(page.locator(".md-search-result__link").first).to_have_attribute(
        "href", f"{host}chapters/15-grouped/?h=group"
    )
    page.keyboard.press("Escape")
    page.get_by_role("main").get_by_role("link", name="Grouped convolution").click()
    page.wait_for_url(f"{host}chapters/15-grouped/")


def of_chapter(site: Path, pattern: str) -> str:
    found = re.search(pattern, (site / "chapters/15-grouped/index.html").read_text(encoding="utf-8"), re.DOTALL)
    assert found, pattern
    return html.unescape(found[1])


def test_a_page_has_one_address_and_the_sitemap_lists_it(published: Path) -> None:
    assert of_chapter(published, '<link rel="canonical" href="(.*?)"') == f"{ADDRESS}chapters/15-grouped/"
    assert of_chapter(published, '<meta property="og:url" content="(.*?)"') == f"{ADDRESS}chapters/15-grouped/"
    for listed in (
        (published / "sitemap.xml").read_bytes(),
        gzip.decompress((published / "sitemap.xml.gz").read_bytes()),
    ):
        assert re.findall(r"<loc>(.*?)</loc>", listed.decode()) == [ADDRESS, f"{ADDRESS}chapters/15-grouped/"]


def test_a_page_is_cited_with_title_date_version_and_address(published: Path) -> None:
    version = re.search(r'^version = "(.*?)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert of_chapter(published, "Cite this page</summary>.*?<code>(.*?)</code>").splitlines() == [
        "@misc{convolution-handbook-15-grouped,",
        "  title        = {{15 Grouped convolution}},",
        "  author       = {{The Convolution Handbook contributors}},",
        "  howpublished = {The Convolution Handbook},",
        "  year         = {2026},",
        "  month        = jan,",
        f"  note         = {{Version {version and version[1]}, 1 January 2026}},",
        f"  url          = {{{ADDRESS}chapters/15-grouped/}},",
        "}",
    ]


def test_the_repository_is_cited_as_the_package_is_named_and_licensed() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{citation["version"]}"' in project
    assert f'license = "{citation["license"]}"' in project
    assert citation["authors"] == [{"name": quote.AUTHORS}]
    assert f"site_name: {citation['title']}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_search_engines_are_told_what_a_page_is(published: Path) -> None:
    data = json.loads(of_chapter(published, '<script type="application/ld\\+json">(.*?)</script>'))
    assert data["@type"] == "Chapter"
    assert data["description"] == 'Groups of "channels" that do not meet.'
    assert data["isPartOf"] == {"@type": "Book", "name": "The Convolution Handbook", "url": ADDRESS}
    assert data["dateModified"] == "2026-01-01"
    assert data["url"] == f"{ADDRESS}chapters/15-grouped/"


def test_a_link_to_a_page_is_shown_with_its_picture(published: Path) -> None:
    address = of_chapter(published, '<meta property="og:image" content="(.*?)"')
    with Image.open(published / address.removeprefix(ADDRESS)) as image:
        assert image.size == previews.SIZE


def test_a_preview_is_the_same_for_the_same_words_and_fits_long_ones() -> None:
    words = ("A title of many words that takes up all of the lines there are, and more", "Text. " * 90, "Site")
    assert previews._drawn(*words) == previews._drawn(*words)
    assert previews._drawn(*words) != previews._drawn("Another", *words[1:])


def test_an_error_is_reported_in_an_issue_that_names_page_and_file(published: Path) -> None:
    address = urlsplit(of_chapter(published, '<a href="([^"]*)">Report an error'))
    fields = parse_qs(address.query)
    assert address.path == "/a/handbook/issues/new"
    assert fields["title"] == ["15 Grouped convolution: "]
    assert f"Page: {ADDRESS}chapters/15-grouped/\nFile: docs/chapters/15-grouped.md\n" in fields["body"][0]


@pytest.mark.parametrize(("print_solutions", "shown"), [(True, ["A shuffle.", "A sum."]), (False, ["A sum."])])
def test_solutions_are_printed_unless_the_reader_says_otherwise(
    context: BrowserContext, host: str, print_solutions: bool, shown: list[str]
) -> None:
    page = context.new_page()
    page.goto(f"{host}chapters/15-grouped/")
    page.get_by_label("Print with solutions").set_checked(print_solutions)
    page.emulate_media(media="print")
    assert [text for text in ("A shuffle.", "A sum.") if page.get_by_text(text).is_visible()] == shown


def test_a_site_without_an_address_says_what_it_lacks_and_lacks_no_more(tmp_path: Path) -> None:
    said = build(tmp_path)
    assert quote.LOST in said
    assert "og:image" not in (tmp_path / "out" / "chapters/15-grouped/index.html").read_text(encoding="utf-8")
    assert "url " not in of_chapter(tmp_path / "out", "Cite this page</summary>.*?<code>(.*?)</code>")
    assert "Report an error" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_site_with_an_address_complains_of_nothing(tmp_path: Path) -> None:
    assert "SITE_URL" not in build(tmp_path, SITE_URL=ADDRESS)
