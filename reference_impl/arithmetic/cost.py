"""What a convolution costs: parameters and multiply–accumulates."""

from collections.abc import Sequence
from math import prod

from reference_impl import checks
from reference_impl.arithmetic.sizes import conv_geometry
from reference_impl.checks import is_symbol, whole
from reference_impl.types import Padding, PerAxis


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: int | Sequence[int], *, groups: int = 1, bias: bool = True
) -> int:
    """Trainable numbers of a convolution layer: its weights, and one bias a filter.

    Formula:
        P = (C_in/g)*k_H*k_W*C_out + C_out

        P — parameters
        kernel_size = (k_H, k_W)

    Args:
        in_channels: Input channels.
        out_channels: Output channels, which is the number of filters.
        kernel_size: One size per axis; a single int is a kernel of one axis.
        groups: Number of groups; it must divide both channel counts.
        bias: Whether there is one bias per filter.

    Raises:
        ValueError: a size below 1, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Krizhevsky et al., 2012, section 3.5 (grouped layers); torch.nn.Conv2d, "Attributes".

    Example:
        >>> conv_parameters(64, 128, (3, 3)), conv_parameters(48, 256, (5, 5), bias=False)
        (73856, 307200)
    """
    c_in, c_out = whole("in_channels", in_channels, least=1), whole("out_channels", out_channels, least=1)
    g, kernel = whole("groups", groups, least=1), checks.sizes("kernel_size", kernel_size)
    checks.divisible("in_channels", c_in, g)
    checks.divisible("out_channels", c_out, g)
    filter_weights = (c_in / g if is_symbol(c_in) or is_symbol(g) else c_in // g) * prod(kernel)
    return filter_weights * c_out + (c_out if bias else 0)


def conv_macs(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> int:
    """Multiply–accumulates of a convolution: the weights of one filter, once for every output number.

    Padding counts like input, as in PyTorch's counter; the cost analysis of XLA, JAX's compiler, leaves out the taps
    that fall on it. The bias is not counted.

    Formula:
        MACs = N*C_out*o_H*o_W*(C_in/g)*k_H*k_W

        input_shape = (N, C_in, o_H + k_H - 1, o_W + k_W - 1)
        weight_shape = (C_out, C_in // g, k_H, k_W)

    Shapes:
        input_shape:  (N, C_in, *S)
        weight_shape: (C_out, C_in/groups, *K)

    Args:
        input_shape: Shape of the input, channels first.
        weight_shape: Shape of the weight.
        stride: Step between windows; int or one per axis.
        padding: int, one per axis, (lo, hi) pairs per axis, or a padding word.
        dilation: Step between taps; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., "MobileNets", 2017, section 3.1, equation 2.

    Example:
        >>> conv_macs((1, 1, 5, 5), (1, 1, 3, 3)), conv_macs((1, 3, 224, 224), (64, 3, 7, 7), stride=2, padding=3)
        (81, 118013952)
    """
    output = conv_geometry(input_shape, weight_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)[
        0
    ]
    return prod(output) * prod(weight_shape[1:])
