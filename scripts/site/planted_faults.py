"""The faults that the page "How this handbook is checked" plants, and what the build says to each.

Nothing there is typed: each small page below is run through the checks of a real page, and its refusal is shown.
"""

import textwrap
from collections.abc import Callable

from scripts.site.errors import PageError
from scripts.site.page import Page

PAGE = "docs/chapters/05-example.md"

FAULTS = {
    "A wrong output": """
        ```python
        print(3 * 3)
        ```

        <!--pytest-codeblocks:expected-output-->
        ```text
        8
        ```
    """,
    "A typed number": """
        The layer takes 72 multiplications.
    """,
    "A number in words": """
        ```python
        layers = [64, 128, 256]
        ```

        Of the forty layers the widest comes last.
    """,
    "A rounded result": """
        ```python
        share = 0.004
        ```

        The first layer does [[= share | fmt(".0%") =]] of the work.
    """,
    "A misspelt name": """
        ```python
        column_macs = 45
        ```

        The first pass takes [[= colum_macs =]] multiplications.
    """,
    "Two values": """
        ```python
        macs = 81
        ```

        ```python
        macs = 72
        ```
    """,
    "A hidden dependency": """
        ```python
        import numpy as np
        ```

        ```python
        kernel = np.ones((3, 3))
        ```
    """,
    "A shape in a comment": """
        ```python
        import numpy as np


        def halved(x):
            return x[::2]  # (half of the rows, 4)


        y = halved(np.ones((6, 5)))
        ```
    """,
    "A block nobody runs": """
        ```python title="convolution.py"
        y = x @ w
        ```
    """,
    "A block that cannot be pasted": """
        ```python
        for width in (3, 5):
            cells = width * width
        print(cells)
        ```

        <!--pytest-codeblocks:expected-output-->
        ```text
        25
        ```
    """,
    "A list that lacks a work": """
        As [[= cite("dumoulin2016") =]] and [[= cite("odena2016") =]] show.

        [[= references("dumoulin2016") =]]
    """,
    "A loose formula": """
        $$ o = i - k + 2 $$

        So the output shrinks.
    """,
    "A false law": """
        [[= law("F(correlate(x, w)) = F(x)*F(w)") =]]
    """,
    "A wrong formula": """
        ```python
        taps = 5
        share = 3 * taps / taps**3
        ```

        Three passes cost [[= math("3/k", equals="share", k="taps") =]] of one.
    """,
    "A silent picture": """
        [[= figure("stride_two") =]]
    """,
}


def as_tabs(check: Callable[[Page], object]) -> str:
    """Every fault as a tab: the page's text, and the refusal it meets.

    Args:
        check: What a real page goes through; it raises a PageError.

    Raises:
        ValueError: if a fault is not refused any more.
    """
    tabs = []
    for title, indented in FAULTS.items():
        markdown = "\n".join(line.removeprefix(" " * 8) for line in indented.strip("\n ").splitlines()).strip() + "\n"
        shown = [
            f'=== "{title}"',
            "",
            *_fence("markdown", markdown),
            "",
            *_fence("text", _wrapped(refusal(title, markdown, check))),
            "",
        ]
        tabs += shown
    return "\n".join(tabs)


def refusal(title: str, markdown: str, check: Callable[[Page], object]) -> str:
    """What the build says to this page."""
    try:
        check(Page(PAGE, markdown))
    except PageError as error:
        return str(error)
    raise ValueError(f"the fault {title!r} is not refused any more")


def _wrapped(message: str) -> str:
    """The message in lines that fit the column of text."""
    return "\n".join(textwrap.fill(line, 76, subsequent_indent="  ") for line in message.split("\n"))


def _fence(language: str, text: str) -> list[str]:
    return ["    " + line if line else "" for line in (f"````{language}", *text.rstrip().split("\n"), "````")]
