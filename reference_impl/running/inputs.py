"""What a model is called with: shapes, tensors, several of them, keyword arguments."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

from reference_impl import checks
from reference_impl.checks import refuse, several
from reference_impl.running.operators import takes_itself_apart

MOST_GUESSED = 4  # inputs whose kind of number is guessed: 2**4 trials


@dataclass(frozen=True)
class Blank:
    """An input of which only the shape is known.

    Args:
        shape: Its sizes.
        dtype: Its kind of number, None for that of the model's parameters.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype | None = None


@dataclass(frozen=True)
class Inputs:
    """The arguments of one call of a model; `Blank` where a shape was given."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def leaves(self) -> list[Any]:
        """Tensors and shapes, in order."""
        return [leaf for leaf in tree_leaves((self.args, self.kwargs)) if isinstance(leaf, (torch.Tensor, Blank))]

    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all tensors, in order."""
        return [tuple(leaf.shape) for leaf in self.leaves()]

    def made(self, model: torch.nn.Module, device: torch.device | None = None) -> "Inputs":
        """With zeros in place of shapes and copies in place of tensors, as the model's parameters are.

        A tensor on meta goes where the model is, and another to a model on meta.
        """
        tensors = [*model.parameters(), *model.buffers()]
        kinds = [tensor.dtype for tensor in tensors if tensor.is_floating_point() or tensor.is_complex()]
        home = device or self._home(tensors)

        def tensor(leaf: Any) -> Any:
            if isinstance(leaf, Blank):
                return torch.zeros(leaf.shape, dtype=leaf.dtype or (kinds[0] if kinds else None), device=home)
            if not isinstance(leaf, torch.Tensor):
                return leaf
            if not takes_itself_apart(type(leaf)):
                leaf = leaf.as_subclass(torch.Tensor)  # a class with names or methods of its own, and no operators
            if leaf.is_meta and home.type != "meta":
                return torch.zeros_like(leaf, device=home)
            return leaf.detach().to(home if device or home.type == "meta" else leaf.device, copy=True)

        return self.mapped(tensor)

    def _home(self, tensors: Sequence[torch.Tensor]) -> torch.device:
        """Where the run takes place: at the first tensor of the model; without one, at an input that has numbers."""
        given = [leaf for leaf in self.leaves() if isinstance(leaf, torch.Tensor)]
        places = [tensor.device for tensor in (*tensors[:1], *sorted(given, key=lambda leaf: leaf.is_meta))]
        return places[0] if places else torch.device("cpu")

    def mapped(self, change: Callable[[Any], Any]) -> "Inputs":
        """With every leaf changed."""
        return replace(self, args=tree_map(change, self.args), kwargs=tree_map(change, self.kwargs))

    def choices(self) -> Iterator["Inputs"]:
        """First as they are; then with whole numbers in place of one or more of the shapes without a dtype."""
        open_ones = [leaf for leaf in self.leaves() if isinstance(leaf, Blank) and leaf.dtype is None]
        yield self
        if len(open_ones) <= MOST_GUESSED:
            for kinds in sorted(product((None, torch.long), repeat=len(open_ones)), key=lambda k: k.count(torch.long)):
                if any(kinds):
                    chosen = {id(leaf): kind for leaf, kind in zip(open_ones, kinds, strict=True)}
                    yield self._typed(chosen)

    def _typed(self, chosen: dict[int, torch.dtype | None]) -> "Inputs":
        def typed(leaf: Any) -> Any:
            return replace(leaf, dtype=chosen[id(leaf)]) if id(leaf) in chosen else leaf

        return self.mapped(typed)


def given_inputs(
    model: Any,
    x: Any = None,
    *,
    example_inputs: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    dtypes: Sequence[torch.dtype | None] | torch.dtype | None = None,
) -> Inputs:
    """The call that a person means.

    Args:
        model: The module that will be called.
        x: A shape, a tensor, a sequence of shapes and tensors (positional), or a dictionary of them (by keyword).
        example_inputs: In place of x, the arguments themselves: a sequence, a dictionary, or the only one.
        kwargs: Further keyword arguments, taken as they are.
        dtypes: Kinds of number of the shapes in x: one for all, or one each.

    Raises:
        ValueError: x beside example_inputs, a negative size, dtypes of another number.
        TypeError: a model that is not a module, nothing to call it with, something that is no shape.

    Example:
        >>> given_inputs(torch.nn.Bilinear(3, 4, 5), ((2, 3), torch.zeros(2, 4))).shapes()
        [(2, 3), (2, 4)]
    """
    if not isinstance(model, torch.nn.Module):
        refuse("model must be a torch module", error=TypeError, model=type(model).__name__)
    if x is not None and example_inputs is not None:
        refuse("one of x and example_inputs must be given, not both", x=_short(x))
    if x is None and example_inputs is None and not kwargs:
        refuse("a shape x or example_inputs must be given", error=TypeError, x=x)
    given = _arguments(x, dtypes) if x is not None else _examples(example_inputs)
    inputs = Inputs(given.args, {**given.kwargs, **(kwargs or {})})
    for leaf in inputs.leaves():
        if isinstance(leaf, torch.Tensor) and leaf.is_nested:
            rule = "a tensor must have one shape, which a nested one has not; give torch.nested.to_padded_tensor of it"
            refuse(rule, error=NotImplementedError, layout=leaf.layout)
    return inputs


def _examples(example: Any) -> Inputs:
    """Arguments as they are."""
    if isinstance(example, Mapping):
        return Inputs(kwargs=dict(example))
    if example is None:
        return Inputs()
    return Inputs(tuple(example) if isinstance(example, (tuple, list)) else (example,))


def _arguments(x: Any, dtypes: Any) -> Inputs:
    """Shapes as `Blank`, tensors as they are."""
    named = isinstance(x, Mapping)
    entries = list(x.values()) if named else list(x) if _many(x) else [x]
    kinds = list(dtypes) if several(dtypes) else [dtypes] * len(entries)
    if not all(kind is None or isinstance(kind, torch.dtype) for kind in kinds):
        refuse("dtypes must be kinds of number of torch, or None", error=TypeError, dtypes=dtypes)
    if len(kinds) != len(entries):
        refuse("dtypes must be one, or one for each of x", dtypes=dtypes, x=_short(x))
    made = [_argument(entry, kind) for entry, kind in zip(entries, kinds, strict=True)]
    return Inputs(kwargs=dict(zip(x, made, strict=True))) if named else Inputs(tuple(made))


def _many(x: Any) -> bool:
    """Whether x is a sequence of shapes and tensors rather than one shape."""
    return several(x) and any(isinstance(entry, torch.Tensor) or several(entry) for entry in x)


def _argument(entry: Any, dtype: torch.dtype | None) -> Any:
    """One argument: a tensor as it is, or a shape."""
    if isinstance(entry, torch.Tensor):
        return entry
    rule = "x must be a shape, a tensor, or several of them"
    for part in (entry, *(entry if several(entry) else ())):
        if getattr(part, "ndim", 0):
            refuse(f"{rule}; torch.from_numpy makes a tensor of an array", error=TypeError, x=type(part).__name__)
    if not several(entry):
        refuse(rule, error=TypeError, x=_short(entry))
    return Blank(checks.sizes("x", entry, least=0), dtype)


def _short(x: Any) -> Any:
    """x, or the shapes in it."""
    return tree_map(lambda leaf: tuple(leaf.shape) if isinstance(leaf, torch.Tensor) else leaf, x)
