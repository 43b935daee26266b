"""Pseudo-3D convolution in torch: space and time convolved apart."""

from typing import Any

import torch

from reference_impl.conv.torch import conv_torch
from reference_impl.separable.pseudo3d import pseudo3d_plan
from reference_impl.tensors import together


def pseudo3d_conv_torch(
    x: torch.Tensor,
    spatial_weight: torch.Tensor,
    temporal_weight: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    variant: str = "A",
    residual: bool = False,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> torch.Tensor:
    """A 1×k×k convolution over space and a k×1×1 convolution over time; differentiable.

    Same variants, arguments and result as `separable.pseudo3d_conv`.

    Shapes:
        x:               (N, C_in, T, H, W)
        spatial_weight:  (C_mid, C_in, 1, k_H, k_W); C_mid = C_out for B and C
        temporal_weight: (C_out, C_mid, k_T, 1, 1); B: (C_out, C_in, k_T, 1, 1)
        b:               (C_out,)
        returns:         (N, C_out, T', H', W')

    Args:
        x: Clips.
        spatial_weight: Weight of the pass over space.
        temporal_weight: Weight of the pass over time.
        b: Bias, added once, at the end.
        variant: "A" (one after the other), "B" (side by side) or "C" (both).
        residual: Whether x itself is added; y must then have the shape of x.
        stride: Step along (T, H, W); int or one per axis. In B both passes take all of it.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps along (T, H, W); int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: weights that do not fit the variant, sums of unequal shapes, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Qiu, Yao & Mei, "Learning Spatio-Temporal Representation with Pseudo-3D Residual Networks", 2017.

    Example:
        >>> x, spatial, temporal = torch.ones(1, 1, 4, 5, 5), torch.ones(1, 1, 1, 3, 3), torch.ones(1, 1, 3, 1, 1)
        >>> pseudo3d_conv_torch(x, spatial, temporal, variant="C", padding="same")[0, 0, 1, 2, 2].item()
        36.0
    """
    together(x=x, spatial_weight=spatial_weight, temporal_weight=temporal_weight, b=b)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    plan = pseudo3d_plan(
        x, spatial_weight, temporal_weight, b, variant, residual, padding_mode=padding_mode, options=options
    )
    space = conv_torch(x, spatial_weight, padding_mode=padding_mode, **plan.spatial)
    time = conv_torch(x if variant == "B" else space, temporal_weight, b, padding_mode=padding_mode, **plan.temporal)
    y = time if variant == "A" else space + time
    return y + x if residual else y
