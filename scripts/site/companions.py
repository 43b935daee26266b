"""Blocks that need another framework than torch run in processes of their own, one a framework for all pages.

TensorFlow takes seconds to import, and none of them should see what another left behind. What a block printed is kept,
by its text and by the releases it ran with. Where a framework is not installed its blocks show what the page stores,
and a line says that they were not run; on CI that is a fault.
"""

import ast
import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache as once
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from scripts import fingerprints
from scripts.site.cache import cached
from scripts.site.errors import ROOT, PageError
from scripts.site.page import Block

# What a block imports -> the package to install and its name for readers. The first that a block needs is its process.
FRAMEWORKS = {
    "keras": ("keras", "Keras"),
    "tensorflow": ("tensorflow-cpu", "TensorFlow"),
    "jax": ("jax", "JAX"),
    "onnxruntime": ("onnxruntime", "ONNX Runtime"),
}
PROCESSES = {"keras": "tensorflow"}  # Keras runs on TensorFlow here
QUIET = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # which of TensorFlow's kernels run would depend on the processor
    "JAX_PLATFORMS": "cpu",
    "OMP_NUM_THREADS": "1",
}


@once
def needed_by(code: str) -> tuple[str, ...]:
    """The frameworks that a block imports, none where it runs with the others in the build's own process."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # told when it is run
        return ()
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    packages = {module.partition(".")[0] for module in modules}
    return tuple(name for name in FRAMEWORKS if name in packages)


def missing(code: str) -> list[str]:
    """The names, for readers, of the frameworks that a block needs and this machine lacks."""
    return [FRAMEWORKS[name][1] for name in needed_by(code) if not _is_here(name)]


def _is_here(name: str) -> bool:
    return find_spec(name) is not None


def releases(codes: Sequence[str]) -> list[str]:
    """The installed releases of the frameworks that some blocks need, for keys of caches."""
    return [f"{name} {_release(name)}" for name in FRAMEWORKS if any(name in needed_by(code) for code in codes)]


@fingerprints.kept_in_a_build
def _release(name: str) -> str:
    try:
        return version(FRAMEWORKS[name][0])
    except PackageNotFoundError:
        return "none"


def output_of(page: str, block: Block) -> str | None:
    """What a block prints that needs a framework; None where the framework is not installed.

    Raises:
        PageError: whatever is wrong with the block; on CI also a framework that is not installed.
    """
    if lacking := missing(block.code):
        if os.environ.get("CI"):
            cause = f"{', '.join(lacking)} is not installed, and CI runs every block: sh scripts/setup.sh frameworks."
            raise PageError(page, block.line, cause)
        return None
    key = [block.code, *releases([block.code]), fingerprints.of_module(__name__), *fingerprints.of_what_pages_use()]
    return cached("frameworks", key, lambda: _asked(page, block))


def _asked(page: str, block: Block) -> str:
    first = needed_by(block.code)[0]
    process = _process(PROCESSES.get(first, first))
    answer = process.ask({"page": page, "block": asdict(block)})
    if "fault" in answer:
        raise PageError(*answer["fault"])
    return answer["output"]


class Process:
    """A Python that runs blocks for us, one at a time."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # what the framework says to nobody, if it dies
        command = [sys.executable, "-m", "scripts.site.companion", framework]
        self.python = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | QUIET, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip
        atexit.register(self.end)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its answer to a block.

        Raises:
            RuntimeError: if it died over it.
        """
        assert self.python.stdin
        assert self.python.stdout
        try:
            self.python.stdin.write(json.dumps(question) + "\n")
            self.python.stdin.flush()
            line = self.python.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.errors.seek(0)
            _process.cache_clear()
            raise RuntimeError(f"the process of {self.framework} died: {self.errors.read()[-2000:]}")
        return json.loads(line)

    def end(self) -> None:
        """End the process: when nobody can ask any more it stops by itself."""
        for stream in (self.python.stdin, self.python.stdout, self.errors):
            if stream:
                stream.close()
        self.python.wait()


@once
def _process(framework: str) -> Process:
    return Process(framework)
