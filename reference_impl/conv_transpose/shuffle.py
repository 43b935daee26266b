"""Larger images by moving numbers instead of multiplying them: pixel shuffle, its inverse, nearest resize."""

from collections.abc import Sequence
from math import prod

import numpy as np

from reference_impl import checks
from reference_impl.arrays import numeric
from reference_impl.checks import refuse


def pixel_shuffle(x: np.ndarray, factor: int | Sequence[int]) -> np.ndarray:
    """Spread groups of ∏r channels over r × r (× r) cells: fewer channels, a larger image, the same numbers.

    Definition:
        y[n, c, r*i + u, r*j + v] = x[n, c*r**2 + u*r + v, i, j]

        c — channel
        u — part of a row
        v — part of a column
        x = array(N, C*r**2, i_H, i_W)
        i in range(i_H)
        j in range(i_W)
        u in range(r)
        v in range(r)

    Shapes:
        x:       (N, C·∏r, *S)
        returns: (N, C, *(S·r))

    Args:
        x: Input.
        factor: How many times larger each spatial axis becomes; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or channels that ∏r does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Shi et al., 2016, section 2.2; torch.nn.PixelShuffle, whose channel order this is.

    Example:
        >>> pixel_shuffle(np.arange(4).reshape(1, 4, 1, 1), 2)[0, 0].tolist()
        [[0, 1], [2, 3]]
    """
    shape = checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if shape[1] % prod(factors):
        rule = f"channels must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, channels=shape[1], factor=factor)
    channels = shape[1] // prod(factors)
    split = x.reshape(shape[0], channels, *factors, *shape[2:])  # (N, C, *r, *S)
    pairs = (axis for pair in zip(range(2 + axes, 2 + 2 * axes), range(2, 2 + axes), strict=True) for axis in pair)
    larger = (size * r for size, r in zip(shape[2:], factors, strict=True))
    return split.transpose(0, 1, *pairs).reshape(shape[0], channels, *larger)  # (N, C, S r, …)


def pixel_unshuffle(x: np.ndarray, factor: int | Sequence[int]) -> np.ndarray:
    """Gather r × r (× r) cells into ∏r channels: the inverse of `pixel_shuffle`.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (N, C·∏r, *(S/r))

    Args:
        x: Input.
        factor: How many times smaller each spatial axis becomes; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or a size that its factor does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.PixelUnshuffle, whose channel order this is.

    Example:
        >>> pixel_unshuffle(np.arange(4).reshape(1, 1, 2, 2), 2).ravel().tolist()
        [0, 1, 2, 3]
    """
    shape = checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if any(size % r for size, r in zip(shape[2:], factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(shape), "factor": factor})
    pairs = (part for size, r in zip(shape[2:], factors, strict=True) for part in (size // r, r))
    split = x.reshape(*shape[:2], *pairs)  # (N, C, S/r, r, …)
    order = (*range(3, 3 + 2 * axes, 2), *range(2, 2 + 2 * axes, 2))
    smaller = (size // r for size, r in zip(shape[2:], factors, strict=True))
    return split.transpose(0, 1, *order).reshape(shape[0], shape[1] * prod(factors), *smaller)  # (N, C·∏r, S/r, …)


def nearest_resize(x: np.ndarray, factor: int | Sequence[int]) -> np.ndarray:
    """Repeat every cell r times along each axis: what a resize-convolution does before it convolves.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C, *(S·r))

    Args:
        x: Input.
        factor: How many times larger each spatial axis becomes; int or one per axis.

    Raises:
        ValueError: a wrong rank or a factor below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Odena et al., 2016, "Better upsampling".

    Example:
        >>> nearest_resize(np.array([[[1, 2]]]), 3).ravel().tolist()
        [1, 1, 1, 2, 2, 2]
    """
    shape = checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    factors = checks.per_axis("factor", factor, len(shape) - 2, least=1)
    checks.holdable((*shape, *factors), factors)
    for axis, r in enumerate(factors, start=2):
        x = np.repeat(x, r, axis=axis)
    return x
