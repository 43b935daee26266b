"""Every address inside the built site leads somewhere. Read from the HTML itself, whatever mkdocs believes."""

import os
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

HOST = "https://handbook.invalid"
HOME = f"{HOST}{urlsplit(os.environ.get('SITE_URL', '')).path.rstrip('/')}/"
ADDRESS_ATTRIBUTES = {"href", "src", "srcset", "poster", "data", "xlink:href"}


class Page(HTMLParser):
    """The ids, addresses and headings of one HTML file."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.in_body = False
        self.ids: list[str] = []
        self.addresses: list[tuple[str, str, str]] = []  # (tag, rel, address)
        self.headings: Counter[str] = Counter()
        self.descriptions: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_body |= tag == "body"
        values = {name: value or "" for name, value in attrs}
        if tag == "h1" or (tag == "title" and not self.in_body):  # a drawing has a title of its own
            self.headings[tag] += 1
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "meta" and values.get("name") == "description":
            self.descriptions.append(values.get("content", ""))
        for name in ADDRESS_ATTRIBUTES & values.keys():
            self.addresses.append((tag, values.get("rel", ""), values[name]))


@cache
def read_page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def html_file(site: Path, address: str) -> Path:
    """The file a server answers with, for an address inside the site."""
    path = site / unquote(urlsplit(address.removeprefix(HOME)).path)
    return path / "index.html" if path.is_dir() else path


def dead_links(site: Path, page: Path) -> list[str]:
    """The addresses on a page that lead nowhere in the site."""
    here = HOME + page.relative_to(site).as_posix().removesuffix("index.html")
    dead = []
    for tag, _, address in read_page(page).addresses:
        target = urljoin(here, address)
        if not target.startswith(HOST):
            continue
        if not target.startswith(HOME):
            dead.append(f"<{tag}> {address}: outside the site")
            continue
        file, anchor = html_file(site, target), unquote(urlsplit(target).fragment)
        if not file.is_file():
            dead.append(f"<{tag}> {address}: no such file")
        elif anchor and file.suffix == ".html" and anchor not in read_page(file).ids:
            dead.append(f"<{tag}> {address}: no such anchor")
    return dead


def test_every_page_of_docs_is_built_and_no_other(site: Path, addresses: list[str]) -> None:
    built = {path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html")}
    assert {address.removeprefix("./") for address in built} == set(addresses)


def test_no_link_is_dead(site: Path, page_address: str) -> None:
    assert dead_links(site, site / page_address / "index.html") == []


def test_the_page_for_missing_pages_finds_its_assets(site: Path) -> None:
    assert dead_links(site, site / "404.html") == []


def test_an_id_stands_once_on_a_page(site: Path, page_address: str) -> None:
    counts = Counter(read_page(site / page_address / "index.html").ids)
    assert [name for name, count in counts.items() if count > 1] == []


def test_nothing_is_loaded_from_another_host(site: Path, page_address: str) -> None:
    addresses = read_page(site / page_address / "index.html").addresses
    loaded = [value for tag, rel, value in addresses if tag != "a" and rel not in {"canonical", "prev", "next"}]
    assert [value for value in loaded if re.match(r"(https?:)?//", value)] == []


def test_a_page_has_one_title_one_main_heading_and_its_own_description(
    site: Path, page_address: str, addresses: list[str]
) -> None:
    page = read_page(site / page_address / "index.html")
    others = [read_page(site / other / "index.html") for other in addresses if other != page_address]
    assert page.headings == {"h1": 1, "title": 1}
    assert len(page.descriptions) == 1
    assert page.descriptions[0] not in {text for other in others for text in other.descriptions}


def test_next_leads_from_the_home_page_through_all_others(site: Path, addresses: list[str]) -> None:
    visited, here = [], ""
    while here is not None:
        visited.append(here)
        following = [value for _, rel, value in read_page(site / here / "index.html").addresses if rel == "next"]
        here = urljoin(HOME + here, following[0]).removeprefix(HOME) if following else None
    assert sorted(visited) == addresses


def test_a_dead_link_and_a_dead_anchor_are_found(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/index.html").write_text('<h2 id="known">x</h2><a href="../">back</a>')
    links = ["there/", "there/#known", "there/#unknown", "nowhere/", "there/none.png", "https://example.org/x"]
    (tmp_path / "index.html").write_text("".join(f'<a href="{link}">x</a>' for link in links))
    found = dead_links(tmp_path, tmp_path / "index.html")
    assert found == [
        "<a> there/#unknown: no such anchor",
        "<a> nowhere/: no such file",
        "<a> there/none.png: no such file",
    ]
    assert dead_links(tmp_path, tmp_path / "there/index.html") == []
