"""Every difference that a page may show is a test, and was found with the versions that are installed here."""

import ast
from pathlib import Path

from packaging.requirements import Requirement

from reference_impl.frameworks.differences import DIFFERENCES, VERSIONS

ROOT = Path(__file__).parents[2]


def test_every_difference_is_a_test_of_its_framework():
    for framework in VERSIONS:
        tree = ast.parse((Path(__file__).parent / f"test_{framework}.py").read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert {fact.test for fact in DIFFERENCES if fact.framework == framework} <= tests


def test_every_difference_is_of_a_known_framework_and_told_once():
    assert {fact.framework for fact in DIFFERENCES} == set(VERSIONS)
    assert len({fact.test for fact in DIFFERENCES}) == len(DIFFERENCES)


def test_the_versions_are_those_of_the_constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#") and "pymdown" not in line]
    pinned = {pin.name.replace("_", "-"): str(pin.specifier).removeprefix("==") for pin in pins}
    for versions in VERSIONS.values():
        assert versions.items() <= pinned.items()
