"""Fingerprints see every change that matters; those of measured sources see what they do, not how it is written."""

import subprocess
import sys

import pytest

from scripts import fingerprints
from scripts.definitions import AT_IMPORT, reached_from
from scripts.fingerprints import ROOT
from scripts.timings.records import IMPLEMENTATIONS, MEASURED, measured_digest

FUNCTION = '''
"""A module."""

def add(a, b=1):
    """Add."""
    return a + b  # the sum
'''
TREE = {
    "scripts/timings/implementations.py": "from reference_impl.conv import conv\nimport numpy\nMEASURED = [conv]\n",
    "reference_impl/__init__.py": "",
    "reference_impl/conv/__init__.py": (
        "from reference_impl.conv.fast import conv\nfrom reference_impl.conv.matrix import conv_matrix\n"
    ),
    "reference_impl/conv/fast.py": "from reference_impl import checks\n\ndef conv(x):\n    return checks.same(x)\n",
    "reference_impl/conv/matrix.py": "def conv_matrix(x):\n    return x\n",
    "reference_impl/checks.py": "def same(x):\n    return x\n",
}


@pytest.fixture
def tree(tmp_path):
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def reached(root):
    return {(path.relative_to(root).as_posix(), name) for path, name in reached_from(IMPLEMENTATIONS, MEASURED, root)}


def names(root):
    return sorted({path for path, _ in reached(root)})


def test_a_name_is_followed_through_its_package_to_the_file_that_defines_it(tree):
    assert names(tree) == [
        "reference_impl/checks.py",
        "reference_impl/conv/fast.py",
        "scripts/timings/implementations.py",
    ]


def test_a_change_in_a_measured_file_changes_the_digest_and_a_neighbour_does_not(tree):
    before = measured_digest(tree)
    (tree / "reference_impl/conv/matrix.py").write_text("def conv_matrix(x):\n    return 2 * x\n")
    assert measured_digest(tree) == before
    (tree / "reference_impl/checks.py").write_text("def same(x):\n    return x + 0\n")
    changed = measured_digest(tree)
    assert changed != before
    (tree / "reference_impl/checks.py").write_text("# why\ndef same(x):\n\n    return (x +\n            0)\n")
    assert measured_digest(tree) == changed


CHECKS = "reference_impl/checks.py"
SAME = "def same(x):\n    return x\n"


@pytest.mark.parametrize(
    "neighbour",
    ["def other(x):\n    return 2 * x\n", "OTHER = 3\n", "class Other:\n    pass\n", "import math\n"],
)
def test_a_neighbour_that_nothing_reaches_does_not_count(tree, neighbour):
    before = measured_digest(tree)
    (tree / CHECKS).write_text(SAME + neighbour)
    assert measured_digest(tree) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SAME.replace("return x", "return half(x)") + "def half(x):\n    return x / 2\n", ("/ 2", "/ 3")),
        (SAME.replace("x):", "x, times=TIMES):") + "TIMES = 2\n", ("TIMES = 2", "TIMES = 3")),
        ("@known\n" + SAME + "def known(f):\n    return f\n", ("return f", "return g")),
        (SAME + "@known\ndef other(x):\n    return 1\ndef known(f):\n    return f\n", ("return 1", "return 2")),
        (SAME + "if True:\n    same = None\n", ("None", "1")),
        ("def same(x):\n    from reference_impl.conv.matrix import conv_matrix\n    return conv_matrix(x)\n", None),
        ("import reference_impl.conv.matrix as m\ndef same(x):\n    return m.conv_matrix(x)\n", None),
        ("from reference_impl.conv import matrix\ndef same(x):\n    return matrix.conv_matrix(x)\n", None),
        ("from reference_impl.conv import matrix\ndef same(x):\n    return getattr(matrix, x)\n", None),
    ],
)
def test_whatever_can_be_reached_counts(tree, before, after):
    (tree / CHECKS).write_text(before)
    first = measured_digest(tree)
    if after:
        (tree / CHECKS).write_text(before.replace(*after))
    else:
        (tree / "reference_impl/conv/matrix.py").write_text("def conv_matrix(x):\n    return 2 * x\n")
    assert measured_digest(tree) != first


def test_of_a_module_only_the_attribute_that_is_read_counts(tree):
    (tree / CHECKS).write_text("from reference_impl.conv import matrix\ndef same(x):\n    return matrix.one(x)\n")
    (tree / "reference_impl/conv/matrix.py").write_text("def one(x):\n    return 1\ndef two(x):\n    return 2\n")
    before = measured_digest(tree)
    (tree / "reference_impl/conv/matrix.py").write_text("def one(x):\n    return 1\ndef two(x):\n    return 3\n")
    assert measured_digest(tree) == before


def test_a_module_without_a_file_cannot_be_measured(tree):
    with pytest.raises(ValueError, match="nothing must be a module of reference_impl"):
        reached_from("scripts.timings.nothing", MEASURED, tree)


@pytest.mark.parametrize(
    "edited",
    [
        FUNCTION.replace('"""Add."""', '"""Add two numbers.\n\n    Really."""'),
        FUNCTION.replace('    """Add."""\n', ""),
        FUNCTION.replace("  # the sum", ""),
        FUNCTION.replace('"""A module."""\n', ""),
        FUNCTION.replace("return a + b", "return (\n        a\n        + b\n    )"),
    ],
)
def test_docstrings_comments_and_layout_do_not_count(edited):
    assert edited != FUNCTION
    assert fingerprints.digest_of_syntax(edited) == fingerprints.digest_of_syntax(FUNCTION)


@pytest.mark.parametrize(
    "edited",
    [
        FUNCTION.replace("a + b", "a - b"),
        FUNCTION.replace("b=1", "b=True"),
        FUNCTION.replace("b=1", "b=1.0"),
        FUNCTION.replace("b=1", "b=0"),
        FUNCTION.replace("b=1", "b=None"),
        FUNCTION.replace("b=1", "*, b=1"),
        FUNCTION.replace("return a + b", "'not a docstring'; return a + b").replace('"""Add."""', "pass"),
        FUNCTION + "\nadd(1)\n",
        FUNCTION.replace("def add", "async def add"),
    ],
)
def test_whatever_a_source_does_counts(edited):
    assert edited != FUNCTION
    assert fingerprints.digest_of_syntax(edited) != fingerprints.digest_of_syntax(FUNCTION)


def test_zeros_and_empty_texts_are_told_apart():
    assert (
        len(
            {
                fingerprints.digest_of_syntax(f"x = {value}")
                for value in ("0", "''", "b''", "False", "None", "0.0", "[]", "()")
            }
        )
        == 8
    )


def test_the_operators_are_measured_and_their_definitions_are_not():
    files = names(ROOT)
    assert {"reference_impl/conv/products.py", "reference_impl/deform_conv/torch.py"} <= set(files)
    assert not [name for name in files if "definition" in name or "networks" in name or "receptive" in name]
    found = reached(ROOT)
    assert {(CHECKS, "padding"), (CHECKS, "refuse"), (CHECKS, AT_IMPORT)} <= found
    assert (CHECKS, "positive") not in found  # no operator that is timed asks for one


def test_the_digest_depends_on_where_parts_end():
    assert fingerprints.digest_of("ab", "c") != fingerprints.digest_of("a", "bc")
    assert fingerprints.digest_of("ab") == fingerprints.digest_of(b"ab")


def test_the_digest_of_files_depends_on_their_names_and_contents_only(tmp_path):
    one, two = tmp_path / "1.py", tmp_path / "2.py"
    one.write_text("x")
    two.write_text("y")
    first = fingerprints.digest_of_files([one, two], tmp_path)
    assert fingerprints.digest_of_files([two, one], tmp_path) == first
    one.write_text("y")
    two.write_text("x")
    assert fingerprints.digest_of_files([one, two], tmp_path) != first


def test_the_digest_of_the_sources_sees_python_files_at_any_depth(tmp_path):
    file = tmp_path / "reference_impl" / "deep" / "a.py"
    file.parent.mkdir(parents=True)
    digests = {fingerprints.of_package(root=tmp_path)}
    file.write_text("a")
    digests.add(fingerprints.of_package(root=tmp_path))
    file.write_text("b")
    digests.add(fingerprints.of_package(root=tmp_path))
    file.rename(file.with_name("b.py"))
    digests.add(fingerprints.of_package(root=tmp_path))
    assert len(digests) == 4
    file.with_name("note.txt").write_text("not a source")
    assert fingerprints.of_package(root=tmp_path) in digests


def test_the_digest_of_the_versions_imports_nothing():
    program = """if True:
        import sys
        from scripts.fingerprints import of_versions
        of_versions()
        print([name for name in ("numpy", "torch", "sympy", "matplotlib", "scipy", "sklearn") if name in sys.modules])
    """
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
