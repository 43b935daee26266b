"""`python -m reference_impl.summary`: the table of a named network, or the tree of any torch model."""

import argparse
import ast
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from reference_impl.checks import refuse
from reference_impl.networks import NETWORKS
from reference_impl.summary.table import summarize, summary_text
from reference_impl.summary.tree import summary_tree


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: print the table of a network. Returns the exit status, 2 for a wrong argument."""
    given = _parser().parse_args(arguments)
    try:
        print(_model_tree(given) if ":" in given.name else _network_table(given))
    except (ValueError, TypeError, NotImplementedError, ImportError) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reference_impl.summary",
        description="What each layer costs: of a named network, or of any torch model that Python can import.",
    )
    parser.add_argument(
        "name",
        help=f"package.module:model, a torch module or a function that makes one; or one of {', '.join(NETWORKS)}",
    )
    parser.add_argument(
        "--shape",
        "--input-shape",
        metavar="N,C,H,W",
        action="append",
        dest="shapes",
        help="of the input, channels first; once for each input of a model, in place of a named network's own",
    )
    parser.add_argument("--itemsize", type=int, default=4, help="bytes of one number of a named network (4: float32)")
    parser.add_argument("--depth", type=int, help="levels of modules to show")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an argument of the function that makes the model",
    )
    return parser


def _network_table(given: argparse.Namespace) -> str:
    """The table of a named network."""
    shapes = [_shape(text) for text in given.shapes or ()]
    if len(shapes) > 1:
        refuse("a named network takes one --shape", shapes=shapes)
    return summary_text(summarize(given.name, input_shape=shapes[0] if shapes else None, itemsize=given.itemsize))


def _model_tree(given: argparse.Namespace) -> str:
    """The tree of a torch model that can be imported."""
    from reference_impl.summary.torch import summarize_torch

    if not given.shapes:
        refuse("a model needs --shape, once for each of its inputs", name=given.name)
    model = _imported(given.name, dict(_setting(text) for text in given.set))
    return summary_tree(summarize_torch(model, [_shape(text) for text in given.shapes]), depth=given.depth)


def _imported(name: str, settings: dict[str, Any]) -> Any:
    """The model called "package.module:model": a module as it is, a function or class called, on meta if it can be."""
    import torch

    sys.path.insert(0, os.getcwd())
    place, _, attribute = name.partition(":")
    found: Any = importlib.import_module(place)
    for part in attribute.split("."):
        if not hasattr(found, part):
            refuse("the model must be in the module", name=name, missing=part)
        found = getattr(found, part)
    if isinstance(found, torch.nn.Module):
        return found
    if not callable(found):
        refuse("the model must be a torch module or make one", error=TypeError, name=name)
    try:
        with torch.device("meta"):  # no weight is drawn
            return found(**settings)
    except (RuntimeError, NotImplementedError):  # a constructor that needs numbers
        return found(**settings)


def _setting(text: str) -> tuple[str, Any]:
    """The name and value in "num_classes=10"; what is not a literal is text."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        refuse("--set must be NAME=VALUE", set=text)
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _shape(text: str) -> tuple[int, ...]:
    """The sizes in "1,3,224,224"."""
    if not all(size.strip().isdecimal() for size in text.split(",")):
        refuse("--shape must be whole numbers with commas", shape=text)
    return tuple(int(size) for size in text.split(","))
