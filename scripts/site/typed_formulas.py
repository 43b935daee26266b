"""Formulas typed on a page only name things: what has an operation or a number in it is written in Python's syntax."""

import re

from scripts.site.errors import PageError
from scripts.site.grammar import blank, line_at
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
ARITHMETIC = re.compile(
    r"[+*/^]|[\w)}\]|]\s*[-−]|\d\s*(?:\\[,;] *)?(?:[A-Za-z(]|\\(?!times|cdot|text|mathrm|[,;])[A-Za-z])"
    r"|\\(?:times|cdot|div|[dt]?frac|binom|sqrt|sum|prod|int|log|exp|bmod|pmod|[lr]floor|[lr]ceil|star|partial)(?![a-z])"
)
HOW = (
    'Write it in Python\'s syntax, so that it is computed: [[= math("3/k**2", equals="share", k="taps") =]] in a '
    'sentence, [[= law("…") =]] or [[= formula("name") =]] in a paragraph of its own; $…$ is for symbols and settings'
)


def is_only_numbers(text: str) -> bool:
    r"""Whether inline code or math has digits and no name: `81`, `[1, 2]`, `1e-12`, $3 \times 3$; but not $2/m$."""
    text = SIGN.sub("", UNIT.sub("", text))
    text = re.sub(r"\d[eE](?=[-+]?\d)", "0", text)
    return bool(re.search(r"\d", text)) and not re.search(r"[^\W\d_]", text)


def check_displayed(page: Page, text: str) -> None:
    """Refuse a `$$…$$`: what is displayed is computed.

    Args:
        page: The page.
        text: Its prose without macros and inline code.
    """
    if formula := DISPLAY.search(text):
        raise PageError(page.name, line_at(text, formula.start()), f"a formula tied to nothing. {HOW}.")
    if mark := OTHER_MARK.search(INLINE.sub(blank, text)):
        cause = f"{mark[0]} does not mark a formula here. Write $…$ and close it."
        raise PageError(page.name, line_at(text, mark.start()), cause)


def check_inline(page: Page, text: str) -> str:
    """Refuse what computes something inside a sentence.

    Returns:
        The text with each formula blanked, except those that are only numbers: their signs go and their numerals stay.
    """

    def checked(formula: re.Match[str]) -> str:
        if is_only_numbers(formula[1]):
            return SIGN.sub(lambda sign: "×".ljust(len(sign[0])) if sign[0] == r"\times" else blank(sign), formula[0])
        if ARITHMETIC.search(SHAPE.sub("1", INDEX.sub("", UNIT.sub("", formula[1])))):
            raise PageError(page.name, line_at(text, formula.start()), f"{formula[0]} computes something. {HOW}.")
        return blank(formula)

    return INLINE.sub(checked, text)
