"""What the device can do at best, measured in the same run: one large matrix product, one large copy."""

import numpy as np
import torch

from scripts.timings.measure import FORMATS, Bench, Format, multiplied_as, timed

COPIED = 4  # times the largest cache: a copy of this many bytes comes from memory
LEAST_COPIED = 64 << 20  # bytes


def peak_flops(form: Format, bench: Bench) -> float:
    """Floating-point operations a second of a square matrix product: the best run of the faster library."""
    size = bench.effort.matrix[bench.kind]
    generator = np.random.default_rng(1)
    factors = [generator.standard_normal((size, size), dtype=np.float32) for _ in range(2)]
    a, b = (torch.from_numpy(factor).to(bench.kind, form.dtype) for factor in factors)
    product = torch.empty_like(a)
    with multiplied_as(form):
        best = min(timed(lambda _: torch.mm(a, b, out=product), [None], bench.kind, bench.effort.ceiling))
    if bench.kind == "cpu":
        result = np.empty_like(factors[0])
        best = min(best, *timed(lambda _: np.matmul(*factors, out=result), [None], bench.kind, bench.effort.ceiling))
    return 2 * size**3 / best


def bandwidth(bench: Bench) -> float:
    """Bytes a second of a large copy, read and written ones together."""
    numbers = max(COPIED * bench.cache, LEAST_COPIED) // 4
    source = torch.zeros(numbers, dtype=torch.float32, device=bench.kind) + 1  # written once: every page is real memory
    target = torch.empty_like(source)
    best = min(timed(lambda _: target.copy_(source), [None], bench.kind, bench.effort.ceiling))
    return 2 * 4 * numbers / best


def ceilings(bench: Bench) -> dict[str, float]:
    """Operations a second for each format of the device, and "bandwidth", bytes a second."""
    return {form.name: peak_flops(form, bench) for form in FORMATS[bench.kind]} | {"bandwidth": bandwidth(bench)}
