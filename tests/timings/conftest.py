"""Folders of their own for the records of each test, so that none of them sees or changes what this machine has."""

from types import SimpleNamespace

import pytest

from scripts.site import cache
from scripts.timings import records


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Where records are looked for: `committed` and `quick`; TIMINGS is never."""
    places = SimpleNamespace(committed=tmp_path / "committed", quick=tmp_path / "quick")
    monkeypatch.setattr(records, "COMMITTED", places.committed)
    monkeypatch.setenv("HANDBOOK_TIMINGS", str(places.quick))
    monkeypatch.setenv("TIMINGS", "never")
    cache.begin_build()
    yield places
    cache.begin_build()
