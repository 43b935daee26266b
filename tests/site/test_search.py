"""What is typed into the search field leads to its place, on the built site and through the theme's own worker."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as BrowserPage

from scripts.site import search
from scripts.site.errors import ROOT

QUERIES: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("queries.yml").read_text("utf-8"))
FIRST, LEAST, LEAST_OF_CHAPTER = 3, 60, 8

COUNT_ANSWERS = """() => {
  window.answers = 0;
  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => data.type === 3 && setTimeout(() => answers++));
    }
  };
}"""

# A page's title above its sections is no result of its own.
RESULTS = """() => [...document.querySelectorAll(".md-search-result__item")].flatMap((item) => {
  const links = [...item.querySelectorAll(":scope > a")];
  return links.slice(links.length > 1 ? 1 : 0).map((link) => link.href.replace(/[?]h=[^#]*/, ""));
})"""


@pytest.fixture
def ask(context: BrowserContext, base_url: str):
    """A function that types a question and returns the addresses that are shown, first one first."""
    page = context.new_page()
    page.add_init_script(f"({COUNT_ANSWERS})()")
    page.goto(base_url)
    return lambda question: [url.removeprefix(base_url) for url in answers(page, question)]


def answers(page: BrowserPage, question: str) -> list[str]:
    field = page.get_by_role("textbox", name="Search", exact=True)
    before = page.evaluate("() => answers")
    field.fill(question)
    field.press("End")
    page.wait_for_function("(before) => answers > before", arg=before)
    return page.evaluate(RESULTS)


def test_every_question_finds_its_place_among_the_first_three(ask) -> None:
    missed = []
    for page, questions in QUERIES.items():
        for question, anchors in questions.items():
            shown = ask(question)[:FIRST]
            if not {search.address(f"{page}#{anchor}" if anchor else page) for anchor in anchors} & set(shown):
                missed.append(f"{question}: {', '.join(shown)}")
    assert not missed, "\n".join(missed)


def test_there_are_enough_questions_for_each_chapter() -> None:
    assert sum(map(len, QUERIES.values())) >= LEAST
    chapters = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "chapters").glob("*.md")]
    few = [chapter for chapter in chapters if len(QUERIES.get(chapter, {})) < LEAST_OF_CHAPTER]
    assert few == [], f"fewer than {LEAST_OF_CHAPTER} questions in tests/site/queries.yml"


def test_a_short_numeral_finds_no_longer_number_and_words_of_no_weight_find_nothing(ask) -> None:
    assert ask("same padding stride 2") == ask("what is the same padding of a stride")
    assert ask("224 227 alexnet") == ask("224, 227: AlexNet?")


def test_a_word_that_is_half_typed_already_leads_there(ask) -> None:
    assert "chapters/15-grouped/#151-shuffled-grouped-convolution" in ask("channel shuf")[:FIRST]


def doc(location: str, title: str, text: str = "") -> dict[str, str]:
    return {"location": location, "title": title, "text": text}


def test_listings_and_outputs_leave_the_index_and_their_names_stay() -> None:
    listing = "from x import (conv,\n    y)\ndef area(a):\n    return F.pad(a, 224)\n"
    output = "ValueError: conv: 3 is odd.\n7"
    page = doc("c/#a", "A", f"<p>Sums of 3 × 5.</p> <pre><code>{listing}</code></pre> <pre><code>{output}</code></pre>")
    _, made = search.refined([doc("c/", "2 Chapter"), page], {"c/#a": "Part"}, {"sum, total": "c/#a"})
    assert made["text"] == "<p>Sums of 3 × 5.</p>"
    assert made["names"] == "F.pad conv ValueError: conv: 3 is odd. 3x5"
    assert made["also"] == "sum, total, area"
    assert made["within"] == "2 Chapter Part"


def test_a_section_knows_the_part_it_stands_in() -> None:
    content = (
        '<h1 id="t">T</h1><h2 id="a">A <code>b</code><a class="headerlink"></a></h2><h4 id="c">C</h4><h2 id="d">D</h2>'
    )
    assert search.parts(content, "x/") == {"x/#t": "", "x/#a": "", "x/#c": "A b", "x/#d": ""}


def test_answers_count_more_than_exercises_and_references() -> None:
    docs = [doc("c/", "C"), doc("c/#in-brief", "In brief"), doc("c/#x", "X"), doc("c/#one", "One")]
    boosts = [made["boost"] for made in search.refined(docs, {"c/#one": "Exercises"}, {})]
    assert boosts == [1, 1.3, 1, 0.6]


def test_no_word_of_the_index_has_an_asterisk_which_lunr_would_take_for_a_pattern() -> None:
    (made,) = search.refined([doc("c/", "a * b", "<p><code>conv*2</code></p> <pre>f.g(**x)</pre>")], {}, {})
    assert [made[field] for field in search.FIELDS if "*" in made[field]] == []


def test_words_that_no_page_shows_are_escaped_because_the_theme_reads_them_as_html() -> None:
    page = doc("c/", "C", "<pre>TypeError: 1 &lt; k must hold</pre>")
    (made,) = search.refined([page], {}, {"s > 1 & d > 1": "c/"})
    assert made["also"] == "s &gt; 1 &amp; d &gt; 1"
    assert made["names"] == "TypeError: 1 &lt; k must hold"


def test_a_synonym_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^docs/data/synonyms\.yml leads to places that no page has: c/#gone\.$"):
        search.refined([doc("c/", "C")], {}, {"word": "c/#gone"})


def test_an_address_is_written_as_the_file_and_means_the_page() -> None:
    assert search.address("chapters/02-x.md#y") == "chapters/02-x/#y"
    assert search.address("index.md") == ""
