"""What two one-dimensional passes cost against one square kernel. Imports neither NumPy nor torch."""

from fractions import Fraction
from typing import Any

from reference_impl.checks import is_symbol, refuse, whole


def direct_macs(input_size: int, kernel_size: int) -> int:
    """Multiplications of one m×m kernel over one n×n channel: stride 1, no padding.

    Formula:
        M = (n - m + 1)**2*m**2

        M — macs

    Raises:
        ValueError: a size below 1, or a kernel larger than the input.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, relationship 1, for the number of positions.

    Example:
        >>> direct_macs(5, 3)
        81
    """
    n, m = _square(input_size, kernel_size)
    return (n - m + 1) ** 2 * m**2


def spatially_separable_macs(input_size: int, kernel_size: int) -> int:
    """Multiplications of an m×1 pass and then a 1×m pass over one n×n channel: stride 1, no padding.

    The first pass leaves (n − m + 1) × n cells, the second (n − m + 1) × (n − m + 1); each cell costs m.

    Formula:
        M = n*(n - m + 1)*m + (n - m + 1)**2*m = (n - m + 1)*m*(2*n - m + 1)

        M — macs

    Raises:
        ValueError: a size below 1, or a kernel larger than the input.
        TypeError: an argument that is not a whole number.

    Source:
        Sum of the two passes, each counted as in Dumoulin & Visin, 2016, relationship 1.

    Example:
        >>> spatially_separable_macs(5, 3)
        72
    """
    n, m = _square(input_size, kernel_size)
    return (n - m + 1) * m * (2 * n - m + 1)


def spatially_separable_ratio(input_size: int, kernel_size: int) -> Any:
    """Multiplications of the two passes as a share of the direct ones; above 1 the two passes cost more.

    Formula:
        R = (2*n - m + 1) / (m*(n - m + 1)) = 1/m + n/(m*(n - m + 1))

    Returns:
        An exact `Fraction`, or an expression when asked with sympy symbols.

    Raises:
        ValueError: a size below 1, or a kernel larger than the input.
        TypeError: an argument that is not a whole number.

    Source:
        `spatially_separable_macs` over `direct_macs`; for n much larger than m it tends to 2/m.

    Example:
        >>> print(spatially_separable_ratio(5, 3), spatially_separable_ratio(3, 3))
        8/9 4/3
    """
    n, m = _square(input_size, kernel_size)
    over, under = 2 * n - m + 1, m * (n - m + 1)
    return over / under if is_symbol(over) else Fraction(over, under)


def _square(input_size: int, kernel_size: int) -> tuple[int, int]:
    """The two sizes, if they are whole numbers and the kernel fits into the input."""
    n = whole("input_size", input_size, least=1)
    m = whole("kernel_size", kernel_size, least=1)
    if not is_symbol(n) and not is_symbol(m) and m > n:
        refuse("the kernel must not be larger than the input", input_size=n, kernel_size=m)
    return n, m
