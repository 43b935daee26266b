"""How much the build checks: counted from the pages, and measured by planting changes, for the page that says so."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

from scripts.site import tables
from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT
from scripts.site.page import Page

RECORD = ROOT / "docs" / "data" / "drift.json"
CALL = re.compile(r"(\w+)\s*\(")
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
