"""Weights to start an upsampling layer from: without a checkerboard, or as bilinear interpolation."""

from functools import reduce
from math import prod

import numpy as np

from reference_impl import checks
from reference_impl.arrays import either, library
from reference_impl.types import Array, PerAxis


def icnr_weight(w: Array, factor: PerAxis) -> Array:
    """ICNR: give all ∏r channels that `pixel_shuffle` puts side by side the same filter.

    At the start of training, convolution and pixel shuffle then equal the convolution by `w` and a nearest resize (with
    a bias, if that is repeated likewise), so no checkerboard is there to be unlearnt. The filters are free to part
    afterwards.

    Shapes:
        w:       (C_out, C_in/groups, *K), drawn by any initialiser
        returns: (C_out·∏r, C_in/groups, *K)

    Args:
        w: Weights of one filter per channel after the shuffle, a NumPy array or a torch tensor.
        factor: Factor of the pixel shuffle; int or one per axis.

    Raises:
        ValueError: a wrong rank or a factor below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017.

    Example:
        >>> icnr_weight(np.array([[[5]], [[7]]]), 3).ravel().tolist()
        [5, 5, 5, 7, 7, 7]
    """
    either(w=w)
    shape = checks.shape("w.shape", tuple(w.shape), layout="(C_out, C_in/g, *K)")
    copies = prod(checks.per_axis("factor", factor, len(shape) - 2, least=1))
    checks.holdable((copies, *shape), (copies,))
    repeated = library(w).broadcast_to(w[:, None], (shape[0], copies, *shape[1:]))  # (C_out, ∏r, C_in/g, *K)
    return repeated.reshape(shape[0] * copies, *shape[1:])


def bilinear_kernel(factor: PerAxis, *, channels: int = 1) -> np.ndarray:
    """Weights with which a transposed convolution interpolates linearly along each axis.

    Use: `conv_transpose(x, bilinear_kernel(r, channels=C), stride=r, padding=r // 2, groups=C)` makes each axis r times
    larger. Away from the border it is bilinear interpolation with half-pixel centres (`align_corners=False`).

    Shapes:
        returns: (channels, 1, *K), each K = 2 r − (r mod 2), in float64

    Args:
        factor: How many times larger each axis becomes: one per axis, or one int for two axes.
        channels: Channels, each interpolated by itself.

    Raises:
        ValueError: a factor or a number of channels below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Long, Shelhamer & Darrell, "Fully convolutional networks", 2015, section 3.3.

    Example:
        >>> bilinear_kernel((2,)).ravel().tolist()
        [0.25, 0.75, 0.75, 0.25]
    """
    factors = checks.sizes("factor", factor if checks.several(factor) else (factor, factor))
    checks.holdable((checks.whole("channels", channels, least=1), *(2 * r for r in factors)))
    profiles = []
    for r in factors:
        taps = np.arange(2 * r - r % 2)
        profiles.append(1 - np.abs(taps - (len(taps) - 1) / 2) / r)  # a triangle, 0 just outside its ends
    kernel = reduce(np.multiply.outer, profiles)
    return np.broadcast_to(kernel, (channels, 1, *kernel.shape)).copy()
