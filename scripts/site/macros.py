"""The macros of a page: everything between `[[=` and `=]]`, evaluated with what the page's own blocks computed.

Each expression is Jinja's and is evaluated alone, so that a fault names its own line. Fences and comments stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.parser import Parser
from jinja2.runtime import Undefined

from scripts.site import bibliography, figures, formulas, listings, tables, timings
from scripts.site.cache import cached, sources_digest, versions_digest
from scripts.site.census import census
from scripts.site.errors import PageError
from scripts.site.fences import split_page
from scripts.site.inlays import Inlays
from scripts.site.reference import close_to
from scripts.site.snippets import PageRun
from scripts.site.values import shown, with_format

STRING = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
MACRO = re.compile(rf"\[\[=((?:{STRING}|(?!=\]\]|\[\[=)[^\"'])*)=\]\]", re.DOTALL)
STRAY_MARK = re.compile(r"\[\[=|=\]\]")
FIGURE_CALL = re.compile(rf"\bfigure\(\s*({STRING})")
FILTERS = ("abs", "first", "join", "last", "length", "lower", "max", "min", "sum", "upper")  # none hides a missing name

PICTURE = "\ue000picture {}\ue001"  # private-use characters: no page has them and Markdown leaves them alone
CAPTION = "\ue000caption\ue001{}\ue000end\ue001"
PICTURE_HTML = re.compile(
    r"<p>\ue000picture (\d+)\ue001</p>(?:\s*<p>\ue000caption\ue001(.*?)\ue000end\ue001</p>)?", re.DOTALL
)


class Block(str):
    """Markdown that needs paragraphs of its own: a macro that gives it must stand alone."""


@dataclass
class Expanded:
    """A page whose macros are evaluated.

    Attributes:
        page: Its name for messages.
        markdown: Without front matter, with a token where a picture goes.
        pictures: The HTML that `with_pictures` puts in their places.
        made: Line of a macro -> what it became.
    """

    page: str
    markdown: str
    pictures: list[str]
    made: list[tuple[int, str]] = field(default_factory=list)


def expand(page: str, src_uri: str, markdown: str, run: PageRun) -> Expanded:
    """Evaluate the macros of a page.

    Args:
        page: Path for messages, relative to the repository root.
        src_uri: Path below docs/, from which links start.
        markdown: The page as it stands on disk, front matter included.
        run: What its blocks computed.

    Raises:
        PageError: for an unknown name, a value no sentence can show, or whatever a macro refuses.
    """
    pictures: list[str] = []
    functions = _functions(src_uri, pictures)
    hidden = {name: why for name, why in run.hidden.items() if name not in run.variables}
    hidden |= dict.fromkeys(run.variables.keys() & functions, "named like a macro: rename it")
    text, macros, start = _scan(page, markdown)
    made: list[tuple[int, str]] = []
    pieces, position = [], start
    for line, begin, end, code in macros:
        value = _evaluate(page, line, code, run.variables | functions, hidden)
        made.append((line, value))
        pieces += [text[position:begin], _placed(page, line, text, begin, end, value)]
        position = end
    return Expanded(page, "".join([*pieces, text[position:]]), pictures, made)


def with_pictures(expanded: Expanded, content: str, inlays: Inlays) -> str:
    """Make a place for each picture in the HTML of a page, with its caption."""

    def figure(place: re.Match[str]) -> str:
        caption = f"<figcaption>{place[2]}</figcaption>" if place[2] else ""
        picture = inlays.keep(expanded.pictures[int(place[1])], "div")
        return f'<figure class="handbook-figure">{picture}{caption}</figure>'

    return PICTURE_HTML.sub(figure, content)


def pictures_named(page: str, markdown: str) -> set[tuple[str, str]]:
    """The (module, function) pairs of the pictures a page asks for, found without running anything."""
    codes = [code for *_, code in _scan(page, markdown)[1]]
    return {(figures.module_of(page), call[1][1:-1]) for code in codes for call in FIGURE_CALL.finditer(code)}


def _functions(src_uri: str, pictures: list[str]) -> dict[str, Any]:
    """What a page may call."""
    seen: list[str] = []

    def figure(name: str, alt: str = "", caption: str | None = None) -> Block:
        seen.append(name)
        pictures.append(figures.picture(src_uri, name, alt, seen.count(name)))
        token = PICTURE.format(len(pictures) - 1)
        return Block(f"{token}\n\n{CAPTION.format(caption)}" if caption else token)

    def formula(name: str, display: bool = True) -> str:
        text = formulas.formula(name, display=display)
        return Block(text) if display else text

    return {
        "bibliography": lambda: Block(bibliography.bibliography()),
        "census": census,
        "cite": lambda key, section="": bibliography.cite(src_uri, key, section),
        "definition": lambda name: Block(formulas.definition(name)),
        "figure": figure,
        "formula": formula,
        "planted_faults": _planted_faults,
        "references": lambda *keys: Block(bibliography.references(*keys)),
        "source": lambda *names: Block(listings.listing(*names)),
        "table": lambda rows, fmt=None, align=None, caption=None: Block(tables.table(rows, fmt, align, caption)),
        "version": version,
        **timings.macros(src_uri, Block),
    }


def _planted_faults() -> Block:
    from scripts.site.faults import planted_faults  # which expands macros itself

    key = [sources_digest("scripts/site"), sources_digest(), versions_digest()]
    return Block(cached("faults", key, planted_faults))


def version(package: str) -> str:
    """The installed version of a package, without a build's local part."""
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        raise ValueError(f"no package {package!r} is installed") from None


def _environment() -> Environment:
    environment = Environment(undefined=StrictUndefined)
    environment.filters = {name: environment.filters[name] for name in FILTERS} | {"fmt": with_format}
    environment.tests.clear()  # "x is defined" would hide a misspelt name
    environment.globals.clear()
    return environment


ENVIRONMENT = _environment()


def _scan(page: str, markdown: str) -> tuple[str, list[tuple[int, int, int, str]], int]:
    """The page's text, its macros as (line, begin, end, code), and where its front matter ends."""
    parts = split_page(page, markdown)
    lines = markdown.splitlines()
    text = "\n".join(lines) + "\n"
    prose = "\n".join(kept.ljust(len(line)) for kept, line in zip(parts.prose, lines, strict=True)) + "\n"
    macros = [(prose.count("\n", 0, m.start()) + 1, m.start(), m.end(), m[1].strip()) for m in MACRO.finditer(prose)]
    rest = MACRO.sub(lambda macro: re.sub(r"[^\n]", " ", macro[0]), prose)
    if stray := STRAY_MARK.search(rest):
        line = rest.count("\n", 0, stray.start()) + 1
        raise PageError(
            page, line, f"{stray[0]} without its counterpart: a macro is [[= expression =]], its quotes closed."
        )
    return text, macros, sum(len(line) + 1 for line in lines[: len(parts.front_matter)])


def _evaluate(page: str, line: int, code: str, namespace: dict[str, Any], hidden: dict[str, str]) -> str:
    try:
        for name in _names(code):
            if name in hidden or name not in namespace:
                raise ValueError(_unknown(name, namespace, hidden))
        if code in namespace:  # most sentences name a variable, and compiling takes time
            value = namespace[code]
        else:
            value = ENVIRONMENT.compile_expression(code, undefined_to_none=False)(**namespace)
        if isinstance(value, Undefined):
            raise ValueError(value._undefined_message)
        return value if isinstance(value, Block) else shown(value)
    except (PageError, KeyboardInterrupt):
        raise
    except TemplateError as error:
        cause = error.message or "not understood"
    except ValueError as error:
        cause = str(error)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
    raise PageError(page, line, f"[[= {' '.join(code.split())} =]]: {cause.rstrip('.')}.")


def _names(code: str) -> Iterator[str]:
    """The names an expression reads."""
    expression = Parser(ENVIRONMENT, code, state="variable").parse_expression()
    return (
        (name.name for name in expression.find_all(nodes.Name))
        if not isinstance(expression, nodes.Name)
        else iter([expression.name])
    )


def _unknown(name: str, namespace: dict[str, Any], hidden: dict[str, str]) -> str:
    if name in hidden:
        return f"a sentence cannot use {name}, because it is {hidden[name]}"
    return f"no block of this page computes {name}{close_to(name, list(namespace))}"


def _placed(page: str, line: int, text: str, begin: int, end: int, value: str) -> str:
    """What replaces a macro: a value as it is, a block in its own paragraphs at the indent of its line."""
    if not isinstance(value, Block):
        return value
    indent = text[text.rfind("\n", 0, begin) + 1 : begin]
    if indent.strip() or text[end : text.index("\n", end)].strip():
        raise PageError(page, line, "this macro makes a block of its own. Put it alone on its line.")
    return "\n" + "\n".join(f"{indent}{row}" if row else "" for row in value.split("\n")) + "\n"


def line_of(expanded: Expanded, markdown: str, tex: str) -> int:
    """The line of the page where a formula stands, or where the macro stands that made it."""
    first = tex.split("\n")[0]
    if (position := markdown.find(first)) >= 0:
        return markdown.count("\n", 0, position) + 1
    return next((line for line, text in expanded.made if first in text), 1)
