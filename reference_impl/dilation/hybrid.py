"""Hybrid dilated convolution: a rule for the rates of a stack, so that no cell is left out."""

from collections.abc import Sequence
from math import gcd

from reference_impl.checks import WIDEST, refuse, several, whole


def hdc_max_distance(rates: Sequence[int]) -> int:
    """M₂: an estimate of the largest step between cells that the layers from the second on read.

    Definition:
        M_[l] = max(M_[l + 1] - 2*r_[l], M_[l + 1] - 2*(M_[l + 1] - r_[l]), r_[l])
        M_[n] = r_[n]

        l — layer
        n — layers
        n (2..5)
        r_ = array(n, low=1, high=9, first=1)
        M_[2] = hdc_max_distance(r_)

    The first layer's rate does not enter: its k taps have to bridge what is left. With three taps the step is never
    larger than M₂ and often smaller, as M₂ depends on the order of the layers; with two taps it can be larger.

    Args:
        rates: Dilation of each layer, from the input to the output; at least two.

    Raises:
        ValueError: fewer than two rates, or one below 1.
        TypeError: an argument that is not a sequence of whole numbers.

    Source:
        Wang et al., "Understanding convolution for semantic segmentation", 2018.

    Example:
        >>> hdc_max_distance([1, 2, 5]), hdc_max_distance([1, 2, 9])
        (2, 5)
    """
    steps = layer_rates(rates, least=2)
    distance = steps[-1]
    for r in reversed(steps[1:-1]):
        distance = max(distance - 2 * r, distance - 2 * (distance - r), r)
    return distance


def satisfies_hdc(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Whether rates meet the two conditions of hybrid dilated convolution: M₂ ≤ k, and no common factor above 1.

    The conditions are about layers of three taps whose first rate is 1, as in the paper. For a first rate above 1, and
    for two taps, look at `coverage_share`: [2, 2, 3] meets both conditions and still leaves cells out, and so does
    [1, 1, 4] with two taps. Stacks that fail may have no holes, such as [1, 3, 1].

    Args:
        rates: Dilation of each layer, from the input to the output; at least two.
        kernel_size: Taps of the kernels along each axis.

    Raises:
        ValueError: fewer than two rates, or a number below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Wang et al., "Understanding convolution for semantic segmentation", 2018.

    Example:
        >>> satisfies_hdc([1, 2, 5]), satisfies_hdc([1, 2, 9]), satisfies_hdc([2, 4, 8])
        (True, False, False)
    """
    steps = layer_rates(rates, least=2)
    return hdc_max_distance(steps) <= whole("kernel_size", kernel_size, least=1) and gcd(*steps) == 1


def layer_rates(rates: Sequence[int], *, least: int) -> tuple[int, ...]:
    """The dilation rates of at least `least` layers.

    Example:
        >>> layer_rates([1, 2, 5], least=1)
        (1, 2, 5)
    """
    if not several(rates):
        refuse("rates must be a sequence, one rate per layer", error=TypeError, rates=rates)
    if len(rates) < least:
        refuse(f"rates must name at least {least} layer{'s' * (least > 1)}", rates=rates)
    return tuple(whole("rates", rate, least=1, below=WIDEST) for rate in rates)
