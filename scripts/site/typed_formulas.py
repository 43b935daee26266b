"""Formulas typed on a page: in a sentence they only name things; displayed, a block below must demonstrate them."""

import re

from scripts.site.errors import PageError
from scripts.site.grammar import Fence, blank, line_at
from scripts.site.page import Page

DISPLAY = re.compile(r"\$\$(?:(?!\n\s*\n).)*?\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|(?!\n\s*\n)[^\\$])+?)(?<!\s)\$", re.DOTALL)
OTHER_MARK = re.compile(r"\\[(\[]|\\begin\{|\$\$")

UNIT = re.compile(r"\\(?:text|mathrm)\{[^{}]*\}")
SIGN = re.compile(
    r"\\(?:times|cdot|div|pm|approx|leq?|geq?|neq?|left|right|[lr]floor|[lr]ceil|[dt]?frac|sqrt|q?quad)\b"
)
INDEX = re.compile(r"_(?:\{[^{}]*\}|\w)")
SHAPE = re.compile(r"\b\d+(?:\s*\\times\s*\d+)+")
RIGHT_HAND_SIDE = re.compile(r"(?<![<>!:\\])=")
ARITHMETIC = re.compile(
    r"[+*/]|[\w)}\]|]\s*[-−]|\d\s*\^|\^\s*\{?\s*\d"
    r"|\\(?:times|cdot|div|[dt]?frac|binom|sqrt|sum|prod|int|log|exp|bmod|pmod|[lr]floor|[lr]ceil)\b"
)


def is_only_numbers(text: str) -> bool:
    r"""Whether inline code or math has digits and no name: `81`, `[1, 2]`, `1e-12`, $3 \times 3$; but not $2/m$."""
    text = SIGN.sub("", UNIT.sub("", text))
    text = re.sub(r"\d[eE](?=[-+]?\d)", "0", text)
    return bool(re.search(r"\d", text)) and not re.search(r"[^\W\d_]", text)


def check_displayed(page: Page, text: str) -> None:
    """Refuse a `$$…$$` that is not followed by a Python block, at most one "where" or "with" paragraph between.

    Args:
        page: The page.
        text: Its prose without macros and inline code.
    """
    for formula in DISPLAY.finditer(text):
        if _block_below(page, text, formula.end(), explained=True) is None:
            cause = "a formula tied to nothing. Put a ```python block that demonstrates it directly below."
            raise PageError(page.name, line_at(text, formula.start()), cause)
    if mark := OTHER_MARK.search(INLINE.sub(blank, DISPLAY.sub(blank, text))):
        cause = f"{mark[0]} does not mark a formula here. Write $…$ or $$…$$, and close it."
        raise PageError(page.name, line_at(text, mark.start()), cause)


def _block_below(page: Page, text: str, offset: int, *, explained: bool) -> Fence | None:
    """The Python fence directly below an offset; `explained` lets one "where …" paragraph stand between."""
    fences = {fence.line: fence for fence in page.fences}
    line = line_at(text, offset)
    lines = [text[offset:].split("\n")[0], *page.parts.prose[line:]]
    above, paragraphs = "", 0
    for number, below in enumerate(lines, line):
        if number in fences:
            return fences[number] if fences[number].info == "python" else None
        if below.strip() and not above.strip():
            paragraphs += 1
            if paragraphs > explained or below.split()[0].lower() not in ("where", "with"):
                return None
        above = below
    return None


def check_inline(page: Page, text: str) -> str:
    """Refuse equations that compute something inside a sentence.

    Returns:
        The text with each formula blanked, except those that are only numbers: their signs go and their numerals stay.
    """

    def checked(formula: re.Match[str]) -> str:
        sides = RIGHT_HAND_SIDE.split(SHAPE.sub("1", INDEX.sub("", UNIT.sub("", formula[1]))))
        if any(ARITHMETIC.search(side) for side in sides[1:]):
            cause = (
                f"{formula[0]} computes something. Write it in the docstring of a function and show it with "
                f'[[= formula("…", display=False) =]]; $…$ is for symbols and settings.'
            )
            raise PageError(page.name, line_at(text, formula.start()), cause)
        if is_only_numbers(formula[1]):
            return SIGN.sub(lambda sign: "×".ljust(len(sign[0])) if sign[0] == r"\times" else blank(sign), formula[0])
        return blank(formula)

    return INLINE.sub(checked, text)
