"""Two upsampling layers to put in the place of torch.nn.ConvTranspose2d, without its checkerboard."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import torch
from torch import Tensor, nn

from reference_impl.arithmetic import half_padding
from reference_impl.checks import count, one_of, refuse
from reference_impl.conv_transpose.shuffle import pixel_shuffle


class SubPixelConv(nn.Module):
    """A convolution to r² times the channels, then a pixel shuffle; its weights start equal within each group (ICNR).

    Shapes:
        x:       (N, C_in, H, W)
        returns: (N, C_out, H·r, W·r)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        factor: r, how many times larger height and width become.
        kernel_size: Taps of the square kernel; odd.
        bias: Whether the convolution has biases, one for each of its C_out·r² filters.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1 or an even kernel_size.
        TypeError: an argument that is not a whole number.

    Source:
        Shi et al., 2016, section 2.2; Aitken et al., 2017.

    Example:
        >>> tuple(SubPixelConv(8, 3, factor=2)(torch.ones(1, 8, 5, 4)).shape)
        (1, 3, 10, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        factor: int,
        kernel_size: int = 3,
        *,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.factor = count("factor", factor)
        made = {"bias": bias, "device": device, "dtype": dtype}
        self.conv = size_keeping_conv(in_channels, out_channels, kernel_size, filters=self.factor**2, **made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw one filter and bias per output channel, as torch.nn.Conv2d does, and repeat them (ICNR)."""
        self.conv.reset_parameters()
        with torch.no_grad():
            for parameter in self.conv.parameters():
                parameter.copy_(parameter[:: self.factor**2].repeat_interleave(self.factor**2, dim=0))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, then move r² channels into r × r cells."""
        return pixel_shuffle(self.conv(x), self.factor)  # torch's own cannot take an empty batch back

    def extra_repr(self) -> str:
        """The factor; the rest stands at the convolution."""
        return f"factor={self.factor}"


class ResizeConv(nn.Module):
    """A nearest or bilinear resize, then a convolution that keeps the size: no overlap, so no checkerboard.

    Shapes:
        x:       (N, C_in, H, W)
        returns: (N, C_out, H·r, W·r)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        factor: r, how many times larger height and width become.
        kernel_size: Taps of the square kernel; odd.
        mode: "nearest" or "bilinear" (half-pixel centres).
        bias: Whether there is one bias per output channel.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, an even kernel_size, or another mode.
        TypeError: an argument that is not a whole number.

    Source:
        Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts", 2016, "Better upsampling".

    Example:
        >>> tuple(ResizeConv(8, 3, factor=2)(torch.ones(1, 8, 5, 4)).shape)
        (1, 3, 10, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        factor: int,
        kernel_size: int = 3,
        *,
        mode: str = "nearest",
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.factor, self.mode = count("factor", factor), one_of("mode", mode, ("nearest", "bilinear"))
        self.conv = size_keeping_conv(in_channels, out_channels, kernel_size, bias=bias, device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new weights, as torch.nn.Conv2d does."""
        self.conv.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Resize, then convolve."""
        return self.conv(nn.functional.interpolate(x, scale_factor=self.factor, mode=self.mode))

    def extra_repr(self) -> str:
        """Factor and mode; the rest stands at the convolution."""
        return f"factor={self.factor}, mode={self.mode!r}"


def size_keeping_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    filters: int = 1,
    bias: bool,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> nn.Conv2d:
    """A convolution with an odd square kernel, so many filters per output channel; height and width stay."""
    c_in, c_out = count("in_channels", in_channels), count("out_channels", out_channels)
    k = count("kernel_size", kernel_size)
    if k % 2 == 0:
        refuse("kernel_size must be odd, so that the convolution keeps the size", kernel_size=kernel_size)
    return nn.Conv2d(c_in, c_out * filters, k, padding=half_padding(k), bias=bias, device=device, dtype=dtype)
