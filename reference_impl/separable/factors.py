"""The forms in which per-axis factors of a kernel may be given, and their checks."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import refuse, whole


def checked_count(function: str, factors: Sequence[np.ndarray]) -> int:
    """How many factors there are, one per spatial axis."""
    if not isinstance(factors, (list, tuple)) or not factors:
        rule = "factors must be a list or tuple of one array per spatial axis"
        refuse(function, rule, error=TypeError, factors=factors)
    return len(factors)


def checked_factors(function: str, factors: Sequence[np.ndarray], order: Sequence[int]) -> list[np.ndarray]:
    """One non-empty array an axis, all in one form: (K,), (r, K), or (C, C', K) whose channels fit in `order`."""
    arrays = [numeric(function, f"factors[{axis}]", factor) for axis, factor in enumerate(factors)]
    refuse_factor_shapes(function, [array.shape for array in arrays], order)
    return arrays


def refuse_factor_shapes(function: str, shapes: Sequence[tuple[int, ...]], order: Sequence[int]) -> None:
    """Refuse factor shapes that are not of one form or do not fit each other."""
    got = {"shapes": [tuple(shape) for shape in shapes]}
    if (
        len({len(shape) for shape in shapes}) != 1
        or not 1 <= len(shapes[0]) <= 3
        or any(0 in shape for shape in shapes)
    ):
        refuse(function, "factors must all be (K,), all (r, K) or all (C, C', K), none of them empty", **got)
    if len(shapes[0]) == 2 and len({shape[0] for shape in shapes}) != 1:
        refuse(function, "factors of shape (r, K) must have the same number of terms r", **got)
    chain = [shapes[axis] for axis in order]
    if len(shapes[0]) == 3 and any(left[0] != right[1] for left, right in pairwise(chain)):
        refuse(function, "each factor (C, C', K) must take the channels that the pass before it gives", **got)


def pass_order(function: str, order: Sequence[int] | None, axes: int) -> tuple[int, ...]:
    """The spatial axes in the order of their passes; first to last unless told otherwise."""
    if order is None:
        return tuple(range(axes))
    rule = f"order must name each of the {axes} spatial axes once, counted from 0"
    if not isinstance(order, (list, tuple)):
        refuse(function, rule, error=TypeError, order=order)
    named = tuple(whole(function, "order", axis, least=0) for axis in order)
    if sorted(named) != list(range(axes)):
        refuse(function, rule, order=order)
    return named
