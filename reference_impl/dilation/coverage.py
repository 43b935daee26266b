"""What a stack of dilated layers sees: how often each input cell reaches one output, and where it never does."""

from collections.abc import Sequence
from functools import reduce
from math import prod

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import holdable, refuse, whole
from reference_impl.dilation.hybrid import layer_rates


def coverage_map(rates: Sequence[int], kernel_size: int | Sequence[int] = 3, *, axes: int = 2) -> np.ndarray:
    """Paths from each input cell of the receptive field to one output cell, through layers with stride 1.

    With all weights 1 it is the gradient of that output with respect to the input.

    Shapes:
        returns: (R,) * axes, whole numbers; R = 1 + Σ r(k − 1) is the receptive field

    Args:
        rates: Dilation of each layer, from the input to the output; the same along every axis.
        kernel_size: Taps along each axis: one int for all layers, or one per layer.
        axes: Spatial axes.

    Raises:
        ValueError: no layer, a number below 1, or more paths than 64 bits can count.
        TypeError: an argument of the wrong kind.

    Source:
        Wang et al., "Understanding convolution for semantic segmentation", 2018 (gridding).

    Example:
        >>> coverage_map([2, 2], axes=1).tolist(), coverage_map([1, 2], axes=1).tolist()
        ([1, 0, 2, 0, 3, 0, 2, 0, 1], [1, 1, 2, 1, 2, 1, 1])
    """
    steps = layer_rates(rates, least=1)
    kernels = (kernel_size,) * len(steps) if not isinstance(kernel_size, Sequence) else tuple(kernel_size)
    kernels = tuple(whole("kernel_size", k, least=1) for k in kernels)
    if len(kernels) != len(steps):
        refuse("kernel_size must be one number or one per layer", kernel_size=kernel_size, rates=rates)
    paths = prod(kernels) ** whole("axes", axes, least=1, below=65)
    if paths >= 2**63:
        refuse("64 bits cannot count the paths of so many layers", layers=len(steps), paths=paths)
    holdable((1 + sum(r * (k - 1) for r, k in zip(steps, kernels, strict=True)),) * axes)
    profile = np.ones(1, dtype=np.int64)
    for r, k in zip(steps, kernels, strict=True):
        taps = np.zeros(r * (k - 1) + 1, dtype=np.int64)
        taps[::r] = 1
        profile = np.convolve(profile, taps)
    return reduce(np.multiply.outer, [profile] * axes)


def coverage_share(counts: np.ndarray) -> float:
    """Share of the cells of a receptive field that reach the output at all.

    Shapes:
        counts: any, as `coverage_map` returns them

    Raises:
        ValueError: no cells.
        TypeError: an argument of the wrong kind.

    Source:
        Wang et al., 2018 (gridding).

    Example:
        >>> coverage_share(coverage_map([2, 2, 2])), coverage_share(coverage_map([1, 2, 5]))
        (0.28994082840236685, 1.0)
    """
    _counts(counts)
    return float(np.mean(counts != 0))


def gridding(counts: np.ndarray) -> float:
    """How much the counts go up and down between neighbours, beyond one rise and one fall: 0 for a single hill.

    Definition:
        G = (
            sum(abs(c[i + 1, j] - c[i, j]) for i in range(-1, H) for j in range(W))
            + sum(abs(c[i, j + 1] - c[i, j]) for i in range(H) for j in range(-1, W))
        ) / (
            2*sum(max(c[i, j] for i in range(H)) for j in range(W))
            + 2*sum(max(c[i, j] for j in range(W)) for i in range(H))
        ) - 1

        G — gridding
        W — columns
        c — counts
        c = array(H, W, low=0, high=9, outside=0)

    A stack of ordinary convolutions gives 0. Rates [2, 2, 2] give a comb, which falls to 0 at every second cell.

    Shapes:
        counts: any, as `coverage_map` returns them

    Raises:
        ValueError: no cells.
        TypeError: an argument of the wrong kind.

    Source:
        The counts: Wang et al., 2018. The measure is this handbook's own.

    Example:
        >>> gridding(coverage_map([1, 1, 1])), round(gridding(coverage_map([2, 2, 2])), 3)
        (0.0, 2.857)
    """
    _counts(counts)
    up_and_down, hills = 0.0, 0.0
    for axis in range(counts.ndim):
        line = np.moveaxis(counts, axis, -1).reshape(-1, counts.shape[axis]).astype(np.float64)
        up_and_down += np.abs(np.diff(line, axis=1, prepend=0, append=0)).sum()
        hills += 2 * line.max(axis=1).sum()
    return float(up_and_down / hills - 1) if hills else 0.0


def _counts(counts: np.ndarray) -> None:
    """Refuse what is not an array with at least one cell and axis."""
    if not numeric("counts", counts).size or not counts.ndim:
        got = {"counts.shape": counts.shape}
        refuse("counts must have at least one cell", **got)
    if counts.dtype.kind == "c":
        refuse("counts must be real", error=TypeError, **{"counts.dtype": str(counts.dtype)})
