"""The same deformable convolution, fast: gather and interpolate the cells of one tap, then one matrix product."""

from itertools import product
from typing import Any

import numpy as np

from reference_impl.arrays import accumulator, as_result, either, is_tensor
from reference_impl.deform_conv.geometry import DeformGeometry, deform_operands
from reference_impl.types import Array, GroupedOptions, Padding, PerAxis


def deform_conv(
    x: Array,
    w: Array,
    offset: Array,
    b: Array | None = None,
    *,
    mask: Array | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Deformable convolution, version 1 or, with a mask, version 2.

    Same arguments as `deform_conv_loops`, and the same result up to rounding; tensors go to `deform_conv_torch`. Of
    arrays, each tap in turn reads one interpolated cell of every channel for each output cell; a matrix product mixes
    them into the running sums of the output, so that what is read in between does not grow with the kernel.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        offset:  (N, G·ndim·∏K, *O), for each offset group and tap one number per axis, in the order of the axes
        b:       (C_out,)
        mask:    (N, G·∏K, *O)
        returns: (N, C_out, *O)

    Args:
        x: Input: a NumPy array of real numbers or a torch tensor of a floating dtype, and all others alike.
        w: Weights.
        offset: How far each tap moves, in input cells; G follows from its shape.
        b: Bias, added to every cell of its output channel.
        mask: What each tap is multiplied by (version 2); None is version 1.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells of zeros outside, in any form that `conv` takes.
        dilation: Step between taps before they move; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, a value out of range, or, in an array, an offset that is not
            finite.
        TypeError: an argument of the wrong kind.

    Source:
        Dai et al., 2017, section 2.1; Zhu et al., 2018, section 3.2. The layout is torchvision.ops.deform_conv2d's.

    Example:
        >>> x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 2, 2))
        >>> still = np.zeros((1, 8, 3, 3))
        >>> deform_conv(x, w, still)[0, 0].tolist()
        [[10.0, 14.0, 18.0], [26.0, 30.0, 34.0], [42.0, 46.0, 50.0]]
    """
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if is_tensor(x):
        from reference_impl.deform_conv.torch import deform_conv_torch  # only who has a tensor needs torch

        read: Any = deform_conv_torch(x, w, offset, b, mask=mask, **options)
        return read
    either(x=x)
    geometry = deform_operands(x, w, offset, b, mask=mask, **options)
    result, add_up = accumulator(x, w, offset, b, mask)
    taps = w.reshape(groups, -1, w.shape[1], int(np.prod(w.shape[2:])))  # (g, C_out/g, C_in/g, ∏K)
    taps = np.ascontiguousarray(taps.transpose(3, 0, 2, 1), dtype=add_up)  # (∏K, g, C_in/g, C_out/g)
    cells = int(np.prod(geometry.output_shape[2:]))
    moves = offset.reshape(x.shape[0], geometry.offset_groups, len(taps), w.ndim - 2, cells)  # (N, G, ∏K, ndim, ∏O)
    y = np.empty((*geometry.output_shape[:2], cells), dtype=add_up)
    for n in range(x.shape[0]):
        shares = None if mask is None else mask[n].reshape(geometry.offset_groups, len(taps), cells)
        y[n] = _one_sample(x[n].astype(add_up, copy=False), taps, moves[n], shares, w.shape[2:], geometry)
    if b is not None:
        y += b.astype(add_up)[:, None]
    return as_result(y.reshape(geometry.output_shape), result)


def _one_sample(
    x: np.ndarray,
    taps: np.ndarray,
    moves: np.ndarray,
    shares: np.ndarray | None,
    kernel: tuple[int, ...],
    geometry: DeformGeometry,
) -> np.ndarray:
    """Output (C_out, ∏O) of one sample (C_in, *S)."""
    cells = _cells_first(x, geometry.offset_groups)  # (G, ∏S + 1, C_in/G)
    _, groups, channels, filters = taps.shape
    total = np.zeros((groups, moves.shape[-1], filters), dtype=x.dtype)  # (g, ∏O, C_out/g)
    for tap, u in enumerate(np.ndindex(*kernel)):
        at_rest = _positions_at_rest(u, geometry)  # (ndim, ∏O)
        read = np.empty((moves.shape[-1], len(x)), dtype=x.dtype)  # (∏O, C_in)
        for group, part in enumerate(np.split(read, geometry.offset_groups, axis=1)):
            share = None if shares is None else shares[group, tap]
            _interpolate(cells[group], at_rest + moves[group, tap], share, x.shape[1:], out=part)
        total += read.reshape(-1, groups, channels).transpose(1, 0, 2) @ taps[tap]
    return total.transpose(0, 2, 1).reshape(groups * filters, -1)  # (C_out, ∏O)


def _cells_first(x: np.ndarray, offset_groups: int) -> np.ndarray:
    """Cells as rows, so that reading one is one contiguous copy, and a row of zeros that stands for outside."""
    cells = np.zeros((offset_groups, x[0].size + 1, len(x) // offset_groups), dtype=x.dtype)
    cells[:, :-1] = x.reshape(offset_groups, -1, x[0].size).transpose(0, 2, 1)  # (G, ∏S, C_in/G)
    return cells


def _positions_at_rest(u: tuple[int, ...], geometry: DeformGeometry) -> np.ndarray:
    """Where tap u reads for every output cell before it moves: (ndim, ∏O)."""
    outputs = geometry.output_shape[2:]
    rest = [d * t - lo for d, t, (lo, _) in zip(geometry.dilation, u, geometry.pads, strict=True)]
    steps = np.indices(outputs).reshape(len(outputs), -1)  # (ndim, ∏O)
    return steps * np.array(geometry.stride)[:, None] + np.array(rest)[:, None]


def _interpolate(
    cells: np.ndarray, positions: np.ndarray, share: np.ndarray | None, sizes: tuple[int, ...], out: np.ndarray
) -> None:
    """Write into out (∏O, C) what lies between the cells at positions (ndim, ∏O), times share (∏O,)."""
    limits = np.array(sizes)[:, None]
    low = np.floor(np.clip(positions, -2, limits + 1))  # anything farther out reads nothing but zeros as well
    past = np.clip(positions, -2, limits + 1) - low  # (ndim, ∏O): distance past the lower cell
    low = low.astype(np.intp)
    steps = np.cumprod([1, *sizes[:0:-1]])[::-1]  # cells from one index to the next, an axis
    out[:] = 0
    for corner in product((0, 1), repeat=len(sizes)):
        cell = low + np.array(corner)[:, None]
        inside = ((cell >= 0) & (cell < limits)).all(axis=0)
        weight = np.prod([past[axis] if up else 1 - past[axis] for axis, up in enumerate(corner)], axis=0)
        if share is not None:
            weight = weight * share
        index = np.where(inside, steps @ cell, len(cells) - 1)
        out += cells[index] * weight.astype(out.dtype, copy=False)[:, None]
