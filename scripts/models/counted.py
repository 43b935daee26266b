"""What the handbook answers for every family: counts, the receptive field derived and measured, and the time it took.

`python -m scripts.models` writes docs/data/models.json; tests/test_models.py asks the same again.
"""

import time
from collections.abc import Sequence
from typing import Any

import torch

from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.summary import summarize_torch, summary_totals
from scripts.models import FAMILIES


def counted(name: str, *, measure: bool = True) -> dict[str, Any]:
    """Shapes, parameters, MACs, and the window of the middle output; of a model with several outputs, of the first."""
    torch.manual_seed(0)
    make, shapes = FAMILIES[name]
    model = make()
    started = time.perf_counter()
    totals = summary_totals(summarize_torch(model, shapes))
    summarized = time.perf_counter()
    row = {"shapes": shapes, "parameters": totals["parameters"], "macs": totals["macs"]}
    row |= {"by numel": sum(parameter.numel() for parameter in model.parameters())}
    row |= {"derived": _sizes(_derived(model, shapes)), "summary seconds": summarized - started}
    if measure:
        started = time.perf_counter()
        row |= {"measured": _sizes(_measured(model, shapes)), "measured seconds": time.perf_counter() - started}
    return row


def _derived(model: torch.nn.Module, shapes: Sequence[Any]) -> Any:
    """The window by the operators; None for a model whose result has no place, or that is only measured."""
    try:
        found = receptive_field(model, shapes)
    except (TypeError, ValueError, NotImplementedError):
        return None
    first = next(iter(found.values())) if isinstance(found, dict) else found
    return first.window if first.how == "derived" else None


def _measured(model: torch.nn.Module, shapes: Sequence[Any]) -> Any:
    """The window by poison; None where NaN does not pass, or where the input is of whole numbers."""
    try:
        found = receptive_field(model, shapes)
        output = next(iter(found)) if isinstance(found, dict) else None
        return measured_window(model, shapes, output=output)
    except (TypeError, ValueError, NotImplementedError):
        return None


def _sizes(window: Any) -> list[int] | None:
    """Cells of a window along each axis."""
    return [last - first + 1 for first, last in window] if window else None
