"""Layers to put in the place of torch.nn.Conv1d, Conv2d and Conv3d: shuffled groups and logarithmic groups."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from typing import Any

import torch
from torch import nn

from reference_impl import checks
from reference_impl.checks import count, refuse, whole
from reference_impl.grouped.shuffle import channel_shuffle
from reference_impl.grouped.unequal import halved
from reference_impl.layers import Window
from reference_impl.types import PerAxis


class ShuffledGroupedConv(nn.Module):
    """A grouped convolution whose output channels are shuffled, so that the next grouped layer meets every group.

    Shapes:
        x:       (N, C_in, *S)
        returns: (N, C_out, *O), as torch.nn.Conv{1,2,3}d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride, padding, dilation, bias, padding_mode: As torch.nn.Conv2d takes them.
        groups: Groups of the convolution and of the shuffle; they must divide both channel counts.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, more than three axes, or channels that groups does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> layer = ShuffledGroupedConv(12, 24, 1, groups=3)
        >>> tuple(layer(torch.ones(2, 12, 5, 4)).shape), sum(p.numel() for p in layer.parameters())
        ((2, 24, 5, 4), 120)
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
        groups: int,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.groups = whole("groups", groups, least=1)
        checks.divisible("in_channels", count("in_channels", in_channels), groups)
        checks.divisible("out_channels", count("out_channels", out_channels), groups)
        window = Window.checked(kernel_size, stride, padding, dilation, padding_mode)
        made = {"bias": bias, "device": device, "dtype": dtype}
        self.conv = window.conv(in_channels, out_channels, groups=groups, **made)

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv2d does."""
        self.conv.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve, then shuffle."""
        return channel_shuffle(self.conv(x), self.groups)

    def extra_repr(self) -> str:
        """Groups of the shuffle."""
        return f"groups={self.groups}"


class LogarithmicGroupedConv(nn.Module):
    """A grouped convolution whose groups are 1/2, 1/4, 1/8, … of the channels; the last group is the rest.

    Shapes:
        x:       (N, C_in, *S)
        returns: (N, C_out, *O), as torch.nn.Conv{1,2,3}d with the same arguments

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride, padding, dilation, bias, padding_mode: As torch.nn.Conv2d takes them.
        groups: Number of groups; as many as the fewer channels can fill if None.
        residual: Whether x itself is added, as the paper's module does; the output must then have the shape of x.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, more than three axes, more groups than the channels can fill, or a residual
            between unequal channels.
        TypeError: an argument of the wrong kind.

    Source:
        Lee et al., "Convolution with Logarithmic Filter Groups for Efficient Shallow CNN", 2017.

    Example:
        >>> layer = LogarithmicGroupedConv(16, 32, 3, padding=1, groups=4, bias=False)
        >>> [tuple(one.weight.shape[:2]) for one in layer.convs], tuple(layer(torch.ones(1, 16, 5, 4)).shape)
        ([(16, 8), (8, 4), (4, 2), (4, 2)], (1, 32, 5, 4))
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
        groups: int | None = None,
        residual: bool = False,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        in_channels, out_channels = count("in_channels", in_channels), count("out_channels", out_channels)
        most = [len(halved("in_channels", in_channels, None))]
        most.append(len(halved("out_channels", out_channels, None)))
        groups = min(most) if groups is None else groups
        self.sizes = halved("in_channels", in_channels, groups)
        filters = halved("out_channels", out_channels, groups)
        if residual and in_channels != out_channels:
            channels = {"in_channels": in_channels, "out_channels": out_channels}
            refuse("residual=True needs in_channels equal to out_channels", **channels)
        self.residual = residual
        window = Window.checked(kernel_size, stride, padding, dilation, padding_mode)
        made = {"bias": bias, "device": device, "dtype": dtype}
        self.convs = nn.ModuleList(window.conv(*pair, **made) for pair in zip(self.sizes, filters, strict=True))

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv2d does."""
        convs: list[Any] = list(self.convs)
        for one in convs:
            one.reset_parameters()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Split, convolve each part, concatenate."""
        parts = zip(self.convs, x.split(self.sizes, dim=1), strict=True)
        y = torch.cat([one(part) for one, part in parts], dim=1)
        return x + y if self.residual else y

    def extra_repr(self) -> str:
        """Input channels of the groups."""
        return f"sizes={self.sizes}, residual={self.residual}"
