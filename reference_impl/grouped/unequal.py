r"""Groups that overlap, and groups of unequal, logarithmic sizes."""

from collections.abc import Sequence

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, cast, either, shape_of
from reference_impl.checks import refuse, whole
from reference_impl.conv import conv
from reference_impl.grouped.parts import side_by_side
from reference_impl.types import Array, PaddedOptions, Padding, PerAxis, Shape, Shaped


def overlapping_channels(in_channels: int, groups: int, overlap: int) -> list[list[int]]:
    """Channels that each group reads: its own, and the next `overlap` ones, going round at the end.

    Args:
        in_channels: Input channels.
        groups: Number of groups; it must divide in_channels.
        overlap: Channels of the following groups that a group reads as well; 0 gives plain groups.

    Raises:
        ValueError: a value out of range, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        A plain answer to the question, which has no standard name; the handbook's own definition.

    Example:
        >>> overlapping_channels(6, 3, overlap=1)
        [[0, 1, 2], [2, 3, 4], [4, 5, 0]]
    """
    channels = checks.count("in_channels", in_channels)
    groups = whole("groups", groups, least=1)
    checks.divisible("in_channels", channels, groups)
    own = channels // groups
    if whole("overlap", overlap, least=0) > channels - own:
        rule = f"overlap must be at most {channels - own}, the channels of the other groups"
        refuse(rule, overlap=overlap, in_channels=channels, groups=groups)
    return [[(first + c) % channels for c in range(own + overlap)] for first in range(0, channels, own)]


def overlapping_grouped_conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    groups: int,
    overlap: int,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Grouped convolution whose groups also read the next `overlap` channels of their neighbours.

    With overlap 0 it is `conv` with `groups`; with overlap C_in − C_in/groups every filter reads every channel.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups + overlap, *K), channels in the order of `overlapping_channels`
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        w: Weights; filters of one group are neighbours.
        b: Bias, added to every cell of its output channel.
        groups: Number of groups; it must divide C_in and C_out.
        overlap: Channels of the following groups that a group reads as well.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        The handbook's own definition of overlapping groups.

    Example:
        >>> x, w = np.array([[[1], [2], [3], [4]]]), np.ones((2, 3, 1), dtype=int)
        >>> overlapping_grouped_conv(x, w, groups=2, overlap=1).ravel().tolist()
        [6, 8]
    """
    either(x=x, w=w, b=b)
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    read = [channel for window in overlapping_channels(shape[1], groups, overlap) for channel in window]
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    return conv(x[:, read], w, b, groups=groups, **options)  # reads (N, g·(C_in/g + overlap), *S)


def logarithmic_group_sizes(channels: int, groups: int | None = None) -> list[int]:
    """Channels of logarithmic filter groups: half of them, half of the rest, and so on; the last group is the rest.

    An odd number is halved upwards, so that the sizes never grow: 10 channels in 3 groups are 5, 3, 2.

    Definition:
        n_[q] = C/2**q
        n_[g] = n_[g - 1]

        q — group from 1
        C — channels
        g (2..5)
        C = 2**(g - 1)*e

    Args:
        channels: Number of channels to divide.
        groups: Number of groups; None for as many as there can be.

    Raises:
        ValueError: a size below 1, or more groups than the halving can fill.
        TypeError: an argument that is not a whole number.

    Source:
        Lee et al., "Convolution with Logarithmic Filter Groups for Efficient Shallow CNN", 2017, for the idea of
        logarithmic sizes; that each is half of the rest, and how odd numbers round, is the handbook's choice.

    Example:
        >>> logarithmic_group_sizes(64, 4), logarithmic_group_sizes(10)
        ([32, 16, 8, 8], [5, 3, 1, 1])
    """
    return halved("channels", channels, groups)


def halved(argument: str, channels: int, groups: int | None) -> list[int]:
    """`logarithmic_group_sizes` of channels that an error calls `argument`."""
    rest = whole(argument, channels, least=1)
    most = rest.bit_length()
    count = most if groups is None else whole("groups", groups, least=1)
    if count > most:
        refuse(f"{argument} can be halved into at most {most} groups", **{argument: rest, "groups": count})
    sizes = []
    for _ in range(count - 1):
        sizes.append(-(-rest // 2))
        rest //= 2
    return [*sizes, rest]


def logarithmic_grouped_conv(
    x: Array,
    weights: Sequence[Array],
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Grouped convolution with groups of logarithmic sizes: split, convolve each part with its weight, concatenate.

    Input and output channels are divided by `logarithmic_group_sizes` into as many groups as there are weights.

    Shapes:
        x:       (N, C_in, *S)
        weights: one (m_q, n_q, *K) per group, n_q of the C_in and m_q of the C_out channels
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        weights: Weights of the groups, the largest first.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: weights that are not those of logarithmic groups, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Lee et al., "Convolution with Logarithmic Filter Groups for Efficient Shallow CNN", 2017.

    Example:
        >>> x, sizes = np.ones((1, 8, 3), dtype=int), logarithmic_group_sizes(8, 3)
        >>> weights = [np.ones((size, size, 2), dtype=int) for size in sizes]
        >>> logarithmic_grouped_conv(x, weights)[0, :, 0].tolist()
        [8, 8, 8, 8, 4, 4, 4, 4]
    """
    if not isinstance(weights, (list, tuple)) or not weights:
        rule = "weights must be a list or tuple of one array (m_q, n_q, *K) per group"
        refuse(rule, error=TypeError, weights=type(weights).__name__)
    either(x=x, **{f"weights[{q}]": w for q, w in enumerate(weights)}, b=b)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    conv_geometry(tuple(x.shape), _dense_shape(x, weights), bias_shape=shape_of(b), **options)
    result, _ = accumulator(x, *weights, b)
    return side_by_side(cast(x, result), weights, b, **options)


def _dense_shape(x: Shaped, weights: Sequence[Shaped]) -> Shape:
    """The shape of the weight without groups, if these are the weights of logarithmic groups of x."""
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    shapes = [
        checks.shape(f"weights[{q}].shape", tuple(w.shape), layout="(m_q, n_q, *K)") for q, w in enumerate(weights)
    ]
    filters = sum(w_shape[0] for w_shape in shapes)
    sizes = halved("C_out", filters, len(shapes)), halved("C_in", shape[1], len(shapes))
    wanted = list(zip(*sizes, strict=True))
    if [w_shape[:2] for w_shape in shapes] != wanted or len({w_shape[2:] for w_shape in shapes}) > 1:
        got = {"x.shape": shape, "weights": shapes}
        refuse(f"weights must have (m_q, n_q) = {wanted} and one kernel size", **got)
    return (filters, shape[1], *shapes[0][2:])
