r"""The same transposed convolution, fast: one ordinary convolution for each phase of the stride, then interleaved."""

from collections.abc import Sequence
from itertools import product
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np

from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import accumulator, as_result, either, is_tensor, shape_of
from reference_impl.types import Array, Padding, PerAxis

BLOCK_BYTES = 1 << 19  # gathered columns of one block: small enough to stay in the second-level cache
BLOCK_COLUMNS = 256  # but never fewer than this, so that reading the weights pays


class Phase(NamedTuple):
    """Output cells along one axis that are a stride apart: the same taps reach all of them."""

    cells: slice  # of the output axis
    number: int  # how many they are
    taps: slice  # of the kernel axis: the taps that reach them
    reads: tuple[int, ...]  # input cell that each of these taps reads for the first of the cells; the next is one on


def conv_transpose(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """Transposed convolution, fast.

    Same arguments and result as `conv_transpose_loops`. Output cells that are a stride apart are reached by the same
    few taps, so each such phase is an ordinary convolution of the input with a part of the kernel, and the output is
    the phases interleaved. No zeros are multiplied; what is gathered for the matrix products stays within one block.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_in, C_out/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights, input channels first: the array of the convolution that is transposed.
        b: Bias, added to every cell of its output channel.
        stride: Output cells from one stamp to the next; int or one per axis.
        padding: Output cells cut off: int, one per axis, or (lo, hi) pairs per axis.
        output_padding: Output cells kept in addition at the end; int or one per axis.
        dilation: Step between taps, in output cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit, a value out of range, padding that leaves no output, or whole numbers too
            large for their dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 4; torch.nn.ConvTranspose2d.

    Example:
        >>> conv_transpose(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2).ravel().tolist()
        [1, 2, 13, 20, 30]
    """
    options: dict[str, Any] = {"stride": stride, "padding": padding, "output_padding": output_padding}
    options |= {"dilation": dilation, "groups": groups}
    if is_tensor(x):
        from reference_impl.conv_transpose.torch import conv_transpose_torch  # only who has a tensor needs torch

        y: Any = conv_transpose_torch(x, w, b, **options)
        return y
    either(x=x, w=w, b=b)
    geometry = conv_transpose_geometry(x.shape, w.shape, bias_shape=shape_of(b), **options)
    result, add_up = accumulator(x, w, b)
    grouped = w.astype(add_up, copy=False).reshape(groups, -1, *w.shape[1:])  # (g, C_in/g, C_out/g, *K)
    sizes = zip(w.shape[2:], geometry.output_shape[2:], *geometry[1:], strict=True)
    axes = [_phases(*axis) for axis in sizes]
    bordered, before = _bordered(x.astype(add_up, copy=False), axes)
    y = np.zeros(geometry.output_shape, dtype=add_up)
    for phase in product(*axes):
        if all(axis.reads for axis in phase):
            sums = _correlate(bordered, before, grouped, phase)  # (N, C_out, *counts)
            y[(..., *(axis.cells for axis in phase))] = sums
    if b is not None:
        y += b.astype(add_up).reshape(-1, *(1,) * (x.ndim - 2))
    return as_result(y, result)


def _phases(kernel: int, outputs: int, stride: int, cuts: tuple[int, int], dilation: int) -> list[Phase]:
    """The phases of one axis: output cell i is reached by tap u where i + p − d u is a multiple of the stride."""
    phases = []
    for first in range(min(stride, outputs)):
        start = first + cuts[0]  # where the first of these cells lies before padding cuts
        reached = (u for u in range(min(stride, kernel)) if (start - dilation * u) % stride == 0)
        taps = slice(next(reached, kernel), None, stride // gcd(stride, dilation))
        reads = tuple((start - dilation * u) // stride for u in range(kernel)[taps])
        phases.append(Phase(slice(first, None, stride), -(-(outputs - first) // stride), taps, reads))
    return phases


def _bordered(x: np.ndarray, axes: Sequence[Sequence[Phase]]) -> tuple[np.ndarray, list[int]]:
    """Channels first, and as many zeros around as any phase reads: (C_in, N, *P), and the zeros before, an axis."""
    reads = [[(read, phase.number) for phase in axis for read in phase.reads] or [(0, 0)] for axis in axes]
    before = [max(0, max(-read for read, _ in axis)) for axis in reads]
    beyond = [max(size, *(read + count for read, count in axis)) for size, axis in zip(x.shape[2:], reads, strict=True)]
    sizes = (zeros + size for zeros, size in zip(before, beyond, strict=True))
    bordered = np.zeros((x.shape[1], len(x), *sizes), dtype=x.dtype)
    inside = (slice(zeros, zeros + size) for zeros, size in zip(before, x.shape[2:], strict=True))
    bordered[(..., *inside)] = x.swapaxes(0, 1)
    return bordered, before


def _correlate(bordered: np.ndarray, before: Sequence[int], w: np.ndarray, phase: Sequence[Phase]) -> np.ndarray:
    """Convolve (C_in, N, *P) with the taps that reach one phase, w (g, C_in/g, C_out/g, *K): (N, C_out, *counts).

    On the flat axis of all samples a tap is nothing but an offset. The runs also read the cells between two output
    rows; those columns are cut off at the end.
    """
    groups, channels, filters = w.shape[:3]
    counts = [axis.number for axis in phase]
    flat = bordered.reshape(groups, channels, -1)  # (g, C_in/g, N·∏P)
    steps = [prod(bordered.shape[axis + 1 :]) for axis in range(2, bordered.ndim)]
    corners = product(*([zeros + read for read in axis.reads] for zeros, axis in zip(before, phase, strict=True)))
    offsets = [int(np.dot(steps, corner)) for corner in corners]
    run = max(0, flat.shape[-1] - prod(bordered.shape[2:]) + int(np.dot(steps, np.subtract(counts, 1))) + 1)
    taps = w[(..., *(axis.taps for axis in phase))]  # (g, C_in/g, C_out/g, *T)
    taps = np.moveaxis(taps, (1, 2), (-2, -1)).reshape(groups, -1, filters).swapaxes(1, 2)  # (g, C_out/g, ∏T·C_in/g)
    sums = np.empty((groups, filters, flat.shape[-1]), dtype=w.dtype)
    _gather_and_mix(flat, offsets, taps, sums[..., :run])
    sums = sums.reshape(groups * filters, *bordered.shape[1:])[(..., *map(slice, counts))]
    return sums.swapaxes(0, 1)  # (N, C_out, *counts)


def _gather_and_mix(flat: np.ndarray, offsets: Sequence[int], taps: np.ndarray, sums: np.ndarray) -> None:
    """Write taps (g, C_out/g, ∏T·C_in/g) times what they read of flat (g, C_in/g, ·) into sums, block by block."""
    groups, channels, run = *flat.shape[:2], sums.shape[-1]
    block = min(run, max(BLOCK_COLUMNS, BLOCK_BYTES // (groups * taps.shape[2] * flat.itemsize)))
    columns = np.empty((groups, len(offsets), channels, block), dtype=flat.dtype)
    for first in range(0, run, max(block, 1)):
        width = min(block, run - first)
        for row, offset in enumerate(offsets):
            columns[:, row, :, :width] = flat[..., offset + first : offset + first + width]
        stacked = columns[..., :width].reshape(groups, -1, width)  # (g, ∏T·C_in/g, width)
        np.matmul(taps, stacked, out=sums[..., first : first + width])
