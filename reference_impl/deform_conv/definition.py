r"""The definition of a deformable convolution: indexing and arithmetic, nothing else."""

from collections.abc import Sequence
from itertools import product
from math import floor, isfinite, prod

import numpy as np

from reference_impl.arrays import accumulator, as_result, numeric
from reference_impl.checks import refuse, several
from reference_impl.deform_conv.geometry import deform_operands
from reference_impl.types import GroupedOptions, Padding, PerAxis


def deform_conv_loops(
    x: np.ndarray,
    w: np.ndarray,
    offset: np.ndarray,
    b: np.ndarray | None = None,
    *,
    mask: np.ndarray | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    """Deformable convolution, one multiplication at a time.

    Shapes, arguments and errors are those of `deform_conv`.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            w[o, c, u, v]
            * X[n, q*C_in/g + c, u, v, i, j]
            for c in range(C_in/g) for u in range(k_H) for v in range(k_W)
        )
        X[n, c, u, v, i, j] = m[n, τ, i, j] * sum(
            Λ(h - a) * Λ(l - e) * x[n, c, a, e] for a in range(i_H) for e in range(i_W)
        )
        Λ(z) = max(1 - abs(z), 0)
        h = s*i + d*u - p + Δ[n, 2*τ, i, j]
        l = s*j + d*v - p + Δ[n, 2*τ + 1, i, j]
        τ = k_W*u + v
        q = o*g // C_out

        w — w
        q — group
        m — mask
        X — interpolated input
        h — tap row
        i_H (3..6)
        i_W (3..6)
        o_H = (i_H + 2*p - d*(k_H - 1) - 1) // s + 1
        o_W = (i_W + 2*p - d*(k_W - 1) - 1) // s + 1
        x = array(N, C_in, i_H, i_W)
        w = array(C_out, C_in/g, k_H, k_W)
        Δ = array(N, 2*k_H*k_W, o_H, o_W) / 4
        m = array(N, k_H*k_W, o_H, o_W) / 4
        b = array(C_out)

    Source:
        Dai et al., 2017, section 2.1, equations 2–4; Zhu et al., 2018, section 3.2.

    Example:
        >>> x, w = np.arange(5.0).reshape(1, 1, 5), np.ones((1, 1, 1))
        >>> deform_conv_loops(x, w, np.full((1, 1, 5), 0.25))[0, 0].tolist()
        [0.25, 1.25, 2.25, 3.25, 3.0]
    """
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = deform_operands(x, w, offset, b, mask=mask, **options)
    result, add_up = accumulator(x, w, offset, b, mask)
    kernel = w.shape[2:]
    moves = offset.reshape(x.shape[0], geometry.offset_groups, *kernel, len(kernel), *geometry.output_shape[2:])
    shares = None if mask is None else mask.reshape(*moves.shape[: 2 + len(kernel)], *geometry.output_shape[2:])
    filters_a_group, channels_a_offset_group = w.shape[0] // groups, x.shape[1] // geometry.offset_groups
    y = np.zeros(geometry.output_shape, dtype=add_up)
    for n, o, *i in np.ndindex(y.shape):
        total = add_up.type(0 if b is None else b[o])
        for c, *u in np.ndindex(w.shape[1:]):
            channel = (o // filters_a_group) * w.shape[1] + c
            tap = (n, channel // channels_a_offset_group, *u)
            axes = zip(
                geometry.stride, i, geometry.dilation, u, geometry.pads, moves[(*tap, slice(None), *i)], strict=True
            )
            position = [s * a + d * t - lo + float(move) for s, a, d, t, (lo, _), move in axes]
            share = 1 if shares is None else shares[(*tap, *i)]
            total += w[(o, c, *u)] * share * read_between(x[n, channel], position)
        y[(n, o, *i)] = total
    return as_result(y, result)


def read_between(channel: np.ndarray, position: Sequence[float]) -> np.number:
    """The number between the cells of one channel, by linear interpolation along every axis; cells outside count 0.

    Shapes:
        channel:  (*S)
        position: one number per axis, in cells

    Raises:
        ValueError: a position without exactly one finite number per axis.
        TypeError: a channel that is not an array of numbers.

    Source:
        Dai et al., 2017, section 2.1, equations 3 and 4.

    Example:
        >>> row = np.array([10.0, 20.0, 40.0])
        >>> [float(read_between(row, [p])) for p in (1, 1.5, 2.5, 3)]
        [20.0, 30.0, 20.0, 0.0]
    """
    numeric("channel", channel)
    places = position if several(position) or getattr(position, "ndim", 0) == 1 else [None]
    numbers = all(isinstance(place, (int, float, np.integer, np.floating)) and isfinite(place) for place in places)
    if not numbers or len(position) != channel.ndim:
        rule = f"position must be one finite number per axis, here {channel.ndim}"
        refuse(rule, position=position)
    total = channel.dtype.type(0)
    lows = [floor(p) for p in position]
    for corner in product((0, 1), repeat=len(lows)):
        cell = tuple(low + step for low, step in zip(lows, corner, strict=True))
        if all(0 <= at < size for at, size in zip(cell, channel.shape, strict=True)):
            total += channel[cell] * prod(1 - abs(p - at) for p, at in zip(position, cell, strict=True))
    return total
