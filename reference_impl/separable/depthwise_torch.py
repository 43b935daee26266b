"""Depthwise and depthwise separable convolution in torch."""

from typing import Any

import torch

from reference_impl.conv.torch import conv_torch
from reference_impl.separable.channel_checks import check_depthwise, check_separable
from reference_impl.tensors import together


def depthwise_conv_torch(
    x: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> torch.Tensor:
    """Convolution in which every channel meets its own kernels only; differentiable.

    Same arguments and result as `separable.depthwise_conv`.

    Shapes:
        x:       (N, C, *S)
        w:       (m·C, 1, *K), the m kernels of a channel next to each other
        b:       (m·C,)
        returns: (N, m·C, *O)

    Args:
        x: Input.
        w: One kernel per output channel; their number is a multiple of C.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1, equation 3.

    Example:
        >>> two_channels = torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
        >>> depthwise_conv_torch(two_channels, torch.tensor([[[1.0, 1.0]], [[-1.0, 1.0]]]))[0].tolist()
        [[3.0, 5.0], [1.0, 1.0]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    together(x=x, w=w, b=b)
    check_depthwise(x, w, b, padding_mode, options)
    return conv_torch(x, w, b, groups=x.shape[1], padding_mode=padding_mode, **options)


def depthwise_separable_conv_torch(
    x: torch.Tensor,
    depthwise_weight: torch.Tensor,
    pointwise_weight: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    order: str = "depthwise_first",
) -> torch.Tensor:
    """A depthwise convolution and a 1×1 convolution, one after the other; differentiable.

    Same arguments and result as `separable.depthwise_separable_conv`.

    Shapes:
        x:                (N, C_in, *S)
        depthwise_weight: (m·C_in, 1, *K); pointwise first: (C_out, 1, *K)
        pointwise_weight: (C_out, m·C_in, 1, …, 1); pointwise first: (C_mid, C_in, 1, …, 1)
        b:                (C_out,)
        returns:          (N, C_out, *O)

    Args:
        x: Input.
        depthwise_weight: m kernels per channel; m is the depth multiplier.
        pointwise_weight: A 1×1 kernel that mixes the channels.
        b: Bias, added once, at the end.
        stride: Step of the depthwise windows, in input cells; int or one per axis.
        padding: Cells outside for the depthwise pass, in any form that `conv_torch` takes.
        dilation: Step between the depthwise taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        order: "depthwise_first" (MobileNet) or "pointwise_first" (Xception's text).

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> x, depthwise = torch.ones(1, 2, 3), torch.tensor([[[1.0, 1.0]], [[-1.0, 1.0]]])
        >>> depthwise_separable_conv_torch(x, depthwise, torch.tensor([[[1.0], [10.0]]])).tolist()
        [[[2.0, 2.0]]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    together(x=x, depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight, b=b)
    check_separable(x, depthwise_weight, pointwise_weight, b, order=order, padding_mode=padding_mode, options=options)
    if order == "pointwise_first":
        y = conv_torch(x, pointwise_weight)  # (N, C_mid, *S)
        return depthwise_conv_torch(y, depthwise_weight, b, padding_mode=padding_mode, **options)
    y = depthwise_conv_torch(x, depthwise_weight, padding_mode=padding_mode, **options)  # (N, m·C_in, *O)
    return conv_torch(y, pointwise_weight, b)
