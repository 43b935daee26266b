r"""Depthwise separable convolution: a kernel per channel over space, and a 1×1 convolution that mixes the channels."""

from typing import Any

import numpy as np

from reference_impl.arrays import accumulator, as_result, numeric
from reference_impl.checks import refuse, whole
from reference_impl.conv import conv, conv_loops
from reference_impl.separable.channel_checks import check_depthwise, check_separable, separable_channels


def depthwise_conv(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Convolution in which every channel meets its own kernels only: as many groups as channels.

    Definition:
        y[n, m*c + j, i_1, i_2] = b[m*c + j] + sum(
            w[m*c + j, 0, u, v] * x[n, c, s*i_1 + d*u - p, s*i_2 + d*v - p]
            for u in range(k_H) for v in range(k_W)
        )

        c — channel
        j — kernel of a channel
        m — depth_multiplier
        i_H (3..8)
        i_W (3..8)
        x = array(N, C, i_H, i_W, outside=0)
        w = array(m*C, 1, k_H, k_W)
        b = array(m*C)
        c in range(C)
        j in range(m)

    Shapes:
        x:       (N, C, *S)
        w:       (m·C, 1, *K), the m kernels of a channel next to each other
        b:       (m·C,)
        returns: (N, m·C, *O)

    Args:
        x: Input of whole, real or complex numbers.
        w: One kernel per output channel; their number is a multiple of C.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1, equation 3.

    Example:
        >>> two_channels = np.array([[[1, 2, 3], [4, 5, 6]]])
        >>> depthwise_conv(two_channels, np.array([[[1, 1]], [[-1, 1]]]))[0].tolist()
        [[3, 5], [1, 1]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    _numbers(x=x, w=w, b=b)
    check_depthwise(x, w, b, padding_mode, options)
    result, add_up = accumulator(x, w, b)
    y = conv(x.astype(add_up, copy=False), w, b, groups=x.shape[1], padding_mode=padding_mode, **options)
    return as_result(y, result)


def depthwise_separable_kernel(
    depthwise_weight: np.ndarray,
    pointwise_weight: np.ndarray,
    *,
    depth_multiplier: int = 1,
    order: str = "depthwise_first",
) -> np.ndarray:
    """The full convolution kernel that a depthwise and a pointwise weight stand for.

    Definition:
        w[o, c, u, v] = sum(P[o, m*c + j, 0, 0] * D[m*c + j, 0, u, v] for j in range(m))

        c — channel
        j — kernel of a channel
        w — whole kernel
        D = array(m*C_in, 1, k_H, k_W)
        P = array(C_out, m*C_in, 1, 1)

    Shapes:
        depthwise_weight: (m·C, 1, *K)
        pointwise_weight: (C', C'', 1, …, 1)
        returns:          (C_out, C_in, *K)

    Args:
        depthwise_weight: One kernel per channel, or m of them.
        pointwise_weight: A 1×1 kernel.
        depth_multiplier: Kernels per channel; pointwise first it follows from the shapes and is not read.
        order: "depthwise_first" (MobileNet) or "pointwise_first" (Xception's text), as in `depthwise_separable_conv`.

    Raises:
        ValueError: weights that do not fit each other in this order; a kernel of whole numbers too large for their
            dtype.
        TypeError: a weight that is not a numeric array.

    Source:
        Howard et al., 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> depthwise = np.array([[[1, 2]], [[3, 4]]])
        >>> depthwise_separable_kernel(depthwise, np.array([[[1], [10]]])).tolist()
        [[[1, 2], [30, 40]]]
    """
    _numbers(depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight)
    separable_channels(depthwise_weight, pointwise_weight, order)
    m = whole("depth_multiplier", depth_multiplier, least=1)
    if len(depthwise_weight) % m:
        got = {"depthwise_weight.shape": depthwise_weight.shape, "depth_multiplier": m}
        refuse("depthwise_weight must hold depth_multiplier kernels per channel", **got)
    result, add_up = accumulator(depthwise_weight, pointwise_weight)
    return as_result(_full_kernel(depthwise_weight, pointwise_weight, m, order, add_up), result)


def _full_kernel(
    depthwise_weight: np.ndarray, pointwise_weight: np.ndarray, m: int, order: str, dtype: np.dtype
) -> np.ndarray:
    """`depthwise_separable_kernel` of checked weights, computed and returned in `dtype`."""
    mix = pointwise_weight.reshape(pointwise_weight.shape[:2]).astype(dtype, copy=False)  # (C', C'')
    kernels = depthwise_weight[:, 0].astype(dtype, copy=False)  # (m·C, *K)
    if order == "pointwise_first":
        repeated = np.repeat(mix, len(kernels) // len(mix), axis=0)  # (C_out, C_in)
        return np.einsum("oc,o...->oc...", repeated, kernels)
    terms = np.einsum("om,m...->om...", mix, kernels)  # (C_out, m·C_in, *K)
    return terms.reshape(len(mix), -1, m, *kernels.shape[1:]).sum(axis=2)  # (C_out, C_in, *K)


def depthwise_separable_conv_loops(
    x: np.ndarray,
    depthwise_weight: np.ndarray,
    pointwise_weight: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    order: str = "depthwise_first",
) -> np.ndarray:
    """The definition: the convolution with the full kernel that the two weights stand for, one product at a time.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            P[o, c, 0, 0] * D[c, 0, u, v] * x[n, c, s*i + d*u - p, s*j + d*v - p]
            for c in range(C_in) for u in range(k_H) for v in range(k_W)
        )

        c — channel
        i_H (3..8)
        i_W (3..8)
        x = array(N, C_in, i_H, i_W, outside=0)
        D = array(C_in, 1, k_H, k_W)
        P = array(C_out, C_in, 1, 1)
        b = array(C_out)

    Shapes, arguments and errors are those of `depthwise_separable_conv`.

    Shapes:
        x:                (N, C_in, *S)
        depthwise_weight: (m·C, 1, *K)
        pointwise_weight: (C', C'', 1, …, 1)
        b:                (C_out,)
        returns:          (N, C_out, *O)

    Raises:
        ValueError, TypeError: as `depthwise_separable_conv`.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1.

    Example:
        >>> x, depthwise = np.array([[[1, 2, 3], [4, 5, 6]]]), np.array([[[1, 1]], [[-1, 1]]])
        >>> depthwise_separable_conv_loops(x, depthwise, np.array([[[1], [10]]])).tolist()
        [[[13, 15]]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    weights = {"depthwise_weight": depthwise_weight, "pointwise_weight": pointwise_weight}
    _numbers(x=x, **weights, b=b)
    check_separable(x, depthwise_weight, pointwise_weight, b, order=order, padding_mode=padding_mode, options=options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    kernel = _full_kernel(depthwise_weight, pointwise_weight, len(depthwise_weight) // x.shape[1], order, add_up)
    y = conv_loops(x.astype(add_up, copy=False), kernel, b, padding_mode=padding_mode, **options)
    return as_result(y, result)


def depthwise_separable_conv(
    x: np.ndarray,
    depthwise_weight: np.ndarray,
    pointwise_weight: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    order: str = "depthwise_first",
) -> np.ndarray:
    r"""A depthwise convolution and a 1×1 convolution, one after the other.

    Shapes, depthwise first:  x (N, C_in, *S) → (N, m·C_in, *O) → (N, C_out, *O)
    Shapes, pointwise first:  x (N, C_in, *S) → (N, C_mid, *S) → (N, C_out, *O) with C_out = m·C_mid

    Shapes:
        x:                (N, C_in, *S)
        depthwise_weight: (m·C_in, 1, *K); pointwise first: (C_out, 1, *K)
        pointwise_weight: (C_out, m·C_in, 1, …, 1); pointwise first: (C_mid, C_in, 1, …, 1)
        b:                (C_out,)
        returns:          (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        depthwise_weight: m kernels per channel; m is the depth multiplier.
        pointwise_weight: A 1×1 kernel that mixes the channels.
        b: Bias, added once, at the end.
        stride: Step of the depthwise windows, in input cells; int or one per axis.
        padding: Cells outside for the depthwise pass, in any form that `conv` takes.
        dilation: Step between the depthwise taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        order: "depthwise_first" (MobileNet) or "pointwise_first" (Xception's text).

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> x, depthwise = np.array([[[1, 2, 3], [4, 5, 6]]]), np.array([[[1, 1]], [[-1, 1]]])
        >>> depthwise_separable_conv(x, depthwise, np.array([[[1], [10]]])).tolist()
        [[[13, 15]]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    weights = {"depthwise_weight": depthwise_weight, "pointwise_weight": pointwise_weight}
    _numbers(x=x, **weights, b=b)
    check_separable(x, depthwise_weight, pointwise_weight, b, order=order, padding_mode=padding_mode, options=options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    y, depthwise, pointwise = (array.astype(add_up, copy=False) for array in (x, *weights.values()))
    if order == "pointwise_first":
        y = conv(y, pointwise)  # (N, C_mid, *S)
        return as_result(depthwise_conv(y, depthwise, b, padding_mode=padding_mode, **options), result)
    y = depthwise_conv(y, depthwise, padding_mode=padding_mode, **options)  # (N, m·C_in, *O)
    return as_result(conv(y, pointwise, b), result)


def _numbers(**arrays: np.ndarray | None) -> None:
    """Refuse whatever is not a numeric array; a bias may be missing."""
    for name, array in arrays.items():
        if array is not None or name != "b":
            numeric(name, array)
