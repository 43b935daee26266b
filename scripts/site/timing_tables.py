"""Tables of measured time, from the records: for a chapter, for the page Timings, and bounds for GPUs elsewhere."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from scripts.site.tables import table
from scripts.site.timing_sentences import (
    MISSING,
    count,
    line_below,
    microseconds,
    milliseconds,
    nothing,
    over_floor,
    percent,
    share_of_time,
    threads,
)
from scripts.timings.cases import CASES, Case, family
from scripts.timings.choice import shown
from scripts.timings.predictions import ITEMSIZE, bound, peaks
from scripts.timings.records import Record, Result

FEWEST = 4  # samples that have quartiles
FAST = "bfloat16, channels_last"  # on a GPU
MEASURED = "{ .table-caption .measured }"
LABELS = {"numpy": "NumPy", "twin": "torch primitives", "library": "torch"}


class Column(NamedTuple):
    """One way in which a device was measured.

    Attributes:
        implementation: "numpy", "twin", "library", or on a GPU "": torch's kernel, and primitives where it has none.
        format: How numbers are kept and multiplied.
    """

    implementation: str
    format: str

    @property
    def label(self) -> str:
        """How a heading calls it."""
        return LABELS[self.implementation] if self.implementation else self.format

    @property
    def heading(self) -> str:
        """The same, with the unit of its times: a GPU's are told in millionths of a second."""
        return f"{self.label}, {'ms' if self.implementation else 'µs'}"

    def find(self, record: Record, case: Case, direction: str) -> Result | None:
        """The number that stands there."""
        able = [self.implementation] if self.implementation else ["library", "twin"]
        return next(filter(None, (record.find(case, one, direction, self.format) for one in able)), None)

    def time(self, record: Record, case: Case, direction: str) -> str:
        """That number in words, in the heading's unit."""
        result = self.find(record, case, direction)
        return milliseconds(result) if self.implementation else microseconds(result)


def family_table(name: str, how: str) -> str:
    """The cases of a family, the plain one first: counts, times, shares of the first. One tab for each device."""
    cases, records = family(name), shown()
    if not records:
        return f"{_family_on(cases, None)}\n\n{nothing(how)}\n{MEASURED}"
    bodies = [
        f"{_family_on(cases, record)}\n\n{line_below(record, how)}{_note(record, cases)}\n{MEASURED}"
        for record in records
    ]
    if len(bodies) == 1:
        return bodies[0]
    return "\n\n".join(
        f'=== "{record.name}"\n\n{_indented(body)}' for record, body in zip(records, bodies, strict=True)
    )


def _note(record: Record, cases: Sequence[Case]) -> str:
    if not _lacks_kernel(cases):
        return ""
    meant = "the share of time is that" if record.kind == "cpu" else "the numbers are those"
    return f" Where torch has no kernel, {meant} of our form of torch primitives."


def _lacks_kernel(cases: Sequence[Case]) -> bool:
    return any(step.kind.startswith("deform_conv") for case in cases for step in case.steps)


def _family_on(cases: Sequence[Case], record: Record | None) -> str:
    rows = []
    for case in cases:
        row = {"variant": _unbroken(case.name)} | _counts(record, case)
        if record:
            row |= {c.heading: c.time(record, case, "forward") for c in columns_of(record, cases, "forward")}
        row |= {"share of MACs": percent(case.macs / cases[0].macs)}
        if record:
            row |= {"share of time": percent(share_of_time(record, case, cases[0]))}
            if FAST in record.flops:
                row |= {f"in {FAST}": percent(share_of_time(record, case, cases[0], form=FAST))}
        rows.append(row)
    return _right_aligned(rows)


def _counts(record: Record | None, case: Case) -> dict[str, str]:
    """Multiplications and bytes in float32, of as many samples as were measured."""
    case = case.batched(record.batch) if record else case
    return {"MMAC": count(case.macs / 1e6), "MB": count(case.nbytes() / 1e6)}


def columns_of(record: Record, cases: Sequence[Case], direction: str) -> list[Column]:
    """The columns for which a record has a number for one of the cases."""
    able = [""] if record.kind == "cuda" else [*LABELS]
    columns = [Column(name, form) for name in able for form in record.flops]
    return [column for column in columns if any(column.find(record, case, direction) for case in cases)]


def all_cases(what: str) -> str:
    """Every case on every measured device: a table that sorts itself by the column that is clicked.

    Args:
        what: "forward", "backward" or "memory".
    """
    makers = {"forward": _forward_row, "backward": _backward_row, "memory": _memory_row}
    if what not in makers:
        raise ValueError(f"timing_table: there are the tables {', '.join(makers)}, not {what!r}")
    records = shown()
    if not records:
        return nothing()
    parts = []
    for record in records:
        rows = [{"layer": _unbroken(f"{case.family}: {case.name}")} | makers[what](record, case) for case in CASES]
        title = f"### {record.name}\n\n" if len(records) > 1 else ""
        left = 3 if what == "memory" else 1
        parts.append(f"{title}{_sortable(rows, left, what)}\n\n{line_below(record)}\n{MEASURED}")
    return "\n\n".join(parts)


def _forward_row(record: Record, case: Case) -> dict[str, str]:
    over = over_floor(record, case)
    return _counts(record, case) | _times(record, case, "forward") | {"× floor": f"{over:.1f}" if over else MISSING}


def _backward_row(record: Record, case: Case) -> dict[str, str]:
    return _times(record, case, "backward")


def _times(record: Record, case: Case, direction: str) -> dict[str, str]:
    columns = columns_of(record, CASES, direction)
    row = {column.heading: column.time(record, case, direction) for column in columns}
    best = record.find(case, "library", direction)
    return row | {"spread": percent(best.iqr / best.seconds) if best and best.samples >= FEWEST else MISSING}


def _memory_row(record: Record, case: Case) -> dict[str, str]:
    shape = case.batched(record.batch).input_shape
    row = {"as in": _unbroken(case.origin), "input": "\u00a0×\u00a0".join(map(str, shape))}
    for direction in ("forward", "backward"):
        for column in columns_of(record, CASES, direction):
            if column.format == "float32":
                result = column.find(record, case, direction)
                row[f"{column.label}, {direction}"] = count(result.memory / 1e6) if result else MISSING
    return row


def ceilings_table() -> str:
    """What each device can do at best, measured in the same run as its first record."""
    first = {record.device: record for record in reversed(shown())}
    rows = [
        {
            "device": f"{record.device}, {threads(record)}",
            "format": form,
            "matrix product, GFLOP/s": f"{flops / 1e9:,.0f}",
            "copy, GB/s": f"{record.bandwidth / 1e9:,.1f}",
            "FLOP a byte where they meet": f"{flops / record.bandwidth:.1f}",
        }
        for record in reversed(first.values())
        for form, flops in record.flops.items()
    ]
    return _right_aligned(rows, left=2) if rows else nothing()


def bounds_table(form: str) -> str:
    """For each case and GPU the least time that published peak rates allow, in microseconds."""
    if form not in ITEMSIZE:
        raise ValueError(f"timing_bounds: the format is one of {', '.join(ITEMSIZE)}, not {form!r}")
    gpus = [peak for peak in peaks() if form in peak.flops]
    rows = [
        {"layer": _unbroken(f"{case.family}: {case.name}")}
        | {f"{gpu.name}, µs": f"{1e6 * (bound(case, gpu, form) or 0):.1f}" for gpu in gpus}
        for case in CASES
    ]
    return _sortable(rows, left=1)


def bound_sources() -> str:
    """The rates that the bounds stand on, and who publishes them."""
    rows = []
    for gpu in peaks():
        row = {"GPU": gpu.name, "GB/s": f"{gpu.bandwidth / 1e9:,.0f}"}
        for form in ITEMSIZE:
            row[f"{form}, TFLOP/s"] = f"{gpu.flops[form] / 1e12:,.1f}" if form in gpu.flops else MISSING
        rows.append(row | {"published by": "; ".join(f"[{title}]({url})" for title, url in gpu.sources)})
    return table(rows, align={name: "right" for name in rows[0] if name not in ("GPU", "published by")})


def _sortable(rows: Sequence[dict[str, str]], left: int = 1, kind: str = "") -> str:
    classes = f"sortable {kind}".strip()
    return f'<div class="{classes}" markdown>\n\n{_right_aligned(rows, left)}\n\n</div>'


def _right_aligned(rows: Sequence[dict[str, str]], left: int = 1) -> str:
    return table(rows, align=dict.fromkeys(list(rows[0])[left:], "right"))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))


def _unbroken(name: str) -> str:
    """A name in which no line breaks before a number or inside a shape: groups 32, 3 × 3."""
    return re.sub(r" (?=[×\d])|(?<=×) ", "\u00a0", name)
