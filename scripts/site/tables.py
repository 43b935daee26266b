"""Tables of computed numbers: a list of dicts from a block of the page becomes a Markdown table."""

from collections.abc import Mapping, Sequence
from typing import Any

from scripts.site.symbolic import in_letters
from scripts.site.wording import as_text, formatted

ALIGNMENTS = {"left": ":--", "center": ":-:", "right": "--:"}


def table(
    rows: Sequence[Mapping[str, Any]],
    fmt: Mapping[str, str] | None = None,
    align: Mapping[str, str] | None = None,
    caption: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> str:
    """A Markdown table with the keys as headings; numbers stand to the right.

    Args:
        rows: One dict for each row, all with the same keys in the same order.
        fmt: Column -> format specification; a column of floats needs one.
        align: Column -> "left", "center" or "right", where the default is not wanted.
        caption: A sentence below the table.
        sizes: Letter -> size, for a table of shapes: it shows the letters, as code writes them.

    Raises:
        ValueError: no rows, rows that differ in their keys, a float without a format, an unknown column or alignment.
    """
    fmt, align = fmt or {}, align or {}
    columns = _columns(rows)
    if unknown := [name for name in [*fmt, *align] if name not in columns]:
        raise ValueError(f"there is no column {unknown[0]!r}; the columns are {', '.join(map(repr, columns))}")
    if wrong := [word for word in align.values() if word not in ALIGNMENTS]:
        raise ValueError(f"align is left, center or right, not {wrong[0]!r}")
    if sizes is not None:
        rows = [{name: _symbolic(value, sizes) for name, value in row.items()} for row in rows]
    lines = [_line(columns), _line([ALIGNMENTS[_alignment(rows, name, align)] for name in columns])]
    for number, row in enumerate(rows):
        lines.append(_line([_cell(value, fmt.get(name), name, number) for name, value in row.items()]))
    return "\n".join(lines) + (f"\n\n{caption}\n{{ .table-caption }}" if caption else "")


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not isinstance(rows, Sequence) or not rows or not all(isinstance(row, Mapping) and row for row in rows):
        raise ValueError("rows is a list of dicts with at least one row and one column")
    columns = list(rows[0])
    for number, row in enumerate(rows):
        if list(row) != columns:
            raise ValueError(f"row {number} has the keys {list(row)}, row 0 has {columns}")
    return columns


def _symbolic(value: Any, sizes: Mapping[str, int]) -> Any:
    return value if isinstance(value, str) else f"`{in_letters(value, sizes)}`"


def _alignment(rows: Sequence[Mapping[str, Any]], name: str, align: Mapping[str, str]) -> str:
    texts = any(isinstance(row[name], str | bool) for row in rows)
    return align.get(name, "left" if texts else "right")


def _cell(value: Any, specification: str | None, name: str, number: int) -> str:
    try:
        text = as_text(value) if specification is None or isinstance(value, str) else formatted(value, specification)
    except ValueError as error:
        message = str(error).replace("[[= name | fmt('.2f') =]]", f'table(rows, fmt={{"{name}": ".2f"}})')
        raise ValueError(f"column {name!r}, row {number}: {message}") from error
    return text.replace("|", "\\|").replace("\n", " ")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
