"""What can be changed in a file, one thing at a time: operators, constants, words, conditions, results, arguments."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPARE = {ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt)}
COMPARE |= {ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)}
COMPARE |= {ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult}
ARITHMETIC |= {ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
ARITHMETIC |= {ast.MatMult: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd, ast.Invert: ast.UAdd}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
COMMUTATIVE = ("max", "min", "np.maximum", "np.minimum", "gcd", "lcm", "accumulator", "result_type", "promote_types")
UNTOUCHED = (ast.Import, ast.ImportFrom, ast.JoinedStr)


class Mutant(NamedTuple):
    """One attribute of one node of a file's syntax tree, and what it becomes."""

    path: Path
    tree: ast.Module
    node: ast.AST
    attribute: str
    value: Any
    statement: ast.stmt
    function: Function | None  # None: module or class level

    def code(self) -> tuple[Any, str]:
        """The changed module, compiled, and the change in words; the tree is left as it was."""
        old, part = getattr(self.node, self.attribute), self.attribute in ("test", "operand", "ifs")
        before = ast.unparse(old if part and isinstance(old, ast.AST) else self.node)
        setattr(self.node, self.attribute, self.value)
        after = ast.unparse(self.value if part and isinstance(old, ast.AST) else self.node)
        code = compile(ast.fix_missing_locations(self.tree), str(self.path), "exec")
        setattr(self.node, self.attribute, old)
        return code, f"{self.path}:{getattr(self.node, 'lineno', self.statement.lineno)}: {before}  ->  {after}"


def edits(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What can be changed in one node: an attribute and its new value."""
    yield from of_operators(node)
    yield from of_words_and_numbers(node)
    yield from of_structure(node)


def of_operators(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Another operator."""
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                yield from (("ops", [*ops[:at], new(), *ops[at + 1 :]]) for new in COMPARE[type(op)])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) | ast.UnaryOp(op=op) if type(op) in ARITHMETIC:
            yield "op", ARITHMETIC[type(op)]()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operand", ast.UnaryOp(ast.Not(), operand)


def of_words_and_numbers(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Another constant, or a function with the opposite meaning."""
    match node:
        case ast.Constant(value=bool(value)):
            yield "value", not value
        case ast.Constant(value=int(value) | float(value)):
            yield from (("value", value + 1), ("value", value - 1))
        case ast.Constant(value=str(value)):
            yield "value", value + "?"
        case ast.Name(id=name) if name in NAMES:
            yield "id", NAMES[name]
        case ast.Attribute(attr=name) if name in NAMES:
            yield "attr", NAMES[name]


def of_structure(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """A condition the other way round, no result, no effect, no bound, an argument less, two arguments swapped."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "test", ast.UnaryOp(ast.Not(), test)
        case ast.comprehension(ifs=[test]):
            yield "ifs", [ast.UnaryOp(ast.Not(), test)]
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "value", ast.Constant(None)
        case ast.Expr(value=ast.Call()):
            yield "value", ast.Constant(None)
        case ast.Slice():
            yield from ((name, None) for name in ("lower", "upper", "step") if getattr(node, name))
        case ast.Call(args=args, keywords=keywords):
            yield from [("args", args[:-1])] if args else []  # without an earlier one, most calls just crash
            kept = [at for at, keyword in enumerate(keywords) if not same_result(keyword)]
            yield from (("keywords", keywords[:at] + keywords[at + 1 :]) for at in kept)
            if ast.unparse(node.func).lower() in COMMUTATIVE or called(node) == "swapaxes":
                return
            swapped = ([*args[:at], args[at + 1], args[at], *args[at + 2 :]] for at in range(len(args) - 1))
            yield from (("args", new) for new in swapped if list(map(ast.dump, new)) != list(map(ast.dump, args)))


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of a file, in the order of its syntax tree."""
    tree, found = ast.parse(path.read_text(encoding="utf-8")), []

    def visit(node: ast.AST, statement: ast.stmt, function: Function | None) -> None:
        statement = node if isinstance(node, ast.stmt) else statement
        function = node if isinstance(node, Function) and not function else function
        found.extend(Mutant(path, tree, node, *edit, statement, function) for edit in edits(node))
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and field not in ("annotation", "returns") and not spared(node, child):
                    visit(child, statement, function)

    for statement in tree.body:
        if not spared(tree, statement):
            visit(statement, statement, None)
    return found


def spared(parent: ast.AST, node: ast.AST) -> bool:
    """Whether a node is text for people, a type, an import, or a check of the code's own."""
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in ("__all__", "rule")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return isinstance(parent, ast.Expr) or (isinstance(parent, ast.Call) and ast.unparse(parent.func) == "refuse")
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    rest = called(parent) == "reshape" and isinstance(node, ast.UnaryOp)  # -1: what is left; so is any number below
    return isinstance(node, UNTOUCHED) or docstring or rest or same_result(node)


def same_result(node: ast.AST) -> bool:
    """Whether a keyword changes no result: `strict` and `frozen` are checks, `copy=False` spares memory."""
    if not isinstance(node, ast.keyword):
        return False
    return node.arg in ("strict", "frozen") or (node.arg == "copy" and ast.unparse(node.value) == "False")


def called(node: ast.AST) -> str:
    """The name of the method that a node calls, if it calls one."""
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
