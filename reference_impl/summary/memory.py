"""The memory of activations: what lives at one moment in inference, and what training keeps for the way back."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from reference_impl.running.inputs import Inputs


class Living:
    """The bytes of all tensors that are alive, beside those of the model, and the most that there ever were.

    Args:
        model: Whose parameters and buffers are not counted.
        inputs: The tensors that it is called with; they count.
    """

    def __init__(self, model: torch.nn.Module, inputs: Inputs) -> None:
        self.now = self.most = 0
        self._known = keys_of((*model.parameters(), *model.buffers()))
        self._off = False
        self.born([leaf for leaf in inputs.leaves() if isinstance(leaf, torch.Tensor)])

    def born(self, tensors: Sequence[torch.Tensor]) -> None:
        """Some tensors were made; views of others and tensors that were written into are known."""
        for tensor in filter(has_memory, tensors):
            key = key_of(tensor)
            if key not in self._known and self._off:
                self._known.add(key)
            elif key not in self._known:
                storage = tensor.untyped_storage()
                self._known.add(key)
                self.now += storage.nbytes()
                weakref.finalize(storage, self._died, key, storage.nbytes()).atexit = False
        self.most = max(self.most, self.now)

    @contextmanager
    def parameters(self) -> Iterator[None]:
        """What is made inside belongs to the model: lazy modules make their parameters late."""
        self._off = True
        yield
        self._off = False

    def _died(self, key: int, size: int) -> None:
        """The last tensor of a storage is gone."""
        self._known.discard(key)
        self.now -= size


class Saved:
    """Watches a forward pass in training mode: bytes that autograd keeps for the backward pass, module by module."""

    def __init__(self, model: torch.nn.Module, inputs: Inputs) -> None:
        self.by_name: Counter[str] = Counter()
        self._known = keys_of((*model.parameters(), *model.buffers(), *inputs.leaves()))
        self._open: list[str] = []
        for module in model.modules():
            if hasattr(module, "training"):
                module.training = True  # the run gives the model back as it was

    def modes(self) -> Sequence[AbstractContextManager[Any]]:
        """Gradients, and a look at each tensor that is kept for them."""
        return [torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept)]

    def before(self, _name: str, _module: torch.nn.Module) -> AbstractContextManager[Any]:
        """Hooks count for the module around."""
        return nullcontext()

    def enters(self, name: str, _module: torch.nn.Module, _inputs: Any) -> None:
        """A module begins."""
        self._open.append(name)

    def leaves(self, _name: str, _module: torch.nn.Module, _output: Any) -> None:
        """A module ends."""
        self._open.pop()

    def _keep(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor is kept; one storage counts once."""
        key = key_of(tensor) if has_memory(tensor) else None
        if key is not None and key not in self._known:
            self._known.add(key)
            self.by_name[self._open[-1] if self._open else ""] += tensor.untyped_storage().nbytes()
        return tensor


def keys_of(held: Sequence[Any]) -> set[int]:
    """The keys of those that are tensors and have memory."""
    return {key_of(tensor) for tensor in held if isinstance(tensor, torch.Tensor) and has_memory(tensor)}


def has_memory(tensor: torch.Tensor) -> bool:
    """Whether a tensor lies in one piece of memory; a lazy one does not yet, a sparse one never."""
    return not is_lazy(tensor) and tensor.layout == torch.strided


def key_of(tensor: torch.Tensor) -> int:
    """A number that tensors share when they share memory."""
    return tensor.untyped_storage()._cdata
