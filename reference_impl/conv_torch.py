"""Convolution from torch primitives: views and matrix products, differentiable, on any device."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.tensors import numeric, together

TORCH_PAD_MODES = {"reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def conv_torch(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Convolution as deep learning means it; same arguments and result as `conv`, for tensors.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors that differ in dtype or device.

    Source:
        Dumoulin & Visin, 2016, section 1.1; torch.nn.functional.conv2d.

    Example:
        >>> conv_torch(torch.arange(9.0).reshape(1, 1, 3, 3), torch.arange(4.0).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[19.0, 25.0], [37.0, 43.0]]
    """
    name = "conv_torch"
    together(name, x=x, w=w, b=b)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    output, strides, pads, dilations = conv_geometry(name, tuple(x.shape), tuple(w.shape), **options)
    if b is not None:
        checks.bias_shape(name, b, w.shape[0])
    checks.padding_fits(name, padding_mode, pads, x.shape[2:])
    columns = _columns(_pad(x, pads, padding_mode), w.shape[2:], output[2:], strides, dilations)
    columns = columns.reshape(x.shape[0], groups, prod(w.shape[1:]), prod(output[2:]))  # (N, g, C_in/g·∏K, ∏O)
    y = w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:])) @ columns  # (N, g, C_out/g, ∏O)
    y = y.reshape(output)
    return y if b is None else y + b.reshape(-1, *(1,) * (x.ndim - 2))


def _pad(x: Tensor, pads: Sequence[tuple[int, int]], mode: str) -> Tensor:
    if not any(map(any, pads)):
        return x
    flat = [cells for pair in reversed(pads) for cells in pair]
    if mode == "zeros":
        return torch.nn.functional.pad(x, flat)
    return torch.nn.functional.pad(x, flat, mode=TORCH_PAD_MODES[mode])


def _columns(
    padded: Tensor, kernel: Sequence[int], outputs: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Tensor:
    """(N, C, *K, *O) windows of a padded input, as a view."""
    step = padded.stride()
    spatial = [dim * d for dim, d in zip(step[2:], dilation, strict=True)]
    moving = [dim * s for dim, s in zip(step[2:], stride, strict=True)]
    size = (*padded.shape[:2], *kernel, *outputs)
    return padded.as_strided(size, (*step[:2], *spatial, *moving))


def im2col_torch(
    x: Tensor, kernel_size: int | Sequence[int], *, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Tensor:
    """Every window of the input as one column; same arguments and result as `im2col`.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C·∏K, ∏O)

    Raises:
        ValueError: a wrong rank, a value out of range, or a kernel larger than the padded input.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.functional.unfold, whose layout this is.

    Example:
        >>> im2col_torch(torch.arange(9).reshape(1, 1, 3, 3), 2)[0, 0].tolist()
        [0, 1, 3, 4]
    """
    name = "im2col_torch"
    shape = checks.shape(name, "x.shape", tuple(numeric(name, "x", x).shape), layout="(N, C, *S)")
    kernel = checks.per_axis(name, "kernel_size", kernel_size, len(shape) - 2, least=1)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    output, strides, pads, dilations = conv_geometry(name, shape, (1, shape[1], *kernel), **options)
    columns = _columns(_pad(x, pads, "zeros"), kernel, output[2:], strides, dilations)
    return columns.reshape(shape[0], shape[1] * prod(kernel), prod(output[2:]))
