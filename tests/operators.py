"""Every operator that serves both libraries, once: lopsided operands that it takes, and its definition on NumPy arrays.

`test_operators.py` asks of each what all of them promise. What only one of them promises stands in the folder of its
room.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from reference_impl import conv, conv_transpose, deform_conv, dilation, grouped, separable
from reference_impl.arithmetic import conv_output_shape
from reference_impl.conv import conv_loops


class Operator(NamedTuple):
    """A function, the arrays that it takes by name (some of them lists of arrays), its options and its definition."""

    function: Callable
    arrays: Mapping[str, Any]
    options: Mapping[str, Any]
    definition: Callable  # of the same arguments, for NumPy
    per_cell: tuple[str, ...] = ()  # arrays with an entry for each sample and output cell, axis by axis
    floats_alone: bool = False  # whether whole and complex numbers are refused
    differentiable_once: bool = False  # whether gradients have no gradients of their own

    @property
    def name(self) -> str:
        """What its errors call it."""
        return getattr(self.function, "func", self.function).__name__

    @property
    def multiplies(self) -> bool:
        """Whether it computes new numbers; others only move those that they are given."""
        return len(leaves(self.arrays)) > 1

    def __call__(self, arrays: Mapping[str, Any] | None = None) -> Any:
        """The result for its own arrays, or for others."""
        return self.function(**(self.arrays if arrays is None else arrays), **self.options)

    def with_x(self, arrays: Mapping[str, Any], x: Any) -> dict[str, Any]:
        """The arrays with another x; those with an entry for each sample and output cell are repeated to fit."""
        fitting = {**arrays, "x": x}
        for name in self.per_cell:
            samples, _, *cells = conv_output_shape(tuple(x.shape), tuple(arrays["w"].shape), **self.options)
            for axis, size in zip((0, *range(2, x.ndim)), (samples, *cells), strict=True):
                places = [place % fitting[name].shape[axis] for place in range(size)]
                fitting[name] = fitting[name][(*(slice(None),) * axis, places)]
        return fitting


def drawn(*shape: int) -> np.ndarray:
    """Small whole numbers of either sign in float64, so that every sum is exact; the same for the same shape."""
    return np.random.default_rng(shape).integers(-4, 5, size=shape).astype(np.float64)


def each(function: Callable, arrays: Any) -> Any:
    """`function` of every array in mappings, lists and tuples; None stays."""
    if isinstance(arrays, Mapping):
        return {name: each(function, value) for name, value in arrays.items()}
    if isinstance(arrays, (list, tuple)):
        return type(arrays)(each(function, value) for value in arrays)
    return None if arrays is None else function(arrays)


def leaves(arrays: Any) -> list[Any]:
    """All arrays of mappings, lists and tuples."""
    found: list[Any] = []
    each(found.append, arrays)
    return found


def tensors(arrays: Any) -> Any:
    """The same arrays as tensors."""
    return each(torch.tensor, arrays)


WINDOW = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2)}
X, W, B = drawn(2, 6, 7, 5), drawn(4, 3, 3, 2), drawn(4)


def dense(reads: list[list[int]], weights: list[np.ndarray], channels: int) -> np.ndarray:
    """One weight for all channels: part q of `weights` stands at the channels that it reads, zeros elsewhere."""
    rows = []
    for read, w in zip(reads, weights, strict=True):
        rows.append(np.zeros((len(w), channels, *w.shape[2:]), w.dtype))
        for c, channel in enumerate(read):
            rows[-1][:, channel] = w[:, c]
    return np.concatenate(rows)


def block_diagonal_loops(w: np.ndarray, groups: int) -> np.ndarray:
    channels = w.shape[1]
    reads = [list(range(q * channels, (q + 1) * channels)) for q in range(groups)]
    return dense(reads, np.split(w, groups), groups * channels)


def overlapping_loops(x: Any, w: Any, b: Any = None, *, groups: int, overlap: int, **options: Any) -> np.ndarray:
    reads = grouped.overlapping_channels(x.shape[1], groups, overlap)
    return conv_loops(x, dense(reads, np.split(w, groups), x.shape[1]), b, **options)


def logarithmic_loops(x: Any, weights: Any, b: Any = None, **options: Any) -> np.ndarray:
    ends = np.cumsum([w.shape[1] for w in weights])
    reads = [list(range(end - w.shape[1], end)) for end, w in zip(ends, weights, strict=True)]
    return conv_loops(x, dense(reads, list(weights), x.shape[1]), b, **options)


def shuffled(x: np.ndarray, groups: int) -> np.ndarray:
    return x[:, grouped.shuffle_permutation(x.shape[1], groups)]


def unshuffled(x: np.ndarray, groups: int) -> np.ndarray:
    return x[:, np.argsort(grouped.shuffle_permutation(x.shape[1], groups))]


def convolve_loops(x: Any, w: Any, b: Any = None, **options: Any) -> np.ndarray:
    return conv_loops(x, w[:, :, ::-1, ::-1], b, **options)


def columns_loops(x: np.ndarray, kernel_size: tuple[int, ...], **options: Any) -> np.ndarray:
    """Each row of the columns is a convolution with a filter that is 1 at one channel and tap, and 0 elsewhere."""
    terms = x.shape[1] * int(np.prod(kernel_size))
    filters = np.eye(terms, dtype=x.dtype).reshape(terms, x.shape[1], *kernel_size)
    return conv_loops(x, filters, **options).reshape(len(x), terms, -1)


def inflated(w: np.ndarray, taps: int) -> np.ndarray:
    return np.repeat(w[:, :, None], taps, axis=2) / taps


def phases(factors: tuple[int, ...]) -> Iterator[tuple]:
    """Every d-th cell along each axis, in the order of their first ones: indices of (N, C, *S)."""
    for first in np.ndindex(*factors):
        yield (..., *(slice(r, None, d) for r, d in zip(first, factors, strict=True)))


def zeros_between(x: np.ndarray, step: tuple[int, ...]) -> np.ndarray:
    sizes = (s * (size - 1) + 1 for s, size in zip(step, x.shape[2:], strict=True))
    y = np.zeros((*x.shape[:2], *sizes), x.dtype)
    y[next(phases(step))] = x
    return y


def larger(x: np.ndarray, channels: int, factor: tuple[int, ...]) -> np.ndarray:
    return np.zeros((len(x), channels, *(size * r for size, r in zip(x.shape[2:], factor, strict=True))), x.dtype)


def shuffled_pixels(x: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    y = larger(x, x.shape[1] // np.prod(factor), factor)
    for number, cells in enumerate(phases(factor)):
        y[cells] = x[:, number :: np.prod(factor)]
    return y


def unshuffled_pixels(x: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    parts = np.stack([x[cells] for cells in phases(factor)], axis=2)  # (N, C, ∏r, *S)
    return parts.reshape(len(x), -1, *parts.shape[3:])


def batches_of_phases(x: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([x[cells] for cells in phases(factor)])


def joined_phases(x: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    parts = np.split(x, np.prod(factor))
    y = larger(parts[0], x.shape[1], factor)
    for cells, part in zip(phases(factor), parts, strict=True):
        y[cells] = part
    return y


def repeated_cells(x: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    return np.kron(x, np.ones((1, 1, *factor), x.dtype))


def repeated_filters(w: np.ndarray, factor: tuple[int, ...]) -> np.ndarray:
    return w[[o for o in range(len(w)) for _ in range(np.prod(factor))]]


def depthwise_loops(x: Any, w: Any, b: Any = None, **options: Any) -> np.ndarray:
    return conv_loops(x, w, b, groups=x.shape[1], **options)


def mixed_kernels(depthwise_weight: Any, pointwise_weight: Any, depth_multiplier: int = 1, order: str = "") -> Any:
    """The full kernel, one product at a time."""
    depthwise, mix = depthwise_weight[:, 0], pointwise_weight[:, :, 0, 0]
    if order == "pointwise_first":
        m = len(depthwise) // len(mix)
        return np.array([[mix[o // m, c] * kernel for c in range(mix.shape[1])] for o, kernel in enumerate(depthwise)])
    full = np.zeros((len(mix), mix.shape[1] // depth_multiplier, *depthwise.shape[1:]), depthwise.dtype)
    for o, row in enumerate(mix):
        for channel, kernel in enumerate(depthwise):
            full[o, channel // depth_multiplier] += row[channel] * kernel
    return full


def outer_products(factors: Any) -> Any:
    return sum(np.multiply.outer(column, row) for column, row in factors)


def chained_layers(factors: Any, order: Any) -> np.ndarray:
    down, along = factors  # the pass along the width comes first
    return np.einsum("omk,mcl->ockl", down, along)


def pseudo3d_loops(
    x: Any, spatial_weight: Any, temporal_weight: Any, b: Any = None, *, variant: str, residual: bool = False
) -> Any:
    """All sizes kept: "same" padding and no stride."""
    space = conv_loops(x, spatial_weight, padding="same")
    time = conv_loops(x if variant == "B" else space, temporal_weight, b, padding="same")
    return (0 if variant == "A" else space) + time + (x if residual else 0)


SEPARABLE = {**WINDOW, "padding_mode": "replicate"}
KERNELS = {"depthwise_weight": drawn(6, 1, 3, 2), "pointwise_weight": drawn(4, 6, 1, 1)}
KERNELS_LAST = {"depthwise_weight": drawn(4, 1, 3, 2), "pointwise_weight": drawn(2, 3, 1, 1)}
TERMS = [(drawn(3), drawn(2)), (drawn(3) + 1, drawn(2) - 1)]
LAYERS = [drawn(4, 5, 3), drawn(5, 3, 2)]
IMAGE, CLIP = drawn(2, 3, 7, 5), drawn(2, 3, 4, 5, 3)
PASSES = {"spatial_weight": drawn(3, 3, 1, 3, 2), "temporal_weight": drawn(3, 3, 2, 1, 1), "b": drawn(3)}
PHASED = {"dilation": (2, 3), "padding": ((0, 3), (2, 1)), "groups": 2}
FACTOR = {"factor": (2, 3)}
BETWEEN = drawn(2, 24, 4, 4) / 4 + 1 / 8  # offsets that end between two cells, where an interpolation has a slope
LOGARITHMIC = [drawn(2, 3, 3, 2), drawn(1, 2, 3, 2), drawn(1, 1, 3, 2)]
_OPERATORS = [
    Operator(conv.conv, {"x": X, "w": W, "b": B}, {"groups": 2, **WINDOW}, conv_loops),
    Operator(conv.conv_columns, {"x": X, "w": W, "b": B}, {"groups": 2, **WINDOW}, conv_loops),
    Operator(conv.convolve, {"x": X, "w": W, "b": B}, {"groups": 2, **WINDOW}, convolve_loops),
    Operator(conv.im2col, {"x": X}, {"kernel_size": (3, 2), **WINDOW}, columns_loops),
    Operator(conv.inflate_kernel, {"w": W}, {"taps": 4}, inflated, floats_alone=True),
    Operator(
        conv_transpose.conv_transpose,
        {"x": X, "w": drawn(6, 2, 3, 2), "b": B},
        {"groups": 2, "stride": (2, 3), "padding": ((1, 2), (0, 1)), "output_padding": (1, 0), "dilation": (1, 2)},
        conv_transpose.conv_transpose_loops,
    ),
    Operator(
        deform_conv.deform_conv,
        {"x": X, "w": W, "offset": BETWEEN, "b": B, "mask": drawn(2, 12, 4, 4) / 4},
        {"groups": 2, **WINDOW},
        deform_conv.deform_conv_loops,
        per_cell=("offset", "mask"),
        floats_alone=True,
        differentiable_once=True,
    ),
    Operator(
        deform_conv.deform_conv,
        {"x": drawn(2, 3, 7), "w": drawn(4, 3, 2), "offset": drawn(2, 2, 4) / 4 + 1 / 8},
        {"stride": 2, "padding": "causal"},
        deform_conv.deform_conv_loops,
        per_cell=("offset",),
        floats_alone=True,
        differentiable_once=True,
    ),
    Operator(grouped.grouped_conv_split, {"x": X, "w": W, "b": B}, {"groups": 2, **WINDOW}, conv_loops),
    Operator(grouped.block_diagonal_weight, {"w": W}, {"groups": 2}, block_diagonal_loops),
    Operator(
        grouped.pointwise_grouped_conv,
        {"x": X, "w": drawn(4, 3, 1, 1), "b": B},
        {"groups": 2, "stride": (1, 3)},
        conv_loops,
    ),
    Operator(grouped.channel_shuffle, {"x": X}, {"groups": 3}, shuffled),
    Operator(grouped.channel_unshuffle, {"x": X}, {"groups": 3}, unshuffled),
    Operator(
        grouped.overlapping_grouped_conv,
        {"x": X, "w": drawn(4, 5, 3, 2), "b": B},
        {"groups": 2, "overlap": 2, **WINDOW},
        overlapping_loops,
    ),
    Operator(grouped.logarithmic_grouped_conv, {"x": X, "weights": LOGARITHMIC, "b": B}, WINDOW, logarithmic_loops),
    Operator(dilation.conv_by_phases, {"x": X, "w": W, "b": B}, PHASED, conv_loops),
    Operator(
        dilation.dilated_kernel, {"w": W}, {"dilation": (2, 3)}, lambda w, dilation: zeros_between(w, step=dilation)
    ),
    Operator(dilation.space_to_batch, {"x": drawn(2, 3, 4, 6)}, FACTOR, batches_of_phases),
    Operator(dilation.batch_to_space, {"x": drawn(12, 3, 4, 5)}, FACTOR, joined_phases),
    Operator(conv_transpose.insert_zeros, {"x": X}, {"step": (2, 3)}, zeros_between),
    Operator(conv_transpose.pixel_shuffle, {"x": drawn(2, 12, 4, 5)}, FACTOR, shuffled_pixels),
    Operator(conv_transpose.pixel_unshuffle, {"x": drawn(2, 3, 4, 6)}, FACTOR, unshuffled_pixels),
    Operator(conv_transpose.nearest_resize, {"x": X}, FACTOR, repeated_cells),
    Operator(conv_transpose.icnr_weight, {"w": W}, FACTOR, repeated_filters),
    Operator(separable.depthwise_conv, {"x": IMAGE, "w": drawn(6, 1, 3, 2), "b": drawn(6)}, SEPARABLE, depthwise_loops),
    Operator(
        separable.depthwise_separable_conv,
        {"x": IMAGE, **KERNELS, "b": B},
        SEPARABLE,
        separable.depthwise_separable_conv_loops,
    ),
    Operator(
        separable.depthwise_separable_conv,
        {"x": IMAGE, **KERNELS_LAST, "b": B},
        {**SEPARABLE, "order": "pointwise_first"},
        separable.depthwise_separable_conv_loops,
    ),
    Operator(separable.depthwise_separable_kernel, KERNELS, {"depth_multiplier": 2}, mixed_kernels),
    Operator(separable.depthwise_separable_kernel, KERNELS_LAST, {"order": "pointwise_first"}, mixed_kernels),
    Operator(
        separable.spatially_separable_conv,
        {"x": IMAGE, "factors": [drawn(3), drawn(2)], "b": drawn(3)},
        {**SEPARABLE, "order": (1, 0)},
        separable.spatially_separable_conv_loops,
    ),
    Operator(
        separable.spatially_separable_conv,
        {"x": IMAGE, "factors": TERMS, "b": drawn(3)},
        SEPARABLE,
        separable.spatially_separable_conv_loops,
    ),
    Operator(
        separable.spatially_separable_conv,
        {"x": IMAGE, "factors": LAYERS, "b": B},
        {**SEPARABLE, "order": (1, 0)},
        separable.spatially_separable_conv_loops,
    ),
    Operator(separable.separable_kernel, {"factors": TERMS}, {}, outer_products),
    Operator(separable.separable_kernel, {"factors": LAYERS}, {"order": (1, 0)}, chained_layers),
    *(
        Operator(
            partial(separable.pseudo3d_conv, padding="same"),
            {"x": CLIP, **PASSES},
            {"variant": variant, "residual": residual},
            pseudo3d_loops,
        )
        for variant, residual in (("A", False), ("B", True), ("C", False))
    ),
]
OPERATORS = {f"{number} {operator.name}": operator for number, operator in enumerate(_OPERATORS)}
