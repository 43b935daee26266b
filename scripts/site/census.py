"""How much the build checks: counted from the pages, for the page that says so."""

import re
from pathlib import Path

from scripts.site.blocks import find_blocks
from scripts.site.cache import ROOT
from scripts.site.fences import split_page
from scripts.site.per_build import once_a_build

MACRO = re.compile(r"\[\[=\s*(\w+)\s*(\()?")
MADE = {"formula": "formulas", "definition": "formulas", "figure": "pictures", "table": "tables"}


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
    counts = dict.fromkeys(("pages", "blocks", "outputs", "numbers", *MADE.values()), 0)
    for path in sorted(docs.rglob("*.md")):
        page, markdown = path.relative_to(docs.parent).as_posix(), path.read_text(encoding="utf-8")
        blocks = find_blocks(markdown, page)
        counts["pages"] += 1
        counts["blocks"] += len(blocks)
        counts["outputs"] += sum(block.expected is not None for block in blocks)
        for name, call in MACRO.findall("\n".join(split_page(page, markdown).prose)):
            if not call:
                counts["numbers"] += 1
            elif name in MADE:
                counts[MADE[name]] += 1
    return counts
