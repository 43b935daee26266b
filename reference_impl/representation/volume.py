"""Medical volumes: voxels have a size, and a region can be summed up in a few numbers."""

from collections.abc import Sequence

import numpy as np

from reference_impl import checks
from reference_impl.arrays import numeric
from reference_impl.checks import holdable, listed, positive, refuse


def resample_volume(
    x: np.ndarray, spacing: Sequence[float], new_spacing: Sequence[float], *, nearest: bool = False
) -> tuple[np.ndarray, tuple[float, ...]]:
    """Interpolate volumes to another voxel size; return them with the spacing that was reached.

    A scanner's slices often lie farther apart than the voxels within a slice. A cubic kernel then sees a box, not a
    cube, of the body; equal spacing on all axes mends that. The first and last voxel centres stay where they are, and
    sizes are whole, so the spacing reached is the wanted one only where it divides the distance between them.

    A label map must be resampled with `nearest`: between the labels 0 and 2, linear interpolation invents a label 1.

    Shapes:
        x:       (N, C, *S)
        returns: (N, C, *S') and one spacing per axis

    Args:
        x: Volumes of real numbers.
        spacing: Distance between voxel centres, one per spatial axis, in millimetres.
        new_spacing: The wanted distances.
        nearest: Whether each voxel takes the value of the nearest one (halfway: the later one) and keeps the kind of
            number; linear interpolation otherwise.

    Raises:
        ValueError: a wrong number of spacings, or one that is not positive.
        TypeError: x that is not an array of real numbers.

    Source:
        Trilinear interpolation, as scipy.ndimage.zoom(order=1) does it; the nearest voxel, as order=0 does.

    Example:
        >>> y, reached = resample_volume(np.arange(3.0).reshape(1, 1, 3), (2.0,), (1.0,))
        >>> y.ravel().tolist(), reached
        ([0.0, 0.5, 1.0, 1.5, 2.0], (1.0,))
        >>> resample_volume(np.array([[[0, 0, 2, 2]]]), (1.0,), (0.5,), nearest=True)[0].ravel().tolist()
        [0, 0, 0, 2, 2, 2, 2]
    """
    checks.shape("x.shape", numeric("x", x).shape, layout="(N, C, *S)")
    if x.dtype.kind == "c":
        refuse("x must hold real numbers", error=TypeError, **{"x.dtype": str(x.dtype)})
    for label, values in (("spacing", spacing), ("new_spacing", new_spacing)):
        if len(listed(label, values)) != x.ndim - 2 or not all(positive(label, value) for value in values):
            refuse(f"{label} must be one positive number per spatial axis", **{label: tuple(values)})
    reached = []
    y = x if nearest or x.dtype.kind == "f" else x.astype(np.float64)
    resample = _nearest_axis if nearest else _resample_axis
    for axis, (old, new) in enumerate(zip(spacing, new_spacing, strict=True), start=2):
        extent = float(old) * (x.shape[axis] - 1)
        size = round(min(extent / new, checks.MOST_CELLS)) + 1  # so many are refused; infinity has no whole number
        holdable((*y.shape[:axis], size, *y.shape[axis + 1 :]))
        y = resample(y, axis, size)
        reached.append(extent / (size - 1) if size > 1 else float(new))
    return y, tuple(reached)


def _resample_axis(x: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Linear interpolation of one axis to `size` points from its first to its last cell."""
    places = np.linspace(0, x.shape[axis] - 1, size)
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, x.shape[axis] - 1)
    share = (places - low).astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - axis))
    return x.take(low, axis) * (1 - share) + x.take(high, axis) * share


def _nearest_axis(x: np.ndarray, axis: int, size: int) -> np.ndarray:
    """The nearest of the cells of one axis at `size` points from its first to its last; in whole numbers, exactly."""
    steps = max(size - 1, 1)
    return x.take((2 * np.arange(size) * (x.shape[axis] - 1) + steps) // (2 * steps), axis)


def radiomic_features(x: np.ndarray, mask: np.ndarray, spacing: Sequence[float], *, bins: int = 32) -> dict[str, float]:
    """A region of a volume in a few numbers: size and first-order statistics of its intensities.

    Shapes:
        x:    (*S)
        mask: (*S) of bool, True inside the region

    Args:
        x: Intensities.
        mask: The region, which must not be empty.
        spacing: Distance between voxel centres, one per axis, in millimetres.
        bins: Number of intensity bins of the entropy.

    Returns:
        volume_mm3, mean, standard_deviation, skewness, kurtosis (3 for a normal distribution), energy, entropy_bits.
        A region of one intensity has skewness and kurtosis 0.

    Raises:
        ValueError: shapes that differ, an empty region, one that holds numbers that are not finite, fewer than one
            bin, or a spacing that is not positive.
        TypeError: x that is not an array of numbers, or a mask that is not of bool.

    Source:
        Zwanenburg et al., "The image biomarker standardization initiative", 2020, whose kurtosis is 3 lower.

    Example:
        >>> region = np.array([[True, True], [True, False]])
        >>> features = radiomic_features(np.array([[1.0, 3.0], [5.0, 9.0]]), region, (1, 2))
        >>> features["volume_mm3"], features["mean"]
        (6.0, 3.0)
    """
    if numeric("x", x).dtype.kind == "c":
        refuse("x must hold real numbers", error=TypeError, **{"x.dtype": str(x.dtype)})
    if not isinstance(mask, np.ndarray) or mask.dtype != bool:
        refuse("mask must be an array of bool", error=TypeError, mask=type(mask).__name__)
    if mask.shape != x.shape or not mask.any():
        refuse("mask must have the shape of x and mark at least one voxel", x=x.shape, mask=mask.shape)
    if len(listed("spacing", spacing)) != x.ndim or not all(positive("spacing", s) for s in spacing):
        refuse("spacing must be one positive number per axis", spacing=tuple(spacing))
    checks.whole("bins", bins, least=1, below=checks.WIDEST)
    inside = x[mask].astype(np.float64)
    if not np.isfinite(inside).all():
        refuse("x must be finite inside the region", not_finite=int((~np.isfinite(inside)).sum()))
    centred = inside - inside.mean()
    spread = np.sqrt(np.mean(centred**2)) if inside.min() < inside.max() else 0.0  # a rounded mean is no spread
    shares = np.histogram(inside, bins=bins)[0] / inside.size
    return {
        "volume_mm3": float(inside.size * np.prod(spacing)),
        "mean": float(inside.mean()),
        "standard_deviation": float(spread),
        "skewness": float(np.mean(centred**3) / spread**3) if spread else 0.0,
        "kurtosis": float(np.mean(centred**4) / spread**4) if spread else 0.0,
        "energy": float(np.sum(inside**2)),
        "entropy_bits": float(-sum(share * np.log2(share) for share in shares if share)),
    }
