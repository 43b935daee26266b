"""Make the search index of the built site answer questions rather than match letters.

The theme indexes whatever a page shows. Listings and outputs are full of numbers and common words, so they leave the
index; the names in them stay, in a field that is searched and not shown. Other fields add what a section does not say
itself: the page and the part it stands in, and the words that people use for the same thing (`docs/data/synonyms.yml`).
"""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.site.yaml_text import from_yaml

SYNONYMS = "data/synonyms.yml"
INDEX = "search/search_index.json"

# How much a match counts. By the theme's own 1,000 for titles one word of a title outweighs all others of a question.
FIELDS = {"title": 8, "also": 8, "within": 2, "names": 2, "text": 1}
# Words end at white space and at punctuation, on pages and in questions. A dot or comma between digits stays inside.
SEPARATOR = r"&\w+;|[\s\-–—;:!?()\[\]{}<>\"'“”‘’`/=+×·∗→…%#]+|[.,](?!\d)"

# What answers a question comes before what accompanies an answer.
BOOSTS = {
    "In brief": 1.3,
    "What trips people up": 1.2,
    "Pictures": 0.7,
    "Exercises": 0.6,
    "References": 0.2,
}
# By the first part of the address.
PAGE_BOOSTS = {
    "": 0.4,
    "api/": 0.2,
    "bibliography/": 0.2,
    "errata/": 0.5,
    "how-checked/": 0.5,
    "preface/": 0.7,
    "timings/": 0.6,
}

# By the first word of the anchor.
PLACE_BOOSTS = {"figure": 0.5, "table": 0.5}

HEADING = re.compile(
    r'<h(?P<level>[1-6])\b[^>]* id="(?P<id>[^"]+)"[^>]*>(?P<title>.*?)(?:<a class="headerlink"|</h)', re.DOTALL
)
LISTING = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
DEFINED = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
CALLED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?=\()|\b\w+_\w+(?=\()")
IMPORTED = re.compile(r"^\s*from [\w.]+ import \(?([\w, ]+)", re.MULTILINE)
ERROR = re.compile(r"^.*\b(?:\w+Error|must|expected|Got)\b.*$", re.MULTILINE)
LONG = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")
SIZE = re.compile(r"\b(\d+) ?[×x] ?(?=(\d+)\b)")


def parts(content: str, url: str) -> dict[str, str]:
    """Address of each heading of a page -> the heading that it stands under, other than the page's title."""
    titles: list[tuple[int, str]] = []
    found = {}
    for heading in HEADING.finditer(content):
        level = int(heading["level"])
        titles = [(of, title) for of, title in titles if of < level]
        found[f"{url}#{heading['id']}"] = titles[-1][1] if titles and titles[-1][0] > 1 else ""
        titles.append((level, TAG.sub("", heading["title"])))
    return found


def refine(
    folder: Path,
    above: Mapping[str, str],
    synonyms: Mapping[str, str],
    places: Sequence[tuple[dict[str, str], str]] = (),
) -> None:
    """Rewrite the search index in the folder of the built site.

    `places` are the entries that the theme does not make, each with the title of its section.

    Raises:
        ValueError: a synonym leads to a place that no page has.
    """
    path = folder / INDEX
    index = json.loads(path.read_text(encoding="utf-8"))
    index["config"] |= {"separator": SEPARATOR, "fields": {name: {"boost": boost} for name, boost in FIELDS.items()}}
    within = {entry["location"]: section for entry, section in places}
    index["docs"] = refined([*index["docs"], *(entry for entry, _ in places)], {**above, **within}, synonyms)
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def refined(docs: list[dict[str, Any]], above: Mapping[str, str], synonyms: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sections of all pages as the search is to read them."""
    check_places(synonyms.values(), {doc["location"] for doc in docs})
    titles = {doc["location"]: doc["title"] for doc in docs if "#" not in doc["location"]}
    for doc in docs:
        page = doc["location"].partition("#")[0]
        part = above.get(doc["location"], "")
        listings = html.unescape(TAG.sub("", "\n".join(LISTING.findall(doc["text"]))))
        doc["text"] = LISTING.sub("", doc["text"]).strip()
        doc["within"] = f"{titles[page]} {part}" if page != doc["location"] else ""
        doc["names"] = " ".join(_names(listings, doc["title"] + doc["text"]))
        meant = [words for words, place in synonyms.items() if place == doc["location"]]
        doc["also"] = ", ".join([*meant, *DEFINED.findall(listings)])
        for field in ("names", "also"):  # the theme reads them as HTML: what follows a > would be lost
            doc[field] = html.escape(doc[field], quote=False)
        for field in FIELDS:
            doc[field] = doc[field].replace("*", "∗")  # in a word of the index lunr takes an asterisk for a pattern
        kind = doc["location"].partition("#")[2].partition("-")[0]
        doc["boost"] = (
            PAGE_BOOSTS.get(page[: page.find("/") + 1], 1)
            * BOOSTS.get(doc["title"], 1)
            * BOOSTS.get(part, 1)
            * PLACE_BOOSTS.get(kind, 1)
        )
    return docs


def _names(listings: str, text: str) -> list[str]:
    """What stays of listings and outputs: names they import and call, errors, sizes and long numbers as words."""
    imported = (name for names in IMPORTED.findall(listings) for name in re.findall(r"\w+", names))
    names = [*CALLED.findall(listings), *imported, *ERROR.findall(listings)]
    sizes = [f"{height}x{width}" for height, width in SIZE.findall(text)]
    numbers = [number.replace(",", "") for number in LONG.findall(text + listings)]
    return list(dict.fromkeys([*names, *sizes, *numbers]))


def read_synonyms(docs: Path) -> dict[str, str]:
    """Words -> the address on the site to which they lead; nothing where a site keeps no synonyms."""
    file = docs / SYNONYMS
    places = from_yaml(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {words: address(place) for place, words in places.items()}


def address(place: str) -> str:
    """Where a place of a page stands on the site: `chapters/02-x.md#y` is `chapters/02-x/#y`; labs end in `.ipynb`."""
    page, _, anchor = place.partition("#")
    return re.sub(r"\.(?:md|ipynb)$", "/", page.removesuffix("index.md")) + (f"#{anchor}" if anchor else "")


def check_places(places: Iterable[str], known: set[str]) -> None:
    """Refuse places that no page has."""
    if missing := sorted(set(places) - known):
        raise ValueError(f"docs/{SYNONYMS} leads to places that no page has: {', '.join(missing)}.")
