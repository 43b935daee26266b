r"""The same convolution, fast: a few large matrix products, and no copy that grows with the kernel."""

from typing import Any

import numpy as np

from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, either, is_tensor, library, pad, shape_of
from reference_impl.conv.products import correlate
from reference_impl.types import Array, Geometry, GroupedOptions, Padding, PerAxis


def conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Convolution as deep learning means it (cross-correlation), fast.

    Same arguments as `conv_loops`, and the same result up to rounding; tensors go to `conv_torch`. The windows of some
    output rows become the columns of a matrix of at most 4 MiB (more only where one row needs it), and one matrix
    product mixes their channels and taps; then the next rows. Beside that matrix, memory holds at most two padded
    samples, the weights once more, and sums: of 16-bit floats in 32 bits, of whole numbers in 64.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
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
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if is_tensor(x):
        from reference_impl.conv.torch import conv_torch  # only who has a tensor needs torch

        y: Any = conv_torch(x, w, b, **options, padding_mode=padding_mode)
        return y
    either(x=x, w=w, b=b)
    geometry = conv_geometry(x.shape, w.shape, bias_shape=shape_of(b), padding_mode=padding_mode, **options)
    return _compute(x, w, b, geometry, groups, padding_mode)


def convolve(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Convolution as mathematics means it: the kernel is flipped along every spatial axis, then correlated.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            w[o, c, u, v]
            * x[n, q*C_in/g + c, s*i + d*(k_H - 1 - u) - p, s*j + d*(k_W - 1 - v) - p]
            for c in range(C_in/g) for u in range(k_H) for v in range(k_W)
        )
        q = o*g // C_out

        q — group
        i_H (3..8)
        i_W (3..8)
        x = array(N, C_in, i_H, i_W, outside=0)
        w = array(C_out, C_in/g, k_H, k_W)
        b = array(C_out)

    Shapes, arguments and errors are those of `conv`; only the order of the taps differs.

    Source:
        Oppenheim & Schafer, "Discrete-Time Signal Processing" (the convolution sum); numpy.convolve.

    Example:
        >>> convolve(np.array([[[1, 2, 3]]]), np.array([[[0, 1, 2]]]), padding=2).ravel().tolist()
        [0, 1, 4, 7, 6]
    """
    either(x=x, w=w, b=b)
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    flipped = library(w).flip(w, tuple(range(2, w.ndim)))
    return conv(x, flipped, b, **options, padding_mode=padding_mode)


def _compute(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None,
    geometry: Geometry,
    groups: int,
    padding_mode: str,
) -> Any:
    """The correlation of operands that were checked before, one padded sample after the other."""
    result, add_up = accumulator(x, w, b)
    y = np.empty(geometry.output_shape, dtype=add_up)
    grouped = w.astype(add_up, copy=False).reshape(groups, -1, *w.shape[1:])  # (g, C_out/g, C_in/g, *K)
    padded = (pad(sample.astype(add_up, copy=False), geometry.pads, padding_mode) for sample in x)
    samples = (sample.reshape(groups, -1, *sample.shape[1:]) for sample in padded)  # (g, C_in/g, *P)
    correlate(samples, grouped, geometry, y.reshape(len(x), *grouped.shape[:2], *y.shape[2:]))  # (N, g, C_out/g, *O)
    if b is not None:
        y += b.astype(add_up).reshape(-1, *(1,) * (x.ndim - 2))
    return as_result(y, result)
