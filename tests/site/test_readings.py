"""A section that changed since somebody read it counts as unread, is listed, and is not published."""

import datetime

import pytest

from scripts.site import readings
from scripts.site.page import Page

DAY = datetime.date(2026, 5, 3)
TEXT = """---
title: Planted
---

# Title

It is always so.

```python
n = 3
```

## Exercises

One.

## Cost

Because of the memory.

## Exercises

Two.
"""


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "docs" / "data").mkdir(parents=True)
    (tmp_path / "docs" / "planted.md").write_text(TEXT)
    readings.record([page(tmp_path / "docs")], "", DAY, tmp_path / "docs")
    return tmp_path / "docs"


def page(docs, old="", new=""):
    text = (docs / "planted.md").read_text()
    return Page("docs/planted.md", text.replace(old, new) if old else text)


def titles(docs, old, new):
    return [one.title for one in readings.unread(page(docs, old, new), readings.load(docs))]


def test_what_was_read_stays_read_whatever_the_line_breaks(docs):
    assert titles(docs, "", "") == []
    assert titles(docs, "It is always so.", "It is\nalways so.\n") == []
    assert readings.last_read(page(docs), readings.load(docs)).endswith("the first of them on 3 May 2026.")


@pytest.mark.parametrize(
    ("old", "new", "section"),
    [
        ("always", "never", "Title"),
        ("n = 3", "n = 4", "Title"),
        ("Because", "In spite", "Cost"),
        ("One.", "Ten.", "Exercises"),
        ("Two.", "Ten.", "Exercises #2"),
        ("title: Planted", "title: Changed", "above the first heading"),
        ("## Cost", "## Price", "Price"),
    ],
)
def test_a_changed_section_is_unread_and_the_others_are_not(docs, old, new, section):
    assert titles(docs, old, new) == [section]
    assert readings.last_read(page(docs, old, new), readings.load(docs)).startswith("Some sections have changed")


def test_one_section_can_be_recorded_alone_and_a_misspelt_one_is_refused(docs):
    changed = page(docs, "so.", "so?")
    later = datetime.date(2026, 5, 4)
    readings.record([changed], "Title", later, docs)
    assert readings.unread(changed, readings.load(docs)) == []
    assert {day for _, day in readings.load(docs)["docs/planted.md"].values()} == {DAY, later}
    with pytest.raises(ValueError, match=r"docs/planted\.md has no section 'Csot'; close: Cost"):
        readings.record([changed], "Csot", later, docs)


def test_the_command_lists_what_is_unread_and_fails(docs, capsys):
    path = docs / "planted.md"
    assert readings.main([], docs) == 1  # recorded under another name than the file has here
    assert f"{path}:13: Exercises (never read)" in capsys.readouterr().out
    assert readings.main([str(path)], docs) == 0
    assert readings.main([], docs) == 0
    assert readings.main([str(path), "--section", "Csot"], docs) == 2
