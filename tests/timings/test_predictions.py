"""Bounds from published rates: the arithmetic, and an entry without rate or source refused."""

import math

import pytest

from scripts.timings.cases import CASES
from scripts.timings.predictions import ITEMSIZE, Peak, bound, peaks

DENSE = next(case for case in CASES if case.key == "dense/3 × 3")
GPU = Peak("Invented", 1e12, {"float32": 1e13, "16-bit": 1e15}, (("A page", "https://example.org"),))


def test_a_bound_is_the_larger_of_operations_over_peak_and_bytes_over_bandwidth():
    numbers = 64 * 56 * 56 * 2 + 64 * 64 * 9
    assert math.isclose(bound(DENSE, GPU, "float32"), 2 * DENSE.macs / 1e13)
    assert math.isclose(bound(DENSE, GPU, "16-bit"), 2 * numbers / 1e12)
    assert bound(DENSE, GPU, "tf32") is None


def test_the_published_rates_are_complete_and_have_sources():
    found = {peak.name: peak for peak in peaks()}
    assert list(found) == ["H100 SXM", "A100 SXM, 80 GB", "L4", "RTX 4090", "T4"]
    assert all(url.startswith("https://") for peak in found.values() for _, url in peak.sources)
    for peak in found.values():
        rates = [peak.flops[form] for form in ITEMSIZE if form in peak.flops]
        assert rates == sorted(rates), f"{peak.name}: fewer bits are not slower"
    assert "tf32" not in found["T4"].flops


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        ("{name: X, tflops: {float32: 1}, sources: [{title: t, url: u}]}", "X needs a bandwidth and tflops"),
        ("{name: X, bandwidth: 1, sources: [{title: t, url: u}]}", "X needs a bandwidth and tflops"),
        ("{name: X, bandwidth: 1, tflops: {float32: 0}, sources: [{title: t, url: u}]}", "all positive"),
        ("{name: X, bandwidth: 1, tflops: {float8: 1}, sources: [{title: t, url: u}]}", "X has a rate for 'float8'"),
        ("{name: X, bandwidth: 1, tflops: {float32: 1}}", "X needs a source for its rates"),
    ],
)
def test_an_entry_without_rate_or_source_is_refused(tmp_path, entry, cause):
    path = tmp_path / "peaks.yml"
    path.write_text(f"- {entry}\n")
    with pytest.raises(ValueError, match=rf"peaks\.yml: .*{cause}"):
        peaks(path)
