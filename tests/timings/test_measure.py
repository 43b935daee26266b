"""A quick measurement of a tiny table makes a whole record; memory is what was allocated; threads are put back."""

import numpy as np
import pytest
import torch

from scripts.timings import measure, records
from scripts.timings.__main__ import _results, measured
from scripts.timings.cases import Case
from scripts.timings.device import cache_bytes, cores, device_name, threads
from scripts.timings.measure import FLOAT32, Effort, extra_memory, multiplied_as, timed
from scripts.timings.operations import Step, conv, deform_conv

TINY = Effort("quick", 1e-5, 1e-5, 2, {"cpu": 8, "cuda": 8})
CASES = (
    Case("tiny", "dense", "nowhere", (1, 4, 5, 3), (conv(4, 4, 3, 3, padding=1),), "dense"),
    Case(
        "tiny", "in two steps", "nowhere", (2, 4, 5, 3),
        (conv(4, 1, 3, 3, groups=4), Step("channel_shuffle", options={"groups": 2})), "depthwise",
    ),
    Case("tiny", "deformable", "nowhere", (1, 4, 5, 3), (deform_conv(4, 4, 3, 3, modulated=True),), "deformable"),
)  # fmt: skip


def test_a_tiny_table_is_measured_saved_and_read_again(tmp_path, capsys):
    record = measured("cpu", TINY, cases=CASES, cache=1 << 10)
    again = records.load(records.save(record, tmp_path))
    assert again == record
    assert (record.mode, record.kind, record.device) == ("quick", "cpu", device_name("cpu"))
    assert not record.stale
    assert record.refused == ()
    expected = {
        (case.key, by, direction, "float32")
        for case in CASES
        for by in ("numpy", "twin", "library")
        for direction in ("forward", "backward")
        if not (by == "numpy" and direction == "backward") and not (by == "library" and case.name == "deformable")
    }
    assert {result[:4] for result in record.results} == expected
    result_bytes = {case.key: 4 * int(np.prod(case.shapes[-1])) for case in CASES}
    for result in record.results:
        if result.direction == "forward":
            assert result.memory >= result_bytes[result.case]
    assert "3 of 3, tiny/deformable" in capsys.readouterr().err


def test_a_batch_repeats_the_samples_of_every_case(tmp_path):
    record = measured("cpu", TINY, batch=3, cases=CASES[:2], cache=1 << 10)
    assert record.cases == {case.key: case.batched(3).recipe for case in CASES[:2]}
    assert [case.batched(3).input_shape[0] for case in CASES[:2]] == [3, 6]
    assert record.find(CASES[0], "library", "forward").memory >= 3 * 4 * int(np.prod(CASES[0].shapes[-1]))
    assert record.file_name.endswith("-batch-3.json")
    assert record.name == f"{device_name('cpu')}, batch of 3"
    assert records.load(records.save(record, tmp_path)) == record


def test_extra_memory_is_the_most_in_use_at_once():
    def numpy_run():
        first = np.ones(250_000, dtype=np.float32)
        second = first + 1
        del first
        return np.concatenate([second[:1], second[:2]])

    def torch_run():
        first = torch.ones(250_000)
        second = first + 1
        del first
        return torch.cat([second[:1], second[:2]])

    assert 2_000_000 <= extra_memory(numpy_run, "numpy") < 2_050_000
    assert 2_000_000 <= extra_memory(torch_run, "cpu") < 2_050_000


def test_runs_take_the_sets_in_turn():
    seen = []
    timed(seen.append, ["a", "b", "c"], kind="cpu", seconds=1e-3)
    assert seen[:4] == ["a", "b", "c", "a"]


def test_threads_are_limited_and_put_back():
    before = torch.get_num_threads()
    with threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    with pytest.raises(ZeroDivisionError), threads(2):
        1 / 0  # noqa: B018
    assert torch.get_num_threads() == before


def test_the_ways_to_multiply_are_put_back():
    backend = torch.backends.cudnn
    before = (torch.get_float32_matmul_precision(), backend.allow_tf32, backend.benchmark)
    with multiplied_as(measure.FORMATS["cuda"][1]):
        assert (torch.get_float32_matmul_precision(), backend.allow_tf32, backend.benchmark) == ("high", True, True)
    assert (torch.get_float32_matmul_precision(), backend.allow_tf32, backend.benchmark) == before


def test_a_gpu_is_asked_for_torch_and_for_primitives_where_there_is_no_kernel():
    def asked(case, form, kind="cuda"):
        return [(by.name, direction) for by, direction in measure.measurements(case, form, kind)]

    def both(*names):
        return [(name, direction) for name in names for direction in ("forward", "backward")]

    bfloat16 = measure.FORMATS["cuda"][2]
    assert asked(CASES[0], FLOAT32) == both("twin", "library")
    assert asked(CASES[0], bfloat16) == both("library")
    assert asked(CASES[2], bfloat16) == both("twin")
    assert asked(CASES[0], FLOAT32, "cpu") == [("numpy", "forward"), *both("twin", "library")]


def test_what_a_gpu_refuses_is_noted_and_what_a_processor_refuses_is_a_fault(monkeypatch):
    def refuse(*_):
        raise RuntimeError("no kernel for this\nand a long story")

    monkeypatch.setattr("scripts.timings.__main__.measure", refuse)
    monkeypatch.setattr("torch.cuda.empty_cache", lambda: None)
    bench = measure.Bench("cuda", 1, 1, TINY, np.zeros(1, dtype=np.float32))
    refused = []
    assert _results(CASES[0], FLOAT32, bench, refused) == []
    assert refused == [
        f"tiny/dense, {label} {direction} in float32: no kernel for this"
        for label in ("torch primitives", "torch")
        for direction in ("forward", "backward")
    ]
    with pytest.raises(RuntimeError, match="no kernel"):
        _results(CASES[0], FLOAT32, bench._replace(kind="cpu"), refused)


def test_the_machine_is_described():
    assert device_name("cpu")
    assert "(R)" not in device_name("cpu")
    assert cache_bytes("cpu") >= 1 << 15
    assert cores() >= 1
