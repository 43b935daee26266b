"""List what is missing, by file, and fail when anything is: `python -m scripts.check`."""

import sys
from pathlib import Path

from scripts.check.chapters import lacks_of_pages
from scripts.check.lack import Lack
from scripts.check.rooms import lacks_of_rooms
from scripts.site import readings

ROOT = Path(__file__).resolve().parents[2]


def report(lacks: list[Lack]) -> str:
    """The lacks as a list, each place once."""
    lines: list[str] = []
    for place in dict.fromkeys(lack.place for lack in lacks):
        lines += [place, *(f"  - {lack.what}" for lack in lacks if lack.place == place), ""]
    return "\n".join(
        [*lines, f"{len(lacks)} missing. CONTRIBUTING.md says what belongs to an operator and to a chapter."]
    )


def main(root: Path = ROOT) -> int:
    """Print what is missing in the repository at `root`; 1 if anything is, otherwise 0."""
    lacks = lacks_of_rooms(root) + lacks_of_pages(root)
    if changed := readings.report(root / "docs"):
        print(f"{len(changed)} sections have changed since somebody read them (make readings lists them).")
    if lacks:
        print(report(lacks), file=sys.stderr)
        return 1
    print("Complete: every operator has its definition, twin, tests and docstring, every chapter its parts.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
