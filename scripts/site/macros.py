"""Evaluate the macros of a page, with what its own blocks computed and with the functions that a page may call.

Each expression is Jinja's and is evaluated alone, so that a fault names its own line. Fences and comments stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.parser import Parser
from jinja2.runtime import Undefined

from scripts.site.errors import PageError, close_to
from scripts.site.grammar import MACRO, TEXT_OF_PICTURE, Macro, line_at
from scripts.site.page import Page
from scripts.site.runner import PageRun
from scripts.site.symbolic import in_letters
from scripts.site.wording import as_text, by, in_sentence, times, words

# None of these hides a missing name.
FILTERS = ("abs", "capitalize", "first", "join", "last", "length", "lower", "max", "min", "sum", "upper")
OWN_FILTERS = {"by": by, "fmt": in_sentence, "in_letters": in_letters, "times": times, "words": words}


class Paragraphs(str):
    """Markdown that needs paragraphs of its own: a macro that gives it must stand alone."""


@dataclass
class Expanded:
    """A page whose macros are evaluated.

    Attributes:
        page: The page as it is on disk.
        markdown: Its text without the header, each macro replaced by its value.
        header: The header, the macros of its texts replaced by their values.
        values: Each macro and what it gave, in the order of the page.
        pictures: The HTML of its pictures, which come into the page at last.
    """

    page: Page
    markdown: str
    header: dict[str, Any] = field(default_factory=dict)
    values: list[tuple[Macro, str]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def line_of(self, tex: str) -> int:
        """The line of the page where a formula stands, or where the macro stands that gave it."""
        first = tex.split("\n")[0]
        if (position := self.page.text.find(first)) >= 0:
            return line_at(self.page.text, position)
        return next((macro.line for macro, text in self.values if first in text), 1)


def expand(page: Page, run: PageRun, functions: dict[str, Any]) -> Expanded:
    """Evaluate the macros of a page.

    Args:
        page: The page.
        run: What its blocks computed.
        functions: Name -> what its macros may call.

    Raises:
        PageError: for an unknown name, a value no sentence can show, or whatever a macro refuses.
    """
    hidden = {name: why for name, why in run.hidden.items() if name not in run.variables}
    hidden |= dict.fromkeys(run.variables.keys() & functions, "named like a macro: rename it")
    values: list[tuple[Macro, str]] = []
    pieces, position = [], page.body

    def evaluate(macro: Macro) -> str:
        value = _evaluate(page.name, macro, run.variables | functions, hidden)
        values.append((macro, value))
        return value

    of_header = {macro.code: evaluate(macro) for macro in page.header_macros}
    header = {
        key: MACRO.sub(lambda macro: of_header[macro[1].strip()], value) if isinstance(value, str) else value
        for key, value in page.header.items()
    }
    for macro in page.macros:
        pieces += [page.text[position : macro.begin], _placed(page, macro, evaluate(macro))]
        position = macro.end
    return Expanded(page, "".join([*pieces, page.text[position:]]), header, values)


def _environment() -> Environment:
    environment = Environment(undefined=StrictUndefined)
    environment.filters = {name: environment.filters[name] for name in FILTERS} | OWN_FILTERS
    environment.tests.clear()  # "x is defined" would hide a misspelt name
    environment.globals.clear()
    return environment


ENVIRONMENT = _environment()


def _evaluate(name: str, macro: Macro, namespace: Mapping[str, Any], hidden: Mapping[str, str]) -> str:
    code = _with_filled_texts(name, macro, namespace, hidden) if "[[=" in macro.code else macro.code
    try:
        for read in _names(code):
            if read in hidden or read not in namespace:
                raise ValueError(_unknown(read, namespace, hidden))
        if code in namespace:  # most sentences name a variable, and compiling takes time
            value = namespace[code]
        else:
            value = ENVIRONMENT.compile_expression(code, undefined_to_none=False)(**namespace)
        if isinstance(value, Undefined):
            raise ValueError(value._undefined_message)
        return value if isinstance(value, Paragraphs) else as_text(value)
    except (PageError, KeyboardInterrupt):
        raise
    except TemplateError as error:
        cause = error.message or "not understood"
    except ValueError as error:
        cause = str(error)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
    raise PageError(name, macro.line, f"[[= {' '.join(code.split())} =]]: {cause.rstrip('.')}.")


def _with_filled_texts(name: str, macro: Macro, namespace: Mapping[str, Any], hidden: Mapping[str, str]) -> str:
    """The code of a macro in whose captions and alternative texts macros are evaluated."""

    def value(nested: re.Match[str]) -> str:
        text = _evaluate(name, Macro(macro.line, 0, 0, nested[1].strip()), namespace, hidden)
        return re.sub(r"([\\\"'])", r"\\\1", text)  # it stands between quotes

    return TEXT_OF_PICTURE.sub(lambda text: MACRO.sub(value, text[0]), macro.code)


def _names(code: str) -> Iterator[str]:
    """The names an expression reads."""
    expression = Parser(ENVIRONMENT, code, state="variable").parse_expression()
    if isinstance(expression, nodes.Name):
        return iter([expression.name])
    return (name.name for name in expression.find_all(nodes.Name))


def _unknown(name: str, namespace: Mapping[str, Any], hidden: Mapping[str, str]) -> str:
    if name in hidden:
        return f"a sentence cannot use {name}, because it is {hidden[name]}"
    return f"no block of this page computes {name}{close_to(name, namespace)}"


def _placed(page: Page, macro: Macro, value: str) -> str:
    """What replaces a macro: a value as it is, paragraphs of their own at the indent of its line."""
    if not isinstance(value, Paragraphs):
        return value
    text = page.text
    indent = text[text.rfind("\n", 0, macro.begin) + 1 : macro.begin]
    if indent.strip() or text[macro.end : text.index("\n", macro.end)].strip():
        cause = "this macro makes a block of its own. Put it alone on its line."
        raise PageError(page.name, macro.line, cause)
    return "\n" + re.sub(r"^(?=.)", indent, value, flags=re.MULTILINE) + "\n"
