"""What a site has that is published: under a path of its host, with addresses to quote, to share and to write to."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

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

    Eight.

??? note "Shown by code"

    Nine.
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
    (folder / "docs" / "index.md").write_text("---\ndescription: All.\n---\n\n# Home\n\n[Groups](chapters/15-grouped.md)\n")
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
