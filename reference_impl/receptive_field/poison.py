"""A mode in which every operator runs in float64 and passes NaN on exactly where it depends on it."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from reference_impl.receptive_field.calls import given_arguments
from reference_impl.receptive_field.rules import is_fresh

WIDE = {
    **dict.fromkeys((torch.float16, torch.bfloat16, torch.float32), torch.float64),
    **dict.fromkeys((torch.complex32, torch.complex64), torch.complex128),
}
ORDERS = ("sort", "topk", "kthvalue", "mode", "nanmedian", "nansum", "nanmean")
LEAST_WEIGHT = 1e-9  # of a cell in an interpolation; below stands what rounding leaves of zero


class Poison(TorchDispatchMode):
    """Runs a model in float64, whatever its own dtype, and lets NaN through where values depend on it.

    Args:
        watching: Whether to note operators that swallow NaN.
    """

    def __init__(self, *, watching: bool = False) -> None:
        super().__init__()
        self.swallowed: list[str] = []
        self.where: Callable[[], str] = str
        self._watching = watching
        self._tainted: dict[int, torch.Tensor] = {}  # whole numbers and truths made of NaN

    def __enter__(self) -> "Poison":
        torch.set_default_dtype(torch.float64)  # the run puts it back
        return super().__enter__()

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Run one operator on wide numbers."""
        written = [one.alias_info is not None and one.alias_info.is_write for one in func._schema.arguments]
        args = tuple(
            value if keep else tree_map(_wide, value) for value, keep in zip(args, written[: len(args)], strict=True)
        )
        kwargs = {name: WIDE.get(value, value) if name == "dtype" else tree_map(_wide, value) for name, value in (kwargs or {}).items()}
        special = SPECIAL.get(func.overloadpacket.__name__)
        given = given_arguments(func, args, kwargs)
        result = special(func, given) if special else NotImplemented
        result = func(*args, **kwargs) if result is NotImplemented else result
        if self._watching and func.namespace == "aten" and not is_fresh(func.overloadpacket.__name__):
            self._watch(func.overloadpacket.__name__, tree_leaves((args, kwargs)), tree_leaves(result))
        return result

    def _watch(self, name: str, before: list[Any], after: list[Any]) -> None:
        """Note an operator that was given NaN and does not pass it on."""
        tensors = [leaf for leaf in before if isinstance(leaf, torch.Tensor)]
        tainted = any(id(leaf) in self._tainted for leaf in tensors)
        if not tainted and not any(_has_nan(leaf) for leaf in tensors):
            return
        results = [leaf for leaf in after if isinstance(leaf, torch.Tensor)]
        exact = [leaf for leaf in results if not leaf.is_floating_point() and not leaf.is_complex()]
        self._tainted.update({id(leaf): leaf for leaf in exact})
        lost = not results or (len(exact) < len(results) and (tainted or not any(_has_nan(leaf) for leaf in results)))
        if name in ORDERS or lost:
            self.swallowed.append(f"{name} of {self.where()}")


def _wide(value: Any) -> Any:
    """A tensor in double precision."""
    if isinstance(value, torch.Tensor) and value.dtype in WIDE:
        return value.to(WIDE[value.dtype])
    return value


def _has_nan(value: torch.Tensor) -> bool:
    """Whether any number is NaN."""
    return (value.is_floating_point() or value.is_complex()) and bool(value.isnan().any())


def _untouched(x: torch.Tensor, others: int, statistics: int) -> tuple[torch.Tensor, ...]:
    """A normalisation whose statistics are put aside."""
    return (x.clone(), *(x.new_ones(statistics) for _ in range(others)))


def _group_norm(_func: Any, given: dict[str, Any]) -> Any:
    return _untouched(given["input"], 2, given["N"] * given["group"])


def _batch_norm(_func: Any, given: dict[str, Any]) -> Any:
    return _untouched(given["input"], 2, given["input"].shape[1]) if given.get("training") else NotImplemented


def _layer_norm(func: Any, given: dict[str, Any]) -> Any:
    over_map = len(given["normalized_shape"]) > 1
    return _untouched(given["input"], len(func._schema.returns) - 1, 1) if over_map else NotImplemented


def _weighted(func: Any, given: dict[str, Any]) -> Any:
    """An interpolation: NaN reaches an output through a weight that is not zero, and through its coordinates."""
    x, *rest = given.values()
    hidden = x.isnan()
    lost = [value.isnan().any(-1) for value in rest if isinstance(value, torch.Tensor)]  # grids
    rest = [value.nan_to_num(0.0) if isinstance(value, torch.Tensor) else value for value in rest]
    uneven = (torch.arange(x.numel(), device=x.device, dtype=x.dtype) * 0.618034).frac().reshape(x.shape) + 0.5
    result = func(x.masked_fill(hidden, 0.0), *rest)
    reached = func(hidden * uneven, *rest).abs() > LEAST_WEIGHT
    for grid in lost:
        reached = reached | grid.unsqueeze(1)
    return result.masked_fill(reached, torch.nan)


def _attention(func: Any, given: dict[str, Any]) -> Any:
    """Attention in one operator: NaN reaches a query's output from itself and from every key it may look at."""
    names = ("query", "key", "value")
    query, key, value = (given[name] for name in names)
    clean = {name: given[name].nan_to_num(0.0) for name in names}
    sizes = (query.shape[-2], key.shape[-2])
    seen = torch.ones(sizes, dtype=query.dtype, device=query.device)
    if given.get("is_causal") and sizes[0] == sizes[1]:
        seen = seen.tril()
    hidden = key.isnan().any(-1, keepdim=True) | value.isnan()  # (…, keys, features)
    if hidden.shape[:-2] != query.shape[:-2]:
        return NotImplemented
    reached = (seen @ hidden.to(query.dtype) > 0) | query.isnan().any(-1, keepdim=True)
    first, *others = func(*clean.values(), *[entry for name, entry in given.items() if name not in names and name not in _keywords(func)], **{name: given[name] for name in _keywords(func)})
    return (first.masked_fill(reached, torch.nan), *others)


def _keywords(func: Any) -> list[str]:
    """Names of the arguments that go by name only."""
    return [one.name for one in func._schema.arguments if one.kwarg_only]


SPECIAL: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "native_group_norm": _group_norm,
    "native_layer_norm": _layer_norm,
    "_fused_rms_norm": _layer_norm,
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit", "batch_norm_with_update"), _batch_norm),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d"), _weighted),
    **dict.fromkeys(("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"), _weighted),
    **dict.fromkeys(("grid_sampler_2d", "grid_sampler_3d"), _weighted),
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
}
