"""What a page's macros, tables and pictures gave when somebody last looked: nobody prints these, so they are kept.

Each page has a file in docs/data/reviewed/. `make outputs` writes it, a person reads the diff, the build compares. So a
number, a unit, a row or a label that changes for whatever reason stops the build until it was seen.
"""

import functools
import hashlib
import re
import textwrap
from pathlib import Path

from scripts import fingerprints
from scripts.site import figures
from scripts.site.errors import PageError
from scripts.site.grammar import STRING, Macro
from scripts.site.html import CAPTION, PICTURE
from scripts.site.macros import Expanded

FOLDER = Path("data", "reviewed")
# What depends on the machine, on all other pages, or is shown as it stands in the sources.
NOT_KEPT = re.compile(r"\b(timing\w*|version|census|planted_faults|source|bibliography)\(")
PLACE = re.compile(re.escape(PICTURE).replace(r"\{\}", r"(\d+)"))
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
LABEL = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
PICTURE_CALL = re.compile(rf"figure\(\s*{STRING}")
CAPTION_TEXT = re.compile(re.escape(CAPTION).replace(r"\{\}", "(.*?)"), re.DOTALL)
PHOTO = re.compile(r'href="data:[^"]*"')
MEASURED = "scripts/timings/choice.py"  # a picture that reads this shows measured times
HINT = "If it should, run `make outputs` and read the diff."


def values(expanded: Expanded) -> dict[str, str]:
    """Each macro that is kept, as it is typed, and what it gave."""
    kept = {}
    for macro, value in expanded.values:
        if not NOT_KEPT.search(macro.code) and not _shows_times(expanded, macro):
            kept[_key(macro)] = _readable(expanded, value)
    return kept


def check_reviewed(expanded: Expanded, docs: Path) -> None:
    """Compare what a page's macros gave with what was reviewed.

    Raises:
        PageError: at the first macro whose value nobody has reviewed.
    """
    known, found = read(file_of(expanded, docs)), values(expanded)
    for macro, _ in expanded.values:
        code = _key(macro)
        if code in found and code not in known:
            cause = f"nobody has reviewed that [[= {code} =]] gives {_short(found[code])}. {HINT}"
            raise PageError(expanded.page.name, macro.line, cause)
        if code in found and found[code] != known[code]:
            before, now = _difference(known[code], found[code])
            cause = f"[[= {code} =]] gives {_short(now)}, and the reviewed value is {_short(before)}. {HINT}"
            raise PageError(expanded.page.name, macro.line, cause)
    if gone := [code for code in known if code not in found]:
        raise PageError(expanded.page.name, 1, f"[[= {gone[0]} =]] was reviewed and is not on the page. {HINT}")


def write(expanded: Expanded, docs: Path) -> bool:
    """Keep what the macros of a page gave; whether that changed anything."""
    path, found = file_of(expanded, docs), values(expanded)
    if read(path) == found:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = (f"[[= {code} =]]\n{textwrap.indent(text, '  ', lambda _: True)}\n" for code, text in found.items())
    path.write_text("\n".join(entries), encoding="utf-8")
    return True


def read(path: Path) -> dict[str, str]:
    """What stands in a file; nothing where there is none."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        if line.startswith("[[= "):
            lines = found[line.removeprefix("[[= ").removesuffix(" =]]")] = []
        elif line.startswith("  "):
            lines.append(line[2:])
    return {code: "\n".join(lines) for code, lines in found.items()}


def file_of(expanded: Expanded, docs: Path) -> Path:
    """Where the values of a page stand: docs/data/reviewed/chapters/14-separable.txt."""
    return docs / FOLDER / Path(expanded.page.uri).with_suffix(".txt")


def _key(macro: Macro) -> str:
    """A macro as the file has it: a picture without its texts, which are part of what it gave."""
    picture = PICTURE_CALL.match(macro.code)
    return f"{picture[0]})" if picture else " ".join(macro.code.split())


def _readable(expanded: Expanded, value: str) -> str:
    """A value as a person reviews it: a picture by its title, its labels and a digest of its shapes."""
    place = PLACE.search(value)
    if place is None:
        return value.strip("\n")
    svg = PHOTO.sub("", expanded.pictures[int(place[1])])
    title, labels = TITLE.search(svg), (re.sub(r"<[^>]*>", "", label) for label in LABEL.findall(svg))
    shapes = hashlib.sha256(TITLE.sub("", svg).encode()).hexdigest()[:16]
    shown = [f"title: {title[1] if title else ''}", f"labels: {' | '.join(labels)}", f"shapes: {shapes}"]
    return "\n".join([*shown, *(f"caption: {caption}" for caption in CAPTION_TEXT.findall(value))])


def _shows_times(expanded: Expanded, macro: Macro) -> bool:
    return macro.code.startswith("figure(") and _is_measured(figures.module_of(expanded.page.name))


@functools.lru_cache(maxsize=64)
def _is_measured(module: str) -> bool:
    files = fingerprints.files_behind([f"scripts.figures.{module}"], ("scripts",))
    return any(path.as_posix().endswith(MEASURED) for path in files)


def _difference(before: str, now: str) -> tuple[str, str]:
    """The first lines that differ."""
    pairs = zip(before.split("\n"), now.split("\n"), strict=False)
    return next((pair for pair in pairs if pair[0] != pair[1]), (before, now))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:75]} …" if len(text) > 77 else text or "nothing"
