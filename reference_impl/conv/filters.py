"""Kernels that people write by hand: smoothing, edges, sharpening; and what a kernel keeps of an image, its moments."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import holdable, per_axis, positive, refuse, whole


def gaussian_kernel(sigma: float, kernel_size: int, *, axes: int = 2) -> np.ndarray:
    """A bell sampled at the taps and divided by its sum, the same along every axis.

    Definition:
        w[u] = exp(-(u - (k - 1)/2)**2 / (2*σ**2)) / sum(exp(-(v - (k - 1)/2)**2 / (2*σ**2)) for v in range(k))

        w — whole kernel
        u — tap
        v — tap
        k (1..6)
        w[u] = gaussian_kernel(σ, k, axes=1)

    Shapes:
        returns: (kernel_size,) * axes

    Args:
        sigma: Standard deviation of the bell, in cells, before the taps cut it off.
        kernel_size: Taps along each axis; about 6σ + 1 hold the bell.
        axes: Number of axes.

    Raises:
        ValueError: taps or axes below 1, more than 8 axes, a sigma that is not above 0.
        TypeError: an argument of the wrong kind.

    Source:
        scipy.ndimage.gaussian_filter samples and cuts off the same bell.

    Example:
        >>> [f"{weight:.3f}" for weight in gaussian_kernel(1.0, 3, axes=1)]
        ['0.274', '0.452', '0.274']
    """
    spread, taps = positive("sigma", sigma), whole("kernel_size", kernel_size, least=1)
    count = whole("axes", axes, least=1, below=9)
    holdable((taps,) * count)
    squares = (np.arange(taps) - (taps - 1) / 2) ** 2
    with np.errstate(over="ignore"):  # of a very narrow bell only the taps next to the centre are left
        bell = np.exp((squares.min() - squares) / spread / (2 * spread))  # its largest weight is 1, never 0
    return _product([bell / bell.sum()] * count)


def binomial_kernel(kernel_size: int, *, axes: int = 2) -> np.ndarray:
    """A row of Pascal's triangle, the same along every axis: a bell in whole numbers; they add up to 2^((k − 1)·axes).

    Shapes:
        returns: (kernel_size,) * axes, whole numbers

    Args:
        kernel_size: Taps along each axis, up to 21.
        axes: Number of axes.

    Raises:
        ValueError: a number below 1, more than 21 taps, more than 3 axes.
        TypeError: an argument of the wrong kind.

    Source:
        Jähne, "Digital Image Processing" (binomial filters).

    Example:
        >>> binomial_kernel(3).tolist()
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    taps = whole("kernel_size", kernel_size, least=1, below=22)
    row = reduce(np.convolve, [np.array([1, 1])] * (taps - 1), np.array([1]))
    return _product([row] * whole("axes", axes, least=1, below=4))


def sobel_kernel(axis: int, *, axes: int = 2) -> np.ndarray:
    """The slope along one axis, smoothed along the others: positive where numbers grow with the index.

    Shapes:
        returns: (3,) * axes, whole numbers

    Args:
        axis: The axis of the slope: of an image 0 is downwards, 1 to the right.
        axes: Number of axes.

    Returns:
        For cross-correlation, as `conv` computes it; a convolution turns the sign. A ramp that grows by 1 a cell gives
        2 · 4^(axes − 1).

    Raises:
        ValueError: an axis that is not there, more than 8 axes.
        TypeError: an argument of the wrong kind.

    Source:
        Sobel & Feldman, 1968; scipy.ndimage.sobel.

    Example:
        >>> sobel_kernel(1).tolist()
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    """
    count = whole("axes", axes, least=1, below=9)
    along = whole("axis", axis, least=0, below=count)
    return _product([np.array([-1, 0, 1] if number == along else [1, 2, 1]) for number in range(count)])


def laplacian_kernel(*, axes: int = 2) -> np.ndarray:
    """The sum of the second differences along all axes: neighbours minus the cell, once for each side.

    Shapes:
        returns: (3,) * axes, whole numbers that add up to 0

    Args:
        axes: Number of axes.

    Raises:
        ValueError: no axis, or more than 8.
        TypeError: a number that is not whole.

    Source:
        scipy.ndimage.laplace.

    Example:
        >>> laplacian_kernel().tolist()
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    """
    count = whole("axes", axes, least=1, below=9)
    kernel = np.zeros((3,) * count, dtype=int)
    for axis in range(count):
        line = tuple(slice(None) if number == axis else 1 for number in range(count))
        kernel[line] += np.array([1, -2, 1])
    return kernel


def sharpening_kernel(amount: float = 1.0, *, axes: int = 2) -> np.ndarray:
    """The image minus `amount` times its Laplacian: edges grow steeper, a plain stays as it is.

    Shapes:
        returns: (3,) * axes; the weights add up to 1

    Args:
        amount: How much of the Laplacian is taken away, above 0.
        axes: Number of axes.

    Raises:
        ValueError: an amount that is not above 0, no axis, or more than 8.
        TypeError: an argument of the wrong kind.

    Source:
        Gonzalez & Woods, "Digital Image Processing" (sharpening with the Laplacian).

    Example:
        >>> sharpening_kernel().astype(int).tolist()
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    """
    kernel = -positive("amount", amount) * laplacian_kernel(axes=axes)
    kernel[(1,) * kernel.ndim] += 1
    return kernel + 0.0  # no −0


def kernel_moment(kernel: np.ndarray, order: int | Sequence[int]) -> float:
    """A moment of a kernel around its middle, which is what the kernel makes of a power of the distance.

    Order 0 is the sum: what a plain is multiplied by. Order 1 along an axis, divided by it, is how far the picture
    moves against that axis. Of a kernel with sum 1 whose moments of order 1 are 0, a ramp stays; a bend along an
    axis does not, unless the moment of order 2 along it is 0 too.

    Definition:
        m = sum(w[u] * (u - (k - 1)/2)**n for u in range(k))

        m — moment
        u — tap
        n — order
        w — whole kernel
        n (0..4)
        k (1..6)
        w = array(k)
        m = kernel_moment(w, n)

    Shapes:
        kernel: (*K)

    Args:
        kernel: A kernel of one channel, any number of axes.
        order: The power of the distance; int or one per axis.

    Raises:
        ValueError: a negative order, a kernel without cells or of complex numbers.
        TypeError: an argument of the wrong kind.

    Source:
        Jähne, "Digital Image Processing" (conditions on smoothing and derivative filters).

    Example:
        >>> sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        >>> kernel_moment(sobel, 0), kernel_moment(sobel, (0, 1)), kernel_moment(sobel, (1, 0))
        (0.0, 8.0, 0.0)
    """
    if not numeric("kernel", kernel).ndim or not kernel.size or kernel.dtype.kind == "c":
        refuse("kernel must have cells, with real numbers", **{"kernel.shape": kernel.shape})
    powers = per_axis("order", order, kernel.ndim, least=0)
    distances = [(np.arange(taps) - (taps - 1) / 2) ** power for taps, power in zip(kernel.shape, powers, strict=True)]
    return float((kernel * _product(distances)).sum())


def _product(factors: Sequence[np.ndarray]) -> np.ndarray:
    """The outer product of one factor an axis."""
    return reduce(np.multiply.outer, factors)
