"""Parts of the channels, each convolved by itself: what every division into groups is made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Unpack

from reference_impl.arrays import library
from reference_impl.conv import conv
from reference_impl.types import Array, PaddedOptions

if TYPE_CHECKING:
    import torch


def side_by_side(
    x: Array,
    weights: Sequence[Array],
    b: Array | None,
    places: Sequence[torch.device] | None = None,
    **options: Unpack[PaddedOptions],
) -> Array:
    """Convolve each part of the channels with its own weight, on its own device where one is named; concatenate.

    Shapes:
        x:       (N, C_in, *S)
        weights: one (m, n, *K) per part: n of the C_in and m of the C_out channels
        b:       (C_out,)
        returns: (N, C_out, *O), on the device of x
    """
    inputs = _split(x, [w.shape[1] for w in weights], axis=1)  # each (N, n, *S)
    biases = _split(b, [w.shape[0] for w in weights], axis=0)  # each (m,)
    home = None if places is None else x.device
    outputs = []
    for place, *part in zip(places or [None] * len(inputs), inputs, weights, biases, strict=True):
        y = conv(*(_at(place, array) for array in part), **options)  # (N, m, *O)
        outputs.append(_at(home, y))
    return library(x).concatenate(outputs, 1)  # (N, C_out, *O)


def _split(array: Array | None, sizes: Sequence[int], *, axis: int) -> Sequence[Array | None]:
    """Neighbouring parts of an axis, so many cells each; of an array that is missing, as many times None."""
    if array is None:
        return [None] * len(sizes)
    ends = zip(sizes, accumulate(sizes), strict=True)
    return [array[(*(slice(None),) * axis, slice(end - size, end))] for size, end in ends]


def _at(place: torch.device | None, array: Array | None) -> Array | None:
    """A tensor on a device; what it is where there is no device, or no array."""
    return array if place is None or array is None else array.to(place)
