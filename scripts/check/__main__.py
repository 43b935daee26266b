"""List what is missing, by file, and fail when anything is: `python -m scripts.check`."""

import sys
from pathlib import Path

from scripts.check.chapters import missing_on_pages
from scripts.check.missing import Missing
from scripts.check.rooms import missing_in_rooms
from scripts.site import addresses, readings

ROOT = Path(__file__).resolve().parents[2]


def report(found: list[Missing]) -> str:
    """What is missing as a list, each place once."""
    lines: list[str] = []
    for place in dict.fromkeys(one.place for one in found):
        lines += [place, *(f"  - {one.what}" for one in found if one.place == place), ""]
    return "\n".join(
        [*lines, f"{len(found)} missing. CONTRIBUTING.md says what belongs to an operator and to a chapter."]
    )


def main(root: Path = ROOT) -> int:
    """Print what is missing in the repository at `root`; 1 if anything is, otherwise 0."""
    found = missing_in_rooms(root) + missing_on_pages(root)
    found += [Missing("docs/data/addresses.yml", line) for line in addresses.missing(root)]
    if unseen := [address for address, seen in addresses.load(root).items() if not seen.day]:
        print(f"{len(unseen)} addresses outside the site have never been seen (make addresses tries them).")
    if changed := readings.report(root / "docs"):
        print(f"{len(changed)} sections have changed since somebody read them (make readings lists them).")
    if found:
        print(report(found), file=sys.stderr)
        return 1
    print("Complete: every operator has its definition, tests and docstring, every chapter its parts.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
