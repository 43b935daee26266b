"""Measure this machine: `make timings`, or `python -m scripts.timings --help`.

Without options it writes a full record of every device present to docs/data/timings/. That takes some minutes, and only
a machine that does nothing else gives numbers worth keeping.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from scripts.fingerprints import ROOT
from scripts.timings import records
from scripts.timings.cases import CASES, Case
from scripts.timings.ceilings import ceilings
from scripts.timings.choice import ensure
from scripts.timings.device import KINDS, NoDeviceError, blas, cache_bytes, device_name, devices, threads, versions
from scripts.timings.inputs import pool
from scripts.timings.measure import FORMATS, FULL, QUICK, Bench, Effort, Format, measure, measurements, multiplied_as
from scripts.timings.records import Record, RecordError, Result, measured_digest


def measured(
    kind: str,
    effort: Effort,
    count: int = 1,
    batch: int = 1,
    cases: Sequence[Case] = CASES,
    cache: int | None = None,
) -> Record:
    """The record of a device.

    Args:
        kind: "cpu" or "cuda".
        effort: How long to measure.
        count: Threads.
        batch: How many times the samples of each case an input holds.
        cases: What to measure.
        cache: Bytes of the largest cache, where the system's own answer is not wanted.
    """
    cache = cache or cache_bytes(kind)
    cases = [case.batched(batch) for case in cases]
    bench = Bench(kind, count, cache, effort, pool(cases, cache))
    results: list[Result] = []
    refused: list[str] = []
    with threads(count):
        before = ceilings(bench)
        for number, case in enumerate(cases, start=1):
            print(
                f"\r{device_name(kind)}: {number} of {len(cases)}, {case.key:<60}", end="", file=sys.stderr, flush=True
            )
            for form in FORMATS[kind]:
                results += _results(case, form, bench, refused)
        after = ceilings(bench)
    print(file=sys.stderr)
    best = {name: max(rate, after[name]) for name, rate in before.items()}
    return Record(
        mode=effort.mode,
        kind=kind,
        device=device_name(kind),
        threads=count,
        cache=cache,
        versions=versions(kind),
        blas=blas(),
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        sources=measured_digest(),
        bandwidth=best.pop("bandwidth"),
        flops=best,
        cases={case.key: case.recipe for case in cases},
        results=tuple(results),
        batch=batch,
        refused=tuple(refused),
    )


def _results(case: Case, form: Format, bench: Bench, refused: list[str]) -> list[Result]:
    """The numbers of a case, or lines in `refused`: a GPU lacks some operation in some format, or the memory for it."""
    results = []
    for by, direction in measurements(case, form, bench.kind):
        try:
            with multiplied_as(form):
                results.append(measure(case, by, direction, form, bench))
        except (RuntimeError, NotImplementedError) as error:
            if bench.kind == "cpu":
                raise
            refused.append(f"{case.key}, {by.label} {direction} in {form.name}: {str(error).splitlines()[0]}")
    if bench.kind == "cuda":
        torch.cuda.empty_cache()  # the next case finds all of the memory
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m scripts.timings`."""
    parser = argparse.ArgumentParser(prog="python -m scripts.timings", description=__doc__)
    parser.add_argument("--device", choices=[*KINDS, "all"], default="all", help="what to measure (all that is there)")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch and of NumPy's matrix products (1)")
    parser.add_argument("--batch", type=int, default=1, help="times the samples of each layer (1)")
    parser.add_argument("--seconds", type=float, help="time spent on each number (1; with --quick 0.005)")
    parser.add_argument("--quick", action="store_true", help="some seconds instead of minutes, into the cache")
    parser.add_argument("--into", type=Path, help="folder of the record (docs/data/timings, or the cache)")
    parser.add_argument("--ensure", action="store_true", help="make only the quick records that TIMINGS asks for")
    options = parser.parse_args(arguments)
    try:
        if options.threads < 1:
            raise RecordError(f"--threads must be at least 1. Got {options.threads}")
        if options.batch < 1:
            raise RecordError(f"--batch must be at least 1. Got {options.batch}")
        if options.seconds is not None and not 0 < options.seconds < float("inf"):
            raise RecordError(f"--seconds must be positive and finite. Got {options.seconds}")
        if options.ensure and (options.batch > 1 or options.seconds or options.into):
            raise RecordError("--ensure makes quick records for this machine's pages: no --batch, --seconds or --into")
        start = time.monotonic()
        if options.ensure:
            written = ensure(lambda kind: measured(kind, QUICK, options.threads))
        else:
            effort, folder = (QUICK, records.quick_folder()) if options.quick else (FULL, records.COMMITTED)
            effort = effort._replace(seconds=options.seconds or effort.seconds)
            made = [measured(kind, effort, options.threads, options.batch) for kind in devices(options.device)]
            written = [records.save(record, options.into or folder) for record in made]
    except (NoDeviceError, RecordError) as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        print(f"Measured in {time.monotonic() - start:.0f} s: {shown}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
