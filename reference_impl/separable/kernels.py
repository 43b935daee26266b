"""Kernels that are products of one-dimensional ones: compose them, recognise them, find the nearest."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_impl.arrays import accumulator, as_result, either, numeric
from reference_impl.checks import positive, refuse, whole
from reference_impl.separable.factors import named_factors, sorted_factors
from reference_impl.types import Shape

REFINEMENTS = 100  # sweeps of the higher-order power method; it usually settles within ten


def separable_kernel(factors: Sequence[Any], *, order: Sequence[int] | None = None) -> Any:
    """The full kernel that per-axis factors stand for.

    Definition:
        w[u, v] = sum(a_[t][u] * b_[t][v] for t in range(r))

        t — term
        w — whole kernel
        r — rank
        a_ = [array(k_H) for t in range(r)]
        b_ = [array(k_W) for t in range(r)]
        factors = [[a_[t], b_[t]] for t in range(r)]

    Shapes:
        factors: one (K,) per axis, a list of such terms, or one (C, C', K) per axis
        returns: (*K) for the first two forms, (C_out, C_in, *K) for the third

    Args:
        factors: NumPy arrays or torch tensors in the order of the axes, in a form of `spatially_separable_conv`.
        order: Spatial axes in the order of their passes; it says how the channels of the third form are linked.

    Raises:
        ValueError: factors of different forms, or whose terms or channels do not fit each other; a kernel of whole
            numbers too large for their dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Jaderberg, Vedaldi & Zisserman, 2014, section 2.

    Example:
        >>> separable_kernel([np.array([3, 4, 5]), np.array([1, 2, 3])]).tolist()
        [[3, 6, 9], [4, 8, 12], [5, 10, 15]]
    """
    arrays = named_factors(factors)
    either(**arrays)
    result, add_up = accumulator(*arrays.values())
    return as_result(sorted_factors(factors, order).cast(add_up).kernel(), result)


def separate_kernel(kernel: np.ndarray, rank: int = 1) -> list[tuple[np.ndarray, ...]]:
    """Factors of the sum of `rank` separable kernels that comes nearest to `kernel`.

    Two axes: the singular value decomposition, cut after `rank` terms; the sum of squared differences to the kernel is
    the least that as many terms can have (Eckart–Young). Three and more axes, rank 1: the leading singular vector of
    each unfolding (HOSVD), refined by the higher-order power method; exact for a separable kernel, otherwise a local
    optimum. Each term shares its scale evenly among its factors. All factors but the last have their largest entry (the
    first, if several) positive.

    Definition:
        ŵ[u, v] = sum(σ_[t] * a_[t][u] * b_[t][v] for t in range(1, r + 1))

        t — term
        r — rank
        kernel = array(k_H, k_W)
        σ_ = from_1(np.linalg.svd(kernel)[1])
        a_ = from_1(np.linalg.svd(kernel)[0].T)
        b_ = from_1(np.linalg.svd(kernel)[2])
        ŵ[u, v] = separable_kernel(separate_kernel(kernel, r))

    Shapes:
        kernel:  (*K), at least two axes
        returns: `rank` terms, the largest first, each with one factor (K,) per axis

    Args:
        kernel: A kernel of one channel. Whole numbers give float64 factors.
        rank: Number of separable terms; more than one for two axes only.

    Raises:
        ValueError: fewer than two axes, an empty or non-finite kernel, or a rank the kernel cannot have.
        TypeError: a kernel that is not a numeric array, a rank that is not a whole number.
        NotImplementedError: rank above 1 for more than two axes, where a best sum need not exist.

    Source:
        Eckart & Young, 1936; De Lathauwer, De Moor & Vandewalle, 2000 (HOSVD and power method).

    Example:
        >>> ((column, row),) = separate_kernel(np.array([[3, 6, 9], [4, 8, 12], [5, 10, 15]]))
        >>> [f"{v:.3f}" for v in 3 * column / column[0]], [f"{v:.3f}" for v in row / row[0]]
        (['3.000', '4.000', '5.000'], ['1.000', '2.000', '3.000'])
    """
    kernel = _finite_kernel(kernel)
    rank = whole("rank", rank, least=1)
    if kernel.ndim > 2:
        if rank > 1:
            rule = "rank above 1 needs a kernel of two axes; for more axes a best sum need not exist"
            refuse(rule, error=NotImplementedError, rank=rank, **_shape_of(kernel))
        return [_nearest_product(kernel)]
    if rank > min(kernel.shape):
        rule = "rank must be at most the shorter side of the kernel"
        refuse(rule, rank=rank, **_shape_of(kernel))
    left, singular, right = np.linalg.svd(kernel, full_matrices=False)
    return [_balanced(s, left[:, t], right[t]) for t, s in enumerate(singular[:rank])]


def kernel_rank(kernel: np.ndarray, *, tolerance: float = 1e-9) -> int:
    """How many separable kernels a kernel of two axes is the sum of; 1 means separable, 0 means all zero.

    Shapes:
        kernel: (k_H, k_W)

    Args:
        kernel: A kernel of one channel.
        tolerance: Singular values up to this share of the largest count as zero.

    Raises:
        ValueError: not two axes, an empty or non-finite kernel.
        TypeError: a kernel that is not a numeric array.

    Source:
        Golub & Van Loan, "Matrix Computations" (rank from singular values).

    Example:
        >>> kernel_rank(np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]))
        2
    """
    kernel = _finite_kernel(kernel)
    if kernel.ndim != 2:
        refuse("kernel must have two axes", **_shape_of(kernel))
    return _matrix_rank(kernel, positive("tolerance", tolerance))


def is_separable(kernel: np.ndarray, *, tolerance: float = 1e-9) -> bool:
    """Whether a kernel is a product of one-dimensional ones: every unfolding of it has rank 1 (or is all zero).

    Shapes:
        kernel: (*K), at least two axes

    Args:
        kernel: A kernel of one channel.
        tolerance: Singular values up to this share of the largest count as zero.

    Raises:
        ValueError: fewer than two axes, an empty or non-finite kernel.
        TypeError: a kernel that is not a numeric array.

    Source:
        Kolda & Bader, "Tensor decompositions and applications", 2009 (rank-one tensors).

    Example:
        >>> is_separable(np.outer([3, 4, 5], [1, 2, 3])), is_separable(np.eye(3))
        (True, False)
    """
    kernel, tolerance = _finite_kernel(kernel), positive("tolerance", tolerance)
    return all(_matrix_rank(_unfold(kernel, axis), tolerance) <= 1 for axis in range(kernel.ndim))


def separation_error(kernel: np.ndarray, rank: int = 1) -> float:
    """What is left when the nearest sum of `rank` separable kernels is taken away, as a share of the kernel.

    Definition:
        e = sqrt(sum(σ_[t]**2 for t in range(r + 1, K + 1)) / sum(σ_[t]**2 for t in range(1, K + 1)))

        t — term
        r — rank
        K — singular values
        kernel = array(k_H, k_W)
        K = min(k_H, k_W)
        σ_ = from_1(np.linalg.svd(kernel)[1])

    Shapes:
        kernel: (k_H, k_W); with rank 1 any number of axes from two

    Args:
        kernel: A kernel of one channel.
        rank: Number of separable terms.

    Returns:
        A share from 0 (a sum of that many terms) up to 1; 0 for a kernel of zeros.

    Raises:
        ValueError, TypeError, NotImplementedError: as `separate_kernel`.

    Source:
        Eckart & Young, 1936.

    Example:
        >>> round(separation_error(np.diag([3.0, 4.0])), 12)
        0.6
    """
    left = _finite_kernel(kernel) - separable_kernel(separate_kernel(kernel, rank))
    size = float(np.linalg.norm(kernel))
    return float(np.linalg.norm(left)) / size if size else 0.0


def _finite_kernel(kernel: np.ndarray) -> np.ndarray:
    """The kernel in a floating dtype that LAPACK knows, if it has two axes or more and only finite numbers."""
    if numeric("kernel", kernel).ndim < 2 or not kernel.size:
        refuse("kernel must have at least two axes and no empty one", **_shape_of(kernel))
    if not np.isfinite(kernel).all():
        refuse("kernel must hold finite numbers", kernel=kernel.tolist())
    return (
        kernel if kernel.dtype.char in "fdFD" else kernel.astype(np.complex128 if kernel.dtype.kind == "c" else float)
    )


def _shape_of(kernel: np.ndarray) -> dict[str, Shape]:
    """The kernel's shape, named for an error message."""
    return {"kernel.shape": kernel.shape}


def _matrix_rank(matrix: np.ndarray, tolerance: float) -> int:
    """Singular values above `tolerance` times the largest one."""
    singular = np.linalg.svd(matrix, compute_uv=False)
    return int((singular > tolerance * singular[0]).sum())


def _unfold(kernel: np.ndarray, axis: int) -> np.ndarray:
    """The kernel as a matrix with one row per cell of `axis`."""
    return np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)  # (K, ∏ other K)


def _nearest_product(kernel: np.ndarray) -> tuple[np.ndarray, ...]:
    """Unit vectors whose outer product lies nearest, HOSVD first, then one axis at a time until nothing moves."""
    units = [np.linalg.svd(_unfold(kernel, axis), full_matrices=False)[0][:, 0] for axis in range(kernel.ndim)]
    scale = 0.0
    for _ in range(REFINEMENTS):
        before = scale
        for axis in range(kernel.ndim):
            free = _project(kernel, units, axis)  # (K,)
            scale = float(np.linalg.norm(free))
            units[axis] = free / scale if scale else units[axis]
        if scale - before <= 1e-15 * scale:
            break
    return _balanced(scale, *units)


def _project(kernel: np.ndarray, units: Sequence[np.ndarray], kept: int) -> np.ndarray:
    """Multiply every axis but `kept` by its unit vector."""
    for axis in reversed(range(kernel.ndim)):
        if axis != kept:
            kernel = np.tensordot(kernel, units[axis].conj(), axes=(axis, 0))
    return kernel


def _balanced(scale: float, *units: np.ndarray) -> tuple[np.ndarray, ...]:
    """Share the scale evenly and move signs (or phases) into the last factor, so that LAPACK's choice does not show."""
    share = float(scale) ** (1 / len(units))
    *leading, last = (unit * unit.dtype.type(share) for unit in units)
    for index, factor in enumerate(leading):
        size = np.abs(factor)
        entry = factor[np.argmax(size >= (1 - 1e-6) * size.max())]
        phase = entry / abs(entry) if entry else factor.dtype.type(1)
        leading[index], last = factor / phase, last * phase
    return (*leading, last)
