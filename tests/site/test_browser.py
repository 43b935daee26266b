"""The built site in headless Chromium: quiet, self-contained, accessible, usable by keyboard, and fit to print."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as BrowserPage

from scripts.labs.notebook import Lab
from scripts.site.page import Page
from tests.site.test_weight import MOST_ELEMENTS

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PHONE = {"width": 360, "height": 740}
SCHEMES = {"light": "default", "dark": "slate"}
CONTRAST = ["color-contrast"]

RUN_AXE = """async ({ include, rules, without }) => {
  const disabled = Object.fromEntries(without.map((id) => [id, { enabled: false }]));
  const options = { resultTypes: ["violations"], rules: disabled };
  if (rules.length) options.runOnly = { type: "rule", values: rules };
  const { violations } = await axe.run(include, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`));
}"""

# A page of code has thousands of words in a dozen colours. One word of each colour on each ground is left to measure.
THIN_OUT_CODE = """() => {
  const seen = new Set();
  const words = [...document.querySelectorAll(".highlight code span")];
  const looks = words.map((word) => {
    const { color, fontWeight, backgroundColor } = getComputedStyle(word);
    return [getComputedStyle(word.closest("code")).backgroundColor, color, fontWeight, backgroundColor].join();
  });
  words.forEach((word, index) => {
    if (seen.has(looks[index])) word.replaceWith(...word.childNodes);
    seen.add(looks[index]);
  });
}"""

LEFT_ON_PAPER = """() => {
  const shown = (node) => node.checkVisibility() && node.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const frame = ".md-header, .md-tabs, .md-sidebar, .md-footer, .md-code__nav, .headerlink, .md-top";
  const folded = "details > :not(summary), .tabbed-block";
  const { color, backgroundColor } = getComputedStyle(document.body);
  const colours = `${color} on ${backgroundColor}`;
  return [
    ...all(frame).filter(shown).map((node) => `printed: ${node.className}`),
    ...all(folded).filter((node) => !shown(node)).map((node) => `not printed: ${node.className}`),
    ...[`printed in ${colours}`].filter(() => colours !== "rgb(0, 0, 0) on rgb(255, 255, 255)"),
  ];
}"""

OPEN_ALL = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const way of document.querySelectorAll(".port")) way.hidden = false;
}"""

CODE_TO_COPY = ".language-python pre > code"

# A page may copy for five seconds after somebody acted. Each call of Playwright counts as an act, so one call a block.
# A block has its button once it has been laid out.
COPY = """async (code) => {
  const tab = code.closest(".tabbed-block");
  const inputs = tab?.closest(".tabbed-set").querySelectorAll(":scope > input");
  inputs?.[[...tab.parentElement.children].indexOf(tab)].click();
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  await navigator.clipboard.writeText("nothing copied");
  code.parentElement.querySelector("[data-clipboard-target]").click();
  const copy = await navigator.clipboard.readText();
  return [copy, code.innerText];
}"""

SCROLL_THROUGH = """async () => {
  for (const part of document.querySelectorAll(".part")) {
    part.scrollIntoView();
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  }
  return document.querySelectorAll("*").length;
}"""

SMALLEST_LETTERS = """() => [...document.querySelectorAll(".handbook-drawing svg")]
  .filter((svg) => svg.getBoundingClientRect().width)
  .map((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const sizes = [...svg.querySelectorAll("text")].map((text) => scale * parseFloat(getComputedStyle(text).fontSize));
    return [svg.getAttribute("aria-labelledby"), Math.min(...sizes)];
  })"""

BARS_ON_CODE = """() => [...document.querySelectorAll("pre > .md-code__nav")]
  .filter((bar) => bar.checkVisibility() && bar.clientHeight)
  .filter((bar) => {
    const code = bar.parentElement.querySelector("code");
    return bar.getBoundingClientRect().bottom > code.getBoundingClientRect().top + 1;
  })
  .map((bar) => bar.parentElement.innerText.slice(0, 60))"""


@contextmanager
def listening(context: BrowserContext, base_url: str) -> Iterator[tuple[Page, list[str]]]:
    """A tab, and what goes wrong in it: console messages, exceptions, failed requests, requests to other hosts."""
    page, troubles = context.new_page(), []
    host = base_url.split("/")[2]

    def ask(url: str) -> None:
        if url.split(":")[0] in {"http", "https", "ws", "wss"} and url.split("/")[2] != host:
            troubles.append(f"asks another host: {url}")

    page.on("console", lambda message: troubles.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"exception: {error}"))
    page.on("request", lambda request: ask(request.url))
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url} {request.failure}"))
    page.on("response", lambda answer: answer.status >= 400 and troubles.append(f"{answer.status}: {answer.url}"))
    yield page, troubles
    page.close()


def axe(page: BrowserPage, include: str = "html", rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """What axe finds inside the elements of `include`: with all its rules, with `rules` only, or without some."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, {"include": include, "rules": list(rules), "without": list(without)})


def look_through(page: BrowserPage) -> Iterator[str]:
    """All that is wrong with an opened page: wide, narrow, dark and on paper.

    What stands where depends on the width, colours on the scheme: each axe rule is asked where its answer may change.
    """
    page.evaluate(THIN_OUT_CODE)
    page.add_style_tag(content=".part { content-visibility: visible }")  # axe measures what is laid out
    yield from (f"wide: {violation}" for violation in axe(page))
    page.set_viewport_size(NARROW)
    yield from (f"narrow: {violation}" for violation in axe(page, without=CONTRAST))
    width = page.evaluate("() => document.documentElement.scrollWidth")
    yield from [f"narrow: the page is {width} px wide"] if width > NARROW["width"] else []
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body[data-md-color-scheme=slate]")
    yield from (f"dark: {violation}" for violation in axe(page, rules=CONTRAST))
    page.emulate_media(media="print")
    yield from page.evaluate(LEFT_ON_PAPER)


def test_a_page_is_quiet_accessible_and_fits(context: BrowserContext, base_url: str, page_address: str) -> None:
    with listening(context, base_url) as (page, troubles):
        page.goto(base_url + page_address)
        troubles += look_through(page)
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frame_of_the_pages_can_be_read_on_a_phone(context: BrowserContext, base_url: str, scheme: str) -> None:
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme=scheme)
    page.goto(base_url)
    assert page.locator("body").get_attribute("data-md-color-scheme") == SCHEMES[scheme]
    assert axe(page) == []
    for button in ("Menu", "Search"):
        page.get_by_role("button", name=button, exact=True).click()
        assert axe(page, ".md-sidebar--primary, .md-search", CONTRAST) == []
        page.keyboard.press("Escape")


def test_every_formula_is_typeset_and_every_block_copied_to_the_letter(
    context: BrowserContext, base_url: str, page_address: str
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(base_url + page_address)
    page.add_style_tag(content=".part { content-visibility: visible }")  # nobody clicks where nothing is laid out
    assert page.locator(".katex-error, merror").count() == 0
    page.evaluate(OPEN_ALL)
    copies = [code.evaluate(COPY) for code in page.locator(CODE_TO_COPY).element_handles()]
    copied = [copy.rstrip("\n") for copy, _ in copies]
    assert copied == [shown.rstrip("\n") for _, shown in copies]
    here = ROOT / "docs" / page_address
    source = here / "index.md" if (here / "index.md").is_file() else here.with_suffix(".md")
    lab = here.with_suffix(".py")
    read = Lab(lab, lab.read_text(encoding="utf-8")).page if lab.is_file() else Page.read(source)
    written = [block.code.rstrip("\n") for block in read.blocks]
    assert [code for code in written if code not in copied] == []
    page.evaluate("() => document.querySelectorAll('pre, code, annotation').forEach((node) => node.remove())")
    text = page.locator("article").inner_text()
    assert [mark for mark in ("$$", "\\(", "\\[", "[[=", "=]]", "\\frac") if mark in text] == []


def test_a_page_stays_light_in_the_browser(context: BrowserContext, base_url: str, page_address: str) -> None:
    page = context.new_page()
    page.goto(base_url + page_address)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(SCROLL_THROUGH) <= MOST_ELEMENTS


def test_code_far_below_has_no_buttons_until_somebody_comes(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url + "chapters/15-grouped/")
    bars = page.locator("pre > .md-code__nav")
    bars.first.wait_for()
    before = bars.count()
    last = page.locator(".part:has(> .language-python)").last
    last.locator(":is(h2, h3) > .headerlink").first.focus()
    button = last.locator("> .language-python [data-clipboard-target]").first
    button.wait_for(state="attached")
    assert before < bars.count() <= page.locator(".language-python pre > code").count()


def test_no_letter_of_a_picture_is_small_on_a_phone(context: BrowserContext, base_url: str, page_address: str) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(base_url + page_address)
    small = [(name, size) for name, size in page.evaluate(SMALLEST_LETTERS) if size < 10.95]
    assert small == []


def test_what_runs_off_a_phone_says_so_and_the_code_wraps_at_a_tap(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(base_url + "chapters/15-grouped/")
    page.locator(".part > .language-python code").first.scroll_into_view_if_needed()
    button = page.locator(".code-wrap").first
    code = page.locator("pre:has(.code-wrap) > code").first
    written = code.inner_text()
    assert code.get_attribute("data-more") == "right"
    button.click()
    assert code.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
    assert code.inner_text().rstrip("\n") == written.rstrip("\n")
    button.click()
    assert code.inner_text() == written
    bars = page.evaluate(BARS_ON_CODE)
    assert bars == []


def test_an_address_and_a_search_within_the_page_reach_a_section_far_below(
    context: BrowserContext, base_url: str
) -> None:
    page = context.new_page()
    page.goto(base_url + "chapters/15-grouped/")
    far = page.locator(".part > h3[id]").last
    page.goto(base_url + "chapters/15-grouped/#" + str(far.get_attribute("id")))
    page.wait_for_function("(heading) => Math.abs(heading.getBoundingClientRect().top) < 300", arg=far.element_handle())
    page.evaluate("scrollTo(0, 0)")
    part = page.locator(".part:has(p)").last
    words = part.locator("p").first.text_content()[:24]
    assert page.evaluate("(words) => window.find(words)", words)
    assert part.evaluate("(part) => part.contains(getSelection().anchorNode)")


def test_searching_finds_a_chapter_and_leads_to_it(context: BrowserContext, base_url: str) -> None:
    with listening(context, base_url) as (page, troubles):
        page.goto(base_url)
        page.keyboard.press("/")
        page.keyboard.type("separable")
        page.locator(".md-search-result__link[href*='14-']").first.click()
        page.wait_for_url("**/chapters/14-*/**")
        assert "separable" in page.locator("h1").inner_text().lower()
    assert not troubles, "\n".join(troubles)


def test_the_menu_and_the_search_open_by_keyboard(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.goto(base_url)
    for name, toggle in (("Menu", "#__drawer"), ("Search", "#__search")):
        page.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        assert page.locator(toggle).is_checked(), name
        page.evaluate("(toggle) => document.querySelector(toggle).click()", toggle)


FOCUSED = """() => {
  const found = document.activeElement;
  const ring = [found, found.matches(".md-option, .tabbed-set > input") ? found.nextElementSibling : found]
    .some((node) => getComputedStyle(node).outlineStyle !== "none");
  const seen = found.matches(".md-option") ? found.nextElementSibling : found;
  const { top, bottom, width, height } = seen.getBoundingClientRect();
  return [found.className, width > 0 && height > 0 && bottom > 0 && top < innerHeight, ring];
}"""


def test_every_stop_of_the_tab_key_is_in_sight_and_ringed(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url + "port/")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert "md-skip" in stops[0][0]
    assert [stop for stop in stops if not all(stop[1:])] == []


def test_the_chosen_scheme_is_remembered(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url)
    for label in ("Switch to light mode", "Switch to dark mode"):
        page.locator(f"label[title='{label}']").click()
    page.reload()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_axe_would_find_a_picture_without_text(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><img src="data:,"></main></html>')
    assert "image-alt" in json.dumps(axe(page))
