"""The summary of a torch model: plain rows that print as a tree."""

from collections.abc import Sequence
from typing import Any

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.summary.table import beside, counted, spelled

HEADINGS = ("layer", "kind", "output shape", "parameters", "%", "MACs", "%", "activations", "field", "stride")
WORDS = 3  # headings of columns that hold words, on the left
SCALES = ("B", "KiB", "MiB", "GiB", "TiB")


class Summary(list[dict[str, Any]]):
    """The rows of a model, in the order of running; `print` shows them as a tree.

    Args:
        rows: One a layer.
        tree: One for every call of a module, containers too, each before its children.
        peak_bytes: The most that inference holds at one moment beside the model: inputs and activations, as torch
            frees them; without the work space of an operator.
        saved_bytes: What a forward pass in training mode keeps for the backward pass; None where it did not run.
        on: "shapes", or "zeros" where the model asked for numbers.
    """

    def __init__(
        self,
        rows: Sequence[dict[str, Any]],
        *,
        tree: Sequence[dict[str, Any]],
        peak_bytes: int,
        saved_bytes: int | None = None,
        on: str = "shapes",
    ) -> None:
        super().__init__(rows)
        self.tree, self.peak_bytes, self.saved_bytes, self.on = list(tree), peak_bytes, saved_bytes, on

    def __str__(self) -> str:
        return summary_tree(self)


def summary_tree(summary: Summary, *, depth: int | None = None) -> str:
    """The modules as a tree, each with what it and its children cost, and the totals below.

    Args:
        summary: Of `summarize_torch`.
        depth: Levels of modules to show below the model; all of them by default.

    Raises:
        TypeError: something else than such a summary.
        ValueError: a depth below 0.

    Example:
        >>> import torch
        >>> from reference_impl.summary import summarize_torch
        >>> layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, bias=False), torch.nn.ReLU())
        >>> print(summary_tree(summarize_torch(layers, (1, 3, 8, 8)), depth=0).splitlines()[2])
        Sequential  Sequential  1 × 8 × 6 × 6         216  100.0  7,776  100.0      1.1 KiB      3       1
    """
    if not isinstance(summary, Summary):
        refuse("summary must be that of summarize_torch", error=TypeError, summary=type(summary).__name__)
    most = None if depth is None else checks.whole("depth", depth, least=0)
    totals = _sums(summary.tree)
    lines = [HEADINGS, *_lines(summary.tree, totals, most)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(
            cell.ljust(width) if place < WORDS else cell.rjust(width) for place, (cell, width) in enumerate(pairs)
        )
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    rule = "-" * len(texts[0])
    return "\n".join(text.rstrip() for text in (texts[0], rule, *texts[1:], rule, *summary_notes(summary)))


def _lines(tree: Sequence[dict[str, Any]], totals: dict[str, int], most: int | None) -> list[tuple[str, ...]]:
    """The cells of every module that is shown."""
    lines, above = [], []
    for place, row in enumerate(tree):
        above = [*above[: row["depth"]], "" if place == 0 else row["name"]]
        if most is not None and row["depth"] > most:
            continue
        sums = _sums(tree[place : _end(tree, place)])
        label = row["name"].removeprefix(above[-2] + "." if len(above) > 1 and above[-2] else "")
        lines.append(
            (
                "  " * row["depth"] + label,
                row["kind"],
                spelled(row["output_shape"]) if row["ran"] == "run" else _absence(row),
                spelled(sums["parameters"]),
                _percent(sums["parameters"], totals["parameters"]),
                spelled(sums["macs"]),
                _percent(sums["macs"], totals["macs"]),
                bytes_spelled(row["activation_bytes"]),
                spelled(row["receptive_field"]),
                spelled(row["field_stride"]),
            )
        )
    return lines


def _absence(row: dict[str, Any]) -> str:
    """What to say of a module that was not called."""
    return "used, not called" if row["ran"] == "used" else "not run"


def _end(tree: Sequence[dict[str, Any]], place: int) -> int:
    """Where the children of a row end."""
    later = range(place + 1, len(tree))
    return next((at for at in later if tree[at]["depth"] <= tree[place]["depth"]), len(tree))


def _sums(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Parameters and MACs of some rows together."""
    return {key: sum(row[key] for row in rows) for key in ("parameters", "macs", "trainable", "preparation_macs")}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def summary_notes(summary: Summary) -> list[str]:
    """The totals of a model, one line each, and what stands beside the MACs."""
    sums = _sums(summary.tree)
    frozen = sums["parameters"] - sums["trainable"]
    written = bytes_spelled(sum(row["activation_bytes"] for row in summary))
    kept = "unknown" if summary.saved_bytes is None else bytes_spelled(summary.saved_bytes)
    outputs = [(name, shape) for name, shape in summary.tree[0]["output_shapes"].items() if name]
    notes = [
        "outputs: " + ", ".join(f"{name} {spelled(shape)}" for name, shape in outputs) if outputs else "",
        f"parameters: {sums['parameters']:,} ({sums['trainable']:,} trainable, {frozen:,} frozen)",
        f"MACs: {sums['macs']:,}{counted(summary.tree, 'macs_by_operator', ' = {}', ' + ', '{} {:,}')}",
        f"activations: {written} written, {bytes_spelled(summary.peak_bytes)} at most at one moment in inference, "
        f"{kept} kept for the backward pass in training",
        f"MACs that prepare weights, not in the sum: {sums['preparation_macs']:,}" if sums["preparation_macs"] else "",
        *beside(summary.tree),
        "run on numbers, because the model asks for them" if summary.on == "zeros" else "",
    ]
    return [note for note in notes if note]


def bytes_spelled(size: int) -> str:
    """Bytes in the unit that suits them.

    Example:
        >>> bytes_spelled(0), bytes_spelled(1536), bytes_spelled(5 * 2**30)
        ('0 B', '1.5 KiB', '5.0 GiB')
    """
    scale = min(max(size.bit_length() - 1, 0) // 10, len(SCALES) - 1)
    return f"{size / 1024**scale:.1f} {SCALES[scale]}" if scale else f"{size} B"
