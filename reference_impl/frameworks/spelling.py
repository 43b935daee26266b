"""Arguments as a person types them, and the one form in which a framework's rule is told."""

from collections.abc import Sequence
from typing import Any, NoReturn

from reference_impl.checks import refuse


def short(values: Sequence[int]) -> str:
    """One number an axis as a person writes it: once, where all are equal.

    Example:
        >>> short((2, 2)), short((2, 1))
        ('2', '(2, 1)')
    """
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def arguments(**pairs: Any) -> str:
    """Keyword arguments as text, each with a comma and a space before it; None is left out.

    Example:
        >>> arguments(stride="2", padding=None, groups=4)
        ', stride=2, groups=4'
    """
    return "".join(f", {name}={value}" for name, value in pairs.items() if value is not None)


def unless(default: int, values: Sequence[int]) -> str | None:
    """`short(values)`, or None where every entry is the default.

    Example:
        >>> unless(1, (1, 1)), unless(1, (1, 2))
        (None, '(1, 2)')
    """
    return None if set(values) == {default} else short(values)


def cannot(framework: str, rule: str, *, instead: str, error: Any = ValueError, **got: Any) -> NoReturn:
    """Refuse what a framework cannot express, with its rule, its version and the way round."""
    refuse(f"{framework} {rule}; {instead}", error=error, **got)
