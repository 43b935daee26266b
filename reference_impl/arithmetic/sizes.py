"""Output sizes and shapes of convolutions."""

from collections.abc import Sequence
from typing import Any

from reference_impl import checks
from reference_impl.arithmetic.padding import padding_pairs
from reference_impl.checks import is_symbol, refuse, whole
from reference_impl.types import Geometry, Padding, PerAxis


def conv_output_size(
    input_size: int, kernel_size: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1
) -> int:
    """Number of outputs of a convolution along one axis.

    Formula:
        o = (i + 2*p - d*(k - 1) - 1) // s + 1

    Args:
        input_size: Input cells along the axis.
        kernel_size: Taps of the kernel along the axis.
        stride: Step between windows, in input cells.
        padding: Cells added at each end, a (lo, hi) pair, or "valid", "same", "same_lower", "causal".
        dilation: Step between taps, in input cells; 1 is an ordinary kernel.

    Raises:
        ValueError: a size, stride or dilation below 1, an unknown padding word, or a kernel that
            is longer than the padded input.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, relationships 6 and 15 (with dilation); torch.nn.Conv2d, "Shape".

    Example:
        >>> conv_output_size(224, 7, stride=2, padding=3)
        112
    """
    i, k = whole("input_size", input_size, least=1), whole("kernel_size", kernel_size, least=1)
    s, d = whole("stride", stride, least=1), whole("dilation", dilation, least=1)
    axis_padding: Any = [padding] if isinstance(padding, (tuple, list)) else padding
    ((lo, hi),) = padding_pairs(axis_padding, (i,), (k,), (s,), (d,))
    return output_size(i, k, s, (lo, hi), d)


def output_size(input_size: int, kernel_size: int, stride: int, pads: tuple[int, int], dilation: int) -> int:
    """`conv_output_size` for arguments that were checked before."""
    padded = input_size + sum(pads)
    reach = dilation * (kernel_size - 1) + 1
    if not is_symbol(padded - reach) and padded < reach:
        rule = "the padded input must be at least as long as the dilated kernel"
        got = {"input_size": input_size, "padding": pads, "kernel_size": kernel_size, "dilation": dilation}
        refuse(f"{rule}, but {padded} < {reach}", **got)
    return (padded - reach) // stride + 1


def unread_cells(input_size: int, kernel_size: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1) -> int:
    """Cells at the end of the padded axis that no window reaches: what the floor of `conv_output_size` drops.

    Formula:
        r = i + 2*p - d*(k - 1) - 1 - s*((i + 2*p - d*(k - 1) - 1) // s)

        r — unread

    Args:
        input_size: Input cells along the axis.
        kernel_size: Taps of the kernel along the axis.
        stride: Step between windows, in input cells.
        padding: Cells added at each end, a (lo, hi) pair, or a padding word.
        dilation: Step between taps, in input cells.

    Returns:
        0 … stride − 1 cells. The padding of the far end is dropped first, then input.

    Raises:
        ValueError: as `conv_output_size`.
        TypeError: as `conv_output_size`.

    Source:
        Dumoulin & Visin, 2016, section 2.4.

    Example:
        >>> unread_cells(224, 11, stride=4), unread_cells(227, 11, stride=4), unread_cells(224, 7, stride=2, padding=3)
        (1, 0, 1)
    """
    i, k = whole("input_size", input_size, least=1), whole("kernel_size", kernel_size, least=1)
    s, d = whole("stride", stride, least=1), whole("dilation", dilation, least=1)
    axis_padding: Any = [padding] if isinstance(padding, (tuple, list)) else padding
    ((lo, hi),) = padding_pairs(axis_padding, (i,), (k,), (s,), (d,))
    read = (output_size(i, k, s, (lo, hi), d) - 1) * s + d * (k - 1) + 1
    return i + lo + hi - read


def conv_output_shape(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> tuple[int, ...]:
    """Output shape of a convolution over any number of spatial axes.

    Shapes:
        input_shape:  (N, C_in, *S)
        weight_shape: (C_out, C_in/groups, *K)
        returns:      (N, C_out, *O), each O as `conv_output_size` says

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
        Dumoulin & Visin, 2016, section 2; torch.nn.functional.conv2d.

    Example:
        >>> conv_output_shape((1, 3, 224, 160), (64, 3, 7, 7), stride=2, padding=3)
        (1, 64, 112, 80)
    """
    return conv_geometry(input_shape, weight_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)[0]


def conv_geometry(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias_shape: Sequence[int] | None = None,
    padding_mode: str = "zeros",
) -> Geometry:
    """The one gate of every convolution: refuse shapes and options that do not fit, return the geometry.

    It works from shapes alone, so that it serves NumPy, torch and plain arithmetic alike.

    Example:
        >>> conv_geometry((1, 3, 8, 5), (6, 3, 3, 2), stride=(2, 1), padding="same").pads
        ((0, 1), (0, 1))
    """
    x_shape, w_shape, _ = checks.conv_shapes(input_shape, weight_shape, groups)
    spatial, kernel = x_shape[2:], w_shape[2:]
    strides = checks.per_axis("stride", stride, len(spatial), least=1)
    dilations = checks.per_axis("dilation", dilation, len(spatial), least=1)
    pads = padding_pairs(padding, spatial, kernel, strides, dilations)
    axes = zip(spatial, kernel, strides, pads, dilations, strict=True)
    output = (x_shape[0], w_shape[0], *(output_size(*axis) for axis in axes))
    checks.holdable((*x_shape[:2], *(i + lo + hi for i, (lo, hi) in zip(spatial, pads, strict=True))), output)
    checks.bias_fits(bias_shape, w_shape[0])
    checks.padding_fits(padding_mode, pads, spatial)
    return Geometry(output, strides, pads, dilations)
