"""im2col and col2im: a convolution's windows as the columns of a matrix, and back."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, is_tensor, numeric, pad, shape_of
from reference_impl.checks import refuse
from reference_impl.types import Array, GroupedOptions, Padding, PerAxis, WindowOptions


def conv_columns(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Array:
    """Convolution as one matrix product: filters as rows times windows as columns. The form to read.

    Shapes, arguments and errors are those of `conv`.

    The columns hold every input cell once for each tap that reads it.

    Source:
        Chellapilla, Puri & Simard, "High performance convolutional neural networks for document processing", 2006.

    Example:
        >>> conv_columns(np.arange(9).reshape(1, 1, 3, 3), np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[19, 25], [37, 43]]
    """
    either(x=x, w=w, b=b)
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    shapes = tuple(x.shape), tuple(w.shape)
    geometry = conv_geometry(*shapes, bias_shape=shape_of(b), padding_mode=padding_mode, **options)
    result, add_up = accumulator(x, w, b)
    padded = pad(cast(x, add_up), geometry.pads, padding_mode)
    columns = im2col(padded, w.shape[2:], stride=stride, dilation=dilation)
    filters = cast(w, add_up).reshape(groups, w.shape[0] // groups, -1)  # (g, C_out/g, C_in/g·∏K)
    columns = columns.reshape(x.shape[0], groups, filters.shape[2], columns.shape[2])  # (N, g, C_in/g·∏K, ∏O)
    y = (filters @ columns).reshape(geometry.output_shape)  # (N, C_out, *O)
    if b is not None:
        y = y + cast(b, add_up).reshape(-1, *(1,) * (x.ndim - 2))
    return as_result(y, result)


def im2col(
    x: Array, kernel_size: PerAxis, *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Array:
    """Every window of the input as one column.

    A convolution is then one matrix product: `w.reshape(C_out, -1) @ im2col(x, K)`.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C·∏K, ∏O), rows ordered channel, then tap; columns ordered as the output cells

    Args:
        x: Input: a NumPy array, or a torch tensor, which goes to `im2col_torch`.
        kernel_size: Taps; int or one per axis.
        stride: Step between windows; int or one per axis.
        padding: Zeros added outside, in any form that `conv` takes.
        dilation: Step between taps; int or one per axis.

    Raises:
        ValueError: a wrong rank, a value out of range, or a kernel larger than the padded input.
        TypeError: an argument of the wrong kind.

    Source:
        Chellapilla, Puri & Simard, "High performance convolutional neural networks for document processing", 2006;
        torch.nn.functional.unfold, whose layout this is.

    Example:
        >>> im2col(np.arange(9).reshape(1, 1, 3, 3), 2)[0].tolist()
        [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    """
    options: WindowOptions = {"stride": stride, "padding": padding, "dilation": dilation}
    if is_tensor(x):
        from reference_impl.conv.torch import im2col_torch  # only who has a tensor needs torch

        y: Any = im2col_torch(x, kernel_size, **options)
        return y
    either(x=x)
    shape = checks.shape("x.shape", x.shape, layout="(N, C, *S)")
    kernel = checks.per_axis("kernel_size", kernel_size, len(shape) - 2, least=1)
    output, strides, pads, dilations = conv_geometry(shape, (1, shape[1], *kernel), **options)
    axes = tuple(range(2, x.ndim))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True))
    windows = np.lib.stride_tricks.sliding_window_view(pad(x, pads), reach, axis=axes)
    windows = windows[(..., *(slice(None, None, d) for d in dilations))]
    windows = windows[(slice(None), slice(None), *(slice(None, None, s) for s in strides))]  # (N, C, *O, *K)
    order = (0, 1, *(axis + len(axes) for axis in axes), *axes)
    cols: Any = np.array(windows.transpose(order), order="C")  # (N, C, *K, *O), never a view of x
    return cols.reshape(shape[0], shape[1] * prod(kernel), prod(output[2:]))  # (N, C·∏K, ∏O)


def col2im(
    cols: np.ndarray,
    output_size: Sequence[int],
    kernel_size: PerAxis,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> np.ndarray:
    """Add every column back to where `im2col` took it from; the transpose of `im2col`, not its inverse.

    Shapes:
        cols:    (N, C·∏K, ∏O)
        returns: (N, C, *output_size)

    Args:
        cols: Columns, laid out as `im2col` returns them.
        output_size: Spatial size of the image to add into, one per axis.
        kernel_size: Taps; int or one per axis.
        stride: Step between windows; int or one per axis.
        padding: Cells that `im2col` added outside and that are dropped here.
        dilation: Step between taps; int or one per axis.

    Raises:
        ValueError: columns that do not fit the sizes, a value out of range, or whole numbers too large for their dtype.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.functional.fold, whose layout this is.

    Example:
        >>> ones = np.ones((1, 1, 3, 3), dtype=int)
        >>> col2im(im2col(ones, 2), (3, 3), 2)[0, 0].tolist()
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    image = checks.sizes("output_size", output_size)
    kernel = checks.per_axis("kernel_size", kernel_size, len(image), least=1)
    options: WindowOptions = {"stride": stride, "padding": padding, "dilation": dilation}
    output, strides, pads, dilations = conv_geometry((1, 1, *image), (1, 1, *kernel), **options)
    fits = numeric("cols", cols).ndim == 3 and cols.shape[2] == prod(output[2:])
    if not fits or not cols.shape[1] or cols.shape[1] % prod(kernel):
        rule = f"cols must have shape (N, C·{prod(kernel)}, {prod(output[2:])}) for these sizes"
        got = {"cols.shape": cols.shape, "output_size": image, "kernel_size": kernel}
        refuse(rule, error=ValueError, **got)
    result, add_up = accumulator(cols)
    taps = cols.reshape(len(cols), cols.shape[1] // prod(kernel), *kernel, *output[2:])  # (N, C, *K, *O)
    padded = [size + lo + hi for size, (lo, hi) in zip(image, pads, strict=True)]
    y = np.zeros((*taps.shape[:2], *padded), dtype=add_up)
    for tap in np.ndindex(*kernel):
        axes = zip(tap, dilations, strides, output[2:], strict=True)
        cells = tuple(slice(d * u, d * u + s * (o - 1) + 1, s) for u, d, s, o in axes)
        y[(..., *cells)] += taps[(slice(None), slice(None), *tap)]
    inside = (slice(lo, lo + size) for size, (lo, _) in zip(image, pads, strict=True))
    return as_result(np.ascontiguousarray(y[(..., *inside)]), result)
