"""Random numbers for the cases: one large pool, from which every case takes as many sets as its caches cannot hold."""

import math
from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
import torch

from scripts.timings.cases import Case
from scripts.timings.operations import Shape, extra_inputs

ALIGNMENT = 16  # numbers: no tensor begins in the middle of a cache line
MOST_SETS = 128
SPARE = 1.5  # times the cache: a set that comes round again has left it


class InputSet(NamedTuple):
    """What one run of a case reads.

    Attributes:
        x: The input of the first step.
        operands: For each step its weight, offsets and mask, as far as it has them.
    """

    x: Any
    operands: list[tuple[Any, ...]]

    @property
    def all(self) -> list[Any]:
        """Every array or tensor of it."""
        return [self.x, *(value for own in self.operands for value in own)]


def operand_shapes(case: Case) -> list[list[Shape]]:
    """For each step the shapes of its weight, offsets and mask."""
    pairs = zip(case.shapes, case.steps, strict=False)
    return [[step.weight, *extra_inputs(shape, step)] if step.weight else [] for shape, step in pairs]


def set_numbers(case: Case) -> int:
    """Numbers that one set takes of the pool."""
    shapes = [case.input_shape, *(shape for own in operand_shapes(case) for shape in own)]
    return sum(math.ceil(prod(shape) / ALIGNMENT) * ALIGNMENT for shape in shapes)


def pool(cases: Sequence[Case], cache: int, seed: int = 0) -> np.ndarray:
    """Random float32 numbers, enough for each case to fill the cache `SPARE` times, or for one set of it."""
    numbers = max(int(SPARE * cache) // 4, *map(set_numbers, cases))
    return np.random.default_rng(seed).standard_normal(numbers, dtype=np.float32)


def input_sets(case: Case, numbers: np.ndarray) -> list[InputSet]:
    """As many sets as the pool holds, at most `MOST_SETS`."""
    size = set_numbers(case)
    return [_one_set(case, numbers[start : start + size]) for start in range(0, len(numbers) - size + 1, size)][
        :MOST_SETS
    ]


def _one_set(case: Case, numbers: np.ndarray) -> InputSet:
    position = 0

    def take(shape: Shape) -> np.ndarray:
        nonlocal position
        array = numbers[position : position + prod(shape)].reshape(shape)
        position += math.ceil(prod(shape) / ALIGNMENT) * ALIGNMENT
        return array

    x = take(case.input_shape)
    return InputSet(x, [tuple(take(shape) for shape in own) for own in operand_shapes(case)])


def as_tensors(inputs: InputSet, device: str, dtype: torch.dtype, channels_last: bool, leaves: bool) -> InputSet:
    """The same numbers as tensors.

    Args:
        inputs: A set of NumPy arrays.
        device: "cpu" or "cuda".
        dtype: Kind of number.
        channels_last: Whether images and volumes lie channel by channel in memory.
        leaves: Whether gradients are wanted for all of them.
    """

    def tensor(array: np.ndarray) -> torch.Tensor:
        made = torch.from_numpy(array).to(device=device, dtype=dtype)
        if channels_last and made.ndim in (4, 5):
            layout = torch.channels_last if made.ndim == 4 else torch.channels_last_3d
            made = made.contiguous(memory_format=layout)
        return made.detach().requires_grad_(leaves)

    return InputSet(tensor(inputs.x), [tuple(map(tensor, own)) for own in inputs.operands])
