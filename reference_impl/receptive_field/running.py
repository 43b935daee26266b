"""Run a torch model and leave it exactly as it was: mode, hooks, attributes, buffers, random state."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.nn.parameter import UninitializedTensorMixin

from reference_impl.checks import refuse


class Place:
    """Where a run stands: the qualified name of the module that is running, and what it was given."""

    def __init__(self, model: torch.nn.Module) -> None:
        self._names = {id(module): name for name, module in model.named_modules()}
        self._open: list[tuple[str, list[tuple[int, ...]]]] = []

    def __str__(self) -> str:
        return self._open[-1][0] if self._open else ""

    @property
    def given(self) -> list[tuple[int, ...]]:
        """Shapes of the tensors that the running module was given."""
        return self._open[-1][1] if self._open else []

    def enter(self, module: torch.nn.Module, inputs: Any) -> None:
        """A module begins."""
        kind, name = type(module).__name__, self._names.get(id(module), "")
        shapes = [tuple(one.shape) for one in inputs if isinstance(one, torch.Tensor)]
        self._open.append((f"{name} ({kind})" if name else kind, shapes))

    def leave(self, _module: torch.nn.Module, _inputs: Any, _output: Any) -> None:
        """A module ends. One that fails stays open, so that its name can be told."""
        self._open.pop()


def run(
    model: torch.nn.Module,
    inputs: Sequence[Any],
    place: Place,
    modes: Sequence[AbstractContextManager[Any]] = (),
) -> Any:
    """What the model returns in evaluation mode, without gradients. An error names the module that it happened in."""
    if any(isinstance(value, UninitializedTensorMixin) for value in (*model.parameters(), *model.buffers())):
        rule = "the model has lazy layers without a shape yet; run a dummy batch through it first"
        refuse(rule, model=type(model).__name__)
    with ExitStack() as stack:
        stack.enter_context(unchanged(model))
        stack.enter_context(torch.no_grad())
        stack.callback(register_module_forward_pre_hook(place.enter).remove)
        stack.callback(register_module_forward_hook(place.leave).remove)
        for mode in modes:
            stack.enter_context(mode)
        try:
            return model(*inputs)
        except Exception as error:  # whatever a model can raise: it is told where, and with which shapes
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            shapes = [tuple(one.shape) for one in inputs if isinstance(one, torch.Tensor)]
            got = {"input": shapes, "module": str(place), "module_input": place.given}
            refuse(f"the model must run on an input of this shape and kind, but it fails: {said}", **got)


@contextmanager
def unchanged(model: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode for a while; afterwards everything is as before, whatever the forward pass did."""
    modules = [module for module in model.modules() if not isinstance(module, torch.jit.ScriptModule)]
    scripted = [(m, m.training) for m in model.modules() if isinstance(m, torch.jit.ScriptModule)]
    held = [(module.__dict__, _copied(module.__dict__)) for module in modules]
    buffers = [(buffer, buffer._version, buffer.clone()) for buffer in model.buffers()]
    fast = torch.backends.mha.get_fastpath_enabled()
    with torch.random.fork_rng():
        try:
            torch.backends.mha.set_fastpath_enabled(False)  # it hides a whole encoder layer in one operator
            model.eval()
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
            for module, training in scripted:
                module.training = training
            for attributes, before in held:
                _restore(attributes, before)
            with torch.no_grad():
                for buffer, version, before in buffers:
                    if buffer._version != version:
                        buffer.copy_(before)


def _copied(attributes: dict[str, Any]) -> dict[str, Any]:
    """A module's attributes, its dictionaries of parameters, buffers, children and hooks copied too."""
    return {name: value.copy() if isinstance(value, dict) else value for name, value in attributes.items()}


def _restore(attributes: dict[str, Any], before: dict[str, Any]) -> None:
    """Give a module its attributes back, in the dictionaries it had."""
    kept = {name: value for name, value in attributes.items() if isinstance(value, dict)}
    attributes.clear()
    for name, value in before.items():
        if isinstance(value, dict) and name in kept:
            kept[name].clear()
            kept[name].update(value)
            attributes[name] = kept[name]
        else:
            attributes[name] = value
