"""Equal groups in torch: split over devices, block diagonal, shuffle, and 1×1 kernels."""

from collections.abc import Sequence
from typing import Any

import torch

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import shape_of
from reference_impl.checks import refuse
from reference_impl.conv.torch import conv_torch
from reference_impl.grouped.equal import block_shape, refuse_wide
from reference_impl.grouped.shuffle import refuse_groups
from reference_impl.tensors import numeric, together


def grouped_conv_split_torch(
    x: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    devices: Sequence[torch.device | str] | None = None,
) -> torch.Tensor:
    """Grouped convolution as model parallelism runs it: split, convolve each part on its device, concatenate.

    Same arguments and result as `grouped.grouped_conv_split`; differentiable through the devices.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O), on the device of x

    Args:
        x: Input.
        w: Weights; filters of one group are neighbours.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv_torch` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        devices: One device per group, such as ("cuda:0", "cuda:1"); that of x for all of them if None.

    Raises:
        ValueError: shapes that do not fit, another number of devices than groups, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Krizhevsky, Sutskever & Hinton, 2012, section 3.5.

    Example:
        >>> x, w = torch.arange(8.0).reshape(1, 4, 2), torch.tensor([[[1.0], [10.0]], [[1.0], [10.0]]])
        >>> grouped_conv_split_torch(x, w, groups=2, devices=("cpu", "cpu"))[0].tolist()
        [[20.0, 31.0], [64.0, 75.0]]
    """
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    _check(x, w, b, groups, padding_mode, options)
    if devices is not None and (not isinstance(devices, (list, tuple)) or len(devices) != groups):
        refuse("devices must name one device per group", devices=devices, groups=groups)
    places = [x.device] * groups if devices is None else [_device(place) for place in devices]
    biases = [None] * groups if b is None else b.chunk(groups)  # g × (C_out/g,)
    outputs = []
    for part, filters, bias, place in zip(x.chunk(groups, dim=1), w.chunk(groups), biases, places, strict=True):
        bias = bias if bias is None else bias.to(place)
        outputs.append(conv_torch(part.to(place), filters.to(place), bias, **options, padding_mode=padding_mode))
    return torch.cat([output.to(x.device) for output in outputs], dim=1)  # (N, C_out, *O)


def block_diagonal_weight_torch(w: torch.Tensor, groups: int) -> torch.Tensor:
    """The dense weight of the same convolution without groups: blocks on the diagonal, zeros elsewhere.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in, *K)

    Args:
        w: Weight of the grouped convolution.
        groups: Number of groups; it must divide C_out.

    Raises:
        ValueError: a weight without spatial axis, or filters that groups does not divide.
        TypeError: a weight that is not a tensor, groups that is not a whole number.

    Source:
        Ioannou et al., "Deep roots: improving CNN efficiency with hierarchical filter groups", 2017.

    Example:
        >>> block_diagonal_weight_torch(torch.tensor([[[1], [2]], [[3], [4]]]), groups=2)[..., 0].tolist()
        [[1, 2, 0, 0], [0, 0, 3, 4]]
    """
    filters, channels = block_shape(numeric("w", w), groups)
    blocks = w.reshape(groups, filters, 1, channels, *w.shape[2:])  # (g, C_out/g, 1, C_in/g, *K)
    diagonal = torch.eye(groups, dtype=w.dtype, device=w.device).reshape(groups, 1, groups, *(1,) * (w.ndim - 1))
    return (blocks * diagonal).reshape(w.shape[0], groups * channels, *w.shape[2:])  # (C_out, C_in, *K)


def channel_shuffle_torch(x: torch.Tensor, groups: int) -> torch.Tensor:
    """Deal the channels of g groups out: the first of each group, then the second of each, and so on.

    Shapes:
        x:       (N, C, *S), any number of axes after C
        returns: the same

    Args:
        x: Activations.
        groups: Number of groups; it must divide C.

    Raises:
        ValueError: fewer than two axes, or channels that groups does not divide.
        TypeError: an input that is not a tensor, groups that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1; torch.nn.ChannelShuffle.

    Example:
        >>> channel_shuffle_torch(torch.arange(6).reshape(1, 6), groups=2).tolist()
        [[0, 3, 1, 4, 2, 5]]
    """
    refuse_groups(numeric("x", x).shape, groups)
    split = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])  # (N, g, C/g, *S)
    return split.transpose(1, 2).reshape(x.shape)  # (N, C/g, g, *S) → (N, C, *S)


def channel_unshuffle_torch(x: torch.Tensor, groups: int) -> torch.Tensor:
    """Undo `channel_shuffle_torch` with the same groups.

    Shapes:
        x:       (N, C, *S), any number of axes after C
        returns: the same

    Args:
        x: Shuffled activations.
        groups: Number of groups of the shuffle to undo; it must divide C.

    Raises:
        ValueError: fewer than two axes, or channels that groups does not divide.
        TypeError: an input that is not a tensor, groups that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> channel_unshuffle_torch(torch.tensor([[0, 3, 1, 4, 2, 5]]), groups=2).tolist()
        [[0, 1, 2, 3, 4, 5]]
    """
    refuse_groups(numeric("x", x).shape, groups)
    split = x.reshape(x.shape[0], x.shape[1] // groups, groups, *x.shape[2:])  # (N, C/g, g, *S)
    return split.transpose(1, 2).reshape(x.shape)  # (N, g, C/g, *S) → (N, C, *S)


def pointwise_grouped_conv_torch(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None = None, *, groups: int = 1, stride: Any = 1
) -> torch.Tensor:
    """A 1×1 convolution whose channels mix within their group only; differentiable.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, 1, …, 1)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input.
        w: Weights, one tap each.
        b: Bias, added to every cell of its output channel.
        groups: Number of groups of channels that do not meet.
        stride: Step between the cells that are read; int or one per axis.

    Raises:
        ValueError: a kernel of more than one tap, shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind, or tensors of different dtypes or devices.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> x, w = torch.arange(8.0).reshape(1, 4, 2), torch.tensor([[[1.0], [10.0]], [[1.0], [10.0]]])
        >>> pointwise_grouped_conv_torch(x, w, groups=2)[0].tolist()
        [[20.0, 31.0], [64.0, 75.0]]
    """
    _check(x, w, b, groups, "zeros", {"stride": stride})
    refuse_wide(w)
    return conv_torch(x, w, b, stride=stride, groups=groups)


def _device(place: Any) -> torch.device:
    """The device that a word or a torch.device names."""
    try:
        return torch.device(place)
    except (TypeError, ValueError, RuntimeError):
        refuse("devices must be torch devices or their names", error=TypeError, device=place)


def _check(x: Any, w: Any, b: Any, groups: int, padding_mode: str, options: dict[str, Any]) -> None:
    """Refuse what does not fit, before any computation."""
    together(x=x, w=w, b=b)
    pads = conv_geometry(tuple(x.shape), tuple(w.shape), groups=groups, **options)[2]
    checks.bias_fits(shape_of(b), w.shape[0])
    checks.padding_fits(padding_mode, pads, tuple(x.shape[2:]))
