"""Who ran, on what, and what it cost: the rows of a summary, written while a model runs."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch._ops import OpOverload
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.utils.parametrize import ParametrizationList
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from reference_impl.running.inputs import Inputs
from reference_impl.running.operators import Watching
from reference_impl.running.outputs import named_tensors
from reference_impl.summary.memory import Living
from reference_impl.summary.products import kind_of_call, macs_of, operator_name

Shape = tuple[int, ...]


@dataclass
class Visit:
    """One call of a module, or a module that was not called."""

    name: str
    module: torch.nn.Module
    depth: int
    input_shape: Shape = ()
    output_shape: Shape = ()
    output_shapes: dict[str, Shape] = field(default_factory=dict)
    activation_bytes: int = 0
    ran: str = "run"  # or "used": its parameters were, by another module; or "not run"
    macs: Counter[str] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)
    uncounted: Counter[str] = field(default_factory=Counter)
    preparation: int = 0
    prepares: bool = False
    is_hook: bool = False
    parameters: int = 0
    trainable: int = 0
    inside: dict[str, "Visit"] = field(default_factory=dict)  # modules of a scripted one, which call no Python

    @property
    def kind(self) -> str:
        """The class; of a scripted module, that of the source."""
        return str(getattr(self.module, "original_name", type(self.module).__name__))

    @property
    def has_own(self) -> bool:
        """Whether the module does or holds something itself, beside what its children do and hold."""
        held = self.parameters or any(True for _ in self.module.parameters(recurse=False))
        parent = any(True for _ in self.module.children())  # any(children) would ask each for its length
        return bool(held or self.macs or self.uncounted or self.preparation or not parent)

    def result(self, output: Any) -> None:
        """Note what came out."""
        named = named_tensors(output)
        tensors = list(named.values())
        self.output_shapes = {name: tuple(tensor.shape) for name, tensor in named.items()}
        self.output_shape = tuple(tensors[0].shape) if tensors else ()
        self.activation_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def row(self) -> dict[str, Any]:
        """The visit as plain data."""
        return {
            "name": self.name or self.kind,
            "kind": self.kind,
            "input_shape": self.input_shape,
            "output_shape": self.output_shape,
            "output_shapes": self.output_shapes,
            "parameters": self.parameters,
            "macs": sum(self.macs.values()),
            "activation_bytes": self.activation_bytes,
            "receptive_field": None,
            "field_stride": None,
            "trainable": self.trainable,
            "macs_by_operator": dict(self.macs),
            "preparation_macs": self.preparation,
            "apart": dict(self.apart),
            "uncounted": dict(self.uncounted),
            "saved_bytes": None,
            "ran": self.ran,
            "depth": self.depth,
        }


class Book:
    """Watches a run and writes a `Visit` for every call of a module, in the order of their beginnings."""

    def __init__(self, model: torch.nn.Module, inputs: Inputs) -> None:
        self.visits: list[Visit] = []
        self.ended: list[Visit] = []
        self.living = Living(model, inputs)
        self._open: list[Visit] = []
        self._hooks: dict[str, list[Visit]] = defaultdict(list)  # that ran before the module's next call
        self._moving: Any = WeakIdKeyDictionary()  # tensors that depend on the input
        self._note_moving(inputs.leaves())
        self._owners = {id(p): (name.rpartition(".")[0], p) for name, p in model.named_parameters()}
        self._used: set[int] = set()
        self._counted: set[int] = set()
        self._model = model

    def modes(self) -> Sequence[AbstractContextManager[Any]]:
        """The mode that hears of every operator."""
        return [Tally(self)]

    @contextmanager
    def before(self, name: str, module: torch.nn.Module) -> Iterator[None]:
        """What a hook does before a module counts for the module, or prepares it: spectral norm works so."""
        hook = Visit(name, module, len(self._open), is_hook=True)
        self._open.append(hook)
        makes_parameters = isinstance(module, LazyModuleMixin)
        try:
            with self.living.parameters() if makes_parameters else nullcontext():
                yield
        finally:
            self._open.remove(hook)
            self._hooks[name].append(hook)

    def enters(self, name: str, module: torch.nn.Module, inputs: Any) -> None:
        """A module begins."""
        visit = Visit(name, module, len(self._open), shape_of(inputs))
        for hook in self._hooks.pop(name, ()):
            visit.macs += hook.macs
            visit.apart += hook.apart
            visit.uncounted += hook.uncounted
            visit.preparation += hook.preparation
        outer = self._open[-1].prepares if self._open else False
        visit.prepares = outer or isinstance(module, ParametrizationList)
        self.visits.append(visit)
        self._open.append(visit)

    def leaves(self, _name: str, _module: torch.nn.Module, output: Any) -> None:
        """A module ends."""
        visit = self._open.pop()
        if visit.prepares:
            visit.preparation += sum(visit.macs.values())
            visit.macs.clear()
        visit.result(output)
        self.ended.extend((*visit.inside.values(), visit))

    def operator(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """An operator ran."""
        sources = tensors_of((args, kwargs))
        self._used.update(id(tensor) for tensor in sources)
        self.living.born(tensors_of(result))
        moves = any(tensor in self._moving for tensor in sources)
        if moves:
            self._note_moving(tensors_of(result))
        visit, name = self._place(sources, result), operator_name(func)
        macs = macs_of(func, args, kwargs, result)
        if macs is not None and visit.is_hook and not moves:
            visit.preparation += macs
        elif macs is not None:
            visit.macs[name] += macs
        elif (kind := kind_of_call(func, args, kwargs)) == "not counted":
            visit.uncounted[name] += 1
        elif kind != "silent":
            visit.apart[kind] += 1

    def _place(self, sources: Sequence[torch.Tensor], result: Any) -> Visit:
        """The module that an operator belongs to: the one that runs, or in scripted code the owner of its weights."""
        visit = self._open[-1] if self._open else self.visits[0]  # after the model a hook of it may run
        if not isinstance(visit.module, torch.jit.ScriptModule):
            return visit
        names = [self._owners[id(tensor)][0] for tensor in sources if id(tensor) in self._owners]
        if not names or names[0] == visit.name:
            return visit
        if names[0] not in visit.inside:
            module = dict(self._model.named_modules())[names[0]]  # a scripted one has no get_submodule
            inner = Visit(names[0], module, visit.depth + 1, shape_of(sources))
            visit.inside[names[0]] = inner
            self.visits.append(inner)
        visit.inside[names[0]].result(result)
        return visit.inside[names[0]]

    def _note_moving(self, tensors: Sequence[Any]) -> None:
        """Note that tensors depend on the input."""
        self._moving.update((tensor, True) for tensor in tensors if isinstance(tensor, torch.Tensor))

    def _claim(self, visit: Visit) -> None:
        """Give a visit the parameters of its module that no other has."""
        fresh = [p for p in visit.module.parameters(recurse=False) if id(p) not in self._counted]
        self._counted.update(map(id, fresh))
        visit.parameters += sum(parameter.numel() for parameter in fresh)
        visit.trainable += sum(parameter.numel() for parameter in fresh if parameter.requires_grad)

    def finish(self) -> None:
        """Share out the parameters, and add the modules whose no visit has, each at the end of the one that holds it.

        They are those that the model has in the end: lazy modules make theirs late, a functional call lends others.
        """
        for visit in self.ended:
            self._claim(visit)
        for name, module in self._model.named_modules():
            visit = Visit(name, module, 0, ran="not run")
            if self._used & {id(parameter) for parameter in module.parameters(recurse=False)}:
                visit.ran = "used"
            self._claim(visit)
            if visit.parameters:
                self._insert(visit)
                self.ended.append(visit)

    def _insert(self, visit: Visit) -> None:
        """Put a visit where its parent's children end."""
        parent, _, _ = visit.name.rpartition(".")
        places = {one.name: place for place, one in reversed(list(enumerate(self.visits)))}
        while parent and parent not in places:
            parent, _, _ = parent.rpartition(".")
        place = places.get(parent, 0)
        visit.depth = self.visits[place].depth + 1 if self.visits else 0
        later = range(place + 1, len(self.visits))
        end = next((at for at in later if self.visits[at].depth < visit.depth), len(self.visits))
        self.visits.insert(end, visit)


class Tally(Watching):
    """Tells a book of every operator."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self.book = book

    def watched(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operator and tell of it."""
        result = func(*args, **kwargs)
        self.book.operator(func, args, kwargs, result)
        return result


def tensors_of(tree: Any) -> list[torch.Tensor]:
    """The tensors in any nesting."""
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def shape_of(tree: Any) -> Shape:
    """The shape of the first tensor, () without one."""
    return next((tuple(tensor.shape) for tensor in tensors_of(tree)), ())
