"""A small content-addressed cache of what the site build works out, under `.cache/handbook/`.

`HANDBOOK_CACHE` names another folder; `HANDBOOK_CACHE=off` switches it off. An entry's name is the digest of everything
its value depends on, so nothing is ever out of date: what changed has another name.
"""

import contextlib
import functools
import hashlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from scripts.fingerprints import ROOT, digest_of, of_module, of_package, of_what_pages_use

Function = TypeVar("Function", bound=Callable[..., Any])

_memories: list[Any] = []


def once_a_build(function: Function) -> Function:
    """Remember the results of a function until the next build begins: `make serve` builds many times in one process."""
    memory: Any = functools.cache(function)
    _memories.append(memory)
    return memory


@once_a_build
def sources_of_verdicts(module: str) -> list[str]:
    """What the verdicts of a module of `scripts` on what pages say depend on, besides the text that it judges."""
    return [*of_what_pages_use(), of_module(module)]


def begin_build() -> None:
    """Forget what an earlier build has read, and the modules whose files have changed since."""
    for memory in _memories:
        memory.cache_clear()
    forget_stale_modules()


def forget_stale_modules() -> None:
    """Unload `reference_impl` and `scripts.figures` if their files changed since this process loaded them.

    A change in `reference_impl` unloads the figures too, because they hold its functions.
    """
    for package, digest in _package_digests().items():
        if _loaded_from[package] != digest:
            _unload(package)
            _loaded_from[package] = digest


def _package_digests() -> dict[str, str]:
    sources = of_package()
    return {"reference_impl": sources, "scripts.figures": digest_of(sources, of_package("scripts/figures"))}


def _unload(package: str) -> None:
    """Forget a package and its modules, also as an attribute of the package around it."""
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]
    around, _, last = package.rpartition(".")
    if around in sys.modules:
        vars(sys.modules[around]).pop(last, None)
    importlib.invalidate_caches()


def cached(kind: str, key_parts: Iterable[str | bytes], compute: Callable[[], Any]) -> Any:
    """The value of `compute()`, which JSON can hold, from the cache where it has a whole entry of this kind and key."""
    return json.loads(cached_bytes(kind, key_parts, lambda: json.dumps(compute()).encode()))


def cached_bytes(kind: str, key_parts: Iterable[str | bytes], compute: Callable[[], bytes]) -> bytes:
    """The bytes of `compute()`, from the cache where there is a whole entry of this kind and key.

    Args:
        kind: Folder of the entry, such as "pages" or "figures".
        key_parts: Everything the value depends on.
        compute: Called when there is no entry, or a damaged one.
    """
    folder = _folder()
    if folder is None:
        return compute()
    entry = folder / kind / digest_of(*key_parts)
    with contextlib.suppress(OSError, ValueError):
        return _unsealed(entry.read_bytes())
    data = compute()
    _write(entry, hashlib.sha256(data).digest() + data)
    return data


def holds(kind: str, key_parts: Iterable[str | bytes]) -> bool:
    """Whether there is an entry of this kind and key, whole or not."""
    folder = _folder()
    return folder is not None and (folder / kind / digest_of(*key_parts)).is_file()


def is_on() -> bool:
    """Whether anything is kept."""
    return _folder() is not None


def _unsealed(stored: bytes) -> bytes:
    """The value behind its checksum, so that a half-written or edited entry is never believed."""
    seal, data = stored[:32], stored[32:]
    if hashlib.sha256(data).digest() != seal:
        raise ValueError("damaged cache entry")
    return data


def _folder() -> Path | None:
    place = os.environ.get("HANDBOOK_CACHE", "")
    return None if place == "off" else Path(place or ROOT / ".cache" / "handbook")


def _write(entry: Path, data: bytes) -> None:
    """Write beside the entry and rename: another process sees the old state or the whole new one."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=entry.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temporary, entry)


_loaded_from = _package_digests()  # what the modules of this process are loaded from: it starts here
