"""The tables of operators are filtered by what is typed, say how many rows are left, and stand whole without that."""

from playwright.sync_api import BrowserContext, Locator, Page, expect

ADDRESS = "chapters/17-summary/"


def box(context: BrowserContext, base_url: str, number: int = 0, anchor: str = "") -> tuple[Page, Locator]:
    page = context.new_page()
    page.goto(base_url + ADDRESS + anchor)
    return page, page.locator("[data-filter]").nth(number)


def shown(table: Locator) -> list[str]:
    return [row.locator("td").first.locator("a").text_content() for row in table.locator("tbody tr:visible").all()]


def test_a_row_stays_when_it_holds_every_word(context: BrowserContext, base_url: str) -> None:
    page, found = box(context, base_url)
    field = found.get_by_label("Filter the operators")
    all_rows = shown(found)
    expect(found.locator("output")).to_have_text(f"{len(all_rows)} of {len(all_rows)} shown")
    field.focus()
    page.keyboard.type("3D  pseudo")
    kept = shown(found)
    assert len(kept) > 1
    assert kept == [name for name in all_rows if name.startswith("Pseudo-3D")]
    expect(found.locator("output")).to_have_text(f"{len(kept)} of {len(all_rows)} shown")
    field.fill("deconvolution")
    assert shown(found) == ["Transposed convolution"]
    field.fill("no such operator")
    expect(found.locator("output")).to_have_text(f"0 of {len(all_rows)} shown")
    field.fill("")
    assert shown(found) == all_rows


def test_the_count_is_that_of_the_tab_in_sight(context: BrowserContext, base_url: str) -> None:
    _, found = box(context, base_url, number=1)
    own = len(shown(found))
    found.get_by_text("Keras", exact=True).first.click()
    keras = len(shown(found))
    assert 0 < keras < own
    expect(found.locator("output")).to_have_text(f"{keras} of {keras} shown")


def test_an_address_of_a_row_brings_it_back(context: BrowserContext, base_url: str) -> None:
    page, found = box(context, base_url)
    found.get_by_label("Filter the operators").fill("grouped")
    row = page.locator("#operator-dilated")
    assert not row.is_visible()
    page.evaluate("location.hash = 'operator-dilated'")
    expect(row).to_be_visible()


def test_on_paper_and_without_javascript_all_rows_stand(context: BrowserContext, base_url: str, browser) -> None:
    page, found = box(context, base_url)
    rows = len(shown(found))
    found.get_by_label("Filter the operators").fill("grouped")
    assert len(shown(found)) < rows
    page.emulate_media(media="print")
    assert len(shown(found)) == rows
    assert not found.locator(".filter").is_visible()
    bare = browser.new_context(java_script_enabled=False)
    page, found = box(bare, base_url)
    assert len(shown(found)) == rows
    assert page.locator(".filter").count() == 0
    bare.close()
