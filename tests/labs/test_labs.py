"""Labs run from top to bottom, keep what they gave under a key, and stop the build when something is wrong."""

import json
import re
import sys

import pytest

from scripts.labs import execute, notebook
from scripts.labs.notebook import ROOT, Lab
from scripts.site import isolation
from scripts.site.errors import PageError
from scripts.site.labs import filled

HEADER = """# ---
# jupyter:
#   handbook: {description: d, learn: l, minutes: 1, chapters: []}
# ---

# %% [markdown]
# # Planted

"""


def planted(folder, cells, name="09-planted"):
    path = folder / f"{name}.py"
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


def test_versions_and_the_code_that_runs_labs_are_part_of_the_key(tmp_path, monkeypatch):
    lab = planted(tmp_path, "# %%\ntotal = 9\n")
    key = lab.key()
    files = {path.relative_to(ROOT).as_posix() for path in notebook.RUN_BY}
    assert {"scripts/labs/execute.py", "scripts/labs/kernel.py", "scripts/site/isolation.py"} <= files
    monkeypatch.setattr(notebook, "RUN_BY", notebook.RUN_BY[1:])
    assert lab.key() != key
    monkeypatch.undo()
    assert lab.key() == key
    monkeypatch.setattr(notebook.fingerprints, "of_versions", lambda: "another torch")
    assert lab.key() != key


def test_a_lab_comes_from_the_cache_until_it_changes_and_only_the_changed_one_runs(tmp_path):
    heard = []
    both = [planted(tmp_path, f"# %%\nx = {number}\nprint(x)\n", f"0{number}-planted") for number in (1, 2)]
    execute.results(both, tmp_path, heard.append)
    assert {line.split(":")[0] for line in heard} == {"lab 01-planted", "lab 02-planted"}
    heard.clear()
    again = execute.results(both, tmp_path, heard.append)
    assert (heard, [result.values for result in again]) == ([], [{"x": 1}, {"x": 2}])
    edited = planted(tmp_path, "# %%\nx = 3\nprint(x)\n", "02-planted")
    results = execute.results([both[0], edited], tmp_path, heard.append)
    assert {line.split(":")[0] for line in heard} == {"lab 02-planted"}
    assert [result.values for result in results] == [{"x": 1}, {"x": 3}]


def test_each_cell_is_announced_with_the_seconds_so_far(tmp_path):
    heard = []
    execute.run(planted(tmp_path, "# %%\na = 1\n\n# %%\nb = 2\n"), heard.append)
    shapes = [re.sub(r"\d+ s", "N s", line) for line in heard]
    assert shapes == [
        "lab 09-planted: cell 1 of 2, N s",
        "lab 09-planted: cell 2 of 2, N s",
        "lab 09-planted: done in N s",
    ]


MEETS_ANOTHER = """# %%
import time
from pathlib import Path

here = Path({folder!r})
(here / "in-{number}").touch()
end = time.monotonic() + 120
while len(list(here.glob("in-*"))) < 2 and time.monotonic() < end:
    time.sleep(0.1)
time.sleep(0.5)
inside = len(list(here.glob("in-*"))) - len(list(here.glob("out-*")))
(here / "out-{number}").touch()
"""


def test_two_labs_run_at_a_time_and_never_three(tmp_path):
    cells = [MEETS_ANOTHER.format(folder=str(tmp_path), number=number) for number in range(3)]
    three = [planted(tmp_path, cell, f"0{number}-planted") for number, cell in enumerate(cells)]
    inside = [result.values["inside"] for result in execute.results(three, tmp_path, silent)]
    assert max(inside) == execute.AT_ONCE == 2


def test_a_kernel_has_one_thread_no_gpu_and_the_state_that_blocks_of_pages_begin_with(tmp_path):
    cells = """# %%
import os
import random

import numpy as np
import torch

threads = torch.get_num_threads(), os.environ["OMP_NUM_THREADS"], os.environ.get("PYTHONHASHSEED")
gpu = torch.cuda.is_available()
state = str(random.getstate()), np.random.get_state()[1].tolist(), torch.initial_seed()
"""
    values = execute.run(planted(tmp_path, cells), silent)["values"]
    found = execute.decode(values)
    assert found["threads"] in ((1, "1", "0"), [1, "1", "0"])
    assert found["gpu"] is False
    block = isolation.execute(cells, "block", seed=0).namespace
    assert list(found["state"]) == list(block["state"])


@pytest.mark.parametrize(
    ("code", "who"),
    [
        ("import numpy as np\nx = np.random.rand()", "numpy"),
        ("import torch\nx = torch.rand(1).item()", "torch"),
        ("import random\nx = random.random()", "random"),
        ("import numpy as np\nx = np.random.default_rng().random()", "default_rng()"),
        ("import torch\ntorch.seed()\nx = torch.rand(1).item()", "torch"),
    ],
)
def test_a_lab_that_draws_from_a_generator_that_nobody_seeded_is_refused(tmp_path, code, who):
    with pytest.raises(PageError, match=re.escape(f"nobody seeded ({who}")):
        execute.result(planted(tmp_path, f"# %%\n{code}\n"), tmp_path, silent)
    assert list(tmp_path.glob("*.json")) == []


def test_a_lab_that_seeds_what_it_draws_from_gives_the_same_again(tmp_path):
    cells = "# %%\nimport numpy as np\nimport torch\nunused = len(torch.rand(3))\ntorch.manual_seed(1)\n"
    lab = planted(tmp_path, cells + "x = torch.rand(1).item() + np.random.default_rng(1).random()\n")
    assert execute.run(lab, silent)["values"] == execute.run(lab, silent)["values"]


@pytest.mark.parametrize("module", ["no_such_kernel", "this"])  # it does not start; it ends before it speaks
def test_without_a_kernel_the_build_stops_and_keeps_nothing(tmp_path, monkeypatch, module):
    monkeypatch.setattr(execute, "KERNEL", [sys.executable, "-m", module])
    with pytest.raises(PageError, match=r"no kernel: .*It needs ipykernel"):
        execute.result(planted(tmp_path, "# %%\na = 1\n"), tmp_path, silent)
    assert list(tmp_path.glob("*.json")) == []


def test_an_entry_whose_cells_never_ran_is_refused(tmp_path):
    lab = planted(tmp_path, "# %%\ntotal = 9\nprint(total)\n")
    execute.result(lab, tmp_path, silent)
    (entry,) = tmp_path.glob("*.json")
    stored = json.loads(entry.read_text().partition("\n")[2])
    for cell in stored["notebook"]["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=None, outputs=[])
    emptied = json.dumps(stored)
    entry.write_text(f"{execute.digest_of(emptied)}\n{emptied}")
    with pytest.raises(PageError, match="is stale"):
        execute.result(lab, tmp_path, silent)
