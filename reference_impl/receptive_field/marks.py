"""Where NaN went that truths and whole numbers cannot hold: marks beside them, put back into fractions made of them."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._pytree import tree_leaves, tree_map

HIDING = re.compile(r"(sign|sgn|nan_to_num|heaviside|copysign|fmax|fmin|_to_copy)_?")  # some NaN becomes a number
ORDERING = re.compile(r"(sort|topk|kthvalue|mode|nan(sum|mean|median|quantile))$")  # NaN is moved, or left out
CELL_BY_CELL = re.compile(r"where|_to_copy|clone|masked_fill_?|copy_")

Mark = torch.Tensor | None  # which cells are made of NaN; None: some are, not known which


class Marks:
    """For each tensor of truths or whole numbers that is made of NaN: which of its cells."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[torch.Tensor, Mark]] = {}  # the tensor keeps its id alive

    def lost(self, func: OpOverload, sources: Sequence[torch.Tensor]) -> list[Mark]:
        """The marks of the operands, and which of their cells are NaN where the operator would hide it."""
        marks = [self._of[id(leaf)][1] for leaf in sources if id(leaf) in self._of]
        hides = HIDING.fullmatch(func.overloadpacket.__name__)
        return marks + [leaf.isnan() for leaf in sources if hides and is_fraction(leaf)]

    def put(
        self,
        func: OpOverload,
        args: Any,
        kwargs: Any,
        sources: Sequence[torch.Tensor],
        outs: Sequence[torch.Tensor],
        lost: Any,
    ) -> bool:
        """Mark what an operator made, and put NaN back. False where it is not known into which fractions."""
        exact = [out for out in outs if not is_fraction(out)]
        if not lost and outs and not exact:
            return True
        if is_view(func) and lost:
            return self._view(func, args, kwargs, outs)
        if not lost:
            lost = [leaf.isnan() for leaf in sources if has_nan(leaf)]
            if not lost:
                return True
            self._of.update({id(out): (out, _made(func, args, lost, out)) for out in exact})
            return bool(outs)  # else a Python number, or a branch, was made of it
        for out in outs:
            mark = _made(func, args, lost, out)
            if not is_fraction(out):
                self._of[id(out)] = (out, mark)
            elif mark is None:
                return False
            else:
                out.masked_fill_(mark, torch.nan)
        return bool(outs)

    def _view(self, func: OpOverload, args: Any, kwargs: Any, outs: Sequence[torch.Tensor]) -> bool:
        """Views of marked tensors are marked as these are."""
        if any(self._of[id(leaf)][1] is None for leaf in tree_leaves((args, kwargs)) if id(leaf) in self._of):
            marks = [None] * len(outs)
        else:
            marks = tree_leaves(func(*tree_map(self._mark_of, args), **kwargs))
        self._of.update({id(out): (out, mark) for out, mark in zip(outs, marks, strict=True)})
        return True

    def _mark_of(self, leaf: Any) -> Any:
        """The mark of a tensor in its place."""
        return self._of[id(leaf)][1] if id(leaf) in self._of else leaf


def _made(func: OpOverload, args: Any, lost: Sequence[Mark], out: torch.Tensor) -> Mark:
    """Which cells of a result are made of marked cells."""
    known = [mark for mark in lost if mark is not None]
    words = [one.name for one in func._schema.arguments]
    if len(known) < len(lost):
        return None
    if torch.Tag.pointwise in func.tags or CELL_BY_CELL.fullmatch(func.overloadpacket.__name__):
        return reduce(torch.bitwise_or, known).expand(out.shape)
    if "keepdim" in words and len(known) == 1 and len(args) > 1 and args[1] is not None:
        mark = known[0].any(args[1], keepdim=True)
        return mark.reshape(out.shape) if mark.numel() == out.numel() else None
    return None


def is_fraction(value: torch.Tensor) -> bool:
    """Whether numbers of this tensor can be NaN."""
    return value.is_floating_point() or value.is_complex()


def has_nan(value: torch.Tensor) -> bool:
    """Whether any number is NaN."""
    return is_fraction(value) and bool(value.isnan().any())


def is_view(func: OpOverload) -> bool:
    """Whether an operator only looks at its argument in another way."""
    return any(one.alias_info and not one.alias_info.is_write for one in func._schema.returns)
