"""Spatially separable convolution in torch: one one-dimensional pass per axis."""

from collections.abc import Sequence
from typing import Any

import torch

from reference_impl.conv.torch import conv_torch
from reference_impl.separable.factors import Factors, checked_factors, checked_passes
from reference_impl.tensors import numeric, together


def spatially_separable_conv_torch(
    x: torch.Tensor,
    factors: Sequence[Any],
    b: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    order: Sequence[int] | None = None,
) -> torch.Tensor:
    """Convolution with a separable kernel, as one one-dimensional pass per spatial axis; differentiable.

    Same forms of factors, arguments and result as `separable.spatially_separable_conv`.

    Shapes:
        x:       (N, C_in, *S)
        factors: one (K,) per spatial axis, a list of such terms, or one (C, C', K) per spatial axis
        b:       (C_out,); C_out = C_in in the first two forms
        returns: (N, C_out, *O)

    Args:
        x: Input.
        factors: Factors in the order of the axes, in one of the three forms.
        b: Bias, added once, after the last pass.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        order: Spatial axes in the order of their passes.

    Raises:
        ValueError: factors that do not fit the input or each other, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Jaderberg, Vedaldi & Zisserman, 2014, section 2; Szegedy et al., 2016, section 3.2.

    Example:
        >>> sobel = [torch.tensor([1.0, 2.0, 1.0]), torch.tensor([-1.0, 0.0, 1.0])]
        >>> spatially_separable_conv_torch(torch.arange(25.0).reshape(1, 1, 5, 5), sobel)[0, 0, 0].tolist()
        [8.0, 8.0, 8.0]
    """
    checked = checked_factors(factors, order, numeric)
    flat = checked.layers or [factor for term in checked.terms for factor in term]
    together(x=x, b=b, **{f"factors[{index}]": factor for index, factor in enumerate(flat)})
    options = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    passes = checked_passes(x, checked, b, **options)
    weights, groups = _pass_weights(checked, x.shape[1])
    biases = [None] * (len(passes) - 1) + [b]
    for one, w, g, bias in zip(passes, weights, groups, biases, strict=True):
        w = w.reshape(*w.shape[:2], *one.kernel_size)  # (C, C'/groups, 1, …, K, …, 1)
        options = {"stride": one.stride, "padding": one.padding, "dilation": one.dilation, "groups": g}
        x = conv_torch(x, w, bias, **options, padding_mode=padding_mode)
    return x


def _pass_weights(factors: Factors, channels: int) -> tuple[list[torch.Tensor], list[int]]:
    """Weights (C, C'/groups, K) and groups of the passes.

    r terms over C channels: the first pass opens C·r maps, the passes between keep them apart, the last adds up each r.
    """
    if factors.layers:
        return [factors.layers[axis] for axis in factors.order], [1] * len(factors.order)
    stacked = [torch.stack([term[axis] for term in factors.terms]) for axis in factors.order]  # (r, K) each
    weights = [factor.repeat(channels, 1)[:, None] for factor in stacked]  # (C·r, 1, K)
    groups = [channels] + [channels * len(factors.terms)] * (len(stacked) - 1)
    if len(stacked) > 1:
        weights[-1] = weights[-1].reshape(channels, len(factors.terms), -1)  # (C, r, K)
    else:
        weights[-1] = stacked[0].sum(dim=0).repeat(channels, 1)[:, None]  # (C, 1, K): one axis, terms just add
    return weights, [*groups[:-1], channels]
