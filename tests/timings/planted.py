"""Records with invented numbers, for the tests of this folder only."""

import dataclasses

from scripts.timings.cases import CASES
from scripts.timings.implementations import IMPLEMENTATIONS
from scripts.timings.records import Record, Result, measured_digest

SLOWNESS = {"numpy": 4e-11, "twin": 3e-11, "library": 2e-11}  # seconds a multiplication


def results(cases=CASES, form="float32"):
    """A result for every implementation of every case; time follows the multiplications and the bytes."""
    made = []
    for case in cases:
        for by in IMPLEMENTATIONS:
            if by.computes(case.steps):
                seconds = SLOWNESS[by.name] * case.macs + 1e-11 * case.nbytes()
                for direction in ("forward", "backward") if by.torch else ("forward",):
                    made.append(Result(case.key, by.name, direction, form, seconds, seconds / 10, 9, case.nbytes()))
    return tuple(made)


def record(**changes):
    """A full record of an invented processor, up to date unless `changes` say otherwise."""
    made = Record(
        mode="full",
        kind="cpu",
        device="Invented Processor",
        threads=1,
        cache=1 << 20,
        versions={"python": "3.11.0", "numpy": "2.0.0", "torch": "2.6.0"},
        blas="invented 1.0",
        date="2026-05-03T12:00:00Z",
        sources=measured_digest(),
        flops={"float32": 1e11},
        bandwidth=1e10,
        cases={case.key: case.recipe for case in CASES},
        results=results(),
    )
    return dataclasses.replace(made, **changes)
