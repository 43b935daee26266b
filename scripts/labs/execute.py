"""Run labs, two at a time, each in a kernel of its own; what they gave is kept in `.cache/labs/` under its key.

`python -m scripts.labs.execute` runs the labs that changed; names behind it choose some.
"""

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from scripts.fingerprints import ROOT, digest_of
from scripts.labs.notebook import Lab, labs
from scripts.site.errors import PageError
from scripts.site.values import decode

CACHE = ROOT / ".cache" / "labs"
AT_ONCE = 2
SECONDS = 300  # that one cell may take
KERNEL = [
    *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"),
    "--log-level=50",  # what fails comes back as an error
]
BEGIN = "from scripts.labs import kernel as _kernel\n_kernel.begin({code!r})"
END = "print(_kernel.end({code!r}, dict(globals())))"


class ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs this."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        """How it is started."""
        return KernelSpec(argv=KERNEL, display_name="Python 3", language="python")


@dataclass(frozen=True)
class Result:
    """A lab that was run: the notebook with outputs, values for its sentences, and how long it took."""

    notebook: Any
    values: dict[str, Any]
    hidden: dict[str, str]
    seconds: float


def results(wanted: Iterable[Lab], folder: Path = CACHE, tell: Callable[[str], None] = print) -> list[Result]:
    """What the labs gave, from the cache or run now, two at a time; `tell` hears how they get on.

    Raises:
        PageError: a cell failed, took too long or printed a warning; an entry of the cache is not what was put there.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda lab: result(lab, folder, tell), wanted))


def result(lab: Lab, folder: Path, tell: Callable[[str], None] = print) -> Result:
    """What one lab gave, from the cache where its key is there."""
    entry = folder / f"{lab.name}-{lab.key()[:20]}.json"
    if not entry.is_file():
        stored = json.dumps(run(lab, tell))
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(f"{digest_of(stored)}\n{stored}")
        os.replace(file.name, entry)  # whole or not there
    digest, _, stored = entry.read_text(encoding="utf-8").partition("\n")
    if digest != digest_of(stored):
        raise PageError(lab.path, 1, f"{entry} is not what was put there. Delete it, and the lab runs again")
    found = json.loads(stored)
    notebook: Any = nbformat.from_dict(found["notebook"])
    with_code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    written = [cell.source for cell in lab.notebook.cells if cell.cell_type == "code"]
    if [cell.source for cell in with_code] != written or not all(cell.execution_count for cell in with_code):
        raise PageError(
            lab.path, 1, f"{entry} is stale: it was made from other cells. Delete it, and the lab runs again"
        )
    return Result(notebook, decode(found["values"]), found["hidden"], found["seconds"])


def run(lab: Lab, tell: Callable[[str], None] = print) -> dict[str, Any]:
    """Run a lab from top to bottom in a fresh kernel with one thread.

    Raises:
        PageError: for the first cell that fails, with its line.
    """
    notebook: Any = nbformat.from_dict(json.loads(json.dumps(lab.notebook)))
    codes = [(place, cell) for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    code = "\n".join(cell.source for _, cell in codes)
    start, place = time.perf_counter(), 0
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        km=KernelManager(kernel_spec_manager=ThisPython()),
        resources={"metadata": {"path": str(ROOT)}},
        allow_errors=False,
        record_timing=False,
        coalesce_streams=True,  # what a cell prints is one output, however the kernel sent it
    )
    try:
        with client.setup_kernel(cleanup_kc=True, env=environment()):
            hidden_cell(client, BEGIN.format(code=code))
            for count, (place, cell) in enumerate(codes, start=1):
                tell(f"lab {lab.name}: cell {count} of {len(codes)}, {time.perf_counter() - start:.0f} s")
                client.execute_cell(cell, place, execution_count=count)
                check_quiet(lab, place, cell)
            values, hidden, unseeded = json.loads(said(hidden_cell(client, END.format(code=code)), "stdout"))
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:  # the last: it never began
        raise PageError(lab.path, lab.line(place), cause_of(error)) from error
    if unseeded:
        cause = f"the lab draws from a generator that nobody seeded ({', '.join(unseeded)}): seed each one by a number"
        raise PageError(lab.path, 1, cause)
    seconds = time.perf_counter() - start
    tell(f"lab {lab.name}: done in {seconds:.0f} s")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"notebook": notebook, "values": values, "hidden": hidden, "seconds": round(seconds, 1)}


def environment() -> dict[str, str]:
    """The environment of a kernel: one thread, no GPU, the project's own modules, one order of sets.

    A page shows what a CPU gives, whatever machine builds it. Who takes the file along runs it on the GPU there is.
    """
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {
        **os.environ,
        **threads,
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def check_quiet(lab: Lab, place: int, cell: Any) -> None:
    """Refuse what a cell wrote to stderr: a warning is a fault of the lab."""
    if warned := said(cell, "stderr").strip():
        raise PageError(lab.path, lab.line(place), f"the cell prints a warning: {warned.splitlines()[-1]}")


def said(cell: Any, stream: str) -> str:
    """What a cell wrote to one of its two streams."""
    return "".join(output.text for output in cell.get("outputs", ()) if output.get("name") == stream)


def hidden_cell(client: NotebookClient, code: str) -> Any:
    """A cell that is run and does not stay."""
    cell = nbformat.v4.new_code_cell(code)
    client.nb.cells.append(cell)  # where nbclient puts it back
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return client.nb.cells.pop()


def cause_of(error: Exception) -> str:
    """What went wrong, in a line."""
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}".strip()
    if isinstance(error, CellTimeoutError):
        return f"a cell took more than {SECONDS} s"
    return re.sub(r"\s+", " ", f"no kernel: {error}. It needs ipykernel: pip install -e '.[docs]'")


def main() -> int:
    """The command `python -m scripts.labs.execute`."""
    names = sys.argv[1:]
    chosen = [lab for lab in labs() if not names or lab.name in names]
    for lab, found in zip(chosen, results(chosen), strict=True):
        print(f"{lab.name}: {found.seconds} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
