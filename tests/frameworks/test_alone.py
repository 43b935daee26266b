"""Each framework is tested in a process of its own: TensorFlow alone takes seconds to import, and none sees another.

One of them: `pytest tests/frameworks/test_alone.py -k keras`. Their own files need the environment QUIET.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDS = {
    "torch": ("torch",),
    "onnx": ("onnx", "onnxruntime"),
    "keras": ("keras", "tensorflow"),
    "tensorflow": ("tensorflow",),
    "jax": ("jax",),
}
QUIET = {
    "OMP_NUM_THREADS": "1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # which of TensorFlow's kernels run would depend on the processor
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_backend_optimization_level=0",  # each layer runs once: compile it quickly
}
OTHERS = {"torch", "keras", "tensorflow", "jax", "onnx", "onnxruntime"}


@pytest.mark.parametrize("framework", [*NEEDS, "network"])
def test_the_tests_of_a_framework_pass_in_a_process_of_their_own(framework):
    needed = NEEDS.get(framework, sorted(OTHERS))  # a network moves through all of them
    missing = [package for package in needed if importlib.util.find_spec(package) is None]
    assert not missing, f"{', '.join(missing)} is not installed: sh scripts/setup.sh frameworks"
    files = [f"tests/frameworks/test_{framework}.py"]
    files += [f"reference_impl/frameworks/{framework}.py"] if framework in NEEDS else []
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:xdist", "-p", "no:cacheprovider", *files]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | QUIET
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# Without the frameworks: a line of source for each, and a computation that says what to install.
BARE = """
import sys
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {others!r} else found(name, *rest)
import numpy as np
from importlib import import_module
from reference_impl.frameworks import layer
written = import_module("reference_impl.frameworks.{framework}")
given = layer((1, 2, 9), (4, 2, 3), stride=2, data_format="channels_last")
print(written.call(given))
try:
    written.run(given, np.zeros((1, 2, 9)), np.zeros((4, 2, 3)), np.zeros(4))
except ModuleNotFoundError as missing:
    print(missing)
"""


@pytest.mark.parametrize("framework", NEEDS)
def test_the_line_needs_no_framework_and_its_computation_says_which_extra_to_install(framework):
    code = BARE.format(others=sorted(OTHERS), framework=framework)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    line, said = done.stdout.splitlines()
    assert "onv" in line
    missing, extra = NEEDS[framework][0], "torch" if framework == "torch" else "frameworks"
    missing = "onnxruntime" if framework == "onnx" else missing
    assert said == f"computing in {missing} needs it. Install it: pip install 'convolution-handbook[{extra}]'"


@pytest.mark.parametrize("framework", ["", *NEEDS])
def test_importing_the_file_of_a_framework_imports_none(framework):
    name = f"reference_impl.frameworks.{framework}".rstrip(".")
    code = f"import sys, {name}\nprint(*set(sys.modules) & {OTHERS!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
