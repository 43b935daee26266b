"""Every page of the built site stays light: so many elements for the browser to lay out, so many bytes to load."""

import gzip
from html.parser import HTMLParser
from pathlib import Path

MOST_ELEMENTS = 6_000
MOST_KILOBYTES = 250  # compressed


class _Counter(HTMLParser):
    """How many elements there are."""

    elements = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements += 1


def weight(html: bytes) -> tuple[int, float]:
    """Elements, and kilobytes when compressed."""
    counter = _Counter()
    counter.feed(html.decode())
    return counter.elements, len(gzip.compress(html, 6)) / 1000


def test_a_page_is_light(site: Path, page_address: str) -> None:
    elements, kilobytes = weight((site / page_address / "index.html").read_bytes())
    assert elements <= MOST_ELEMENTS
    assert kilobytes <= MOST_KILOBYTES


def test_elements_are_counted() -> None:
    assert weight(b"<p>a<br>b<img src='x'/></p>" * 10)[0] == 30
