"""What each torch operator does to the view of its input: one small rule an operator.

A view belongs to the last n axes of a tensor, n being the spatial axes of the model's input; an operator that works
on the axes before them only mixes channels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from reference_impl.receptive_field.field import View
from reference_impl.receptive_field.windows import convolved, disagreement, transposed, united


@dataclass(frozen=True)
class Seen:
    """What the cells of a tensor see of the input.

    Args:
        view: `Windows` of each spatial axis.
        flat: Whether the tensor has lost its spatial axes: each number then sees the whole view.
        problem: Why the view is not known, in words; "" if it is.
    """

    view: View
    flat: bool = False
    problem: str = ""


Rule = Callable[[Seen, torch.Tensor, tuple[Any, ...], Any], Seen]


def last(values: Any, axes: int) -> tuple[int, ...]:
    """The entries of the last axes; a single entry stands for all of them."""
    entries = tuple(values)
    return entries[-axes:] if len(entries) >= axes else entries * axes


def unknown(seen: Seen, reason: str) -> Seen:
    """The same tensor with a view that is not known."""
    return replace(seen, problem=reason)


def window(seen: Seen, kernel: Any, stride: Any = None, before: Any = (0,), dilation: Any = (1,)) -> Seen:
    """The view behind a sliding window; without a stride it is the kernel."""
    n = len(seen.view)
    axes = zip(last(kernel, n), last(stride or kernel, n), last(before, n), last(dilation, n), strict=True)
    return replace(seen, view=tuple(convolved(w, *axis) for w, axis in zip(seen.view, axes, strict=True)))


def spread(seen: Seen, kernel: Any, stride: Any, before: Any = (0,), dilation: Any = (1,)) -> Seen:
    """The view behind a transposed window."""
    n = len(seen.view)
    axes = zip(last(kernel, n), last(stride, n), last(before, n), last(dilation, n), strict=True)
    return replace(seen, view=tuple(transposed(w, *axis) for w, axis in zip(seen.view, axes, strict=True)))


def whole_map(seen: Seen, x: torch.Tensor, *, flat: bool) -> Seen:
    """The view of a number that is made of all cells."""
    sizes = tuple(x.shape[-len(seen.view) :])
    return replace(window(seen, sizes), flat=flat)


def through_convolution(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A convolution or its transpose."""
    weight, stride, padding, dilation, is_transposed = args[1], *args[3:7]
    move = spread if is_transposed else window
    return move(seen, weight.shape[2:], stride, padding, dilation)


def through_pool(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A max pooling: kernel, stride, padding, dilation."""
    stride, padding, dilation = (*args[2:5], *((), (0,), (1,))[len(args[2:5]) :])
    return window(seen, args[1], stride, padding, dilation)


def through_mean_pool(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A mean pooling: kernel, stride, padding, then what does not matter here."""
    stride, padding = (*args[2:4], *((), (0,))[len(args[2:4]) :])
    return window(seen, args[1], stride, padding)


def through_adaptive_pool(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A pooling to a given number of parts, known where the parts are equal."""
    n = len(seen.view)
    sizes, parts = last(x.shape, n), last(args[1], n)
    if any(size % part for size, part in zip(sizes, parts, strict=True)):
        return unknown(seen, f"an adaptive pool of {list(sizes)} cells into {list(parts)} unequal parts")
    return window(seen, [size // part for size, part in zip(sizes, parts, strict=True)])


def through_reduction(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A mean, sum or maximum over some axes."""
    dims = args[1] if len(args) > 1 and args[1] is not None else list(range(x.ndim))
    dims = {d % x.ndim for d in (dims if isinstance(dims, Sequence) else [dims])}
    spatial = set(range(x.ndim - len(seen.view), x.ndim))
    keep = len(args) > 2 and bool(args[2])
    if not dims & spatial:
        return seen
    if not spatial <= dims and not keep:
        return unknown(seen, "a reduction that removes one of several spatial axes")
    if spatial <= dims:
        return whole_map(seen, x, flat=not keep)
    return window(seen, [x.shape[axis] if axis in dims else 1 for axis in sorted(spatial)])


def through_reshape(seen: Seen, x: torch.Tensor, _args: tuple[Any, ...], out: torch.Tensor) -> Seen:
    """A view: harmless where the spatial axes stay; flattening makes each number see what the map holds."""
    n = len(seen.view)
    if out.ndim > n and out.shape[-n:] == x.shape[-n:]:
        return seen
    if out.ndim == 2 and out.shape[0] == x.shape[0]:
        return whole_map(seen, x, flat=True)
    return unknown(seen, f"a reshape from {list(x.shape)} to {list(out.shape)} that mixes spatial axes")


def through_permute(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: torch.Tensor) -> Seen:
    """A reordering of axes: harmless where the spatial axes stay last and in order."""
    order = list(range(x.ndim))
    if isinstance(args[1], Sequence):
        order = [d % x.ndim for d in args[1]]
    else:
        one, two = (d % x.ndim for d in args[1:3])
        order[one], order[two] = order[two], order[one]
    n = len(seen.view)
    stays = order[-n:] == list(range(x.ndim - n, x.ndim))
    return seen if stays else unknown(seen, f"a permutation {order} that moves spatial axes to other places")


def through_along_channels(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A softmax, glu or the like along one axis: harmless where that axis is not spatial."""
    dim = (args[1] if len(args) > 1 else -1) % x.ndim
    return seen if dim < x.ndim - len(seen.view) else unknown(seen, "an operator that mixes all cells of an axis")


def through_crop(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A slice (axis, start, end, step): along a spatial axis a shift and a stride."""
    dim, start = args[1] if len(args) > 1 else 0, args[2] if len(args) > 2 else 0
    step = args[4] if len(args) > 4 else 1
    axis = dim % x.ndim - (x.ndim - len(seen.view))
    if axis < 0:
        return seen
    start = start or 0
    shift = -(start % x.shape[dim] if start < 0 else start)
    axes = range(len(seen.view))
    return window(seen, [1], [step if a == axis else 1 for a in axes], [shift if a == axis else 0 for a in axes])


def through_split(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A split into several tensors along the channels."""
    dim = (args[2] if len(args) > 2 else 0) % x.ndim
    return seen if dim < x.ndim - len(seen.view) else unknown(seen, "a split along a spatial axis")


def through_pad(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """Cells added around: a shift. The list begins with the last axis."""
    n = len(seen.view)
    before = [args[1][2 * a] if 2 * a < len(args[1]) else 0 for a in range(n)]
    return window(seen, [1], [1], before[::-1])


def through_upsample_nearest(seen: Seen, x: torch.Tensor, _args: tuple[Any, ...], out: torch.Tensor) -> Seen:
    """Each cell repeated: a transposed window as wide as its stride."""
    factors = _factors(seen, x, out)
    return spread(seen, factors, factors) if factors else unknown(seen, "an upsampling by a factor that is not whole")


def through_upsample_linear(seen: Seen, x: torch.Tensor, args: tuple[Any, ...], out: torch.Tensor) -> Seen:
    """Linear interpolation between cell centres: a transposed triangle of 2f (f even) or 2f − 1 (f odd) taps."""
    factors = _factors(seen, x, out)
    if not factors or args[2]:
        return unknown(seen, "a linear upsampling with align_corners or by a factor that is not whole")
    return spread(seen, [2 * f - f % 2 for f in factors], factors, [f // 2 for f in factors])


def through_shuffle_up(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """Channels become a block of cells: each cell sees what the one it came from saw."""
    return spread(seen, [args[1]], [args[1]])


def through_shuffle_down(seen: Seen, _x: torch.Tensor, args: tuple[Any, ...], _out: Any) -> Seen:
    """A block of cells becomes channels."""
    return window(seen, [args[1]])


def _factors(seen: Seen, x: torch.Tensor, out: torch.Tensor) -> list[int]:
    """Whole factors of an upsampling, one an axis; empty if one is not whole."""
    pairs = list(zip(last(out.shape, len(seen.view)), last(x.shape, len(seen.view)), strict=True))
    return [] if any(after % before for after, before in pairs) else [after // before for after, before in pairs]


def through_matmul(seen: Seen, x: torch.Tensor, _args: tuple[Any, ...], _out: Any) -> Seen:
    """A dense layer over flat features, or over the only spatial axis, of which it then sees all."""
    return seen if seen.flat else whole_map(seen, x, flat=True)


def through_same(seen: Seen, _x: torch.Tensor, _args: tuple[Any, ...], _out: Any) -> Seen:
    """Cell by cell. Statistics of a normalisation over cells do not count as sight."""
    return seen


def joined(name: str, seen: Sequence[Seen]) -> Seen:
    """Several tensors that become one: the union of their views."""
    if len({one.flat for one in seen}) > 1:
        return unknown(seen[0], f"{name} of a map and a vector")
    for paths in zip(*(one.view for one in seen), strict=True):
        if problem := disagreement(paths):
            return unknown(seen[0], f"{name}: {problem}")
    return replace(seen[0], view=tuple(united(paths) for paths in zip(*(one.view for one in seen), strict=True)))


RULES: dict[str, Rule] = {
    "convolution": through_convolution,
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool3d_with_indices"), through_pool),
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), through_mean_pool),
    **dict.fromkeys(("_adaptive_avg_pool2d", "_adaptive_avg_pool3d"), through_adaptive_pool),
    **dict.fromkeys(("adaptive_max_pool2d", "adaptive_max_pool3d"), through_adaptive_pool),
    **dict.fromkeys(("mean", "sum", "amax", "amin"), through_reduction),
    **dict.fromkeys(("view", "_unsafe_view", "squeeze", "unsqueeze"), through_reshape),
    **dict.fromkeys(("permute", "transpose"), through_permute),
    **dict.fromkeys(("_softmax", "_log_softmax", "glu"), through_along_channels),
    "slice": through_crop,
    **dict.fromkeys(("split", "split_with_sizes"), through_split),
    **dict.fromkeys((f"{how}_pad{n}d" for how in ("reflection", "replication") for n in (1, 2, 3)), through_pad),
    "constant_pad_nd": through_pad,
    **dict.fromkeys((f"upsample_nearest{n}d" for n in (1, 2, 3)), through_upsample_nearest),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), through_upsample_linear),
    "pixel_shuffle": through_shuffle_up,
    "pixel_unshuffle": through_shuffle_down,
    **dict.fromkeys(("mm", "addmm"), through_matmul),
    **dict.fromkeys(
        ("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training"), through_same
    ),
    **dict.fromkeys(
        ("native_group_norm", "native_layer_norm", "native_dropout", "channel_shuffle", "detach"), through_same
    ),
    **dict.fromkeys(("alias", "clone", "_to_copy"), through_same),
}
