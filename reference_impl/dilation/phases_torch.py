"""The two ordinary convolutions that a dilated one equals, for tensors."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import shape_of
from reference_impl.checks import refuse
from reference_impl.conv.torch import conv_torch
from reference_impl.conv_transpose.shuffle_torch import insert_zeros_torch
from reference_impl.tensors import numeric, together


def dilated_kernel_torch(w: Tensor, dilation: int | Sequence[int]) -> Tensor:
    """The kernel with dilation − 1 zeros between its taps; same arguments and result as `dilated_kernel`.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in/groups, *(d(K − 1) + 1))

    Raises:
        ValueError: a wrong rank or a dilation below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 5.1.

    Example:
        >>> dilated_kernel_torch(torch.tensor([[[1, 2, 3]]]), 2).flatten().tolist()
        [1, 0, 2, 0, 3]
    """
    shape = checks.shape("w.shape", tuple(numeric("w", w).shape), layout="(C_out, C_in/groups, *K)")
    return insert_zeros_torch(w, checks.per_axis("dilation", dilation, len(shape) - 2, least=1))


def space_to_batch_torch(x: Tensor, factor: int | Sequence[int]) -> Tensor:
    """Every d-th cell as a sample of its own; same arguments and result as `space_to_batch`.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (∏d·N, C, *(S/d)), all samples of the first phase first

    Raises:
        ValueError: a wrong rank, a factor below 1, or a size that its factor does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.space_to_batch_nd, whose order this is.

    Example:
        >>> space_to_batch_torch(torch.tensor([[[1, 10, 2, 20]]]), 2).tolist()
        [[[1, 2]], [[10, 20]]]
    """
    shape = checks.shape("x.shape", tuple(numeric("x", x).shape), layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if any(size % d for size, d in zip(shape[2:], factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(shape), "factor": factor})
    pairs = [part for size, d in zip(shape[2:], factors, strict=True) for part in (size // d, d)]
    split = x.reshape(*shape[:2], *pairs)  # (N, C, S/d, d, …)
    phases_first = split.permute(*range(3, 3 + 2 * axes, 2), 0, 1, *range(2, 2 + 2 * axes, 2))  # (*d, N, C, *(S/d))
    return phases_first.reshape(prod(factors) * shape[0], shape[1], *pairs[::2])


def batch_to_space_torch(x: Tensor, factor: int | Sequence[int]) -> Tensor:
    """Interleave the phases again; same arguments and result as `batch_to_space`.

    Shapes:
        x:       (∏d·N, C, *S)
        returns: (N, C, *(S·d))

    Raises:
        ValueError: a wrong rank, a factor below 1, or samples that ∏d does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.batch_to_space, whose order this is.

    Example:
        >>> batch_to_space_torch(torch.tensor([[[1, 2]], [[10, 20]]]), 2).tolist()
        [[[1, 10, 2, 20]]]
    """
    shape = checks.shape("x.shape", tuple(numeric("x", x).shape), layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if shape[0] % prod(factors):
        rule = f"samples must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, samples=shape[0], factor=factor)
    samples = shape[0] // prod(factors)
    split = x.reshape(*factors, samples, *shape[1:])  # (*d, N, C, *S)
    pairs = [axis for pair in zip(range(2 + axes, 2 + 2 * axes), range(axes), strict=True) for axis in pair]
    larger = (size * d for size, d in zip(shape[2:], factors, strict=True))
    return split.permute(axes, axes + 1, *pairs).reshape(samples, shape[1], *larger)  # (N, C, *(S·d))


def conv_by_phases_torch(
    x: Tensor, w: Tensor, b: Tensor | None = None, *, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Tensor:
    """A dilated convolution as ordinary ones of every phase; same arguments and result as `conv_by_phases`.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        ValueError: as `conv_torch`.
        TypeError: as `conv_torch`.

    Source:
        Chen et al., "DeepLab", 2017, section 3.1; TensorFlow, tf.nn.atrous_conv2d.

    Example:
        >>> conv_by_phases_torch(torch.tensor([[[1, 2, 3, 4, 5]]]), torch.tensor([[[1, 10]]]), dilation=2).tolist()
        [[[31, 42, 53]]]
    """
    together(x=x, w=w, b=b)
    options = {"padding": padding, "dilation": dilation, "groups": groups}
    output, _, pads, dilations = conv_geometry(tuple(x.shape), tuple(w.shape), **options)
    if b is not None:
        checks.bias_fits(shape_of(b), w.shape[0])
    sizes = zip(x.shape[2:], pads, dilations, strict=True)
    pads = [(lo, hi + -(size + lo + hi) % d) for size, (lo, hi), d in sizes]  # up to a multiple of d
    padded = torch.nn.functional.pad(x, [cells for pair in reversed(pads) for cells in pair])
    phases = space_to_batch_torch(padded, dilations)  # (∏d·N, C_in, *(P/d))
    y = batch_to_space_torch(conv_torch(phases, w, b, groups=groups), dilations)
    return y[(..., *map(slice, output[2:]))]  # (N, C_out, *O)
