"""A dilated convolution is an ordinary one: of a kernel with zeros in it, or of every d-th cell by itself."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric, pad
from reference_impl.checks import refuse
from reference_impl.conv import conv
from reference_impl.conv_transpose import insert_zeros


def dilated_kernel(w: np.ndarray, dilation: int | Sequence[int]) -> np.ndarray:
    """The kernel with dilation − 1 zeros between its taps: it convolves as `w` does with that dilation.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in/groups, *(d(K − 1) + 1))

    Args:
        w: Weights.
        dilation: Step between taps; int or one per axis. 1 returns the kernel as it is.

    Raises:
        ValueError: a wrong rank or a dilation below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 5.1.

    Example:
        >>> dilated_kernel(np.array([[[1, 2, 3]]]), 2).ravel().tolist()
        [1, 0, 2, 0, 3]
    """
    shape = checks.shape("w.shape", numeric("w", w).shape, layout="(C_out, C_in/groups, *K)")
    return insert_zeros(w, checks.per_axis("dilation", dilation, len(shape) - 2, least=1))


def space_to_batch(x: np.ndarray, factor: int | Sequence[int]) -> np.ndarray:
    """Every d-th cell as a sample of its own: one small image for each phase.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (∏d·N, C, *(S/d)), all samples of the first phase first

    Args:
        x: Input.
        factor: d, the distance of cells that stay together; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or a size that its factor does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.space_to_batch_nd, whose order this is.

    Example:
        >>> space_to_batch(np.array([[[1, 10, 2, 20]]]), 2).tolist()
        [[[1, 2]], [[10, 20]]]
    """
    shape = checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if any(size % d for size, d in zip(shape[2:], factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(shape), "factor": factor})
    pairs = [part for size, d in zip(shape[2:], factors, strict=True) for part in (size // d, d)]
    split = x.reshape(*shape[:2], *pairs)  # (N, C, S/d, d, …)
    phases_first = split.transpose(*range(3, split.ndim, 2), 0, 1, *range(2, split.ndim, 2))  # (*d, N, C, *(S/d))
    return phases_first.reshape(prod(factors) * shape[0], shape[1], *pairs[::2])


def batch_to_space(x: np.ndarray, factor: int | Sequence[int]) -> np.ndarray:
    """Interleave the phases again: the inverse of `space_to_batch`.

    Shapes:
        x:       (∏d·N, C, *S)
        returns: (N, C, *(S·d))

    Args:
        x: One small image for each phase and sample.
        factor: d, the distance of cells that stay together; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or samples that ∏d does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.batch_to_space, whose order this is.

    Example:
        >>> batch_to_space(np.array([[[1, 2]], [[10, 20]]]), 2).tolist()
        [[[1, 10, 2, 20]]]
    """
    shape = checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if shape[0] % prod(factors):
        rule = f"samples must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, samples=shape[0], factor=factor)
    samples = shape[0] // prod(factors)
    split = x.reshape(*factors, samples, *shape[1:])  # (*d, N, C, *S)
    pairs = (axis for pair in zip(range(2 + axes, 2 + 2 * axes), range(axes), strict=True) for axis in pair)
    larger = (size * d for size, d in zip(shape[2:], factors, strict=True))
    return split.transpose(axes, axes + 1, *pairs).reshape(samples, shape[1], *larger)  # (N, C, *(S·d))


def conv_by_phases(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    *,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> np.ndarray:
    """A dilated convolution with stride 1 as an ordinary one of every phase of the input: `conv` without dilation.

    Taps that are d cells apart only ever meet cells that are d cells apart. So the phases never mix: split the input,
    convolve each part as usual, and interleave the results. The same fact is why stacked layers of one rate leave a
    grid.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O), equal to `conv(x, w, b, padding=padding, dilation=dilation, groups=groups)`

    Args:
        x: Input of whole, real or complex numbers.
        w: Weights, one filter per output channel.
        b: Bias, added to every cell of its output channel.
        padding: Zeros outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: as `conv`.
        TypeError: as `conv`.

    Source:
        Chen et al., "DeepLab", 2017, section 3.1; TensorFlow, tf.nn.atrous_conv2d.

    Example:
        >>> conv_by_phases(np.array([[[1, 2, 3, 4, 5]]]), np.array([[[1, 10]]]), dilation=2).ravel().tolist()
        [31, 42, 53]
    """
    for operand, array in {"x": x, "w": w}.items():
        numeric(operand, array)
    options = {"padding": padding, "dilation": dilation, "groups": groups}
    output, _, pads, dilations = conv_geometry(x.shape, w.shape, **options)
    if b is not None:
        checks.bias_fits(numeric("b", b).shape, w.shape[0])
    result, add_up = accumulator(x, w, b)
    sizes = zip(x.shape[2:], pads, dilations, strict=True)
    pads = [(lo, hi + -(size + lo + hi) % d) for size, (lo, hi), d in sizes]  # up to a multiple of d
    phases = space_to_batch(pad(x.astype(add_up, copy=False), pads), dilations)  # (∏d·N, C_in, *(P/d))
    y = batch_to_space(conv(phases, w, b, groups=groups), dilations)
    y = np.ascontiguousarray(y[tuple(map(slice, output))])  # (N, C_out, *O)
    return as_result(y, result)
