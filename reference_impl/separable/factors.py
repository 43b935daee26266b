"""The forms in which the factors of a kernel may be given, and their checks. Serves NumPy and torch."""

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import shape_of
from reference_impl.checks import refuse, whole

FORMS = "one array (K,) per axis, a list of such terms, or one array (C, C', K) per axis"


class Factors(NamedTuple):
    """Checked factors: either terms that add up or the layers of a network, and the order of their passes."""

    terms: list[Sequence[Any]]  # each with one (K,) per axis; empty if there are layers
    layers: list[Any]  # one (C, C', K) per axis; empty if there are terms
    order: tuple[int, ...]  # spatial axes, in the order of their passes

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Taps per axis."""
        return tuple(factor.shape[-1] for factor in self.layers or self.terms[0])

    @property
    def arrays(self) -> list[Any]:
        """All factors, one after the other."""
        return [*self.layers, *chain.from_iterable(self.terms)]


class Pass(NamedTuple):
    """Arguments of one one-dimensional pass over all spatial axes; only its own differs from 1 and 0."""

    axis: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]


def checked_factors(factors: Any, order: Sequence[int] | None, numeric: Callable) -> Factors:
    """Sort the factors into one of their forms; `numeric` is the room's check of a single array."""
    if not isinstance(factors, (list, tuple)) or not factors:
        refuse(f"factors must be {FORMS}", error=TypeError, factors=factors)
    if isinstance(factors[0], (list, tuple)):
        return _checked_terms(factors, order, numeric)
    for axis, factor in enumerate(factors):
        numeric(f"factors[{axis}]", factor)
    if all(factor.ndim == 1 for factor in factors):
        return _checked_terms([factors], order, numeric)
    shapes = [tuple(factor.shape) for factor in factors]
    if any(len(shape) != 3 or 0 in shape for shape in shapes):
        refuse(f"factors must be {FORMS}, none of them empty", shapes=shapes)
    passes = pass_order(order, len(factors))
    if any(shapes[before][0] != shapes[after][1] for before, after in pairwise(passes)):
        rule = "each factor (C, C', K) must take the channels that the pass before it gives"
        refuse(rule, shapes=shapes, order=passes)
    return Factors([], list(factors), passes)


def _checked_terms(terms: Sequence[Any], order: Any, numeric: Callable) -> Factors:
    """Terms of a sum, all with the same kernel size."""
    for t, term in enumerate(terms):
        if not isinstance(term, (list, tuple)) or not term:
            refuse(f"factors must be {FORMS}", error=TypeError, **{f"factors[{t}]": term})
        for axis, factor in enumerate(term):
            numeric(f"factors[{t}][{axis}]", factor)
    shapes = [[tuple(factor.shape) for factor in term] for term in terms]
    if any(len(shape) != 1 or 0 in shape for term in shapes for shape in term):
        refuse("the factors of a term must have shape (K,), none of them empty", shapes=shapes)
    if any(term != shapes[0] for term in shapes):
        refuse("all terms must have factors of the same shapes", shapes=shapes)
    return Factors(list(terms), [], pass_order(order, len(terms[0])))


def pass_order(order: Sequence[int] | None, axes: int) -> tuple[int, ...]:
    """The spatial axes in the order of their passes; first to last unless told otherwise."""
    if order is None:
        return tuple(range(axes))
    rule = f"order must name each of the {axes} spatial axes once, counted from 0"
    if not isinstance(order, (list, tuple)):
        refuse(rule, error=TypeError, order=order)
    named = tuple(whole("order", axis, least=0) for axis in order)
    if sorted(named) != list(range(axes)):
        refuse(rule, order=order)
    return named


def checked_passes(
    x: Any, factors: Factors, b: Any, *, stride: Any, padding: Any, dilation: Any, padding_mode: str
) -> list[Pass]:
    """Refuse an input, a bias or options that do not fit the factors; return the passes in their order."""
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    kernel, axes = factors.kernel_size, len(shape) - 2
    if len(kernel) != axes:
        refuse(f"there must be one factor per spatial axis, here {axes}", factors=len(kernel))
    channels = filters = shape[1]
    if factors.layers:
        channels, filters = factors.layers[factors.order[0]].shape[1], factors.layers[factors.order[-1]].shape[0]
    if channels != shape[1]:
        got: dict[str, Any] = {"x.shape": shape}
        refuse(f"the first pass takes {channels} channels", **got)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    _, strides, pads, dilations = conv_geometry(shape, (filters, channels, *kernel), **options)
    checks.bias_fits(shape_of(b), filters)
    checks.padding_fits(padding_mode, pads, shape[2:])
    columns = list(zip(kernel, strides, pads, dilations, strict=True))
    rest = (1, 1, (0, 0), 1)
    return [
        Pass(axis, *zip(*(own if other == axis else rest for other, own in enumerate(columns)), strict=True))
        for axis in factors.order
    ]
