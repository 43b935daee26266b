"""What each layer of a layer table costs, in one table."""

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

from reference_impl.checks import refuse, several, whole
from reference_impl.networks import Network, network
from reference_impl.networks.parts import Operation
from reference_impl.networks.walk import Step, walk
from reference_impl.receptive_field.field import View

COLUMNS = {  # key of a row: heading of the text table
    "name": "layer",
    "kind": "kind",
    "output_shape": "output shape",
    "parameters": "parameters",
    "macs": "MACs",
    "activation_bytes": "activation bytes",
    "receptive_field": "receptive field",
}


def summarize(
    table: str | Network, *, input_shape: Sequence[int] | None = None, itemsize: int = 4
) -> list[dict[str, Any]]:
    """One row a layer: shapes, parameters, MACs, bytes of its output, receptive field.

    MACs are those of the weights (FLOPs = 2 × MACs). Joins of paths have rows without parameters and MACs.
    The receptive field counts cells of the padding; it is one number where all axes agree, and None behind paths
    that are not centred on the same cell.

    Args:
        table: A `Network`, or the name of one.
        input_shape: (N, C, *S) in place of the network's own.
        itemsize: Bytes of one number: 4 for float32.

    Returns:
        Rows with the keys name, kind, input_shape, output_shape, parameters, macs, activation_bytes, receptive_field.

    Raises:
        ValueError: an unknown name (the message lists the known ones), a shape that does not fit, itemsize below 1.
        TypeError: a table that is neither a name nor a `Network`.

    Source:
        torch.utils.flop_counter for the counting of MACs; Araujo, Norris & Sim, 2019, for receptive fields.

    Example:
        >>> row = summarize("vgg16")[2]
        >>> row["name"], row["output_shape"], row["parameters"], row["receptive_field"]
        ('pool1', (1, 64, 112, 112), 0, 6)
    """
    whole("itemsize", itemsize, least=1)
    if not isinstance(table, (str, Network)):
        refuse("table must be a Network or the name of one", error=TypeError, table=table)
    chosen = network(table) if isinstance(table, str) else table
    return [_row(step, itemsize) for step in walk(chosen, input_shape=input_shape)]


def _row(step: Step, itemsize: int) -> dict[str, Any]:
    """One row of the table."""
    operation = step.part if isinstance(step.part, Operation) else None
    return {
        "name": step.name,
        "kind": step.part.kind if isinstance(step.part, Operation) else step.part.join,
        "input_shape": step.input_shape,
        "output_shape": step.output_shape,
        "parameters": operation.parameters if operation else 0,
        "macs": operation.macs(step.input_shape) if operation else 0,
        "activation_bytes": prod(step.output_shape) * itemsize,
        "receptive_field": seen_size(step.view),
    }


def seen_size(view: View | None) -> Any:
    """Size of a receptive field: one number where all axes agree, None where there is none.

    Example:
        >>> from reference_impl.receptive_field.windows import Windows
        >>> seen_size((Windows(), Windows(spans=((0, 4),)))), seen_size(None)
        ((1, 5), None)
    """
    if view is None:
        return None
    sizes = tuple(windows.size for windows in view)
    return sizes[0] if len(set(sizes)) == 1 else sizes


def summary_totals(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The sums of parameters, MACs and activation bytes.

    Example:
        >>> summary_totals(summarize("resnet50"))["parameters"]
        25557032
    """
    _check_rows(rows)
    return {key: sum(row[key] for row in rows) for key in ("parameters", "macs", "activation_bytes")}


def summary_text(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a text table, whole numbers with separators, the totals below, and what the MACs leave out.

    Raises:
        ValueError: no rows.

    Example:
        >>> print(summary_text(summarize("vgg16")[:1]))
        layer    kind  output shape        parameters        MACs  activation bytes  receptive field
        --------------------------------------------------------------------------------------------
        conv1_1  conv  1 × 64 × 224 × 224       1,792  86,704,128        12,845,056                3
        --------------------------------------------------------------------------------------------
        total                                   1,792  86,704,128        12,845,056
    """
    _check_rows(rows)
    if not rows:
        refuse("there must be at least one row", rows=list(rows))
    total = {**dict.fromkeys(COLUMNS, ""), "name": "total", **summary_totals(rows)}
    lines = [list(COLUMNS.values()), *([spelled(row[key]) for key in COLUMNS] for row in (*rows, total))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(cell.ljust(width) if place < 3 else cell.rjust(width) for place, (cell, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    rule = "-" * len(texts[0])
    return "\n".join(text.rstrip() for text in (texts[0], rule, *texts[1:-1], rule, texts[-1], *beside(rows)))


def beside(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What stands beside the MACs of a torch model: other arithmetic, and operators that could not be counted."""
    apart = counted(rows, "apart", "beside the MACs: {}")
    uncounted = counted(rows, "uncounted", "NOT COUNTED, so the MACs are too few: {}")
    return [note for note in (apart, uncounted) if note]


def counted(rows: Sequence[dict[str, Any]], key: str, frame: str, between: str = ", ", each: str = "{} × {:,}") -> str:
    """The counters of all rows together in words, the largest number first; nothing if they are empty.

    Example:
        >>> counted([{"apart": {"softmaxes": 2}}, {"apart": {"softmaxes": 1}}, {}], "apart", "beside: {}")
        'beside: softmaxes × 3'
    """
    together = sum((Counter(row.get(key, {})) for row in rows), Counter())
    words = between.join(each.format(name, number) for name, number in together.most_common())
    return frame.format(words) if words else ""


def _check_rows(rows: Any) -> None:
    """Refuse what `summarize` and `summarize_torch` do not return."""
    if not several(rows) or not all(isinstance(row, dict) and COLUMNS.keys() <= row.keys() for row in rows):
        refuse("rows must be those of summarize", error=TypeError, rows=rows)


def spelled(value: Any) -> str:
    """A cell of the text table.

    Example:
        >>> spelled(1234567), spelled((1, 64, 7)), spelled(None)
        ('1,234,567', '1 × 64 × 7', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)
