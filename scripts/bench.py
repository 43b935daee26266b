"""How fast the rooms are beside the kernels they explain: medians and ratios, all rivals in one run.

`python -m scripts.bench` measures everything on one thread in CPU time, then on two threads in elapsed time.
`python -m scripts.bench --threads 1 --cases 3x3` measures less. Rivals take turns, so that a busy machine slows all of
them. Each line gives the median of a rival, its range over the middle half of the rounds, and its ratio to torch.
"... alone" is matrix products with nothing around them: the floor under every `conv` that is made of them.
"""

import argparse
import os
import subprocess
import sys
import time
from statistics import median, quantiles

from scripts.bench_cases import CASES
from scripts.timings.clock import race

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SECONDS_A_RIVAL = 1.5  # after which a slow rival stops being repeated
MOST = 45  # rounds


def report(name: str, times: dict[str, list[float]]) -> None:
    """Print one line a rival."""
    reference = median(times["torch"]) if "torch" in times else None
    print(f"\n{name}")
    for rival, seconds in sorted(times.items(), key=lambda item: median(item[1])):
        low, _, high = quantiles(seconds, n=4)
        ratio = f"{median(seconds) / reference:8.2f} × torch" if reference else ""
        print(f"  {rival:22s} {1e3 * median(seconds):9.2f} ms  ({1e3 * low:.2f} to {1e3 * high:.2f}) {ratio}")


def measure(threads: int, chosen: list[str]) -> None:
    """Run the chosen cases in this process, whose thread variables are set."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    clock, kind = (time.process_time, "CPU time") if threads == 1 else (time.perf_counter, "elapsed time")
    print(
        f"\n{threads} thread{'s' * (threads > 1)}, {kind}; torch {torch.__version__}, NumPy {np.__version__}, {blas()}"
    )
    with torch.no_grad():
        for name, build in CASES.items():
            if not chosen or any(word in name for word in chosen):
                report(name, race(build(), SECONDS_A_RIVAL, clock, MOST))
                sys.stdout.flush()


def blas() -> str:
    """The library and the processor kernel behind NumPy's products: the wrong kernel halves their speed."""
    from threadpoolctl import threadpool_info

    libraries = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return ", ".join(f"{info['internal_api']} {info['version']} for {info.get('architecture')}" for info in libraries)


def main() -> None:
    """Measure each number of threads in a process of its own: libraries read it once, when they are loaded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cases", nargs="*", default=[], help="words; cases whose name has one of them are run")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        measure(arguments.threads[0], arguments.cases)
        return
    for threads in arguments.threads:
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        command = [sys.executable, "-m", "scripts.bench", "--here", "--threads", str(threads)]
        subprocess.run([*command, "--cases", *arguments.cases], env=environment, check=True)


if __name__ == "__main__":
    main()
