"""Layers to put in the place of torch.nn.Conv3d: pseudo-3D and (2+1)D."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable

import torch
from torch import nn

from reference_impl.arithmetic import conv2plus1d_mid_channels
from reference_impl.checks import count, one_of, refuse
from reference_impl.layers import Window
from reference_impl.separable.layers import made_by
from reference_impl.separable.pseudo3d import VARIANTS
from reference_impl.types import PerAxis


class Pseudo3d(nn.Module):
    """A 1×k×k convolution S and a k×1×1 convolution T: T(S(x)) (A), S(x) + T(x) (B) or S(x) + T(S(x)) (C).

    Shapes:
        x:       (N, C_in, T, H, W)
        returns: (N, C_out, T', H', W'), as torch.nn.Conv3d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps along time, height and width; an int for all three.
        stride, padding, dilation, padding_mode: As torch.nn.Conv3d takes them. B and C add two results, which must
            have equal shapes: use padding "same" (or half the kernel), and in C a stride of 1 along time.
        variant: "A", "B" or "C".
        residual: Whether x itself is added, as the paper does; in_channels must then equal out_channels.
        bias: Whether T has a bias.
        after: Makes the module after each of S and T from its number of channels. The paper's is
            `lambda channels: nn.Sequential(nn.BatchNorm3d(channels), nn.ReLU())`.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, an unknown variant, or a residual between unequal channels.
        TypeError: an argument of the wrong kind.

    Source:
        Qiu, Yao & Mei, "Learning Spatio-Temporal Representation with Pseudo-3D Residual Networks", 2017.

    Example:
        >>> layer = Pseudo3d(8, 8, 3, padding=1, variant="C", residual=True, bias=False)
        >>> tuple(layer(torch.ones(1, 8, 4, 6, 5)).shape), sum(p.numel() for p in layer.parameters())
        ((1, 8, 4, 6, 5), 768)
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
        variant: str = "A",
        residual: bool = False,
        bias: bool = True,
        padding_mode: str = "zeros",
        after: Callable[[int], nn.Module] | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        c_in = count("in_channels", in_channels)
        c_out = count("out_channels", out_channels)
        self.variant = one_of("variant", variant, VARIANTS)
        if residual and c_in != c_out:
            refuse("residual=True needs in_channels equal to out_channels", in_channels=c_in, out_channels=c_out)
        self.residual = residual
        window = Window.checked(kernel_size, stride, padding, dilation, padding_mode, axes=3)
        space, time = window.along(1, 2), window.along(0)
        if variant == "B":  # both read x
            space, time = space._replace(stride=window.stride), time._replace(stride=window.stride)
        made = {"device": device, "dtype": dtype}
        self.spatial = space.conv(c_in, c_out, bias=False, **made)
        self.temporal = time.conv(c_in if variant == "B" else c_out, c_out, bias=bias, **made)
        self.after_spatial = made_by("after", after, c_out)
        self.after_temporal = made_by("after", after, c_out)

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv3d does."""
        self.spatial.reset_parameters()
        self.temporal.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Space and time, joined as the variant says."""
        space = self.after_spatial(self.spatial(x))
        time = self.after_temporal(self.temporal(x if self.variant == "B" else space))
        y = time if self.variant == "A" else space + time
        return x + y if self.residual else y

    def extra_repr(self) -> str:
        """The variant, and whether x is added."""
        return f"variant={self.variant!r}, residual={self.residual}"


class Conv2Plus1d(nn.Module):
    """A convolution over space and then one over time, with about as many weights as the 3-D convolution.

    Shapes:
        x:       (N, C_in, T, H, W)
        returns: (N, C_out, T', H', W'), as torch.nn.Conv3d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps along time, height and width; an int for all three.
        stride, padding, dilation, padding_mode: As torch.nn.Conv3d takes them.
        mid_channels: Channels between the passes; those of `conv2plus1d_mid_channels`, at least 1, if None.
        bias: Whether the pass over time has a bias.
        between: Makes the module between the passes from its number of channels. R(2+1)D's is
            `lambda channels: nn.Sequential(nn.BatchNorm3d(channels), nn.ReLU())`.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, or not one entry per axis.
        TypeError: an argument of the wrong kind.

    Source:
        Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", 2018, section 3.5.

    Example:
        >>> layer = Conv2Plus1d(64, 64, 3, padding=1, bias=False)
        >>> layer.spatial.out_channels, sum(p.numel() for p in layer.parameters())
        (144, 110592)
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
        between: Callable[[int], nn.Module] | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        c_in = count("in_channels", in_channels)
        c_out = count("out_channels", out_channels)
        window = Window.checked(kernel_size, stride, padding, dilation, padding_mode, axes=3)
        rule = max(1, conv2plus1d_mid_channels(c_in, c_out, window.kernel_size))
        middle = rule if mid_channels is None else count("mid_channels", mid_channels)
        made = {"device": device, "dtype": dtype}
        self.spatial = window.along(1, 2).conv(c_in, middle, bias=False, **made)
        self.temporal = window.along(0).conv(middle, c_out, bias=bias, **made)
        self.between = made_by("between", between, middle)

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv3d does."""
        self.spatial.reset_parameters()
        self.temporal.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Space, then time."""
        return self.temporal(self.between(self.spatial(x)))

    def extra_repr(self) -> str:
        """Channels between the passes."""
        return f"mid_channels={self.spatial.out_channels}"
