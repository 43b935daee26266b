"""Layers to put in the place of torch.nn.Conv1d, Conv2d and Conv3d: depthwise separable and spatially separable."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from reference_impl.checks import count, one_of, refuse
from reference_impl.layers import CONVOLUTIONS, Window
from reference_impl.separable.factors import pass_order
from reference_impl.separable.pair import ORDERS
from reference_impl.types import PerAxis


class DepthwiseSeparableConv(nn.Module):
    """A depthwise convolution and a 1×1 convolution that mixes the channels, in either order.

    Shapes:
        x:       (N, C_in, *S)
        returns: (N, C_out, *O), as torch.nn.Conv{1,2,3}d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride, padding, dilation, padding_mode: Those of the depthwise layer, as torch.nn.Conv2d takes them.
        depth_multiplier: Depthwise kernels per channel.
        bias: Whether the last layer has a bias.
        order: "depthwise_first" (MobileNet) or "pointwise_first".
        between: Makes the module between the two layers from its number of channels. MobileNet's is
            `lambda channels: nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())`.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, more than three axes, or channels that depth_multiplier does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> layer = DepthwiseSeparableConv(16, 32, 3, padding=1, bias=False)
        >>> tuple(layer(torch.ones(2, 16, 9, 7)).shape), sum(p.numel() for p in layer.parameters())
        ((2, 32, 9, 7), 656)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: str | PerAxis = 0,
        dilation: PerAxis = 1,
        *,
        depth_multiplier: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        order: str = "depthwise_first",
        between: Callable[[int], nn.Module] | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.order = one_of("order", order, ORDERS)
        depthwise_first = order == "depthwise_first"
        m = count("depth_multiplier", depth_multiplier)
        out_channels = count("out_channels", out_channels)
        if not depthwise_first and out_channels % m:
            refuse("out_channels must be divisible by depth_multiplier", out_channels=out_channels, m=m)
        in_channels = count("in_channels", in_channels)
        inner = in_channels if depthwise_first else out_channels // m
        middle = in_channels * m if depthwise_first else inner
        window, made = (
            Window.checked(kernel_size, stride, padding, dilation, padding_mode),
            {"device": device, "dtype": dtype},
        )
        self.depthwise = window.conv(inner, inner * m, groups=inner, bias=bias and not depthwise_first, **made)
        ends = (middle, out_channels) if depthwise_first else (in_channels, inner)
        self.pointwise = CONVOLUTIONS[len(window.kernel_size)](*ends, 1, bias=bias and depthwise_first, **made)
        self.between = made_by("between", between, middle)

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv2d does."""
        self.depthwise.reset_parameters()
        self.pointwise.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Both layers, in their order."""
        if self.order == "pointwise_first":
            return self.depthwise(self.between(self.pointwise(x)))
        return self.pointwise(self.between(self.depthwise(x)))

    def extra_repr(self) -> str:
        """The order of the layers."""
        return f"order={self.order!r}"


class SpatiallySeparableConv(nn.Module):
    """One one-dimensional convolution per axis in place of one full kernel, as the 1×7 and 7×1 layers of Inception-v3.

    Shapes:
        x:       (N, C_in, *S)
        returns: (N, C_out, *O), as torch.nn.Conv{1,2,3}d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride, padding, dilation, padding_mode: As torch.nn.Conv2d takes them; each axis acts in its own pass.
        mid_channels: Channels between the passes; out_channels if None.
        bias: Whether the last pass has a bias.
        order: Spatial axes in the order of their passes; first to last if None.
        between: Makes the module between two passes from its number of channels.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, more than three axes, or a wrong order.
        TypeError: an argument of the wrong kind.

    Source:
        Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 3.2.

    Example:
        >>> layer = SpatiallySeparableConv(192, 192, (1, 7), padding=(0, 3), bias=False)
        >>> layer = SpatiallySeparableConv(16, 32, 7, padding=3, mid_channels=24, bias=False)
        >>> tuple(layer(torch.ones(2, 16, 9, 8)).shape), [tuple(one.weight.shape) for one in layer.passes]
        ((2, 32, 9, 8), [(24, 16, 7, 1), (32, 24, 1, 7)])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: str | PerAxis = 0,
        dilation: PerAxis = 1,
        *,
        mid_channels: int | None = None,
        bias: bool = True,
        padding_mode: str = "zeros",
        order: Sequence[int] | None = None,
        between: Callable[[int], nn.Module] | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        window = Window.checked(kernel_size, stride, padding, dilation, padding_mode)
        axes = len(window.kernel_size)
        middle = count("mid_channels", out_channels if mid_channels is None else mid_channels)
        ends = [count("in_channels", in_channels), *[middle] * (axes - 1)]
        ends.append(count("out_channels", out_channels))
        self.order = pass_order(order, axes)
        made = {"device": device, "dtype": dtype}
        ways = zip(self.order, ends, ends[1:], strict=False)
        self.passes = nn.ModuleList(
            window.along(axis).conv(*pair, bias=bias and axis == self.order[-1], **made) for axis, *pair in ways
        )
        self.between = nn.ModuleList(made_by("between", between, middle) for _ in range(axes - 1))

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv2d does."""
        passes: list[Any] = list(self.passes)
        for one in passes:
            one.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """All passes, in their order."""
        x = self.passes[0](x)
        for step, one in zip(self.between, list(self.passes)[1:], strict=True):
            x = one(step(x))
        return x

    def extra_repr(self) -> str:
        """The order of the passes."""
        return f"order={self.order}"


def made_by(name: str, maker: Callable[[int], nn.Module] | None, channels: int) -> nn.Module:
    """The module that `maker` makes for so many channels; the identity without one."""
    if maker is None:
        return nn.Identity()
    made = None if isinstance(maker, nn.Module) or not callable(maker) else maker(channels)
    if not isinstance(made, nn.Module):
        rule = f"{name} must be a function that makes a module from a number of channels"
        refuse(rule, error=TypeError, **{name: maker})
    return made
