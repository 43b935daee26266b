r"""The same convolution, fast: one matrix product per tap of the kernel, over views instead of copies."""

from typing import Any

import numpy as np

from reference_impl.arrays import accumulator, as_result, pad
from reference_impl.conv.operands import Geometry, conv_operands

BLOCK_BYTES = 1 << 19  # running sums of one block of output rows: small enough to stay in the second-level cache


def conv(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Convolution as deep learning means it (cross-correlation), fast.

    Same arguments and result as `conv_loops`. For each tap of the kernel, one matrix product mixes the channels of a
    shifted view of the input; the products of all taps are added up. A stride larger than 1 first sorts the input
    into its stride phases, so that the views stay contiguous. No copy grows with the size of the kernel.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights, one filter per output channel.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside: int, one per axis, (lo, hi) pairs per axis, "valid", "same", "same_lower", "causal".
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, a value out of range, or whole numbers too large for their dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 1.1; torch.nn.Conv2d.

    Example:
        >>> conv(np.arange(9).reshape(1, 1, 3, 3), np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[19, 25], [37, 43]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = conv_operands("conv", x, w, b, **options, padding_mode=padding_mode)
    result, add_up = accumulator(x, w, b)
    y = np.empty(geometry.output_shape, dtype=add_up)
    grouped = w.astype(add_up, copy=False).reshape(groups, -1, *w.shape[1:])  # (g, C_out/g, C_in/g, *K)
    for n in range(x.shape[0]):
        padded = pad(x[n].astype(add_up, copy=False), geometry.pads, padding_mode)
        _correlate(padded, grouped, geometry, y[n])
    if b is not None:
        y += b.astype(add_up).reshape(-1, *(1,) * (x.ndim - 2))
    return as_result("conv", y, result)


def convolve(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    r"""Convolution as mathematics means it: the kernel is flipped along every spatial axis, then correlated.

    Definition:
        y[i, j] = \sum_{u} \sum_{v} w[u, v] \; x[i - u, \, j - v]

    Shapes, arguments and errors are those of `conv`; only the order of the taps differs.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights, flipped before use.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: As in `conv`; kernel_size − 1 gives the "full" convolution of np.convolve.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: as `conv`.
        TypeError: as `conv`.

    Source:
        Oppenheim & Schafer, "Discrete-Time Signal Processing", section 2.3; numpy.convolve.

    Example:
        >>> convolve(np.array([[[1, 2, 3]]]), np.array([[[0, 1, 2]]]), padding=2).ravel().tolist()
        [0, 1, 4, 7, 6]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    conv_operands("convolve", x, w, b, **options, padding_mode=padding_mode)
    return conv(x, np.flip(w, axis=tuple(range(2, w.ndim))), b, **options, padding_mode=padding_mode)


def _correlate(padded: np.ndarray, w: np.ndarray, geometry: Geometry, y: np.ndarray) -> None:
    """Write the correlation of one padded sample (C_in, *P) with w (g, C_out/g, C_in/g, *K) into y (C_out, *O).

    On the flat axis of a phase a tap is nothing but an offset: all its reads form one contiguous run. Runs also read
    the cells between two output rows; those columns are cut off at the end.
    """
    groups, filters, channels, *kernel = w.shape
    outputs = y.shape[1:]
    phases, sizes = _stride_phases(padded, geometry.stride)
    phases = phases.reshape(len(phases), groups, channels, -1)  # (∏s, g, C_in/g, ∏Q)
    steps = np.cumprod([1, *sizes[:0:-1]])[::-1]  # cells from one index to the next, an axis
    last = int(np.dot(steps[1:], np.subtract(outputs[1:], 1)))  # from a row's first to its last output
    rows = max(1, BLOCK_BYTES // max(1, groups * filters * int(steps[0]) * y.itemsize))
    sums = np.empty((2, groups, filters, min(rows, outputs[0]) * int(steps[0])), dtype=y.dtype)
    for row in range(0, outputs[0], rows):
        block = min(rows, outputs[0] - row)
        run = (block - 1) * int(steps[0]) + last + 1
        total, product = sums[..., :run]
        for tap in np.ndindex(*kernel):
            reach = np.multiply(geometry.dilation, tap)
            phase = np.ravel_multi_index(tuple(reach % geometry.stride), geometry.stride)
            start = int(np.dot(steps, reach // geometry.stride)) + row * int(steps[0])
            view = phases[phase, :, :, start : start + run]  # (g, C_in/g, run)
            _mix_channels(w[(..., *tap)], view, total if not any(tap) else product)
            if any(tap):
                total += product
        wide = sums[0, ..., : block * int(steps[0])].reshape(groups * filters, block, *sizes[1:])
        y[:, row : row + block] = wide[(..., *(slice(size) for size in outputs[1:]))]


def _mix_channels(w: np.ndarray, view: np.ndarray, out: np.ndarray) -> None:
    """Write w @ view into out, group by group; a single channel a group is a scaling, which BLAS would do slower."""
    if view.shape[1] == 1:
        np.multiply(w, view, out=out)  # (g, C_out/g, 1) × (g, 1, run)
    else:
        np.matmul(w, view, out=out)  # (g, C_out/g, C_in/g) @ (g, C_in/g, run)


def _stride_phases(padded: np.ndarray, stride: tuple[int, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """Sort (C, *P) into the phases of a stride: (∏s, C, *Q), where phase r holds cells r, r + s, and so on."""
    if set(stride) == {1}:
        return np.ascontiguousarray(padded)[None], padded.shape[1:]
    sizes = tuple(-(-size // s) for size, s in zip(padded.shape[1:], stride, strict=True))
    phases = np.zeros((*stride, len(padded), *sizes), dtype=padded.dtype)
    for phase in np.ndindex(*stride):
        cells = padded[(..., *(slice(first, None, s) for first, s in zip(phase, stride, strict=True)))]
        phases[(*phase, slice(None), *map(slice, cells.shape[1:]))] = cells
    return phases.reshape(-1, *phases.shape[len(stride) :]), sizes  # (∏s, C, *Q)
