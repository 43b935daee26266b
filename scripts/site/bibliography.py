"""Citations: the entries of `docs/data/bibliography.yml`, as links in sentences and as lists."""

import functools
import posixpath
import re
from typing import Any

from scripts.site.errors import ROOT, PageError, close_to
from scripts.site.page import Page
from scripts.site.yaml_text import from_yaml

SOURCE = ROOT / "docs" / "data" / "bibliography.yml"
PAGE = "bibliography.md"
CITE = re.compile(r"\bcite\(\s*[\"'](\w+)[\"']")
FIELDS = ("authors", "year", "title", "venue", "url")


def entries() -> dict[str, dict[str, Any]]:
    """Key -> entry.

    Raises:
        ValueError: for an entry that lacks something, is there twice, or says something nothing shows.
    """
    return _entries(SOURCE.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1)
def _entries(text: str) -> dict[str, dict[str, Any]]:
    keys = re.findall(r"^(\w+):", text, re.MULTILINE)
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise ValueError(f"docs/data/bibliography.yml has {twice[0]} twice")
    found = from_yaml(text)
    for key, entry in found.items():
        if missing := [name for name in FIELDS if not entry.get(name)]:
            raise ValueError(f"docs/data/bibliography.yml: {key} has no {missing[0]}")
        if unknown := [name for name in entry if name not in FIELDS]:
            raise ValueError(f"docs/data/bibliography.yml: {key} has {unknown[0]}, which nothing shows")
        _check_entry(key, entry)
    return found


def _check_entry(key: str, entry: dict[str, Any]) -> None:
    """Refuse an entry whose parts contradict each other: one of them was mistyped."""
    dated = re.search(r"(\d{4})[a-z]?$", key)
    if dated and dated[1] != str(entry["year"]):
        raise ValueError(f"docs/data/bibliography.yml: {key} is of the year {entry['year']}")
    if not str(entry["url"]).startswith("https://"):
        raise ValueError(f"docs/data/bibliography.yml: the url of {key} does not begin with https://")
    for number in re.findall(r"arXiv:(\d+\.\d+)", str(entry["venue"])):
        if number not in entry["url"]:
            raise ValueError(f"docs/data/bibliography.yml: {key} is arXiv:{number}, and its url is {entry['url']}")


def check_citations(page: Page) -> None:
    """Refuse a page that cites what it does not list, or lists what it does not cite.

    Raises:
        PageError: at the macro.
    """
    cited = {call[1]: macro for macro in page.macros for call in CITE.finditer(macro.code)}
    listings = [macro for macro in page.macros if macro.code.startswith("references(")]
    listed = {
        key: macro for macro in listings for key in re.findall(r"[\"'](\w+)[\"']", macro.code) if key in entries()
    }
    for key, macro in cited.items():
        if listings and key not in listed:
            raise PageError(page.name, macro.line, f"{key} is cited, and [[= references(…) =]] does not list it.")
    for key, macro in listed.items():
        if key not in cited:
            raise PageError(page.name, macro.line, f"{key} is listed, and no sentence of this page cites it.")


def cite(src_uri: str, key: str, section: str = "") -> str:
    """A link such as "[Dumoulin & Visin (2016)](../bibliography.md#dumoulin2016)".

    Args:
        src_uri: The page that cites, below docs/.
        key: The entry.
        section: Where in it to look, such as "section 3".
    """
    entry = _entry(key)
    place = posixpath.relpath(PAGE, posixpath.dirname(src_uri) or ".")
    where = f", {section}" if section else ""
    return f"[{_names(entry)} ({entry['year']}{where})]({place}#{key})"


def references(*keys: str | tuple[str, str]) -> str:
    """A list of entries; ("odena2016", "section 3") says where in it to look."""
    if not keys:
        raise ValueError("name at least one entry of docs/data/bibliography.yml")
    pairs = [(key, "") if isinstance(key, str) else key for key in keys]
    return "\n".join(f"- {_full(_entry(key), where)}" for key, where in pairs)


def bibliography() -> str:
    """Every entry, by first author and year, each with the anchor that `cite` links to."""
    ordered = sorted(entries().items(), key=lambda item: (_sortable(item[1]), item[1]["year"], item[1]["title"]))
    return "\n".join(f'- <span id="{key}"></span>{_full(entry)}' for key, entry in ordered)


def _entry(key: str) -> dict[str, Any]:
    known = entries()
    if key not in known:
        raise ValueError(f"docs/data/bibliography.yml has no entry {key!r}{close_to(key, list(known))}")
    return known[key]


def _full(entry: dict[str, Any], where: str = "") -> str:
    tail = f" — {where}" if where else ""
    authors = ", ".join(entry["authors"])
    return f"{authors} ({entry['year']}). [{entry['title']}]({entry['url']}). *{entry['venue']}*.{tail}"


def _names(entry: dict[str, Any]) -> str:
    """Family names as a sentence has them: one, two with &, or the first and "et al."."""
    family = [_family(author) for author in entry["authors"]]
    return " & ".join(family) if len(family) < 3 else f"{family[0]} et al."


def _family(author: str) -> str:
    """Aaron van den Oord → van den Oord; TensorFlow authors → as it is."""
    words = author.split()
    if words[-1].islower():
        return author
    small = next((place for place, word in enumerate(words) if word.islower()), len(words) - 1)
    return " ".join(words[small:])


def _sortable(entry: dict[str, Any]) -> str:
    return _family(entry["authors"][0]).casefold()
