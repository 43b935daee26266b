"""Sizes, shapes and cost of transposed convolutions."""

from collections.abc import Sequence
from math import prod
from typing import Any

from reference_impl import checks
from reference_impl.arithmetic.sizes import output_size
from reference_impl.checks import is_symbol, refuse, whole
from reference_impl.types import Geometry, Padding, Pairs, PerAxis, Shape


def conv_transpose_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: Padding = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """Number of outputs of a transposed convolution along one axis.

    Formula:
        o = (i - 1)*s - 2*p + d*(k - 1) + a + 1

        s — stride of a transpose
        p — padding of a transpose
        d — dilation of a transpose

    Args:
        input_size: Input cells along the axis.
        kernel_size: Taps of the kernel along the axis.
        stride: Output cells from one input cell's stamp to the next.
        padding: Output cells cut off at each end, or a (lo, hi) pair: the padding of the convolution that is undone.
        output_padding: Output cells kept in addition at the end; less than stride or less than dilation.
        dilation: Step between taps, in output cells; 1 is an ordinary kernel.

    Raises:
        ValueError: a size, stride or dilation below 1, an output_padding that is too large, or padding that leaves
            no output.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, relationship 14; torch.nn.ConvTranspose2d, "Shape" (with dilation).

    Example:
        >>> conv_transpose_output_size(4, 4, stride=2, padding=1)
        8
        >>> conv_transpose_output_size(112, 7, stride=2, padding=3, output_padding=1)
        224
    """
    i, k = whole("input_size", input_size, least=1), whole("kernel_size", kernel_size, least=1)
    s, d = whole("stride", stride, least=1), whole("dilation", dilation, least=1)
    axis_padding = [padding] if isinstance(padding, (tuple, list)) else padding
    ((lo, hi),) = _cuts(axis_padding, 1)
    return _output_size(i, k, s, (lo, hi), whole("output_padding", output_padding, least=0), d)


def conv_transpose_output_padding(
    input_size: int, kernel_size: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1
) -> int:
    """The `output_padding` with which a transposed convolution returns to the size that a convolution started from.

    A convolution with a stride maps several input sizes to one output size, because its size formula rounds down. The
    remainder of that division says which one it was.

    Formula:
        a = i + 2*p - d*(k - 1) - 1 - s*((i + 2*p - d*(k - 1) - 1) // s)

        a — output_padding

    Args:
        input_size: Input cells of the convolution along the axis.
        kernel_size: Taps of the kernel along the axis.
        stride: Step between windows, in input cells.
        padding: Cells added at each end, or a (lo, hi) pair.
        dilation: Step between taps, in input cells.

    Returns:
        (i + 2p − d(k − 1) − 1) mod s.

    Raises:
        ValueError: a size, stride or dilation below 1, or a kernel that is longer than the padded input.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, relationship 14.

    Example:
        >>> [conv_transpose_output_padding(i, 3, stride=2, padding=1) for i in (7, 8)]
        [0, 1]
    """
    i, k = whole("input_size", input_size, least=1), whole("kernel_size", kernel_size, least=1)
    s, d = whole("stride", stride, least=1), whole("dilation", dilation, least=1)
    axis_padding = [padding] if isinstance(padding, (tuple, list)) else padding
    ((lo, hi),) = _cuts(axis_padding, 1)
    outputs = output_size(i, k, s, (lo, hi), d)
    return i + lo + hi - d * (k - 1) - 1 - (outputs - 1) * s


def conv_transpose_output_shape(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> tuple[int, ...]:
    """Output shape of a transposed convolution over any number of spatial axes.

    Shapes:
        input_shape:  (N, C_in, *S)
        weight_shape: (C_in, C_out/groups, *K), input channels first
        returns:      (N, C_out, *O), each O as `conv_transpose_output_size` says

    Args:
        input_shape: Shape of the input, channels first.
        weight_shape: Shape of the weight.
        stride: Output cells from one stamp to the next; int or one per axis.
        padding: Output cells cut off: int, one per axis, or (lo, hi) pairs per axis.
        output_padding: Output cells kept in addition at the end; int or one per axis.
        dilation: Step between taps, in output cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.functional.conv_transpose2d.

    Example:
        >>> conv_transpose_output_shape((1, 100, 1, 1), (100, 1024, 4, 4))  # DCGAN's first layer
        (1, 1024, 4, 4)
        >>> conv_transpose_output_shape((1, 8, 5, 6), (8, 3, 3, 3), stride=2, groups=4)
        (1, 12, 11, 13)
    """
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return conv_transpose_geometry(input_shape, weight_shape, **options, groups=groups)[0]


def conv_transpose_macs(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> int:
    """Multiply–accumulates of a transposed convolution: every input number meets its stamp once.

    The inserted zeros of the zero-insertion view are not multiplied, and products that `padding` cuts off count, as
    they do in PyTorch's counter. Neither stride nor padding changes the count.

    Formula:
        MACs = N*C_in*i_H*i_W*(C_out/g)*k_H*k_W

        C_out = g*m
        input_shape = (N, C_in, i_H, i_W)
        weight_shape = (C_in, m, k_H, k_W)

    Shapes:
        input_shape:  (N, C_in, *S)
        weight_shape: (C_in, C_out/groups, *K)

    Args:
        input_shape: Shape of the input, channels first.
        weight_shape: Shape of the weight, input channels first.
        stride: Output cells from one stamp to the next; int or one per axis.
        padding: Output cells cut off: int, one per axis, or (lo, hi) pairs per axis.
        output_padding: Output cells kept in addition at the end; int or one per axis.
        dilation: Step between taps, in output cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        torch.utils.flop_counter.conv_flop_count, which counts 2 FLOPs a MAC.

    Example:
        >>> conv_transpose_macs((1, 1024, 4, 4), (1024, 512, 5, 5), stride=2, padding=2, output_padding=1)
        209715200
    """
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    conv_transpose_geometry(input_shape, weight_shape, **options, groups=groups)
    return prod(input_shape) * prod(weight_shape[1:])


def conv_transpose_geometry(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias_shape: Sequence[int] | None = None,
) -> Geometry:
    """The one gate of every transposed convolution: refuse shapes and options that do not fit, return the geometry.

    Example:
        >>> conv_transpose_geometry((1, 4, 5, 6), (4, 3, 3, 2), stride=2).output_shape
        (1, 3, 11, 12)
    """
    x_shape, w_shape, groups = _shapes(input_shape, weight_shape, groups)
    spatial, kernel = x_shape[2:], w_shape[2:]
    strides = checks.per_axis("stride", stride, len(spatial), least=1)
    dilations = checks.per_axis("dilation", dilation, len(spatial), least=1)
    extra = checks.per_axis("output_padding", output_padding, len(spatial), least=0)
    cuts = _cuts(padding, len(spatial))
    axes = zip(spatial, kernel, strides, cuts, extra, dilations, strict=True)
    output = (x_shape[0], w_shape[1] * groups, *(_output_size(*axis) for axis in axes))
    checks.holdable((*output[:2], *(o + lo + hi for o, (lo, hi) in zip(output[2:], cuts, strict=True))))
    checks.bias_fits(bias_shape, output[1])
    return Geometry(output, strides, cuts, dilations)


def _shapes(input_shape: Sequence[int], weight_shape: Sequence[int], groups: int) -> tuple[Shape, Shape, int]:
    """Input (N, C_in, *S), weight (C_in, C_out/g, *K) and groups, if they fit each other."""
    x_shape = checks.shape("input_shape", input_shape, layout="(N, C_in, *S)")
    w_shape = checks.shape("weight_shape", weight_shape, layout="(C_in, C_out/groups, *K)")
    groups = whole("groups", groups, least=1)
    got = {"input_shape": x_shape, "weight_shape": w_shape, "groups": groups}
    if len(x_shape) != len(w_shape):
        refuse("input and weight must have the same number of axes", **got)
    checks.divisible("C_in", x_shape[1], groups)
    if not is_symbol(x_shape[1]) and not is_symbol(w_shape[0]) and w_shape[0] != x_shape[1]:
        refuse("weight of a transposed convolution must have shape (C_in, C_out/groups, *K)", **got)
    return x_shape, w_shape, groups


def _cuts(padding: Any, axes: int) -> Pairs:
    """(lo, hi) output cells that padding cuts off, per axis; the padding words mean different things elsewhere."""
    if isinstance(padding, str):
        rule = (
            "padding of a transposed convolution must be numbers; keras_transpose_arguments translates 'same', 'valid'"
        )
        refuse(rule, padding=padding)
    # A word was refused above, so only pairs can come back.
    return checks.padding(padding, axes)  # type: ignore[return-value]


def _output_size(
    input_size: int, kernel_size: int, stride: int, cuts: tuple[int, int], extra: int, dilation: int
) -> int:
    """`conv_transpose_output_size` for checked arguments."""
    if not any(map(is_symbol, (stride, extra, dilation))) and extra >= max(stride, dilation):
        rule = "output_padding must be less than stride or less than dilation"
        refuse(rule, output_padding=extra, stride=stride, dilation=dilation)
    output = (input_size - 1) * stride - sum(cuts) + dilation * (kernel_size - 1) + extra + 1
    if not is_symbol(output) and output < 1:
        got = {"input_size": input_size, "kernel_size": kernel_size, "stride": stride, "padding": cuts}
        refuse(f"padding must leave at least one output cell, but leaves {output}", **got)
    return output
