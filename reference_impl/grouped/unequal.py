r"""Groups that overlap, and groups of unequal, logarithmic sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric, shape_of
from reference_impl.checks import refuse, whole
from reference_impl.conv import conv


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
    return overlap_windows(in_channels, groups, overlap)


def overlap_windows(in_channels: int, groups: int, overlap: int) -> list[list[int]]:
    """`overlapping_channels`, with errors that name `function`."""
    channels = checks.count("in_channels", in_channels)
    groups = whole("groups", groups, least=1)
    checks.divisible("in_channels", channels, groups)
    own = channels // groups
    if whole("overlap", overlap, least=0) > channels - own:
        rule = f"overlap must be at most {channels - own}, the channels of the other groups"
        refuse(rule, overlap=overlap, in_channels=channels, groups=groups)
    return [[(first + c) % channels for c in range(own + overlap)] for first in range(0, channels, own)]


def overlapping_grouped_conv(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    groups: int,
    overlap: int,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    """Grouped convolution whose groups also read the next `overlap` channels of their neighbours.

    With overlap 0 it is `conv` with `groups`; with overlap C_in − C_in/groups every filter reads every channel.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups + overlap, *K), channels in the order of `overlapping_channels`
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
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
    for argument, array in {"x": x, "w": w, "b": b}.items():
        if array is not None or argument != "b":
            numeric(argument, array)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    windows = checked_overlap(x, w, b, groups, overlap, padding_mode, options)
    result, add_up = accumulator(x, w, b)
    gathered = x[:, np.concatenate(windows)].astype(add_up, copy=False)  # (N, g·(C_in/g + overlap), *S)
    return as_result(conv(gathered, w, b, groups=groups, padding_mode=padding_mode, **options), result)


def checked_overlap(
    x: Any, w: Any, b: Any, groups: int, overlap: int, padding_mode: str, options: dict[str, Any]
) -> list[list[int]]:
    """Refuse what does not fit, by shape alone; return the channels of each group. Serves NumPy and torch."""
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    windows = overlap_windows(shape[1], groups, overlap)
    read = len(windows) * len(windows[0])
    pads = conv_geometry((shape[0], read, *shape[2:]), tuple(w.shape), groups=groups, **options)[2]
    checks.bias_fits(shape_of(b), w.shape[0])
    checks.padding_fits(padding_mode, pads, shape[2:])
    return windows


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
    return halving_sizes("channels", channels, groups)


def halving_sizes(argument: str, channels: int, groups: int | None) -> list[int]:
    """`logarithmic_group_sizes`, with errors that name `function` and `argument`."""
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
    x: np.ndarray,
    weights: Sequence[np.ndarray],
    b: np.ndarray | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
    r"""Grouped convolution with groups of logarithmic sizes: split, convolve each part with its weight, concatenate.

    Input and output channels are divided by `logarithmic_group_sizes` into as many groups as there are weights.

    Shapes:
        x:       (N, C_in, *S)
        weights: one (m_q, n_q, *K) per group, n_q of the C_in and m_q of the C_out channels
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers.
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
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    sizes = checked_logarithmic(numeric("x", x), weights, b, padding_mode, options, numeric)
    result, add_up = accumulator(x, *weights, b)
    filters = [len(w) for w in weights]
    inputs = np.split(x.astype(add_up, copy=False), np.cumsum(sizes)[:-1], axis=1)  # g × (N, n_q, *S)
    biases = [None] * len(sizes) if b is None else np.split(b, np.cumsum(filters)[:-1])  # g × (m_q,)
    parts = zip(inputs, weights, biases, strict=True)
    outputs = [conv(*part, padding_mode=padding_mode, **options) for part in parts]  # g × (N, m_q, *O)
    return as_result(np.concatenate(outputs, axis=1), result)


def checked_logarithmic(
    x: Any, weights: Any, b: Any, padding_mode: str, options: dict[str, Any], numeric_check: Any
) -> list[int]:
    """Refuse what does not fit, by shape alone; return the input channels of each group. Serves NumPy and torch."""
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    if not isinstance(weights, (list, tuple)) or not weights:
        rule = "weights must be a list or tuple of one array (m_q, n_q, *K) per group"
        refuse(rule, error=TypeError, weights=type(weights).__name__)
    shapes = [
        checks.shape(
            f"weights[{q}].shape",
            tuple(numeric_check(f"weights[{q}]", w).shape),
            layout="(m_q, n_q, *K)",
        )
        for q, w in enumerate(weights)
    ]
    filters = sum(w_shape[0] for w_shape in shapes)
    sizes = halving_sizes("C_in", shape[1], len(shapes))
    wanted = list(zip(halving_sizes("C_out", filters, len(shapes)), sizes, strict=True))
    got: dict[str, Any] = {"x.shape": shape, "weights": shapes}
    if [w_shape[:2] for w_shape in shapes] != wanted or len({w_shape[2:] for w_shape in shapes}) > 1:
        refuse(f"weights must have (m_q, n_q) = {wanted} and one kernel size", **got)
    if b is not None:
        numeric_check("b", b)
    checks.bias_fits(shape_of(b), filters)
    pads = conv_geometry(shape, (filters, shape[1], *shapes[0][2:]), **options)[2]
    checks.padding_fits(padding_mode, pads, shape[2:])
    return sizes
