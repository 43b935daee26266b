"""Depthwise separable convolution: a kernel per channel over space, and a 1×1 convolution that mixes the channels."""

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, numpy_arrays, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv, conv_loops
from reference_impl.separable.pair import checked_channels, full_kernel
from reference_impl.types import Array, PaddedOptions, Padding, PerAxis, Shaped


def depthwise_conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> Array:
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
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
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
    either(x=x, w=w, b=b)
    x_shape, w_shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C, *S)"), tuple(w.shape)
    if len(w_shape) != len(x_shape) or w_shape[1] != 1 or not w_shape[0] or w_shape[0] % x_shape[1]:
        got = {"x.shape": x_shape, "w.shape": w_shape}
        refuse("w must have shape (m·C, 1, *K), a multiple of the channels of x", **got)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    return conv(x, w, b, groups=x_shape[1], **options)


def depthwise_separable_conv_loops(
    x: np.ndarray,
    depthwise_weight: np.ndarray,
    pointwise_weight: np.ndarray,
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    order: str = "depthwise_first",
) -> np.ndarray:
    """The definition: the convolution with the full kernel that the two weights stand for, one product at a time.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            B[o, c, 0, 0] * A[c, 0, u, v] * x[n, c, s*i + d*u - p, s*j + d*v - p]
            for c in range(C_in) for u in range(k_H) for v in range(k_W)
        )

        c — channel
        i_H (3..8)
        i_W (3..8)
        x = array(N, C_in, i_H, i_W, outside=0)
        A = array(C_in, 1, k_H, k_W)
        B = array(C_out, C_in, 1, 1)
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
    numpy_arrays(x=x, depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight, b=b)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    _check(x, depthwise_weight, pointwise_weight, b, order, options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    x, depthwise, pointwise = (cast(array, add_up) for array in (x, depthwise_weight, pointwise_weight))
    kernel = full_kernel(depthwise, pointwise, len(depthwise) // x.shape[1], order)
    return as_result(conv_loops(x, kernel, b, **options), result)


def depthwise_separable_conv(
    x: Array,
    depthwise_weight: Array,
    pointwise_weight: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    order: str = "depthwise_first",
) -> Array:
    """A depthwise convolution and a 1×1 convolution, one after the other.

    Shapes, depthwise first:  x (N, C_in, *S) → (N, m·C_in, *O) → (N, C_out, *O)
    Shapes, pointwise first:  x (N, C_in, *S) → (N, C_mid, *S) → (N, C_out, *O) with C_out = m·C_mid

    Shapes:
        x:                (N, C_in, *S)
        depthwise_weight: (m·C_in, 1, *K); pointwise first: (C_out, 1, *K)
        pointwise_weight: (C_out, m·C_in, 1, …, 1); pointwise first: (C_mid, C_in, 1, …, 1)
        b:                (C_out,)
        returns:          (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
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
    either(x=x, depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight, b=b)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    _check(x, depthwise_weight, pointwise_weight, b, order, options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    y, depthwise, pointwise, b = (cast(array, add_up) for array in (x, depthwise_weight, pointwise_weight, b))
    if order == "pointwise_first":
        y = conv(y, pointwise)  # (N, C_mid, *S)
        return as_result(depthwise_conv(y, depthwise, b, **options), result)
    y = depthwise_conv(y, depthwise, **options)  # (N, m·C_in, *O)
    return as_result(conv(y, pointwise, b), result)


def _check(
    x: Shaped, depthwise: Shaped, pointwise: Shaped, b: Shaped | None, order: str, options: PaddedOptions
) -> None:
    """Refuse a pair of weights, a bias or options that do not fit x."""
    x_shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    channels, filters = checked_channels(depthwise, pointwise, order)
    rest = channels % x_shape[1] if order == "depthwise_first" else channels - x_shape[1]
    if len(x_shape) != depthwise.ndim or rest:
        got = {"x.shape": x_shape, "depthwise_weight.shape": tuple(depthwise.shape)}
        got["pointwise_weight.shape"] = tuple(pointwise.shape)
        refuse("the first weight must take the channels of x and have as many axes", **got, order=order)
    conv_geometry(x_shape, (filters, x_shape[1], *depthwise.shape[2:]), bias_shape=shape_of(b), **options)
