"""What a card says, and the numbers that its letters stand for while it is checked. Imports no array library."""

import ast
import dataclasses
import random
from collections.abc import Mapping
from typing import Any

AXES = {1: ("",), 2: ("_H", "_W"), 3: ("_D", "_H", "_W")}  # how the letters of one axis end: k_H


@dataclasses.dataclass(frozen=True)
class Pass:
    """One layer in the words of `reference_impl.frameworks.layer`, each an expression over the letters.

    Attributes:
        x: Shape of what goes in.
        w: Shape of its weight; of a separable layer, the pair of them.
        options: Keyword arguments.
    """

    x: str
    w: str
    options: str = ""


@dataclasses.dataclass(frozen=True)
class Card:
    """What a person looks up of one operator. Every text but the title is code and is checked by running it.

    Attributes:
        title: Name of the operator, for a heading.
        axes: Number of spatial axes.
        computes: One cell of the output, in the syntax of formulas; `x`, the weights, `b` and `extra` are arrays.
        input: Shape of the input.
        weights: Letter of each weight -> its shape.
        output: Shape of the output.
        size: Output cells along one axis, in letters of one axis (i, k).
        parameters: Trainable numbers.
        macs: Multiply–accumulates.
        field: Size of the receptive field after the layer, from the size `r_in` and the jump `j` before it.
        jump: Jump after the layer.
        numpy: The call in this handbook.
        torch: The layer in torch, or of reference_impl where torch has none.
        places: Letter of each weight -> its place in that layer, where it is not the one weight of the layer.
        bias: Place of the bias in that layer.
        passes: The layer or layers in the words of the frameworks; none where no framework has it.
        example: Letters of the layer that the frameworks' rows spell, where they differ from `EXAMPLE`.
        extra: Other arrays -> their shape and the value at which the layer of torch computes the same.
        fixed: Letters that have one value in this card.
        kernel: The taps along each axis, where they are not k_H and k_W.
        measured_with: Letters for which alone the rows of the receptive field hold.
        biases: Shape of the bias.
        spelled: What of the operator the frameworks' rows spell, where it is not the whole.
    """

    title: str
    axes: int
    computes: str
    input: str
    weights: Mapping[str, str]
    output: str
    size: str
    parameters: str
    macs: str
    field: str
    jump: str
    numpy: str
    torch: str
    places: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"w": "weight"})
    bias: str = "bias"
    passes: tuple[Pass, ...] = ()
    example: Mapping[str, int] = dataclasses.field(default_factory=dict)
    extra: Mapping[str, tuple[str, float]] = dataclasses.field(default_factory=dict)
    fixed: Mapping[str, int] = dataclasses.field(default_factory=dict)
    kernel: tuple[str, ...] = ()
    measured_with: Mapping[str, int] = dataclasses.field(default_factory=dict)
    biases: str = "(C_out,)"
    spelled: str = ""

    @property
    def taps(self) -> tuple[str, ...]:
        """The letter of the kernel along each axis."""
        return self.kernel or tuple(f"k{end}" for end in AXES[self.axes])


EXAMPLE = {"N": 1, "C_in": 64, "C_out": 128, "g": 8, "s": 2, "p": 1, "d": 1, "m": 1, "M": 96, "a": 0, "G": 1}
EXAMPLE |= {f"i{end}": 56 for end in ("", "_H", "_W")} | {"i_D": 16} | {f"k{end}": 3 for end in ("", "_D", "_H", "_W")}


def drawn(card: Card, draw: random.Random) -> dict[str, int]:
    """A small lopsided layer: a number for each letter, channels that the groups divide."""
    groups = draw.randint(2, 3)
    letters = {"N": draw.randint(2, 3), "g": groups, "G": draw.choice([1, groups])}
    letters |= {"C_in": groups * draw.randint(2, 3), "C_out": groups * draw.choice([2, 3, 5]), "m": draw.randint(2, 3)}
    letters |= {"M": draw.randint(2, 7), "s": draw.randint(1, 3), "p": draw.randint(0, 2), "d": draw.randint(1, 2)}
    sizes = draw.sample(range(9, 13), 4)
    taps = draw.sample(range(2, 5), 3)
    letters |= dict(zip(("i", "i_D", "i_H", "i_W"), sizes, strict=True))
    letters |= dict(zip(("k_D", "k_H", "k_W"), taps, strict=True)) | {"k": draw.randint(2, 4)}
    letters |= {"a": draw.randint(0, letters["s"] - 1)} | dict(card.fixed)
    return letters


def along(card: Card, axis: int, letters: Mapping[str, int]) -> dict[str, Any]:
    """The letters of one axis, without its name: i and k."""
    end = AXES[card.axes][axis]
    return {**letters, "i": letters[f"i{end}"], "k": letters[card.taps[axis]] if card.taps[axis] != "1" else 1}


def functions_of(text: str) -> list[str]:
    """The functions and layers of reference_impl that a call names, the outermost first."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return list(dict.fromkeys(called.id for called in calls if isinstance(called, ast.Name)))
