"""Whether a block survives being pasted line by line into the prompt of Python.

Until Python 3.12 the prompt ends a compound statement (`for`, `if`, `def`, `class` …) at an empty line, and takes
nothing else for its end. So an empty line inside one cuts it in two, and code directly below one is a syntax error.
"""

import ast
import io
import tokenize

from scripts.site.errors import PageError
from scripts.site.page import Block

COMPOUND = (
    ast.For, ast.While, ast.If, ast.With, ast.Try, ast.TryStar, ast.Match, ast.FunctionDef, ast.ClassDef,
    ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith,
)  # fmt: skip


def check_pasting(page: str, block: Block) -> None:
    """Refuse a block that the prompt would misread.

    Raises:
        PageError: at the empty line inside a compound statement, or at the line that follows one directly.
    """
    for line, cause in misread_lines(block.code):
        raise PageError(page, block.line + line, cause)


def misread_lines(code: str) -> list[tuple[int, str]]:
    """The lines of a block that the prompt misreads, each with what to do; none of code that is no Python at all."""
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # told with its own message when the block runs
        return []
    empty, found = _empty_lines(code), []
    for statement, after in zip(statements, [*statements[1:], None], strict=True):
        if not isinstance(statement, COMPOUND):
            continue
        first, last = _first_line(statement), statement.end_lineno or statement.lineno
        where = f"the statement that begins with {code.splitlines()[first - 1].strip()[:40]!r}"
        for line in sorted(empty & set(range(first, last))):
            found.append((line, f"this empty line ends {where} when the block is pasted into a prompt. Delete it."))
        if after and not empty & set(range(last, _first_line(after))):
            cause = f"a prompt does not see that {where} has ended. Put an empty line above this one."
            found.append((_first_line(after), cause))
    return found


def _first_line(statement: ast.stmt) -> int:
    """The line of a statement, of its first decorator where it has some."""
    return min([statement.lineno, *(decorator.lineno for decorator in getattr(statement, "decorator_list", []))])


def _empty_lines(code: str) -> set[int]:
    """The empty lines that are no part of a text or of an open bracket."""
    empty, depth = set(), 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        elif token.type == tokenize.NL and not depth and not token.line.strip():
            empty.add(token.start[0])
    return empty
