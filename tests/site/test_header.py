"""A page's header is read, or refused with its line: mkdocs alone would show it as text."""

import pytest

from scripts.site.errors import PageError
from scripts.site.page import Page

PAGE = "docs/planted.md"


@pytest.mark.parametrize(
    "markdown",
    [
        "# Title\n",
        "",
        "---\ntitle: A page\ndescription: What it is about.\n---\n\n# A page\n",
        "---\n---\n\n# A page\n",
        "---\nhide: [toc]\n...\n# A page\n",
        "\ufeff---\ntitle: A page\n---\n",
        "A sentence: with a colon.\n",
    ],
)
def test_a_sound_header_or_none_is_accepted(markdown):
    _ = Page(PAGE, markdown).header


@pytest.mark.parametrize(
    ("markdown", "line", "cause"),
    [
        ("---\ntitle: A page\n\n# A page\n", 1, "this header is never closed"),
        ("---\ntitle: A: B\n---\n", 2, "the header is not YAML: mapping values are not allowed here"),
        ("---\ntitle: T\n  hide: [toc\n---\n", 3, "the header is not YAML"),
        ("---\n- title\n---\n", 2, "not a list of `key: value` lines"),
        ("---\ntitle: T\ndescriptoin: D\n---\n", 3, "the header has the key descriptoin; known: description, "),
        ("Note: this would vanish from the page.\n", 1, "a first line with a colon is taken for a header"),
    ],
)
def test_a_faulty_header_is_refused_with_its_line(markdown, line, cause):
    with pytest.raises(PageError, match=f"^{PAGE}:{line}: .*{cause}"):
        _ = Page(PAGE, markdown).header
