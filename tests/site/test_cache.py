"""Nothing is worked out twice, and nothing out of date is ever used."""

import pytest

from scripts.site import cache
from tests.site.planted import entries


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of this test's own."""
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_bytes_and_values_are_kept_apart_by_kind_and_key(folder):
    assert cache.cached("a", ["k"], lambda: [1, {"x": None}]) == [1, {"x": None}]
    assert cache.cached("a", ["k"], lambda: "never called") == [1, {"x": None}]
    assert cache.cached("b", ["k"], lambda: 2) == 2
    assert cache.cached("a", ["k", ""], lambda: 3) == 3
    assert cache.cached_bytes("c", [b"k"], lambda: b"\x00\xff") == b"\x00\xff"
    assert cache.cached_bytes("c", [b"k"], lambda: b"never") == b"\x00\xff"
    assert len(entries(folder)) == 4


def test_a_failing_computation_leaves_nothing_behind(folder):
    with pytest.raises(ZeroDivisionError):
        cache.cached("a", ["k"], lambda: 1 / 0)
    assert entries(folder) == []
