"""Run a torch model, watch which operator makes what out of what, and follow what each cell sees of the input."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._pytree import tree_leaves

from reference_impl.receptive_field.calls import Call, NeedsValuesError, given_arguments, values_of
from reference_impl.receptive_field.marks import is_fraction
from reference_impl.receptive_field.moves import forgotten
from reference_impl.receptive_field.reach import NOTHING, unwatched
from reference_impl.receptive_field.rules import is_fresh, rule_of
from reference_impl.receptive_field.seen import Seen, blind, input_seen
from reference_impl.receptive_field.shut import PRODUCTS, SOFTMAX, Mask, Shut, low_cells, open_rows, product, softmax
from reference_impl.receptive_field.sliding import SHUT
from reference_impl.receptive_field.written import Frame, framed, memory_of
from reference_impl.running.operators import Watching

NUMBER = re.compile(r"_local_scalar_dense|item|equal|is_nonzero|allclose")  # of values, not of shapes or devices


@dataclass(frozen=True)
class Share:
    """What one operator adds to the receptive field.

    Args:
        module: Qualified name of the module that ran it.
        operator: Its name in torch.
        size: Size behind it, one entry an axis, cells of the padding counted.
    """

    module: str
    operator: str
    size: tuple[int, ...]


class Sight(Watching):
    """Remembers, for every tensor made while it is active, what its cells see of the input.

    Args:
        x: The input, (N, C, *S).
            Those of its axes are looked at that come after the channels; of tokens, (N, T), the steps.
        where: Tells the qualified name of the module that is running.
        insist: Whether to raise NeedsValuesError where shapes alone do not tell, instead of giving up on that tensor.
    """

    def __init__(
        self,
        x: torch.Tensor,
        *,
        where: Callable[[], str] = lambda: "",
        insist: bool = False,
    ) -> None:
        super().__init__()
        self.shares: list[Share] = []
        self.numbers: list[str] = []  # modules that made a Python number of the input
        self._where, self._insist = where, insist
        self._shut = Shut()
        self._learned: dict[int, torch.Tensor] = {}  # made of parameters alone: a bias of positions is no mask
        axes = (1,) if x.ndim == 2 and not x.is_floating_point() else range(2, x.ndim)
        with unwatched():
            self.start = input_seen(tuple(x.shape), tuple(axes))
        if not self.start.axes:
            self.start = self.start.lost("the input has no spatial axis")
        self._frames: dict[int | None, Frame] = {}  # memory that was written into
        self._seen: dict[int, tuple[torch.Tensor, Seen]] = {id(x): (x, self.start)}  # the tensor keeps its id alive

    def of(self, tensor: Any) -> Seen | None:
        """What the cells of a tensor see; None if they do not depend on the input."""
        new = bool(self._frames) and isinstance(tensor, torch.Tensor) and id(tensor) not in self._seen
        if new and (frame := self._frames.get(memory_of(tensor))):
            with unwatched():
                self._seen[id(tensor)] = (tensor, frame.part(tensor))
        return self._seen.get(id(tensor), (tensor, None))[1]

    def watched(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operator and note its result."""
        result = func(*args, **kwargs)
        outs = tuple(leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor))
        leaves = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        if not outs and NUMBER.fullmatch(func.overloadpacket.__name__) and any(self.of(leaf) for leaf in leaves):
            self.numbers.append(self._where())  # a Python number, on which a branch may depend
        if outs and any(self.of(leaf) for leaf in leaves):
            with unwatched():
                call = Call(func, given_arguments(func, args, kwargs), self.of, outs[0], outs)
                self._note(call, leaves)
                self._shut.note(func, call.given, outs[0], self._lowering)
        elif any(isinstance(leaf, torch.nn.Parameter) or id(leaf) in self._learned for leaf in leaves):
            self._learned.update((id(out), out) for out in outs)
        return result

    def _note(self, call: Call, leaves: Sequence[torch.Tensor]) -> None:
        """Remember what the results of one operator see."""
        writes = call.func._schema.is_mutable and torch.Tag.inplace_view not in call.func.tags
        if is_fresh(call.func) and not writes:
            return
        seen = self._followed(call, forgotten if is_fresh(call.func) else None)
        for out, one in zip(call.outs, seen, strict=False):
            one = one.shaped(out.shape)
            self._seen[id(out)] = (out, one)
            if writes and any(out is leaf for leaf in leaves):
                self._write(out, one)
        self._share(call, seen[0])

    def _followed(self, call: Call, rule: Any = None) -> list[Seen]:
        """What each result of one operator sees; outputs of another shape than the first are not followed."""
        sources = call.sources()
        if problem := next((one.problem for one in sources if one.problem), ""):
            return [replace(sources[0], problem=problem, shape=tuple(out.shape)) for out in call.outs]
        try:
            seen = (rule or self._masked(call) or rule_of(call))(call)
        except NeedsValuesError:
            if self._insist:
                raise
            seen = sources[0].lost(f"which cells {call.name} reads stands in a tensor without numbers")
        except (RuntimeError, IndexError, NotImplementedError) as error:  # an operator that does not take tables
            said = str(error).partition("\n")[0]
            seen = sources[0].lost(f"{call.name} cannot be followed: {said}")
        if isinstance(seen, list):
            return seen
        return [seen if out.shape == call.out.shape else blind(seen, out.shape) for out in call.outs]

    def _lowering(self, value: Any, sign: int) -> list[Mask]:
        """Which cells a tensor lowers that does not depend on the input."""
        if not isinstance(value, torch.Tensor) or self.of(value) or not is_fraction(value):
            return []
        try:
            return low_cells(values_of(value), sign)
        except NeedsValuesError:
            learned = isinstance(value, torch.nn.Parameter) or id(value) in self._learned
            return [None] if value.ndim > 1 and value.shape[-1] > 1 and not learned else []

    def _masked(self, call: Call) -> Any:
        """The rule of an operator of attention that a mask has shut in part; None for every other one."""
        given = list(call.given.values())
        if call.name in SOFTMAX:
            self._find_overwritten(call)
        if call.name in SOFTMAX and (found := self._shut.scores(call.x)):
            mask = open_rows(found[0], call.given["dim"])
            if mask is None and self._insist:
                raise NeedsValuesError("data-dependent: which scores are shut stands in a tensor without numbers")
            return None if mask is None else partial(softmax, mask=mask)
        for place in (0, 1) if call.name in PRODUCTS else ():
            if (found := self._shut.weights(given[place])) and found[0] is not None:
                return partial(product, mask=found[0], first=place == 0)
        return None

    def _find_overwritten(self, call: Call) -> None:
        """Note scores that do not depend on the input where others do: a low number may stand there."""
        blind_cells = call.sight().reached[0][0] == NOTHING
        if bool(blind_cells.any()) and not bool(blind_cells.all()):
            try:
                self._shut.overwritten(call.x, blind_cells & (values_of(call.x) <= SHUT))
            except NeedsValuesError:
                self._shut.overwritten(call.x, None)

    def _write(self, view: torch.Tensor, seen: Seen) -> None:
        """Note that a part of some memory was written; what other tensors in it see is found when they are used."""
        key = memory_of(view)
        family = [(one, known) for one, known in self._seen.values() if one is not view and memory_of(one) == key]
        if key is None:
            return
        if any(one.element_size() != view.element_size() for one, _ in family):
            seen = seen.lost("memory is written as numbers of two kinds")
            self._seen[id(view)] = (view, seen)
        frame = self._frames.get(key) or framed(view, seen, family)
        self._frames[key] = frame.written(view, seen)
        for one, _ in family:
            del self._seen[id(one)]

    def _share(self, call: Call, seen: Seen) -> None:
        """Note the operator if it changes the size of the field."""
        before = [one.view for one in call.sources()]
        if seen.view and all(before):
            size = tuple(windows.size for windows in seen.view)
            if all(size != tuple(windows.size for windows in old or ()) for old in before):
                self.shares.append(Share(self._where(), call.name, size))
