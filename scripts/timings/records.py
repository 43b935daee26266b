"""Records of measurements: how they are written, checked when read, and which of them the site shows.

Full records lie in `docs/data/timings/`, one file a device. Quick ones, made when the site is built, lie outside the
repository: in the folder that HANDBOOK_TIMINGS names, else in `~/.cache/convolution-handbook/timings`.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scripts.definitions import digest_of_reached
from scripts.fingerprints import ROOT, kept_in_a_build
from scripts.timings.cases import Case

SCHEMA = 1
IMPLEMENTATIONS = "scripts.timings.implementations"  # what it imports is what is measured
MEASURED = ("reference_impl", "scripts.timings")
COMMITTED = ROOT / "docs" / "data" / "timings"
MODES = ("full", "quick")
WHEN = ("never", "auto", "always")  # the values of TIMINGS


class RecordError(ValueError):
    """A record that cannot be believed, with its file and the cause."""


class Result(NamedTuple):
    """One measured number.

    Attributes:
        case: Key of the case.
        implementation: "numpy", "twin" or "library".
        direction: "forward" or "backward".
        format: How numbers were kept and multiplied.
        seconds: Median time of a run.
        iqr: Interquartile range of the times, in seconds.
        samples: How many times were taken.
        memory: Most bytes in use at once beside the inputs.
    """

    case: str
    implementation: str
    direction: str
    format: str
    seconds: float
    iqr: float
    samples: int
    memory: int


@dataclass(frozen=True)
class Record:
    """What one device was measured to do.

    Attributes:
        mode: "full" or "quick".
        kind: "cpu" or "cuda".
        device: What its maker calls it.
        threads: How many ran.
        cache: Bytes of its largest cache.
        versions: Package -> release.
        blas: What multiplies NumPy's matrices.
        date: When it was measured, in UTC: "2026-05-03T12:00:00Z".
        sources: Digest of the measured sources.
        flops: Format -> operations a second of a large matrix product.
        bandwidth: Bytes a second of a large copy.
        cases: Key of a case -> its recipe when it was measured.
        results: The numbers.
        batch: How many times the samples of each case an input held.
        refused: What the device would not run, and why.
    """

    mode: str
    kind: str
    device: str
    threads: int
    cache: int
    versions: dict[str, str]
    blas: str
    date: str
    sources: str
    flops: dict[str, float]
    bandwidth: float
    cases: dict[str, str]
    results: tuple[Result, ...]
    batch: int = 1
    refused: tuple[str, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether what it measured has changed since."""
        return self.sources != measured_digest()

    @property
    def file_name(self) -> str:
        """Where a record of this device belongs."""
        return file_name(self.kind, self.device, self.batch)

    @property
    def name(self) -> str:
        """How pages call it: the device, and the batch where it is none of one sample."""
        return f"{self.device}, batch of {self.batch}" if self.batch > 1 else self.device

    def find(self, case: Case, implementation: str, direction: str, form: str = "float32") -> Result | None:
        """The number for a case as it stands now; None where there is none, or only one of another recipe."""
        if self.cases.get(case.key) != case.batched(self.batch).recipe:
            return None
        wanted = (case.key, implementation, direction, form)
        return next((result for result in self.results if result[:4] == wanted), None)


@kept_in_a_build
def measured_digest(root: Path = ROOT) -> str:
    """SHA-256 of what the measured functions can run, read anew at each call."""
    return digest_of_reached(IMPLEMENTATIONS, MEASURED, root)


def file_name(kind: str, device: str, batch: int = 1) -> str:
    """The file of a device: cpu-some-processor.json, cuda-some-card-batch-32.json."""
    words = f"{device} batch {batch}" if batch > 1 else device
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')}.json"


def save(record: Record, folder: Path) -> Path:
    """Write a record into a folder, one number a line; another process never sees half of it."""
    body = {"schema": SCHEMA} | asdict(record)
    lines = ",\n".join(f"    {json.dumps(result._asdict())}" for result in record.results)
    text = json.dumps(body | {"results": "HERE"}, indent=2, ensure_ascii=False).replace('"HERE"', f"[\n{lines}\n  ]")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / record.file_name
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, path)
    return path


def load(path: Path) -> Record:
    """Read a record and check it.

    Raises:
        RecordError: for a file that is no record of this schema.
    """
    try:
        return _checked(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        cause = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise RecordError(f"{_shown_path(path)} is no record of timings: {cause}") from error


def _shown_path(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def _checked(body: Any) -> Record:
    _rule(isinstance(body, dict), "the file holds one JSON object", body)
    _rule(body["schema"] == SCHEMA, f"schema must be {SCHEMA}", body["schema"])
    _rule(body["mode"] in MODES, f"mode must be one of {', '.join(MODES)}", body["mode"])
    _rule(body["kind"] in ("cpu", "cuda"), "kind must be cpu or cuda", body["kind"])
    _rule(
        bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["date"])), "date is UTC to the second", body["date"]
    )
    _rule(bool(re.fullmatch(r"[0-9a-f]{64}", body["sources"])), "sources is a SHA-256", body["sources"])
    for name in ("device", "blas"):
        _rule(isinstance(body[name], str) and bool(body[name]), f"{name} must be a text", body[name])
    for name in ("threads", "cache", "batch"):
        _rule(type(body[name]) is int and body[name] >= 1, f"{name} must be a whole number, at least 1", body[name])
    for name, kind in (("versions", str), ("cases", str), ("flops", float)):
        _rule(_is_dict_of(body[name], kind), f"{name} must map names to {kind.__name__}", body[name])
    _rule(
        {"python", "numpy", "torch"} <= body["versions"].keys(),
        "versions must name python, numpy, torch",
        [*body["versions"]],
    )
    for name, value in (("bandwidth", body["bandwidth"]), *body["flops"].items()):
        _rule(_positive(value), f"the ceiling {name} must be a positive number", value)
    _rule(
        isinstance(body["results"], list) and bool(body["results"]),
        "results must be a list with entries",
        body["results"],
    )
    results = tuple(_checked_result(entry, body) for entry in body["results"])
    _rule(len({result[:4] for result in results}) == len(results), "no result may stand twice", len(results))
    known = {name: body[name] for name in Record.__dataclass_fields__ if name not in ("results", "refused")}
    return Record(**known, results=results, refused=tuple(body["refused"]))


def _checked_result(entry: Any, body: Mapping[str, Any]) -> Result:
    _rule(
        isinstance(entry, dict) and set(entry) == set(Result._fields),
        f"a result has {', '.join(Result._fields)}",
        entry,
    )
    result = Result(**entry)
    _rule(result.case in body["cases"], "a result must belong to one of the cases", result.case)
    _rule(result.implementation in ("numpy", "twin", "library"), "implementation must be known", result.implementation)
    _rule(result.direction in ("forward", "backward"), "direction must be forward or backward", result.direction)
    _rule(result.format in body["flops"], "each format needs its ceiling", result.format)
    _rule(_positive(result.seconds), "seconds must be positive", result.seconds)
    _rule(type(result.iqr) in (int, float) and result.iqr >= 0, "iqr must not be negative", result.iqr)
    _rule(type(result.samples) is int and result.samples >= 1, "samples must be at least 1", result.samples)
    _rule(type(result.memory) is int and result.memory >= 0, "memory must be bytes", result.memory)
    return result


def _rule(holds: bool, rule: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"{rule}. Got {str(got)[:80]}")


def _positive(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < float("inf")


def _is_dict_of(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(v, kind) for v in value.values())


@kept_in_a_build
def committed(folder: Path | None = None) -> list[Record]:
    """The records of the repository, processors before GPUs.

    Raises:
        RecordError: for a file that is none.
    """
    records = map(load, sorted((folder or COMMITTED).glob("*.json")))
    return sorted(records, key=lambda record: (record.kind != "cpu", record.device, record.batch))


def quick_folder() -> Path:
    """Where quick records lie."""
    if place := os.environ.get("HANDBOOK_TIMINGS"):
        return Path(place)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "convolution-handbook", "timings")


def when() -> str:
    """What TIMINGS says: never, which is also the default, auto or always.

    Raises:
        RecordError: for another word.
    """
    word = os.environ.get("TIMINGS") or "never"
    if word not in WHEN:
        raise RecordError(f"TIMINGS must be one of {', '.join(WHEN)}. Got {word!r}")
    return word


def digest_of_files() -> str:
    """SHA-256 of the bytes of every record that may be shown, and of what decides whether it is."""
    places = [COMMITTED] if when() == "never" else [COMMITTED, quick_folder()]
    files: Iterable[Path] = (path for place in places for path in sorted(place.glob("*.json")))
    parts = [when().encode(), *(path.name.encode() + b"\n" + path.read_bytes() for path in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
