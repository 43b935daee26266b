"""What the rooms of reference_impl still lack: docstring sections, a definition, tests.

Everything is read from the sources; nothing of reference_impl is imported, and there is no list of operators to keep.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.check.missing import Missing

ARRAYS = {"Array", "np.ndarray", "torch.Tensor", "Tensor"}
WEIGHTS = re.compile(r"w|weights?|\w+_weight|factors")
LEANS = re.compile(r"Shapes, arguments and errors are those of `\w+`")
SECTION = re.compile(r"^([A-Z]\w+):$", re.MULTILINE)


@dataclass(frozen=True)
class Public:
    """A public function or class of a room."""

    room: str
    place: str
    node: ast.FunctionDef | ast.ClassDef

    @property
    def name(self) -> str:
        """What it is called."""
        return self.node.name

    @cached_property
    def docstring(self) -> str:
        """What it says of itself."""
        return ast.get_docstring(self.node) or ""

    @cached_property
    def sections(self) -> set[str]:
        """The sections of its docstring."""
        return set(SECTION.findall(self.docstring))

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and annotations of the arguments; none for a class."""
        if isinstance(self.node, ast.ClassDef):
            return []
        arguments = self.node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return [(argument.arg, ast.unparse(argument.annotation) if argument.annotation else "") for argument in every]

    @property
    def is_module(self) -> bool:
        """Whether it is a layer: a torch module."""
        return isinstance(self.node, ast.ClassDef) and any("Module" in ast.unparse(base) for base in self.node.bases)

    @property
    def handles_arrays(self) -> bool:
        """Whether arrays go in or come out. One that takes plain numbers as well has no shapes to tell."""
        annotations = [annotation.removesuffix(" | None") for _, annotation in self.parameters]
        if isinstance(self.node, ast.FunctionDef) and self.node.returns and not any("float" in a for a in annotations):
            annotations.append(ast.unparse(self.node.returns))
        return not ARRAYS.isdisjoint(annotations)

    @property
    def serves_both_libraries(self) -> bool:
        """Whether a NumPy array or a torch tensor may go in, whichever the caller has, and one like it comes out."""
        takes = any(annotation.removesuffix(" | None") == "Array" for _, annotation in self.parameters)
        return (
            takes and isinstance(self.node, ast.FunctionDef) and ast.unparse(self.node.returns or self.node) == "Array"
        )

    @property
    def takes_tensors(self) -> bool:
        """Whether torch tensors may go in."""
        return any(annotation.removesuffix(" | None") in ARRAYS - {"np.ndarray"} for _, annotation in self.parameters)

    @property
    def is_operator(self) -> bool:
        """Whether it brings an input and weights together: `x` first, weights second."""
        names = [name for name, _ in self.parameters[:2]]
        return self.handles_arrays and names[:1] == ["x"] and bool(WEIGHTS.fullmatch("".join(names[1:])))


def missing_in_rooms(root: Path) -> list[Missing]:
    """Everything the rooms of the repository at `root` lack."""
    rooms = read_rooms(root / "reference_impl")
    everything = {entry.name: entry for public in rooms.values() for entry in public}
    operators = {name for name, entry in everything.items() if entry.is_operator}
    tests = Tests(root / "tests")
    found = []
    for room, public in rooms.items():
        if not tests.of_room(room):
            found.append(Missing(f"reference_impl/{room}", f"tests: tests/{room}/"))
        for entry in public:
            missing = [
                *missing_in_docstring(entry),
                *missing_of_operator(entry, everything),
                *tests.missing(entry, operators),
            ]
            found += (Missing(entry.place, f"{entry.name}: {what}") for what in missing)
    return found


def missing_in_docstring(entry: Public) -> Iterator[str]:
    """The sections that CONTRIBUTING.md asks for and this docstring does not have."""
    if not entry.docstring:
        yield "a docstring"
    if not entry.docstring or entry.name == "main":  # a command explains itself with --help
        return
    explained = {"Formula", "Definition"} & entry.sections
    whole = explained or entry.handles_arrays or entry.is_module
    wanted = {"Shapes"} if entry.handles_arrays or entry.is_module else set()
    wanted |= {"Source"} if whole else set()
    wanted |= {"Raises"} if whole and (entry.parameters or entry.is_module) else set()
    wanted |= {"Example"} if isinstance(entry.node, ast.FunctionDef) or entry.is_module else set()
    if LEANS.search(entry.docstring):  # said once, where the function that people call says it
        wanted -= {"Shapes", "Raises"}
    yield from (f"the section {section}: of its docstring" for section in sorted(wanted - entry.sections))
    if "Example" in entry.sections and ">>> " not in entry.docstring:
        yield "an example that runs (>>> …)"


def missing_of_operator(entry: Public, everything: dict[str, Public]) -> Iterator[str]:
    """A definition: its own, or that of an operator that its docstring names as the same."""
    if not entry.is_operator or entry.name.endswith(("_torch", "_loops")):
        return
    family = [entry.name, *(name for name in re.findall(r"`(\w+)`", entry.docstring) if name in everything)]
    stems = [name.removesuffix("_loops") for name in family]
    definitions = [everything[name] for stem in stems for name in (stem, f"{stem}_loops") if name in everything]
    if not any("Definition" in candidate.sections for candidate in definitions):
        yield f"a definition: {entry.name}_loops, or a section Definition:"


class Tests:
    """The test files of the repository: the names that each of them touches and what its tests are called."""

    def __init__(self, folder: Path) -> None:
        trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}
        named = {path: _names(tree) for path, tree in trees.items()}
        table = named.get(folder / "operators.py", set())  # who goes through the table tests all that it lists
        self.table = table
        self.files = {path: names | table if "OPERATORS" in names else names for path, names in named.items()}
        self.titles = {
            path: " ".join(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
            for path, tree in trees.items()
        }

    def of_room(self, room: str) -> list[Path]:
        """The test files of a room: those in tests/conv for conv."""
        return [path for path in self.files if path.parent.name == room and path.name.startswith("test_")]

    def missing(self, entry: Public, operators: set[str]) -> Iterator[str]:
        """A test that touches the name; for an operator also refusals and a comparison; for tensors gradients."""
        touching = [path for path, names in self.files.items() if entry.name in names]
        is_shown = f"{entry.name}(" in entry.docstring.partition("Example:")[2]  # and run, by doctest
        if not touching and (entry.is_operator or not is_shown):
            yield "a test that calls it"
        if entry.serves_both_libraries and entry.name not in self.table:
            yield "an entry in tests/operators.py: it takes NumPy arrays and torch tensors"
        if not touching or not entry.is_operator:
            return
        words = " ".join(self.titles[path] for path in touching)
        if "refuse" not in words:
            yield "a test of its refusals (test_…_refuses…)"
        if entry.takes_tensors and "grad" not in words:
            yield "a test of its gradients (test_…gradient…)"
        if not any(self.files[path] & (operators - {entry.name}) for path in touching):
            yield "a test that compares it with its definition or another operator"


def _names(tree: ast.AST) -> set[str]:
    """Every name a test file uses beyond importing it, and every word of its texts (getattr, parametrized names)."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return used | {word for text in texts for word in re.findall(r"\w+", text)}


def read_rooms(package: Path) -> dict[str, list[Public]]:
    """Room -> its public functions and classes: what its `__all__` lists, and what its files of torch define."""
    rooms = [folder for folder in sorted(package.iterdir()) if (folder / "__init__.py").is_file()]
    return {room.name: [entry for path in sorted(room.glob("*.py")) for entry in _public(room, path)] for room in rooms}


def _public(room: Path, path: Path) -> Iterator[Public]:
    """The public functions and classes of one file of a room; no `__init__` lists what would make it import torch."""
    exported = _exported(path) or _exported(room / "__init__.py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            entry = Public(room.name, path.relative_to(room.parents[1]).as_posix(), node)
            if exported is None or node.name in exported or node.name.endswith("_torch") or entry.is_module:
                yield entry


def _exported(path: Path) -> set[str] | None:
    """The names in the `__all__` of a file; None where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return None
