"""The types that stand in the signatures of every room. Imports neither NumPy nor torch when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

PerAxis: TypeAlias = int | Sequence[int]  # one number, or one per spatial axis
Padding: TypeAlias = int | str | Sequence[int | Sequence[int]]  # int, a word, one per axis, or (lo, hi) pairs per axis
Shape: TypeAlias = tuple[int, ...]
Pairs: TypeAlias = tuple[tuple[int, int], ...]  # (lo, hi), one an axis
# A NumPy array or a torch tensor; the kind that goes in comes out. The two share no protocol that a checker knows.
Array = TypeVar("Array", bound=Any)


class Geometry(NamedTuple):
    """Checked geometry of a convolution, one entry an axis."""

    output_shape: Shape  # (N, C_out, *O)
    stride: Shape
    pads: Pairs  # cells added outside; of a transposed convolution, output cells cut off
    dilation: Shape
