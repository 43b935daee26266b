"""The home page says what there is, and leads to answers; the page for missing pages leads back."""

import pytest
from playwright.sync_api import BrowserContext, expect

from scripts.site import home
from scripts.site.errors import ROOT

OUTLINE = """
chapters:
  1: [Data, "What axes mean."]
  2: [Planned title, "Laws."]
questions: []
paths: {}
"""
# Each: the words of the link on the home page, and what the reader then sees at the top of the window.
ANSWERS = {
    "7 × 7, stride 2, padding 3 on 225: how large is the output? 113": "In brief",
    "3 × 3 in eight groups, 64 → 128 channels: how many weights? 9,216": "In brief",
    "Is a channel shuffle its own inverse?": "A shuffle is its own inverse for",
}


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "chapters").mkdir()
    (tmp_path / "data" / "outline.yml").write_text(OUTLINE)
    (tmp_path / "chapters" / "02-laws.md").write_text("---\ndescription: x\n---\n\n# 2 Its own title\n")
    return tmp_path


def test_a_chapter_is_planned_until_its_page_exists_and_then_has_the_title_of_its_page(docs):
    assert home.chapters(docs) == [
        home.Chapter(1, "Data", "What axes mean."),
        home.Chapter(2, "Its own title", "Laws.", "chapters/02-laws.md"),
    ]


def test_a_chapter_of_several_pages_has_one_card_with_a_link_to_each(docs):
    (docs / "chapters" / "02-10-last.md").write_text("# 2.10 The last\n")
    (docs / "chapters" / "02-3-more.md").write_text("# 2.3 More\n")
    [_, second] = home.chapters(docs)
    assert second.page == "chapters/02-laws.md"
    assert second.parts == (("2.3 More", "chapters/02-3-more.md"), ("2.10 The last", "chapters/02-10-last.md"))


def test_a_page_that_the_outline_does_not_have_is_refused(docs):
    (docs / "chapters" / "03-new.md").write_text("# 3 New\n")
    with pytest.raises(ValueError, match=r"^docs/data/outline\.yml has no chapter 3, and 03-new\.md exists$"):
        home.chapters(docs)


def test_a_path_that_leads_to_no_section_is_refused():
    with pytest.raises(
        ValueError, match=r"leads to notation\.md#shape: did you mean shapes|leads to notation\.md#shape"
    ):
        home._words_of("notation.md#shape")


def test_the_home_page_links_every_chapter_that_is_written_and_no_other(context: BrowserContext, base_url: str):
    page = context.new_page()
    page.goto(base_url)
    cards = page.locator(".cards li")
    written = sorted((ROOT / "docs" / "chapters").glob("*.md"))
    assert cards.count() == len(home.outline()["chapters"])
    assert cards.locator("a").count() == len(written)
    chapters = {path.name[:2] for path in written}
    assert cards.filter(has_text="planned").count() == cards.count() - len(chapters)


@pytest.mark.parametrize(("width", "columns"), [(1280, 4), (390, 1)])
def test_cards_of_chapters_and_labs_stand_side_by_side(width, columns, context: BrowserContext, base_url: str):
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(base_url)
    for cards in (".cards > ul", ".lab-cards"):
        lefts = page.eval_on_selector_all(
            f"{cards} > li", "all => all.map((card) => card.getBoundingClientRect().left)"
        )
        assert len(set(lefts)) == columns, cards


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_asked_often_is_answered_within_two_actions(question, context: BrowserContext, base_url: str):
    page = context.new_page()
    page.goto(base_url)
    item = page.locator(".questions li", has_text=question)
    item.get_by_role("link").click()
    page.wait_for_load_state()
    expect(page.get_by_text(ANSWERS[question]).locator("visible=true").last).to_be_in_viewport()


def test_what_is_typed_on_the_home_page_is_answered(context: BrowserContext, base_url: str):
    page = context.new_page()
    page.goto(base_url)
    page.get_by_label("What do you want to know?").press_sequentially("shuffle inverse")
    expect(page.locator(".md-search__input")).to_be_focused()
    expect(page.locator(".md-search__input")).to_have_value("shuffle inverse")
    page.locator(".md-search-result__link[href*='shuffling-twice']").click()
    page.wait_for_url("**/15-grouped/**")


def test_a_question_that_is_sent_is_answered_too(context: BrowserContext, base_url: str):
    page = context.new_page()
    page.goto(base_url + "?q=atrous")
    page.locator(".md-search-result__link[href*='the-same-thing-elsewhere']").wait_for()
