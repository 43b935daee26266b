"""Two other ways to see a transposed convolution: as a matrix, and as a convolution of a spread-out input."""

from collections.abc import Sequence

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_output_shape, conv_transpose_geometry
from reference_impl.arrays import accumulator, as_result, either, numeric, numpy_arrays, pad, shape_of
from reference_impl.conv import conv, conv_matrix
from reference_impl.types import Array, GroupedOptions, Padding, PerAxis, TransposedOptions


def conv_transpose_matrix(
    w: np.ndarray,
    input_size: int | Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> np.ndarray:
    """The matrix Cᵀ with `conv_transpose(x, w)[n].ravel() == Cᵀ @ x[n].ravel()`; C is the matrix of `conv`.

    Shapes:
        w:       (C_in, C_out/groups, *K)
        returns: (C_out·∏O, C_in·∏S)

    Args:
        w: Weights, input channels first.
        input_size: Spatial size of the input of the transposed convolution; int or one per axis.
        stride: Output cells from one stamp to the next; int or one per axis.
        padding: Output cells cut off: int, one per axis, or (lo, hi) pairs per axis.
        output_padding: Output cells kept in addition at the end; int or one per axis.
        dilation: Step between taps, in output cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 4.1.

    Example:
        >>> conv_transpose_matrix(np.array([[[1, 2]]]), 2).tolist()
        [[1, 0], [2, 1], [0, 2]]
    """
    w_shape = checks.shape("w.shape", numeric("w", w).shape, layout="(C_in, C_out/groups, *K)")
    spatial = checks.per_axis("input_size", input_size, len(w_shape) - 2, least=1)
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    output, *_, cuts, _ = conv_transpose_geometry(
        (1, w_shape[0], *spatial), w_shape, **options, output_padding=output_padding
    )
    matrix = conv_matrix(w, output[2:], **{**options, "padding": cuts})  # (C_in·∏S', C_out·∏O)
    windows = conv_output_shape(output, w_shape, **{**options, "padding": cuts})[2:]  # S' > S where a ≥ s
    rows = matrix.reshape(w_shape[0], *windows, -1)[(slice(None), *map(slice, spatial))]
    return rows.reshape(-1, matrix.shape[1]).T


def conv_transpose_by_zero_insertion(
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
    """Transposed convolution as an ordinary one with stride 1: spread the input, flip the kernel, swap its channels.

    Shapes, arguments and errors are those of `conv_transpose`.

    Same arguments as `conv_transpose_loops`, and the same result up to rounding, at about ∏s times the
    multiplications: the others are by inserted zeros.
    The convolution is padded by d(k − 1) − p, so a larger `padding` of the transposed convolution pads less.

    Source:
        Dumoulin & Visin, 2016, sections 4.2 to 4.6.

    Example:
        >>> conv_transpose_by_zero_insertion(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2).ravel().tolist()
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
    spread = insert_zeros(x.astype(add_up, copy=False), geometry.stride)  # (N, C_in, *(s(S − 1) + 1))
    sizes = zip(spread.shape[2:], w.shape[2:], geometry.output_shape[2:], geometry.pads, geometry.dilation, strict=True)
    sides = [(d * (k - 1) - lo, o + lo - size) for size, k, o, (lo, _), d in sizes]  # hi = d(k − 1) − p_hi + a
    padded = pad(spread, [(max(lo, 0), max(hi, 0)) for lo, hi in sides])
    inside = (slice(max(-lo, 0), size - max(-hi, 0)) for (lo, hi), size in zip(sides, padded.shape[2:], strict=True))
    kernel = w.astype(add_up, copy=False).reshape(groups, -1, *w.shape[1:])  # (g, C_in/g, C_out/g, *K)
    kernel = np.flip(kernel, axis=tuple(range(3, kernel.ndim))).swapaxes(1, 2)  # (g, C_out/g, C_in/g, *K)
    kernel = kernel.reshape(-1, *kernel.shape[2:])  # (C_out, C_in/g, *K)
    bias = None if b is None else b.astype(add_up)
    y = conv(padded[(..., *inside)], kernel, bias, dilation=dilation, groups=groups)
    return as_result(y, result)


def insert_zeros(x: Array, step: PerAxis) -> Array:
    """Put step − 1 zeros between neighbours along every spatial axis, none at the ends.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C, *(step·(S − 1) + 1))

    Args:
        x: An input to spread by a stride, or a kernel to spread by a dilation; a NumPy array or a torch tensor.
        step: Cells from one number to the next; int or one per axis.

    Raises:
        ValueError: a wrong rank or a step below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 4.5.

    Example:
        >>> insert_zeros(np.array([[[1, 2, 3]]]), 3).ravel().tolist()
        [1, 0, 0, 2, 0, 0, 3]
    """
    either(x=x)
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C, *S)")
    steps = checks.per_axis("step", step, len(shape) - 2, least=1)
    checks.holdable((*shape[:2], *(s * size for s, size in zip(steps, shape[2:], strict=True))))
    apart = x.reshape(*shape[:2], *(part for size in shape[2:] for part in (size, 1)))  # (N, C, S, 1, …)
    spread = pad(apart, [pair for s in steps for pair in ((0, 0), (0, s - 1))])  # (N, C, S, step, …)
    spread = spread.reshape(*shape[:2], *(s * size for s, size in zip(steps, shape[2:], strict=True)))
    ends = (slice(s * (size - 1) + 1) for s, size in zip(steps, shape[2:], strict=True))
    return spread[(..., *ends)]
