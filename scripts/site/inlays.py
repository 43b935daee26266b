"""Keep the bulk of formulas and pictures out of a page until it is written.

Between the rendering of a page and its writing, the search index reads its HTML. The thousands of elements of KaTeX and
SVG would cost it more than all the rest, and LaTeX and the numbers in pictures would be found by every search.
"""

import re

PLACE = re.compile(r'<(div|span) data-inlay="(\d+)">.*?</\1>', re.DOTALL)


class Inlays:
    """The pieces that go into one page at last."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def keep(self, html: str, tag: str, text: str = "") -> str:
        """A place for `html`, which is a whole `tag` element; `text` is what the search finds there."""
        self.pieces.append(html)
        return f'<{tag} data-inlay="{len(self.pieces) - 1}">{text}</{tag}>'

    def put_back(self, output: str) -> str:
        """The page with every piece in its place."""
        return PLACE.sub(lambda place: self.pieces[int(place[2])], output)
