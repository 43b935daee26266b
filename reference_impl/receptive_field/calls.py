"""One operator that a torch model ran, as the rules see it."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch._ops import OpOverload

from reference_impl.receptive_field.seen import Seen, blind


class NeedsValuesError(NotImplementedError):
    """Which cells an operator reads stands in a tensor without numbers."""


@dataclass(frozen=True)
class Call:
    """One operator that ran.

    Args:
        func: The operator.
        given: Its arguments by name, defaults filled in.
        see: What a tensor sees; None if it does not depend on the input.
        out: The first tensor of the result.
        outs: All tensors of the result.
    """

    func: OpOverload
    given: dict[str, Any]
    see: Callable[[Any], Seen | None]
    out: torch.Tensor
    outs: tuple[torch.Tensor, ...]

    @property
    def name(self) -> str:
        """The operator's name, without that of its overload."""
        return self.func.overloadpacket.__name__

    @property
    def x(self) -> torch.Tensor:
        """The first argument."""
        return next(iter(self.given.values()))

    def sources(self) -> list[Seen]:
        """What those operands see that depend on the input."""
        flat = [v for value in self.given.values() for v in (value if isinstance(value, (list, tuple)) else [value])]
        return [seen for value in flat if isinstance(value, torch.Tensor) and (seen := self.see(value))]

    def sight(self) -> Seen:
        """What the first argument sees."""
        return self.see(self.x) or blind(self.sources()[0], self.x.shape)


Rule = Callable[[Call], Seen | list[Seen]]


def given_arguments(func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, defaults filled in."""
    given = {}
    for place, one in enumerate(func._schema.arguments):
        given[one.name] = args[place] if place < len(args) else kwargs.get(one.name, one.default_value)
    return given


def values_of(value: Any) -> Any:
    """An index tensor with its numbers, on the host."""
    if isinstance(value, (list, tuple)):
        return [values_of(entry) for entry in value]
    if not isinstance(value, torch.Tensor):
        return value
    value = getattr(value, "constant", None) if hasattr(value, "fake_mode") else value
    if value is None or value.is_meta:
        raise NeedsValuesError("data-dependent: which cells are read stands in a tensor without numbers")
    return value.cpu()
