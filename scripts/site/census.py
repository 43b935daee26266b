"""How much the build checks: counted from the pages, and measured by planting changes, for the page that says so.

`python -m scripts.site.census` counts more: what of the typed numbers, formulas and comparing words is tied to code.
"""

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.site import inputs, prose, tables
from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT
from scripts.site.grammar import LINK
from scripts.site.page import Page
from scripts.site.typed_formulas import INLINE

RECORD = ROOT / "docs" / "data" / "drift.json"
CALL = re.compile(r"(\w+)\s*\(")
SMALL_WORD = re.compile(r"\b(?:one|two|half|halves|twice|once|double|both|third|quarter)\b", re.IGNORECASE)
COMPARING = re.compile(
    r"\b(?:always|never|every|all|none|only|more|fewer|less|most|fewest|least|larger|largest|smaller|smallest|faster"
    r"|slower|cheaper|wider|deeper|longer|shorter|better|worse|same|equal|because|exactly)\b",
    re.IGNORECASE,
)
EXERCISE = re.compile(r"Exercise \d+")
OF_CALLS = {
    "math": "formulas in sentences, computed",
    "law": "laws, computed",
    "formula": "formulas for quantities, computed",
    "definition": "definitions by sums, computed",
    "figure": "pictures",
    "table": "tables",
    "cite": "citations",
}
COUNTED = {
    "formula": "formulas",
    "definition": "formulas",
    "law": "formulas",
    "math": "formulas",
    "figure": "pictures",
    "table": "tables",
}


def census(what: str, docs: Path = ROOT / "docs") -> int:
    """Count one kind of thing on all pages: "pages", "blocks", "outputs", "numbers", "formulas", "pictures", "tables".

    "numbers" are the values of sentences: macros that are a name or an expression, not a call.

    Raises:
        ValueError: for anything else.
    """
    counts = _counts(docs)
    if what not in counts:
        raise ValueError(f"census counts {', '.join(counts)}, not {what!r}")
    return counts[what]


def drift_table(record: Path = RECORD) -> str:
    """What the last `make drift` found: for each kind of change how many were planted and what noticed them."""
    rows = []
    for kind in _drift(record)["kinds"]:
        survived = len(kind["survivors"])
        found = {name: count for name, count in kind.items() if name not in ("kind", "planted", "survivors")}
        rows.append({"what was changed": kind["kind"], "planted": kind["planted"]} | found | {"not noticed": survived})
    counted = [name for name in rows[0] if name != "what was changed"]
    rows.append({"what was changed": "**all of these**"} | {name: sum(row[name] for row in rows) for name in counted})
    return tables.table(rows)


def drift_date(record: Path = RECORD) -> str:
    """The day of the last `make drift`."""
    day = datetime.date.fromisoformat(_drift(record)["date"])
    return f"{day.day} {day:%B %Y}"


def _drift(record: Path) -> dict[str, Any]:
    if not record.is_file():
        raise ValueError(f"{record.name} does not exist. Run make drift")
    return json.loads(record.read_text(encoding="utf-8"))


@once_a_build
def _counts(docs: Path) -> dict[str, int]:
    counts = dict.fromkeys(("pages", "blocks", "outputs", "numbers", *COUNTED.values()), 0)
    for path in sorted(docs.rglob("*.md")):
        page = Page(path.relative_to(docs.parent).as_posix(), path.read_text(encoding="utf-8"))
        counts["pages"] += 1
        counts["blocks"] += len(page.blocks)
        counts["outputs"] += sum(block.expected is not None for block in page.blocks)
        for macro in page.macros:
            call = CALL.match(macro.code)
            if call is None:
                counts["numbers"] += 1
            elif call[1] in COUNTED:
                counts[COUNTED[call[1]]] += 1
    return counts


def tied_and_free(docs: Path = ROOT / "docs") -> dict[str, int]:
    """Counts of what stands on all pages, by what holds it."""
    counts: Counter[str] = Counter()
    for path in sorted(docs.rglob("*.md")):
        counts.update(_of_page(Page(path.relative_to(docs.parent).as_posix(), path.read_text(encoding="utf-8"))))
    return dict(counts)


def _of_page(page: Page) -> Iterator[str]:
    yield "pages"
    for block in page.blocks:
        yield "code blocks"
        if block.expected is not None:
            yield "shown outputs"
    yield from ("exercises" for section in page.sections if EXERCISE.match(section.title))
    yield from ("links" for _ in LINK.finditer(page.prose))
    for macro in (*page.header_macros, *page.macros):
        call = CALL.match(macro.code)
        if call:
            yield OF_CALLS.get(call[1], "times measured" if call[1].startswith("timing") else "other macros")
        else:
            yield "results as words, computed" if re.search(r"\|\s*words\b", macro.code) else "results, computed"
    text = prose.check_prose(page)
    for found, compared, _ in inputs.typed_numbers(page, text, prose.INPUTS):
        what = "digits" if found[0].isdigit() else "number words"
        yield f"typed {what}, compared with the section's code" if compared else f"typed {what}, names and idioms"
    yield from ("symbols typed between dollar signs, free" for _ in INLINE.finditer(page.prose))
    yield from ("one, two, half, both …, free" for _ in SMALL_WORD.finditer(text))
    yield from ("general and comparing words, read by people" for _ in COMPARING.finditer(text))


def main() -> int:
    """The command `python -m scripts.site.census`."""
    for what, count in sorted(tied_and_free().items()):
        print(f"{count:6,d} {what}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
