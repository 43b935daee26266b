"""Functions and classes of reference_impl, found by their name alone: their sources are read, not imported."""

import ast
import functools
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT, close_to


@dataclass(frozen=True)
class Entry:
    """A public function or class: its place and line, what its docstring says, its code without the docstring."""

    name: str
    module: str
    place: str
    line: int
    docstring: str
    code: str


def lookup(name: str) -> Entry:
    """The one function or class of reference_impl with this name.

    Raises:
        ValueError: there is none, or there are several.
    """
    found = [entry for file in _files() if name in _defined(file[0]) for entry in _entries(*file) if entry.name == name]
    if len(found) > 1:
        raise ValueError(f"{name} is defined twice, in {found[0].place} and {found[1].place}")
    if not found:
        names = [entry.name for entry in all_entries()]
        raise ValueError(f"reference_impl has no function or class {name}{close_to(name, names)}")
    return found[0]


def function(entry: Entry) -> Any:
    """The function or class itself."""
    return getattr(importlib.import_module(entry.module), entry.name)


def all_entries() -> list[Entry]:
    """All public functions and classes of reference_impl."""
    return [entry for file in _files() for entry in _entries(*file)]


def listing(*names: str) -> str:
    """Markdown with the code of functions and classes, without their docstrings, one tab each in the order given.

    Raises:
        ValueError: no name, or one that reference_impl does not define exactly once.
    """
    if not names:
        raise ValueError("name at least one function or class of reference_impl")
    return "\n\n".join(_tab(lookup(name)) for name in names)


def _tab(entry: Entry) -> str:
    fence = [f'```python title="{entry.place}"', *entry.code.splitlines(), "```"]
    return f'=== "{entry.name}"\n\n' + "\n".join(f"    {line}".rstrip() for line in fence)


@once_a_build
def _files() -> list[tuple[str, str, str]]:
    """Source, module and place of each file of the package."""
    roots = [Path(root) for root in importlib.import_module("reference_impl").__path__]
    paths = [(path, path.relative_to(root.parent)) for root in roots for path in sorted(root.rglob("*.py"))]
    return [(path.read_text(encoding="utf-8"), _module(relative), _place(path, relative)) for path, relative in paths]


@functools.lru_cache(maxsize=256)
def _defined(source: str) -> frozenset[str]:
    """What a file defines, without reading it as Python."""
    return frozenset(re.findall(r"^(?:def|class) (\w+)", source, re.MULTILINE))


def _module(relative: Path) -> str:
    return ".".join(relative.with_suffix("").parts).removesuffix(".__init__")


@functools.lru_cache(maxsize=256)
def _entries(source: str, module: str, place: str) -> tuple[Entry, ...]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    nodes = [node for node in ast.parse(source).body if isinstance(node, kinds) and not node.name.startswith("_")]
    lines = source.splitlines()
    return tuple(
        Entry(node.name, module, place, node.lineno, ast.get_docstring(node) or "", _code(node, lines))
        for node in nodes
    )


def _place(path: Path, relative: Path) -> str:
    return (path.relative_to(ROOT) if path.is_relative_to(ROOT) else relative).as_posix()


def _code(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> str:
    """The source of a definition without its docstring and without those of its methods."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    documented = [node, *(child for child in ast.walk(node) if isinstance(child, ast.FunctionDef | ast.ClassDef))]
    dropped: set[int] = set()
    for holder in documented:
        text = holder.body[0]
        if ast.get_docstring(holder, clean=False) is not None and len(holder.body) > 1:
            dropped |= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
            after = (text.end_lineno or text.lineno) + 1
            dropped |= {after} if not lines[after - 1].strip() else set()
    kept = [
        line
        for number, line in enumerate(lines, 1)
        if first <= number <= (node.end_lineno or 0) and number not in dropped
    ]
    return "\n".join(kept)
