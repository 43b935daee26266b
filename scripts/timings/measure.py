"""Measure a case: median and spread of its time, and the memory it takes beside its inputs."""

import contextlib
import itertools
import math
import os
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from scripts.timings.cases import Case
from scripts.timings.clock import race
from scripts.timings.implementations import IMPLEMENTATIONS, Implementation
from scripts.timings.inputs import SPARE, InputSet, as_tensors, input_sets
from scripts.timings.records import Result


class Format(NamedTuple):
    """How numbers are kept and multiplied."""

    name: str
    dtype: torch.dtype
    tf32: bool = False
    channels_last: bool = False


FLOAT32 = Format("float32", torch.float32)
FORMATS = {
    "cpu": (FLOAT32,),
    "cuda": (
        FLOAT32,
        Format("tf32", torch.float32, tf32=True),
        Format("bfloat16", torch.bfloat16),
        Format("bfloat16, channels_last", torch.bfloat16, channels_last=True),
    ),
}


class Effort(NamedTuple):
    """How long a measurement may take.

    Attributes:
        mode: Its name in records.
        seconds: Time spent on each number, at least.
        ceiling: Time spent on each ceiling.
        graphs: How many results are kept at most for backward passes to take in turn; making them takes time.
        matrix: Rows of the square matrices whose product is the ceiling of arithmetic, on "cpu" and on "cuda".
    """

    mode: str
    seconds: float
    ceiling: float
    graphs: int
    matrix: dict[str, int]


FULL = Effort("full", 1.0, 2.0, 64, {"cpu": 2048, "cuda": 8192})
QUICK = Effort("quick", 0.005, 0.1, 2, {"cpu": 1024, "cuda": 4096})


class Bench(NamedTuple):
    """What stays the same from case to case.

    Attributes:
        kind: "cpu" or "cuda".
        threads: Threads of torch and of NumPy's matrix products.
        cache: Bytes that the largest cache holds.
        effort: How long to measure.
        numbers: The pool that inputs come from.
    """

    kind: str
    threads: int
    cache: int
    effort: Effort
    numbers: np.ndarray


def measurements(case: Case, form: Format, kind: str) -> Iterator[tuple[Implementation, str]]:
    """What a device is asked for: forward, and backward where there are gradients.

    A GPU runs no NumPy, and torch primitives beside a kernel of torch in float32 alone.
    """
    able = [implementation for implementation in IMPLEMENTATIONS if implementation.computes(case.steps)]
    if kind == "cuda":
        able = [implementation for implementation in able if implementation.torch]
        able = able if form == FLOAT32 else able[-1:]
    for implementation in able:
        yield implementation, "forward"
        if implementation.torch:
            yield implementation, "backward"


def measure(case: Case, by: Implementation, direction: str, form: Format, bench: Bench) -> Result:
    """One number: a case by an implementation, forward or backward."""
    run = _forward if direction == "forward" else _backward
    return run(case, by, input_sets(case, bench.numbers), form, bench)


def _forward(case: Case, by: Implementation, sets: Sequence[InputSet], form: Format, bench: Bench) -> Result:
    if by.torch:
        sets = [as_tensors(one, bench.kind, form.dtype, form.channels_last, leaves=False) for one in sets]

    def run(inputs: InputSet) -> Any:
        return by.compute(case.steps, inputs.x, inputs.operands)

    with torch.inference_mode() if by.torch else contextlib.nullcontext():
        return _result(case, by, "forward", form, run, sets, bench)


class _Graph(NamedTuple):
    """A result that remembers how it was made, what it was made of, and the gradient that arrives at it."""

    result: torch.Tensor
    leaves: list[torch.Tensor]
    gradient: torch.Tensor


def _backward(case: Case, by: Implementation, sets: Sequence[InputSet], form: Format, bench: Bench) -> Result:
    """Gradients of all inputs, weights, offsets and masks, through graphs that are made beforehand and kept."""
    enough = math.ceil(SPARE * bench.cache / case.nbytes(form.dtype.itemsize))
    graphs = []
    for one in sets[: min(enough, bench.effort.graphs)]:
        leaves = as_tensors(one, bench.kind, form.dtype, form.channels_last, leaves=True)
        result = by.compute(case.steps, leaves.x, leaves.operands)
        graphs.append(_Graph(result, leaves.all, result.detach().clone()))

    def run(graph: _Graph) -> Any:
        return torch.autograd.grad(graph.result, graph.leaves, graph.gradient, retain_graph=True)

    return _result(case, by, "backward", form, run, graphs, bench)


def _result(
    case: Case,
    by: Implementation,
    direction: str,
    form: Format,
    run: Callable[[Any], Any],
    sets: Sequence[Any],
    bench: Bench,
) -> Result:
    memory = extra_memory(lambda: run(sets[0]), bench.kind if by.torch else "numpy")  # warms up as well
    times = timed(run, sets, bench.kind, bench.effort.seconds)
    quartiles = np.quantile(times, (0.25, 0.5, 0.75))
    spread = float(quartiles[2] - quartiles[0])
    return Result(case.key, by.name, direction, form.name, float(quartiles[1]), spread, len(times), memory)


def timed(run: Callable[[Any], Any], sets: Sequence[Any], kind: str, seconds: float) -> list[float]:
    """Seconds of single runs, each on the next set of inputs; of fast runs the mean of some is one time."""
    rounds = itertools.cycle(sets)
    wait = torch.cuda.synchronize if kind == "cuda" else lambda: None
    return race({"": lambda: run(next(rounds))}, seconds, wait=wait)[""]


def extra_memory(run: Callable[[], Any], where: str) -> int:
    """Most bytes in use at once during a run, beyond those in use before it; the result is among them.

    Args:
        run: What to measure.
        where: "numpy", "cpu" or "cuda".
    """
    return {"numpy": _traced, "cpu": _profiled, "cuda": _allocated}[where](run)


def _traced(run: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        kept = run()
        _, peak = tracemalloc.get_traced_memory()
        del kept
        return peak - before
    finally:
        tracemalloc.stop()


def _profiled(run: Callable[[], Any]) -> int:
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler announces itself on the terminal
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        kept = run()
    del kept
    # None only before the profiler has run.
    events = profiler.profiler.kineto_results.events()  # type: ignore[union-attr]
    ordered: list[Any] = sorted(events, key=lambda event: event.start_ns())
    changes = [event.nbytes() for event in ordered if event.name() == "[memory]"]
    return max(itertools.accumulate(changes), default=0)


def _allocated(run: Callable[[], Any]) -> int:
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    kept = run()
    torch.cuda.synchronize()
    del kept
    return torch.cuda.max_memory_allocated() - before


@contextlib.contextmanager
def multiplied_as(form: Format) -> Iterator[None]:
    """Let a GPU multiply float32 as the format says, and choose its fastest kernel for each shape."""
    backend = torch.backends.cudnn
    before = (torch.get_float32_matmul_precision(), backend.allow_tf32, backend.benchmark)
    torch.set_float32_matmul_precision("high" if form.tf32 else "highest")
    backend.allow_tf32, backend.benchmark = form.tf32, True
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        backend.allow_tf32, backend.benchmark = before[1:]
