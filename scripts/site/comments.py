"""Shape comments are executed: `y = conv(x, w)  # (N, C_out, *O)` says that `y.shape` has this form.

A number must be that size. A letter stands for one size in the whole block, or for the whole number of that name; a
starred one for the rest. What is made of known letters (`C_in/g`, `C_in·k_H·k_W`) must come out. Words may follow.
In a function or a loop, and where the name is assigned again later, the shape is looked at each time the line runs; a
letter then stands for one size in its comment alone. Behind `return` it is that of what is returned.

A number in any other comment must be one that the block has: in its code, in what it prints, or in a variable.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.site.errors import PageError
from scripts.site.page import Block
from scripts.site.prose import typed_numerals
from scripts.site.values import binding_lines

NUMERAL = re.compile(r"\d+(?:\.\d+)?")
FREE = {"0", "1", "2"}  # bounds, and counts that mostly are none
SHAPE = re.compile(r"#\s*(\([^()]*\))(?!\w|\s*[×·*/+-])")


def check_shapes(page: str, block: Block, namespace: Mapping[str, Any]) -> None:
    """Compare the shapes that a block's comments state with those that its arrays have.

    Args:
        page: Its name.
        block: The block.
        namespace: Its variables after it ran.

    Raises:
        PageError: at the first comment that is not true.
    """
    letters: dict[str, int] = {}
    for name, line, stated in _stated(block.code):
        shape = getattr(namespace.get(name), "shape", None)
        if shape is not None and not _fits(stated, tuple(shape), letters, namespace):
            cause = f"the comment says {ast.unparse(stated)}, and the shape of {name} is {tuple(shape)}."
            raise PageError(page, block.line + line, cause)


class Watch:
    """Looks at the shapes that comments state where the block's variables do not show them at its end.

    Attributes:
        lines: The page's line of each such statement -> what its comment says.
        fault: The first comment that was not true, once the block has run.
    """

    def __init__(self, page: str, block: Block) -> None:
        self.page = page
        self.fault: PageError | None = None
        try:
            seen = {line for _, line, _ in _stated(block.code)}
            texts = {line: text for line, text in _shapes(block.code).items() if line not in seen}
        except (SyntaxError, tokenize.TokenError):  # told when the block is run
            texts = {}
        self.lines = {block.line + line: stated for line, text in texts.items() if (stated := _parsed(text))}

    def watching(self, tree: ast.Module) -> ast.Module:
        """The program that also calls this object, as `__watch__`, at these lines."""
        return ast.fix_missing_locations(_Watched(self.lines).visit(tree)) if self.lines else tree

    def __call__(self, line: int, value: Any) -> Any:
        """Compare, and hand the value on."""
        shape = getattr(value, "shape", None)
        around = sys._getframe(1).f_locals
        if shape is not None and not self.fault and not _fits(self.lines[line], tuple(shape), {}, around):
            cause = f"the comment says {ast.unparse(self.lines[line])}, and the shape is {tuple(shape)}."
            self.fault = PageError(self.page, line, cause)
        return value


class _Watched(ast.NodeTransformer):
    """Puts a call of `__watch__` behind an assignment and around what is returned."""

    def __init__(self, lines: Mapping[int, ast.Tuple]) -> None:
        self.lines = lines

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.AST]:
        """`y = f(x)` becomes `y = __watch__(line, f(x))` where one name is assigned."""
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            node.value = self._watched(node, node.value)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """`return y` becomes `return __watch__(line, y)`."""
        if node.value:
            node.value = self._watched(node, node.value)
        return node

    def _watched(self, node: ast.stmt, value: ast.expr) -> ast.expr:
        line = node.end_lineno or 0
        if line not in self.lines:
            return value
        call = ast.Call(ast.Name("__watch__", ast.Load()), [ast.Constant(line), value], [])
        return ast.copy_location(call, value)


def with_numbers(block: Block) -> Iterator[tuple[int, str]]:
    """The page's line and the text of each comment of a block that has a digit."""
    for token in tokenize.generate_tokens(io.StringIO(block.code).readline):
        if token.type == tokenize.COMMENT and re.search(r"\d", token.string):
            yield block.line + token.start[0], token.string


def check_numbers(page: str, block: Block, output: str, namespace: Mapping[str, Any]) -> None:
    """Refuse a number in a comment that the block has nowhere else; names, settings and years are free as in sentences.

    Args:
        page: Its name.
        block: The block.
        output: What it prints.
        namespace: Its variables after it ran.

    Raises:
        PageError: for the first one.
    """
    tokens = list(tokenize.generate_tokens(io.StringIO(block.code).readline))
    code = [token.string for token in tokens if token.type != tokenize.COMMENT]
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    if not any(NUMERAL.search(comment.string) for comment in comments):
        return
    here = set(NUMERAL.findall("\n".join([*code, output]).replace("_", "").replace(",", "")))
    for value in namespace.values():
        shape = getattr(value, "shape", ())
        here |= {str(number) for number in (value, *(shape if isinstance(shape, tuple) else ())) if type(number) is int}
    for comment in comments:
        for _, numeral in typed_numerals(SHAPE.sub("#", comment.string, count=1)[1:]):
            if numeral.replace(",", "") not in here | FREE:
                cause = f"the comment says {numeral}, and neither code nor output nor a variable of this block has it."
                raise PageError(page, block.line + comment.start[0], cause)


def _stated(code: str) -> Iterator[tuple[str, int, ast.Tuple]]:
    """Name, line and stated shape of each assignment of the block itself that is the last of its name."""
    comments = _shapes(code)
    last = binding_lines(code) if comments else {}
    for statement in ast.parse(code).body if comments else ():
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        text = comments.get(statement.end_lineno or 0)
        if text and isinstance(target, ast.Name) and last[target.id] == target.lineno:
            stated = _parsed(text)
            if stated is not None:
                yield target.id, statement.end_lineno or 0, stated


def _shapes(code: str) -> dict[int, str]:
    """Line -> what its comment has in brackets."""
    return {
        token.start[0]: match[1]
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type == tokenize.COMMENT and (match := SHAPE.match(token.string))
    }


def _parsed(text: str) -> ast.Tuple | None:
    """The comment as a tuple; None where it is none, such as an interval or a remark in brackets.

    Beside a number an entry may be two words: `(output row, input row, 2, 3)`.
    """
    if re.search(r"[(,]\s*\d+\s*[,)]", text):
        text = re.sub(r"(?<=[A-Za-z]) (?=[A-Za-z])", "_", text)
    try:
        tree = ast.parse(text.replace("·", "*"), mode="eval").body
    except SyntaxError:
        return None
    return tree if isinstance(tree, ast.Tuple) else None


def _fits(stated: ast.Tuple, shape: tuple[int, ...], letters: dict[str, int], namespace: Mapping[str, Any]) -> bool:
    entries = list(stated.elts)
    starred = [place for place, entry in enumerate(entries) if isinstance(entry, ast.Starred)]
    if starred:
        rest = len(shape) - len(entries) + 1
        if rest < 0:
            return False
        shape = (*shape[: starred[0]], *shape[starred[0] + rest :])
        del entries[starred[0]]
    return len(entries) == len(shape) and _agree(entries, shape, letters, namespace)


def _agree(
    entries: Sequence[ast.expr], shape: Sequence[int], letters: dict[str, int], namespace: Mapping[str, Any]
) -> bool:
    for entry, size in zip(entries, shape, strict=True):
        whole = {name: value for name, value in namespace.items() if type(value) is int} | letters
        if isinstance(entry, ast.Name) and entry.id not in whole:
            letters[entry.id] = size
        elif {node.id for node in ast.walk(entry) if isinstance(node, ast.Name)} <= whole.keys():
            value = eval(compile(ast.Expression(entry), "<comment>", "eval"), {"__builtins__": {}}, whole)
            if value != size:
                return False
    return True
