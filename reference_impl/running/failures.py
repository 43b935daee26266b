"""Why a model did not run, in words that help."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from dataclasses import dataclass

import torch

from reference_impl.checks import refuse
from reference_impl.running.inputs import Inputs

LONGEST = 160  # characters of torch's own words
UNKNOWN_NUMBERS = (  # what torch says when it is asked for the numbers of a tensor that has a shape only
    "faketensor",
    "fake tensor",
    "data-dependent",
    "meta tensor",
    "meta device",
    "data pointer",
    "tensor subclass",
    "incompatible tensor type",
    "no fake impl",
    "shape_env",
)
WHOLE_NUMBERS = ("indices", "index tensor", "long", "int64", "used as indices")  # … and where indices must stand


@dataclass
class Failure:
    """The innermost module that failed, the shapes it got, and what it raised."""

    name: str
    module: torch.nn.Module
    shapes: list[tuple[int, ...]]
    problem: Exception


def wants_numbers(failure: Failure) -> bool:
    """Whether the model needs more than shapes."""
    kinds = {kind.__module__ for kind in type(failure.problem).__mro__}
    text = str(failure.problem).lower()
    fake = any(module.startswith("torch._subclasses") for module in kinds)
    return fake or isinstance(failure.problem, NotImplementedError) or any(word in text for word in UNKNOWN_NUMBERS)


def wants_gradients(failure: Failure) -> bool:
    """Whether the forward differentiates something."""
    return "does not require grad" in str(failure.problem)


def wants_whole_numbers(failure: Failure) -> bool:
    """Whether the model seems to have been given floating-point numbers for indices."""
    return any(word in str(failure.problem).lower() for word in WHOLE_NUMBERS)


def refuse_run(inputs: Inputs, failure: Failure) -> None:
    """Say what was asked, which module refused, with which shapes, and what to do."""
    kind = type(failure.module).__name__
    where = f"module {failure.name!r} ({kind})" if failure.name else f"the model ({kind}) itself"
    words = " ".join(str(failure.problem).split()) or type(failure.problem).__name__
    short = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    rule = f"the model must run on these inputs, but {where} says: {short.rstrip('.')}{_advice(failure)}"
    known = isinstance(failure.problem, (TypeError, NotImplementedError))
    error = type(failure.problem) if known and type(failure.problem).__module__ == "builtins" else ValueError
    got = {} if failure.shapes == inputs.shapes() else {"there": failure.shapes}
    refuse(rule, error=error, inputs=inputs.shapes(), **got)


def _advice(failure: Failure) -> str:
    """What to do about it, where that is plain."""
    text = str(failure.problem)
    if "positional argument" in text and "missing" in text:
        return "; give one shape for each argument, or a dictionary of them by name"
    channels = getattr(failure.module, "in_channels", None)
    shape = failure.shapes[0] if failure.shapes else ()
    if len(shape) > 2 and shape[-1] == channels != shape[1]:
        return "; channels come first: (N, C, *S)"
    if "nested" in text.lower() or "shape_env" in text:
        return "; where it makes nested tensors, a padded tensor and a mask can stand for them"
    if "attribute 'value' is undefined" in text:  # constants that torch keeps in a form of its own cannot be copied
        return "; give the module as it was before torch.jit.optimize_for_inference"
    features = getattr(failure.module, "in_features", None)
    if shape and features and shape[-1] != features:
        return f"; the last axis must have {features} entries"
    return ""
