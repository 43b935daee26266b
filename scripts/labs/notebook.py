"""A lab as it is written, `docs/labs/NN-name.py`, and as a notebook whose sentences have the numbers of its cells."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext

from scripts import fingerprints
from scripts.fingerprints import ROOT
from scripts.site import addresses, bibliography, functions, inputs, prose
from scripts.site.cache import cached, once_a_build
from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.runner import PageRun
from scripts.site.values import encode

FOLDER = "docs/labs"
FACTS = {"description", "learn", "minutes", "chapters"}
RUN_BY = [  # what a run goes through
    ROOT / "scripts" / place for place in ("labs/execute.py", "labs/kernel.py", "site/isolation.py", "site/values.py")
]
BETWEEN = "<!-- cell {} -->"
CELL = re.compile(r"<!-- cell (\d+) -->\n\n")


@dataclass(frozen=True)
class Lab:
    """One lab.

    Attributes:
        file: The Python file: cells in jupytext's percent format.
        source: Its text.
    """

    file: Path
    source: str

    @property
    def name(self) -> str:
        """Such as "01-edges"."""
        return self.file.stem

    @cached_property
    def notebook(self) -> Any:
        """The notebook without outputs. Its cells are named by their place: two builds of it are the same."""
        notebook = jupytext.reads(self.source, fmt="py:percent")
        for place, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{place}"
        return notebook

    @property
    def path(self) -> str:
        """The path that messages give."""
        return f"{FOLDER}/{self.name}.py"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What its header says under `handbook`: description, learn, minutes, chapters.

        Raises:
            PageError: one is missing.
        """
        facts = self.notebook.metadata.get("handbook", {})
        if missing := FACTS - set(facts):
            cause = f"the header lacks {', '.join(sorted(missing))} under jupyter: handbook:"
            raise PageError(self.path, 1, cause)
        return dict(facts)

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        found = re.search(r"^# (.+)$", self.page.text, re.MULTILINE)
        if not found:
            raise PageError(self.path, 1, 'a lab begins with a heading of one "#"')
        return found[1]

    @cached_property
    def page(self) -> Page:
        """The lab as Markdown: text cells as they are, code cells as blocks."""
        parts = []
        for place, cell in enumerate(self.notebook.cells):
            code = cell.cell_type == "code"
            text = f"```python\n{cell.source}\n```" if code else cell.source
            parts.append(f"{BETWEEN.format(place)}\n\n{text}\n\n")
        return Page(self.path, "".join(parts))

    def key(self) -> str:
        """Digest of what its outputs depend on: its cells, what they import of `reference_impl`, versions.

        Text cells are left out: a sentence may be mended without an hour of training.
        """
        codes = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        modules = fingerprints.imported_by(self.file, ("reference_impl",))
        files = fingerprints.files_behind(modules, ("reference_impl",))
        digests = [fingerprints.digest_of_files(paths) for paths in (files, RUN_BY)]
        return fingerprints.digest_of(*codes, *digests, fingerprints.of_versions())

    def line(self, place: int, offset: int = 0) -> int:
        """The line of the file at which a cell begins, or one of the lines after it."""
        marks = [number for number, line in enumerate(self.source.split("\n"), start=1) if line.startswith("# %%")]
        return marks[place] + 1 + offset

    def told(self, variables: dict[str, Any], hidden: dict[str, str]) -> list[str]:
        """The text of each cell, its macros evaluated with what the cells have left; checked like a chapter's.

        Raises:
            PageError: for the first fault.
        """
        key = [self.source, json.dumps(encode(variables)), json.dumps(hidden), *_shared_key()]
        return cached("told", key, lambda: self._told(variables, hidden))

    def _told(self, variables: dict[str, Any], hidden: dict[str, str]) -> list[str]:
        run = PageRun(self.page.blocks, variables=variables, hidden=hidden)
        try:
            inputs.check_inputs(self.page, prose.check_prose(self.page), prose.INPUTS)
            expanded = functions.expand_with(self.page, run)
            bibliography.check_citations(self.page)
            addresses.check_addresses(self.page)
        except PageError as fault:
            raise PageError(self.path, self._line_of(fault.line), fault.cause) from None
        return [text.strip("\n") for text in CELL.split(expanded.markdown)[2::2]]

    def _line_of(self, line: int) -> int:
        """The line of the file that is a line of the page."""
        above = "\n".join(self.page.lines[:line])
        cells = list(CELL.finditer(above + "\n\n"))
        return self.line(int(cells[-1][1]), above[cells[-1].end() :].count("\n")) if cells else 1


@once_a_build
def _shared_key() -> list[str]:
    """What the sentences of every lab depend on: how they are evaluated, and all data that pages show."""
    data = [path for path in (ROOT / "docs" / "data").rglob("*.*") if path.suffix in (".yml", ".json")]
    shown = [path for path in data if path.parent.name != "reviewed" and path.name != "readings.yml"]
    return [
        fingerprints.of_module(__name__),
        *fingerprints.of_what_pages_use(),
        fingerprints.digest_of_files(shown),
    ]


def labs(root: Path = ROOT) -> list[Lab]:
    """All labs, in the order of their numbers."""
    return [Lab(path, path.read_text(encoding="utf-8")) for path in sorted((root / FOLDER).glob("[0-9]*.py"))]
