"""What macros, tables, pictures and links of a page gave when somebody last looked: no output shows it, so it is kept.

Comments of blocks that have digits are kept too, because most of their numbers stand in the code as well as others do;
and so are figures that blocks quote from papers.

Each page has a file in docs/data/reviewed/. `make outputs` writes it, a person reads the diff, the build compares. So a
number, a unit, a row or a label that changes for whatever reason stops the build until it was seen.
"""

import ast
import functools
import hashlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from scripts import fingerprints
from scripts.site import comments, figures, moving, quoted
from scripts.site.errors import PageError
from scripts.site.grammar import LINK, STRING, Macro, line_at
from scripts.site.html import CAPTION, PICTURE
from scripts.site.macros import Expanded

FOLDER = Path("data", "reviewed")
# What depends on the machine, on all other pages, has a check of its own, or is shown as it stands in the sources.
NOT_KEPT = re.compile(
    r"\b(api|card|timing\w*|version|census|drift\w*|planted_faults|source|bibliography|changelog|chapters|paths)\("
)
PLACE = re.compile(re.escape(PICTURE).replace(r"\{\}", r"(\d+)"))
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
LABEL = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
PICTURE_CALL = re.compile(rf"figure\(\s*{STRING}")
CAPTION_TEXT = re.compile(re.escape(CAPTION).replace(r"\{\}", "(.*?)"), re.DOTALL)
PHOTO = re.compile(r'href="data:[^"]*"')
MEASURED = "scripts/timings/choice.py"  # a picture that reads this shows measured times
HINT = "If it should, run `make outputs` and read the diff."


def values(expanded: Expanded) -> dict[str, str]:
    """Each macro that is kept and what it gave; where links lead; comments with digits; figures of others.

    What stands several times on a page has a line for each time.
    """
    shown = [macro for macro in expanded.values if not NOT_KEPT.search(macro[0].code)]
    pairs = [(_key(one), _readable(expanded, value)) for one, value in shown if not _shows_times(expanded, one)]
    pairs += [(_link_key(link), link[2]) for link in links(expanded)]
    pairs += [(_comment_key(comment), comment) for _, comment in _comments(expanded)]
    pairs += [(key, text) for _, key, text in _quoted(expanded)]
    kept: dict[str, str] = {}
    for key, text in pairs:
        kept[key] = f"{kept[key]}\n{text}" if key in kept else text
    return kept


def _quoted(expanded: Expanded) -> Iterator[tuple[int, str, str]]:
    """The figures that blocks quote: the line, a key, and the figures."""
    for block in expanded.page.blocks:
        for names, node in quoted.assignments(block):
            yield block.line + node.lineno, f"[{names} = …]", ast.unparse(node.value)


def _comments(expanded: Expanded) -> Iterator[tuple[int, str]]:
    """The comments with digits of a page's blocks: most such numbers nothing computes."""
    for block in expanded.page.blocks:
        yield from comments.with_numbers(block)


def _comment_key(comment: str) -> str:
    return f"[{re.sub(r'[0-9]+', '…', comment)}]"


def links(expanded: Expanded) -> list[re.Match[str]]:
    """The links of a page as they are typed: their words and where they lead."""
    return list(LINK.finditer(expanded.page.prose))


def _link_key(link: re.Match[str]) -> str:
    return f"[{' '.join(link[1].split())}](…)"


def check_reviewed(expanded: Expanded, docs: Path) -> None:
    """Compare what a page's macros gave with what was reviewed.

    Raises:
        PageError: at the first macro whose value nobody has reviewed.
    """
    known, found = read(file_of(expanded, docs)), values(expanded)
    places = [(_key(macro), macro.line) for macro, _ in expanded.values]
    places += [(_link_key(link), line_at(expanded.page.prose, link.start())) for link in links(expanded)]
    places += [(_comment_key(comment), line) for line, comment in _comments(expanded)]
    places += [(key, line) for line, key, _ in _quoted(expanded)]
    for key, line in places:
        if key not in found or known.get(key) == found[key]:
            continue
        if key not in known:
            raise PageError(
                expanded.page.name, line, f"nobody has reviewed that {key} gives {_short(found[key])}. {HINT}"
            )
        before, now = _difference(known[key], found[key])
        cause = f"{key} gives {_short(now)}, and the reviewed value is {_short(before)}. {HINT}"
        raise PageError(expanded.page.name, line, cause)
    if gone := [code for code in known if code not in found]:
        raise PageError(expanded.page.name, 1, f"{gone[0]} was reviewed and is not on the page. {HINT}")


def write(expanded: Expanded, docs: Path) -> bool:
    """Keep what the macros of a page gave; whether that changed anything."""
    path, found = file_of(expanded, docs), values(expanded)
    if read(path) == found:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = (f"{key}\n{textwrap.indent(text, '  ', lambda _: True)}\n" for key, text in found.items())
    path.write_text("\n".join(entries), encoding="utf-8")
    return True


def read(path: Path) -> dict[str, str]:
    """What stands in a file; nothing where there is none."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        if line.startswith("["):
            lines = found[line] = []
        elif line.startswith("  "):
            lines.append(line[2:])
    return {key: "\n".join(lines) for key, lines in found.items()}


def file_of(expanded: Expanded, docs: Path) -> Path:
    """Where the values of a page stand: docs/data/reviewed/chapters/14-separable.txt."""
    return docs / FOLDER / Path(expanded.page.uri).with_suffix(".txt")


def _key(macro: Macro) -> str:
    """A macro as the file has it: a picture without its texts, which are part of what it gave."""
    picture = PICTURE_CALL.match(macro.code)
    return f"[[= {picture[0]}) =]]" if picture else f"[[= {' '.join(macro.code.split())} =]]"


def _readable(expanded: Expanded, value: str) -> str:
    """A value as a person reviews it: a picture by its title, its labels and a digest of its shapes."""
    place = PLACE.search(value)
    if place is None:
        return value.strip("\n")
    svg = PHOTO.sub("", expanded.pictures[int(place[1])])
    title, labels = TITLE.search(svg), (re.sub(r"<[^>]*>", "", label) for label in LABEL.findall(svg))
    shapes = hashlib.sha256(TITLE.sub("", svg).encode()).hexdigest()[:16]
    shown = [f"title: {title[1] if title else ''}", f"labels: {' | '.join(labels)}", f"shapes: {shapes}"]
    shown += [f"frame {number}: {shows}" for number, shows in enumerate(moving.shown(svg))]
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
