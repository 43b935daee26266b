"""Fingerprints of sources: what was worked out from them is believed as long as they stay the same.

`of_package` and `of_module` look at every byte: what a page shows may come from a docstring. `of_behaviour` looks at
syntax trees without docstrings: a comment, a docstring or a line break leaves a measurement up to date. The files
behind a module are those that it imports, directly or not; a package that only passes names on is looked through.
"""

import ast
import functools
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("numpy", "torch", "matplotlib", "sympy", "scipy", "scikit-learn")
Function = TypeVar("Function", bound=Callable[..., Any])

_answers: dict[Any, Any] | None = None  # of this build; None outside of one, where files are read at each call


def begin_build() -> None:
    """Remember each answer until `end_build`: a build asks hundreds of times, and what it shows is of one moment."""
    global _answers
    _answers = {}


def end_build() -> None:
    """Read the files at each call again."""
    global _answers
    _answers = None


def kept_in_a_build(function: Function) -> Function:
    """Remember what a function answers while a build goes on; its arguments can be keys."""

    @functools.wraps(function)
    def ask(*args: Any, **options: Any) -> Any:
        if _answers is None:
            return function(*args, **options)
        key = (function.__module__, function.__qualname__, args, tuple(sorted(options.items())))
        if key not in _answers:
            _answers[key] = function(*args, **options)
        return _answers[key]

    return ask  # type: ignore[return-value]


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 of the parts; ("ab", "c") and ("a", "bc") differ."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()


def digest_of_files(paths: Iterable[Path], root: Path = ROOT) -> str:
    """SHA-256 of the files' places under `root` and their bytes, whatever order they come in."""
    files = [(path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(paths)]
    return digest_of(*(part for file in files for part in file))


@kept_in_a_build
def of_package(package: str = "reference_impl", root: Path = ROOT) -> str:
    """SHA-256 of every Python file of a package, read anew at each call because `make serve` lives long."""
    return digest_of_files((root / package).rglob("*.py"), root)


@functools.cache
def of_versions() -> str:
    """SHA-256 of the versions of Python and of the packages that pages use, read from metadata: nothing is imported."""
    return digest_of(sys.version, *(f"{name} {_version(name)}" for name in PACKAGES))


def of_what_pages_use() -> list[str]:
    """`reference_impl` and the versions: what a page's blocks, formulas and pictures may all depend on."""
    return [of_package(), of_versions()]


@kept_in_a_build
def of_module(module: str, root: Path = ROOT) -> str:
    """SHA-256 of a module of `scripts` and of every module of `scripts` that it imports."""
    return digest_of_files(files_behind([module], ("scripts",), root), root)


def of_behaviour(paths: Iterable[Path], root: Path = ROOT) -> str:
    """SHA-256 of what some files do, without their docstrings, comments and layout."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(root).as_posix()} {_syntax_digest(path, stamp_of(path))}\n".encode())
    return total.hexdigest()


def files_behind(modules: Iterable[str], packages: tuple[str, ...], root: Path = ROOT) -> list[Path]:
    """The files of some modules and of what they import from `packages`, directly or not, sorted."""
    return list(_files_behind(tuple(modules), packages, root))


@kept_in_a_build
def _files_behind(modules: tuple[str, ...], packages: tuple[str, ...], root: Path) -> list[Path]:
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = file_of(waiting.pop(), packages, root)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += imported_by(path, packages, root)
    return sorted(found)


@kept_in_a_build
def imported_by(path: Path, packages: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """The modules that a file imports, without those in between that only pass a name on."""
    return [origin_of(module, name, packages, root) for module, name in _imported(path, stamp_of(path))]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def origin_of(module: str, name: str, packages: tuple[str, ...], root: Path) -> str:
    """The module that defines `name` of `module`: a submodule, the one a package has it from, or `module` itself."""
    if not module.startswith(packages):
        return module
    if file_of(f"{module}.{name}", packages, root):
        return f"{module}.{name}"
    path = file_of(module, packages, root)
    if path and path.name == "__init__.py":
        for source, passed_on in _imported(path, stamp_of(path)):
            if passed_on == name and source.startswith(packages):
                return origin_of(source, name, packages, root)
    return module


@kept_in_a_build
def file_of(module: str, packages: tuple[str, ...], root: Path = ROOT) -> Path | None:
    """The file of a module, which is not imported; none outside `packages`. A loaded package says where it lies."""
    if not module.startswith(packages):
        return None
    package, _, last = module.rpartition(".")
    loaded = sys.modules.get(package) if root == ROOT else None
    folders = [Path(folder) for folder in getattr(loaded, "__path__", [root.joinpath(*package.split("."))])]
    places = (place for folder in folders for place in (folder / f"{last}.py", folder / last / "__init__.py"))
    return next((path for path in places if path.is_file()), None)


def stamp_of(path: Path) -> tuple[int, int]:
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
def _syntax_digest(path: Path, stamp: tuple[int, int]) -> str:  # noqa: ARG001
    return digest_of_syntax(path.read_text(encoding="utf-8"))


def digest_of_syntax(source: str) -> str:
    """SHA-256 of what a source does: its syntax without docstrings, comments and layout, alike for every Python."""
    return hashlib.sha256(" ".join(spelled(ast.parse(source))).encode()).hexdigest()


def spelled(node: Any) -> Iterator[str]:
    """A syntax tree as words; empty fields are left out, because each Python release adds some."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if name == "body" and _is_documented(node):
                value = value[1:]
            if name not in ("kind", "type_comment") and (value or value in (0, False, "", b"")) and value != []:
                yield name
                yield from spelled(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from spelled(item)
        yield "]"
    else:
        yield repr(node)


def _is_documented(node: ast.AST) -> bool:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None
