"""Rewrite the shown outputs of pages and keep what their macros gave, for review in the diff: `make outputs`."""

import argparse
import re
import sys
from pathlib import Path

from scripts.site import companions, reviewed
from scripts.site.errors import ROOT, PageError
from scripts.site.functions import check_and_expand
from scripts.site.page import EXPECTED_OUTPUT, Block, Page
from scripts.site.runner import ended, run_block

DOCS = ROOT / "docs"


def main(arguments: list[str]) -> None:
    """Run every block of the given pages and put what it prints below it.

    A page with a block that cannot be run stays as it was; the others are rewritten, and the exit status is 1.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.site.outputs", description=main.__doc__)
    parser.add_argument("--write", action="store_true", required=True, help="rewrite the pages in place")
    parser.add_argument("pages", nargs="+", type=Path)
    faults = []
    for path in parser.parse_args(arguments).pages:
        page = Page.read(path)
        try:
            after = with_outputs(page)
        except PageError as error:
            faults.append(str(error))
            continue
        if after != page.text:
            path.write_text(after, encoding="utf-8")
            print(f"rewrote {page.name}")
        if path.resolve().is_relative_to(DOCS):
            try:
                if reviewed.write(check_and_expand(Page(page.name, after)), DOCS):
                    print(f"rewrote what the macros of {page.name} gave")
            except PageError as error:
                faults.append(str(error))
    sys.exit("\n".join(faults) or 0)


def with_outputs(page: Page) -> str:
    """The text of a page with what its blocks print now. The blocks' own lines and all prose stay as they are."""
    lines = list(page.lines)
    for block in reversed(page.blocks):
        output = ended(_printed(page, block))
        if output != (block.expected or ""):
            end = block.expected_end_line or block.end_line
            lines[block.end_line : end] = _shown(block, output)
    return "".join(line + "\n" for line in lines)


def _printed(page: Page, block: Block) -> str:
    """What a block prints; what the page shows, where this machine lacks the framework that the block needs."""
    if not companions.needed_by(block.code):
        return run_block(page.name, block)[0]
    output = companions.output_of(page.name, block)
    return (block.expected or "") if output is None else output


def _shown(block: Block, output: str) -> list[str]:
    """The lines that show an output below its block; none for no output."""
    if not output:
        return []
    longest = max((len(run) for run in re.findall(r"^\s*(`+)", output, re.MULTILINE)), default=0)
    mark = "`" * max(3, longest + 1)
    lines = ["", EXPECTED_OUTPUT, mark + "text", *output.removesuffix("\n").split("\n"), mark]
    return [block.indent + line if line else "" for line in lines]


if __name__ == "__main__":
    main(sys.argv[1:])
