"""Nothing is worked out twice, and nothing out of date is ever used."""

import subprocess
import sys

import pytest

from scripts.site import cache
from scripts.site.errors import ROOT
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


def test_the_digest_depends_on_where_parts_end():
    assert cache.digest_of("ab", "c") != cache.digest_of("a", "bc")
    assert cache.digest_of("ab") == cache.digest_of(b"ab")


def test_the_digest_of_files_depends_on_their_names_and_contents_only(tmp_path):
    one, two = tmp_path / "1.py", tmp_path / "2.py"
    one.write_text("x")
    two.write_text("y")
    first = cache.digest_of_files([one, two], tmp_path)
    assert cache.digest_of_files([two, one], tmp_path) == first
    one.write_text("y")
    two.write_text("x")
    assert cache.digest_of_files([one, two], tmp_path) != first


def test_the_digest_of_the_sources_sees_python_files_at_any_depth(tmp_path):
    file = tmp_path / "reference_impl" / "deep" / "a.py"
    file.parent.mkdir(parents=True)
    digests = {cache.sources_digest(root=tmp_path)}
    file.write_text("a")
    digests.add(cache.sources_digest(root=tmp_path))
    file.write_text("b")
    digests.add(cache.sources_digest(root=tmp_path))
    file.rename(file.with_name("b.py"))
    digests.add(cache.sources_digest(root=tmp_path))
    assert len(digests) == 4
    file.with_name("note.txt").write_text("not a source")
    assert cache.sources_digest(root=tmp_path) in digests


def test_the_digest_of_the_versions_imports_nothing():
    program = """if True:
        import sys
        from scripts.site.cache import versions_digest
        versions_digest()
        print([name for name in ("numpy", "torch", "sympy", "matplotlib", "scipy", "sklearn") if name in sys.modules])
    """
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
