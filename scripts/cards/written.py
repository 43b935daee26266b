"""The calls of the frameworks as they are written down, and what they were made from. Imports no array library."""

import json
from typing import Any

from scripts.cards.card import EXAMPLE, Card
from scripts.fingerprints import ROOT, digest_of

FILE = ROOT / "docs" / "data" / "spellings.json"
FRAMEWORKS = {"PyTorch": "torch", "Keras": "keras", "TensorFlow": "tensorflow", "JAX": "jax", "ONNX": "onnx"}


def digest(card: Card) -> str:
    """What the calls of a card are made from."""
    return digest_of(repr(card.passes), repr(sorted(card.example.items())), repr(sorted(EXAMPLE.items())))


def read() -> dict[str, Any]:
    """What is written down: card -> its digest and the calls of each framework."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def calls(name: str, card: Card) -> dict[str, list[dict[str, str]]]:
    """Framework -> its calls for a card; none where no framework has the operator.

    Raises:
        ValueError: the card has changed since they were written down.
    """
    if not card.passes:
        return {}
    found = read().get(name, {"digest": ""})
    if found["digest"] != digest(card):
        raise ValueError(f"the calls of the card {name} are not up to date: run `python -m scripts.cards.spelling`")
    return {framework: found[framework] for framework in FRAMEWORKS}
