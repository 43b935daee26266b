"""The receptive field of a torch model, derived: read off the operators that it runs."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from reference_impl.checks import refuse
from reference_impl.receptive_field.field import described
from reference_impl.receptive_field.layers import ReceptiveField, one_number
from reference_impl.receptive_field.seen import Seen
from reference_impl.receptive_field.sight import Share, Sight
from reference_impl.running.inputs import Inputs, given_inputs
from reference_impl.running.outputs import outputs_of
from reference_impl.running.run import ran

__all__ = ["Sight", "receptive_field_torch"]


def receptive_field_torch(model: torch.nn.Module, x: Sequence[int] | torch.Tensor) -> Any:
    """The receptive field of one output of a torch model, read off the operators that it runs.

    The model runs on shapes only, or, where it needs values, once on zeros; it is left as it was. Every operator is
    followed by its kind: windows of all sorts, interpolation, products, attention, reductions, element-wise operators,
    and whatever moves cells. Statistics of a normalisation over cells do not count; a tap of weight zero does.

    Args:
        model: Any module.
        x: Shape of an input, (N, C, *S), or an input; of several inputs the first is looked at.

    Returns:
        Numbers for one spatial axis, tuples with one entry an axis for more. Cells of the padding are counted, as in
        `receptive_field`. Where no recurrence describes the model (an adaptive pool of unequal parts, say), size is
        that of the widest window within the input, and stride and padding are None. Of a model that returns several
        tensors, a dictionary of their fields, named by the way to them: "0", "maps.p3".

    Raises:
        ValueError: an input without a spatial axis or without a batch axis; a model that fails on it.
        TypeError: a model that is not a module, or that returns no tensor.
        NotImplementedError: an operator through which sight cannot be followed, with its name.

    Source:
        Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.

    Example:
        >>> receptive_field_torch(torch.nn.Conv2d(3, 8, (3, 5), stride=2, dilation=2), (1, 3, 32, 40))
        ReceptiveField(size=(5, 9), stride=(2, 2), padding=(0, 0))
    """
    found = {name: _described(model, name, derived) for name, derived in derive(model, asked(model, x)).items()}
    return next(iter(found.values())) if len(found) == 1 else found


def _described(model: torch.nn.Module, name: str, derived: "Derived") -> ReceptiveField:
    """The field of one output; refused where it could not be followed."""
    seen = derived.seen
    if seen.problem:
        rule = f"the operators must be ones through which sight can be followed, but {seen.problem}"
        which = {"output": name} if name else {}
        refuse(rule, error=NotImplementedError, model=type(model).__name__, **which)
    return described(seen.view) if seen.view else ReceptiveField(one_number(seen.widest()), None, None)


@dataclass(frozen=True)
class Derived:
    """What tracing a model found: what its output sees, what each operator adds, and what the path depends on."""

    seen: Seen
    shares: tuple[Share, ...]
    assumes: str


def derive(model: torch.nn.Module, inputs: Inputs) -> dict[str, Derived]:
    """Trace a model on shapes, or on zeros where shapes do not tell which cells are read: each of its outputs."""
    empty = any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    with ran(model, inputs, Tracer) as run:
        sight = run.watcher.sight
        lost = sight.start.lost("no path from the input to the output was seen")
        makers = ", ".join(dict.fromkeys(sight.numbers))
        given = "the input given" if isinstance(inputs.leaves()[0], torch.Tensor) else "zeros"
        rules = [f"what runs may depend on a number that {makers} makes of the input; this ran on {given}"] * bool(
            makers
        )
        if empty and run.on == "zeros":
            rules.append(
                "the model asks for numbers of its own that it lacks (they are on the device meta); zeros stood in"
            )
        assumes = "; ".join(rules)
        return {
            name: Derived((sight.of(tensor) or lost).shaped(tensor.shape), tuple(sight.shares), assumes)
            for name, tensor in outputs_of(run.result).items()
        }


class Tracer:
    """Watches a run with `Sight`, which learns from it which module is running."""

    def __init__(self, _model: torch.nn.Module, inputs: Inputs) -> None:
        self.sight = Sight(inputs.leaves()[0], where=lambda: self._open[-1] if self._open else "", insist=True)
        self._open: list[str] = []

    def modes(self) -> Sequence[AbstractContextManager[Any]]:
        """The mode that follows every operator."""
        return [self.sight]

    def before(self, _name: str, _module: torch.nn.Module) -> AbstractContextManager[Any]:
        """Hooks are followed like all else."""
        return nullcontext()

    def enters(self, name: str, module: torch.nn.Module, _inputs: Any) -> None:
        """A module begins."""
        kind = type(module).__name__
        self._open.append(f"{name} ({kind})" if name else kind)

    def leaves(self, _name: str, _module: torch.nn.Module, _output: Any) -> None:
        """A module ends."""
        self._open.pop()


def asked(model: Any, x: Any) -> Inputs:
    """The call that is meant, refused where the first input has no axis to look along, or no batch axis."""
    inputs = given_inputs(model, x)
    shape, leaf = list(inputs.shapes()[0]), inputs.leaves()[0]
    tokens = len(shape) == 2 and not (isinstance(leaf, torch.Tensor) and leaf.is_floating_point())
    if len(shape) < 3 and not (tokens and any(isinstance(m, torch.nn.Embedding) for m in model.modules())):
        refuse("x must be (N, C, *S) with at least one spatial axis", x_shape=tuple(shape))
    first = next((module for module in model.modules() if isinstance(module, torch.nn.modules.conv._ConvNd)), None)
    if first and len(shape) == len(first.kernel_size) + 1 and shape[0] == first.in_channels != shape[1]:
        refuse("the input must have a batch axis before the channels", x_shape=tuple(shape), expected=(1, *shape))
    return inputs
