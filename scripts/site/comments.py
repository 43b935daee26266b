"""Shape comments are executed: `y = conv(x, w)  # (N, C_out, *O)` says that `y.shape` has this form.

A number must be that size. A letter stands for one size in the whole block, or for the whole number of that name; a
starred one for the rest. What is made of known letters (`C_in/g`, `C_in·k_H·k_W`) must come out. Words may follow.

A number in any other comment must be one that the block has: in its code, in what it prints, or in a variable.
"""

import ast
import io
import re
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
    comments = {
        token.start[0]: match[1]
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type == tokenize.COMMENT and (match := SHAPE.match(token.string))
    }
    last = binding_lines(code) if comments else {}
    for statement in ast.parse(code).body if comments else ():
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        text = comments.get(statement.end_lineno or 0)
        if text and isinstance(target, ast.Name) and last[target.id] == target.lineno:
            stated = _parsed(text)
            if stated is not None:
                yield target.id, statement.end_lineno or 0, stated


def _parsed(text: str) -> ast.Tuple | None:
    """The comment as a tuple; None where it is none, such as an interval or a remark in brackets."""
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
