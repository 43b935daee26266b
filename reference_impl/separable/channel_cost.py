"""Parameters and multiply–accumulates of depthwise separable and pseudo-3D convolutions, and what they save."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from reference_impl import checks
from reference_impl.checks import is_symbol, whole
from reference_impl.types import Shape


def depthwise_separable_parameters(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    *,
    depth_multiplier: int = 1,
    bias: bool = True,
) -> int:
    """Trainable numbers of a depthwise and a pointwise weight, and of one bias per output channel.

    Formula:
        P = k_H*k_W*C_in*m + C_in*m*C_out + C_out

        P — parameters
        kernel_size = (k_H, k_W)

    Args:
        in_channels: Input channels.
        out_channels: Output channels, the filters of the pointwise weight.
        kernel_size: One size per axis; a single int is a kernel of one axis.
        depth_multiplier: Depthwise kernels per input channel.
        bias: Whether there is one bias per output channel.

    Raises:
        ValueError: a size below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1.

    Example:
        >>> depthwise_separable_parameters(512, 512, (3, 3), bias=False)
        266752
    """
    c_in, c_out, kernel, m = _sizes(in_channels, out_channels, kernel_size, depth_multiplier)
    return prod(kernel) * c_in * m + c_in * m * c_out + (c_out if bias else 0)


def depthwise_separable_macs(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int],
    *,
    depth_multiplier: int = 1,
) -> int:
    """Multiply–accumulates of a depthwise convolution followed by a pointwise one, for one image.

    Formula:
        MACs = o_H*o_W*(k_H*k_W*C_in*m + C_in*m*C_out)

        kernel_size = (k_H, k_W)
        output_size = (o_H, o_W)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: One size per axis; a single int is a kernel of one axis.
        output_size: Output cells, one size per axis.
        depth_multiplier: Depthwise kernels per input channel.

    Raises:
        ValueError: a size below 1, or another number of axes in output_size than in kernel_size.
        TypeError: an argument that is not a whole number.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1, equation 5.

    Example:
        >>> depthwise_separable_macs(512, 512, (3, 3), (14, 14))
        52283392
    """
    c_in, c_out, kernel, m = _sizes(in_channels, out_channels, kernel_size, depth_multiplier)
    cells = checks.per_axis("output_size", output_size, len(kernel), least=1)
    return prod(cells) * (prod(kernel) * c_in * m + c_in * m * c_out)


def depthwise_separable_ratio(out_channels: int, kernel_size: int | Sequence[int]) -> Any:
    """Multiply–accumulates (and weights) of a depthwise separable convolution as a share of the plain convolution's.

    The depthwise pass comes first and has one kernel per channel; biases are not counted.

    Formula:
        R = 1/C_out + 1/(k_H*k_W)

        kernel_size = (k_H, k_W)

    Args:
        out_channels: Output channels.
        kernel_size: One size per axis; a single int is a kernel of one axis.

    Returns:
        An exact `Fraction`, or an expression when asked with sympy symbols. It does not depend on the input channels.

    Raises:
        ValueError: a size below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1.

    Example:
        >>> print(depthwise_separable_ratio(512, (3, 3)))
        521/4608
    """
    _, c_out, kernel, _ = _sizes(1, out_channels, kernel_size, 1)
    over, under = c_out + prod(kernel), c_out * prod(kernel)
    return over / under if is_symbol(over) else Fraction(over, under)


def conv2plus1d_parameters(
    in_channels: int, mid_channels: int, out_channels: int, kernel_size: int | Sequence[int] = 3, *, bias: bool = True
) -> int:
    """Trainable numbers of a spatial pass, then a temporal one, and of one bias per output channel.

    Formula:
        P = d**2*C_in*M + t*M*C_out + C_out

        P — parameters
        d — side
        t — taps in time
        kernel_size = (t, d, d)

    Args:
        in_channels: Input channels.
        mid_channels: Channels between the passes; those of R(2+1)D by `conv2plus1d_mid_channels`, or C_out.
        out_channels: Output channels.
        kernel_size: Taps along time, height and width; an int for all three.
        bias: Whether there is one bias per output channel.

    Raises:
        ValueError: a size below 1, or not three axes.
        TypeError: an argument that is not a whole number.

    Source:
        Tran et al., 2018, section 3.5.

    Example:
        >>> from reference_impl.arithmetic import conv2plus1d_mid_channels
        >>> conv2plus1d_parameters(64, conv2plus1d_mid_channels(64, 64), 64, bias=False), 27 * 64 * 64
        (110592, 110592)
    """
    counts = {"in_channels": in_channels, "mid_channels": mid_channels, "out_channels": out_channels}
    c_in, mid, c_out = (whole(argument, value, least=1) for argument, value in counts.items())
    t, height, width = checks.per_axis("kernel_size", kernel_size, 3, least=1)
    return height * width * c_in * mid + t * mid * c_out + (c_out if bias else 0)


def _sizes(
    in_channels: int, out_channels: int, kernel_size: int | Sequence[int], depth_multiplier: int
) -> tuple[int, int, Shape, int]:
    """Input channels, output channels, kernel size and multiplier, checked."""
    c_in = whole("in_channels", in_channels, least=1)
    c_out = whole("out_channels", out_channels, least=1)
    kernel = checks.sizes("kernel_size", kernel_size)
    return c_in, c_out, kernel, whole("depth_multiplier", depth_multiplier, least=1)
