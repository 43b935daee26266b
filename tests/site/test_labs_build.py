"""A small site with a lab: what stops its build, what is shown while it runs, and what `make serve` does again."""

import logging
import re
import sys

import mkdocs.commands.build
import nbformat
import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from scripts.labs import execute
from tests.site.test_build import CONFIG, ROOT, make_site

LAB = """# ---
# jupyter:
#   handbook: {description: A planted lab., learn: nothing, minutes: 1, chapters: [chapters/90-planted.md]}
# ---

# %% [markdown]
# # A planted lab

# %% alt="A line that rises."
import matplotlib.pyplot as plt

total = 4 + 5
print(total)
plt.plot([1, 2]);

# %% [markdown]
# It is [[= total | words =]].
"""
CHAPTER = "---\ntitle: Planted\ndescription: A page beside a lab.\n---\n\n# Planted\n\n## Numbers\n\nWords.\n"
PAGE = "labs/90-planted/index.html"


@pytest.fixture
def small_site(tmp_path, monkeypatch):
    for name, value in {"SOURCE_DATE_EPOCH": "1767225600", "SITE_URL": "", "REPO_URL": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(execute, "CACHE", tmp_path / "cache")
    site = make_site(tmp_path / "site", CHAPTER)
    (site / "docs" / "bibliography.md").write_text("# Bibliography\n\nNone.\n")
    (site / "mkdocs.yml").write_text(CONFIG.format(root=ROOT) + "  - labs/90-planted.ipynb\n")
    (site / "docs" / "labs").mkdir()
    (site / "docs" / "labs" / "90-planted.py").write_text(LAB)
    return site


def write(site, old, new):
    path = site / "docs" / "labs" / "90-planted.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def build(site, caplog, *, dirty=False):
    """Build in this process, `dirty` as `make serve` does; what mkdocs said."""
    caplog.clear()
    caplog.set_level(logging.INFO, "mkdocs")
    config = load_config(str(site / "mkdocs.yml"), site_dir=str(site / "out"), strict=not dirty)
    mkdocs.commands.build.build(config, dirty=dirty)
    return caplog.text


def refused(site, caplog, cause):
    """The build stops with this cause and leaves no page."""
    with pytest.raises(Abort):
        build(site, caplog)
    assert re.search(cause, caplog.text, re.DOTALL), caplog.text
    assert "Traceback" not in caplog.text
    assert not (site / "out" / PAGE).exists()


def test_a_lab_becomes_a_page_with_downloads_and_links_both_ways(small_site, caplog):
    said = build(small_site, caplog)
    assert "lab 90-planted: cell 1 of 1" in said
    assert "lab 90-planted: done in" in said
    page = (small_site / "out" / PAGE).read_text()
    assert "It is nine." in page
    assert 'aria-label="A line that rises."' in page
    assert '<a href="../../chapters/90-planted/">Planted</a>' in page
    chapter = (small_site / "out" / "chapters" / "90-planted" / "index.html").read_text()
    assert '<a href="../../labs/90-planted/">A planted lab</a>' in chapter
    for ending in ("ipynb", "py"):
        assert (small_site / "out" / "labs" / "90-planted" / f"90-planted.{ending}").is_file()
    assert "colab" not in page
    assert not (small_site / "out" / "labs" / "90-planted" / "colab").exists()
    again = build(small_site, caplog)
    assert "lab 90-planted" not in again  # it came from the cache
    assert (small_site / "out" / PAGE).read_text() == page


def test_a_cell_that_fails_stops_the_build(small_site, caplog):
    write(small_site, "total = 4 + 5", "total = 4 / 0")
    refused(small_site, caplog, r"docs/labs/90-planted\.py:10: ZeroDivisionError")


def test_a_cache_that_was_changed_or_is_stale_stops_the_build(small_site, caplog, tmp_path):
    build(small_site, caplog)
    (small_site / "out" / PAGE).unlink()
    (entry,) = (tmp_path / "cache").glob("*.json")
    whole = entry.read_text()
    entry.write_text(whole.replace("9", "8"))
    refused(small_site, caplog, "is not what was put there")
    entry.unlink()
    write(small_site, "total = 4 + 5", "total = 4 + 4")
    build(small_site, caplog)
    (small_site / "out" / PAGE).unlink()
    (newer,) = (tmp_path / "cache").glob("*.json")
    newer.write_text(whole)
    refused(small_site, caplog, "is stale: it was made from other cells")


def test_a_build_without_the_kernel_stops(small_site, caplog, monkeypatch):
    monkeypatch.setattr(execute, "KERNEL", [sys.executable, "-m", "no_such_kernel"])
    refused(small_site, caplog, "no kernel: .*It needs ipykernel")


def test_serving_runs_and_writes_only_the_lab_that_was_edited(small_site, caplog):
    write(small_site, "total = 4 + 5", "total = 4 + 5  # first")
    (small_site / "docs" / "labs" / "91-other.py").write_text(LAB.replace("A planted", "Another"))
    config = small_site / "mkdocs.yml"
    config.write_text(config.read_text() + "  - labs/91-other.ipynb\n")
    pages = [small_site / "out" / "labs" / name / "index.html" for name in ("90-planted", "91-other")]
    build(small_site, caplog, dirty=True)
    before = [page.stat().st_mtime_ns for page in pages]
    assert "lab 9" not in build(small_site, caplog, dirty=True)
    assert [page.stat().st_mtime_ns for page in pages] == before
    write(small_site, "4 + 5", "4 + 6")
    said = build(small_site, caplog, dirty=True)
    assert set(re.findall(r"lab (\S+):", said)) == {"90-planted"}
    assert "It is ten." in pages[0].read_text()
    assert pages[1].stat().st_mtime_ns == before[1]


def test_with_a_repository_on_github_a_lab_opens_in_colab_and_installs_the_project(small_site, caplog, monkeypatch):
    monkeypatch.setenv("REPO_URL", "https://github.com/some-one/hand_book")
    build(small_site, caplog)
    page = (small_site / "out" / PAGE).read_text()
    assert "https://colab.research.google.com/github/some-one/hand_book/blob/labs/90-planted.ipynb" in page
    assert "https://github.com/some-one/hand_book/edit/main/docs/labs/90-planted.py" in page
    folder = small_site / "out" / "labs" / "90-planted"
    here, there = (nbformat.read(folder / name, 4) for name in ("90-planted.ipynb", "colab/90-planted.ipynb"))
    nbformat.validate(there)
    install, *rest = [cell.source for cell in there.cells]
    assert install == '%pip install -q "convolution-handbook[snippets] @ git+https://github.com/some-one/hand_book"'
    assert rest == [cell.source for cell in here.cells]
