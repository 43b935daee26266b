"""Which records this machine's site shows, and whether one has to be made first.

TIMINGS=never shows the committed records alone, so that two clones build the same site. TIMINGS=auto measures quickly
where no record fits this device, these versions and these sources. TIMINGS=always measures quickly in any case.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from scripts.timings import records
from scripts.timings.records import Record, RecordError, measured_digest


def shown() -> list[Record]:
    """The records of the site: that of this machine first, unless TIMINGS=never.

    Raises:
        RecordError: for a committed file that is no record.
    """
    others = records.committed()
    if records.when() == "never":
        return others
    own = [record for kind in _kinds() if (record := _own(kind, others))]
    return own + [record for record in others if record not in own]


def _kinds() -> list[str]:
    from scripts.timings.device import devices  # which imports torch

    return devices()


def fits(record: Record, kind: str) -> bool:
    """Whether a record is of this machine's device, versions and sources, on single samples."""
    from scripts.timings.device import device_name, versions

    mine = (kind, device_name(kind), 1, versions(kind), measured_digest())
    return (record.kind, record.device, record.batch, record.versions, record.sources) == mine


def _own(kind: str, others: list[Record]) -> Record | None:
    """The record that fits this machine: the committed one, or the quick one."""
    full = next((record for record in others if fits(record, kind)), None)
    quick = _quick(kind)
    return (quick or full) if records.when() == "always" else (full or quick)


def _quick(kind: str) -> Record | None:
    from scripts.timings.device import device_name

    path = records.quick_folder() / records.file_name(kind, device_name(kind))
    with contextlib.suppress(OSError, RecordError):  # a damaged cache is no cache
        record = records.load(path)
        return record if fits(record, kind) else None
    return None


def ensure(measure: Callable[[str], Record]) -> list[Path]:
    """Make the quick records that TIMINGS asks for.

    Args:
        measure: Makes the record of a kind of device.

    Returns:
        The files that were written.
    """
    if records.when() == "never":
        return []
    always, others = records.when() == "always", records.committed()
    wanted = [kind for kind in _kinds() if always or _own(kind, others) is None]
    return [records.save(measure(kind), records.quick_folder()) for kind in wanted]
