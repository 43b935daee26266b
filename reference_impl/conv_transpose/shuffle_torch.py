"""Moving and spreading cells: pixel shuffle, its inverse and its initialiser, inserted zeros, for tensors."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.tensors import numeric


def pixel_shuffle_torch(x: Tensor, factor: int | Sequence[int]) -> Tensor:
    """Spread groups of ∏r channels over r × r (× r) cells; same arguments and result as `pixel_shuffle`.

    Shapes:
        x:       (N, C·∏r, *S)
        returns: (N, C, *(S·r))

    Raises:
        ValueError: a wrong rank, a factor below 1, or channels that ∏r does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Shi et al., 2016, section 2.2; torch.nn.PixelShuffle.

    Example:
        >>> pixel_shuffle_torch(torch.arange(4).reshape(1, 4, 1, 1), 2)[0, 0].tolist()
        [[0, 1], [2, 3]]
    """
    shape = checks.shape("x.shape", tuple(numeric("x", x).shape), layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if shape[1] % prod(factors):
        rule = f"channels must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, channels=shape[1], factor=factor)
    channels = shape[1] // prod(factors)
    split = x.reshape(shape[0], channels, *factors, *shape[2:])  # (N, C, *r, *S)
    order = [axis for pair in zip(range(2 + axes, 2 + 2 * axes), range(2, 2 + axes), strict=True) for axis in pair]
    larger = (size * r for size, r in zip(shape[2:], factors, strict=True))
    return split.permute(0, 1, *order).reshape(shape[0], channels, *larger)  # (N, C, S·r, …)


def pixel_unshuffle_torch(x: Tensor, factor: int | Sequence[int]) -> Tensor:
    """Gather r × r (× r) cells into ∏r channels; same arguments and result as `pixel_unshuffle`.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (N, C·∏r, *(S/r))

    Raises:
        ValueError: a wrong rank, a factor below 1, or a size that its factor does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.PixelUnshuffle.

    Example:
        >>> pixel_unshuffle_torch(torch.arange(4).reshape(1, 1, 2, 2), 2).flatten().tolist()
        [0, 1, 2, 3]
    """
    shape = checks.shape("x.shape", tuple(numeric("x", x).shape), layout="(N, C, *S)")
    axes = len(shape) - 2
    factors = checks.per_axis("factor", factor, axes, least=1)
    if any(size % r for size, r in zip(shape[2:], factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(shape), "factor": factor})
    pairs = [part for size, r in zip(shape[2:], factors, strict=True) for part in (size // r, r)]
    split = x.reshape(*shape[:2], *pairs)  # (N, C, S/r, r, …)
    moved = split.permute(0, 1, *range(3, 3 + 2 * axes, 2), *range(2, 2 + 2 * axes, 2))  # (N, C, *r, *(S/r))
    return moved.reshape(shape[0], shape[1] * prod(factors), *pairs[::2])  # (N, C·∏r, *(S/r))


def icnr_weight_torch(w: Tensor, factor: int | Sequence[int]) -> Tensor:
    """Give all ∏r channels that a pixel shuffle puts side by side the same filter; as `icnr_weight`.

    Shapes:
        w:       (C_out, C_in/groups, *K), drawn by any initialiser
        returns: (C_out·∏r, C_in/groups, *K)

    Raises:
        ValueError: a wrong rank or a factor below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017.

    Example:
        >>> icnr_weight_torch(torch.tensor([[[5]], [[7]]]), 3).flatten().tolist()
        [5, 5, 5, 7, 7, 7]
    """
    shape = checks.shape("w.shape", tuple(numeric("w", w).shape), layout="(C_out, C_in/g, *K)")
    factors = checks.per_axis("factor", factor, len(shape) - 2, least=1)
    checks.holdable((prod(factors), *shape), factors)
    return w.repeat_interleave(prod(factors), dim=0)


def insert_zeros_torch(x: Tensor, step: int | Sequence[int]) -> Tensor:
    """Put step − 1 zeros between neighbours along every spatial axis; same arguments and result as `insert_zeros`.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C, *(step·(S − 1) + 1))

    Raises:
        ValueError: a wrong rank or a step below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 4.5.

    Example:
        >>> insert_zeros_torch(torch.tensor([[[1, 2, 3]]]), 3).flatten().tolist()
        [1, 0, 0, 2, 0, 0, 3]
    """
    shape = checks.shape("x.shape", tuple(numeric("x", x).shape), layout="(N, C, *S)")
    steps = checks.per_axis("step", step, len(shape) - 2, least=1)
    if set(steps) == {1}:
        return x
    checks.holdable((*shape, *steps))
    for axis, s in enumerate(steps, start=2):
        spread = torch.nn.functional.pad(x.unsqueeze(axis + 1), (0, 0) * (x.ndim - axis - 1) + (0, s - 1))
        x = spread.flatten(axis, axis + 1).narrow(axis, 0, s * (x.shape[axis] - 1) + 1)
    return x
