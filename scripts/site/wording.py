"""How a computed value is written in a sentence or a table."""

from fractions import Fraction
from numbers import Complex, Integral
from typing import Any


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


def formatted(value: Any, specification: str) -> str:
    """The filter `fmt`: a number in Python's format language, such as ".2f", ".1%" or ",".

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
