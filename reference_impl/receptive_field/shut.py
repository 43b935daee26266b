"""Attention that a model masks by hand: which scores a constant lowers out of sight, and which weights are 0 for it."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import re
from collections.abc import Callable
from typing import Any

import torch
from torch._ops import OpOverload

from reference_impl.receptive_field import reach
from reference_impl.receptive_field.calls import Call
from reference_impl.receptive_field.marks import is_fraction, is_view
from reference_impl.receptive_field.reach import NOTHING, Table, mixed
from reference_impl.receptive_field.seen import Seen, merged
from reference_impl.receptive_field.sliding import SHUT, contracted, over_open

Mask = torch.Tensor | None  # truths, one a cell or broadcast; None: a tensor without numbers may lower some
Lowering = Callable[[Any, int], list[Mask]]  # of a tensor and its sign in a sum: [], or the mask of what it lowers

SUMS = {"add": ("self", "other"), "sub": ("self",), "baddbmm": ("self",), "addmm": ("self",)}
SCALED = ("mul", "div")  # a zero stays one, a lowered score stays low
KEPT = re.compile(r"clone|_to_copy|_unsafe_view|_reshape_copy|contiguous|native_dropout|\w+_copy")
SOFTMAX = ("_softmax", "_safe_softmax")
PRODUCTS = ("mm", "bmm")


class Shut:
    """Remembers, for scores and for the weights that a softmax makes of them, the cells that a mask has shut."""

    def __init__(self) -> None:
        self._scores: dict[int, tuple[torch.Tensor, Mask]] = {}  # the tensor keeps its id alive
        self._weights: dict[int, tuple[torch.Tensor, Mask]] = {}

    def scores(self, tensor: Any) -> list[Mask]:
        """The mask of lowered scores, in a list; [] for any other tensor."""
        return [self._scores[id(tensor)][1]] if id(tensor) in self._scores else []

    def weights(self, tensor: Any) -> list[Mask]:
        """The mask of weights that are zero, in a list; [] for any other tensor."""
        return [self._weights[id(tensor)][1]] if id(tensor) in self._weights else []

    def overwritten(self, scores: torch.Tensor, mask: Mask) -> None:
        """Scores in place of which a low number was written, beside those that a mask lowered."""
        masks = [*self.scores(scores), mask]
        self._scores[id(scores)] = scores, None if any(one is None for one in masks) else _any(masks)

    def note(self, func: OpOverload, given: dict[str, Any], out: torch.Tensor, lowering: Lowering) -> None:
        """What one operator made: `lowering` tells which cells a constant lowers."""
        name = func.overloadpacket.__name__.rstrip("_")
        x = next(iter(given.values()))
        if name in SOFTMAX and (found := self.scores(x)):
            self._weights[id(out)] = out, open_rows(found[0], given["dim"])
        for known in (self._scores, self._weights):
            found = self._kept(func, name, given, known)
            if known is self._scores:
                found = found + _lowered(name, given, lowering)
            if found:
                none = any(mask is None for mask in found)
                known[id(out)] = out, None if none else _any(found).expand(out.shape)

    def _kept(self, func: OpOverload, name: str, given: dict[str, Any], known: Any) -> list[Mask]:
        """The masks of the operands, moved as these are."""
        x = next(iter(given.values()))
        masks = [known[id(value)][1] for value in given.values() if id(value) in known]
        if not masks or name in SUMS or name in ("where", "masked_fill") or name in SCALED:
            return masks if name in (*SUMS, *SCALED, "where", "masked_fill") else []
        if None in masks:
            return masks if is_view(func) or KEPT.fullmatch(name) else []
        if is_view(func) and id(x) in known:
            return [_moved(func, masks[0], given)]
        if name == "_unsafe_view":
            return [masks[0].reshape(given["size"])]
        return masks if KEPT.fullmatch(name) else []


def _moved(func: OpOverload, mask: torch.Tensor, given: dict[str, Any]) -> torch.Tensor:
    """The mask behind an operator that only looks at its argument in another way."""
    kinds = {one.name: one.kwarg_only for one in func._schema.arguments[1:]}
    args = [given[name] for name, keyword in kinds.items() if not keyword]
    mask = mask.contiguous() if func.overloadpacket.__name__ == "view" else mask
    return func(mask, *args, **{name: given[name] for name, keyword in kinds.items() if keyword})


def _lowered(name: str, given: dict[str, Any], lowering: Lowering) -> list[Mask]:
    """The cells that a constant lowers in this operator."""
    if name in SUMS:
        taken = lowering(given["other"], -1) if name == "sub" else []
        return taken + [mask for word in SUMS[name] for mask in lowering(given[word], 1)]
    if name == "where" and "self" in given:
        chosen = given["condition"]
        one, other = ([mask for mask in lowering(given[word], 1) if mask is not None] for word in ("self", "other"))
        return [chosen & mask for mask in one] + [~chosen & mask for mask in other]
    return []


def _any(masks: list[Any]) -> torch.Tensor:
    result = masks[0]
    for mask in masks[1:]:
        result = result | mask
    return result


def low_cells(value: Any, sign: int) -> list[Mask]:
    """The cells of a tensor that lower what they are added to or taken from; [] if there are none."""
    if not isinstance(value, torch.Tensor) or not is_fraction(value) or value.is_complex():
        return []
    low = sign * value <= SHUT
    return [low] if bool(low.any()) and (value.ndim == 0 or not bool(low.all())) else []


def open_rows(mask: Mask, dim: int) -> Mask:
    """A mask without the rows that it shuts whole: their weights are equal, or not a number."""
    return None if mask is None else mask & ~mask.all(dim, keepdim=True)


def softmax(call: Call, mask: torch.Tensor) -> Seen:
    """Each weight sees the open scores of its row; those of shut ones are zero."""
    dim = call.given["dim"] % call.x.ndim
    shut = reach.compact(mask)

    def share(table: Table) -> Table:
        rows = mixed(torch.where(shut, NOTHING, table), [dim])
        return reach.compact(torch.where(shut, NOTHING, rows))

    return call.sight().moved(share).shaped(call.out.shape)


def product(call: Call, mask: torch.Tensor, *, first: bool) -> Seen:
    """Weights times values: each row of them sees the values that are open to it."""
    one, two = [value for value in call.given.values() if isinstance(value, torch.Tensor)][:2]
    weights, values, allowed = (one, two, reach.compact(~mask)) if first else (two, one, reach.compact(~mask).mT)
    sides = [contracted(seen, -1 if first else -2, call.out.ndim)] if (seen := call.see(weights)) else []

    def summed(table: Table) -> Table:
        full = allowed.expand(*allowed.shape[:-1], weights.shape[-1 if first else -2])
        table = table if first else table.mT
        rows = table.expand(*table.shape[:-2], full.shape[-1], table.shape[-1])
        result = over_open(rows, full)
        return reach.compact(result if first else result.mT)

    if seen := call.see(values):
        sides.append(seen.moved(summed).shaped(call.out.shape))
    return merged(sides, lambda tables: reach.least(tables, call.out.ndim), call.out.shape)
