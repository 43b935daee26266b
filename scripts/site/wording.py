"""How a computed value is written in a sentence or a table: as a number, as words, as a comparison."""

import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Complex, Integral
from typing import Any

DISTORTION = Fraction(1, 20)  # of a value, that rounding may change
SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
PARTS = {2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths")}


def as_text(value: Any) -> str:
    """A value as a sentence shows it: 12345 → 12,345; Fraction(1, 3) → 1/3; text and truth values as they are.

    Raises:
        ValueError: for a float, which has to say its format, and for what no sentence can hold.
    """
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, Integral):
        return f"{int(value):,}"
    if isinstance(value, Fraction):
        return f"{value.numerator:,}/{value.denominator:,}" if value.denominator != 1 else f"{value.numerator:,}"
    if isinstance(value, Complex):
        raise ValueError("a float needs a format: [[= name | fmt('.2f') =]]")
    raise ValueError(f"a {type(value).__name__} is not a number or a text that a sentence can show")


def in_sentence(value: Any, specification: str) -> str:
    """The filter `fmt`: `formatted`, and what is shown is about the value.

    Raises:
        ValueError: as `formatted`, and for a format that rounds the value to another one.
    """
    text = formatted(value, specification)
    _check_distortion(value, text, specification)
    return text


def formatted(value: Any, specification: str) -> str:
    """A number in Python's format language, such as ".2f", ".1%" or ",".

    Raises:
        ValueError: for what is not a number and for a format that does not fit.
    """
    if isinstance(value, str | bool) or not isinstance(value, Complex | Fraction):
        raise ValueError(f"fmt is for numbers, not for {type(value).__name__}")
    value = float(value) if isinstance(value, Fraction) else value
    try:
        return format(value, specification)
    except ValueError as error:
        raise ValueError(f"the format {specification!r} does not fit {value!r} ({error})") from error


def _check_distortion(value: Any, text: str, specification: str) -> None:
    if isinstance(value, complex) or not math.isfinite(value):
        return
    bare = text.replace(",", "").replace("_", "").strip()
    try:
        seen = Fraction(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except ValueError:
        raise ValueError(f"the format {specification!r} makes {text!r} of {value!r}, which is no number") from None
    if abs(seen - Fraction(value)) > DISTORTION * abs(Fraction(value)):
        raise ValueError(f"the format {specification!r} makes {text} of {value!r}. Show more digits")


def words(value: Any) -> str:
    """The filter `words`: 3 → three, Fraction(2, 3) → two thirds. A text cell of a sentence, below one hundred.

    Raises:
        ValueError: for what is no number of things and no simple part.
    """
    if isinstance(value, Fraction) and value.denominator in PARTS and 0 < value < 1:
        one, several = PARTS[value.denominator]
        return f"{SMALL[value.numerator]} {several}" if value.numerator > 1 else one if one == "half" else f"a {one}"
    value = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value
    if isinstance(value, bool) or not (isinstance(value, int | Fraction) and value == int(value)):
        raise ValueError(f"words are for whole numbers and simple fractions. Got {value!r}")
    if not 0 <= value < 100:
        raise ValueError(f"{int(value):,} is better read in digits: leave the filter words away")
    tens, ones = divmod(int(value), 10)
    if tens < 2:
        return SMALL[int(value)]
    return TENS[tens - 2] + (f"-{SMALL[ones]}" if ones else "")


def times(value: Any) -> str:
    """The filter `times`: 1 → once, 2 → twice, 3 → three times."""
    return {1: "once", 2: "twice"}.get(value) or f"{words(value)} times"


def by(shape: Sequence[Any]) -> str:
    """The filter `by`: the shape (2, 3) → 2 × 3."""
    if isinstance(shape, str) or not isinstance(shape, Sequence) or not shape:
        raise ValueError(f"by is for shapes, not for {type(shape).__name__}")
    return "\u00a0× ".join(as_text(size) for size in shape)


def compared(first: Any, second: Any, more: str, less: str, same: str = "") -> str:
    """The word that fits: `more` where the first is larger, `less` where it is smaller.

    Raises:
        ValueError: for equal values, where no word was given for them.
    """
    if first == second and not same:
        raise ValueError(f"both are {first}, and neither {more} nor {less} is true")
    return same if first == second else more if first > second else less


def more_or_fewer(first: Any, second: Any) -> str:
    """Whether the first number of things is larger: more, fewer or as many."""
    return compared(first, second, "more", "fewer", "as many")


def larger_or_smaller(first: Any, second: Any) -> str:
    """Whether the first value is larger: larger or smaller."""
    return compared(first, second, "larger", "smaller")
