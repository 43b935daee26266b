"""The YAML header of a page, which mkdocs takes for text without a word when it cannot read it."""

import re

import yaml

from scripts.site.errors import PageError

RULER = ("---", "...")
KEYS = {"description", "omits", "title", "hide", "template", "search", "status", "tags", "icon"}
OLD_STYLE = re.compile(r"[A-Za-z0-9_-]+:(\s|$)")


def check_front_matter(page: str, markdown: str) -> None:
    """Refuse a header that is not closed, not YAML or of unknown keys, and a page that looks like one by accident.

    Raises:
        PageError: with the line of the fault.
    """
    lines = markdown.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        if lines and OLD_STYLE.match(lines[0]):
            raise PageError(page, 1, "a first line with a colon is taken for a header. Begin with # or with ---.")
        return
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in RULER), None)
    if end is None:
        raise PageError(page, 1, "this header is never closed. Add --- below its last line.")
    try:
        header = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise PageError(page, line, f"the header is not YAML: {error.problem}.") from error
    if header is not None and not isinstance(header, dict):
        raise PageError(page, 2, "the header is not a list of `key: value` lines.")
    if unknown := sorted(set(header or {}) - KEYS, key=str):
        cause = f"the header has the key {unknown[0]}; known: {', '.join(sorted(KEYS))}."
        raise PageError(page, _line_of(lines, str(unknown[0])), cause)


def _line_of(lines: list[str], key: str) -> int:
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)
