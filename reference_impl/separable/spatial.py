"""Spatially separable convolution: one one-dimensional pass per axis instead of one full kernel."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_impl.arrays import accumulator, as_result, cast, either, library, numpy_arrays
from reference_impl.conv import conv, conv_loops
from reference_impl.separable.factors import Factors, checked_passes, named_factors, sorted_factors
from reference_impl.types import Array, GroupedOptions, PaddedOptions, Padding, PerAxis


def spatially_separable_conv_loops(
    x: np.ndarray,
    factors: Sequence[Any],
    b: np.ndarray | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    order: Sequence[int] | None = None,
) -> np.ndarray:
    """The definition: the convolution with the full kernel that the factors stand for, one product at a time.

    Definition:
        y[n, o, i, j] = b[o] + sum(
            sum(α_[t][u] * β_[t][v] for t in range(r)) * x[n, o, s*i + d*u - p, s*j + d*v - p]
            for u in range(k_H) for v in range(k_W)
        )

        o — channel
        t — term
        r — rank
        i_H (3..8)
        i_W (3..8)
        x = array(N, C, i_H, i_W, outside=0)
        α_ = [array(k_H) for t in range(r)]
        β_ = [array(k_W) for t in range(r)]
        factors = [[α_[t], β_[t]] for t in range(r)]
        b = array(C)

    Shapes, arguments and errors are those of `spatially_separable_conv`.

    Shapes:
        x:       (N, C_in, *S)
        factors: one (K,) per spatial axis, a list of such terms, or one (C, C', K) per spatial axis
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
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    arrays = named_factors(factors)
    numpy_arrays(x=x, **arrays, b=b)
    known = sorted_factors(factors, order)
    checked_passes(x, known, b, **options)
    result, add_up = accumulator(x, *arrays.values(), b)
    kernel, groups = known.cast(add_up).kernel(), 1  # (*K) or (C_out, C_in, *K)
    if known.terms:
        groups = x.shape[1]
        kernel = np.broadcast_to(kernel, (groups, 1, *kernel.shape))  # (C, 1, *K): each channel by itself
    return as_result(conv_loops(cast(x, add_up), kernel, b, groups=groups, **options), result)


def spatially_separable_conv(
    x: Array,
    factors: Sequence[Any],
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    order: Sequence[int] | None = None,
) -> Array:
    """Convolution with a separable kernel, as one one-dimensional pass per spatial axis.

    The factors come in one of three forms:

    - `[column, row]`: one array (K,) per axis. The kernel lies over every channel by itself, as an image filter does.
    - `[(column, row), (column, row)]`: a sum of such terms, as `separate_kernel` gives them.
    - one array `(C, C', K)` per axis: the layers of a network. The pass along that axis turns C' channels into C, as
      the 1×7 and 7×1 layers of Inception-v3 do; the full kernel has at most as many terms as there are
      channels between.

    Stride, padding and dilation act in the pass of their axis, so the result equals `conv` with `separable_kernel`.

    Shapes:
        x:       (N, C_in, *S)
        factors: one (K,) per spatial axis, a list of such terms, or one (C, C', K) per spatial axis
        b:       (C_out,); C_out = C_in in the first two forms
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        factors: Factors in the order of the axes, in one of the three forms.
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
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    arrays = named_factors(factors)
    either(x=x, **arrays, b=b)
    known = sorted_factors(factors, order)
    passes = checked_passes(x, known, b, **options)
    result, add_up = accumulator(x, *arrays.values(), b)
    y, biases = cast(x, add_up), [None] * (len(passes) - 1) + [cast(b, add_up)]
    for one, bias, w, groups in zip(passes, biases, *_pass_weights(known.cast(add_up), x.shape[1]), strict=True):
        w = w.reshape(*w.shape[:2], *one.kernel_size)  # (C, C'/groups, 1, …, K, …, 1)
        own: GroupedOptions = {
            "stride": one.stride,
            "padding": one.padding,
            "dilation": one.dilation,
            "groups": groups,
        }
        y = conv(y, w, bias, **own, padding_mode=padding_mode)
    return as_result(y, result)


def _pass_weights(factors: Factors, channels: int) -> tuple[list[Any], list[int]]:
    """Weights (C, C'/groups, K) and groups of the passes.

    r terms over C channels: the first pass opens C·r maps, the passes between keep them apart, the last adds up each r.
    """
    if factors.layers:
        return [factors.layers[axis] for axis in factors.order], [1] * len(factors.order)
    of = library(factors.terms[0][0])
    stacked = [of.stack([term[axis] for term in factors.terms]) for axis in factors.order]  # (r, K) each
    weights = [of.tile(factor, (channels, 1))[:, None] for factor in stacked]  # (C·r, 1, K)
    groups = [channels] + [channels * len(factors.terms)] * (len(stacked) - 1)
    if len(stacked) > 1:
        weights[-1] = weights[-1].reshape(channels, len(factors.terms), -1)  # (C, r, K)
    else:
        weights[-1] = of.tile(stacked[0].sum(0), (channels, 1))[:, None]  # (C, 1, K): one axis, terms just add
    return weights, [*groups[:-1], channels]
