"""Groups that overlap, and groups of logarithmic sizes, in torch."""

from collections.abc import Sequence
from typing import Any

import torch

from reference_impl.conv.torch import conv_torch
from reference_impl.grouped.unequal import checked_logarithmic, checked_overlap
from reference_impl.tensors import numeric, together


def overlapping_grouped_conv_torch(
    x: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    groups: int,
    overlap: int,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> torch.Tensor:
    """Grouped convolution whose groups also read the next `overlap` channels of their neighbours; differentiable.

    Same arguments and result as `grouped.overlapping_grouped_conv`.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups + overlap, *K), channels in the order of `overlapping_channels`
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input.
        w: Weights; filters of one group are neighbours.
        b: Bias, added to every cell of its output channel.
        groups: Number of groups; it must divide C_in and C_out.
        overlap: Channels of the following groups that a group reads as well.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        The handbook's own definition of overlapping groups.

    Example:
        >>> x, w = torch.tensor([[[1.0], [2.0], [3.0], [4.0]]]), torch.ones(2, 3, 1)
        >>> overlapping_grouped_conv_torch(x, w, groups=2, overlap=1).flatten().tolist()
        [6.0, 8.0]
    """
    together(x=x, w=w, b=b)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    windows = checked_overlap(x, w, b, groups, overlap, padding_mode, options)
    read = torch.tensor(windows, device=x.device).flatten()
    gathered = x.index_select(1, read)  # (N, g·(C_in/g + overlap), *S)
    return conv_torch(gathered, w, b, groups=groups, padding_mode=padding_mode, **options)


def logarithmic_grouped_conv_torch(
    x: torch.Tensor,
    weights: Sequence[torch.Tensor],
    b: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> torch.Tensor:
    """Grouped convolution with groups of logarithmic sizes; differentiable.

    Same arguments and result as `grouped.logarithmic_grouped_conv`.

    Shapes:
        x:       (N, C_in, *S)
        weights: one (m_q, n_q, *K) per group, n_q of the C_in and m_q of the C_out channels
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input.
        weights: Weights of the groups, the largest first.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: weights that are not those of logarithmic groups, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Lee et al., "Convolution with Logarithmic Filter Groups for Efficient Shallow CNN", 2017.

    Example:
        >>> x, weights = torch.ones(1, 8, 3), [torch.ones(size, size, 2) for size in (4, 2, 2)]
        >>> logarithmic_grouped_conv_torch(x, weights)[0, :, 0].tolist()
        [8.0, 8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    sizes = checked_logarithmic(numeric("x", x), weights, b, padding_mode, options, numeric)
    together(x=x, **{f"weights[{q}]": w for q, w in enumerate(weights)}, b=b)
    biases = [None] * len(sizes) if b is None else b.split([len(w) for w in weights])  # g × (m_q,)
    parts = zip(x.split(sizes, dim=1), weights, biases, strict=True)
    return torch.cat([conv_torch(*part, padding_mode=padding_mode, **options) for part in parts], dim=1)
