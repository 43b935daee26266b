"""Run a model on tensors without numbers and watch which operator makes what out of what."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.receptive_field.field import described
from reference_impl.receptive_field.layers import ReceptiveField
from reference_impl.receptive_field.rules import RULES, Seen, joined, unknown
from reference_impl.receptive_field.windows import Windows


def receptive_field_torch(model: torch.nn.Module, x: Sequence[int] | torch.Tensor) -> ReceptiveField:
    """The receptive field of one output of a torch model, read off the operators that it runs.

    The model is copied without its numbers and runs on shapes only: it is not changed, and a large model costs no
    arithmetic. Convolutions, transposed convolutions, pools, padding, upsampling by whole factors, slices, element-wise
    operators, additions and concatenations of paths are followed, however the model spells them. The statistics of a
    normalisation do not count.

    Args:
        model: Any module with one tensor in and one tensor out.
        x: Shape of an input, (N, C, *S), or an input.

    Returns:
        Numbers for one spatial axis, tuples with one entry an axis for more.

    Raises:
        ValueError: an input without a spatial axis.
        TypeError: a model that is not a module, or a result that is not one tensor.
        NotImplementedError: an operator through which sight cannot be followed, with its name; paths that do not align.

    Source:
        Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.

    Example:
        >>> receptive_field_torch(torch.nn.Conv2d(3, 8, (3, 5), stride=2, dilation=2), (1, 3, 32, 40))
        ReceptiveField(size=(5, 9), stride=(2, 2), padding=(0, 0))
    """
    empty = meta_input(model, x)
    with torch.no_grad(), torch.device("meta"), Sight(empty) as sight:
        result = meta_copy(model)(empty)
    if not isinstance(result, torch.Tensor):
        kind = type(result).__name__
        refuse("the model must return one tensor", error=TypeError, result=kind)
    seen = sight.of(result)
    if seen is None or seen.problem:
        why = seen.problem if seen else "no path from the input to the output was seen"
        rule = f"the operators must be ones through which sight can be followed, but {why}"
        refuse(rule, error=NotImplementedError, model=type(model).__name__)
    return described(seen.view)


def meta_input(model: Any, x: Any) -> torch.Tensor:
    """An input without numbers."""
    if not isinstance(model, torch.nn.Module):
        refuse("model must be a torch module", error=TypeError, model=type(model).__name__)
    if isinstance(x, torch.Tensor):
        return x.detach().to("meta")
    sizes = checks.shape("x", x, layout="(N, C, *S)")
    kinds = [parameter.dtype for parameter in model.parameters() if parameter.is_floating_point()]
    return torch.empty(sizes, device="meta", dtype=kinds[0] if kinds else None)


def meta_copy(model: torch.nn.Module) -> torch.nn.Module:
    """The model in evaluation mode with parameters and buffers that have shapes but no numbers."""
    swap: dict[int, Any] = {}
    for parameter in model.parameters():
        swap[id(parameter)] = torch.nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=False)
    for buffer in model.buffers():
        swap[id(buffer)] = torch.empty_like(buffer, device="meta")
    return copy.deepcopy(model, swap).eval()


class Sight(TorchDispatchMode):
    """Remembers, for every tensor made while it is active, what its cells see of the input.

    Args:
        x: The input, (N, C, *S).
    """

    def __init__(self, x: torch.Tensor) -> None:
        super().__init__()
        start = Seen((Windows(),) * (x.ndim - 2), problem="" if x.ndim > 2 else "the input has no spatial axis")
        self._seen: dict[int, tuple[torch.Tensor, Seen]] = {id(x): (x, start)}  # the tensor keeps its id alive

    def of(self, tensor: torch.Tensor) -> Seen | None:
        """What the cells of a tensor see; None if they do not depend on the input."""
        return self._seen.get(id(tensor), (tensor, None))[1]

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Run one operator and note its result."""
        result = func(*args, **(kwargs or {}))
        sources = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor) and self.of(leaf)]
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        if sources and outputs and not _makes_new(func):
            views = [seen for tensor in sources if (seen := self.of(tensor))]
            seen = follow(func, sources, views, args, outputs[0])
            written = [tensor._base for tensor in outputs if tensor._base is not None]  # a slice was written into
            self._seen.update({id(tensor): (tensor, seen) for tensor in (*outputs, *written)})
        return result


def _makes_new(func: Any) -> bool:
    """Whether an operator only takes the shape of its argument, or fills it with noise."""
    name = func.overloadpacket.__name__
    return name.startswith(("new_", "empty_", "zeros_", "ones_", "rand")) or name in ("bernoulli_", "full_like")


def follow(
    func: Any, sources: Sequence[torch.Tensor], seen: Sequence[Seen], args: tuple[Any, ...], out: torch.Tensor
) -> Seen:
    """What the result of one operator sees, given what its inputs see."""
    name = func.overloadpacket.__name__
    if problems := [one for one in seen if one.problem]:
        return problems[0]
    first, n = seen[0], len(seen[0].view)
    if name == "cat":
        dim = (args[1] if len(args) > 1 else 0) % out.ndim
        along = not first.flat and dim >= out.ndim - n
        return unknown(first, "a concatenation along a spatial axis") if along else joined("cat", seen)
    if torch.Tag.pointwise in func.tags:
        if not first.flat and any(tensor.shape[-n:] != out.shape[-n:] for tensor in sources):
            return unknown(first, f"{name} spreads one number over all cells")
        return joined(name, seen)
    if name in RULES and len(seen) == 1:
        return RULES[name](first, sources[0], args, out)
    return unknown(first, f"{name} is not known to be local")
