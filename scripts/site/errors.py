"""The one way in which a page is refused, and what pages are called in messages."""

import difflib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PageError(Exception):
    """A fault of a page, with the place where its author mends it.

    Args:
        page: Path of the page, relative to the repository root ("docs/chapters/05-arithmetic.md").
        line: Line of the file, counted from 1.
        cause: What is wrong there and what to do about it.
    """

    def __init__(self, page: str, line: int, cause: str):
        super().__init__(page, line, cause)
        self.page, self.line, self.cause = page, line, cause

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.cause}"


def page_name(path: Path) -> str:
    """A file's path relative to the repository root, or whole where it lies elsewhere."""
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def close_to(name: str, names: Iterable[str]) -> str:
    """A hint for a misspelt name, ready to follow it."""
    matches = difflib.get_close_matches(name, list(names), n=3)
    return f"; close: {', '.join(matches)}" if matches else ""
