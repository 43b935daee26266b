"""No import circle: which module imports which while it is loaded, read from the sources."""

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def modules(root: Path, package: str) -> dict[str, Path]:
    """Every module of a package by its dotted name."""
    files = {path.relative_to(root).with_suffix(""): path for path in (root / package).rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in files.items()}


def imported(tree: ast.AST, known: Iterable[str]) -> set[str]:
    """What is imported while a module is loaded: nothing inside a function, nothing for a type checker alone.

    `from room import one` waits for `room.one` where that is a module, else for all of `room`.
    """
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {part if part in known else str(node.module) for part in parts}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            names |= {name for other in node.orelse for name in imported(ast.Module([other], []), known)}
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            names |= imported(node, known)
    return names


def circle(root: Path, package: str) -> list[str]:
    """The modules of a circle, in their order; none if there is none."""
    files = modules(root, package)
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    graph = {name: imported(tree, files) & files.keys() for name, tree in trees.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("package", ["reference_impl", "scripts"])
def test_no_module_is_imported_by_what_it_imports(package):
    assert len(modules(ROOT, package)) > 30
    assert circle(ROOT, package) == []


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("from room import other", "import room.one"),
        ("import room.other", "try:\n    from room.one import x\nexcept ImportError:\n    x = 1"),
        ("class A:\n    from room.other import y", "from room import z, one"),
    ],
)
def test_a_circle_is_found(tmp_path, there, back):
    (tmp_path / "room").mkdir()
    for name, text in (("__init__", ""), ("one", there), ("other", back)):
        (tmp_path / "room" / f"{name}.py").write_text(text)
    assert set(circle(tmp_path, "room")) >= {"room.one", "room.other"}


def test_a_package_that_gathers_its_modules_is_no_circle(tmp_path):
    (tmp_path / "room").mkdir()
    for name, text in (("__init__", "from room import one"), ("one", "from room import other"), ("other", "")):
        (tmp_path / "room" / f"{name}.py").write_text(text)
    assert circle(tmp_path, "room") == []
    (tmp_path / "room" / "other.py").write_text("from room import x")
    assert set(circle(tmp_path, "room")) == {"room", "room.one", "room.other"}


def test_what_waits_for_a_call_or_serves_types_alone_closes_no_circle(tmp_path):
    (tmp_path / "room").mkdir()
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import room.one\ndef f():\n    import room.one"
    for name, text in (("__init__", ""), ("one", "import room.other"), ("other", late)):
        (tmp_path / "room" / f"{name}.py").write_text(text)
    assert circle(tmp_path, "room") == []
