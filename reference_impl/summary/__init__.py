"""What each layer of a network costs, in one table: of a layer table, and of any torch model (`summarize_torch`)."""

from typing import TYPE_CHECKING, Any

from reference_impl.summary.command import main
from reference_impl.summary.table import COLUMNS, seen_size, spelled, summarize, summary_text, summary_totals
from reference_impl.summary.tree import Summary, summary_tree

if TYPE_CHECKING:
    from reference_impl.summary.torch import summarize_torch

__all__ = [
    "COLUMNS",
    "Summary",
    "main",
    "seen_size",
    "spelled",
    "summarize",
    "summarize_torch",
    "summary_text",
    "summary_totals",
    "summary_tree",
]


def __getattr__(name: str) -> Any:
    """`summarize_torch` imports torch only when it is asked for."""
    if name == "summarize_torch":
        from reference_impl.summary.torch import summarize_torch

        return summarize_torch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
