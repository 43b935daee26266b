"""The addresses outside the site, and when each was last seen: `docs/data/addresses.yml`.

A page may link only to what is listed there, by https. `make addresses` adds what the pages, the data and the
docstrings name, tries each address, and writes down the day on which it answered. Where no network is, an address can
also be seen in a stored copy; how it was seen is written beside the day. One that nobody has seen says `never`.
"""

import argparse
import datetime
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import yaml

from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT, PageError
from scripts.site.grammar import line_at
from scripts.site.page import Page
from scripts.site.yaml_text import from_yaml

FILE = Path("docs", "data", "addresses.yml")
ADDRESS = re.compile(r"(?<![\w`])https?://(?:[^\s<>\"'`()\[\]]|\([^\s()]*\))+(?<![.,;:])")
SOURCES = ("docs/**/*.md", "docs/data/*.yml", "reference_impl/**/*.py")
SECONDS = 10
NEVER = "never"


class Seen(NamedTuple):
    """When an address was last seen, and how; no day where nobody has."""

    day: datetime.date | None
    how: str = ""


def load(root: Path = ROOT) -> dict[str, Seen]:
    """What the ledger holds; nothing where there is none.

    Raises:
        ValueError: for an entry that is neither `never` nor a day with the way it was seen.
    """
    text = (root / FILE).read_text(encoding="utf-8") if (root / FILE).is_file() else ""
    found = {}
    for address, entry in (from_yaml(text) or {}).items():
        if entry == NEVER:
            found[address] = Seen(None)
        elif isinstance(entry, dict) and isinstance(entry.get("seen"), datetime.date) and entry.get("how"):
            found[address] = Seen(entry["seen"], entry["how"])
        else:
            raise ValueError(f"{FILE}: {address} is `never`, or has a day under `seen` and a word under `how`")
    return found


@once_a_build
def _ledger() -> dict[str, Seen]:
    return load()


def check_addresses(page: Page, known: Mapping[str, Seen] | None = None) -> None:
    """Refuse an address on a page that is not in the ledger, and one that is not https.

    Raises:
        PageError: for the first one.
    """
    known = _ledger() if known is None else known
    for place, address in addresses_in(page.prose):
        cause = ""
        if address.startswith("http:"):
            cause = f"{address} is sent in the open. Link to https://."
        elif address not in known:
            cause = f"{address} is not in {FILE}. See whether it says what the page says; `make addresses` adds it."
        if cause:
            raise PageError(page.name, line_at(page.prose, place), cause)


def addresses_in(text: str) -> Iterator[tuple[int, str]]:
    """The addresses in a text with their places."""
    return ((found.start(), found[0]) for found in ADDRESS.finditer(text))


def named(root: Path = ROOT) -> set[str]:
    """Every address that pages, data and docstrings name."""
    files = [path for pattern in SOURCES for path in root.glob(pattern) if path != root / FILE]
    texts = [Page.read(path).prose if path.suffix == ".md" else path.read_text(encoding="utf-8") for path in files]
    return {address for text in texts for _, address in addresses_in(text) if "127.0.0.1" not in address}


def missing(root: Path = ROOT) -> list[str]:
    """One line for each address that only one of the two has: the ledger, or what it lists."""
    known, used = load(root), named(root)
    lines = [f"{address} is not in {FILE} (make addresses adds it)" for address in sorted(used - known.keys())]
    return lines + [f"{address} is in {FILE}, and nothing names it" for address in sorted(known.keys() - used)]


def answers(address: str) -> bool:
    """Whether a server answers with a page."""
    request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 (link check)"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            return reply.status < 400
    except (OSError, ValueError):
        return False


class _Plain(yaml.SafeDumper):
    """Writes each date out: an alias of another address' date would collide at every merge."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """No node is named."""
        return True


def write(known: Mapping[str, Seen], root: Path = ROOT) -> None:
    """Write the ledger."""
    body = {
        address: {"seen": seen.day, "how": seen.how} if seen.day else NEVER for address, seen in sorted(known.items())
    }
    text = yaml.dump(body, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=200)
    head = "# Addresses outside the site, the day each was last seen, and how. Kept by `make addresses`.\n"
    (root / FILE).write_text(head + text, encoding="utf-8")


def renewed(
    known: Mapping[str, Seen], used: set[str], day: datetime.date, answered: Callable[[str], bool] = answers
) -> dict[str, Seen]:
    """The ledger after every address was tried: what did not answer keeps what was known of it."""
    with ThreadPoolExecutor(8) as pool:
        results = dict(zip(used, pool.map(answered, used), strict=True))
    return {address: Seen(day, "answered") if results[address] else known.get(address, Seen(None)) for address in used}


def main(arguments: list[str], root: Path = ROOT) -> int:
    """The command `python -m scripts.site.addresses`: try every address, keep the ledger, list what nobody has seen."""
    argparse.ArgumentParser(prog="python -m scripts.site.addresses", description=main.__doc__).parse_args(arguments)
    known = renewed(load(root), named(root), datetime.date.today())
    write(known, root)
    unseen = sorted(address for address, seen in known.items() if not seen.day)
    print("\n".join([*unseen, f"{len(known)} addresses, {len(unseen)} of them never seen."]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
