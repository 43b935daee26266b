"""The macros that say what measured time is. NumPy and the records are loaded by the pages that use them, not by all.

A chapter shows `[[= timings("grouped") =]]`: the cases of a family side by side, on each measured device. A sentence
takes `[[= timing_ratio("grouped", "groups 32") =]]`. The page Timings uses the rest.
"""

import importlib
import posixpath
from collections.abc import Callable
from typing import Any


def macros(src_uri: str, block: Callable[[str], Any]) -> dict[str, Callable[..., Any]]:
    """What a page may call.

    Args:
        src_uri: Path of the page below docs/, from which links start.
        block: Marks Markdown that stands in paragraphs of its own.
    """
    how = posixpath.relpath("timings.md", posixpath.dirname(src_uri) or ".")
    return {
        "timings": lambda family: block(_late("timing_tables", "family_table")(family, how)),
        "timing_bounds": lambda form: block(_late("timing_tables", "bounds_table")(form)),
        "timing_ceilings": lambda: block(_late("timing_tables", "ceilings_table")()),
        "timing_device": _late("timing_words", "device_words"),
        "timing_floor": _late("timing_words", "timing_floor"),
        "timing_gpu": _late("timing_words", "gpu_words"),
        "timing_ms": _late("timing_words", "timing_ms"),
        "timing_ratio": _late("timing_words", "timing_ratio"),
        "timing_sources": lambda: block(_late("timing_tables", "bound_sources")()),
        "timing_table": lambda direction: block(_late("timing_tables", "all_cases")(direction)),
    }


def _late(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported when it is called."""
    return lambda *args, **options: getattr(importlib.import_module(f"scripts.site.{module}"), name)(*args, **options)
