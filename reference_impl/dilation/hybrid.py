"""Hybrid dilated convolution: a rule for the rates of a stack, so that no cell is left out."""

from collections.abc import Sequence
from math import gcd

from reference_impl import checks
from reference_impl.checks import refuse, whole


def hdc_max_distance(rates: Sequence[int]) -> int:
    r"""M₂: the largest gap that the layers from the second on leave between cells that reach the output.

    Definition:
        M_i = \max\left( M_{i+1} - 2 r_i, \; M_{i+1} - 2 (M_{i+1} - r_i), \; r_i \right), \qquad M_n = r_n

        r_i — dilation rate of layer i, from the input to the output
        n — layers

    The first layer's rate does not enter: its k taps have to bridge what is left.

    Args:
        rates: Dilation of each layer, from the input to the output; at least two.

    Raises:
        ValueError: fewer than two rates, or one below 1.
        TypeError: an argument that is not a sequence of whole numbers.

    Source:
        Wang et al., "Understanding convolution for semantic segmentation", 2018, section 3.2.

    Example:
        >>> hdc_max_distance([1, 2, 5]), hdc_max_distance([1, 2, 9])
        (2, 5)
    """
    steps = _rates("hdc_max_distance", rates)
    distance = steps[-1]
    for r in reversed(steps[1:-1]):
        distance = max(distance - 2 * r, distance - 2 * (distance - r), r)
    return distance


def satisfies_hdc(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Whether rates meet the two conditions of hybrid dilated convolution: M₂ ≤ k, and no common factor above 1.

    The conditions are about layers whose first rate is 1, as in the paper. For a first rate above 1, look at
    `coverage_share`: [2, 2, 3] meets both conditions and still leaves cells out.

    Args:
        rates: Dilation of each layer, from the input to the output; at least two.
        kernel_size: Taps of the kernels along each axis.

    Raises:
        ValueError: fewer than two rates, or a number below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Wang et al., "Understanding convolution for semantic segmentation", 2018, section 3.2.

    Example:
        >>> satisfies_hdc([1, 2, 5]), satisfies_hdc([1, 2, 9]), satisfies_hdc([2, 4, 8])
        (True, False, False)
    """
    name = "satisfies_hdc"
    steps = _rates(name, rates)
    return hdc_max_distance(steps) <= whole(name, "kernel_size", kernel_size, least=1) and gcd(*steps) == 1


def _rates(function: str, rates: Sequence[int]) -> tuple[int, ...]:
    """At least two dilation rates."""
    steps = checks.sizes(function, "rates", rates)
    if len(steps) < 2:
        refuse(function, "rates must name at least two layers", rates=rates)
    return steps
