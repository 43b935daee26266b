"""What the offset branch of a deformable convolution costs. Imports neither NumPy nor torch."""

from collections.abc import Sequence
from math import prod

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry, conv_macs
from reference_impl.checks import whole
from reference_impl.types import Padding, PerAxis, WindowOptions


def offset_channels(kernel_size: int | Sequence[int], *, offset_groups: int = 1, modulated: bool = False) -> int:
    """Channels that the offset branch predicts: one number per axis and tap, and one more per tap with a mask.

    Formula:
        C = 2*G*k_H*k_W

        C — offset channels
        kernel_size = (k_H, k_W)

    Args:
        kernel_size: Taps, one size per axis; a single int is a kernel of one axis.
        offset_groups: Groups of channels with offsets of their own.
        modulated: Whether the branch predicts a mask as well (version 2).

    Raises:
        ValueError: a size or number of groups below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Dai et al., 2017, section 2.1 (2N channels for N taps); Zhu et al., 2018, section 3.2 (3K for K taps).

    Example:
        >>> offset_channels((3, 3)), offset_channels((3, 3), modulated=True), offset_channels((3, 3, 3))
        (18, 27, 81)
    """
    return predicted_channels(kernel_size, offset_groups, modulated)


def predicted_channels(kernel_size: PerAxis, offset_groups: int, modulated: bool) -> int:
    """`offset_channels`."""
    kernel = checks.sizes("kernel_size", kernel_size)
    return whole("offset_groups", offset_groups, least=1) * prod(kernel) * (len(kernel) + bool(modulated))


def offset_branch_parameters(
    in_channels: int, kernel_size: Sequence[int], *, offset_groups: int = 1, modulated: bool = False
) -> int:
    """Parameters, with biases, of the convolution that predicts offsets (and mask) from the same window.

    Args:
        in_channels: Input channels.
        kernel_size: Taps, one size per axis.
        offset_groups: Groups of channels with offsets of their own.
        modulated: Whether the branch predicts a mask as well.

    Raises:
        ValueError: a size below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Dai et al., 2017, figure 2.

    Example:
        >>> offset_branch_parameters(256, (3, 3))
        41490
    """
    channels = predicted_channels(kernel_size, offset_groups, modulated)
    taps = prod(checks.sizes("kernel_size", kernel_size))
    return channels * (whole("in_channels", in_channels, least=1) * taps + 1)


def offset_branch_macs(
    input_shape: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    offset_groups: int = 1,
    modulated: bool = False,
) -> int:
    """Multiply–accumulates of the convolution that predicts offsets (and mask) from the same window.

    Shapes:
        input_shape: (N, C_in, *S)

    Args:
        input_shape: Shape of the input, channels first.
        kernel_size: Taps, one size per axis.
        stride: Step between windows; int or one per axis.
        padding: In any form that `conv` takes.
        dilation: Step between taps; int or one per axis.
        offset_groups: Groups of channels with offsets of their own.
        modulated: Whether the branch predicts a mask as well.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Dai et al., 2017, figure 2.

    Example:
        >>> offset_branch_macs((1, 256, 14, 14), (3, 3), padding=1)
        8128512
    """
    shape = checks.shape("input_shape", input_shape, layout="(N, C_in, *S)")
    channels = predicted_channels(kernel_size, offset_groups, modulated)
    weight_shape = (channels, shape[1], *checks.sizes("kernel_size", kernel_size))
    options: WindowOptions = {"stride": stride, "padding": padding, "dilation": dilation}
    conv_geometry(shape, weight_shape, **options)
    return conv_macs(shape, weight_shape, **options)
