"""References that lead nowhere: Markdown shows `[text][label]` and `[^note]` as typed if nothing defines them."""

import re
from html.parser import HTMLParser

from scripts.site.errors import PageError

DANGLING = re.compile(r"\[[^\[\]\n]+\]\[[^\[\]\n]*\]|\[\^[^\[\]\s]+\]")
NOT_TEXT = {"code", "pre", "script", "style", "svg", "math"}


class _Text(HTMLParser):
    """The text of a page without its code and its formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        hidden = tag in NOT_TEXT or "arithmatex" in (dict(attrs).get("class") or "")
        if hidden if not self.open else tag == self.open[0]:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1]:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.pieces.append(data)


def check_references(page: str, markdown: str, html: str) -> None:
    """Refuse a reference that Markdown left as it was typed.

    Raises:
        PageError: with the line where it stands.
    """
    text = _Text()
    text.feed(html)
    if dangling := DANGLING.search("".join(text.pieces)):
        position = markdown.find(dangling[0])
        line = markdown.count("\n", 0, position) + 1 if position >= 0 else 1
        raise PageError(page, line, f"{dangling[0]} refers to nothing. Define it, or write [text](page.md).")
