"""The page that plants faults shows real refusals, and the census counts what is there."""

import re

import pytest

from scripts.site import planted_faults
from scripts.site.census import census, tied_and_free
from scripts.site.functions import check_and_expand
from scripts.site.runner import run_page


def check(page):
    check_and_expand(page, run_page)


def test_every_planted_fault_is_refused_with_page_and_line():
    shown = planted_faults.as_tabs(check)
    for title in planted_faults.FAULTS:
        assert f'=== "{title}"' in shown
    assert len(re.findall(rf"^    {re.escape(planted_faults.PAGE)}:\d+: ", shown, re.MULTILINE)) == len(
        planted_faults.FAULTS
    )


def test_a_fault_that_is_no_longer_refused_stops_the_build(monkeypatch):
    monkeypatch.setitem(planted_faults.FAULTS, "A good page", "\n        Nothing is wrong here.\n    ")
    with pytest.raises(ValueError, match="the fault 'A good page' is not refused any more"):
        planted_faults.as_tabs(check)


def test_the_census_counts_blocks_outputs_numbers_formulas_pictures_and_tables(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "page.md").write_text(
        "```python\nmacs = 81\nprint(macs)\n```\n\n<!--pytest-codeblocks:expected-output-->\n```text\n81\n```\n\n"
        '[[= macs =]] and [[= macs // 9 =]].\n\n[[= formula("conv_macs") =]]\n\n[[= figure("window", alt="…") =]]\n\n'
        "[[= table(rows) =]]\n\n```text\n[[= not_counted =]]\n```\n"
    )
    kinds = ("pages", "blocks", "outputs", "numbers", "formulas", "pictures", "tables")
    assert [census(kind, docs) for kind in kinds] == [1, 1, 1, 2, 1, 1, 1]


def test_the_census_refuses_what_it_does_not_count():
    with pytest.raises(ValueError, match=r"census counts pages, blocks, .* not 'words'"):
        census("words")


def test_what_is_tied_to_code_is_counted_apart_from_what_is_free(tmp_path):
    (tmp_path / "docs").mkdir()
    text = """# Title

```python
layers = [64, 128, 5]
```

Five layers of one net, all with 5 × 5 kernels and $k$ taps, make three steps: always [[= layers | length | words =]],
[[= layers[0] =]] or [[= math("2*k", equals="k + k") =]].

### Exercise 1: Count them
"""
    (tmp_path / "docs" / "page.md").write_text(text)
    assert tied_and_free(tmp_path / "docs") == {
        "pages": 1,
        "code blocks": 1,
        "exercises": 1,
        "results as words, computed": 1,
        "results, computed": 1,
        "formulas in sentences, computed": 1,
        "typed number words, compared with the section's code": 1,
        "typed number words, names and idioms": 1,
        "typed digits, compared with the section's code": 2,
        "typed digits, names and idioms": 1,
        "symbols typed between dollar signs, free": 1,
        "one, two, half, both …, free": 1,
        "general and comparing words, read by people": 2,
    }
