"""Labs run from top to bottom, keep what they gave under a key, and stop the build when something is wrong."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from scripts.fingerprints import ROOT
from scripts.labs import execute, notebook
from scripts.labs.notebook import Lab, labs
from scripts.site.errors import PageError
from scripts.site.labs import filled, picture

HEADER = """# ---
# jupyter:
#   handbook: {description: d, learn: l, minutes: 1, chapters: []}
# ---

# %% [markdown]
# # Planted

"""
LABS = labs()
SITE = (ROOT / os.environ.get("HANDBOOK_SITE", "site")).resolve()


def planted(folder, cells):
    path = folder / "09-planted.py"
    path.write_text(HEADER + cells)
    return Lab(path, path.read_text())


def silent(_line):
    pass


def test_the_numbers_of_a_sentence_are_those_of_the_cells(tmp_path):
    lab = planted(
        tmp_path, "# %%\ntotal = sum([4, 5])\nprint(total)\n\n# %% [markdown]\n# It is [[= total | words =]].\n"
    )
    found = execute.result(lab, tmp_path, silent)
    assert (found.values, found.notebook.cells[1].outputs[0].text) == ({"total": 9}, "9\n")
    assert lab.told(found.values, found.hidden)[2] == "It is nine."


@pytest.mark.parametrize(
    ("cells", "line", "cause"),
    [
        ("# %%\na = 1\n\n# %%\nassert a == 2, 'a is one'\n", 13, "AssertionError: a is one"),
        ("# %%\nimport warnings\nwarnings.warn('old')\n", 10, "the cell prints a warning:"),
    ],
)
def test_a_cell_that_fails_or_warns_stops_the_build_with_its_line(tmp_path, cells, line, cause):
    with pytest.raises(PageError, match=re.escape(cause)) as raised:
        execute.result(planted(tmp_path, cells), tmp_path, silent)
    assert raised.value.line == line
    assert list(tmp_path.glob("*.json")) == []  # nothing is kept of it


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("It is [[= totl =]].", "totl"),
        ("It is 9.", "the number 9 is typed by hand"),
        ("So $a + b$ holds.", "computes something"),
        ('As [[= cite("nobody2030") =]] says.', "nobody2030"),
    ],
)
def test_a_sentence_obeys_the_rules_of_the_chapters(tmp_path, text, cause):
    lab = planted(tmp_path, f"# %%\ntotal = 9\n\n# %% [markdown]\n# {text}\n")
    with pytest.raises(PageError, match=re.escape(cause)) as raised:
        lab.told({"total": 9}, {})
    assert raised.value.line == 13


def test_an_entry_of_the_cache_that_was_changed_or_has_other_cells_stops_the_build(tmp_path):
    lab = planted(tmp_path, "# %%\ntotal = 9\nprint(total)\n")
    execute.result(lab, tmp_path, silent)
    (entry,) = tmp_path.glob("*.json")
    whole = entry.read_text()
    entry.write_text(whole.replace('"total", 9', '"total", 8'))
    assert entry.read_text() != whole
    with pytest.raises(PageError, match="is not what was put there"):
        execute.result(lab, tmp_path, silent)
    other = planted(tmp_path, "# %%\ntotal = 8\nprint(total)\n")
    (tmp_path / f"{other.name}-{other.key()[:20]}.json").write_text(whole)
    with pytest.raises(PageError, match="is stale: it was made from other cells"):
        execute.result(other, tmp_path, silent)


def test_a_lab_runs_again_when_a_cell_or_what_it_imports_changes_and_not_when_a_sentence_does(tmp_path, monkeypatch):
    lab = planted(tmp_path, "# %%\nfrom reference_impl.conv import conv\n")
    key = lab.key()
    assert planted(tmp_path, "# %%\nfrom reference_impl.conv import conv\n\n# %% [markdown]\n# Words.\n").key() == key
    assert planted(tmp_path, "# %%\nfrom reference_impl.conv import conv  # why\n").key() != key
    seen = []
    monkeypatch.setattr(notebook.fingerprints, "digest_of_files", lambda files, *_: seen.append(files) or "changed")
    assert planted(tmp_path, "# %%\nfrom reference_impl.conv import conv\n").key() != key
    names = {path.relative_to(ROOT).as_posix() for files in seen for path in files}
    assert "reference_impl/conv/fast.py" in names
    assert not any(name.startswith("reference_impl/networks") for name in names)


def test_a_drawing_without_a_description_is_refused(tmp_path):
    lab = planted(tmp_path, "# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n")
    with pytest.raises(PageError, match="say what is to be seen") as raised:
        filled(lab, execute.result(lab, tmp_path, silent))
    assert raised.value.line == 10


def test_a_header_that_lacks_something_is_refused(tmp_path):
    with pytest.raises(PageError, match="the header lacks chapters, description, learn, minutes"):
        _ = Lab(tmp_path / "01-bare.py", "# %% [markdown]\n# # Bare\n").facts


@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_the_page_of_a_lab_has_what_its_cells_printed_and_drew(lab):
    page = (SITE / "labs" / lab.name / "index.html").read_text()
    ran = nbformat.read(SITE / "labs" / lab.name / f"{lab.name}.ipynb", as_version=4)
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    drawings = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert page.count("lab-drawing") == len(drawings) > 0
    assert page.count('fill="currentColor" role="img"') == len(drawings)  # letters show on dark paper too
    assert page.count("language-text highlight") == len(outputs) - len(drawings) > 0
    assert "jp-" not in page
    assert "<style" not in page
    assert picture(lab, ran).startswith('<svg fill="#808080" ')
    assert [cell.source for cell in ran.cells if cell.cell_type == "code"] == [
        cell.source for cell in lab.notebook.cells if cell.cell_type == "code"
    ]
    assert lab.facts["minutes"] <= 2


@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_a_lab_and_its_chapters_lead_to_each_other(lab):
    page = (SITE / "labs" / lab.name / "index.html").read_text()
    for chapter in lab.facts["chapters"]:
        address = chapter.removesuffix(".md")
        assert f'href="../../{address}/"' in page
        assert f'href="../../labs/{lab.name}/"' in (SITE / address / "index.html").read_text()


@pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
def test_the_downloaded_file_runs_from_top_to_bottom(lab, tmp_path):
    program = SITE / "labs" / lab.name / f"{lab.name}.py"
    environment = execute.environment() | {"MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-W", "error", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "[[=" not in program.read_text()
