"""Numerals typed by hand are refused in a page's prose."""


def check_prose(page: str, markdown: str) -> None:
    """Refuse bare numerals (being written)."""
