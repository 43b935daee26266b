"""What each layer of a torch model costs, in the table of `summary`, for any module."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from reference_impl.receptive_field.trace import Sight, meta_copy, meta_input
from reference_impl.summary.table import seen_size

__all__ = ["summarize_torch"]


def summarize_torch(model: torch.nn.Module, x: Sequence[int] | torch.Tensor) -> list[dict[str, Any]]:
    """One row a layer, in the order of running: shapes, parameters, MACs, bytes of the output, receptive field.

    The model is copied without its numbers and runs in evaluation mode on shapes only: it is not changed, keeps its
    training mode and its hooks, and a large model costs no arithmetic. MACs are half the FLOPs of
    torch.utils.flop_counter. There is a row for every module without children, and for one with children that has
    parameters or matrix products of its own. Shared parameters count once, where they are first met.

    Args:
        model: Any module that takes one tensor.
        x: Shape of an input, (N, C, *S), or an input.

    Returns:
        Rows as `summarize` gives them; `summary_text` and `summary_totals` take them. The receptive field is None
        where sight cannot be followed.

    Raises:
        ValueError: a shape without spatial axes.
        TypeError: a model that is not a module.

    Source:
        torch.utils.flop_counter.FlopCounterMode, for what is counted.

    Example:
        >>> row = summarize_torch(torch.nn.Conv2d(3, 64, 7, stride=2, padding=3), (1, 3, 224, 224))[0]
        >>> row["output_shape"], row["parameters"], row["macs"], row["receptive_field"]
        ((1, 64, 112, 112), 9472, 118013952, 7)
    """
    empty = meta_input(model, x)
    subject = meta_copy(model)
    book = Book(Count(empty))
    for name, module in subject.named_modules():
        module.register_forward_pre_hook(book.opens(name))
        module.register_forward_hook(book.closes())
    with torch.no_grad(), torch.device("meta"), book.count:
        subject(empty)
    return book.rows


class Count(Sight):
    """`Sight` that also counts multiply–accumulates."""

    def __init__(self, x: torch.Tensor) -> None:
        super().__init__(x)
        self.macs = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Run one operator, note its result, add its cost."""
        result = super().__torch_dispatch__(func, types, args, kwargs)
        if flops := flop_registry.get(func.overloadpacket):
            self.macs += flops(*args, **(kwargs or {}), out_val=result) // 2
        return result


@dataclass
class Entry:
    """A module that is running: its name, and the MACs counted before and inside its children."""

    name: str
    before: int
    inside: int = 0


class Book:
    """The rows, written by hooks as modules end."""

    def __init__(self, count: Count) -> None:
        self.count = count
        self.rows: list[dict[str, Any]] = []
        self._open: list[Entry] = []
        self._counted: set[int] = set()  # parameters met so far

    def opens(self, name: str) -> Callable[..., None]:
        """A hook for the moment before a module runs."""

        def hook(_module: torch.nn.Module, _inputs: Any) -> None:
            self._open.append(Entry(name, self.count.macs))

        return hook

    def closes(self) -> Callable[..., None]:
        """A hook for the moment after a module ran."""

        def hook(module: torch.nn.Module, inputs: Any, output: Any) -> None:
            entry = self._open.pop()
            total = self.count.macs - entry.before
            if self._open:
                self._open[-1].inside += total
            own = list(module.parameters(recurse=False))
            if own or total > entry.inside or not list(module.children()):
                self.rows.append(self._row(module, entry.name, inputs, output, total - entry.inside, own))

        return hook

    def _row(
        self, module: torch.nn.Module, name: str, inputs: Any, output: Any, macs: int, own: list[torch.nn.Parameter]
    ) -> dict[str, Any]:
        """One row of the table."""
        fresh = {id(parameter): parameter.numel() for parameter in own if id(parameter) not in self._counted}
        self._counted.update(fresh)
        sources, results = ([t for t in tree_leaves(tree) if isinstance(t, torch.Tensor)] for tree in (inputs, output))
        seen = self.count.of(results[0]) if results else None
        return {
            "name": name or type(module).__name__,
            "kind": type(module).__name__,
            "input_shape": tuple(sources[0].shape) if sources else (),
            "output_shape": tuple(results[0].shape) if results else (),
            "parameters": sum(fresh.values()),
            "macs": macs,
            "activation_bytes": sum(tensor.numel() * tensor.element_size() for tensor in results),
            "receptive_field": None if seen is None or seen.problem else seen_size(seen.view),
        }
