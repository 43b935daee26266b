"""The cheat sheet fits on two sheets of A4, with every operator on them, in letters that can be read."""

import re

from playwright.sync_api import BrowserContext, Page

from scripts.cards.entries import CARDS

A4_ACROSS = (842, 595)  # points
LEAST = 6.5  # points a letter is high
MOST = 2  # sheets


def sheet(context: BrowserContext, base_url: str) -> Page:
    page = context.new_page()
    page.goto(base_url + "cheat-sheet/")
    return page


def printed(page: Page) -> list[tuple[int, int]]:
    """Width and height of each page of the PDF that Chromium prints, in points."""
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/Type\s*/Page\b(?:(?!endobj).)*?/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf, re.DOTALL)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_it_prints_on_two_sheets_of_a4(context: BrowserContext, base_url: str) -> None:
    assert printed(sheet(context, base_url)) == [A4_ACROSS] * MOST


def test_a_sheet_too_many_would_be_counted(context: BrowserContext, base_url: str) -> None:
    page = sheet(context, base_url)
    page.evaluate("document.querySelector('.sheet').append(document.querySelector('.sheet-operators').cloneNode(true))")
    assert len(printed(page)) > MOST


def test_what_is_printed_can_be_read(context: BrowserContext, base_url: str) -> None:
    page = sheet(context, base_url)
    page.emulate_media(media="print")
    text = page.locator(".sheet").inner_text().replace("\u00a0", " ")
    assert all(card.title in text for card in CARDS.values())
    sizes = page.locator(".sheet td").evaluate_all(
        "cells => cells.map(cell => parseFloat(getComputedStyle(cell).fontSize))"
    )
    assert min(sizes) * 72 / 96 >= LEAST
    wide = page.locator(".sheet table").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth + 1)")
    assert wide == []
