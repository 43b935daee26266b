"""What the pages in the navigation still lack: descriptions, parts, pictures, solutions, cards."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.check.missing import Missing

PARTS = (
    "In brief",
    "Worked example",
    "Definition",
    "In code",
    "Arithmetic",
    "Pictures",
    "What trips people up",
    "In the frameworks",
    "Cost in practice",
    "Exercises",
    "References",
)
OPENING = ("In brief", "Worked example", "Definition")  # answers come before what is general
EXERCISES = range(3, 7)
FENCED = re.compile(r"^[ ]*(`{3,})[^`]*?^[ ]*\1[ ]*$", re.MULTILINE | re.DOTALL)
CARD = re.compile(r"\[\[= card\(")
SOLUTION = re.compile(r"^( *)\?\?\?\+? [^\n]*\n((?:\1 {4}[^\n]*\n|[ ]*\n)*)", re.MULTILINE)


def missing_on_pages(root: Path) -> list[Missing]:
    """Everything the pages in mkdocs.yml's `nav` lack."""
    docs = root / "docs"
    found: list[Missing] = []
    for page in pages_in_nav(root / "mkdocs.yml"):
        place = f"docs/{page}"
        lab = (docs / page).with_suffix(".py")
        if page.endswith(".ipynb") and lab.is_file():  # whose header the build checks
            continue
        if not (docs / page).is_file():
            found.append(Missing(place, "the page itself: mkdocs.yml has it under nav"))
            continue
        text = (docs / page).read_text(encoding="utf-8")
        found += (Missing(place, what) for what in _missing_on_page(text))
        if number := re.match(r"chapters/(\d+(?:-\d+)?)-", page):
            drawn = f"scripts/figures/chapter_{number[1].replace('-', '_')}.py"
            found += (Missing(place, what) for what in _missing_in_chapter(root, text, drawn))
    return found


def pages_in_nav(config: Path) -> list[str]:
    """The pages of the navigation, in order. Tags of mkdocs' own (`!ENV`) are read as nothing."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda *_: None)
    return list(_leaves(yaml.load(config.read_text(encoding="utf-8"), loader)["nav"]))


def _leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _leaves(entry)


def _header(text: str) -> dict[str, Any]:
    match = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    return (yaml.safe_load(match[1]) if match else None) or {}


def _missing_on_page(text: str) -> Iterator[str]:
    if not _header(text).get("description"):
        yield "a description: in its front matter"


def _missing_in_chapter(root: Path, text: str, drawn: str) -> Iterator[str]:
    omitted = _header(text).get("omits") or []
    prose = FENCED.sub("", text)
    headings = set(re.findall(r"^#{2,4} (?:[\d.]+ )?(.+?)\s*$", prose, re.MULTILINE))
    for part in PARTS:
        if part not in headings and part not in omitted:
            yield f'the part "{part}"; if it has no meaning here, `omits: [{part}]` in the front matter'
    if "card" not in omitted and not CARD.search(re.split(r"^#+ In brief", prose, flags=re.MULTILINE)[0]):
        yield 'its card above "In brief": [[= card("…", traps=["…"]) =]]'
    yield from _missing_in_traps(prose, omitted)
    yield from _out_of_order(prose)
    for part in omitted:
        if part not in (*PARTS, "card"):
            yield f'a part that can be omitted: there is none named "{part}"'
        elif part in headings:
            yield f'a decision: it omits "{part}" and has it'
    if "Pictures" not in omitted and not (root / drawn).is_file():
        yield drawn
    if "Exercises" not in omitted:
        yield from _missing_in_exercises(text)


def _missing_in_traps(prose: str, omitted: list[str]) -> Iterator[str]:
    if "What trips people up" in omitted:
        return
    for level, section in re.findall(
        r"^(#+) What trips people up\s*$\n(.*?)(?=^\1 |\Z)", prose, re.MULTILINE | re.DOTALL
    ):
        if not re.search(rf"^{level}# \S", section, re.MULTILINE):
            yield f'traps as headings ({level}#) under "What trips people up"'


def _out_of_order(prose: str) -> Iterator[str]:
    found = re.findall(r"^#{2,4} (?:[\d.]+ )?(.+?)\s*$", prose, re.MULTILINE)
    opening = [title for title in dict.fromkeys(found) if title in OPENING]
    if opening != [part for part in OPENING if part in opening]:
        yield f"the order {', '.join(OPENING)}; it has {', '.join(opening)}"


def _missing_in_exercises(text: str) -> Iterator[str]:
    for section in re.split(r"^(?=#{2,4} Exercises\s*$)", text, flags=re.MULTILINE)[1:]:
        solutions = SOLUTION.findall(section)
        if len(solutions) not in EXERCISES:
            yield f"{EXERCISES[0]} to {EXERCISES[-1]} exercises with folded solutions (??? …): it has {len(solutions)}"
        titled = re.findall(r"^#+ Exercise (\d): \S", section.partition("References")[0], re.MULTILINE)
        if titled != [str(number) for number in range(1, len(solutions) + 1)]:
            yield "exercises that are headings with a number and a title: Exercise 1: What it asks"
        without = sum("```python" not in body for _, body in solutions)
        if without:
            yield f"a block of code in {without} of its {len(solutions)} folded solutions"
