"""What each layer of a network costs, in one table: of a layer table, and of any torch model (`summary.torch`)."""

from reference_impl.summary.table import COLUMNS, main, seen_size, spelled, summarize, summary_text, summary_totals

__all__ = ["COLUMNS", "main", "seen_size", "spelled", "summarize", "summary_text", "summary_totals"]
