"""Numbers that a sentence types as an input ("a 3 × 3 kernel", "stride 2", "four groups") are those of the code beside.

A result is a macro. An input may be typed, in digits or as a word, where a block, an output or a macro of the same
section has the same number: whoever changes the one is told of the other. One and two are free, because they mostly are
no numbers ("one of", "the other two axes"), and so are parts and repetitions (half, once, twice, a third).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from scripts.site.errors import PageError
from scripts.site.grammar import blank, line_at
from scripts.site.page import Page
from scripts.site.wording import SMALL, TENS

VALUES = {word: value for value, word in enumerate(SMALL) if value > 2}
VALUES |= {word: 10 * place for place, word in enumerate(TENS, 2)}
VALUES |= {f"{ten}-{SMALL[ones]}": 10 * place + ones for place, ten in enumerate(TENS, 2) for ones in range(1, 10)}
WORD = rf"(?:{'|'.join(sorted(VALUES, key=len, reverse=True))})"
NUMBER = re.compile(rf"(?<![\w.-])(?:\d+|(?i:{WORD}))(?!\w|\.\d|-\w)")
IN_CODE = re.compile(r"(?<![\w.])\d+(?!\w|\.\d)")

# Numbers that the text around them counts, or that belong to a name. Each may stand without code.
IDIOMS = {
    "what a list or a paragraph counts itself: three ways, five steps": (
        rf"(?i:{WORD}) (?:different |more )?(?:ways|steps|things|quantities|questions|answers|reasons|rules|counts)\b"
    ),
    "a name: 1 × 1 convolution, (2+1)D": r"\b1 × 1\)? (?:convolution|layer|kernel|reduction)s?\b|\(2\s?\+\s?1\)D",
    "what a sentence counts itself: all three, the three of them": rf"\b[Aa]ll (?i:{WORD})\b|(?i:{WORD}) of them\b",
}
FREE = [re.compile(pattern.replace(" ", r"\s+")) for pattern in IDIOMS.values()]


def check_inputs(page: Page, text: str, digits: Iterable[re.Pattern[str]]) -> None:
    """Refuse a typed number that nothing in its section has.

    Args:
        page: The page.
        text: Its sentences, as `check_prose` returns them.
        digits: What numerals are inputs: shapes and settings.

    Raises:
        PageError: for the first one.
    """
    for found, compared, numbers in typed_numbers(page, text, digits):
        if compared and (VALUES.get(found[0].lower()) or int(found[0])) not in numbers:
            cause = (
                f"no block, output or macro of this section has the number {found[0]}. Compute it and write "
                "[[= its name | words =]] or [[= its shape | by =]]; scripts/site/inputs.py lists what is free."
            )
            raise PageError(page.name, line_at(text, found.start()), cause)


def typed_numbers(
    page: Page, text: str, digits: Iterable[re.Pattern[str]]
) -> Iterator[tuple[re.Match[str], bool, set[int]]]:
    """Each typed number of the sentences, whether it is compared with the code beside it, and the numbers of that."""
    for macro in page.macros:  # its captions may count what a picture shows
        text = text[: macro.begin] + blank(text[macro.begin : macro.end]) + text[macro.end :]
    shapes = [span.span() for pattern in digits for span in pattern.finditer(text)]
    free = [span.span() for pattern in FREE for span in pattern.finditer(text)]
    for first, last, numbers in _sections(page):
        for found in NUMBER.finditer(text, first, last):
            is_number = found[0].lower() in VALUES or _within(found, shapes)
            yield found, is_number and not _within(found, free), numbers


def _within(found: re.Match[str], spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin <= found.start() and found.end() <= end for begin, end in spans)


def _sections(page: Page) -> Iterator[tuple[int, int, set[int]]]:
    """Where each chapter's section begins and ends in the text, and the numbers of its code."""
    lines = [1, *(section.line for section in page.sections if section.level <= 2), len(page.lines) + 1]
    for first, last in pairwise(lines):
        blocks = [block for block in page.blocks if first <= block.line < last]
        code = [block.code + (block.expected or "") for block in blocks]
        code += [macro.code for macro in page.macros if first <= macro.line < last]
        numbers = {int(number) for number in IN_CODE.findall("\n".join(code).replace("_", ""))}
        begin, end = (sum(len(line) + 1 for line in page.lines[: number - 1]) for number in (first, last))
        yield max(begin, page.body), end, numbers
