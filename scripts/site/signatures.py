"""How a function or a class of reference_impl is called, read from its source."""

import ast
from collections.abc import Iterator

WIDTH = 76  # of a call in one line
Documented = ast.FunctionDef | ast.ClassDef


def signature(node: Documented) -> str:
    """A call with all arguments, their types and defaults; over several lines where one is too short."""
    arguments = list(written(arguments_of(node)))
    result = f" -> {ast.unparse(node.returns)}" if isinstance(node, ast.FunctionDef) and node.returns else ""
    line = f"{node.name}({', '.join(arguments)}){result}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{node.name}(", *(f"    {argument}," for argument in arguments), f"){result}"])


def arguments_of(node: Documented) -> ast.arguments:
    """The arguments of a function; of a class those of its `__init__`, or its fields where it has none."""
    if isinstance(node, ast.FunctionDef):
        return node.args
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            return part.args
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    named = [ast.arg(ast.unparse(part.target), part.annotation) for part in fields]
    defaults = [part.value for part in fields if part.value]
    return ast.arguments(args=named, defaults=defaults, posonlyargs=[], kwonlyargs=[], kw_defaults=[])


def written(given: ast.arguments) -> Iterator[str]:
    """Each argument as it is written, without `self`."""
    named = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(named) - len(given.defaults)) + list(given.defaults)
    for argument, default in zip(named, defaults, strict=True):
        if argument.arg != "self":
            yield _written(argument, default)
    if given.vararg:
        yield f"*{ast.unparse(given.vararg)}"
    elif given.kwonlyargs:
        yield "*"
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _written(argument, default)
    if given.kwarg:
        yield f"**{ast.unparse(given.kwarg)}"


def _written(argument: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return ast.unparse(argument)
    return f"{ast.unparse(argument)}{' = ' if argument.annotation else '='}{ast.unparse(default)}"
