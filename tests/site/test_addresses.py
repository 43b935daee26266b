"""Addresses outside the site: a page links to what the ledger lists, and the ledger lists what is linked to."""

import datetime
import re

import pytest

from scripts.site import addresses
from scripts.site.addresses import Seen, check_addresses
from scripts.site.errors import PageError
from scripts.site.page import Page

PAGE = "docs/chapters/00-planted.md"
DAY = datetime.date(2026, 5, 3)
KNOWN = {"https://example.org/a_(b)": Seen(None)}


@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        ("[a page](https://example.org/c)", "https://example.org/c is not in docs/data/addresses.yml"),
        ("<https://example.org/c>", "https://example.org/c is not in docs/data/addresses.yml"),
        ("[a page][1]\n\n[1]: https://example.org/c", "https://example.org/c is not in"),
        ("[a page](http://example.org/a)", "http://example.org/a is sent in the open"),
    ],
)
def test_an_address_that_nobody_has_listed_is_refused(typed, cause):
    with pytest.raises(PageError, match=rf"^{re.escape(PAGE)}:\d+: {re.escape(cause)}"):
        check_addresses(Page(PAGE, f"Words.\n\n{typed}\n"), KNOWN)


def test_listed_addresses_and_those_in_code_may_stand():
    text = "([a](https://example.org/a_(b)).) `http://127.0.0.1:8000`\n\n```text\nhttps://example.org/c\n```\n"
    check_addresses(Page(PAGE, text), KNOWN)


def test_the_ledger_is_read_as_it_was_written(tmp_path):
    (tmp_path / "docs" / "data").mkdir(parents=True)
    known = {"https://example.org/a": Seen(DAY, "answered"), "https://example.org/b": Seen(None)}
    addresses.write(known, tmp_path)
    assert addresses.load(tmp_path) == known
    (tmp_path / addresses.FILE).write_text("https://example.org/a: {seen: 2026-05-03}\n")
    with pytest.raises(ValueError, match="has a day under `seen` and a word under `how`"):
        addresses.load(tmp_path)


def test_an_address_that_does_not_answer_keeps_what_was_known():
    known = {"https://example.org/a": Seen(DAY, "stored copy"), "https://example.org/gone": Seen(None)}
    used = {"https://example.org/a", "https://example.org/b", "https://example.org/c"}
    today = datetime.date(2026, 6, 1)
    assert addresses.renewed(known, used, today, lambda address: address.endswith("b")) == {
        "https://example.org/a": Seen(DAY, "stored copy"),
        "https://example.org/b": Seen(today, "answered"),
        "https://example.org/c": Seen(None),
    }


def test_the_ledger_lists_what_pages_data_and_docstrings_name_and_nothing_else():
    assert addresses.missing() == []


def test_what_only_one_of_ledger_and_pages_has_is_told(tmp_path):
    (tmp_path / "docs" / "data").mkdir(parents=True)
    (tmp_path / "docs" / "index.md").write_text("[a](https://example.org/a)\n")
    addresses.write({"https://example.org/b": Seen(None)}, tmp_path)
    assert addresses.missing(tmp_path) == [
        "https://example.org/a is not in docs/data/addresses.yml (make addresses adds it)",
        "https://example.org/b is in docs/data/addresses.yml, and nothing names it",
    ]
