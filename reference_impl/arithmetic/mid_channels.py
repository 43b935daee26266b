"""How wide the middle of a factored convolution is."""

from collections.abc import Sequence

from reference_impl import checks
from reference_impl.checks import whole


def conv2plus1d_mid_channels(in_channels: int, out_channels: int, kernel_size: int | Sequence[int] = 3) -> int:
    """Channels between the passes with which a (2+1)D convolution has about the weights of the 3-D one it replaces.

    They are rounded down, so the weights are never more; of very narrow layers nothing may be left (1 channel, 1 tap).

    Formula:
        M = t*d**2*C_in*C_out // (d**2*C_in + t*C_out)

        d — side
        M — mid_channels
        t — taps in time
        kernel_size = (t, d, d)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps along time, height and width; an int for all three.

    Raises:
        ValueError: a size below 1, or not three axes.
        TypeError: an argument that is not a whole number.

    Source:
        Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", 2018, section 3.5.

    Example:
        >>> conv2plus1d_mid_channels(64, 64), conv2plus1d_mid_channels(64, 128)
        (144, 230)
    """
    c_in, c_out = whole("in_channels", in_channels, least=1), whole("out_channels", out_channels, least=1)
    t, height, width = checks.per_axis("kernel_size", kernel_size, 3, least=1)
    return (t * height * width * c_in * c_out) // (height * width * c_in + t * c_out)
