"""How much the build checks: counted from the pages, for the page that says so."""

import re
from pathlib import Path

from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT
from scripts.site.page import Page

CALL = re.compile(r"(\w+)\s*\(")
COUNTED = {"formula": "formulas", "definition": "formulas", "figure": "pictures", "table": "tables"}


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
