"""Deformable convolution from torch primitives: cells looked up and interpolated for all taps, then one product."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from itertools import product
from math import prod

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from reference_impl.arrays import accumulator, cast, tensors
from reference_impl.checks import refuse
from reference_impl.deform_conv.geometry import DeformGeometry, deform_geometry
from reference_impl.types import GroupedOptions, Padding, PerAxis


def deform_conv_torch(
    x: Tensor,
    w: Tensor,
    offset: Tensor,
    b: Tensor | None = None,
    *,
    mask: Tensor | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Deformable convolution over any number of spatial axes; differentiable once in every tensor.

    Shapes, arguments and errors are those of `deform_conv`.

    A number between cells is a weighted sum of the cells around it, which `embedding_bag` computes for all channels at
    once; the rest is one matrix product. An offset that is not finite gives a result that is not defined: looking for
    one would stall a GPU.

    Source:
        Dai et al., 2017, section 2.1; Zhu et al., 2018, section 3.2.

    Example:
        >>> x, w = torch.arange(9.0).reshape(1, 1, 3, 3).double(), torch.ones(1, 1, 1, 1).double()
        >>> half_a_row_down = torch.tensor([0.5, 0.0]).double().reshape(1, 2, 1, 1).expand(1, 2, 3, 3)
        >>> deform_conv_torch(x, w, half_a_row_down)[0, 0].round(decimals=6).tolist()
        [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5], [3.0, 3.5, 4.0]]
    """
    tensors(x=x, w=w, offset=offset, b=b, mask=mask)
    if not x.dtype.is_floating_point:
        refuse("x must be of a floating dtype", error=TypeError, **{"x.dtype": str(x.dtype)})
    options: GroupedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = deform_geometry(x, w, offset, b, mask=mask, **options)
    result, add_up = accumulator(x)
    x, w = cast(x, add_up), cast(w, add_up)
    columns = _sample_taps(x, w.shape[2:], offset, mask, geometry)  # (N, ∏O, ∏K, C_in)
    columns = columns.reshape(*columns.shape[:3], groups, w.shape[1]).movedim(3, 1)  # (N, g, ∏O, ∏K, C_in/g)
    filters = w.reshape(groups, w.shape[0] // groups, w.shape[1], columns.shape[3]).permute(0, 3, 2, 1)
    y = columns.flatten(3) @ filters.flatten(1, 2)  # (N, g, ∏O, C_out/g)
    y = y.transpose(2, 3).reshape(geometry.output_shape)
    return cast(y if b is None else y + b.reshape(-1, *(1,) * (x.ndim - 2)), result)


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
    read = embedding_bag(cells.flatten(0, 2), rows, mode="sum", per_sample_weights=weights.flatten(0, 2))
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
