r"""The same transposed convolution, fast: one ordinary convolution for each phase of the stride, then interleaved."""

from collections.abc import Sequence
from itertools import product
from math import gcd
from typing import Any, NamedTuple

import numpy as np

from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, is_tensor, shape_of
from reference_impl.conv import conv
from reference_impl.types import Array, Padding, PerAxis, TransposedOptions


class Phase(NamedTuple):
    """Output cells along one axis that are a stride apart: the same taps reach all of them."""

    cells: slice  # of the output axis
    taps: list[int]  # of the kernel axis, the last first, as a convolution reads them
    reads: tuple[int, int]  # the input cells from the first that is read to the one behind the last
    step: int  # from the input cell that one of these taps reads to that of the next


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

    Same arguments as `conv_transpose_loops`, and the same result up to rounding; tensors go to `conv_transpose_torch`.
    Output cells that are a stride apart are reached by the same few taps, so each such phase is an ordinary convolution
    of the input with a part of the kernel, and the output is the phases interleaved. No zeros are inserted that would
    have to be multiplied, and all products are those of `conv`.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_in, C_out/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
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
    options: TransposedOptions = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    if is_tensor(x):
        from reference_impl.conv_transpose.torch import conv_transpose_torch  # only who has a tensor needs torch

        y: Any = conv_transpose_torch(x, w, b, groups=groups, **options)
        return y
    either(x=x, w=w, b=b)
    geometry = conv_transpose_geometry(x.shape, w.shape, groups=groups, bias_shape=shape_of(b), **options)
    result, add_up = accumulator(x, w, b)
    grouped = cast(w, add_up).reshape(groups, -1, *w.shape[1:])  # (g, C_in/g, C_out/g, *K)
    filters = grouped.swapaxes(1, 2).reshape(-1, *grouped.shape[1:2], *w.shape[2:])  # (C_out, C_in/g, *K)
    sizes = zip(w.shape[2:], geometry.output_shape[2:], *geometry[1:], strict=True)
    y: Any = np.zeros(geometry.output_shape, dtype=add_up)
    for phase in product(*(_phases(*axis) for axis in sizes)):
        if all(axis.reads[0] < size and axis.reads[1] > 0 for axis, size in zip(phase, x.shape[2:], strict=True)):
            y[(..., *(axis.cells for axis in phase))] = _convolve_phase(cast(x, add_up), filters, phase, groups)
    if b is not None:
        y += cast(b, add_up).reshape(-1, *(1,) * (x.ndim - 2))
    return as_result(y, result)


def _phases(kernel: int, outputs: int, stride: int, cuts: tuple[int, int], dilation: int) -> list[Phase]:
    """The phases of one axis: output cell i is reached by tap u where i + p − d u is a multiple of the stride."""
    phases = []
    for first in range(min(stride, outputs)):
        start = first + cuts[0]  # where the first of these cells lies before padding cuts
        taps = [u for u in range(kernel) if (start - dilation * u) % stride == 0]
        if taps:
            number = -(-(outputs - first) // stride)  # of these cells
            reads = (start - dilation * taps[-1]) // stride, (start - dilation * taps[0]) // stride + number
            phases.append(Phase(slice(first, None, stride), taps[::-1], reads, dilation // gcd(stride, dilation)))
    return phases


def _convolve_phase(x: np.ndarray, filters: np.ndarray, phase: Sequence[Phase], groups: int) -> np.ndarray:
    """The output cells of one phase, (N, C_out, *counts): what they read, convolved with the taps that reach them."""
    sizes = x.shape[2:]
    read = (slice(max(axis.reads[0], 0), axis.reads[1]) for axis in phase)
    pads = [(max(-axis.reads[0], 0), max(axis.reads[1] - size, 0)) for axis, size in zip(phase, sizes, strict=True)]
    for number, axis in enumerate(phase, start=2):
        filters = filters.take(axis.taps, axis=number)
    dilation = [axis.step for axis in phase]
    return conv(x[(..., *read)], filters, padding=pads, dilation=dilation, groups=groups)
