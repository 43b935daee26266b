"""Depthwise separable convolution: a kernel per channel over space, and a 1×1 convolution that mixes the channels."""

from typing import Any

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, library, numpy_arrays, shape_of
from reference_impl.checks import refuse, whole
from reference_impl.conv import conv, conv_loops
from reference_impl.types import Array, Padding, PerAxis

ORDERS = ("depthwise_first", "pointwise_first")


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
        got: dict[str, Any] = {"x.shape": x_shape, "w.shape": w_shape}
        refuse("w must have shape (m·C, 1, *K), a multiple of the channels of x", **got)
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    return conv(x, w, b, groups=x_shape[1], **options)


def depthwise_separable_kernel(
    depthwise_weight: Array,
    pointwise_weight: Array,
    *,
    depth_multiplier: int = 1,
    order: str = "depthwise_first",
) -> Array:
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
        depthwise_weight: One kernel per channel, or m of them; a NumPy array or a torch tensor.
        pointwise_weight: A 1×1 kernel.
        depth_multiplier: Kernels per channel; pointwise first it follows from the shapes and is not read.
        order: "depthwise_first" (MobileNet) or "pointwise_first" (Xception's text), as in `depthwise_separable_conv`.

    Raises:
        ValueError: weights that do not fit each other in this order; a kernel of whole numbers too large for their
            dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> depthwise = np.array([[[1, 2]], [[3, 4]]])
        >>> depthwise_separable_kernel(depthwise, np.array([[[1], [10]]])).tolist()
        [[[1, 2], [30, 40]]]
    """
    either(depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight)
    _channels(depthwise_weight, pointwise_weight, order)
    m = whole("depth_multiplier", depth_multiplier, least=1)
    if len(depthwise_weight) % m:
        got: dict[str, Any] = {"depthwise_weight.shape": tuple(depthwise_weight.shape), "depth_multiplier": m}
        refuse("depthwise_weight must hold depth_multiplier kernels per channel", **got)
    result, add_up = accumulator(depthwise_weight, pointwise_weight)
    return as_result(_full_kernel(cast(depthwise_weight, add_up), cast(pointwise_weight, add_up), m, order), result)


def _full_kernel(depthwise: Any, pointwise: Any, m: int, order: str) -> Any:
    """`depthwise_separable_kernel` of checked weights, in their dtype."""
    (mixed, channels, *_), kernel = pointwise.shape, depthwise.shape[2:]
    if order == "pointwise_first":
        terms = mixed, -1, *kernel  # (C_mid, m, *K)
        whole_kernel = library(pointwise).einsum(
            "oc,om...->omc...", pointwise.reshape(mixed, channels), depthwise.reshape(*terms)
        )
        return whole_kernel.reshape(-1, channels, *kernel)  # (C_out, C_in, *K)
    terms = channels // m, m, *kernel  # (C_in, m, *K)
    return library(pointwise).einsum("ocm,cm...->oc...", pointwise.reshape(mixed, -1, m), depthwise.reshape(*terms))


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
    numpy_arrays(x=x, depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight, b=b)
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    _check(x, depthwise_weight, pointwise_weight, b, order, options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    x, depthwise, pointwise = (cast(array, add_up) for array in (x, depthwise_weight, pointwise_weight))
    kernel = _full_kernel(depthwise, pointwise, len(depthwise) // x.shape[1], order)
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
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    _check(x, depthwise_weight, pointwise_weight, b, order, options)
    result, add_up = accumulator(x, depthwise_weight, pointwise_weight, b)
    y, depthwise, pointwise, b = (cast(array, add_up) for array in (x, depthwise_weight, pointwise_weight, b))
    if order == "pointwise_first":
        y = conv(y, pointwise)  # (N, C_mid, *S)
        return as_result(depthwise_conv(y, depthwise, b, **options), result)
    y = depthwise_conv(y, depthwise, **options)  # (N, m·C_in, *O)
    return as_result(conv(y, pointwise, b), result)


def _channels(depthwise: Any, pointwise: Any, order: str) -> tuple[int, int]:
    """Channels that the pair takes (depthwise first: times the multiplier) and gives, if its weights fit each other."""
    checks.one_of("order", order, ORDERS)
    d_shape = checks.shape("depthwise_weight.shape", tuple(depthwise.shape), layout="(m·C, 1, *K)")
    p_shape = checks.shape("pointwise_weight.shape", tuple(pointwise.shape), layout="(C', C'', 1, …, 1)")
    got = {"depthwise_weight.shape": d_shape, "pointwise_weight.shape": p_shape, "order": order}
    if d_shape[1] != 1 or not d_shape[0]:
        refuse("depthwise_weight must have shape (m·C, 1, *K) and hold at least one kernel", **got)
    if len(p_shape) != len(d_shape) or any(taps != 1 for taps in p_shape[2:]) or not p_shape[0]:
        refuse("pointwise_weight must be a 1×1 kernel (C', C'', 1, …, 1) with as many axes", **got)
    if order == "depthwise_first":
        if d_shape[0] != p_shape[1]:
            refuse("pointwise_weight must take the channels that depthwise_weight gives", **got)
        return d_shape[0], p_shape[0]  # m·C_in: the multiplier m shows only beside x
    if d_shape[0] % p_shape[0]:
        refuse("depthwise_weight must have a multiple of the channels that pointwise_weight gives", **got)
    return p_shape[1], d_shape[0]


def _check(x: Any, depthwise: Any, pointwise: Any, b: Any, order: str, options: dict[str, Any]) -> None:
    """Refuse a pair of weights, a bias or options that do not fit x."""
    x_shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    channels, filters = _channels(depthwise, pointwise, order)
    rest = channels % x_shape[1] if order == "depthwise_first" else channels - x_shape[1]
    if len(x_shape) != depthwise.ndim or rest:
        got: dict[str, Any] = {"x.shape": x_shape, "depthwise_weight.shape": tuple(depthwise.shape)}
        got["pointwise_weight.shape"] = tuple(pointwise.shape)
        refuse("the first weight must take the channels of x and have as many axes", **got, order=order)
    conv_geometry(x_shape, (filters, x_shape[1], *depthwise.shape[2:]), bias_shape=shape_of(b), **options)
