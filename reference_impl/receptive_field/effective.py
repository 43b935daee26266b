"""How wide the gradient spreads inside the receptive field."""

from fractions import Fraction

from reference_impl.checks import whole


def effective_variance(kernel_size: int, layers: int) -> Fraction:
    """Variance, in cells², of the gradient of one output after `layers` equal kernels with equal weights.

    The gradient of n layers is the n-fold convolution of a box of k cells, so variances add up and the width, the
    square root, grows as √n while the receptive field grows as n.

    Formula:
        Var = n*(k**2 - 1)/12

    Raises:
        ValueError: a number below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", 2016.

    Example:
        >>> effective_variance(3, 30), float(effective_variance(5, 10))
        (Fraction(20, 1), 20.0)
    """
    k = whole("kernel_size", kernel_size, least=1)
    n = whole("layers", layers, least=1)
    return Fraction(n * (k * k - 1), 12)
