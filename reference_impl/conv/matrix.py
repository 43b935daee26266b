"""A convolution written out as the matrix that it is."""

from collections.abc import Sequence
from math import prod

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric, pad
from reference_impl.conv.columns import im2col
from reference_impl.types import Padding, PerAxis, WindowOptions


def conv_matrix(
    w: np.ndarray,
    input_size: int | Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """The matrix C with `conv(x, w)[n].ravel() == C @ x[n].ravel()`.

    Of one channel in and out, at stride 1 and with zeros outside, it is a Toeplitz matrix over one axis and doubly
    blocked Toeplitz over two; with circular padding that keeps the size, circulant over one axis. With zeros outside,
    its transpose is the matrix of the transposed convolution.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out·∏O, C_in·∏S)

    Args:
        w: Weights.
        input_size: Spatial size of the input; int or one per axis.
        stride: Step between windows; int or one per axis.
        padding: In any form that `conv` takes.
        dilation: Step between taps; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit each other, a value out of range, or whole numbers too large for their dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 4.1.

    Example:
        >>> conv_matrix(np.array([[[1, 2]]]), 3).tolist()
        [[1, 2, 0], [0, 1, 2]]
    """
    w_shape = checks.shape("w.shape", numeric("w", w).shape, layout="(C_out, C_in/groups, *K)")
    spatial = checks.per_axis("input_size", input_size, len(w_shape) - 2, least=1)
    in_channels = w_shape[1] * checks.whole("groups", groups, least=1)
    options: WindowOptions = {"stride": stride, "padding": padding, "dilation": dilation}
    x_shape = (1, in_channels, *spatial)
    output, _, pads, _ = conv_geometry(x_shape, w_shape, **options, groups=groups, padding_mode=padding_mode)
    checks.holdable((w_shape[0], prod(output[2:]), in_channels, *spatial))
    numbered = np.arange(1, in_channels * prod(spatial) + 1).reshape(x_shape)  # 0 is left for zeros outside
    reads = im2col(pad(numbered, pads, padding_mode), w_shape[2:], stride=stride, dilation=dilation)
    reads = reads.reshape(groups, -1, reads.shape[-1])  # (g, C_in/g·∏K, ∏O): which cell each tap reads
    result, add_up = accumulator(w)
    matrix = np.zeros((w_shape[0], prod(output[2:]), numbered.size), dtype=add_up)
    for o, filter_weights in enumerate(w.reshape(w_shape[0], -1)):
        cells = reads[o // (w_shape[0] // groups)]
        for weight, column in zip(filter_weights, cells, strict=True):
            (inside,) = column.nonzero()
            matrix[o, inside, column[inside] - 1] += weight
    return as_result(matrix.reshape(-1, numbered.size), result)  # (C_out·∏O, C_in·∏S)
