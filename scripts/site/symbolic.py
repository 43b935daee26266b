"""Shapes in letters, read off real arrays: (14, 5, 4) is (C_out, C_in/g, k) where the sizes say so."""

from collections.abc import Mapping
from typing import Any

from scripts.site import letters

GROUPED = ("C_in", "C_out")


def in_letters(shape: Any, sizes: Mapping[str, int]) -> str:
    """The filter `in_letters`: each size of a shape, or one size, becomes its letter; a channel count may be one of g.

    Args:
        shape: The shape of an array, or one of its sizes.
        sizes: Letter -> size. All of them differ, from `C_in/g` and `C_out/g` too, so that none stands for another.

    Raises:
        ValueError: for a size that no letter has or that two have, and for a letter without meaning.
    """
    named = _named(sizes)
    entries = shape if isinstance(shape, list | tuple) else [shape]
    if unknown := [size for size in entries if size not in named]:
        raise ValueError(
            f"no letter is {unknown[0]}; the sizes are {', '.join(f'{n} = {s}' for s, n in named.items())}"
        )
    found = [named[size] for size in entries]
    if not isinstance(shape, list | tuple):
        return found[0]
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"


def _named(sizes: Mapping[str, int]) -> dict[int, str]:
    """Size -> letter."""
    pairs = list(sizes.items())
    if "g" in sizes:
        pairs += [(f"{name}/g", sizes[name] // sizes["g"]) for name in GROUPED if name in sizes]
    named: dict[int, str] = {}
    for name, size in pairs:
        letters.must_be_known(name.removesuffix("/g"))
        if size in named:
            raise ValueError(f"{named[size]} and {name} are both {size}. Choose sizes that differ")
        named[size] = name
    return named
