"""References that lead nowhere: Markdown shows `[text][label]` and `[^note]` as typed if nothing defines them."""

import re

from scripts.site.errors import PageError

NOT_TEXT = re.compile(
    r"<(pre|code|script|style|svg)\b.*?</\1>"
    r'|<(span|div) class="arithmatex">.*?</\2>'  # LaTeX has brackets of its own
    r"|<[^>]*>",
    re.DOTALL,
)
DANGLING = re.compile(r"\[[^\[\]\n]+\]\[[^\[\]\n]*\]|\[\^[^\[\]\s]+\]")


def check_references(page: str, markdown: str, html: str) -> None:
    """Refuse a reference that Markdown left as it was typed.

    Raises:
        PageError: with the line where it stands.
    """
    if dangling := DANGLING.search(NOT_TEXT.sub("", html)):
        position = markdown.find(dangling[0])
        line = markdown.count("\n", 0, position) + 1 if position >= 0 else 1
        raise PageError(page, line, f"{dangling[0]} refers to nothing. Define it, or write [text](page.md).")
