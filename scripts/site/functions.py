"""What a page may call between `[[=` and `=]]`, and the way of a page from its source to its Markdown."""

import importlib
import posixpath
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from scripts import fingerprints
from scripts.site import (
    addresses,
    api,
    bibliography,
    cards,
    census,
    figures,
    formulas,
    home,
    html,
    inline_math,
    inputs,
    laws,
    letters,
    operators,
    planted_faults,
    porting,
    prose,
    reference,
    tables,
    tabs,
    wording,
)
from scripts.site.cache import cached, once_a_build
from scripts.site.grammar import STRING
from scripts.site.macros import Expanded, Paragraphs, expand
from scripts.site.page import Page
from scripts.site.pasting import check_pasting
from scripts.site.runner import PageRun, run_page, run_page_cached

SENTENCES = ("inputs", "pasting", "prose")  # modules that judge the text of a page alone
FIGURE_CALL = re.compile(rf"\bfigure\(\s*({STRING})")


def check_and_expand(page: Page, run: Callable[[Page], PageRun] = run_page_cached) -> Expanded:
    """Check a page's header and sentences, run its blocks, evaluate its macros.

    Raises:
        PageError: for the first fault.
    """
    _ = page.header  # reading it checks it
    cached("sentences", [page.text, *_sentences_key()], lambda: _check_sentences(page))
    expanded = expand_with(page, run(page))
    bibliography.check_citations(page)
    addresses.check_addresses(page)
    return expanded


def _check_sentences(page: Page) -> None:
    """Check what depends on the page's text alone."""
    for block in page.blocks:
        check_pasting(page.name, block)
    inputs.check_inputs(page, prose.check_prose(page), prose.INPUTS)


@once_a_build
def _sentences_key() -> list[str]:
    """What the verdict on the sentences of every page depends on."""
    return [fingerprints.of_versions(), *(fingerprints.of_module(f"scripts.site.{name}") for name in SENTENCES)]


def expand_with(page: Page, run: PageRun) -> Expanded:
    """Evaluate the macros of a page with what its blocks gave."""
    pictures: list[str] = []
    expanded = expand(page, run, functions(page, pictures, run.variables))
    expanded.pictures = pictures
    return expanded


def pictures_named(page: Page) -> set[tuple[str, str]]:
    """The (module, function) pairs of the pictures a page asks for, found without running anything."""
    calls = (call for macro in page.macros for call in FIGURE_CALL.finditer(macro.code))
    return {(figures.module_of(page.name), call[1][1:-1]) for call in calls}


def functions(page: Page, pictures: list[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a page may call, with what its blocks computed; the HTML of pictures is added to `pictures`."""
    seen: list[str] = []

    def figure(name: str, alt: str = "", caption: str | None = None) -> Paragraphs:
        seen.append(name)
        pictures.append(figures.picture(page.uri, name, alt, seen.count(name)))
        return Paragraphs(html.picture_marks(len(pictures) - 1, caption))

    said = letters.PageLetters()

    def formula(name: str, display: bool = True) -> str:
        text = formulas.formula(name, display=display, said=said)
        return Paragraphs(text) if display else text

    def math(text: str, *, equals: str = "", display: bool = False, **given: Any) -> str:
        of = () if equals else _formulas_of(page)
        shown = inline_math.math(text, variables, equals=equals, of=of, display=display, **given)
        return Paragraphs(shown) if display else shown

    return {
        "card": lambda name, traps=(), title="", beyond="": Paragraphs(cards.card(page, name, traps, title, beyond)),
        "api": lambda room="": Paragraphs(reference.listed(room)),
        "bibliography": lambda: Paragraphs(bibliography.bibliography()),
        "census": census.census,
        "changelog": lambda: Paragraphs(home.changelog()),
        "chapters": lambda: Paragraphs(home.chapter_cards()),
        "compared": wording.compared,
        "cite": lambda key, section="": bibliography.cite(page.uri, key, section),
        "definition": lambda name: Paragraphs(formulas.definition(name, said=said)),
        "drift_date": census.drift_date,
        "drift_table": lambda: Paragraphs(census.drift_table()),
        "figure": figure,
        "port_differences": lambda: Paragraphs(porting.differences()),
        "port_pairs": lambda: Paragraphs(porting.pairs(page.name)),
        "spelled": lambda x, w, **options: Paragraphs(porting.spelled(x, w, **options)),
        "data_layouts": lambda: Paragraphs(porting.data_layouts()),
        "weight_layouts": lambda: Paragraphs(_weight_layouts()),
        "in_frameworks": lambda x, w, **options: Paragraphs(tabs.in_frameworks(page.name, x, w, **options)),
        "formula": formula,
        "lab_cards": lambda: Paragraphs(_late("labs", "cards")()),
        "larger_or_smaller": wording.larger_or_smaller,
        "more_or_fewer": wording.more_or_fewer,
        "letters": lambda part: Paragraphs(tables.table(letters.table(part))),
        "law": lambda *texts, numbers="", **given: Paragraphs(laws.law(*texts, numbers=numbers, **given)),
        "math": math,
        "operators": lambda: Paragraphs(operators.operators(page)),
        "operator_sheet": lambda: Paragraphs(operators.sheet(page)),
        "operator_calls": lambda: Paragraphs(operators.calls(page)),
        "paths": lambda: Paragraphs(home.paths()),
        "planted_faults": _planted_faults,
        "questions": lambda: Paragraphs(home.questions()),
        "references": lambda *keys: Paragraphs(bibliography.references(*keys)),
        "source": lambda *names: Paragraphs(f"{api.listing(*names)}\n\n{reference.places(page.uri, names)}".rstrip()),
        "table": lambda rows, *args, **options: Paragraphs(tables.table(rows, *args, **options)),
        "version": version,
        **_models(),
        **_timings(page),
    }


def _formulas_of(page: Page) -> list[str]:
    """The formulas that a page shows: those of functions, and the texts of its laws."""
    found = []
    for macro in page.macros:
        call, texts = macro.code.partition("(")[0].strip(), [text[1:-1] for text in re.findall(STRING, macro.code)]
        if call in ("formula", "definition") and texts:
            found.append(formulas.text_of(texts[0], call.capitalize()))
        elif call == "law" or (call == "math" and "equals" in macro.code):
            found += [text for text in texts[: None if call == "law" else 1] if " = " in text or call == "math"]
    return found


def version(package: str) -> str:
    """The installed version of a package, without a build's local part."""
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        raise ValueError(f"no package {package!r} is installed") from None


def _planted_faults() -> Paragraphs:
    key = [fingerprints.of_module(__name__), *fingerprints.of_what_pages_use()]
    return Paragraphs(
        cached("faults", key, lambda: planted_faults.as_tabs(lambda page: check_and_expand(page, run_page)))
    )


def _weight_layouts() -> str:
    key = [fingerprints.of_module("scripts.site.porting"), *fingerprints.of_what_pages_use()]
    return cached("layouts", key, porting.weight_layouts)


def _models() -> dict[str, Callable[..., Any]]:
    """What was recorded of whole models, in tables and sentences."""
    return {
        "models_agreeing": _late("model_tables", "agreeing"),
        "models_causes": lambda: Paragraphs(_late("model_tables", "causes_table")()),
        "models_counted": lambda: Paragraphs(_late("model_tables", "counted_table")()),
        "models_families": _late("model_tables", "families"),
        "models_peers": lambda: Paragraphs(_late("model_tables", "peers_table")()),
        "models_version": _late("model_tables", "peer_version"),
    }


def _timings(page: Page) -> dict[str, Callable[..., Any]]:
    """What measured time is, in tables and sentences.

    NumPy and the records are loaded by the pages that use them, not by all: a function is imported when it is called.
    """
    how = posixpath.relpath("timings.md", posixpath.dirname(page.uri) or ".")
    return {
        "timings": lambda family: Paragraphs(_late("timing_tables", "family_table")(family, how)),
        "timing_bounds": lambda form: Paragraphs(_late("timing_tables", "bounds_table")(form)),
        "timing_ceilings": lambda: Paragraphs(_late("timing_tables", "ceilings_table")()),
        "timing_device": _late("timing_sentences", "device_words"),
        "timing_floor": _late("timing_sentences", "timing_floor"),
        "timing_gpu": _late("timing_sentences", "gpu_words"),
        "timing_ms": _late("timing_sentences", "timing_ms"),
        "timing_ratio": _late("timing_sentences", "timing_ratio"),
        "timing_sources": lambda: Paragraphs(_late("timing_tables", "bound_sources")()),
        "timing_table": lambda direction: Paragraphs(_late("timing_tables", "all_cases")(direction)),
    }


def _late(module: str, name: str) -> Callable[..., Any]:
    return lambda *args, **options: getattr(importlib.import_module(f"scripts.site.{module}"), name)(*args, **options)
