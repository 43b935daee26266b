"""What macros, tables and pictures gave is kept in a file that a person reads; any change of it stops the build."""

import re

import pytest

from scripts.site import functions, quoted, reviewed
from scripts.site.errors import PageError
from scripts.site.page import Block, Page
from scripts.site.runner import PageRun

PAGE = "docs/chapters/90-planted.md"
TEXT = """# Title

It takes [[= macs =]] multiplications, a share of [[= share | fmt(".1%") =]].

[[= table(rows) =]]

[[= cite("dumoulin2016") =]] with [[= version("numpy") =]], see [padding](05-x.md) and [padding](#same).

```python
macs = 12345  # 5 layers of 2469
published_share = {"conv1": (0.24, 3)}
```
"""
VALUES = {"macs": 12345, "share": 0.25, "rows": [{"layer": "conv1", "MACs": 1}, {"layer": "conv2", "MACs": 2}]}


def expanded(text=TEXT, **values):
    return functions.expand_with(Page(PAGE, text), PageRun(variables=VALUES | values))


@pytest.fixture
def docs(tmp_path):
    assert reviewed.write(expanded(), tmp_path)
    return tmp_path


def test_the_file_reads_like_the_page(docs):
    text = (docs / "data" / "reviewed" / "chapters" / "90-planted.txt").read_text()
    assert '[[= macs =]]\n  12,345\n\n[[= share | fmt(".1%") =]]\n  25.0%\n' in text
    assert "  | conv2 | 2 |\n" in text
    assert "version" not in text


def test_what_was_reviewed_passes_and_is_not_written_again(docs):
    reviewed.check_reviewed(expanded(), docs)
    assert not reviewed.write(expanded(), docs)


@pytest.mark.parametrize(
    ("values", "line", "cause"),
    [
        ({"macs": 12346}, 3, "[[= macs =]] gives 12,346, and the reviewed value is 12,345."),
        ({"share": -12.69}, 3, "gives -1269.0%, and the reviewed value is 25.0%"),
        (
            {"rows": [{"layer": "conv1", "MACs": 1}, {"layer": "conv2", "MACs": 3}]},
            5,
            "| conv2 | 3 |, and the reviewed",
        ),
    ],
)
def test_another_value_is_refused(docs, values, line, cause):
    with pytest.raises(PageError, match=rf"^{PAGE}:{line}: .*{re.escape(cause)}.*make outputs"):
        reviewed.check_reviewed(expanded(**values), docs)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("[[= macs =]]", "[[= macs // 3 =]]", "nobody has reviewed that [[= macs // 3 =]] gives 4,115"),
        ('fmt(".1%")', 'fmt(".2%")', "nobody has reviewed"),
        ("dumoulin2016", "odena2016", "nobody has reviewed"),
        ("(#same)", "(#full)", "[padding](…) gives #full, and the reviewed value is #same"),
        ("see [padding]", "see [stride]", "nobody has reviewed that [stride](…) gives 05-x.md"),
        (
            "5 layers",
            "6 layers",
            "[# … layers of …] gives # 6 layers of 2469, and the reviewed value is # 5 layers of 2469",
        ),
        ("# 5 layers", "# 5 rows", "nobody has reviewed that [# … rows of …] gives # 5 rows of 2469"),
        (
            "(0.24, 3)",
            "(0.42, 3)",
            "[published_share = …] gives {'conv1': (0.42, 3)}, and the reviewed value is {'conv1': (0.24, 3)}",
        ),
        ("published_share", "paper_share", "nobody has reviewed that [paper_share = …] gives {'conv1': (0.24, 3)}"),
        ("[[= table(rows) =]]\n", "", "[[= table(rows) =]] was reviewed and is not on the page"),
    ],
)
def test_another_macro_is_refused(docs, old, new, cause):
    with pytest.raises(PageError, match=re.escape(cause)):
        reviewed.check_reviewed(expanded(TEXT.replace(old, new)), docs)


def test_a_name_in_place_of_another_is_refused_where_both_are_on_the_page(tmp_path):
    text = "# T\n\nOf [[= macs =]] it takes [[= macs =]], and [[= fewer =]] before, [[= fewer =]] behind.\n"
    assert reviewed.write(expanded(text, fewer=7), tmp_path)
    other = text.replace("takes [[= macs =]]", "takes [[= fewer =]]")
    with pytest.raises(
        PageError, match=re.escape("[[= macs =]] gives 12,345, and the reviewed value is 12,345 12,345")
    ):
        reviewed.check_reviewed(expanded(other, fewer=7), tmp_path)


def test_figures_are_quoted_under_a_name_that_says_so():
    code = "ours = 3\npaper_side, side = 227, 224\nrow = {}\nrow['a'] = 1\npublished = row['a']\n_printed = [1.5]\n"
    found = [
        (names, [one.value for one in quoted.numbers(node)])
        for names, node in quoted.assignments(Block(1, 1, "", code))
    ]
    assert found == [("paper_side, side", [227, 224]), ("_printed", [1.5])]


def test_a_picture_is_kept_by_its_texts_and_a_digest_of_its_shapes(docs, monkeypatch):
    text = "# T\n\n[[= figure('window', alt='A window on an image, in words.', caption='A *window*.') =]]\n"
    svg = '<svg data-width="9" data-height="9" data-letter="9"><text>{}</text><path d="M 1 {}"/></svg>'

    def drawn(label, height):
        monkeypatch.setattr("scripts.site.figures.drawing", lambda *_: svg.format(label, height))
        return reviewed.values(expanded(text))["[[= figure('window') =]]"]

    first = drawn("3 taps", 5)
    assert first.startswith("title: A window on an image, in words.\nlabels: 3 taps\nshapes: ")
    assert first.endswith("\ncaption: A *window*.")
    assert len({first, drawn("3 taps", 6), drawn("4 taps", 5)}) == 3
    assert drawn("3 taps", 5) == first
