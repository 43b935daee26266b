r"""Spatially separable convolution: one one-dimensional pass per axis instead of one full kernel."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric
from reference_impl.checks import refuse
from reference_impl.conv import conv, conv_loops
from reference_impl.separable.factors import checked_count, checked_factors, pass_order
from reference_impl.separable.kernels import separable_kernel


def spatially_separable_conv_loops(
    x: np.ndarray,
    factors: Sequence[np.ndarray],
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    r"""The definition: the convolution with the full kernel that the factors stand for, one product at a time.

    Definition:
        y[n, o, i, j] = b[o] + \sum_{u} \sum_{v} \left( \sum_{t=0}^{r-1} \alpha_t[u] \; \beta_t[v] \right)
        x\!\left[n, \, o, \; s i + d u - p, \; s j + d v - p\right]

        α — factors of the first spatial axis
        β — factors of the second spatial axis
        r — number of separable terms, often 1
        s — stride
        d — dilation
        p — padding before the first cell

    Shapes, arguments and errors are those of `spatially_separable_conv`, without `order`.

    Shapes:
        x:       (N, C_in, *S)
        factors: one (K,), (r, K) or (C, C', K) array per spatial axis
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        ValueError, TypeError: as `spatially_separable_conv`.

    Source:
        Jaderberg, Vedaldi & Zisserman, 2014, section 2.

    Example:
        >>> x = np.arange(9).reshape(1, 1, 3, 3)
        >>> spatially_separable_conv_loops(x, [np.array([1, 1]), np.array([1, -1])])[0, 0].tolist()
        [[-2, -2], [-2, -2]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    _checked_passes("spatially_separable_conv_loops", x, factors, b, order=None, **options)
    kernel = separable_kernel(factors)  # (*K) or (C_out, C_in, *K)
    if kernel.ndim == x.ndim:
        return conv_loops(x, kernel, b, **options)
    shared = np.broadcast_to(kernel, (x.shape[1], 1, *kernel.shape))  # (C, 1, *K): each channel by itself
    return conv_loops(x, shared, b, groups=x.shape[1], **options)


def spatially_separable_conv(
    x: np.ndarray,
    factors: Sequence[np.ndarray],
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    order: Sequence[int] | None = None,
) -> np.ndarray:
    r"""Convolution with a separable kernel, as one one-dimensional pass per spatial axis.

    The factors come in one of three forms, one array per spatial axis:

    - `(K,)`: one separable kernel, laid over every channel by itself, as image filters do.
    - `(r, K)`: the sum of r separable kernels, laid over every channel by itself. `separate_kernel` gives both forms.
    - `(C, C', K)`: the layers of a network. The pass along that axis turns C' channels into C, as in the 1×7 and 7×1
      layers of Inception-v3; the full kernel is then the sum of as many terms as there are channels between.

    Stride, padding and dilation act in the pass of their axis, so the result equals `conv` with `separable_kernel`.

    Shapes:
        x:       (N, C_in, *S)
        factors: one (K,), (r, K) or (C, C', K) array per spatial axis
        b:       (C_out,); C_out = C_in in the first two forms
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
        factors: One array per spatial axis, in the order of the axes.
        b: Bias, added once, after the last pass.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        order: Spatial axes in the order of their passes; (1, 0) runs along the width first. The result is the same
            for the first two forms, the cost need not be; in the third form the channels must fit in this order.

    Raises:
        ValueError: factors that do not fit the input or each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Jaderberg, Vedaldi & Zisserman, 2014, section 2; Szegedy et al., 2016, section 3.2.

    Example:
        >>> sobel = [np.array([1, 2, 1]), np.array([-1, 0, 1])]
        >>> spatially_separable_conv(np.arange(25).reshape(1, 1, 5, 5), sobel)[0, 0].tolist()
        [[8, 8, 8], [8, 8, 8], [8, 8, 8]]
    """
    name = "spatially_separable_conv"
    options = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    passes = _checked_passes(name, x, factors, b, order=order, **options)
    result, add_up = accumulator(x, *factors, b)
    y = x.astype(add_up, copy=False)
    for one in passes:
        options = {"stride": one.stride, "padding": one.pads, "dilation": one.dilation, "groups": one.groups}
        y = conv(y, one.w.astype(add_up, copy=False), **options, padding_mode=padding_mode)
    if b is not None:
        y = y + b.astype(add_up).reshape(-1, *(1,) * (x.ndim - 2))  # (C_out, 1, …)
    return as_result(name, y, result)


class Pass(NamedTuple):
    """One one-dimensional pass, ready for `conv`: everything but its own axis is left alone."""

    w: np.ndarray  # (C, C'/groups, 1, …, K, …, 1)
    groups: int
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]


def _checked_passes(
    function: str,
    x: np.ndarray,
    factors: Sequence[np.ndarray],
    b: np.ndarray | None,
    *,
    stride: Any,
    padding: Any,
    dilation: Any,
    padding_mode: str,
    order: Sequence[int] | None,
) -> list[Pass]:
    """Refuse what does not fit; return the passes in their order. Errors name `function`."""
    numeric(function, "x", x)
    checks.shape(function, "x.shape", x.shape, layout="(N, C_in, *S)")
    axes = x.ndim - 2
    order = pass_order(function, order, axes)
    if checked_count(function, factors) != axes:
        refuse(function, f"there must be one factor per spatial axis, here {axes}", factors=len(factors))
    arrays = checked_factors(function, factors, order)
    weights, groups = _pass_weights(arrays, x.shape[1], order)
    kernel = tuple(array.shape[-1] for array in arrays)
    filters = weights[-1].shape[0]
    full = (filters, arrays[order[0]].shape[1] if arrays[0].ndim == 3 else x.shape[1], *kernel)
    if full[1] != x.shape[1]:
        refuse(function, "the first pass must take the channels of x", **{"x.shape": x.shape, "C'": full[1]})
    geometry = conv_geometry(function, x.shape, full, stride=stride, padding=padding, dilation=dilation)
    if b is not None:
        numeric(function, "b", b)
        checks.bias_shape(function, b, filters)
    checks.padding_fits(function, padding_mode, geometry[2], x.shape[2:])
    return [_one_pass(axis, w, g, *geometry[1:]) for axis, w, g in zip(order, weights, groups, strict=True)]


def _one_pass(axis: int, w: np.ndarray, groups: int, stride: Any, pads: Any, dilation: Any) -> Pass:
    """The pass along `axis`: its own stride, padding and dilation there, 1 and 0 elsewhere."""
    axes = range(len(stride))
    here = [1 if other != axis else w.shape[-1] for other in axes]
    return Pass(
        w.reshape(*w.shape[:2], *here),  # (C, C'/groups, 1, …, K, …, 1)
        groups,
        tuple(stride[a] if a == axis else 1 for a in axes),
        tuple(pads[a] if a == axis else (0, 0) for a in axes),
        tuple(dilation[a] if a == axis else 1 for a in axes),
    )


def _pass_weights(
    factors: Sequence[np.ndarray], channels: int, order: Sequence[int]
) -> tuple[list[np.ndarray], list[int]]:
    """Weights (C, C'/groups, K) and groups of the passes, in `order`.

    r terms over C channels: the first pass opens C·r maps, the passes between keep them apart, the last adds up each r.
    """
    if factors[0].ndim == 3:
        return [factors[axis] for axis in order], [1] * len(order)
    terms = [np.atleast_2d(factors[axis]) for axis in order]  # (r, K) each
    rank = len(terms[0])
    weights = [np.tile(term, (channels, 1))[:, None] for term in terms]  # (C·r, 1, K)
    groups = [channels] + [channels * rank] * (len(terms) - 1)
    if len(terms) > 1:
        weights[-1] = weights[-1].reshape(channels, rank, -1)  # (C, r, K)
        groups[-1] = channels
    else:
        weights[0] = np.tile(terms[0].sum(axis=0), (channels, 1))[:, None]  # (C, 1, K): one axis, terms simply add
    return weights, groups
