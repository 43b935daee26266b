"""Convolution (cross-correlation) over any number of spatial axes, from torch primitives: views and matrix products.

Differentiable as often as wanted, on any device, in eager mode and compiled.
"""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from itertools import product
from math import prod

import torch
import torch.nn.functional as F  # noqa: N812 (the name that every torch programme uses)

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, pad, shape_of, tensors
from reference_impl.types import GroupedOptions, Padding, PerAxis

FEWEST_TERMS = 3  # of a sum: fewer are better gathered from all taps at once


def conv_torch(
    x: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> torch.Tensor:
    """Convolution as deep learning means it (cross-correlation), from torch primitives.

    Shapes, arguments and errors are those of `conv`.

    Where all strides but the last are 1, the taps of one kernel row are gathered into columns. Kernel rows read the
    same columns at different offsets, so that each of them is one matrix product, added to the sum where it stands.
    With other strides, 16-bit numbers or very short rows, all taps are gathered, and one product does it.

    Source:
        Dumoulin & Visin, 2016, section 1.1; torch.nn.functional.conv2d.

    Example:
        >>> conv_torch(torch.arange(9).reshape(1, 1, 3, 3), torch.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[19, 25], [37, 43]]
    """
    tensors(x=x, w=w, b=b)
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    shapes = {"bias_shape": shape_of(b), "padding_mode": padding_mode}
    output, strides, pads, dilations = conv_geometry(tuple(x.shape), tuple(w.shape), **shapes, **options)
    result, add_up = accumulator(x)
    padded, weights, b = (
        pad(cast(x, add_up), pads, padding_mode),
        cast(w, add_up),
        None if b is None else cast(b, add_up),
    )
    if w.ndim == 3:  # a line is an image whose rows have one cell
        padded, weights, strides, dilations = padded[..., None], weights[..., None], (*strides, 1), (*dilations, 1)
    return as_result(_correlate(padded, weights, b, strides, dilations, groups).reshape(output), result)


def im2col_torch(
    x: torch.Tensor,
    kernel_size: int | Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> torch.Tensor:
    """Every window of the input as one column, from torch primitives.

    Shapes, arguments and errors are those of `im2col`.

    Source:
        Chellapilla, Puri & Simard, "High performance convolutional neural networks for document processing", 2006;
        torch.nn.functional.unfold, whose layout this is.

    Example:
        >>> im2col_torch(torch.arange(9).reshape(1, 1, 3, 3), 2)[0].tolist()
        [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    """
    tensors(x=x)
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C, *S)")
    kernel = checks.per_axis("kernel_size", kernel_size, len(shape) - 2, least=1)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    output, strides, pads, dilations = conv_geometry(shape, (1, shape[1], *kernel), **options)
    windows = _windows(pad(x, pads), kernel, strides, dilations)  # (N, C, *K, *O)
    return windows.reshape(shape[0], shape[1] * prod(kernel), prod(output[2:]))


def _correlate(
    padded: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor | None,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> torch.Tensor:
    """Correlate padded (N, C_in, *P) with w (C_out, C_in/g, *K) over at least two axes.

    Where all strides but the last are 1, only the taps of the last axis are gathered: seen as one flat line, a step
    along any other axis is an offset. The flat line also crosses cells between two outputs; they are cut off.
    """
    (n, *_), (filters, channels, *kernel) = padded.shape, w.shape
    slides = set(stride[:-1]) == {1} and channels * kernel[-1] >= FEWEST_TERMS and w.element_size() > 2
    sliding = (*kernel[:-1], 1) if slides else (1,) * len(kernel)
    gathered = (*(1,) * (len(kernel) - 1), kernel[-1]) if slides else tuple(kernel)
    windows = _windows(padded, gathered, stride, dilation)  # (N, C_in, *gathered, *cells)
    cells, terms = windows.shape[2 + len(kernel) :], channels * prod(gathered)
    columns = windows.reshape(n * groups, terms, prod(cells))  # (N·g, C_in/g·taps, ∏cells)
    outputs = [size - d * (k - 1) for size, k, d in zip(cells, sliding, dilation, strict=True)]
    steps = [prod(cells[axis + 1 :]) for axis in range(len(cells))]  # along the flat line
    run = sum((o - 1) * step for o, step in zip(outputs, steps, strict=True)) + 1
    matrices = w.reshape(groups, filters // groups, channels, prod(sliding), prod(gathered)).movedim(3, 0)
    starts = [sum(map(prod, zip(tap, dilation, steps, strict=True))) for tap in product(*map(range, sliding))]
    factors = [
        (_each_sample(matrix.reshape(groups, filters // groups, terms), n), columns[..., start : start + run])
        for matrix, start in zip(matrices, starts, strict=True)  # (g, C_out/g, C_in/g, taps)
    ]
    first, *others = factors
    total = torch.bmm(*first) if b is None else torch.baddbmm(_each_sample(b.reshape(groups, -1, 1), n), *first)
    for factor in others:
        total.baddbmm_(*factor)  # (N·g, C_out/g, run)
    if run < outputs[0] * steps[0]:
        total = F.pad(total, (0, outputs[0] * steps[0] - run))
    return total.reshape(n, filters, outputs[0], *cells[1:])[(..., *map(slice, outputs))].contiguous()


def _windows(
    padded: torch.Tensor, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> torch.Tensor:
    """A view of all windows of padded (N, C, *P): (N, C, *K, *O)."""
    axes = range(2, padded.ndim)
    for axis, k, s, d in zip(axes, kernel, stride, dilation, strict=True):
        padded = padded.unfold(axis, d * (k - 1) + 1, s)[..., ::d]  # (N, C, …, *K so far)
    return padded.movedim(tuple(axes), tuple(axis + len(axes) for axis in axes))


def _each_sample(values: torch.Tensor, samples: int) -> torch.Tensor:
    """(g, …) repeated for every sample: (N·g, …); a view where g is 1."""
    return values.expand(samples, *values.shape).reshape(samples * len(values), *values.shape[1:])
