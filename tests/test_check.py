"""`python -m scripts.check` finds what an operator or a chapter lacks: each is planted in a small tree."""

from pathlib import Path

import pytest

from scripts.check.__main__ import main, report
from scripts.check.chapters import PARTS, missing_on_pages, pages_in_nav
from scripts.check.missing import Missing
from scripts.check.rooms import missing_in_rooms

OPERATOR = '''"""Blurring."""

import numpy as np


def {name}(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Blur.
{definition}
    Shapes:
        x: (N, C, L)

    Raises:
        ValueError: always.

    Source:
        Nobody, 2000.

    Example:
        >>> 1
        1
    """
'''
OF_TORCH = OPERATOR.replace("np.ndarray", "Tensor").replace("import numpy as np", "from torch import Tensor")
FAST = "reference_impl/blur/fast.py"
DEFINITION = "\n    Definition:\n        y = x\n"
TESTS = """from reference_impl.blur import blur, blur_loops


def test_blur_equals_its_definition():
    assert blur(1, 2) == blur_loops(1, 2)


def test_blur_refuses_everything():
    blur_loops()
"""
TWIN_TESTS = """from reference_impl.blur import blur
from reference_impl.blur.torch import blur_torch


def test_the_twin_equals_blur_and_has_gradients():
    assert blur(1, 2) == blur_torch(1, 2)


def test_the_twin_refuses_everything():
    blur_torch()
"""
CONFIG = "site_url: !ENV [SITE_URL, x]\nnav:\n  - Home: index.md\n  - Chapters:\n      - chapters/03-blur.md\n"
SOLUTIONS = "".join(
    f'\n### Exercise {number}: Blur twice\n\n??? success "Solution"\n\n    ```python\n    print(1)\n    ```\n'
    for number in (1, 2, 3)
)
INSIDE = {"Exercises": SOLUTIONS, "What trips people up": "\n### It shifts\n\nText.\n"}
CARD = '\n[[= card("blur", traps=["it-shifts"]) =]]\n'
CHAPTER = f"---\ndescription: Blurring, step by step.\n---\n\n# 3 Blur\n{CARD}" + "".join(
    f"\n## {part}\n\nText.\n{INSIDE.get(part, '')}" for part in PARTS
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one operator and one chapter, complete."""
    loops, fast = OPERATOR.format(name="blur_loops", definition=DEFINITION), OPERATOR.format(name="blur", definition="")
    files = {
        "reference_impl/__init__.py": "",
        "reference_impl/checks.py": "def refuse(rule: str) -> None:\n    raise ValueError(rule)\n",
        "reference_impl/blur/__init__.py": '__all__ = ["blur", "blur_loops"]\n',
        "reference_impl/blur/fast.py": loops + fast[fast.index("\n\ndef ") :],
        "reference_impl/blur/torch.py": OF_TORCH.format(name="blur_torch", definition=""),
        "tests/blur/test_blur.py": TESTS,
        "tests/blur/test_torch.py": TWIN_TESTS,
        "scripts/figures/chapter_03.py": "",
        "docs/index.md": "---\ndescription: Home.\n---\n[Blur](chapters/03-blur.md)\n",
        "docs/chapters/03-blur.md": CHAPTER,
        "mkdocs.yml": CONFIG,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def edit(tree: Path, name: str, old: str, new: str) -> None:
    text = (tree / name).read_text(encoding="utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new), encoding="utf-8")


def test_a_complete_tree_lacks_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tree) == 0
    assert "Complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "what"),
    [
        (FAST, "    Source:\n        Nobody, 2000.\n", "", "fast.py", "blur: the section Source:"),
        (FAST, "    Shapes:\n", "", "fast.py", "blur: the section Shapes:"),
        (FAST, "    Raises:\n", "", "fast.py", "blur: the section Raises:"),
        (FAST, "    Example:\n", "", "fast.py", "blur: the section Example:"),
        (FAST, ">>> 1", "1", "fast.py", "blur: an example that runs"),
        (FAST, DEFINITION, "\n", "fast.py", "blur: a definition: blur_loops"),
        ("tests/blur/test_blur.py", "refuses", "takes", "fast.py", "blur_loops: a test of its refusals"),
        ("tests/blur/test_torch.py", "gradients", "values", "torch.py", "blur_torch: a test of its gradients"),
        ("tests/blur/test_torch.py", "blur_torch(", "blur(", "torch.py", "blur_torch: a test that calls it"),
    ],
)
def test_what_a_room_lacks_is_named(tree: Path, name: str, old: str, new: str, place: str, what: str) -> None:
    edit(tree, name, old, new)
    assert any(one.place.endswith(place) and one.what.startswith(what) for one in missing_in_rooms(tree))


def test_a_room_without_docstrings_and_tests_is_named(tree: Path) -> None:
    (tree / "reference_impl/sharpen").mkdir()
    (tree / "reference_impl/sharpen/__init__.py").write_text("def sharpen(x, w):\n    return x\n")
    found = missing_in_rooms(tree)
    assert Missing("reference_impl/sharpen", "tests: tests/sharpen/") in found
    assert Missing("reference_impl/sharpen/__init__.py", "sharpen: a docstring") in found


def test_another_view_of_an_operator_may_lean_on_its_definition(tree: Path) -> None:
    view = OPERATOR.format(name="blur_by_fft", definition="").replace("Blur.", "The same as `blur`.")
    (tree / "reference_impl/blur/spectra.py").write_text(view)
    (tree / "reference_impl/blur/__init__.py").write_text('__all__ = ["blur", "blur_by_fft", "blur_loops"]\n')
    (tree / "tests/blur/test_spectra.py").write_text(TESTS.replace("blur(", "blur_by_fft("))
    assert missing_in_rooms(tree) == []


def test_names_outside_all_are_private(tree: Path) -> None:
    path = tree / "reference_impl/blur/torch.py"
    path.write_text(f'__all__ = ["blur_torch"]\n{path.read_text()}\n\ndef helper(x):\n    return x\n')
    assert missing_in_rooms(tree) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_chapter_without_a_part_is_named_unless_it_omits_it(tree: Path, part: str) -> None:
    page = "docs/chapters/03-blur.md"
    edit(tree, page, f"## {part}\n", "## Something else\n")
    assert any(f'the part "{part}"' in one.what for one in missing_on_pages(tree))
    edit(tree, page, "---\ndescription", f"---\nomits: [{part}]\ndescription")
    assert missing_on_pages(tree) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("docs/chapters/03-blur.md", "description: Blurring, step by step.", "title: Blur", "a description:"),
        ("docs/chapters/03-blur.md", "description:", "omits: [In sum]\ndescription:", "a part that can be omitted"),
        ("docs/chapters/03-blur.md", "description:", "omits: [Pictures]\ndescription:", "a decision: it omits"),
        ("docs/chapters/03-blur.md", "## Arithmetic\n", "```text\n## Arithmetic\n```\n", 'the part "Arithmetic"'),
        ("docs/chapters/03-blur.md", SOLUTIONS, SOLUTIONS[: len(SOLUTIONS) // 3], "3 to 6 exercises"),
        ("docs/chapters/03-blur.md", "```python", "```text", "a block of code in 3 of its 3"),
        ("docs/chapters/03-blur.md", CARD, "", 'its card above "In brief"'),
        ("docs/chapters/03-blur.md", "### It shifts\n", "", "traps as headings"),
        ("docs/chapters/03-blur.md", "## Definition\n", "## X\n", 'the part "Definition"'),
        ("docs/chapters/03-blur.md", "### Exercise 2: ", "**2.** ", "exercises that are headings"),
        ("docs/chapters/03-blur.md", "## In brief\n", "## Definition\n", "the order In brief, Worked example"),
        ("mkdocs.yml", "03-blur", "04-sharpen", "the page itself"),
    ],
)
def test_what_a_page_lacks_is_named(tree: Path, name: str, old: str, new: str, what: str) -> None:
    edit(tree, name, old, new)
    assert any(one.what.startswith(what) for one in missing_on_pages(tree))


def test_a_chapter_without_a_module_for_its_pictures_is_named(tree: Path) -> None:
    (tree / "scripts/figures/chapter_03.py").unlink()
    assert missing_on_pages(tree) == [Missing("docs/chapters/03-blur.md", "scripts/figures/chapter_03.py")]


def test_the_list_has_each_place_once_and_the_command_fails(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = [Missing("a.py", "one"), Missing("b.md", "two"), Missing("a.py", "three")]
    assert report(found).startswith("a.py\n  - one\n  - three\n\nb.md\n  - two\n\n3 missing.")
    (tree / "scripts/figures/chapter_03.py").unlink()
    assert main(tree) == 1
    assert "chapter_03.py" in capsys.readouterr().err


def test_the_navigation_is_read_in_order() -> None:
    pages = pages_in_nav(Path(__file__).parents[1] / "mkdocs.yml")
    assert pages[:2] == ["index.md", "preface.md"]
    assert len(pages) == len(set(pages))


def test_an_operator_of_both_libraries_that_is_not_in_the_table_is_named(tree: Path) -> None:
    edit(tree, FAST, "def blur(x: np.ndarray, w: np.ndarray) -> np.ndarray", "def blur(x: Array, w: Array) -> Array")
    edit(
        tree, "tests/blur/test_blur.py", "def test_blur_refuses", "def test_gradient(): ...\n\n\ndef test_blur_refuses"
    )
    asked = "blur: an entry in tests/operators.py: it takes NumPy arrays and torch tensors"
    assert missing_in_rooms(tree) == [Missing(FAST, asked)]
    (tree / "tests/operators.py").write_text("from reference_impl import blur\n\nOPERATORS = [blur.blur]\n")
    assert missing_in_rooms(tree) == []
