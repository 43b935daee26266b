r"""The definition of a convolution: indexing and arithmetic, nothing else. The oracle of every faster form."""

from collections.abc import Sequence

import numpy as np

from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numpy_arrays, shape_of
from reference_impl.types import Padding, PerAxis


def conv_loops(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Convolution as deep learning means it (cross-correlation), one multiplication at a time.

    Shapes, arguments and errors are those of `conv`.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            w[o, c, u, v]
            * x[n, q*C_in/g + c, s*i + d*u - p, s*j + d*v - p]
            for c in range(C_in/g) for u in range(k_H) for v in range(k_W)
        )
        q = o*g // C_out

        q — group
        i_H (3..8)
        i_W (3..8)
        x = array(N, C_in, i_H, i_W, outside=0)
        w = array(C_out, C_in/g, k_H, k_W)
        b = array(C_out)

    Source:
        Dumoulin & Visin, 2016, section 1.1; torch.nn.Conv2d.

    Example:
        >>> conv_loops(np.arange(9).reshape(1, 1, 3, 3), np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[19, 25], [37, 43]]
    """
    numpy_arrays(x=x, w=w, b=b)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = conv_geometry(x.shape, w.shape, bias_shape=shape_of(b), padding_mode=padding_mode, **options)
    result, add_up = accumulator(x, w, b)
    y = np.zeros(geometry.output_shape, dtype=add_up)
    filters_a_group, channels_a_group = w.shape[0] // groups, w.shape[1]
    for n, o, *i in np.ndindex(y.shape):
        first_channel = (o // filters_a_group) * channels_a_group
        total = add_up.type(0 if b is None else b[o])
        for c, *u in np.ndindex(w.shape[1:]):
            axes = zip(geometry.stride, i, geometry.dilation, u, geometry.pads, strict=True)
            cell = [s * a + d * t - lo for s, a, d, t, (lo, _) in axes]
            total += add_up.type(w[(o, c, *u)]) * add_up.type(read_cell(x[n, first_channel + c], cell, padding_mode))
        y[(n, o, *i)] = total
    return as_result(y, result)


def read_cell(channel: np.ndarray, cell: Sequence[int], padding_mode: str) -> np.number:
    """The number at `cell` of one channel, or what `padding_mode` puts there when `cell` is outside.

    Example:
        >>> row = np.array([1, 2, 3])
        >>> [int(read_cell(row, [-1], mode)) for mode in ("zeros", "reflect", "replicate", "circular")]
        [0, 2, 1, 3]
    """
    inside = all(0 <= position < size for position, size in zip(cell, channel.shape, strict=True))
    if not inside and padding_mode == "zeros":
        return channel.dtype.type(0)
    return channel[
        tuple(_fold(position, size, padding_mode) for position, size in zip(cell, channel.shape, strict=True))
    ]


def _fold(position: int, size: int, padding_mode: str) -> int:
    """The input position that stands in for `position`."""
    if padding_mode == "circular":
        return position % size
    if padding_mode == "reflect":
        return size - 1 - abs(size - 1 - abs(position))
    return min(max(position, 0), size - 1)
