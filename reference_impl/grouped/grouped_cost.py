"""Parameters and multiply–accumulates of grouped convolutions and of the network units built from them."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from reference_impl import checks
from reference_impl.checks import is_symbol, whole


def conv3d_parameters(
    in_channels: int, out_channels: int, kernel_size: int | Sequence[int], *, groups: int = 1, bias: bool = True
) -> int:
    """Trainable numbers of a 3-D convolution layer: its weights, and one bias a filter.

    Formula:
        P = (C_in/g)*k_D*k_H*k_W*C_out + C_out

        P — parameters
        kernel_size = (k_D, k_H, k_W)

    Args:
        in_channels: Input channels.
        out_channels: Output channels, which is the number of filters.
        kernel_size: Kernel depth, height and width; an int for all three.
        groups: Number of groups; it must divide both channel counts.
        bias: Whether there is one bias per filter.

    Raises:
        ValueError: a size below 1, not three axes, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks", 2015; torch.nn.Conv3d.

    Example:
        >>> conv3d_parameters(64, 128, 3), conv3d_parameters(64, 128, 3, groups=2)
        (221312, 110720)
    """
    weights, filters = _weights(
        in_channels, out_channels, checks.per_axis("kernel_size", kernel_size, 3, least=1), groups
    )
    return weights + (filters if bias else 0)


def grouped_parameter_share(in_channels: int, kernel_size: int | Sequence[int], *, groups: int) -> Any:
    """Parameters of a grouped layer, biases included, as a share of the same layer without groups.

    The weights shrink to 1/g, the biases do not shrink, so with g above 1 the share is above 1/g. The number of filters
    cancels.

    Formula:
        R = ((C_in/g)*k_H*k_W + 1) / (C_in*k_H*k_W + 1)

        kernel_size = (k_H, k_W)

    Args:
        in_channels: Input channels.
        kernel_size: One size per axis; a single int is a kernel of one axis.
        groups: Number of groups; it must divide in_channels.

    Returns:
        An exact `Fraction`, or an expression when asked with sympy symbols.

    Raises:
        ValueError: a size below 1, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        `conv_parameters` with groups over `conv_parameters` without.

    Example:
        >>> print(grouped_parameter_share(96, (5, 5), groups=2))
        1201/2401
    """
    kernel, groups = checks.sizes("kernel_size", kernel_size), whole("groups", groups, least=1)
    over = _weights(in_channels, groups, kernel, groups)[0] / groups  # one filter per group: their number cancels
    under = in_channels * prod(kernel)
    if is_symbol(over) or is_symbol(under):
        return (over + 1) / (under + 1)
    return Fraction(int(over) + 1, under + 1)


def resnet_unit_macs(channels: int, mid_channels: int, output_size: Sequence[int]) -> int:
    """Multiply–accumulates of a ResNet bottleneck: 1×1 down, 3×3, 1×1 up, all at one size.

    Formula:
        MACs = o_H*o_W*(2*c*m + 9*m**2)

        output_size = (o_H, o_W)

    Args:
        channels: Channels that enter and leave the unit.
        mid_channels: Channels of the 3×3 layer.
        output_size: Cells (height, width).

    Raises:
        ValueError: a size below 1, or not two axes.
        TypeError: an argument that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.2.

    Example:
        >>> resnet_unit_macs(240, 60, (28, 28))
        47980800
    """
    c, m, _, cells = _unit(channels, mid_channels, 1, output_size)
    return cells * (2 * c * m + 9 * m**2)


def resnext_unit_macs(channels: int, mid_channels: int, output_size: Sequence[int], *, groups: int) -> int:
    """Multiply–accumulates of a ResNeXt unit: the ResNet bottleneck with a grouped 3×3 layer.

    Formula:
        MACs = o_H*o_W*(2*c*m + 9*m**2/g)

        output_size = (o_H, o_W)

    Args:
        channels: Channels that enter and leave the unit.
        mid_channels: Channels of the 3×3 layer.
        output_size: Cells (height, width).
        groups: Groups of the 3×3 layer; they must divide mid_channels.

    Raises:
        ValueError: a size below 1, not two axes, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.2.

    Example:
        >>> resnext_unit_macs(240, 60, (28, 28), groups=3)
        31046400
    """
    c, m, g, cells = _unit(channels, mid_channels, groups, output_size)
    return cells * (2 * c * m + _divided(9 * m**2, g))


def shufflenet_unit_macs(channels: int, mid_channels: int, output_size: Sequence[int], *, groups: int) -> int:
    """Multiply–accumulates of a ShuffleNet unit: grouped 1×1, shuffle, depthwise 3×3, grouped 1×1.

    Formula:
        MACs = o_H*o_W*(2*c*m/g + 9*m)

        output_size = (o_H, o_W)

    Args:
        channels: Channels that enter and leave the unit.
        mid_channels: Channels of the depthwise layer.
        output_size: Cells (height, width).
        groups: Groups of the 1×1 layers; they must divide both channel counts.

    Raises:
        ValueError: a size below 1, not two axes, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.2.

    Example:
        >>> shufflenet_unit_macs(240, 60, (28, 28), groups=3)
        7949760
    """
    c, m, g, cells = _unit(channels, mid_channels, groups, output_size)
    checks.divisible("channels", c, g)
    return cells * (_divided(2 * c * m, g) + 9 * m)


def _unit(channels: int, mid_channels: int, groups: int, output_size: Sequence[int]) -> tuple[int, int, int, int]:
    """Channels, bottleneck channels, groups and cells of a unit, checked."""
    c, m = whole("channels", channels, least=1), whole("mid_channels", mid_channels, least=1)
    g = whole("groups", groups, least=1)
    checks.divisible("mid_channels", m, g)
    return c, m, g, prod(checks.per_axis("output_size", output_size, 2, least=1))


def _weights(in_channels: int, out_channels: int, kernel: Sequence[int], groups: int) -> tuple[int, int]:
    """Weights and filters of a grouped layer, checked."""
    c_in = whole("in_channels", in_channels, least=1)
    c_out, g = whole("out_channels", out_channels, least=1), whole("groups", groups, least=1)
    checks.divisible("in_channels", c_in, g)
    checks.divisible("out_channels", c_out, g)
    return _divided(c_in, g) * prod(kernel) * c_out, c_out


def _divided(number: Any, groups: Any) -> Any:
    """The quotient of numbers that were checked to divide, or of symbols."""
    return number / groups if is_symbol(number) or is_symbol(groups) else number // groups
