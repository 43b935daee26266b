"""Transposed convolution in array terms: one matrix product, and its columns added up where they belong."""

from math import prod

import numpy as np

from reference_impl.arithmetic import conv_transpose_geometry, effective_kernel_size
from reference_impl.arrays import accumulator, as_result, cast, numpy_arrays, pad, shape_of
from reference_impl.conv import col2im
from reference_impl.types import Padding, PerAxis, TransposedOptions


def conv_transpose_columns(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    """Transposed convolution as `conv_columns` backwards: multiply by the transposed weights, then `col2im`. To read.

    Shapes, arguments and errors are those of `conv_transpose`.

    Source:
        Dumoulin & Visin, 2016, section 4.1: the matrix of the convolution, transposed.

    Example:
        >>> conv_transpose_columns(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2).ravel().tolist()
        [1, 2, 13, 20, 30]
    """
    numpy_arrays(x=x, w=w, b=b)
    options: TransposedOptions = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    geometry = conv_transpose_geometry(x.shape, w.shape, groups=groups, bias_shape=shape_of(b), **options)
    result, add_up = accumulator(x, w, b)
    filters = cast(w, add_up).reshape(groups, w.shape[0] // groups, -1).swapaxes(1, 2)  # (g, C_out/g·∏K, C_in/g)
    lines = cast(x, add_up).reshape(len(x), groups, w.shape[0] // groups, prod(x.shape[2:]))  # (N, g, C_in/g, ∏S)
    columns = (filters @ lines).reshape(len(x), groups * filters.shape[1], lines.shape[3])  # (N, C_out·∏K, ∏S)
    axes = zip(x.shape[2:], w.shape[2:], geometry.stride, geometry.dilation, strict=True)
    full = [(i - 1) * s + effective_kernel_size(k, dilation=d) for i, k, s, d in axes]  # nothing cut off
    y = col2im(columns, full, w.shape[2:], stride=stride, dilation=dilation)  # (N, C_out, *full)
    cells = list(zip(geometry.output_shape[2:], geometry.pads, full, strict=True))
    y = pad(y, [(0, max(lo + o - size, 0)) for o, (lo, _), size in cells])  # output padding keeps what follows: zeros
    y = y[(..., *(slice(lo, lo + o) for o, (lo, _), _ in cells))]
    return as_result(y if b is None else y + cast(b, add_up).reshape(-1, *(1,) * (x.ndim - 2)), result)
