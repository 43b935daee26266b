"""A mode in which every operator passes NaN on exactly where it depends on it."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._pytree import tree_leaves

from reference_impl.receptive_field.calls import given_arguments
from reference_impl.receptive_field.marks import ORDERING, Marks, has_nan, is_fraction, is_view
from reference_impl.receptive_field.rules import is_fresh
from reference_impl.receptive_field.shut import PRODUCTS, SOFTMAX, Shut, low_cells, open_rows
from reference_impl.receptive_field.sliding import open_keys
from reference_impl.running.operators import Watching

LEAST_WEIGHT = 1e-9  # of a cell in an interpolation; below stands what rounding leaves of zero


class Poison(Watching):
    """Lets NaN through where values depend on it, and only there.

    Args:
        watching: Whether to note operators that swallow NaN.
        where: Tells the qualified name of the module that is running.
    """

    def __init__(self, *, watching: bool = False, where: Callable[[], str] = str) -> None:
        super().__init__()
        self.swallowed: list[str] = []
        self.where = where
        self._watching = watching
        self._marks = Marks()
        self._shut = Shut()

    def watched(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operator, in another form where it would spread or hide a NaN."""
        name = func.overloadpacket.__name__
        if func.namespace in ("prim", "prims", "profiler") or is_fresh(func):
            return func(*args, **kwargs)
        sources = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        lost = self._marks.lost(func, sources)  # before the operator writes into them
        special = SPECIAL.get(name) if func.namespace == "aten" else None
        given = given_arguments(func, args, kwargs)
        result = special(func, given) if special else self._masked(func, name, given)
        result = func(*args, **kwargs) if result is NotImplemented else result
        outs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        if outs and func.namespace == "aten":
            self._shut.note(func, given, outs[0], low_cells)
        kept = self._marks.put(func, args, kwargs, sources, outs, lost)
        if self._watching and not (kept and self._passed(func, sources, outs)):
            self.swallowed.append(f"{name} of {self.where()}")
        return result

    def _masked(self, func: OpOverload, name: str, given: dict[str, Any]) -> Any:
        """Attention masked by hand: NaN reaches no row from a score that is shut, nor from the value beside it."""
        values = list(given.values())
        if name in SOFTMAX and (low := low_cells(values[0], 1)):
            self._shut.overwritten(values[0], low[0])
        if name in SOFTMAX and (found := self._shut.scores(values[0])):
            low = open_rows(found[0], given["dim"])
            return func(values[0].masked_fill(low, -torch.inf), *values[1:])
        for place in (0, 1) if name in PRODUCTS else ():
            if (found := self._shut.weights(values[place])) and found[0] is not None:
                return _over_open(func, values[0], values[1], ~found[0], first=place == 0)
        return NotImplemented

    @staticmethod
    def _passed(func: OpOverload, sources: Sequence[torch.Tensor], outs: Sequence[torch.Tensor]) -> bool:
        """Whether fractions of which some are NaN gave fractions of which some are NaN, in no other order."""
        fractions = [out for out in outs if is_fraction(out)]
        if func.overloadpacket.__name__ == "convolution_backward":  # linear: its input tells the weights' gradient only
            sources = sources[:1]
        if is_view(func) or not any(map(has_nan, sources)):
            return True
        return not ORDERING.match(func.overloadpacket.__name__) and (not fractions or any(map(has_nan, fractions)))


def _over_open(
    func: OpOverload, one: torch.Tensor, two: torch.Tensor, allowed: torch.Tensor, *, first: bool
) -> torch.Tensor:
    """A product of weights and values, in either order: NaN reaches a row from its open weights and their values."""
    weights, values = (one, two) if first else (two, one)
    shares, hidden = allowed.to(torch.float64), values.isnan().to(torch.float64)
    reached = func(shares, hidden) if first else func(hidden, shares)
    bad = (weights.isnan() & allowed).any(-1 if first else -2, keepdim=True)
    return func(one.nan_to_num(), two.nan_to_num()).masked_fill((reached > 0) | bad, torch.nan)


def _untouched(func: OpOverload, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A normalisation whose statistics are put aside."""
    return (x.clone(), *(x.new_ones(1) for _ in func._schema.returns[1:]))


def _group_norm(func: OpOverload, given: dict[str, Any]) -> Any:
    return _untouched(func, given["input"])


def _batch_norm(func: OpOverload, given: dict[str, Any]) -> Any:
    return _untouched(func, given["input"]) if given.get("training") else NotImplemented


def _layer_norm(func: OpOverload, given: dict[str, Any]) -> Any:
    over_map = len(given["normalized_shape"]) > 1
    return _untouched(func, given["input"]) if over_map else NotImplemented


def _convolution(func: OpOverload, given: dict[str, Any]) -> Any:
    """A convolution in float64: in float32 a library may run Winograd's algorithm, which spreads a NaN over a tile."""
    x = given["input"]
    if x.is_complex() or not x.is_floating_point():
        return NotImplemented
    return func(*(v.double() if isinstance(v, torch.Tensor) else v for v in given.values())).to(x.dtype)


def _weighted(func: OpOverload, given: dict[str, Any]) -> Any:
    """An interpolation: NaN reaches an output through a weight that is not zero, and through its coordinates."""
    dtype = given["self" if "self" in given else "input"].dtype
    x, *rest = (v.double() if isinstance(v, torch.Tensor) else v for v in given.values())
    hidden = x.isnan()
    lost = [value.isnan().any(-1) for value in rest if isinstance(value, torch.Tensor)]  # grids
    rest = [value.nan_to_num() if isinstance(value, torch.Tensor) else value for value in rest]
    uneven = (torch.arange(x.numel(), device=x.device, dtype=x.dtype) * 0.618034).frac().reshape(x.shape) + 0.5
    result = func(x.masked_fill(hidden, 0.0), *rest)
    reached = func(hidden * uneven, *rest).abs() > LEAST_WEIGHT
    for grid in lost:
        reached = reached | grid.unsqueeze(1)
    return result.masked_fill(reached, torch.nan).to(dtype)


def _bernoulli(func: OpOverload, given: dict[str, Any]) -> Any:
    """Noise of the odds in a tensor, which torch refuses to draw of NaN."""
    place = "p" if "p" in given else "self"
    odds = given[place].clone()  # the noise may be written into it
    noise = func(**given | {place: odds.nan_to_num(0.5)})
    return noise.masked_fill_(odds.isnan(), torch.nan) if is_fraction(noise) else noise


def _attention(func: OpOverload, given: dict[str, Any]) -> Any:
    """Attention in one operator: NaN reaches a query's output from itself and from every key it may look at."""
    query, key, value = given["query"], given["key"], given["value"]
    mask = given.get("attn_mask", given.get("attn_bias"))
    allowed = open_keys(query, key, bool(given.get("is_causal")), mask)
    hidden = key.isnan().any(-1, keepdim=True) | value.isnan()  # (…, keys, features)
    hidden = hidden.repeat_interleave(query.shape[1] // hidden.shape[1], 1)  # fewer heads of keys than of queries
    seen = query.new_ones(query.shape[-2], key.shape[-2]) if allowed is None else allowed.to(query)
    reached = (seen @ hidden.to(query.dtype) > 0) | query.isnan().any(-1, keepdim=True)
    clean = {name: v.nan_to_num() if name in ("query", "key", "value") else v for name, v in given.items()}
    first, *others = func(**clean)
    return (first.masked_fill(reached, torch.nan), *others)


SPECIAL: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "convolution": _convolution,
    "native_group_norm": _group_norm,
    "native_layer_norm": _layer_norm,
    "_fused_rms_norm": _layer_norm,
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit", "batch_norm_with_update"), _batch_norm),
    **dict.fromkeys(
        ("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"), _weighted
    ),
    **dict.fromkeys(("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"), _weighted),
    **dict.fromkeys(("grid_sampler_2d", "grid_sampler_3d"), _weighted),
    **dict.fromkeys(("bernoulli", "bernoulli_"), _bernoulli),
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
}
