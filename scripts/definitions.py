"""What some code can run: of every file behind a module only the definitions that it reaches, by name.

A measurement of a function stays true when a neighbour of it in the same file changes. Whatever cannot be followed by
name counts as reached: a module taken as a whole, a name that its file does not bind, statements that run at import,
decorated definitions, which may register themselves.
"""

import ast
import functools
import hashlib
from pathlib import Path

from scripts.fingerprints import ROOT, file_of, origin_of, spelled, stamp_of

AT_IMPORT = ""  # in place of a name: what runs when the file is imported
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Reached = set[tuple[Path, str]]


class _File:
    """The top-level statements of a file, by the names that they bind."""

    def __init__(self, path: Path) -> None:
        self.bound: dict[str, list[ast.stmt]] = {}
        self.imported: dict[str, tuple[str, str]] = {}  # here → (module, its name there)
        self.always: list[ast.stmt] = []
        for statement in ast.parse(path.read_bytes()).body:
            names = _bound_by(statement)
            for name in names:
                self.bound.setdefault(name, []).append(statement)
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self.imported |= _imports_of(statement)
            elif not names or getattr(statement, "decorator_list", []):
                self.always.append(statement)

    def statements(self, name: str) -> list[ast.stmt]:
        """What a name stands for in this file."""
        return self.always if name == AT_IMPORT else self.bound[name]


def digest_of_reached(module: str, packages: tuple[str, ...], root: Path = ROOT) -> str:
    """SHA-256 of what a module can come to in `packages`, without docstrings, comments and layout."""
    total = hashlib.sha256()
    for path, name in sorted(reached_from(module, packages, root)):
        file = _read(path, stamp_of(path))
        words = " ".join(_words(statement) for statement in file.statements(name))
        total.update(f"{path.relative_to(root).as_posix()} {name} {words}\n".encode())
    return total.hexdigest()


def reached_from(module: str, packages: tuple[str, ...], root: Path = ROOT) -> Reached:
    """The (file, name) pairs that the code of a module can come to; the name "" stands for what runs at import."""
    start = file_of(module, packages, root)
    if start is None:
        raise ValueError(f"{module} must be a module of {', '.join(packages)} with a file below {root}")
    found: Reached = set()
    waiting = [(start, name) for name in [AT_IMPORT, *_read(start, stamp_of(start)).bound]]
    while waiting:
        path, name = waiting.pop()
        if (path, name) in found:
            continue
        found.add((path, name))
        waiting.append((path, AT_IMPORT))
        file = _read(path, stamp_of(path))
        for statement in file.statements(name):
            waiting += _leads_to(path, statement, packages, root)
    return found


def _leads_to(path: Path, statement: ast.stmt, packages: tuple[str, ...], root: Path) -> list[tuple[Path, str]]:
    """Where the names in a statement lead: to definitions of its file, or through imports to another's."""
    file, (names, imported) = _read(path, stamp_of(path)), _names_in(statement)
    imported, places = file.imported | imported, []
    for name, attribute in names:
        if name in imported:
            places += _places(*imported[name], attribute, packages, root)
        elif name in file.bound:
            places.append((path, name))
    return places


@functools.lru_cache(maxsize=4096)
def _names_in(statement: ast.stmt) -> tuple[set[tuple[str, str]], dict[str, tuple[str, str]]]:
    """The names in a statement, each with the attribute that is read from it, or with none; what it imports itself."""
    nodes = [*ast.walk(statement)]
    owners = {node.value: node.attr for node in nodes if isinstance(node, ast.Attribute)}
    imported: dict[str, tuple[str, str]] = {}
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported |= _imports_of(node)
    return {(node.id, owners.get(node, "")) for node in nodes if isinstance(node, ast.Name)}, imported


def _places(module: str, name: str, attribute: str, packages: tuple[str, ...], root: Path) -> list[tuple[Path, str]]:
    """A name of a module, where it is defined; of a module that is named itself the attribute, or every name."""
    origin = origin_of(module, name, packages, root) if name else module
    path = file_of(origin, packages, root)
    if path is None:
        return []
    bound = _read(path, stamp_of(path)).bound
    wanted = attribute if origin in (f"{module}.{name}", name or module) else name
    return [(path, each) for each in (AT_IMPORT, *([wanted] if wanted in bound else bound))]


def _bound_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, DEFINITIONS):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return [node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def _imports_of(statement: ast.Import | ast.ImportFrom) -> dict[str, tuple[str, str]]:
    if isinstance(statement, ast.ImportFrom):
        return {alias.asname or alias.name: (statement.module or "", alias.name) for alias in statement.names}
    return {alias.asname or alias.name.split(".")[0]: (alias.name, "") for alias in statement.names}


@functools.lru_cache(maxsize=4096)
def _words(statement: ast.stmt) -> str:
    return " ".join(spelled(statement))


@functools.lru_cache(maxsize=512)
def _read(path: Path, stamp: tuple[int, int]) -> _File:  # noqa: ARG001
    return _File(path)
