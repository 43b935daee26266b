"""The one way in which a page is refused."""


class PageError(Exception):
    """A fault of a page, with the place where its author mends it.

    Args:
        page: Path of the page, relative to the repository root ("docs/chapters/05-arithmetic.md").
        line: Line of the file, counted from 1.
        cause: What is wrong there and what to do about it.
    """

    def __init__(self, page: str, line: int, cause: str):
        super().__init__(page, line, cause)
        self.page, self.line, self.cause = page, line, cause

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.cause}"
