"""Run a model once, on shapes alone where they are enough and on real zeros where they are not."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from reference_impl.running.failures import Failure, refuse_run, wants_gradients, wants_numbers, wants_whole_numbers
from reference_impl.running.inputs import Inputs
from reference_impl.running.untouched import Twin, untouched


class Watcher(Protocol):
    """What a run tells as it goes on."""

    def modes(self) -> Sequence[AbstractContextManager[Any]]:
        """Contexts to run in, such as a TorchDispatchMode that sees every operator."""
        ...

    def before(self, name: str, module: torch.nn.Module, /) -> AbstractContextManager[Any]:
        """Around a hook that runs before a module, such as one that makes its weight."""
        ...

    def enters(self, name: str, module: torch.nn.Module, inputs: Any, /) -> None:
        """The forward of a module begins, called as a module or directly."""

    def leaves(self, name: str, module: torch.nn.Module, output: Any, /) -> None:
        """The forward of a module ended, in whatever way; output is None if it failed."""


Watch = Callable[[torch.nn.Module, Inputs], Watcher]


@dataclass
class Run:
    """A finished run, inside of which the model may still be asked."""

    watcher: Any
    result: Any
    trail: "Trail"
    on: str  # "shapes", or "zeros" where the model asks for numbers

    @property
    def inputs(self) -> Inputs:
        """What it was called with."""
        return self.trail.inputs

    def again(self, watch: Watch) -> Any:
        """The watcher of one more run of the same model; None if that fails."""
        try:
            return self.trail.run(watch)[0]
        except Exception:  # a model may fail in any way, in training mode for example
            return None


@contextmanager
def ran(model: torch.nn.Module, inputs: Inputs, watch: Watch) -> Iterator[Run]:
    """The model run once; it is given back as it was when the block ends.

    First it runs on tensors without numbers: nothing is allocated and nothing computed. If it asks for a number, it
    runs on zeros, or on the tensors given, with copies of its parameters. Shapes whose kind of number is open are
    floating-point; if the model wants whole numbers, it gets them.

    Args:
        model: Any module.
        inputs: The call.
        watch: Makes the watcher of one attempt, of the model and the inputs of that attempt.

    Raises:
        ValueError: the model does not run on these inputs; the module, its inputs and torch's words are named.
        TypeError: arguments that the model does not take.

    Example:
        >>> from contextlib import nullcontext
        >>> class Names:
        ...     def __init__(self, model, inputs):
        ...         self.heard = []
        ...
        ...     def modes(self):
        ...         return []
        ...
        ...     def before(self, name, module):
        ...         return nullcontext()
        ...
        ...     def enters(self, name, module, inputs):
        ...         self.heard.append(name)
        ...
        ...     def leaves(self, name, module, output):
        ...         pass
        >>> model = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 3), torch.nn.ReLU())
        >>> with ran(model, Inputs((torch.ones(1, 2, 9),)), Names) as run:
        ...     run.on, run.watcher.heard, tuple(run.result.shape)
        ('shapes', ['', '0', '1'], (1, 3, 7))
    """
    failures: list[Failure] = []
    for choice, start in _attempts(inputs, failures):
        with ExitStack() as stack:
            trail = None
            try:
                trail = Trail(*start(stack, model, choice))
                watcher, result = trail.run(watch)
            except Exception as problem:  # a model may fail in any way; what is raised in its place names it
                failures.append((trail and trail.failure) or Failure("", model, inputs.shapes(), problem))
                continue
            yield Run(watcher, result, trail, "zeros" if start is _on_zeros else "shapes")
            return
    refuse_run(inputs, next((one for one in failures if not wants_whole_numbers(one)), failures[0]))


def _attempts(inputs: Inputs, failures: list[Failure]) -> Iterator[tuple[Inputs, Any]]:
    """What to try next, given what has failed."""
    for choice in inputs.choices():
        yield choice, _on_shapes
        if wants_gradients(failures[-1]):
            yield choice, _with_gradients
        if wants_numbers(failures[-1]):
            yield choice, _on_zeros
        if not any(map(wants_whole_numbers, failures)):
            return


def _on_shapes(stack: ExitStack, model: torch.nn.Module, inputs: Inputs) -> tuple[torch.nn.Module, Inputs]:
    """Model and inputs for a run without numbers."""
    mode = FakeTensorMode(allow_non_fake_inputs=True)  # the model may bring tensors of its own
    stack.enter_context(_quiet())
    subject = stack.enter_context(untouched(model, mode.from_tensor))
    stack.enter_context(mode)
    made = inputs.made(subject)  # shapes are made inside the mode, given tensors brought into it
    return subject, made.mapped(lambda leaf: mode.from_tensor(leaf) if type(leaf) is torch.Tensor else leaf)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch from printing what is raised too."""
    log = logging.getLogger(FakeTensorMode.__module__)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _with_gradients(stack: ExitStack, model: torch.nn.Module, inputs: Inputs) -> tuple[torch.nn.Module, Inputs]:
    """Model and inputs for a forward that itself differentiates."""
    subject, call = _on_shapes(stack, model, inputs)
    stack.enter_context(torch.enable_grad())
    return subject, call


def _on_zeros(stack: ExitStack, model: torch.nn.Module, inputs: Inputs) -> tuple[torch.nn.Module, Inputs]:
    """Model and inputs for a run with numbers, on copies; a model without numbers gets zeros."""
    empty = any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    twin: Twin = (lambda tensor: torch.zeros_like(tensor, device="cpu")) if empty else torch.clone
    return stack.enter_context(untouched(model, twin)), inputs.made(model, torch.device("cpu") if empty else None)


class Trail:
    """Goes with the runs of a model from module to module, and remembers the innermost one that failed."""

    def __init__(self, model: torch.nn.Module, inputs: Inputs) -> None:
        self.model, self.inputs = model, inputs
        self.failure: Failure | None = None
        self.watcher: Any = None
        for name, module in list(model.named_modules()):
            module.__dict__["forward"] = self.follow(name, module)
            for key, hook in list(module._forward_pre_hooks.items()):
                module._forward_pre_hooks[key] = self.hook(name, module, hook)

    def run(self, watch: Watch) -> tuple[Watcher, Any]:
        """Run once: the watcher, and what the model returned."""
        self.watcher = watch(self.model, self.inputs)
        with ExitStack() as stack:
            for mode in self.watcher.modes():
                stack.enter_context(mode)
            return self.watcher, self.model(*self.inputs.args, **self.inputs.kwargs)

    def hook(self, name: str, module: torch.nn.Module, hook: Callable[..., Any]) -> Callable[..., Any]:
        """A hook that runs before a module, inside of what the watcher puts around it."""

        def hooked(*args: Any, **kwargs: Any) -> Any:
            with self.watcher.before(name, module):
                return hook(*args, **kwargs)

        return hooked

    def follow(self, name: str, module: torch.nn.Module) -> Callable[..., Any]:
        """The forward of a module, with a word before and after; this also hears `module.forward(x)`."""
        forward = module.forward

        @functools.wraps(forward)
        def followed(*args: Any, **kwargs: Any) -> Any:
            output = None
            self.watcher.enters(name, module, (args, kwargs))
            try:
                output = forward(*args, **kwargs)
            except Exception as problem:
                if self.failure is None or self.failure.problem is not problem:
                    self.failure = Failure(name, module, Inputs(args, kwargs).shapes(), problem)
                raise
            finally:
                self.watcher.leaves(name, module, output)
            return output

        return followed
