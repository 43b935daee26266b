"""Places inside a section that have an address and an entry of the search: figures, tables, rows of cards."""

import html
import re
from collections.abc import Iterator

from markdown.extensions.toc import slugify, unique

from scripts.site.search import HEADING, TAG

LONGEST_TITLE = 80  # characters of a caption
WORDS_OF_ID = 6
CAPTION = re.compile(r'(</table>(?:</div>)*\s*)<p class="table-caption">(.*?)</p>', re.DOTALL)
LINK = '<a class="headerlink" href="#{0}" title="Link to this table">&para;</a>'
PLACE = re.compile(
    r'<figure class="handbook-figure" id="(?P<figure>[^"]+)">(?:(?!</figure>).)*?'
    r'<figcaption>(?P<caption>.*?)<a class="headerlink"'
    r'|<p class="table-caption" id="(?P<table>[^"]+)">(?P<said>.*?)<a class="headerlink"'
    r'|<td id="(?P<row>card-[^"]+)"[^>]*>(?P<label>.*?)</td>\s*<td[^>]*>(?P<cell>.*?)</td>',
    re.DOTALL,
)


def with_table_links(content: str) -> str:
    """Give each table that has a caption an id made of the caption's first words, and a link to it.

    The caption of a card says nothing of the table; the card's heading has the address. That of measured times names
    the machine; the heading above it has the address.
    """
    taken: set[str] = set()

    def linked(found: re.Match[str]) -> str:
        if '<td id="card-' in content[content.rfind("<table", 0, found.start()) : found.start()]:
            return found[0]
        words = slugify(_plain(found[2]), "-").split("-")[:WORDS_OF_ID]
        anchor = unique("-".join(["table", *words]), taken)
        return f'{found[1]}<p class="table-caption" id="{anchor}">{found[2]}{LINK.format(anchor)}</p>'

    return CAPTION.sub(linked, content)


def entries(content: str, url: str) -> Iterator[tuple[dict[str, str], str]]:
    """What the search index lacks of a page: an entry for each place, and the title of the section it stands in."""
    headings = [(heading.start(), _plain(heading["title"])) for heading in HEADING.finditer(content)]
    for place in PLACE.finditer(content):
        section = next((title for start, title in reversed(headings) if start < place.start()), "")
        if place["row"]:
            label = _plain(place["label"])
            if label != "Traps":  # which are headings
                title = f"{section.removeprefix('Card: ')}: {label}"
                yield _entry(url, place["row"], title, _plain(place["cell"])), section
        else:
            kind, caption = ("Figure", place["caption"]) if place["figure"] else ("Table", place["said"])
            yield _entry(url, place["figure"] or place["table"], f"{kind}: {_title(_plain(caption))}", ""), section


def _entry(url: str, anchor: str, title: str, text: str) -> dict[str, str]:
    escaped = (html.escape(words, quote=False) for words in (title, text))
    return dict(zip(("location", "title", "text"), (f"{url}#{anchor}", *escaped), strict=True))


def _plain(content: str) -> str:
    words = " ".join(html.unescape(TAG.sub(" ", content.replace("</sub>", ""))).split())
    return re.sub(r" (?=[.,;:?!)])", "", words)  # of a tag that ends before the mark


def _title(caption: str) -> str:
    """The first sentence of a caption, cut between words where it is long."""
    sentence = re.split(r"(?<=[^\d\W]{3})[.:;?!] ", caption, maxsplit=1)[0].removesuffix(".")
    if len(sentence) <= LONGEST_TITLE:
        return sentence
    return sentence[:LONGEST_TITLE].rpartition(" ")[0].rstrip(",;:") + " …"
