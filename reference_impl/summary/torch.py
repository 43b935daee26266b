"""What each layer of a torch model costs, in the table of `summary`, for any module."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from reference_impl.receptive_field.trace import Sight
from reference_impl.running.inputs import Inputs, given_inputs
from reference_impl.running.outputs import named_tensors
from reference_impl.running.run import ran
from reference_impl.summary.book import Book
from reference_impl.summary.memory import Saved
from reference_impl.summary.table import seen_size
from reference_impl.summary.tree import Summary

__all__ = ["Summary", "summarize_torch"]

FOLLOWED_BYTES = 2**30  # of activations: a run on numbers is not repeated for more, only for the receptive fields


def summarize_torch(
    model: torch.nn.Module,
    x: Any = None,
    *,
    example_inputs: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    dtypes: Sequence[torch.dtype | None] | torch.dtype | None = None,
) -> Summary:
    """One row a layer, in the order of running: shapes, parameters, MACs, bytes of the output, receptive field.

    The model runs in evaluation mode on shapes only: nothing is allocated or computed. Where it asks for a number, it
    runs on zeros (or on the example) instead. Its hooks run with it, and it is left exactly as it was found. `print`
    shows the rows as a tree.

    MACs are products that are summed: convolutions of every kind, matrix products, attention, recurrent layers. In a
    convolution, taps on the padding count and biases do not; a bilinear layer counts one for each weight and row.
    A product of complex numbers counts one; a complex convolution counts three, because torch runs it as three real
    ones. Of `torch.cond` the branch that runs is counted, of `flex_attention` all queries times all keys.
    Other arithmetic on two or more numbers is named with how often it ran (`apart`), and so is every operator of which
    the products are not known (`uncounted`); functions of one number, such as activations, are not. Products that only
    prepare weights, as in spectral norm, are `preparation_macs`.

    There is a row for every module without children, and for one with children that has parameters or products of
    its own; `tree` has all of them. The parameters of all rows are those of the model, shared ones once; modules
    that did not run have rows of their own.

    Args:
        model: Any module: lazy, scripted, with hooks, parametrized, on any device.
        x: A shape, a tensor, several of them (one for each argument), or a dictionary of them by name. A shape takes
            the model's kind of number, or whole numbers where the model wants them.
        example_inputs: In place of x, the arguments themselves; they or the model may lie on meta, or both.
        kwargs: Keyword arguments, taken as they are.
        dtypes: Kinds of number of the shapes in x: one for all, or one each.

    Returns:
        A list of rows as `summarize` gives them; `summary_text` and `summary_totals` take them. The receptive field
        is None where sight cannot be followed.

    Raises:
        ValueError: the model does not run on these inputs; the message names the module.
        TypeError: a model that is not a module, arguments that it does not take.

    Source:
        torch.utils.flop_counter.FlopCounterMode, for the convention: one MAC is two of its FLOPs.

    Example:
        >>> row = summarize_torch(torch.nn.Conv2d(3, 64, 7, stride=2, padding=3), (1, 3, 224, 224))[0]
        >>> row["output_shape"], row["parameters"], row["macs"], row["receptive_field"]
        ((1, 64, 112, 112), 9472, 118013952, 7)
    """
    inputs = given_inputs(model, x, example_inputs=example_inputs, kwargs=kwargs, dtypes=dtypes)
    with ran(model, inputs, Book) as run:
        book = run.watcher
        book.finish()
        rows = {id(visit): visit.row() for visit in book.visits}
        flat = [rows[id(visit)] for visit in book.ended if visit.has_own]
        summary = Summary(flat, tree=list(rows.values()), peak_bytes=book.living.most, on=run.on)
        names = {id(rows[id(visit)]): visit.name for visit in book.visits}
        if len(inputs.leaves()) == 1 and len(inputs.shapes()[0]) > 2 and _is_small(run.on, flat):
            _add_fields(run.again(Fields), summary, names)
        if run.on == "shapes":
            _add_saved(run.again(Saved), summary, names)
    return summary


def _is_small(on: str, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether one more run costs little."""
    return on == "shapes" or sum(row["activation_bytes"] for row in rows) < FOLLOWED_BYTES


def _add_fields(watched: "Fields | None", summary: Summary, names: dict[int, str]) -> None:
    """Write receptive fields into the rows."""
    calls: Counter[str] = Counter()
    for row in summary.tree if watched else ():
        name = names[id(row)]
        if watched and (found := watched.found.get((name, calls[name]))):
            row["receptive_field"], row["field_stride"] = found
        calls[name] += 1


def _add_saved(watched: Saved | None, summary: Summary, names: dict[int, str]) -> None:
    """Write into the rows what training keeps; nothing if the model does not run in training mode.

    Batch normalisation, for one, refuses a single number a channel.
    """
    if watched is None:
        return
    saved = watched.by_name
    summary.saved_bytes = sum(saved.values())
    for row in summary.tree:
        row["saved_bytes"] = saved.pop(names[id(row)], 0)


class Fields:
    """Watches what the results of modules see of the input."""

    def __init__(self, _model: torch.nn.Module, inputs: Inputs) -> None:
        self.found: dict[tuple[str, int], tuple[Any, Any]] = {}
        self.sight = Sight(inputs.leaves()[0])
        self._open: list[tuple[str, int]] = []
        self._calls: Counter[str] = Counter()

    def modes(self) -> Sequence[AbstractContextManager[Any]]:
        """The mode that follows every operator."""
        return [self.sight]

    def before(self, _name: str, _module: torch.nn.Module) -> AbstractContextManager[Any]:
        """Hooks are of no interest."""
        return nullcontext()

    def enters(self, name: str, _module: torch.nn.Module, _inputs: Any) -> None:
        """A module begins."""
        self._open.append((name, self._calls[name]))
        self._calls[name] += 1

    def leaves(self, _name: str, _module: torch.nn.Module, output: Any) -> None:
        """A module ends."""
        place, tensors = self._open.pop(), list(named_tensors(output).values())
        seen = self.sight.of(tensors[0]) if tensors else None
        if seen is not None and not seen.problem and seen.view:
            strides = tuple(windows.stride for windows in seen.view)
            self.found[place] = seen_size(seen.view), strides[0] if len(set(strides)) == 1 else strides
