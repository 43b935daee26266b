"""Tables of timings sort by the heading that is pressed, with the mouse or the keyboard, and say which way."""

from playwright.sync_api import BrowserContext, Page

ADDRESS = "timings/"
COLUMN = """(table, column) => [...table.tBodies[0].rows].map((row) => row.cells[column].textContent.trim())"""


def column(page: Page, number: int) -> list[str]:
    return page.locator(".sortable table").first.evaluate(COLUMN, number)


def test_a_press_sorts_upwards_then_downwards_then_as_written(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url + ADDRESS)
    head = page.locator(".sortable table").first.locator("thead th").nth(1)
    written = column(page, 0)
    numbers = [float(text.replace(",", "")) for text in column(page, 1)]
    assert head.get_attribute("aria-sort") == "none"
    for direction, expected in (("ascending", sorted(numbers)), ("descending", sorted(numbers, reverse=True))):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == direction
        assert [float(text.replace(",", "")) for text in column(page, 1)] == expected
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "none"
    assert column(page, 0) == written


def test_only_one_heading_at_a_time_is_sorted_and_words_sort_as_words(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.goto(base_url + ADDRESS)
    heads = page.locator(".sortable table").first.locator("thead th")
    heads.nth(1).locator("button").click()
    heads.nth(0).locator("button").click()
    states = [heads.nth(number).get_attribute("aria-sort") for number in range(heads.count())]
    assert states == ["ascending"] + ["none"] * (len(states) - 1)
    names = column(page, 0)
    assert names[0].startswith("audio")
    assert [name.split(":")[0] for name in names] == sorted(name.split(":")[0] for name in names)


def test_without_javascript_the_tables_are_read_as_written(browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base_url + ADDRESS)
    assert page.locator(".sortable table thead th").first.text_content() == "layer"
    assert page.locator(".sortable button").count() == 0
    context.close()
