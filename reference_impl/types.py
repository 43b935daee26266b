"""The types that stand in the signatures of every room. Imports neither NumPy nor torch when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, TypedDict, TypeVar

PerAxis: TypeAlias = int | Sequence[int]  # one number, or one per spatial axis
Padding: TypeAlias = int | str | Sequence[int | Sequence[int]]  # int, a word, one per axis, or (lo, hi) pairs per axis
Shape: TypeAlias = tuple[int, ...]
Pairs: TypeAlias = tuple[tuple[int, int], ...]  # (lo, hi), one an axis
# A NumPy array or a torch tensor; the kind that goes in comes out. The two share no protocol that a checker knows.
Array = TypeVar("Array", bound=Any)


class Shaped(Protocol):
    """An array of either library, where nothing but its shape is asked for."""

    @property
    def shape(self) -> Shape:
        """Its sizes."""
        ...

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        ...


class WindowOptions(TypedDict):
    """Options of every window, as they go by name from one function to the next."""

    stride: PerAxis
    padding: Padding
    dilation: PerAxis


class GroupedOptions(WindowOptions):
    """Those of a window over groups of channels."""

    groups: int


class PaddedOptions(WindowOptions):
    """Those of a window, and what stands outside."""

    padding_mode: str


class TransposedOptions(WindowOptions):
    """Those of a transposed convolution."""

    output_padding: PerAxis


class Geometry(NamedTuple):
    """Checked geometry of a convolution, one entry an axis."""

    output_shape: Shape  # (N, C_out, *O)
    stride: Shape
    pads: Pairs  # cells added outside; of a transposed convolution, output cells cut off
    dilation: Shape
