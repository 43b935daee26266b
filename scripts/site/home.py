"""What leads into the handbook: its chapters, written or planned, the questions asked most, and ways to read.

All of it is `docs/data/outline.yml` held against the files that exist, so that the home page says what is there.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scripts.site.errors import ROOT, close_to
from scripts.site.yaml_text import from_yaml

OUTLINE = "data/outline.yml"
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
DOCS = ROOT / "docs"
LEAST_STEPS = 2  # of a path that is worth the name


class Part(NamedTuple):
    """A further page of a chapter, with the number in its title."""

    title: str
    page: str


@dataclass(frozen=True)
class Chapter:
    """A chapter of the outline.

    Attributes:
        number: Its number.
        title: The title of its page, or the planned one.
        line: What it is about.
        page: Its page below docs/, or nothing while it is planned.
        parts: Its further pages, in order: 14-2-….md is one of chapter 14.
    """

    number: int
    title: str
    line: str
    page: str = ""
    parts: tuple[Part, ...] = ()


def outline(docs: Path = DOCS) -> dict[str, Any]:
    """The outline as it is written; an empty one where a site has none."""
    file = docs / OUTLINE
    empty = {"chapters": {}, "questions": [], "paths": {}}
    return from_yaml(file.read_text(encoding="utf-8")) if file.is_file() else empty


def chapters(docs: Path = DOCS) -> list[Chapter]:
    """All chapters in order.

    Raises:
        ValueError: a page that the outline does not have.
    """
    planned = outline(docs)["chapters"]
    pages: dict[int, list[Path]] = {}
    for path in sorted(docs.glob("chapters/[0-9][0-9]-*.md"), key=_place):
        pages.setdefault(_place(path)[0], []).append(path)
    if planned and (unknown := sorted(pages.keys() - planned.keys())):
        raise ValueError(f"docs/{OUTLINE} has no chapter {unknown[0]}, and {pages[unknown[0]][0].name} exists")
    return [_chapter(number, planned[number], pages.get(number, [])) for number in sorted(planned)]


def _place(page: Path) -> tuple[int, int]:
    """Number of the chapter and of the part: (14, 0) of 14-separable.md, (14, 2) of 14-2-depthwise.md."""
    chapter, part = re.findall(r"^(\d+)(?:-(\d+)(?=-))?", page.name)[0]
    return int(chapter), int(part or 0)


def _chapter(number: int, words: tuple[str, str], pages: list[Path]) -> Chapter:
    title, line = words
    if not pages:
        return Chapter(number, title, line)
    first, *others = pages
    parts = tuple(Part(_heading(page), f"chapters/{page.name}") for page in others)
    return Chapter(number, title_of(first), line, f"chapters/{first.name}", parts)


def title_of(page: Path) -> str:
    """The first heading of a page, without a chapter's number."""
    return re.sub(r"^\d+ ", "", _heading(page))


def _heading(page: Path) -> str:
    heading = TITLE.search(page.read_text(encoding="utf-8"))
    return heading[1].strip() if heading else page.stem


def chapter_cards() -> str:
    """A list with a card for each chapter: one that is written is a link, one that is planned says so."""
    return "\n".join(_card(chapter) for chapter in chapters())


def _card(chapter: Chapter) -> str:
    planned = "" if chapter.page else " · planned"
    title = f"[{chapter.title}]({chapter.page})" if chapter.page else f"**{chapter.title}**"
    parts = "".join(f"\n    [{part.title}]({part.page})\n" for part in chapter.parts)
    return f"-   Chapter {chapter.number}{planned}\n\n    {title}\n\n    {chapter.line}\n{parts}"


def questions() -> str:
    """A list of the questions asked most, each a link to its answer; what is a number stands beside it."""
    return "\n".join(_question(**question) for question in outline()["questions"])


def _question(ask: str, place: str, answer: str = "") -> str:
    if not answer:
        return f"-   [{ask}]({place})"
    from reference_impl import arithmetic

    value = eval(answer, {"__builtins__": {}}, vars(arithmetic))  # of our own file
    return f"-   [{ask}]({place}) **{value:,}**"


def paths() -> str:
    """A list of ways to read: of each the steps that exist, with the reason for each."""
    written: dict[str, str] = {f"{chapter.number:02}": chapter.page for chapter in chapters() if chapter.page}
    planned = {f"{chapter.number:02}" for chapter in chapters()}
    lines = []
    for name, steps in outline()["paths"].items():
        named = [pair for step in steps for pair in step.items()]
        known = [(written.get(step) or step, why) for step, why in named if step in written or step not in planned]
        if len(known) >= LEAST_STEPS:
            lines += [f"-   **{name}**\n"]
            lines += [*(f"    1. [{_words_of(place)}]({place}): {why}" for place, why in known), ""]
    return "\n".join(lines)


def changelog() -> str:
    """The versions of CHANGELOG.md, without its title."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n")[2].strip()


def _words_of(place: str) -> str:
    """What a link to a place says: the title of the page, or of the section that the anchor is made from."""
    page, _, anchor = place.partition("#")
    path = DOCS / page
    if not path.is_file():
        raise ValueError(f"docs/{OUTLINE} leads to {page}, which does not exist")
    if not anchor:
        return title_of(path)
    from markdown.extensions.toc import slugify

    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    by_slug = {slugify(re.sub(r"[`*]", "", heading), "-"): heading for heading in found}
    if anchor not in by_slug:
        raise ValueError(f"docs/{OUTLINE} leads to {place}{close_to(anchor, by_slug)}")
    return by_slug[anchor]
