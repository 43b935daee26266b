"""The one loop that measures: rivals take turns, so that a busy machine slows all of them alike."""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

FEWEST = 2  # times of each rival
SHORTEST = 1e-3  # seconds that one time covers: faster runs are timed together, and their mean is one time


def race(
    rivals: Mapping[str, Callable[[], Any]],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
    most: int | None = None,
    wait: Callable[[], Any] = lambda: None,
) -> dict[str, list[float]]:
    """Seconds of a run of every rival, again and again.

    Args:
        rivals: Name -> what is measured.
        seconds: Time after which a rival stops being repeated.
        clock: What tells the time.
        most: Times of each rival at most.
        wait: Called before the clock is read: a GPU is still at work when a call returns.
    """
    runs = {name: _runs_together(call, clock, wait) for name, call in rivals.items()}  # warms up as well
    times: dict[str, list[float]] = {name: [] for name in rivals}
    collecting = gc.isenabled()
    gc.disable()
    try:
        while waiting := [name for name in rivals if _goes_on(times[name], runs[name], seconds, most)]:
            for name in waiting:
                times[name].append(_timed(rivals[name], runs[name], clock, wait) / runs[name])
    finally:
        if collecting:
            gc.enable()
    return times


def _goes_on(times: list[float], runs: int, seconds: float, most: int | None) -> bool:
    return len(times) < FEWEST or (runs * sum(times) < seconds and (most is None or len(times) < most))


def _runs_together(call: Callable[[], Any], clock: Callable[[], float], wait: Callable[[], Any]) -> int:
    """How many runs take `SHORTEST` seconds."""
    runs = 1
    while _timed(call, runs, clock, wait) < SHORTEST:
        runs *= 2
    return runs


def _timed(call: Callable[[], Any], runs: int, clock: Callable[[], float], wait: Callable[[], Any]) -> float:
    wait()
    start = clock()
    for _ in range(runs):
        call()
    wait()
    return clock() - start
