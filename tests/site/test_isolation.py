"""Nothing leaks from block to block, and nothing depends on luck."""

import builtins
import os
import random
import subprocess
import sys
import time

import pytest
import torch

from scripts.site.errors import ROOT, PageError
from scripts.site.isolation import execute
from tests.site.planted import block, refusal, run

LEAKS = {
    "torch's default dtype": (
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "import torch\nprint(torch.ones(1).dtype)",
        "torch.float32",
    ),
    "torch's gradients": (
        "import torch\ntorch.set_grad_enabled(False)",
        "import torch\nprint(torch.is_grad_enabled())",
        "True",
    ),
    "NumPy's print options": (
        "import numpy as np\nnp.set_printoptions(precision=2)",
        "import numpy as np\nprint(np.get_printoptions()['precision'])",
        "8",
    ),
    "NumPy's handling of errors": (
        "import numpy as np\nnp.seterr(all='ignore')",
        "import numpy as np\nprint(np.geterr()['divide'])",
        "warn",
    ),
    "open figures": (
        "import matplotlib.pyplot as plt\nplt.figure()",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())",
        "[]",
    ),
    "matplotlib's style": (
        "import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = 77",
        "import matplotlib.pyplot as plt\nprint(plt.rcParams['lines.linewidth'] == 77)",
        "False",
    ),
    "the filters of warnings": (
        "import warnings\nwarnings.simplefilter('ignore')",
        "import warnings\nprint(warnings.filters[0][0])",
        "error",
    ),
    "the environment": ("import os\nos.environ['LEAK'] = '1'", "import os\nprint('LEAK' in os.environ)", "False"),
    "the working directory": (
        "import os\nos.chdir('/')",
        "import os\nfrom pathlib import Path\nprint(Path.cwd() == Path('/'))",
        "False",
    ),
    "the standard output": ("import sys\nsys.stdout = sys.stderr", "print('here')", "here"),
    "variables": ("left = 1", "print('left' in globals())", "False"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_state_does_not_leak_from_block_to_block(name):
    first, second, expected = LEAKS[name]
    run(block(first) + block(second, expected))


def test_the_state_after_a_page_is_that_of_a_fresh_process():
    import torch

    run(block("import torch\ntorch.set_default_dtype(torch.float64)"))
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize(
    "draw",
    [
        "import random\nx = random.random()",
        "import numpy as np\nx = np.random.rand()",
        "import numpy as np\nx = np.random.default_rng().random()",
        "import torch\nx = torch.rand(1).item()",
        "import time\nx = time.perf_counter()",
    ],
)
def test_a_result_that_depends_on_an_unseeded_generator_or_on_the_time_is_refused(draw):
    with pytest.raises(PageError, match=refusal(1, "depends on an unseeded generator or on the time")):
        run(block(draw))


def test_random_numbers_that_do_not_matter_need_no_seed():
    run(block("import torch\nprint(tuple(torch.nn.Conv2d(3, 8, 5).weight.shape))", "(8, 3, 5, 5)"))


def test_seeded_random_numbers_pass():
    code = """
        import random
        import numpy as np
        import torch

        random.seed(1)
        torch.manual_seed(1)
        drawn = random.random() + torch.rand(1).item() + np.random.default_rng(1).random()
    """
    assert run(block(code)).variables["drawn"] == run(block(code)).variables["drawn"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("n = 0\nwhile True:\n    n += 1", 3),
        ("import time\ntime.sleep(60)", 3),
        ("while True:\n    try:\n        x = 1\n    except Exception:\n        pass", 2),
    ],
    ids=["a loop", "a sleep", "a loop that catches exceptions"],
)
def test_a_block_that_never_ends_is_stopped_and_named(code, line, monkeypatch):
    monkeypatch.setenv("BLOCK_SECONDS", "0.2")
    cause = r"this block was stopped after 0\.2 s \(BLOCK_SECONDS\)"
    with pytest.raises(PageError, match=refusal(r"\d+", cause)) as caught:
        run(block(code))
    assert line <= caught.value.line <= line + 3


def test_a_block_that_catches_every_order_to_stop_ends_the_process_with_its_name():
    code = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    program = (
        f"from scripts.site import isolation; isolation.GRACE = 0\nisolation.execute({code!r}, 'docs/endless.md', 0)"
    )
    command = [sys.executable, "-c", program]
    environment = os.environ | {"BLOCK_SECONDS": "0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (70, "docs/endless.md: a block catches every order to stop\n")


def test_the_clock_of_a_block_ends_with_it(monkeypatch):
    monkeypatch.setenv("BLOCK_SECONDS", "0.3")
    run(block("x = 1"))
    time.sleep(0.5)


def runs(code):
    """How often a block is run."""
    builtins.times_run = 0
    run(block(f"import builtins, random\nimport numpy as np\nimport torch\nbuiltins.times_run += 1\n{code}"))
    return vars(builtins).pop("times_run")


@pytest.mark.parametrize(
    "code",
    [
        "torch.manual_seed(0)\nx = torch.rand(2).tolist()",
        "from torch import manual_seed\nmanual_seed(0)\nx = torch.rand(2).tolist()",
        "np.random.seed(3)\nx = np.random.rand(2).tolist()",
        "random.seed(3)\nx = random.random()",
        "torch.manual_seed(0)\nx = torch.rand(2).tolist()\ntorch.manual_seed(1)\ny = torch.rand(2).tolist()",
        "x = 1",
    ],
)
def test_a_block_that_seeds_itself_before_it_draws_runs_once(code):
    assert runs(code) == 1


@pytest.mark.parametrize(
    "code",
    [
        "_ = torch.rand(2)\ntorch.manual_seed(0)\nx = torch.rand(2).tolist()",
        "torch.manual_seed(0)\nx = torch.rand(2).tolist()\n_ = np.random.rand(2)",
        "random.seed()\n_ = random.random()",
        "random.seed(1)\nx = random.random()\nrandom.seed(None)\n_ = random.random()",
        "_ = torch.nn.Linear(2, 2)",
    ],
)
def test_a_block_that_draws_before_it_seeds_runs_twice(code):
    assert runs(code) == 2


def test_a_draw_before_the_seed_is_still_refused():
    code = "import torch\nx = torch.rand(2).tolist()\ntorch.manual_seed(0)\ny = torch.rand(2).tolist()"
    with pytest.raises(PageError, match=refusal(1, "depends on an unseeded generator or on the time")):
        run(block(f"import torch\n{code}"))


def test_seeding_is_left_as_it_was():
    before = random.seed, torch.manual_seed
    run(block("import torch\ntorch.manual_seed(0)"))
    assert (random.seed, torch.manual_seed) == before


def test_what_a_module_draws_while_it_is_loaded_is_no_use_of_a_generator(tmp_path, monkeypatch):
    (tmp_path / "draws_once.py").write_text("import random\n\nrandom.random()\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    code = "import draws_once\nimport random\n\nrandom.seed(3)\nnumber = random.random()"
    assert not execute(code, "page.md", 0).used_random_state
    assert execute(code.replace("seed(3)", "random()"), "page.md", 0).used_random_state


def test_an_import_that_fails_is_told_by_the_line_that_imports():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        execute("import no_such_module.inside", "page.md", 0)
