"""Operators that are made of others: run as those, so that whoever watches a run sees what is computed."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any

import torch
from torch._ops import HigherOrderOperator, OpOverload
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impl.checks import refuse


class Watching(TorchDispatchMode):
    """A mode to which every operator comes in its parts.

    In inference mode torch hands on what autograd takes apart elsewhere, such as `conv2d`. Operators of functions
    (`torch.cond`, `while_loop`, `flex_attention`) are run as torch's own slow form of them.
    """

    supports_higher_order_operators = True

    def __torch_dispatch__(self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Run one operator: in its parts, or watched."""
        options: Mapping[str, Any] = kwargs or {}
        if any(map(takes_itself_apart, types)):
            return NotImplemented
        if isinstance(func, HigherOrderOperator):
            with self:
                return _slow_form(func)(*args, **options)
        if _is_made_of_others(func):
            with self:
                return func.decompose(*args, **options)
        return self.watched(func, args, dict(options))

    def watched(self, func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operator that has no parts, and look at it."""
        raise NotImplementedError


@cache
def takes_itself_apart(kind: Any) -> bool:
    """Whether tensors of a class hold others and run each operator on those, as nested and masked ones do."""
    plain: Any = torch.Tensor
    return kind.__torch_dispatch__ is not plain.__torch_dispatch__ and not issubclass(kind, FakeTensor)


@cache
def _is_made_of_others(func: OpOverload) -> bool:
    """Whether torch has no kernel of its own for an operator; autograd takes such a one apart, inference mode not."""
    key = "CompositeImplicitAutograd"
    return func.namespace == "aten" and torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key)


def _slow_form(func: HigherOrderOperator) -> Callable[..., Any]:
    """How an operator of functions runs without being compiled: our way, or torch's."""
    form = SLOW_FORMS.get(func.name()) or func.py_kernels.get(torch._C.DispatchKey.CompositeExplicitAutograd)
    return partial(_tried, func.name(), form)


def _tried(name: str, form: Callable[..., Any] | None, *args: Any, **kwargs: Any) -> Any:
    """Run a slow form; torch asserts of some that nobody watches."""
    with suppress(AssertionError):
        if form:
            return form(*args, **kwargs)
    rule = "an operator of functions must be torch.cond, while_loop or flex_attention; write a Python loop or branch"
    return refuse(rule, error=NotImplementedError, operator=name)


def _branch(predicate: Any, true: Callable[..., Any], false: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """`torch.cond`: the branch that this input takes."""
    return (true if predicate else false)(*operands)


def _loop(going: Callable[..., Any], body: Callable[..., Any], carried: Sequence[Any], rest: Sequence[Any]) -> Any:
    """`while_loop`: as many rounds as this input takes."""
    while going(*carried, *rest):
        carried = body(*carried, *rest)
    return carried


SLOW_FORMS: dict[str, Callable[..., Any]] = {"cond": _branch, "while_loop": _loop}
