"""Arithmetic typed as plain text ("C_in/g channels", "i + 2p", "k² taps") is refused: nothing would compute it.

Letters alone, shapes (k × k), settings (s = 2), dates, ranges and paths are no arithmetic. A shape with arithmetic in
it comes from a real array: `[[= shape | in_letters(sizes) =]]`.
"""

import re
from collections.abc import Iterable

from scripts.site.errors import PageError
from scripts.site.grammar import line_at
from scripts.site.page import Page

NAMES = {"I/O", "N/A", "A/B", "C/C++", "R²"}  # that only look like arithmetic

LETTER = r"(?:\d*[A-Za-zα-ωΑ-Ω](?:_[A-Za-z]+)?|lo|hi)"
RIGHT = rf"(?:[(\[⌊⌈][ ]*)?(?:(?![aAI]\b){LETTER}(?![\w’'])|\d+\b)"  # not the article, not the first person
LEFT = rf"(?:(?<![\w/.’'-]){LETTER}(?!\w)|(?<![\w.])\d+|(?<=\w[)\]]))"
POWER = "[²³⁴⁵ⁿ]"
ARITHMETIC = re.compile(
    rf"{LEFT}\s?[/+−·]\s?{RIGHT}(?!/)"
    rf"|{LEFT}\s(?:[-–]|plus|minus|times|divided\sby)\s{RIGHT}"
    rf"|(?<![\w/.’'-]){LETTER}(?:{POWER}|\^|\s(?:squared|cubed)\b)"
    rf"|\w\){POWER}|[⌊⌈√∑∏]\s?[\w(]"
)
IN_CODE = re.compile(rf"(?:{LETTER}|[\d\s()=+*/·−²³-])+")
HOW = 'Write [[= math("…", equals="…") =]], or [[= shape | in_letters(sizes) =]] for the shape of a real array.'


def check_plain_arithmetic(page: Page, sentences: str, codes: Iterable[tuple[int, str]]) -> None:
    """Refuse arithmetic between letters outside formulas.

    Args:
        page: The page.
        sentences: What a reader reads, blank where formulas and code stand.
        codes: Place and text of each piece of inline code.

    Raises:
        PageError: for the first place.
    """
    found = [(one.start(), one[0]) for one in ARITHMETIC.finditer(sentences) if not _is_name(sentences, one)]
    found += [(place, code) for place, code in codes if IN_CODE.fullmatch(code) and ARITHMETIC.search(code)]
    if found:
        place, text = min(found)
        cause = f"{' '.join(text.split())} is arithmetic that nothing computes. {HOW}"
        raise PageError(page.name, line_at(sentences, place), cause)


def _is_name(text: str, found: re.Match[str]) -> bool:
    """Whether it is a name, or has no letter: what numerals may be typed is said elsewhere."""
    word = text[found.start() :].split()[0].rstrip(".,:;)")
    return word in NAMES or found[0] in NAMES or not re.search(r"[^\W\d]|[⌊⌈√∑∏]", found[0])
