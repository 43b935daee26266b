"""The digest of the measured sources follows what they do, not how they are written; and only what is measured."""

import pytest

from scripts.timings.sources import ROOT, measured_digest, measured_files, source_digest

FUNCTION = '''
"""A module."""

def add(a, b=1):
    """Add."""
    return a + b  # the sum
'''
TREE = {
    "scripts/timings/implementations.py": "from reference_impl.conv import conv\nimport numpy\n",
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


def names(root):
    return [path.relative_to(root).as_posix() for path in measured_files(root)]


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
    assert source_digest(edited) == source_digest(FUNCTION)


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
    assert source_digest(edited) != source_digest(FUNCTION)


def test_zeros_and_empty_texts_are_told_apart():
    assert len({source_digest(f"x = {value}") for value in ("0", "''", "b''", "False", "None", "0.0", "[]", "()")}) == 8


def test_the_operators_are_measured_and_their_definitions_are_not():
    files = names(ROOT)
    assert {"reference_impl/conv/products.py", "reference_impl/deform_conv/torch.py"} <= set(files)
    assert not [name for name in files if "definition" in name or "networks" in name or "receptive" in name]
