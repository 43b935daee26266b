"""What a model returns: one tensor, or several in tuples, dictionaries and dataclasses, each with a name."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import torch

from reference_impl.checks import refuse


def named_tensors(result: Any) -> dict[str, torch.Tensor]:
    """The tensors in a result by the way to them, in order: keys, names of fields, numbers of places; "" for itself.

    Example:
        >>> found = named_tensors({"maps": [torch.zeros(2), (torch.zeros(3), None)], "loss": 0.5})
        >>> {name: tuple(tensor.shape) for name, tensor in found.items()}
        {'maps.0': (2,), 'maps.1.0': (3,)}
    """
    if isinstance(result, torch.Tensor):
        return {"": result}
    return {
        ".".join(filter(None, (str(name), inner))): tensor
        for name, entry in _entries(result)
        for inner, tensor in named_tensors(entry).items()
    }


def _entries(result: Any) -> Iterator[tuple[Any, Any]]:
    """The entries of a container with their names; none of anything else."""
    if isinstance(result, Mapping):
        yield from result.items()
    elif is_dataclass(result) and not isinstance(result, type):
        yield from ((field.name, getattr(result, field.name)) for field in fields(result))
    elif isinstance(result, (tuple, list)):
        yield from zip(getattr(result, "_fields", range(len(result))), result, strict=True)


def outputs_of(result: Any) -> dict[str, torch.Tensor]:
    """The tensors that a model returned; refused if there is none."""
    found = named_tensors(result)
    if not found:
        rule = "the model must return a tensor, or tensors in tuples, lists, dictionaries or dataclasses"
        refuse(rule, error=TypeError, result=type(result).__name__)
    return found


def output_of(result: Any, name: str | None) -> torch.Tensor:
    """The output of a name; without one, the only output."""
    found = outputs_of(result)
    chosen = next(iter(found)) if name is None and len(found) == 1 else name
    if chosen not in found:
        refuse("output must be one of those that the model returns", outputs=list(found), output=name)
    return found[chosen]
