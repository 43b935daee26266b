"""The forms in which the factors of a kernel may be given, their checks, and the kernel that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple, Unpack

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import cast, library, shape_of
from reference_impl.checks import refuse, whole
from reference_impl.types import PaddedOptions, Pairs, Shape, Shaped

FORMS = "one array (K,) per axis, a list of such terms, or one array (C, C', K) per axis"


class Factors(NamedTuple):
    """Checked factors: either terms that add up or the layers of a network, and the order of their passes."""

    terms: Sequence[Sequence[Any]]  # each with one (K,) per axis; empty if there are layers
    layers: Sequence[Any]  # one (C, C', K) per axis; empty if there are terms
    order: tuple[int, ...]  # spatial axes, in the order of their passes

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Taps per axis."""
        return tuple(factor.shape[-1] for factor in self.layers or self.terms[0])

    def cast(self, dtype: Any) -> Factors:
        """The same factors in another dtype."""
        terms = [[cast(factor, dtype) for factor in term] for term in self.terms]
        return Factors(terms, [cast(layer, dtype) for layer in self.layers], self.order)

    def kernel(self) -> Any:
        """The full kernel that they stand for: (*K) of terms, (C_out, C_in, *K) of layers."""
        if self.terms:
            return sum(reduce(lambda product, factor: product[..., None] * factor, term) for term in self.terms)
        kernel, *others = (self.layers[axis] for axis in self.order)  # (C, C_in, K)
        for layer in others:
            kernel = library(layer).einsum("omk,mc...->oc...k", layer, kernel)  # (C, C_in, *K so far)
        axes = range(2, kernel.ndim)
        return library(kernel).moveaxis(kernel, tuple(axes), tuple(2 + axis for axis in self.order))


class Pass(NamedTuple):
    """Arguments of one one-dimensional pass over all spatial axes; only its own differs from 1 and 0."""

    axis: int
    kernel_size: Shape
    stride: Shape
    padding: Pairs
    dilation: Shape


def named_factors(factors: Any) -> dict[str, Any]:
    """All factors by the names that they have in errors, if they stand in lists as one of the forms asks."""
    if not isinstance(factors, (list, tuple)) or not factors:
        refuse(f"factors must be {FORMS}", error=TypeError, factors=factors)
    if not isinstance(factors[0], (list, tuple)):
        return {f"factors[{axis}]": factor for axis, factor in enumerate(factors)}
    for t, term in enumerate(factors):
        if not isinstance(term, (list, tuple)) or not term:
            refuse(f"factors must be {FORMS}", error=TypeError, **{f"factors[{t}]": term})
    return {f"factors[{t}][{axis}]": factor for t, term in enumerate(factors) for axis, factor in enumerate(term)}


def sorted_factors(factors: Sequence[Any], order: Sequence[int] | None) -> Factors:
    """Factors that are arrays, sorted into one of their forms; refused if their shapes fit none."""
    if isinstance(factors[0], (list, tuple)):
        return _terms(factors, order)
    if all(factor.ndim == 1 for factor in factors):
        return _terms([factors], order)
    shapes = [tuple(factor.shape) for factor in factors]
    if any(len(shape) != 3 or 0 in shape for shape in shapes):
        refuse(f"factors must be {FORMS}, none of them empty", shapes=shapes)
    passes = pass_order(order, len(factors))
    if any(shapes[before][0] != shapes[after][1] for before, after in pairwise(passes)):
        rule = "each factor (C, C', K) must take the channels that the pass before it gives"
        refuse(rule, shapes=shapes, order=passes)
    return Factors([], list(factors), passes)


def _terms(terms: Sequence[Any], order: Sequence[int] | None) -> Factors:
    """Terms of a sum, all with the same kernel size."""
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


def checked_passes(x: Shaped, factors: Factors, b: Shaped | None, **options: Unpack[PaddedOptions]) -> list[Pass]:
    """Refuse an input, a bias or options that do not fit the factors; return the passes in their order."""
    shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    kernel, axes = factors.kernel_size, len(shape) - 2
    if len(kernel) != axes:
        refuse(f"there must be one factor per spatial axis, here {axes}", factors=len(kernel))
    channels = filters = shape[1]
    if factors.layers:
        channels, filters = factors.layers[factors.order[0]].shape[1], factors.layers[factors.order[-1]].shape[0]
    if channels != shape[1]:
        got = {"x.shape": shape}
        refuse(f"the first pass takes {channels} channels", **got)
    geometry = conv_geometry(shape, (filters, channels, *kernel), bias_shape=shape_of(b), **options)
    columns = list(zip(kernel, *geometry[1:], strict=True))
    rest = (1, 1, (0, 0), 1)
    return [
        Pass(axis, *zip(*(own if other == axis else rest for other, own in enumerate(columns)), strict=True))
        for axis in factors.order
    ]
