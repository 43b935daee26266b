"""The page of questions: each has one link to the section that answers it, and the search leads there too."""

import pytest
from playwright.sync_api import BrowserContext

from tests.site.test_search import FIRST, ask  # noqa: F401  (a fixture)

LEAST = 60
# Of each question the words and the target of its link, and whether it has an answer.
READ = """(questions) => questions.map((question) => {
  const link = question.querySelector(":scope > a");
  return [question.textContent, link?.href ?? "", question.nextElementSibling?.matches("dd") ?? false];
})"""


@pytest.fixture
def questions(context: BrowserContext, base_url: str) -> list[tuple[str, str, bool]]:
    page = context.new_page()
    page.goto(base_url + "questions/")
    listed = page.locator(".md-content dt").evaluate_all(READ)
    return [(words, href.removeprefix(base_url), answered) for words, href, answered in listed]


def test_every_question_links_to_a_section_and_has_an_answer(questions) -> None:
    assert len(questions) >= LEAST
    assert [question for question in questions if "#" not in question[1] or not question[2]] == []


def test_the_search_leads_from_every_question_to_its_section(questions, ask) -> None:  # noqa: F811
    shown = {words: ask(words)[:FIRST] for words, _, _ in questions}
    missed = [f"{words} -> {place}: {shown[words]}" for words, place, _ in questions if place not in shown[words]]
    assert not missed, "\n".join(missed)
