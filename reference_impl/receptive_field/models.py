"""`receptive_field` of a torch model: derived where its operators can be followed, measured where not."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from reference_impl.checks import refuse
from reference_impl.receptive_field.field import described
from reference_impl.receptive_field.layers import Cells, ReceptiveField, one_number
from reference_impl.receptive_field.measure import SEES_NOTHING, measured_window, position
from reference_impl.receptive_field.sight import Share
from reference_impl.receptive_field.trace import Derived, asked, derive


@dataclass(frozen=True)
class ModelField:
    """What one output of a torch model sees.

    Args:
        how: "derived" from the operators that ran, or "measured" by poisoning the input.
        index: Position of the output after batch and channels.
        window: First and last input cell that it depends on, for each axis; always within the input.
        field: Size, stride and padding by the recurrence: cells of the padding are counted, so size can be larger than
            the map. None where no recurrence describes the model.
        widest: Cells of the widest window within the input, over all outputs; None where it was measured.
        why: Why it was measured, or why there is no recurrence; "" otherwise.
        assumes: A branch or a number that depends on values of the input, where the model makes one; "" otherwise.
        shares: The operators that change the size, with their module and the size behind them.
    """

    how: str
    index: tuple[int, ...]
    window: tuple[tuple[int, int], ...]
    field: ReceptiveField | None
    widest: tuple[int, ...] | None
    why: str = ""
    assumes: str = ""
    shares: tuple[Share, ...] = ()

    @property
    def size(self) -> Cells:
        """The size by the recurrence, else that of the widest window, else that of the window."""
        if self.field:
            return self.field.size
        sizes = self.widest or tuple(last - first + 1 for first, last in self.window)
        return one_number(sizes)


def field_of_model(model: torch.nn.Module, x: Sequence[int] | torch.Tensor, index: Any = None) -> Any:
    """What one output of a torch model sees, derived where its operators can be followed, else measured.

    Of a model that returns several tensors, a dictionary of them by name; None for one that sees nothing there.

    Example:
        >>> found = field_of_model(torch.nn.Conv1d(1, 1, 5, padding=2), (1, 1, 9), index=0)
        >>> found.how, found.window, found.size
        ('derived', ((0, 2),), 5)
    """
    derived = derive(model, asked(model, x))
    if len(derived) == 1:
        ((name, one),) = derived.items()
        return _field(model, x, index, name, one)
    return {name: _field_or_none(model, x, index, name, one) for name, one in derived.items()}


def _field_or_none(model: torch.nn.Module, x: Any, index: Any, name: str, derived: Derived) -> ModelField | None:
    """The field of one output of several, None if it sees nothing of the input."""
    try:
        return _field(model, x, index, name, derived)
    except ValueError as problem:
        if SEES_NOTHING not in str(problem):
            raise
        return None


def _field(model: torch.nn.Module, x: Any, index: Any, name: str, derived: Derived) -> ModelField:
    """The field of one output."""
    seen = derived.seen
    place = position(seen.shape, len(seen.axes), index)
    if seen.problem:
        window = measured_window(model, x, index=index, output=name)
        return ModelField("measured", place, window, None, None, seen.problem, derived.assumes)
    window = seen.window((None, None, *place)[: len(seen.shape)])
    spans = tuple(span for span in window if span)
    if len(spans) < len(window):
        refuse(SEES_NOTHING, index=place)
    view = seen.view
    field = described(view) if view and all(windows.size for windows in view) else None
    return ModelField("derived", place, spans, field, seen.widest(), seen.why, derived.assumes, derived.shares)
