"""Borrow a model and give it back exactly as it was."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import copy
import io
import random
import sys
import warnings
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.nn.parameter import is_lazy

CONTAINERS = (dict, OrderedDict, defaultdict, list, deque, set)  # whose contents are noted and put back
Twin = Callable[[torch.Tensor], torch.Tensor]


@contextmanager
def untouched(model: torch.nn.Module, twin: Twin | None = None) -> Iterator[torch.nn.Module]:
    """The model in evaluation mode and without gradients, inside the block; afterwards it is as it was found.

    Put back are modes, hooks, attributes, parameters, buffers, the contents of lists and dictionaries that modules
    hold, the classes of lazy modules, and the random states of torch, NumPy and Python. Only a number that the model
    changes in place is lost, unless there are twins.

    Args:
        model: Any module, scripted ones too.
        twin: Makes the tensor that stands in for a parameter, buffer or other tensor of the model; None leaves them.

    Returns:
        What to run: the model itself, or a copy of a scripted one that must have twins.

    Example:
        >>> model = torch.nn.Conv1d(2, 3, 3)
        >>> with untouched(model, torch.Tensor.double) as subject:
        ...     subject.training, subject.weight.dtype
        (False, torch.float64)
        >>> model.training, model.weight.dtype
        (True, torch.float32)
    """
    with ExitStack() as after:
        after.enter_context(_random_states())
        after.enter_context(torch.no_grad())
        after.enter_context(_eager_code())
        subject = scripted_copy(model, twin) if twin and _scripted(model) else model
        notes: dict[int, tuple[Any, Any]] = {}
        twins = Twins(twin)
        for module in list(subject.modules()):
            after.callback(setattr, module, "__class__", type(module))
            note(module.__dict__, notes)
            if hasattr(module, "training"):  # a frozen scripted module has none
                after.callback(setattr, module, "training", module.training)
        after.callback(_refill, notes)
        for container, _ in list(notes.values()):
            twins.replace(container)
        for module in subject.modules():
            if hasattr(module, "training"):
                module.training = False  # not .eval(): a model may do work there, such as merging weights
        yield subject


class Twins:
    """Stand-ins for the tensors of a model, one for each, so that what is shared stays shared."""

    def __init__(self, twin: Twin | None) -> None:
        self.twin = twin
        self._made: dict[int, tuple[Any, Any]] = {}  # the original is kept, so that its id stays its own

    def replace(self, container: Any) -> None:
        """Put stand-ins into a container."""
        places = container.items() if isinstance(container, dict) else enumerate(container)
        if isinstance(container, set):
            return
        for place, value in list(places):
            container[place] = self.of(value)

    def of(self, value: Any) -> Any:
        """The stand-in of a tensor or scripted module; anything else stands for itself."""
        wanted = isinstance(value, torch.Tensor) and (self.twin or is_lazy(value))
        if not wanted and not (self.twin and _scripted(value)):
            return value
        if id(value) not in self._made:
            self._made[id(value)] = value, self._new(value)
        return self._made[id(value)][1]

    def _new(self, value: Any) -> Any:
        if is_lazy(value):
            make: Any = type(value)
            return make(device=value.device, dtype=value.dtype)
        if _scripted(value):
            return scripted_copy(value, self.twin)
        made = self.twin(value.detach()) if self.twin else value
        return torch.nn.Parameter(made, value.requires_grad) if isinstance(value, torch.nn.Parameter) else made


def note(value: Any, notes: dict[int, tuple[Any, Any]]) -> None:
    """Remember what a container holds, and what the containers in it hold."""
    if type(value) in CONTAINERS and id(value) not in notes:
        notes[id(value)] = value, copy.copy(value)
        for entry in list(value.values() if isinstance(value, dict) else value):
            note(entry, notes)


def _refill(notes: dict[int, tuple[Any, Any]]) -> None:
    """Give every container the contents that were noted."""
    for container, before in notes.values():
        container.clear()
        container.extend(before) if isinstance(container, (list, deque)) else container.update(before)


def _scripted(value: Any) -> bool:
    """Whether a value is a module whose parameters torch keeps outside of Python."""
    return isinstance(value, torch.jit.ScriptModule)


def scripted_copy(module: Any, twin: Twin | None) -> Any:
    """A copy of a scripted module, its tensors as `twin` makes them; tensors without numbers cannot be put into one."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch, which still runs scripted modules
        torch.jit.save(module, file)  # copy.deepcopy does not take a traced one
        file.seek(0)
        made = torch.jit.load(file)
    for tensor in (*made.parameters(), *made.buffers()):
        changed = twin(tensor.detach()) if twin else tensor
        if type(changed) is torch.Tensor:
            tensor.data = changed
    return made


@contextmanager
def _random_states() -> Iterator[None]:
    """Give back the random states of torch, Python and, if it is loaded, NumPy."""
    numpy = sys.modules.get("numpy")
    plain, arrays = random.getstate(), numpy.random.get_state() if numpy else None
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(plain)
            if numpy:
                numpy.random.set_state(arrays)


@contextmanager
def _eager_code() -> Iterator[None]:
    """Let compiled functions run as they were written, and attention as the operators that it is made of."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        if "torch._dynamo" in sys.modules:
            with torch.compiler.set_stance("force_eager"):
                yield
        else:
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
