"""When somebody last read each section of a page against its code: no machine judges "always", "because" or "faster".

`docs/data/readings.yml` keeps a digest of every section that was read and the day. A section whose sentences or code
have changed since counts as unread: `make check` lists it, and nothing is published before it was read.
`make readings PAGE=docs/chapters/02-convolution.md`, with `SECTION="In brief"` for one of them, records a reading after
it was done.
"""

import argparse
import datetime
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

from scripts.fingerprints import digest_of
from scripts.site.errors import ROOT, close_to
from scripts.site.page import Page
from scripts.site.yaml_text import from_yaml

FILE = Path("data", "readings.yml")
ABOVE = "above the first heading"
Readings = dict[str, dict[str, tuple[str, datetime.date]]]  # page -> section -> digest, day


class Unread(NamedTuple):
    """A section that nobody has read since it changed."""

    page: str
    line: int
    title: str
    last: datetime.date | None


def digests(page: Page) -> dict[str, tuple[int, str]]:
    """Section -> its line and the digest of its text, whatever the spaces; a title that returns gets a number."""
    sections = page.sections
    first = sections[0].line if sections else len(page.lines) + 1
    parts = [(ABOVE, 1, page.lines[: first - 1])]
    parts += [(section.title, section.line, page.lines[section.line - 1 : section.end_line]) for section in sections]
    found: dict[str, tuple[int, str]] = {}
    for title, line, lines in parts:
        again = sum(name == title or name.startswith(f"{title} #") for name in found)
        if text := " ".join(" ".join(lines).split()):
            found[f"{title} #{again + 1}" if again else title] = (line, digest_of(text)[:16])
    return found


def unread(page: Page, readings: Readings) -> list[Unread]:
    """The sections of a page that changed since they were read, or never were."""
    known = readings.get(page.name, {})
    missing = []
    for title, (line, digest) in digests(page).items():
        before = known.get(title)
        if before is None or before[0] != digest:
            missing.append(Unread(page.name, line, title, before[1] if before else None))
    return missing


def last_read(page: Page, readings: Readings) -> str:
    """The sentence at the end of a page."""
    days = [day for _, day in readings.get(page.name, {}).values()]
    if unread(page, readings):
        return "Some sections have changed since they were last read against their code."
    day = min(days)
    return f"Each section was read against its code, the first of them on {day.day} {day:%B %Y}."


def load(docs: Path) -> Readings:
    """What docs/data/readings.yml holds; nothing where there is none."""
    path = docs / FILE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    pages = from_yaml(text) or {}
    return {
        page: {title: (entry["digest"], entry["read"]) for title, entry in sections.items()}
        for page, sections in pages.items()
    }


def record(pages: Iterable[Page], section: str, day: datetime.date, docs: Path) -> None:
    """Write down that somebody has read these pages, or one section of them, on this day.

    Raises:
        ValueError: for a section that a page does not have.
    """
    readings = load(docs)
    for page in pages:
        found = digests(page)
        if section and section not in found:
            raise ValueError(f"{page.name} has no section {section!r}{close_to(section, found)}")
        known = {title: entry for title, entry in readings.get(page.name, {}).items() if title in found}
        read = {title: (digest, day) for title, (_, digest) in found.items() if section in ("", title)}
        readings[page.name] = {title: (known | read)[title] for title in found if title in known | read}
    body = {
        page: {title: {"digest": digest, "read": day} for title, (digest, day) in sections.items()}
        for page, sections in sorted(readings.items())
    }
    text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=120)
    (docs / FILE).write_text(f"# Written by `make readings`. Record a section only after reading it.\n{text}", "utf-8")


def main(arguments: list[str], docs: Path = ROOT / "docs") -> int:
    """The command `python -m scripts.site.readings`: record a reading, or list what is unread and fail."""
    parser = argparse.ArgumentParser(prog="python -m scripts.site.readings", description=main.__doc__)
    parser.add_argument("pages", nargs="*", type=Path, help="pages that were read; without one, list what is unread")
    parser.add_argument("--section", default="", help="the one section that was read")
    options = parser.parse_args(arguments)
    if options.pages:
        try:
            record(map(Page.read, options.pages), options.section, datetime.date.today(), docs)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        return 0
    lines = report(docs)
    print("\n".join(lines) if lines else "Every section was read since it last changed.")
    return 1 if lines else 0


def report(docs: Path) -> list[str]:
    """One line for each unread section."""
    readings = load(docs)
    found = [one for path in sorted(docs.rglob("*.md")) for one in unread(Page.read(path), readings)]
    return [
        f"{one.page}:{one.line}: {one.title} ({f'read on {one.last}' if one.last else 'never read'})" for one in found
    ]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
