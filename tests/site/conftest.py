"""The built site, a server for it and a browser, for the tests that look at the handbook as a reader does."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Headless, and silent: without these Chromium looks for updates and accounts of its own accord.
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def page_addresses() -> list[str]:
    """Where each page of docs/ stands on the site: docs/chapters/02-x.md is chapters/02-x/."""
    sources = [*DOCS.rglob("*.md"), *(DOCS / "labs").glob("*.py")]
    names = (path.relative_to(DOCS).with_suffix("").as_posix() for path in sources)
    return sorted("" if name == "index" else name.removesuffix("/index") + "/" for name in names)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `page_address` once for each page."""
    if "page_address" in metafunc.fixturenames:
        metafunc.parametrize("page_address", page_addresses(), ids=lambda address: address or "home")


@pytest.fixture(scope="session")
def addresses() -> list[str]:
    """Where all pages stand."""
    return page_addresses()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site: the one `make test` has just built, otherwise one built now."""
    if built := os.environ.get("HANDBOOK_SITE"):
        folder = ROOT / built
        assert (folder / "index.html").is_file(), f"HANDBOOK_SITE={built} holds no site"
        return folder
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the site does not build:\n{done.stdout}{done.stderr}"
    return folder


class _SiteHandler(http.server.SimpleHTTPRequestHandler):
    prefix = "/"

    def translate_path(self, path: str) -> str:
        inside = path.removeprefix(self.prefix) if path.startswith(self.prefix) else "no-such-page"
        return super().translate_path("/" + inside)

    def log_message(self, *args: object) -> None:
        """Say nothing: the tests look at the browser's side of each request."""


@pytest.fixture(scope="session")
def base_url(site: Path) -> Iterator[str]:
    """The address of the served site, under the path that SITE_URL gives it; ends with a slash."""
    prefix = urlsplit(os.environ.get("SITE_URL", "")).path.rstrip("/") + "/"
    handler = type("Handler", (_SiteHandler,), {"prefix": prefix})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of a worker. On CI it has to be there; elsewhere its absence skips them."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        reason = f"BROWSER TESTS NOT RUN: none of {', '.join(CHROMIUM_NAMES)} is on the PATH"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile, wide and light."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    yield context
    context.close()
