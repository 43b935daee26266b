"""What the mutation run changes, and what it leaves alone."""

import ast

import pytest

from scripts.mutants import mutants
from scripts.mutate import unnumbered

SOURCE = '''"""A docstring of 2 words."""

from math import floor

__all__ = ["half"]


def half(x: int = 1, y: "int | None" = None) -> int:
    """Half of x, at least 0."""
    rule = "x must be at least 0"
    if x < 0:
        refuse("half", rule, x=f"{x}")
    return max(x // 2, *zip(x, strict=True))[1:]
'''
EXPECTED = """
8: 1  ->  2
8: 1  ->  0
11: x < 0  ->  not x < 0
11: x < 0  ->  x <= 0
11: x < 0  ->  x >= 0
11: 0  ->  1
11: 0  ->  -1
12: refuse('half', rule, x=f'{x}')  ->  None
12: refuse('half', rule, x=f'{x}')  ->  refuse('half', x=f'{x}')
12: refuse('half', rule, x=f'{x}')  ->  refuse('half', rule)
12: refuse('half', rule, x=f'{x}')  ->  refuse(rule, 'half', x=f'{x}')
13: return max(x // 2, *zip(x, strict=True))[1:]  ->  return None
13: max(x // 2, *zip(x, strict=True))  ->  max(x // 2)
13: max  ->  min
13: x // 2  ->  x * 2
13: 2  ->  3
13: 2  ->  1
13: zip(x, strict=True)  ->  zip(strict=True)
13: 1:  ->  :
13: 1  ->  2
13: 1  ->  0
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "half.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_every_change_is_listed_and_text_and_types_are_left_alone(file):
    found = [mutant.code()[1].removeprefix(f"{file}:") for mutant in mutants(file)]
    assert sorted(found) == sorted(EXPECTED.strip().splitlines())


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("x.swapaxes(i, j)", "x.swapaxes(i)"),
        ("accumulator(x, w)", "accumulator(x)"),
        ("x.astype(t, copy=False)", "x.astype(copy=False)"),
        ("x.reshape(-1)", "x.reshape()"),
    ],
)
def test_a_change_that_cannot_show_in_a_result_is_not_made(tmp_path, call, change):
    path = tmp_path / "call.py"
    path.write_text(call, encoding="utf-8")
    labels = [mutant.code()[1] for mutant in mutants(path)]
    assert labels == [f"{path}:1: {call}  ->  None", f"{path}:1: {call}  ->  {change}"]


def test_a_mutant_leaves_the_syntax_tree_as_it_was_and_runs_as_changed(file):
    found = mutants(file)
    before = ast.dump(found[0].tree)
    results = set()
    for mutant in found:
        code, label = mutant.code()
        assert ast.dump(mutant.tree) == before, label
        names = {"refuse": lambda *_, **__: None}
        exec(code, names)
        results.add(names["half"].__defaults__)
    assert results == {(1, None), (2, None), (0, None)}


def test_defaults_belong_to_their_function(file):
    assert all(mutant.function is not None for mutant in mutants(file))


def test_a_survivor_is_known_again_when_a_line_above_it_was_added(file):
    labels = [mutant.code()[1] for mutant in mutants(file)]
    file.write_text("\n" + SOURCE, encoding="utf-8")
    moved = [mutant.code()[1] for mutant in mutants(file)]
    assert not set(labels) & set(moved)
    assert list(map(unnumbered, labels)) == list(map(unnumbered, moved))
