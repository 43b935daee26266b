"""Which source files a timing measures, and a digest of what they do.

The files are those that `implementations.py` imports from `reference_impl` and `scripts.timings`, directly or not. A
package that only passes names on is looked through, so that a neighbour nobody measures does not count. The digest is
that of the syntax trees without docstrings: a comment, a docstring or a line break leaves every record up to date.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENTRY = "scripts.timings.implementations"
MEASURED = ("reference_impl", "scripts.timings")


def measured_digest(root: Path = ROOT, entry: str = ENTRY) -> str:
    """SHA-256 of what the measured sources do, read anew at each call."""
    total = hashlib.sha256()
    for path in measured_files(root, entry):
        total.update(f"{path.relative_to(root).as_posix()} {_file_digest(path, _stamp(path))}\n".encode())
    return total.hexdigest()


def measured_files(root: Path = ROOT, entry: str = ENTRY) -> list[Path]:
    """The files behind `entry`, sorted."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        path = _file_of(waiting.pop(), root)
        if path is None or path in found:
            continue
        found.add(path)
        for module, name in _imported(path, _stamp(path)):
            waiting.append(_origin(module, name, root))
    return sorted(found)


def _origin(module: str, name: str, root: Path) -> str:
    """The module that defines `name` of `module`: a submodule, the one a package has it from, or `module` itself."""
    if not module.startswith(MEASURED):
        return module
    if _file_of(f"{module}.{name}", root):
        return f"{module}.{name}"
    path = _file_of(module, root)
    if path and path.name == "__init__.py":
        for source, passed_on in _imported(path, _stamp(path)):
            if passed_on == name and source.startswith(MEASURED):
                return _origin(source, name, root)
    return module


def _file_of(module: str, root: Path) -> Path | None:
    if not module.startswith(MEASURED):
        return None
    place = root.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file does."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=512)
def _imported(path: Path, stamp: tuple[int, int]) -> list[tuple[str, str]]:  # noqa: ARG001
    """The (module, name) pairs that a file imports; ("a.b", "") for `import a.b`."""
    pairs: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            pairs += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            pairs += [(node.module, alias.name) for alias in node.names]
    return pairs


@functools.lru_cache(maxsize=512)
def _file_digest(path: Path, stamp: tuple[int, int]) -> str:  # noqa: ARG001
    return source_digest(path.read_text(encoding="utf-8"))


def source_digest(source: str) -> str:
    """SHA-256 of what a source does: its syntax without docstrings, comments and layout, alike for every Python."""
    return hashlib.sha256(" ".join(_spelled(ast.parse(source))).encode()).hexdigest()


def _spelled(node: Any) -> Iterator[str]:
    """A syntax tree as words; empty fields are left out, because each Python release adds some."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if name == "body" and _is_documented(node):
                value = value[1:]
            if name not in ("kind", "type_comment") and (value or value in (0, False, "", b"")) and value != []:
                yield name
                yield from _spelled(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _spelled(item)
        yield "]"
    else:
        yield repr(node)


def _is_documented(node: ast.AST) -> bool:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None
