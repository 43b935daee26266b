"""Larger images by moving numbers instead of multiplying them: pixel shuffle, its inverse, nearest resize."""

from math import prod

from reference_impl import checks
from reference_impl.arrays import either, library
from reference_impl.checks import refuse
from reference_impl.types import Array, PerAxis, Shape, Shaped


def pixel_shuffle(x: Array, factor: PerAxis) -> Array:
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
        x: Input, a NumPy array or a torch tensor.
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
    (samples, channels, *spatial), factors = shape_and_factors(x, factor, channels=0)
    if channels % prod(factors):
        rule = f"channels must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, channels=channels, factor=factor)
    axes, channels = len(spatial), channels // prod(factors)
    split = x.reshape(samples, channels, *factors, *spatial)  # (N, C, *r, *S)
    apart = library(x).moveaxis(split, tuple(range(2, 2 + axes)), tuple(range(3, 3 + 2 * axes, 2)))  # (N, C, S, r, …)
    return apart.reshape(samples, channels, *(size * r for size, r in zip(spatial, factors, strict=True)))


def pixel_unshuffle(x: Array, factor: PerAxis) -> Array:
    """Gather r × r (× r) cells into ∏r channels: the inverse of `pixel_shuffle`.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (N, C·∏r, *(S/r))

    Args:
        x: Input, a NumPy array or a torch tensor.
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
    (samples, channels, *spatial), factors = shape_and_factors(x, factor, channels=0)
    if any(size % r for size, r in zip(spatial, factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(x.shape), "factor": factor})
    axes, pairs = len(spatial), [part for size, r in zip(spatial, factors, strict=True) for part in (size // r, r)]
    apart = x.reshape(samples, channels, *pairs)  # (N, C, S/r, r, …)
    moved = library(x).moveaxis(
        apart, tuple(range(3, 3 + 2 * axes, 2)), tuple(range(2, 2 + axes))
    )  # (N, C, *r, *(S/r))
    return moved.reshape(samples, channels * prod(factors), *pairs[::2])


def nearest_resize(x: Array, factor: PerAxis) -> Array:
    """Repeat every cell r times along each axis: what a resize-convolution does before it convolves.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C, *(S·r))

    Args:
        x: Input, a NumPy array or a torch tensor.
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
    shape, factors = shape_and_factors(x, factor)
    checks.holdable((*shape, *factors), factors)
    for axis, r in reversed(list(enumerate(factors, start=2))):  # rows last, so that whole rows are copied
        side_by_side = library(x).stack([x] * r, axis + 1)  # (…, S, r, …)
        x = side_by_side.reshape(*x.shape[:axis], x.shape[axis] * r, *x.shape[axis + 1 :])
    return x


def shape_and_factors(x: Shaped, factor: PerAxis, *, channels: int = 1) -> tuple[Shape, Shape]:
    """The shape of an input of at least so many channels and one factor per spatial axis, checked."""
    either(x=x)
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C, *S)", channels=channels)
    return shape, checks.per_axis("factor", factor, len(shape) - 2, least=1)
