"""Changes are planted where they are meant to be, and what notices them is told apart."""

import json
import random

import pytest

from reference_impl.arithmetic import conv_output_size
from scripts.drift import __main__ as drift
from scripts.drift.mutants import KINDS, Mutant, planted
from scripts.drift.sources import CHECK, HARMLESS, NOTHING, REVIEWED, behind
from scripts.site import census
from scripts.site.page import EXPECTED_OUTPUT, Page
from scripts.site.runner import run_block

TEXT = f"""# Planted

```python
macs = 9 * 5  # 45 in all
rows = [{{"layer": "one", "macs": macs}}]
share, other = 0.25, 0.5
kernel = (3, 3)
paper_shares = {{"one": (0.72, 8)}}
print(macs)
```

{EXPECTED_OUTPUT}
```text
45
```

It takes [[= macs =]] multiplications, [[= share | fmt(".1%") =]] of all, always with two kernels of 3 × 3, says
[[= cite("dumoulin2016") =]], as [padding](#padding) and [size](#size) do, [[= math("2*k", equals="k + k") =]]. A column
of $k$ rows, of $n$, has [[= macs // 5 =]] cells.

[[= law("a * b = b * a") =]]

| kernel | cells |
|---|---|
| 3 × 3 | nine |

[[= table(rows, caption="Two of them, always.") =]]

[[= references("dumoulin2016") =]]
"""


@pytest.fixture
def before(tmp_path, monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "planted.md"
    path.write_text(TEXT)
    return drift.baseline(path)


def test_every_kind_finds_its_places(before):
    found = planted(before.page, before.run.variables, random.Random(0))
    assert [kind for kind in KINDS if not found[kind]] == []
    for mutants in found.values():
        assert all(mutant.applied(before.page).text != before.page.text for mutant in mutants)


@pytest.mark.parametrize(
    ("kind", "old", "new", "by"),
    [
        ("a shown output", "\n45\n", "\n46\n", "a check"),
        ("a literal", "9 * 5", "9 * 6", "a check"),
        ("a number of another variable", "[[= share |", "[[= other |", "reviewed values"),
        ("a format", '.1%', '.2%', "reviewed values"),
        ("an operator", "9 * 5", "9 + 5", "a check"),
        ("an expression", "macs // 5", "macs * 5", "reviewed values"),
        ("a formula", "2*k", "3*k", "a check"),
        ("a law", "a * b = b * a", "a * b = b + a", "a check"),
        ("a letter", "of $n$", "of $k$", "a section that counts as unread"),
        ("a link", "(#size)", "(#padding)", "reviewed values"),
        ("a citation", 'cite("dumoulin2016")', 'cite("odena2016")', "a check"),
        ("a caption", "Two of them", "Ten of them", "reviewed values"),
        ("a word", "always with", "never with", "a section that counts as unread"),
        ("a typed cell", "| nine |", "| ten |", "a check"),
        ("a kernel", "of 3 × 3,", "of 3 × 7,", "a check"),
        ("a comment", "# 45 in all", "# 46 in all", "a check"),
        ("a published figure", "(0.72, 8)", "(0.27, 8)", "reviewed values"),
        ("a comment", "# 45 in all", "# 45 in some", "reviewed values"),
        ("a line break", "always with", "always  with", ""),
    ],
)  # fmt: skip
def test_what_notices_a_change(before, kind, old, new, by):
    assert before.page.text.count(old) == 1, kind
    begin = before.page.text.index(old)
    assert drift.noticed(before, Mutant(kind, begin, begin + len(old), new)) == by


def test_the_result_is_the_same_for_the_same_seed_and_becomes_a_table(tmp_path, monkeypatch, before):
    path = tmp_path / "planted.md"
    first = drift.measure([path], 2, 1)
    with monkeypatch.context() as nothing_kept:
        nothing_kept.setenv("HANDBOOK_CACHE", "off")
        assert drift.measure([path], 2, 1) == first
    with monkeypatch.context() as interrupted:
        interrupted.setattr(drift, "_counted", lambda *_: pytest.fail("measured again"))
        assert drift.measure([path], 2, 1) == first
    record = tmp_path / "drift.json"
    record.write_text(json.dumps(first | {"date": "2026-05-03"}))
    assert census.drift_date(record) == "3 May 2026"
    table, planted = census.drift_table(record), sum(kind["planted"] for kind in first["kinds"])
    assert "| shown outputs | 2 | 2 | 0 | 0 | 0 |" in table
    assert f"| **all of these** | {planted} |" in table
    with pytest.raises(ValueError, match="Run make drift"):
        census.drift_date(tmp_path / "none.json")


BEHIND = f"""# Planted

[[= formula("conv_output_size") =]]

```python
from reference_impl.arithmetic import conv_output_size

sizes = [conv_output_size(i, 3, stride=2, padding=1) for i in range(5, 9)]
print(sizes)
```

{EXPECTED_OUTPUT}
```text
[3, 3, 4, 4]
```

[[= figure("separable_ratio", alt="A picture that is drawn for this test alone.") =]]
"""


@pytest.fixture(scope="module")
def changes_behind():
    page = Page("docs/chapters/14-planted.md", BEHIND)
    return behind(page, [run_block(page.name, block) for block in page.blocks], random.Random(0))


@pytest.mark.parametrize(
    ("kind", "enough"),
    [("formulas for quantities", 4), ("meanings of letters", 2), ("code of reference_impl", 2)],
)  # most mutants of code change a refusal, which is for the operators' own tests
def test_changes_behind_a_page_are_noticed(changes_behind, kind, enough):
    found = [change.noticed() for change in changes_behind[kind][: 10 * enough]]
    assert sum(by in (CHECK, REVIEWED) for by in found) >= enough
    assert set(found) <= {CHECK, REVIEWED, HARMLESS, NOTHING}


def test_another_number_or_label_in_a_drawing_is_noticed(changes_behind, monkeypatch, tmp_path):
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path))
    drawn = changes_behind["code and labels of pictures"]
    assert len(drawn) > 10
    assert REVIEWED in [change.noticed() for change in drawn[:4]]


def test_code_that_was_replaced_is_put_back(changes_behind):
    for change in changes_behind["code of reference_impl"][:5]:
        change.noticed()
    assert conv_output_size(7, 3, stride=2, padding=1) == 4
