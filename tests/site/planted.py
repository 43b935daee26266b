"""Small pages with a fault, for the tests of this folder."""

import re
import textwrap

from scripts.site import runner
from scripts.site.page import EXPECTED_OUTPUT, Page

PAGE = "docs/chapters/00-planted.md"


def block(code, shown=None, indent=""):
    """A Markdown block with its shown output, to be put together into a page."""
    text = f"```python\n{textwrap.dedent(code).strip()}\n```\n"
    if shown is not None:
        text += f"\n{EXPECTED_OUTPUT}\n```text\n{shown}\n```\n"
    return textwrap.indent(text, indent) + "\n"


def run(markdown):
    """What the blocks of a page give that has this text."""
    return runner.run_page(Page(PAGE, markdown))


def refusal(line, cause):
    """What a PageError's text must match."""
    return rf"^{re.escape(PAGE)}:{line}: (?s:.*){cause}"


def entries(folder):
    """The files of a cache."""
    return [path for path in folder.rglob("*") if path.is_file()]
