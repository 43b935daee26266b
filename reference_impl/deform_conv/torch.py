"""Deformable convolution from torch primitives, and a layer that predicts its own offsets."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.conv.torch import conv_torch
from reference_impl.deform_conv.cost import predicted_channels
from reference_impl.deform_conv.operands import DeformGeometry, deform_geometry
from reference_impl.tensors import together


def deform_conv_torch(
    x: Tensor,
    w: Tensor,
    offset: Tensor,
    b: Tensor | None = None,
    *,
    mask: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Deformable convolution over any number of spatial axes; differentiable in every tensor.

    Same arguments and result as `deform_conv`. A number between cells is a weighted sum of the cells around it, which
    `embedding_bag` computes for all channels at once; the rest is one matrix product.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        offset:  (N, G·ndim·∏K, *O), for each offset group and tap one number per axis, in the order of the axes
        b:       (C_out,)
        mask:    (N, G·∏K, *O)
        returns: (N, C_out, *O)

    Args:
        x: Input.
        w: Weights.
        offset: How far each tap moves, in input cells; G follows from its shape.
        b: Bias, added to every cell of its output channel.
        mask: What each tap is multiplied by (version 2); None is version 1.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells of zeros outside, in any form that `conv` takes.
        dilation: Step between taps before they move; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit each other, or a value out of range. An offset that is not finite gives
            a result that is not defined; looking for one would stall a GPU.
        TypeError: an argument of the wrong kind, or tensors that differ in dtype or device.

    Source:
        Dai et al., 2017, section 2.1; Zhu et al., 2018, section 3.2.

    Example:
        >>> x, w = torch.arange(9.0).reshape(1, 1, 3, 3).double(), torch.ones(1, 1, 1, 1).double()
        >>> half_a_row_down = torch.tensor([0.5, 0.0]).double().reshape(1, 2, 1, 1).expand(1, 2, 3, 3)
        >>> deform_conv_torch(x, w, half_a_row_down)[0, 0].round(decimals=6).tolist()
        [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5], [3.0, 3.5, 4.0]]
    """
    together(x=x, w=w, offset=offset, b=b, mask=mask)
    if not x.dtype.is_floating_point:
        refuse("x must be of a floating dtype", error=TypeError, **{"x.dtype": str(x.dtype)})
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = deform_geometry(x, w, offset, b, mask=mask, **options)
    columns = _sample_taps(x, w.shape[2:], offset, mask, geometry)  # (N, ∏O, ∏K, C_in)
    columns = columns.reshape(*columns.shape[:3], groups, w.shape[1]).movedim(3, 1)  # (N, g, ∏O, ∏K, C_in/g)
    filters = w.reshape(groups, w.shape[0] // groups, w.shape[1], columns.shape[3]).permute(0, 3, 2, 1)
    y = columns.flatten(3) @ filters.flatten(1, 2)  # (N, g, ∏O, C_out/g)
    y = y.transpose(2, 3).reshape(geometry.output_shape)
    return y if b is None else y + b.reshape(-1, *(1,) * (x.ndim - 2))


def _sample_taps(
    x: Tensor, kernel: Sequence[int], offset: Tensor, mask: Tensor | None, geometry: DeformGeometry
) -> Tensor:
    """What every tap reads for every output cell: (N, ∏O, ∏K, C_in)."""
    groups, outputs, taps = geometry.offset_groups, prod(geometry.output_shape[2:]), prod(kernel)
    images, channels = x.shape[0] * groups, x.shape[1] // groups
    offset = offset.float() if offset.element_size() < 4 else offset  # 16 bits do not tell far cells apart
    positions = offset.reshape(images, taps, len(kernel), *geometry.output_shape[2:])
    positions = (positions + _positions_at_rest(kernel, geometry, offset)).flatten(3)  # (N·G, ∏K, ndim, ∏O)
    cells, weights = _corners(positions.permute(2, 0, 3, 1), x.shape[2:])  # (N·G, ∏O, ∏K, 2^ndim)
    if mask is not None:
        weights = weights * mask.reshape(images, taps, outputs, 1).transpose(1, 2)
    rows = x.reshape(images, channels, prod(x.shape[2:])).transpose(1, 2).flatten(0, 1)  # (N·G·∏S, C_in/G)
    read = embedding_bag(cells.flatten(0, 2), rows, mode="sum", per_sample_weights=weights.flatten(0, 2).to(x.dtype))
    read = read.reshape(x.shape[0], groups, outputs, taps, channels).movedim(1, 3)
    return read.reshape(x.shape[0], outputs, taps, x.shape[1])


def _corners(positions: Tensor, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The cells around positions (ndim, N·G, ∏O, ∏K), numbered through all images, and how much each counts.

    A cell outside counts nothing; its number is that of the nearest cell inside, so that it can be looked up.
    """
    low = positions.detach().floor()
    past = positions - low  # distance past the lower cell
    low = low.clamp(-2, max(sizes) + 1).long()  # whatever is farther out reads nothing but zeros as well
    first = torch.arange(positions.shape[1], device=positions.device).reshape(-1, 1, 1) * prod(sizes)
    cells, weights = [], []
    for corner in product((0, 1), repeat=len(sizes)):
        number, weight = first, torch.ones((), dtype=positions.dtype, device=positions.device)
        for axis, (up, size) in enumerate(zip(corner, sizes, strict=True)):
            at = low[axis] + up
            share = past[axis] if up else 1 - past[axis]
            weight = weight * share.where((at >= 0) & (at < size), 0)
            number = number + at.clamp(0, size - 1) * prod(sizes[axis + 1 :])
        cells.append(number)
        weights.append(weight)
    return torch.stack(cells, dim=-1), torch.stack(weights, dim=-1)


def _positions_at_rest(kernel: Sequence[int], geometry: DeformGeometry, like: Tensor) -> Tensor:
    """Where each tap reads for every output cell before it moves: (∏K, ndim, *O)."""
    outputs, axes = geometry.output_shape[2:], []
    taps = torch.cartesian_prod(*(torch.arange(k, device=like.device) for k in kernel)).reshape(-1, len(kernel))
    for axis, size in enumerate(outputs):
        steps = torch.arange(size, device=like.device) * geometry.stride[axis] - geometry.pads[axis][0]
        steps = steps.reshape(-1, *(1,) * (len(outputs) - 1 - axis))  # along its own axis of *O
        first = taps[:, axis].reshape(-1, *(1,) * len(outputs)) * geometry.dilation[axis]  # (∏K, 1, …)
        axes.append((first + steps).expand(-1, *outputs))  # (∏K, *O)
    return torch.stack(axes, dim=1).to(like.dtype)


class DeformConv(nn.Module):
    """Deformable convolution that predicts its own offsets; starts as an ordinary convolution.

    A second convolution with the same window looks at the input and says how far each tap moves for each output cell
    and, with `modulated=True` (version 2), how much it counts. Its weights and biases start at zero: no tap moves, and
    each counts one half through the sigmoid.

    Shapes:
        input:   (N, in_channels, *S)
        returns: (N, out_channels, *O)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride: Step between windows; int or one per axis.
        padding: In any form that `conv` takes.
        dilation: Step between taps before they move; int or one per axis.
        groups: Number of groups of channels that do not meet.
        offset_groups: Groups of channels with offsets of their own.
        modulated: Version 2, with a mask.
        bias: Whether there is one bias per filter.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, or channels that the groups do not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Dai et al., 2017, figure 2; Zhu et al., 2018, section 3.2 (offsets start at 0, masks at 0.5).

    Example:
        >>> layer = DeformConv(4, 8, (3, 3), padding=1)
        >>> layer(torch.rand(2, 4, 7, 5)).shape
        torch.Size([2, 8, 7, 5])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        *,
        groups: int = 1,
        offset_groups: int = 1,
        modulated: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ):
        super().__init__()
        kernel = checks.sizes("kernel_size", kernel_size)
        kernel = kernel if checks.several(kernel_size) else kernel * 2
        checks.per_axis("kernel_size", kernel, len(kernel), least=1)
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
            checks.count(name, value)
        checks.divisible("in_channels", in_channels, groups)
        checks.divisible("out_channels", out_channels, groups)
        checks.per_axis("stride", stride, len(kernel), least=1)
        checks.per_axis("dilation", dilation, len(kernel), least=1)
        checks.padding(padding, len(kernel))
        predicted = predicted_channels(kernel, offset_groups, modulated)
        if in_channels % offset_groups:
            rule = "in_channels must be divisible by offset_groups"
            refuse(rule, in_channels=in_channels, offset_groups=offset_groups)
        self.window = {"stride": stride, "padding": padding, "dilation": dilation}
        self.groups, self.offset_groups, self.modulated = groups, offset_groups, modulated
        made = {"device": device, "dtype": dtype}
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels // groups, *kernel, **made))
        self.bias = nn.Parameter(torch.empty(out_channels, **made)) if bias else None
        self.offset_weight = nn.Parameter(torch.empty(predicted, in_channels, *kernel, **made))
        self.offset_bias = nn.Parameter(torch.empty(predicted, **made))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights as torch's own convolutions start; the offset branch at zero."""
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        if self.bias is not None:
            bound = self.weight[0].numel() ** -0.5
            nn.init.uniform_(self.bias, -bound, bound)
        nn.init.zeros_(self.offset_weight)
        nn.init.zeros_(self.offset_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Predict offsets (and mask) from x, then convolve x with moved taps."""
        predicted = conv_torch(x, self.offset_weight, self.offset_bias, **self.window)
        taps = self.offset_groups * prod(self.weight.shape[2:])
        moves = taps * (self.weight.ndim - 2)
        mask = predicted[:, moves:].sigmoid() if self.modulated else None
        options = {**self.window, "groups": self.groups}
        return deform_conv_torch(x, self.weight, predicted[:, :moves], self.bias, mask=mask, **options)

    def extra_repr(self) -> str:
        """The arguments, as they show in print(layer)."""
        out_channels, per_group, *kernel = self.weight.shape
        window = ", ".join(f"{name}={value}" for name, value in self.window.items())
        extra = f"groups={self.groups}, offset_groups={self.offset_groups}, modulated={self.modulated}"
        shape = f"{per_group * self.groups}, {out_channels}, kernel_size={tuple(kernel)}"
        return f"{shape}, {window}, {extra}, bias={self.bias is not None}"
