"""The built site in headless Chromium: quiet, self-contained, accessible, usable by keyboard, and fit to print."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from scripts.site.blocks import find_blocks

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RUN_AXE = """async (rules) => {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: { type: "rule", values: rules } }) };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`));
}"""
SCHEMES = {"light": "default", "dark": "slate"}
HIDDEN_IN_PRINT = ".md-header, .md-tabs, .md-sidebar, .md-footer, .md-code__nav, .headerlink, .md-top"


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


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page: all its rules, or those named."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, rules)


def overflow(page: Page) -> list[str]:
    """Whether the page scrolls sideways, and through which elements."""
    width = page.evaluate("() => document.documentElement.scrollWidth")
    return [] if width <= page.viewport_size["width"] else [f"{width} px wide at {page.viewport_size['width']}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_quiet_accessible_and_fits(browser: Browser, base_url: str, page_address: str, scheme: str) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce")
    with listening(context, base_url) as (page, troubles):
        page.goto(base_url + page_address, wait_until="networkidle")
        assert (
            page.locator("body").get_attribute("data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]
        )
        # Only colours differ between the schemes: the dark one need not be asked the rest again.
        rules = ["color-contrast"] if scheme == "dark" else None
        found = [f"wide: {violation}" for violation in axe(page, rules)]
        page.set_viewport_size(NARROW)
        found += [f"narrow: {violation}" for violation in axe(page, rules) + overflow(page)]
    context.close()
    assert troubles + found == []


def test_every_formula_is_typeset(context: BrowserContext, base_url: str, page_address: str) -> None:
    page = context.new_page()
    page.goto(base_url + page_address)
    page.evaluate("() => document.querySelectorAll('pre, code, annotation').forEach((node) => node.remove())")
    assert page.locator(".katex-error, merror").count() == 0
    text = page.locator("article").inner_text()
    assert [mark for mark in ("$$", "\\(", "\\[", "[[=", "=]]", "\\frac") if mark in text] == []


def test_copying_a_block_gives_its_code_to_the_letter(
    context: BrowserContext, base_url: str, page_address: str
) -> None:
    source = ROOT / "docs" / f"{page_address.rstrip('/') or 'index'}.md"
    blocks = find_blocks(source.read_text(encoding="utf-8"), source.name)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(base_url + page_address, wait_until="networkidle")
    copies = page.evaluate("""async () => {
      const copies = [];
      for (const button of document.querySelectorAll(".language-python [data-clipboard-target]")) {
        await navigator.clipboard.writeText("nothing copied");
        button.click();
        while (await navigator.clipboard.readText() === "nothing copied") await new Promise(requestAnimationFrame);
        const shown = button.closest(".highlight").querySelector("code").innerText;
        copies.push([await navigator.clipboard.readText(), shown]);
      }
      return copies;
    }""")
    copied = [copy.rstrip("\n") for copy, _ in copies]
    assert copied == [shown.rstrip("\n") for _, shown in copies]
    written = [block.code.rstrip("\n") for block in blocks]
    assert [code for code in written if code not in copied] == []


def test_searching_finds_a_chapter_and_leads_to_it(context: BrowserContext, base_url: str) -> None:
    with listening(context, base_url) as (page, troubles):
        page.goto(base_url, wait_until="networkidle")
        page.keyboard.press("/")
        page.keyboard.type("separable")
        page.locator(".md-search-result__link[href*='14-']").first.click()
        page.wait_for_url("**/chapters/14-*/**")
        assert "separable" in page.locator("h1").inner_text().lower()
    assert troubles == []


def test_moving_on_without_a_reload_keeps_the_page_whole(context: BrowserContext, base_url: str) -> None:
    with listening(context, base_url) as (page, troubles):
        page.goto(base_url, wait_until="networkidle")
        page.evaluate("() => { window.stayed = true; }")
        for _ in range(3):
            address = page.url
            page.locator(".md-footer__link--next").click()
            page.wait_for_function("(old) => location.href !== old", arg=address)
            page.wait_for_load_state("networkidle")
        assert page.evaluate("() => window.stayed"), "the page was loaded anew"
        assert axe(page) == []
    assert troubles == []


def test_the_menu_and_the_search_open_by_keyboard(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.goto(base_url, wait_until="networkidle")
    for name, toggle in (("Menu", "#__drawer"), ("Search", "#__search")):
        page.locator(f".md-header__button[role=button][aria-label={name}]").focus()
        page.keyboard.press("Enter")
        assert page.locator(toggle).is_checked(), name
        page.evaluate("(toggle) => document.querySelector(toggle).click()", toggle)


def test_the_chosen_scheme_is_remembered(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url, wait_until="networkidle")
    page.locator("label[title='Switch to dark mode']").click()
    page.reload(wait_until="networkidle")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_on_paper_there_is_only_the_text(browser: Browser, base_url: str, page_address: str) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme="dark")
    page = context.new_page()
    page.goto(base_url + page_address, wait_until="networkidle")
    page.emulate_media(media="print")
    found = page.evaluate(
        """(hidden) => {
      const shown = (node) => node.checkVisibility({ contentVisibilityAuto: true }) && node.getClientRects().length > 0;
      const all = (selector) => [...document.querySelectorAll(selector)];
      const colours = ["color", "backgroundColor"].map((name) => getComputedStyle(document.body)[name]);
      return {
        navigation: all(hidden).filter(shown).map((node) => node.className),
        closed: all("details > :not(summary), .tabbed-block").filter((node) => !shown(node)).map(String),
        colours,
      };
    }""",
        HIDDEN_IN_PRINT,
    )
    context.close()
    assert found == {"navigation": [], "closed": [], "colours": ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]}


def test_axe_would_find_a_picture_without_text(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><img src="data:,"></main></html>')
    assert "image-alt" in json.dumps(axe(page))
