"""The build stops at every planted fault with page, line and cause, and leaves the last good site alone."""

import filecmp
import importlib
import logging
import os
import re
import subprocess
import sys

import mkdocs.commands.build
import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from scripts.site.errors import ROOT

CONFIG = """
INHERIT: {root}/mkdocs.yml
docs_dir: docs
hooks: [{root}/scripts/site/hooks.py]
watch: []
theme: {{custom_dir: {root}/overrides}}
nav:
  - Home: index.md
  - Chapters: [chapters/90-planted.md]
  - api/arithmetic.md
  - bibliography.md
"""

INDEX = "# Home\n\nRead [the chapter](chapters/90-planted.md#numbers).\n"

CHAPTER = """\
---
title: Planted
description: A page in which the tests plant faults.
---

# Planted

## Numbers

```python
macs = 12345
rows = [{"layer": "conv1", "macs": macs, "share": 0.25}]
print(macs)
```

<!--pytest-codeblocks:expected-output-->
```text
12345
```

It takes [[= macs =]] multiplications, says [[= cite("dumoulin2016", "section 2") =]]. Here $s$ is the stride.

[[= table(rows, fmt={"share": ".1%"}, caption="Where they go.") =]]

[[= formula("conv_output_size") =]]

[[= figure("window_at_work", alt="A small window stands on a larger image.", caption="A window of *k* cells.") =]]

!!! note "The same, inside"

    [[= figure("window_at_work", alt="A small window stands on a larger image.") =]]

    [[= definition("conv_loops") =]]

    ```python
    import numpy as np
    from reference_impl.conv import conv_loops

    _y = conv_loops(np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1)))
    ```

[[= source("conv_output_size") =]]

## References

Also [[= cite("odena2016") =]].

[[= references("dumoulin2016", ("odena2016", "section 2")) =]]

Back [home](../index.md).
"""

DRAWINGS = '''
"""Pictures of the planted page."""

from scripts.figures.style import INPUT, canvas, grid, window


def window_at_work():
    figure, ax = canvas(6, 6)
    grid(ax, [[1, 2], [3, 4]], at=(1, 1), color=INPUT, highlight=window((0, 0), (1, 2)))
    return figure


def fails():
    raise RuntimeError("no ink left")


def is_no_figure():
    return "a picture"


def wrong_colour():
    figure, ax = canvas(6, 6)
    ax.plot([1, 2], [1, 2], color="#123456")
    return figure
'''


@pytest.fixture
def small_site(tmp_path, monkeypatch):
    """A small site with the real configuration, hooks, theme and package, and its own pages and drawings."""
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings" / "chapter_90.py").write_text(DRAWINGS)
    figures = importlib.import_module("scripts.figures")  # which a build may load anew
    monkeypatch.setattr(figures, "__path__", [*figures.__path__, str(tmp_path / "drawings")])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.setenv("SITE_URL", "")
    monkeypatch.setenv("REPO_URL", "")
    yield make_site(tmp_path / "site")
    sys.modules.pop("scripts.figures.chapter_90", None)


def make_site(folder, chapter=CHAPTER):
    (folder / "docs" / "chapters").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(CONFIG.format(root=ROOT))
    (folder / "docs" / "assets").symlink_to(ROOT / "docs" / "assets")
    (folder / "docs" / "index.md").write_text(INDEX)
    (folder / "docs" / "bibliography.md").write_text("# Bibliography\n\n[[= bibliography() =]]\n")
    (folder / "docs" / "chapters" / "90-planted.md").write_text(chapter)
    (folder / "docs" / "api").mkdir()  # where the listing of the chapter leads
    (folder / "docs" / "api" / "arithmetic.md").write_text("# API\n\n## Size { #conv_output_size }\n\nWords.\n")
    return folder


def plant(site, old, new, page="chapters/90-planted.md"):
    """Replace a part of a page; the line where the replacement begins."""
    path = site / "docs" / page
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def build(site, caplog):
    """Build in this process; what mkdocs logged as warnings and errors."""
    caplog.clear()
    caplog.set_level(logging.WARNING, "mkdocs")
    config = load_config(str(site / "mkdocs.yml"), site_dir=str(site / "out"))
    mkdocs.commands.build.build(config)
    return caplog.text


def refused(site, caplog, where, cause):
    """The build stops with exit status 1 and one message that begins with the place and holds the cause."""
    with pytest.raises(Abort) as stop:
        build(site, caplog)
    assert stop.value.code == 1
    messages = [record.getMessage() for record in caplog.records]
    assert any(re.search(f"{re.escape(where)}.*{cause}", text, re.DOTALL) for text in messages), messages


# --- a good site ------------------------------------------------------------------------------------------------------


def test_a_page_becomes_what_its_macros_say(small_site, caplog):
    assert build(small_site, caplog) == ""
    html = (small_site / "out" / "chapters" / "90-planted" / "index.html").read_text()
    assert "It takes 12,345 multiplications" in html
    assert '<a href="../../bibliography/#dumoulin2016">Dumoulin &amp; Visin (2016, section 2)</a>' in html
    assert '<td style="text-align: right;">25.0%</td>' in html
    assert "Where they go." in html
    assert "<figcaption>A window of <em>k</em> cells." in html
    assert html.count("<svg viewBox") == 2
    assert html.count('class="katex-html') >= 3
    assert '<div class="arithmatex" tabindex="0" role="group"' in html
    assert "reference_impl/arithmetic/sizes.py" in html
    assert "Number of outputs of a convolution along one axis" not in html  # listings leave docstrings out
    assert "[[=" not in html
    assert "\ue000" not in html
    assert (small_site / "out" / "assets" / "katex" / "fonts" / "KaTeX_Main-Regular.woff2").stat().st_size > 10_000


def test_an_edit_begins_work_for_the_edited_page_alone(small_site, monkeypatch):
    begun = []
    monkeypatch.setattr("scripts.site.ahead.begin", lambda pages: begun.append(sorted(page.uri for page in pages)))
    for edited in ("", "chapters/90-planted.md"):
        if edited:
            later = (small_site / "out" / "index.html").stat().st_mtime + 60
            os.utime(small_site / "docs" / edited, (later, later))
        config = load_config(str(small_site / "mkdocs.yml"), site_dir=str(small_site / "out"), strict=False)
        config.plugins.on_startup(command="serve", dirty=True)
        mkdocs.commands.build.build(config, dirty=True)
    assert begun == [["api/arithmetic.md", "bibliography.md", "chapters/90-planted.md", "index.md"], [edited]]


def test_pictures_and_formulas_do_not_clutter_the_search_index(small_site, caplog):
    build(small_site, caplog)
    index = (small_site / "out" / "search" / "search_index.json").read_text()
    assert "12,345 multiplications" in index
    assert "\\\\frac" not in index  # the LaTeX behind a formula
    assert "A small window stands" not in index


def test_macros_in_fences_and_comments_stay_text(small_site, caplog):
    fence = "````markdown\n[[= nothing =]]\n````\n\n<!-- [[= nothing =]] -->\n\nBack [home]"
    plant(small_site, "Back [home]", fence)
    assert build(small_site, caplog) == ""
    assert "[[= nothing =]]" in (small_site / "out" / "chapters" / "90-planted" / "index.html").read_text()


def test_two_builds_in_two_places_are_the_same_to_the_byte(small_site, tmp_path, caplog):
    other = make_site(tmp_path / "quite" / "another" / "place")
    build(small_site, caplog)
    build(other, caplog)
    assert differences(filecmp.dircmp(small_site / "out", other / "out", ignore=[])) == []
    for path in (small_site / "out").rglob("*.html"):
        assert str(tmp_path) not in path.read_text()
        assert str(ROOT) not in path.read_text()


def differences(comparison):
    found = [*comparison.left_only, *comparison.right_only]
    _, mismatched, errors = filecmp.cmpfiles(comparison.left, comparison.right, comparison.common_files, shallow=False)
    found += mismatched + errors
    for inner in comparison.subdirs.values():
        found += differences(inner)
    return found


# --- planted faults ---------------------------------------------------------------------------------------------------

HERE = "docs/chapters/90-planted.md"
PRINT = "print(macs)\n```\n"
SENTENCE = "It takes [[= macs =]] multiplications"
PICTURE = (
    '[[= figure("window_at_work", alt="A small window stands on a larger image.", caption="A window of *k* cells.") =]]'
)
TABLE = '[[= table(rows, fmt={"share": ".1%"}, caption="Where they go.") =]]'
FORMULA = '[[= formula("conv_output_size") =]]'
END = "Back [home](../index.md)."


def fence(*lines, info="python"):
    return "\n".join([f"```{info}", *lines, "```", "", END])


FAULTS = {
    # 1: blocks and outputs
    "a wrong output": ("```text\n12345\n", "```text\n12346\n", 1, "the page does not show what the block prints"),
    "a raising block": (END, fence("x = [1]", "x[3]"), 2, "IndexError: list index out of range"),
    "a block that needs another": (END, fence("more = macs + 1"), 1, "NameError: name 'macs' is not defined"),
    "an output nobody shows": (END, fence("print(1)"), 0, "this block prints, and the page does not show it"),
    # 2: fences the runner would miss
    "a titled fence": (END, fence("x = 1", info='python title="x"'), 0, "python"),
    "a py fence": (END, fence("x = 1", info="py"), 0, "python"),
    "a tilde fence": (END, "~~~python\nx = 1\n~~~\n", 0, "tildes"),
    "a quoted fence": (END, "> ```python\n> x = 1\n> ```\n", 0, "quotation"),
    # 3: numbers in sentences
    "an unknown name": (
        SENTENCE,
        SENTENCE.replace("macs", "mac"),
        0,
        "no block of this page computes mac; close: macs",
    ),
    "a bare numeral": (SENTENCE, "It takes 12,345 multiplications", 0, "12,345"),
    "two values for a name": (END, fence("macs = 7"), 1, "macs is 7 here and 12345 at line 11"),
    "a float without a format": (SENTENCE, "It takes [[= rows[0].share =]] of them", 0, "a float needs a format"),
    "a format that does not fit": (SENTENCE, 'It takes [[= macs | fmt(".1q") =]]', 0, "the format '.1q' does not fit"),
    "an unknown key": (SENTENCE, "It takes [[= rows[0].shares =]]", 0, "has no attribute 'shares'"),
    "a macro that is not closed": (SENTENCE, "It takes [[= macs multiplications", 0, "without its counterpart"),
    "no expression": (SENTENCE, "It takes [[= macs + =]]", 0, "unexpected"),
    "a list in a sentence": (SENTENCE, "It takes [[= rows =]]", 0, "a list is not a number or a text"),
    # 4: formulas
    "a formula tied to nothing": (
        FORMULA,
        '[[= formula("conv_outptu_size") =]]',
        0,
        "no function .* close: conv_output_size",
    ),
    "no formula to show": (FORMULA, '[[= formula("conv_loops") =]]', 0, "has no Formula: section"),
    "a typed formula tied to nothing": (END, "$$\no = i - k + 1\n$$\n\nSo be it.\n", 0, ""),
    "no definition to show": (FORMULA, '[[= definition("conv") =]]', 0, "has no Definition: section"),
    "a LaTeX error": ("Here $s$ is", r"Here $\sorft{s}$ is", 0, "KaTeX|Undefined control sequence"),
    # 5: pictures and tables
    "a picture that fails": (PICTURE, PICTURE.replace("window_at_work", "fails"), 0, "chapter_90.py:.*no ink left"),
    "no such picture": (PICTURE, PICTURE.replace("window_at_work", "windov"), 0, r"has no function windov\(\)"),
    "no picture at all": (
        PICTURE,
        PICTURE.replace("window_at_work", "is_no_figure"),
        0,
        "returns str, not a matplotlib",
    ),
    "a colour without a dark side": (PICTURE, PICTURE.replace("window_at_work", "wrong_colour"), 0, "colour #123456"),
    "no alternative text": (PICTURE, '[[= figure("window_at_work") =]]', 0, "alternative text"),
    "an empty alternative text": (PICTURE, '[[= figure("window_at_work", alt="A window.") =]]', 0, "alternative text"),
    "a picture in a sentence": (PICTURE, f"See {PICTURE}", 0, "alone on its line"),
    "a table of nothing": (TABLE, "[[= table([]) =]]", 0, "at least one row"),
    "a table without a format": (TABLE, "[[= table(rows) =]]", 0, "column 'share', row 0: a float needs a format"),
    "a table of another page": (TABLE, "[[= table(lines) =]]", 0, "no block of this page computes lines"),
    # 6: references
    "a dead citation": ("dumoulin2016", "dumoulin2061", 0, "no entry 'dumoulin2061'; close: dumoulin2016"),
    "a dead reference": (END, "Back [home][nowhere].", 0, r"\[home\]\[nowhere\] refers to nothing"),
    "a dead footnote": (END, "Back home[^1].", 0, r"\[\^1\] refers to nothing"),
    "a dead listing": ('source("conv_output_size")', 'source("conv_of_size")', 0, "no function or class conv_of_size"),
    # headers
    "an unreadable header": ("title: Planted", "title: Planted: again", 0, "the header is not YAML"),
    "an unknown header": ("description: A", "descriptoin: A", 0, "the header has the key descriptoin"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_build_stops_at(name, small_site, caplog):
    old, new, below, cause = FAULTS[name]
    line = plant(small_site, old, new) + below
    refused(small_site, caplog, f"{HERE}:{line}: ", cause)
    assert not (small_site / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("../index.md", "../nowhere.md", "contains a link '../nowhere.md', but the target"),
        ("../index.md", "../index.md#nowhere", "does not contain an anchor '#nowhere'"),
        ("../index.md", "/index.md", "absolute link '/index.md'"),
    ],
    ids=["link", "anchor", "absolute link"],
)
def test_the_build_stops_at_a_dead_link(old, new, cause, small_site, caplog):
    plant(small_site, old, new)
    refused(small_site, caplog, "'chapters/90-planted.md' contains", re.escape(cause.removeprefix("contains ")))


def test_the_build_stops_at_a_dead_nav_entry(small_site, caplog):
    (small_site / "mkdocs.yml").write_text(CONFIG.format(root=ROOT) + "  - chapters/91-missing.md\n")
    refused(small_site, caplog, "'chapters/91-missing.md'", "'nav' configuration")


def test_the_build_stops_at_a_page_that_nav_forgets(small_site, caplog):
    (small_site / "docs" / "chapters" / "91-orphan.md").write_text("# Orphan\n")
    refused(small_site, caplog, "not included in the", "91-orphan.md")


def test_every_page_with_a_fault_is_named(small_site, caplog):
    line = plant(small_site, SENTENCE, "It takes [[= mac =]] multiplications")
    plant(small_site, "Read [the", "Here are 17. Read [the", page="index.md")
    refused(small_site, caplog, f"{HERE}:{line}: ", "page computes mac")
    refused(small_site, caplog, "docs/index.md:3: ", "17")


def test_the_build_stops_at_an_unclosed_header(small_site, caplog):
    (small_site / "docs" / "index.md").write_text("---\ntitle: Home\n\n# Home\n")
    refused(small_site, caplog, "docs/index.md:1: ", "never closed")


def test_the_build_stops_without_node(small_site, caplog, monkeypatch):
    monkeypatch.setenv("PATH", "")
    refused(small_site, caplog, "Node is not installed", "npm ci")


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_replaces_the_last_good_site_only_by_a_good_one(small_site):
    target = small_site / "published"
    plant(small_site, PICTURE, "")
    plant(small_site, '    [[= figure("window_at_work", alt="A small window stands on a larger image.") =]]', "")
    assert run_build(small_site, target).returncode == 0
    first = (target / "index.html").read_bytes()
    line = plant(small_site, SENTENCE, "It takes [[= mac =]] multiplications")
    plant(small_site, "# Home", "# Another home", page="index.md")
    failed = run_build(small_site, target)
    assert failed.returncode == 1
    assert f"{HERE}:{line}: [[= mac =]]" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "still the last good site" in failed.stderr
    assert (target / "index.html").read_bytes() == first


def run_build(site, target):
    code = (
        "import sys; from pathlib import Path; from scripts.site.build import build; "
        "sys.exit(build(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(target), str(site / "mkdocs.yml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
