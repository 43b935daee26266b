"""The API reference shows every public name of reference_impl, as its source has it."""

import ast
from pathlib import Path

import pytest

from scripts.site import api, reference
from scripts.site.errors import ROOT
from scripts.site.signatures import signature

PACKAGE = ROOT / "reference_impl"
WITHOUT_PAGE = {"running"}  # how models are run for the others; it exports nothing


def entry(name: str, docstring: str) -> api.Entry:
    return api.Entry(name, f"reference_impl.x.{name}", "reference_impl/x.py", 7, docstring, f"def {name}(x): ...")


def called(code: str) -> str:
    (node,) = ast.parse(code).body
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    return signature(node)


def test_every_room_has_its_page_and_no_other() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - WITHOUT_PAGE
    assert set(reference.ROOMS) == rooms
    assert {path.stem for path in (ROOT / "docs" / "api").glob("*.md")} == {*rooms, "index"}
    for room in rooms:
        assert f'[[= api("{room}") =]]' in (ROOT / "docs" / reference.page_of(room)).read_text("utf-8")


def test_every_layer_stands_on_the_page_of_its_room() -> None:
    layers = [e for e in api.all_entries() if Path(e.place).name in ("layers.py", "video_layers.py")]
    modules = [e for e in layers if e.code.startswith("class") and "nn.Module" in e.code.splitlines()[0]]
    shown = {(room, found.name) for room in reference.ROOMS for found in reference.contents(room)}
    assert modules
    assert [e.name for e in modules if (e.module.split(".")[1], e.name) not in shown] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(x, *, stride: int = 1) -> int: ...", "f(x, *, stride: int = 1) -> int"),
        ("def f(x, *names, **options): ...", "f(x, *names, **options)"),
        ("class C:\n def __init__(self, a, b=2): ...", "C(a, b=2)"),
        ("class C:\n size: int\n stride: int = 1", "C(size: int, stride: int = 1)"),
        ("class C: ...", "C()"),
    ],
)
def test_a_call_shows_arguments_types_and_defaults(code: str, expected: str) -> None:
    assert called(code) == expected


def test_a_long_call_has_a_line_for_each_argument() -> None:
    names = [f"argument_{number}" for number in range(8)]
    assert called(f"def f({', '.join(names)}): ...").splitlines() == ["f(", *(f"    {n}," for n in names), ")"]


def test_sections_become_lists_listings_and_formulas() -> None:
    docstring = (
        "Adds.\n\nFormula:\n    o = i // s\n\nShapes:\n    x: (N, *S)\n\nArgs:\n    x: Its x_1,\n        all of it.\n"
    )
    shown = reference.described(entry("f", docstring + "\nRaises:\n    ValueError: none."))
    assert shown.startswith("## `f` { #f }\n\n```text\nf(x)\n```")
    assert "$$\no = \\left\\lfloor" in shown
    assert "**Shapes**\n\n```text\nx: (N, *S)\n```" in shown
    assert "**Args**\n\n- `x`: Its x\\_1, all of it.\n" in shown
    assert shown.endswith("**Raises**\n\n- `ValueError`: none.")


def test_signs_outside_code_mean_nothing() -> None:
    assert reference.described(entry("f", "a*b_c `d*e` x[0] < $5.")).endswith(r"a\*b\_c `d*e` x\[0\] &lt; &#36;5.")


def test_the_file_is_a_link_where_the_site_has_a_repository(monkeypatch) -> None:
    monkeypatch.delenv("REPO_URL", raising=False)
    assert "\n\nIn `reference_impl/x.py`\n\n" in reference.described(entry("f", "Adds."))
    monkeypatch.setenv("REPO_URL", "https://example.org/r/")
    assert "(https://example.org/r/blob/main/reference_impl/x.py#L7)" in reference.described(entry("f", "Adds."))


def test_a_listing_leads_to_the_entries_of_its_names() -> None:
    expected = "Arguments and errors: [`conv`](../api/conv.md#conv)."
    assert reference.places("chapters/02-convolution.md", ["conv", "of_no_room"]) == expected
    assert reference.places("port.md", ["conv"]).endswith("(api/conv.md#conv).")
    assert reference.places("port.md", ["of_no_room"]) == ""


def test_an_unknown_room_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^reference_impl has no room convs; close: conv"):
        reference.listed("convs")
