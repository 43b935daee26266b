"""What a convolution moves through memory, and how much it computes for each byte of it."""

from collections.abc import Sequence
from math import prod

from reference_impl.arithmetic.cost import conv_macs
from reference_impl.arithmetic.sizes import conv_geometry
from reference_impl.checks import whole
from reference_impl.types import Padding, PerAxis


def conv_bytes(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    itemsize: int = 4,
) -> int:
    """Bytes of the input, the weight and the output, each number once: what moves even if the cache forgets nothing.

    Padding is not stored and the bias is left out. Input that no window reads, as most of it under a 1×1 kernel with
    stride 2, counts like the rest.

    Formula:
        B = b * (N*C_in*i_H*i_W + C_out*(C_in/g)*k_H*k_W + N*C_out*o_H*o_W)

        B — bytes
        i_H = o_H + k_H - 1
        i_W = o_W + k_W - 1
        input_shape = (N, C_in, i_H, i_W)
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
        itemsize: Bytes of one number: 4 for float32, 2 for float16 and bfloat16.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Williams, Waterman & Patterson, "Roofline", 2009 (compulsory memory traffic).

    Example:
        >>> conv_bytes((1, 64, 56, 56), (64, 64, 3, 3), padding=1)
        1753088
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size = whole("itemsize", itemsize, least=1)
    output = conv_geometry(input_shape, weight_shape, **options)[0]
    return size * (prod(input_shape) + prod(weight_shape) + prod(output))


def arithmetic_intensity(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    itemsize: int = 4,
) -> float:
    """FLOPs per byte of input, weight and output: 2 × `conv_macs` / `conv_bytes`.

    In the roofline model, a machine with P FLOP/s and Q bytes/s waits for its memory below P / Q and for its
    arithmetic above it.

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
        itemsize: Bytes of one number: 4 for float32, 2 for float16 and bfloat16.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Williams, Waterman & Patterson, "Roofline", 2009, where it is called operational intensity.

    Example:
        >>> f"{arithmetic_intensity((1, 64, 56, 56), (64, 64, 3, 3), padding=1):.1f}"
        '131.9'
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size = whole("itemsize", itemsize, least=1)
    conv_geometry(input_shape, weight_shape, **options)
    flops = 2 * conv_macs(input_shape, weight_shape, **options)
    return flops / conv_bytes(input_shape, weight_shape, **options, itemsize=size)
