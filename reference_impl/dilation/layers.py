"""Atrous spatial pyramid pooling: one feature map seen at several rates at once."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reference_impl.checks import count
from reference_impl.dilation.hybrid import layer_rates


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling of DeepLabv3.

    A 1×1 convolution, a 3×3 convolution at each rate, and the mean of the whole image, side by side; another 1×1
    convolution mixes them. Each convolution is followed by batch normalisation and ReLU.

    Shapes:
        x:       (N, C_in, H, W)
        returns: (N, C_out, H, W)

    Args:
        in_channels: Input channels.
        out_channels: Output channels, and channels of every branch.
        rates: Dilation of the 3×3 branches; (6, 12, 18) is meant for a feature map of 1/16 of the image's size.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: channels or a rate below 1. In training, batch normalisation of the image mean needs at least two
            samples; torch says so.
        TypeError: an argument of the wrong kind.

    Source:
        Chen et al., "Rethinking atrous convolution for semantic image segmentation", 2017, section 3.3.

    Example:
        >>> layer = ASPP(8, 4, rates=(1, 2, 3)).eval()
        >>> tuple(layer(torch.ones(1, 8, 6, 5)).shape), len(layer.branches)
        ((1, 4, 6, 5), 4)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 256,
        rates: Sequence[int] = (6, 12, 18),
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        c_in = count("in_channels", in_channels)
        c_out = count("out_channels", out_channels)
        self.rates = layer_rates(rates, least=1)
        made = {"device": device, "dtype": dtype}
        branches = [_conv_bn_relu(c_in, c_out, 1, 1, **made)]
        branches += [_conv_bn_relu(c_in, c_out, 3, rate, **made) for rate in self.rates]
        self.branches = nn.ModuleList(branches)
        self.image_pooling = _conv_bn_relu(c_in, c_out, 1, 1, **made)
        self.project = _conv_bn_relu((len(branches) + 1) * c_out, c_out, 1, 1, **made)

    def forward(self, x: Tensor) -> Tensor:
        """All branches, side by side, mixed."""
        image = self.image_pooling(x.mean(dim=(2, 3), keepdim=True))  # (N, C_out, 1, 1)
        seen = [branch(x) for branch in self.branches]  # each (N, C_out, H, W)
        return self.project(torch.cat([*seen, image.expand_as(seen[0])], dim=1))

    def extra_repr(self) -> str:
        """The rates; the rest stands at the branches."""
        return f"rates={self.rates}"


def _conv_bn_relu(in_channels: int, out_channels: int, kernel_size: int, rate: int, **made: Any) -> nn.Sequential:
    """A convolution that keeps the size, normalised and rectified."""
    padding = rate * (kernel_size - 1) // 2
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, dilation=rate, bias=False, **made)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels, **made), nn.ReLU())
