"""KaTeX renders every formula while the site is built, and what it needs is asked for by name."""

import json

import pytest

from scripts.site import katex
from scripts.site.html import Placeholders


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")


def test_a_formula_becomes_html_and_mathml():
    html = katex.render(r"\frac{1}{m}", display=False)
    assert "<math" in html
    assert 'class="katex-html" aria-hidden="true"' in html
    assert html != katex.render(r"\frac{1}{m}", display=True)


def test_marked_formulas_are_replaced_where_they_stand():
    page = (
        '<p>Let <span class="arithmatex">\\(a &lt; b\\)</span>.</p>\n<div class="arithmatex">\\[\no = i\n\\]</div>'
        "<code>\\(c\\)</code>"
    )
    placeholders = Placeholders()
    places = katex.render_marked(page, placeholders)
    assert '<span data-placeholder="0">a&lt;b</span>' in places  # what the search finds
    html = placeholders.put_back(places)
    assert html.count('<span class="katex"') == 1
    assert html.count('<span class="arithmatex katex"') == 1
    assert '<div class="arithmatex" tabindex="0" role="group" aria-label="Formula">' in html
    assert "<code>\\(c\\)</code>" in html


@pytest.mark.parametrize(
    ("tex", "cause"),
    [
        (r"\frac{1}", "Unexpected end of input"),
        (r"\sorft{2}", "Undefined control sequence"),
        ("a_b_c", "Double subscript"),
        ("größe", "strict mode"),  # letters KaTeX has no metrics for
        (r"\href{https://example.org}{x}", "does not trust"),
    ],
)
def test_a_formula_that_katex_refuses_is_named(tex, cause):
    with pytest.raises(katex.FormulaError) as refusal:
        katex.render_marked(f'<span class="arithmatex">\\({tex}\\)</span>', Placeholders())
    assert refusal.value.tex == tex
    assert any(word in refusal.value.cause for word in cause.split("|"))


def test_katex_answers_after_it_refused():
    with pytest.raises(katex.FormulaError):
        katex.render(r"\frac{1}", display=False)
    assert "katex" in katex.render("x", display=False)


def test_one_process_renders_everything():
    katex.render("x", display=False)
    first = katex._server
    katex.render("y", display=False)
    assert katex._server is first


def test_a_process_that_ended_is_started_again():
    katex.render("x", display=False)
    katex._server.kill()
    katex._server.wait()
    assert "katex" in katex.render("z", display=False)


def test_the_style_sheet_asks_only_for_fonts_the_site_has():
    files = katex.assets()
    sheet = files["assets/katex/katex.min.css"]
    assert "woff2" in sheet
    assert ".ttf" not in sheet
    assert ".woff)" not in sheet
    for name in set(sheet.split("url(")[1:]):
        assert f"assets/katex/{name.split(')')[0]}" in files


# --- what the build needs ---------------------------------------------------------------------------------------------


def installation(folder, installed="0.19.1", locked="0.19.1"):
    (folder / "node_modules" / "katex").mkdir(parents=True)
    (folder / "node_modules" / "katex" / "package.json").write_text(json.dumps({"version": installed}))
    lock = {"packages": {"node_modules/katex": {"version": locked}}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def test_a_whole_installation_is_accepted(tmp_path):
    katex.check_installation(installation(tmp_path))
    katex.check_installation()


def test_without_node_the_build_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="Install Node 18 or newer with npm, then run: npm ci"):
        katex.check_installation(installation(tmp_path))


def test_an_old_node_is_refused(tmp_path, monkeypatch):
    (tmp_path / "node").write_text("#!/bin/sh\necho v16.20.0\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(RuntimeError, match=r"Node v16.20.0 is too old. Install 18 or newer"):
        katex.check_installation(installation(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("node_modules/katex/package.json", None, "Run: npm ci"),
        (
            "node_modules/katex/package.json",
            '{"version": "0.18.0"}',
            "0.18.0 is installed, .* wants 0.19.1",
        ),
        ("package-lock.json", None, "package-lock.json is missing. Restore it"),
        ("package-lock.json", "{ <<<<<<< HEAD", "package-lock.json is damaged. Restore it"),
        ("package-lock.json", "{}", "package-lock.json is damaged. Restore it"),
    ],
)
def test_a_broken_installation_says_what_to_run(name, text, cause, tmp_path):
    root = installation(tmp_path)
    if text is None:
        (root / name).unlink()
    else:
        (root / name).write_text(text)
    with pytest.raises(RuntimeError, match=cause):
        katex.check_installation(root)
