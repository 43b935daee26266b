"""What a GPU could do at best, from its maker's published peak rates: a bound, and never a measurement."""

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.fingerprints import ROOT
from scripts.timings.cases import Case

PEAKS = ROOT / "docs" / "data" / "peaks.yml"
ITEMSIZE = {"float32": 4, "tf32": 4, "16-bit": 2}  # bytes of one number in each format


class Peak(NamedTuple):
    """The published rates of a GPU.

    Attributes:
        name: What it is called.
        bandwidth: Bytes a second.
        flops: Format -> floating-point operations a second.
        sources: (title, address) of the places that publish them.
    """

    name: str
    bandwidth: float
    flops: dict[str, float]
    sources: tuple[tuple[str, str], ...]


def peaks(path: Path = PEAKS) -> list[Peak]:
    """The GPUs of `docs/data/peaks.yml`.

    Raises:
        ValueError: for an entry without a rate, or without a source.
    """
    return [_peak(entry, path.name) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def _peak(entry: Any, file: str) -> Peak:
    name = entry.get("name", "?")
    rates = [entry.get("bandwidth"), *entry.get("tflops", {"": None}).values()]
    if not all(isinstance(rate, int | float) and rate > 0 for rate in rates):
        raise ValueError(f"{file}: {name} needs a bandwidth and tflops, all positive. Got {rates}")
    if unknown := set(entry["tflops"]) - set(ITEMSIZE):
        raise ValueError(f"{file}: {name} has a rate for {unknown.pop()!r}; the formats are {', '.join(ITEMSIZE)}")
    if not entry.get("sources"):
        raise ValueError(f"{file}: {name} needs a source for its rates")
    flops = {form: rate * 1e12 for form, rate in entry["tflops"].items()}
    sources = tuple((source["title"], source["url"]) for source in entry["sources"])
    return Peak(name, entry["bandwidth"] * 1e9, flops, sources)


def bound(case: Case, peak: Peak, form: str) -> float | None:
    """Seconds below which the GPU cannot get; None where it has no such format."""
    return case.floor(peak.flops[form], peak.bandwidth, ITEMSIZE[form]) if form in peak.flops else None
