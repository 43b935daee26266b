"""The benchmark: rivals must agree, take turns, and be reported beside torch."""

import re

import numpy as np
import pytest

from scripts import bench, bench_cases
from scripts.timings.clock import FEWEST, race

SMALL = {
    "conv": lambda: bench_cases.convolution((1, 4, 6, 5), (6, 4, 3, 2), padding=1, beside_scipy=True),
    "conv of groups": lambda: bench_cases.convolution((2, 4, 9), (6, 2, 3), stride=2, dilation=2, groups=2),
    "transposed": lambda: bench_cases.transposed((1, 3, 4, 5), (3, 2, 3, 2), stride=2, padding=1),
    "deformable": lambda: bench_cases.deformable((1, 3, 6, 5), (2, 3, 3, 2), padding=1),
    "im2col": lambda: bench_cases.columns((2, 3, 6, 5), (3, 2), padding=1),
    "pixel shuffle": lambda: bench_cases.rearranged((2, 8, 3, 4), "pixel_shuffle", factor=2),
    "channel shuffle": lambda: bench_cases.rearranged((2, 6, 3, 4), "channel_shuffle", groups=3),
}


@pytest.mark.parametrize("build", SMALL.values(), ids=SMALL)
def test_all_rivals_of_an_operator_compute_the_same(build):
    results = [np.asarray(call()) for name, call in build().items() if "alone" not in name]
    assert len(results) >= 3
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("length", [256, 100])
def test_the_floor_multiplies_as_many_columns_as_the_convolution_has(monkeypatch, length):
    monkeypatch.setattr(bench_cases, "BLOCK_BYTES", 0)  # 256 columns a block, the fewest
    rivals = bench_cases.convolution((3, 4, length), (6, 4, 3), padding=1)
    expected = np.asarray(rivals["torch"]())[0]  # the only block is the first sample's
    product, columns = np.matmul, []
    monkeypatch.setattr(np, "matmul", lambda a, b, out: columns.append(b.shape[1]) or product(a, b, out=out))
    np.testing.assert_allclose(rivals["np.matmul alone"](), expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.asarray(rivals["torch.mm alone"]()), expected, rtol=0, atol=1e-5)
    assert sum(columns) == 3 * length


@pytest.mark.parametrize("wrong", [np.ones((2, 3)) * 1.1, np.ones((3, 2)), np.full((2, 3), np.nan)])
def test_a_rival_that_computes_something_else_stops_the_benchmark(wrong):
    with pytest.raises(ArithmeticError, match="bench: fast and torch disagree"):
        bench_cases._agreeing({"torch": lambda: np.ones((2, 3)), "fast": lambda: wrong})


def test_rivals_take_turns_until_each_has_had_its_time():
    seconds, calls = [0.0], []

    def rival(name, cost):
        def call():
            calls.append(name)
            seconds[0] += cost

        return call

    times = race(
        {"quick": rival("quick", 0.01), "slow": rival("slow", 10.0)},
        bench.SECONDS_A_RIVAL,
        lambda: seconds[0],
        bench.MOST,
    )
    assert calls[:4] == ["quick", "slow", "quick", "slow"]
    assert (len(times["quick"]), len(times["slow"])) == (bench.MOST, FEWEST)
    assert times["slow"] == [10.0, 10.0]


def test_fast_runs_are_timed_together():
    seconds, calls = [0.0], [0]

    def call():
        calls[0] += 1
        seconds[0] += 1e-5

    times = race({"fast": call}, 0.01, lambda: seconds[0])["fast"]
    assert times == pytest.approx([1e-5] * len(times))
    assert calls[0] > 100 * len(times)


def test_a_report_sets_every_rival_beside_torch(capsys):
    bench.report("3x3", {"conv": [0.2, 0.3, 0.4], "torch": [0.1, 0.2, 0.3]})
    lines = [re.sub(r" +", " ", line) for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == [
        "3x3",
        " torch 200.00 ms (100.00 to 300.00) 1.00 × torch",
        " conv 300.00 ms (200.00 to 400.00) 1.50 × torch",
    ]
    bench.report("without torch", {"conv": [0.2, 0.3, 0.4]})
    assert "torch" not in capsys.readouterr().out.splitlines()[-1]
