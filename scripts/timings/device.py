"""The machine that is measured: its name, its caches, its versions, and how many threads may run."""

import contextlib
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import torch
from threadpoolctl import threadpool_info, threadpool_limits

KINDS = ("cpu", "cuda")
USUAL_CACHE = 32 << 20  # bytes, where the system does not say


class NoDeviceError(RuntimeError):
    """A device was asked for that this machine does not have."""


def devices(wanted: str = "all") -> list[str]:
    """The kinds of device to measure: "all" is every one that is present.

    Raises:
        NoDeviceError: for a device that is not there.
    """
    if wanted == "all":
        return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    if wanted == "cuda" and not torch.cuda.is_available():
        built = (
            f"torch {torch.__version__} is built for CUDA {torch.version.cuda}"
            if torch.version.cuda
            else (f"torch {torch.__version__} is a build without CUDA")
        )
        raise NoDeviceError(f"--device cuda: torch finds no CUDA device on this machine ({built})")
    return [wanted]


def device_name(kind: str) -> str:
    """What the maker calls it."""
    name = torch.cuda.get_device_name(0) if kind == "cuda" else _processor()
    return " ".join(re.sub(r"[(](?:R|TM|C)[)]", "", name).split())


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def cache_bytes(kind: str) -> int:
    """Size of its largest cache."""
    if kind == "cuda":
        return int(getattr(torch.cuda.get_device_properties(0), "L2_cache_size", USUAL_CACHE))
    sizes = [path.read_text().strip() for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    return max((int(size[:-1]) << {"K": 10, "M": 20}[size[-1]] for size in sizes if size[-1:] in "KM"), default=0) or (
        USUAL_CACHE
    )


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions(kind: str) -> dict[str, str]:
    """Releases of what is measured, without a build's local part."""
    found = {"python": platform.python_version()}
    found |= {name: metadata.version(name).partition("+")[0] for name in ("numpy", "torch")}
    if kind == "cuda":
        found |= {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}
    return found


def blas() -> str:
    """The library behind NumPy's matrix products."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(sorted({f"{pool['internal_api']} {pool['version']}" for pool in pools})) or "unknown"


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """As many threads for NumPy's matrix products as for torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpool_limits(limits=count, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
