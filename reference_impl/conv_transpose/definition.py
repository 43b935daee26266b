r"""The definition of a transposed convolution: indexing and arithmetic, nothing else."""

import numpy as np

from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import accumulator, as_result, numpy_arrays, shape_of
from reference_impl.types import Padding, PerAxis, TransposedOptions


def conv_transpose_loops(
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
    """Transposed convolution: every input cell stamps a copy of the kernel, scaled by its value, into the output.

    Shapes, arguments and errors are those of `conv_transpose`.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            x[n, q*C_in/g + c, h, l]
            * w[q*C_in/g + c, o - q*C_out/g, u, v]
            for c in range(C_in/g)
            for h in range(i_H) for u in range(k_H) if s*h + d*u - p == i
            for l in range(i_W) for v in range(k_W) if s*l + d*v - p == j
        )
        q = o*g // C_out

        q — group
        s — stride of a transpose
        d — dilation of a transpose
        p — padding of a transpose
        i_H (2..5)
        i_W (2..5)
        x = array(N, C_in, i_H, i_W)
        w = array(C_in, C_out/g, k_H, k_W)
        b = array(C_out)

    The sum runs over all input cells h, l and taps u, v that meet in the output cell i, j. What a convolution reads
    together this operator writes back: its matrix is the transpose of the convolution's. It does not undo it.

    Source:
        Dumoulin & Visin, 2016, section 4; torch.nn.ConvTranspose2d.

    Example:
        >>> conv_transpose_loops(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2).ravel().tolist()
        [1, 2, 13, 20, 30]
    """
    options: TransposedOptions = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    numpy_arrays(x=x, w=w, b=b)
    geometry = conv_transpose_geometry(x.shape, w.shape, bias_shape=shape_of(b), groups=groups, **options)
    result, add_up = accumulator(x, w, b)
    y = np.zeros(geometry.output_shape, dtype=add_up)
    if b is not None:
        y += b.reshape(-1, *(1,) * (x.ndim - 2)).astype(add_up)
    channels_a_group = x.shape[1] // groups
    for n, c, *h in np.ndindex(x.shape):
        first_output = (c // channels_a_group) * w.shape[1]
        for o, *u in np.ndindex(w.shape[1:]):
            axes = zip(geometry.stride, h, geometry.dilation, u, geometry.pads, strict=True)
            cell = [s * a + d * t - lo for s, a, d, t, (lo, _) in axes]
            if all(0 <= position < size for position, size in zip(cell, y.shape[2:], strict=True)):
                y[(n, first_output + o, *cell)] += add_up.type(x[(n, c, *h)]) * add_up.type(w[(c, o, *u)])
    return as_result(y, result)
