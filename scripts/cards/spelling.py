"""The call of each framework for the layers of the cards: `python -m scripts.cards.spelling` writes them down.

Making them needs the frameworks, which take gigabytes. So they are kept in `docs/data/spellings.json`, from which the
site is built; `tests/cards` makes them anew, compares, and runs every one.
"""

import importlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from reference_impl.frameworks import Layer
from reference_impl.frameworks import layer as described
from scripts.cards.card import EXAMPLE, Card, Pass
from scripts.cards.check import shape
from scripts.cards.defaults import defaults
from scripts.cards.entries import CARDS
from scripts.cards.written import FILE, FRAMEWORKS, digest

CHANNELS_LAST = ("keras", "tensorflow")  # their default
# Sizes by which a dimension of a weight is recognized: no two of the letters' values and quotients are alike.
TELLING = {"N": 2, "g": 3, "C_in": 21, "C_out": 33, "m": 13, "M": 17, "s": 1, "p": 0, "d": 1, "a": 0, "G": 1}
TELLING |= {"k": 6, "k_D": 5, "k_H": 8, "k_W": 9, "i": 41, "i_D": 43, "i_H": 47, "i_W": 53}
DIMENSIONS = ("1", "C_in", "C_out", "C_in/g", "C_out/g", "C_in*m", "m", "M", "k", "k_D", "k_H", "k_W")


def spelled(card: Card, framework: str) -> list[dict[str, str]]:
    """The call of each pass in a framework, its weight and defaults; in their place the refusal, word for word."""
    module = importlib.import_module(f"reference_impl.frameworks.{FRAMEWORKS[framework]}")
    found = []
    for one in card.passes:
        try:
            call = module.call(example(card, one, framework))
            found.append({"call": call, "weight": _weight(one, framework, module), "defaults": defaults(call)})
        except (ValueError, NotImplementedError) as refusal:
            found.append({"refused": str(refusal).partition(": ")[2].partition(". Got ")[0]})
    return found


def example(card: Card, one: Pass, framework: str) -> Layer:
    """The layer that the rows of the frameworks spell."""
    return _described(one, framework, {**EXAMPLE, **card.example})


def _described(one: Pass, framework: str, letters: Mapping[str, Any]) -> Layer:
    options = eval(f"dict({one.options})", dict(letters))
    if FRAMEWORKS[framework] in CHANNELS_LAST:
        options["data_format"] = "channels_last"
    return described(shape(one.x, letters), shapes(one.w, letters), **options)


def shapes(text: str, letters: Mapping[str, Any]) -> Any:
    """A weight's shape in numbers; of a separable layer, the pair of them."""
    if not text.startswith("(("):
        return shape(text, letters)
    first, second = text[1:-1].split("), ")
    return shape(f"{first})", letters), shape(second, letters)


def _weight(one: Pass, framework: str, module: Any) -> str:
    """The shape of the weight in a framework, in letters."""
    layer = _described(one, framework, TELLING)
    given = shapes(one.w, TELLING)
    is_pair = layer.kind == "separable"
    weights = module.weight_to(layer, tuple(map(np.zeros, given)) if is_pair else np.zeros(given))
    return " and ".join(_in_letters(tuple(part.shape)) for part in (weights if is_pair else [weights]))


def _in_letters(sizes: tuple[int, ...]) -> str:
    known = {shape(f"({letter},)", TELLING)[0]: letter for letter in DIMENSIONS}
    return f"({', '.join(known[size] for size in sizes)})"


def made() -> dict[str, Any]:
    """What `written.read` returns, made anew."""
    return {
        name: {"digest": digest(card)} | {framework: spelled(card, framework) for framework in FRAMEWORKS}
        for name, card in CARDS.items()
        if card.passes
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
