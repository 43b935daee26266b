"""A picture is one SVG that reads in both themes, is the same on every machine, and is refused if it cannot be read."""

import concurrent.futures
import importlib
import itertools
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from scripts.figures import style
from scripts.site import cache, figures
from scripts.site.errors import ROOT
from scripts.site.functions import pictures_named
from scripts.site.page import Page

MODULE = '''
"""Pictures for the tests."""

import numpy as np
from scripts.figures.style import *
from scripts.figures import chapter_91


def everything():
    figure, ax = canvas(14, 8)
    image = grid(ax, np.arange(4).reshape(2, 2) - 1.0, at=(1, 1), color=INPUT, highlight=window((0, 0), (2, 1)))
    stack = tensor(ax, (3, 2, 4), at=(5, 1), color=[INPUT, KERNEL, OUTPUT])
    block = volume(ax, (2, 2, 3), at=(9, 1), color=ACCENT)
    arrow(ax, image.right, stack.left, "two\\nlines & more", bend=0.2)
    label(ax, block.bottom, "⌊i/s⌋", color=EXTRA, align="left", bold=True, rotation=90)
    rng = np.random.default_rng(0)
    photo(ax, rng.integers(0, 256, (60, 90, 3)).cumsum(axis=0).astype(np.uint8), (1, 5), 3)
    photo(ax, np.eye(4), (5, 5), 2)
    return figure


def curves():
    figure, ax = plot_axes(16, 10, xlabel="n", ylabel="share")
    for factor in (1, 2, 3):
        ax.plot([1, 2, 3], [factor, 2 * factor, 3 * factor], label=f"m = {factor}")
    ax.legend()
    return figure


def tiny_letters():
    figure, ax = canvas(4, 4)
    label(ax, (1, 1), "tiny", size=8)
    return figure


def divides_by_zero():
    return np.float64(1) / np.float64(0)


def several():
    return chapter_91.another()
'''
OTHER = '"""Another."""\n\nfrom scripts.figures.style import canvas\n\n\ndef another():\n    return canvas(2, 2)[0]\n'
ALT = "Two grids and an arrow from one to the other."


@pytest.fixture(autouse=True)
def drawings(tmp_path, monkeypatch):
    (tmp_path / "chapter_90.py").write_text(MODULE)
    (tmp_path / "chapter_91.py").write_text(OTHER)
    package = importlib.import_module("scripts.figures")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    cache.begin_build()
    yield tmp_path
    cache.begin_build()
    for name in ("chapter_90", "chapter_91"):
        sys.modules.pop(f"scripts.figures.{name}", None)
        vars(package).pop(name, None)


# --- the SVG ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["everything", "curves"])
def test_a_picture_has_only_colours_of_the_theme(name):
    svg = figures.drawing("chapter_90", name)
    assert "var(--fig-input)" in svg
    assert "#" not in re.sub(r'(href="#|url\(#)', "", svg)
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert "font-family" not in svg
    assert "DejaVu" not in svg


def test_ids_are_unique_on_the_page():
    first = figures.picture("docs/chapters/90-x.md", "curves", ALT)
    second = figures.picture("docs/chapters/90-x.md", "curves", ALT, occurrence=2)
    third = figures.picture("docs/chapters/90-x.md", "everything", ALT)
    ids = re.findall(r'\bid="([^"]+)"', first + second + third)
    assert len(ids) == len(set(ids)) > 3
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', first)) <= set(ids)


def test_a_picture_says_what_it_shows():
    shown = figures.picture("docs/chapters/90-x.md", "everything", "Grids < arrows & more of them.")
    assert 'role="img" aria-labelledby="everything-title"' in shown
    assert '<title id="everything-title">Grids &lt; arrows &amp; more of them.</title>' in shown
    assert 'viewBox="0 0 392 224"' in shown
    assert "max-width:392px;min-width:392px" in shown  # letters of 11 pixels do not shrink


def test_negative_numbers_have_a_minus_and_lines_stand_apart():
    svg = figures.drawing("chapter_90", "everything")
    assert ">−1</text>" in svg
    assert ">two</text>" in svg
    assert ">lines &amp; more</text>" in svg


def test_a_photograph_becomes_jpeg_and_flat_colours_stay_png():
    svg = figures.drawing("chapter_90", "everything")
    assert svg.count("data:image/jpeg;base64,") == 1
    assert svg.count("data:image/png;base64,") == 1


def test_a_drawing_is_the_same_in_another_process(drawings):
    code = (
        "import sys, scripts.figures; scripts.figures.__path__.append(sys.argv[1]); "
        "from scripts.site import figures; print(figures.drawing('chapter_90', 'everything'))"
    )
    environment = os.environ | {"HANDBOOK_CACHE": "off", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", code, str(drawings)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == figures.drawing("chapter_90", "everything")


def test_pictures_drawn_ahead_are_collected(monkeypatch):
    page = ROOT / "docs" / "chapters" / "14-separable.md"
    real = sorted(pictures_named(Page.read(page)))[0]
    monkeypatch.setattr(figures, "WORTH_WORKERS", 1)
    figures.draw_ahead([real, ("style", "window"), ("chapter_99", "nothing")])
    assert set(figures._ahead) == {real, ("style", "window")}
    concurrent.futures.wait(figures._ahead.values())
    monkeypatch.setattr(figures, "_draw", None)  # nothing is drawn here
    assert "<svg" in figures.drawing(*real)
    with pytest.raises(ValueError, match="TypeError: window"):
        figures.drawing("style", "window")
    figures.draw_ahead([real])
    assert not figures._ahead  # it is in the cache now


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("tiny_letters", "letters of 8 pixels are too small to read"),
        ("divides_by_zero", r"scripts/figures/chapter_90.py:\d+: RuntimeWarning: divide by zero"),
        ("missing", r"scripts/figures/chapter_90.py has no function missing\(\)"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_refused(name, cause):
    with pytest.raises(ValueError, match=cause):
        figures.drawing("chapter_90", name)


def test_a_page_without_drawings_is_named():
    with pytest.raises(ValueError, match=r"scripts/figures/chapter_99.py does not exist"):
        figures.picture("docs/chapters/99-nothing.md", "any", ALT)


@pytest.mark.parametrize("alt", ["", "   ", "A picture.", None])
def test_a_picture_without_alternative_text_is_refused(alt):
    with pytest.raises(ValueError, match="alternative text"):
        figures.picture("docs/chapters/90-x.md", "curves", alt)


@pytest.mark.parametrize(
    ("page", "module"),
    [
        ("docs/chapters/14-separable.md", "chapter_14"),
        ("docs/chapters/14-2-depthwise-separable.md", "chapter_14_2"),
        ("docs/index.md", "home"),
        ("docs/preface.md", "preface"),
        ("docs/how-checked.md", "how_checked"),
    ],
)
def test_each_page_has_a_module_of_its_own(page, module):
    assert figures.module_of(page) == module


def test_a_change_of_what_a_drawing_imports_draws_it_again(drawings):
    before = figures._key("chapter_90", "several")
    (drawings / "chapter_91.py").write_text(OTHER + "\n# changed\n")
    cache.begin_build()
    assert figures._key("chapter_90", "several") != before


# --- the palette ------------------------------------------------------------------------------------------------------

SCHEMES = {"default": "default", "slate": "slate"}
TEXTS = ("ink", "muted", "input", "kernel", "output", "accent", "extra")
MARKS = ("input", "kernel", "output", "accent", "extra")
# Machado, Oliveira & Fernandes 2009: what each colour becomes to a reader without one kind of cone.
COLOUR_BLIND = {
    "nobody": np.eye(3),
    "protanopia": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]]),
    "deuteranopia": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
    "tritanopia": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}


def variables(scheme, sheet):
    """The custom properties that a style sheet gives to a colour scheme, the last one winning."""
    text = (ROOT / "docs" / "assets" / "css" / sheet).read_text().split("@media print")[0]
    blocks = re.findall(rf'\[data-md-color-scheme="{scheme}"\]\s*\{{(.*?)\}}', text, re.DOTALL)
    return dict(pair for block in blocks for pair in re.findall(r"--([\w-]+):\s*(#\w{6});", block))


def palette(scheme):
    figure_colours = variables(scheme, "figures.css")
    return {name.removeprefix("fig-"): value for name, value in figure_colours.items()}


def linear(colour):
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    dark, light = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (first, second))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_colour_of_the_palette_has_a_value_in_both_schemes(scheme):
    names = {name.lower().replace("_", "-") for name in vars(style) if re.fullmatch(r"[A-Z]+(_SOFT)?", name)}
    names = {name for name in names if isinstance(getattr(style, name.upper().replace("-", "_")), str)}
    assert names == set(palette(scheme)) | {"paper"}  # paper is the page's own background


def test_the_light_scheme_is_the_palette_itself():
    for name, value in palette("default").items():
        assert getattr(style, name.upper().replace("-", "_")) == value


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_marks_stand_out_from_what_is_behind_them(scheme):
    colours, paper = palette(scheme), variables(scheme, "colours.css")["handbook-paper"]
    for name in TEXTS:
        assert contrast(colours[name], paper) >= 4.5, name
    for name in MARKS:
        assert contrast(colours[name], colours[f"{name}-soft"]) >= 4.5, name
        assert contrast(colours["ink"], colours[f"{name}-soft"]) >= 7, name


@pytest.mark.parametrize("sight", COLOUR_BLIND)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_colour_blind_reader_can_tell_the_marks_apart(scheme, sight):
    colours = palette(scheme)
    for first, second in itertools.combinations(MARKS, 2):
        seen = [lab(COLOUR_BLIND[sight] @ linear(colours[name])) for name in (first, second)]
        assert np.linalg.norm(seen[0] - seen[1]) > 15, (first, second)
