r"""Equal groups: the split–convolve–concatenate form, the block-diagonal form, and 1×1 kernels."""

from typing import Any

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric, numpy_arrays, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv


def grouped_conv_split(
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
    """Grouped convolution as model parallelism runs it: split the channels, convolve each part, concatenate.

    Definition:
        y[n, q*m + o, i, j] = b[q*m + o] + sum(
            w[q*m + o, c, u, v] * x[n, q*C_in/g + c, s*i + d*u - p, s*j + d*v - p]
            for c in range(C_in/g) for u in range(k_H) for v in range(k_W)
        )

        o — filter
        m — group width
        i_H (3..6)
        i_W (3..6)
        x = array(N, C_in, i_H, i_W, outside=0)
        w = array(g*m, C_in/g, k_H, k_W)
        b = array(g*m)
        q in range(g)
        o in range(m)

    The parts need nothing from each other, so each can be computed on a device of its own. Same arguments and result
    as `conv` with `groups`.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights; filters of one group are neighbours.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, channels that groups does not divide, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Krizhevsky, Sutskever & Hinton, 2012, section 3.5.

    Example:
        >>> x, w = np.arange(8).reshape(1, 4, 2), np.array([[[1], [10]], [[1], [10]]])
        >>> grouped_conv_split(x, w, groups=2)[0].tolist()
        [[20, 31], [64, 75]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    numpy_arrays(x=x, w=w, b=b)
    conv_geometry(x.shape, w.shape, bias_shape=shape_of(b), groups=groups, **options)
    result, add_up = accumulator(x, w, b)
    inputs = np.split(x.astype(add_up, copy=False), groups, axis=1)  # g × (N, C_in/g, *S)
    biases = [None] * groups if b is None else np.split(b, groups)  # g × (C_out/g,)
    outputs = [conv(*part, **options) for part in zip(inputs, np.split(w, groups), biases, strict=True)]
    return as_result(np.concatenate(outputs, axis=1), result)  # (N, C_out, *O)


def block_diagonal_weight(w: np.ndarray, groups: int) -> np.ndarray:
    """The dense weight of the same convolution without groups: the groups' weights as blocks, zeros elsewhere.

    Definition:
        W[o, c, u, v] = w[o, c - q*C_in/g, u, v] if c*g // C_in == q else 0
        q = o*g // C_out

        c — channel
        q — group
        W — block-diagonal
        w = array(C_out, C_in/g, k_H, k_W)

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in, *K)

    Args:
        w: Weight of the grouped convolution.
        groups: Number of groups; it must divide C_out.

    Raises:
        ValueError: a weight without spatial axis, or filters that groups does not divide.
        TypeError: a weight that is not a numeric array, groups that is not a whole number.

    Source:
        Ioannou et al., "Deep roots: improving CNN efficiency with hierarchical filter groups", 2017.

    Example:
        >>> block_diagonal_weight(np.array([[[1], [2]], [[3], [4]]]), groups=2)[..., 0].tolist()
        [[1, 2, 0, 0], [0, 0, 3, 4]]
    """
    filters, channels = block_shape(numeric("w", w), groups)
    dense = np.zeros((w.shape[0], channels * groups, *w.shape[2:]), dtype=w.dtype)
    for q in range(groups):
        block = slice(q * filters, (q + 1) * filters)
        dense[block, q * channels : (q + 1) * channels] = w[block]
    return dense


def block_shape(w: Any, groups: int) -> tuple[int, int]:
    """Filters and channels of one block, by shape alone. Serves NumPy and torch."""
    shape = checks.shape("w.shape", tuple(w.shape), layout="(C_out, C_in/groups, *K)")
    checks.whole("groups", groups, least=1)
    checks.divisible("C_out", shape[0], groups)
    return shape[0] // groups, shape[1]


def pointwise_grouped_conv(
    x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None, *, groups: int = 1, stride: Any = 1
) -> np.ndarray:
    """A 1×1 convolution whose channels mix within their group only: C_in · C_out / g weights.

    Definition:
        y[n, o, i, j] = b[o] + sum(w[o, c, 0, 0] * x[n, q*C_in/g + c, s*i, s*j] for c in range(C_in/g))
        q = o*g // C_out

        q — group
        x = array(N, C_in, i_H, i_W)
        w = array(C_out, C_in/g, 1, 1)
        b = array(C_out)

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, 1, …, 1)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights, one tap each.
        b: Bias, added to every cell of its output channel.
        groups: Number of groups of channels that do not meet.
        stride: Step between the cells that are read; int or one per axis.

    Raises:
        ValueError: a kernel of more than one tap, shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> x, w = np.arange(8).reshape(1, 4, 2), np.array([[[1], [10]], [[1], [10]]])
        >>> pointwise_grouped_conv(x, w, groups=2)[0].tolist()
        [[20, 31], [64, 75]]
    """
    options = {"stride": stride, "groups": groups}
    conv_geometry(x.shape, w.shape, bias_shape=shape_of(b), **options)
    refuse_wide(w)
    result, add_up = accumulator(x, w, b)
    return as_result(conv(x.astype(add_up, copy=False), w, b, **options), result)


def refuse_wide(w: Any) -> None:
    """Refuse a kernel of more than one tap."""
    if set(w.shape[2:]) != {1}:
        got: dict[str, Any] = {"w.shape": tuple(w.shape)}
        refuse("w must have one tap, shape (C_out, C_in/groups, 1, …, 1)", **got)
