"""Offsets that move the taps along some axes only."""

from collections.abc import Sequence

import numpy as np

from reference_impl import checks
from reference_impl.arrays import numeric
from reference_impl.checks import refuse, whole


def offsets_along(offset: np.ndarray, axes: Sequence[int], *, spatial_axes: int) -> np.ndarray:
    """Offsets of a deformable convolution that moves its taps along `axes` only, with zeros for the other axes.

    With `axes=(0,)` of three axes the taps of a video convolution move in time and stay in place in the image.

    Shapes:
        offset:  (N, T·A, *O): T taps (all offset groups together), A = len(axes) numbers each, in the order of `axes`
        returns: (N, T·spatial_axes, *O)

    Args:
        offset: Offsets along the chosen axes, in input cells.
        axes: Spatial axes along which taps may move, counted from 0.
        spatial_axes: Number of spatial axes of the convolution.

    Raises:
        ValueError: axes that do not exist or repeat, or an offset whose channels they do not divide.
        TypeError: an offset that is not a NumPy array of numbers.

    Source:
        Zero offsets along an axis are no deformation there: Dai et al., 2017, section 2.1.

    Example:
        >>> offsets_along(np.array([[[7.0], [8.0]]]), (0,), spatial_axes=1)[0, :, 0].tolist()
        [7.0, 8.0]
        >>> offsets_along(np.full((1, 2, 1, 1), 5.0), (0,), spatial_axes=2)[0, :, 0, 0].tolist()
        [5.0, 0.0, 5.0, 0.0]
    """
    numeric("offset", offset)
    whole("spatial_axes", spatial_axes, least=1)
    chosen = checks.sizes("axes", axes, least=0)
    if len(set(chosen)) != len(chosen) or max(chosen) >= spatial_axes:
        refuse(f"axes must be different numbers from 0 to {spatial_axes - 1}", axes=chosen)
    if offset.ndim != 2 + spatial_axes or offset.shape[1] % len(chosen):
        rule = f"offset must have shape (N, T·{len(chosen)}, *O) with {spatial_axes} spatial axes"
        refuse(rule, **{"offset.shape": offset.shape})
    taps = offset.shape[1] // len(chosen)
    full = np.zeros((offset.shape[0], taps, spatial_axes, *offset.shape[2:]), dtype=offset.dtype)
    full[:, :, list(chosen)] = offset.reshape(offset.shape[0], taps, len(chosen), *offset.shape[2:])
    return full.reshape(offset.shape[0], taps * spatial_axes, *offset.shape[2:])  # (N, T·ndim, *O)
