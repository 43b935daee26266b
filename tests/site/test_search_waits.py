"""The index of the search is heavier than most pages: it comes when somebody is about to search, and not before."""

import pytest
from playwright.sync_api import BrowserContext, expect
from playwright.sync_api import Page as BrowserPage

CHAPTER = "chapters/15-grouped/"
RESULT = ".md-search-result__link[href*='shuffl']"


@pytest.fixture
def page(context: BrowserContext) -> BrowserPage:
    return context.new_page()


def asked(page: BrowserPage) -> list[str]:
    """What this page asks for of the search, from now on: the names of the index and of the worker."""
    names = []
    page.on("request", lambda request: names.append(request.url.split("/")[-1]) if "/search" in request.url else None)
    return names


@pytest.mark.parametrize("address", ["", CHAPTER])
def test_who_only_reads_loads_nothing_of_the_search(page: BrowserPage, base_url: str, address: str) -> None:
    names = asked(page)
    page.goto(base_url + address, wait_until="networkidle")
    assert [name for name in names if name != "search.js"] == []
    assert page.workers == []


def test_what_is_typed_before_the_index_is_there_is_answered_when_it_comes(page: BrowserPage, base_url: str) -> None:
    held = []
    page.route("**/search_index.json", lambda route: held.append(route))
    page.goto(base_url + CHAPTER)
    with page.expect_request("**/search_index.json"):
        page.keyboard.press("/")
    page.keyboard.type("shuffle inverse")
    assert page.locator(RESULT).count() == 0
    held[0].continue_()
    page.locator(RESULT).first.wait_for()


@pytest.mark.parametrize("address", ["?q=shuffle", CHAPTER + "?q=shuffle"])
def test_an_address_with_a_question_shows_its_answers(page: BrowserPage, base_url: str, address: str) -> None:
    page.goto(base_url + address)
    expect(page.locator(".md-search__input")).to_have_value("shuffle")
    page.locator(RESULT).first.wait_for()


def test_an_address_of_an_answer_has_the_words_marked(page: BrowserPage, base_url: str) -> None:
    page.goto(base_url + CHAPTER + "?h=shuffle")
    expect(page.locator("article mark[data-md-highlight]").first).to_have_text("shuffle", ignore_case=True)


def test_the_field_on_the_home_page_fetches_the_index_when_it_is_focused(page: BrowserPage, base_url: str) -> None:
    page.goto(base_url)
    with page.expect_response("**/search_index.json"):
        page.get_by_label("What do you want to know?").focus()
    page.keyboard.type("shuffle")
    page.locator(RESULT).first.wait_for()


def test_the_button_on_a_phone_fetches_the_index(page: BrowserPage, base_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(base_url + CHAPTER)
    with page.expect_response("**/search_index.json"):
        page.get_by_role("button", name="Search", exact=True).click()
    page.locator(".md-search__input").fill("shuffle")
    page.locator(RESULT).first.wait_for()
