"""The glossary is the only source of what letters mean, and it is refused where it says nothing or too much."""

import pytest
import yaml

from scripts.site import cache, letters


@pytest.fixture
def glossary(tmp_path, monkeypatch):
    """Put another glossary in the place of the handbook's."""

    def put(data):
        (tmp_path / "letters.yml").write_text(yaml.safe_dump(data, allow_unicode=True))
        monkeypatch.setattr(letters, "GLOSSARY", tmp_path / "letters.yml")
        cache.begin_build()

    yield put
    monkeypatch.undo()
    cache.begin_build()


TWO = {"stride": "step of windows", "stride of a transpose": "step of stamps"}


def test_a_meaning_named_by_an_argument_is_taken_where_the_function_has_it(glossary):
    glossary({"letters": {"d": {"side": "taps of a side", "dilation": "step of taps"}}, "indices": {}})
    assert letters.meaning("d", parameters={"dilation", "stride"}).meaning == "step of taps"
    assert letters.meaning("d", sense="side", parameters={"dilation"}).meaning == "taps of a side"


def test_a_meaning_may_be_that_of_an_argument_in_another_place(glossary):
    glossary({"letters": {"s": TWO}, "indices": {}})
    assert letters.meaning("s", sense="stride of a transpose").argument == "stride"
    assert letters.meaning("s", parameters={"stride"}).meaning == "step of windows"


def test_an_index_has_its_first_meaning_where_nothing_is_said(glossary):
    glossary({"letters": {}, "indices": {"o": {"channel": "the channel", "filter": "the filter"}}})
    assert letters.meaning("o", index=True).meaning == "the channel"
    assert letters.meaning("o", index=True, sense="filter").meaning == "the filter"


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"letter": "z"}, "the letter z has no meaning. Add it to docs/data/letters.yml"),
        ({"letter": "s", "index": True}, "the index s has no meaning"),
        ({"letter": "s", "sense": "steps"}, "the letter s can mean: stride, stride of a transpose. Say which"),
        ({"letter": "s"}, "Say which in the docstring: s — stride"),
    ],
)
def test_a_letter_that_does_not_mean_one_thing_is_refused(glossary, options, cause):
    glossary({"letters": {"s": TWO}, "indices": {}})
    with pytest.raises(ValueError, match=cause):
        letters.meaning(**options)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ({"letters": {}}, "has the parts letters, indices, not letters"),
        ({"letters": {"s": "stride"}, "indices": {}}, "s needs lines of the form name: meaning"),
        ({"letters": {"s": {"stride": 1}}, "indices": {}}, "s needs lines of the form name: meaning"),
    ],
)
def test_a_glossary_of_another_form_is_refused(glossary, data, cause):
    glossary(data)
    with pytest.raises(ValueError, match=cause):
        letters.glossary()


def test_the_notation_page_shows_every_letter_once():
    parts = [letters.table(part) for part in ("arguments", "others", "indices")]
    shown = [row["letter"] for row in parts[0] + parts[1]]
    assert len(shown) == len(set(shown)) == len(letters.glossary()["letters"])
    stride = next(row for row in parts[0] if row["letter"] == "$s$")
    assert stride["in code"] == "`stride`"
    assert stride["meaning"].startswith("step from one window to the next, in input cells; ")
    assert list(parts[2][0]) == ["letter", "meaning"]
    with pytest.raises(ValueError, match='"arguments", "others" or "indices", not \'all\''):
        letters.table("all")
