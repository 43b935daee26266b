"""Arrays as formulas read them: element by element, exactly, and outside their cells only where that is part of it."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

OUTSIDE_IS_REFUSED = object()


class Array:
    """An array that `x[n, c, i]` reads; `k_[l]` is read from 1 where `first` is 1.

    Reading outside raises, unless `outside` says what stands there. A negative index is outside: nothing wraps around.
    """

    def __init__(self, values: Any, *, outside: Any = OUTSIDE_IS_REFUSED, first: int = 0, name: str = ""):
        self.values, self.outside, self.first, self.name = np.asarray(values), outside, first, name

    def __getitem__(self, index: Any) -> Any:
        entries = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(entry, int) for entry in entries):
            raise IndexError(f"{self._spelled(entries)} has an index that is not a whole number")
        places = tuple(entry - self.first for entry in entries)
        if not all(0 <= place < size for place, size in zip(places, self.values.shape, strict=False)):
            if self.outside is OUTSIDE_IS_REFUSED:
                raise IndexError(f"{self._spelled(entries)} lies outside: its shape is {self.values.shape}")
            return self.outside
        read = self.values[places]
        return read.item() if read.ndim == 0 else Array(read, outside=self.outside)

    def _spelled(self, entries: Sequence[Any]) -> str:
        return f"{self.name or 'an array'}[{', '.join(map(str, entries))}]"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.values, dtype=dtype)

    def named(self, name: str) -> "Array":
        """The same array, called by its letter in messages."""
        return Array(self.values, outside=self.outside, first=self.first, name=name)

    def __truediv__(self, divisor: float) -> "Array":
        return Array(self.values / divisor, outside=self.outside, first=self.first)

    def __len__(self) -> int:
        return len(self.values)


def from_1(values: Any) -> Array:
    """A sequence whose first element is number 1, as layers and terms are counted."""
    return Array(values, first=1)


def unwrapped(value: Any) -> Any:
    """A value as the functions of reference_impl take it."""
    if isinstance(value, Array):
        return value.values if value.first == 0 else value.values.tolist()
    if isinstance(value, list | tuple):
        return type(value)(unwrapped(entry) for entry in value)
    return value


def drawer(generator: random.Random) -> Callable[..., Array]:
    """`array(2, C, outside=0)`: random whole numbers in an array of this shape."""

    def array(*shape: int, low: int = -5, high: int = 5, **options: Any) -> Array:
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise ValueError(f"no array has the shape {shape}")
        numbers = [generator.randint(low, high) for _ in range(math.prod(shape))]
        return Array(np.array(numbers, dtype=np.int64).reshape(shape), **options)

    return array
