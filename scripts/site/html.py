"""What is done to the HTML of a page: outputs joined to their blocks, pictures framed, dangling references refused.

Between the rendering of a page and its writing, the search index reads its HTML. The thousands of elements of KaTeX and
SVG would cost it more than all the rest, and LaTeX and the numbers in pictures would be found by every search. So they
are kept out of the page, behind placeholders, until it is written.
"""

import re
from collections.abc import Sequence

from scripts.site.errors import PageError
from scripts.site.grammar import line_at
from scripts.site.lighter import lighter_picture
from scripts.site.page import EXPECTED_OUTPUT, Page

PLACEHOLDER = re.compile(r'<(div|span) data-placeholder="(\d+)">.*?</\1>', re.DOTALL)
MARK = re.escape(EXPECTED_OUTPUT)
OUTPUT_IN_PARAGRAPH = re.compile(rf'<p>{MARK}\s*(<div class="language-text.*?</pre></div>)\s*</p>', re.DOTALL)
MARK_ALONE = re.compile(rf"{MARK}\s*")
LONG = 20  # lines of code below which nobody looks for the result
PYTHON = r'<div class="language-python highlight">(?:(?!</pre></div>).)*</pre></div>'
TEXT = r'<div class="language-text highlight">(?:(?!</pre></div>).)*</pre></div>'
CODE_AND_OUTPUT = re.compile(rf"({PYTHON})(\s*)({TEXT})?", re.DOTALL)
PICTURE = "\ue000picture {}\ue001"  # private-use characters: no page has them and Markdown leaves them alone
CAPTION = "\ue000caption\ue001{}\ue000end\ue001"
PICTURE_HTML = re.compile(
    r"<p>\ue000picture (\d+)\ue001</p>(?:\s*<p>\ue000caption\ue001(.*?)\ue000end\ue001</p>)?", re.DOTALL
)
NAME_OF_PICTURE = re.compile(r'aria-labelledby="([\w-]+)-title"')
NOT_TEXT = re.compile(
    r"<(pre|code|script|style|svg)\b.*?</\1>"
    r'|<(span|div) class="arithmatex">.*?</\2>'  # LaTeX has brackets of its own
    r"|<[^>]*>",
    re.DOTALL,
)
DANGLING = re.compile(r"\[[^\[\]\n]+\]\[[^\[\]\n]*\]|\[\^[^\[\]\s]+\]")


class Placeholders:
    """The pieces that go into one page at last."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def keep(self, html: str, tag: str, text: str = "") -> str:
        """A place for `html`, which is a whole `tag` element; `text` is what the search finds there."""
        self.pieces.append(html)
        return f'<{tag} data-placeholder="{len(self.pieces) - 1}">{text}</{tag}>'

    def put_back(self, output: str) -> str:
        """The page with every piece in its place."""
        return PLACEHOLDER.sub(lambda place: self.pieces[int(place[2])], output)


def picture_marks(number: int, caption: str | None) -> str:
    """The Markdown that holds the place of a picture and of its caption."""
    token = PICTURE.format(number)
    return f"{token}\n\n{CAPTION.format(caption)}" if caption else token


def with_pictures(content: str, pictures: Sequence[str], placeholders: Placeholders) -> str:
    """Make a place for each picture in the HTML of a page, with its caption."""

    def figure(place: re.Match[str]) -> str:
        drawing = pictures[int(place[1])]
        name = NAME_OF_PICTURE.search(drawing)
        anchor = f"figure-{name[1].replace('_', '-')}" if name else ""
        link = f'<a class="headerlink" href="#{anchor}" title="Link to this figure">&para;</a>' if name else ""
        caption = f"<figcaption>{place[2]}{link}</figcaption>" if place[2] else ""
        picture = placeholders.keep(lighter_picture(drawing), "div")
        identity = f' id="{anchor}"' if name else ""
        return f'<figure class="handbook-figure"{identity}>{picture}{caption}</figure>'

    return PICTURE_HTML.sub(figure, content)


def with_joined_outputs(content: str) -> str:
    """Take away the mark between a block and its shown output, so that the style sheet can join the two.

    Inside admonitions and lists Markdown makes a paragraph of the mark and of the output, which HTML does not allow.
    """
    return MARK_ALONE.sub("", OUTPUT_IN_PARAGRAPH.sub(r"\1", content))


def with_answers_first(content: str) -> str:
    """Put what a long block prints above the block, and mark the block, so that the style sheet can fold it.

    The whole code stays in the page: it is copied, printed and found by the browser.
    """

    def placed(found: re.Match[str]) -> str:
        code, space, output = found[1], found[2], found[3] or ""
        if code.count("\n") <= LONG:
            return found[0]
        return f'<div class="handbook-long">{output}\n{code}</div>{"" if output else space}'

    return CODE_AND_OUTPUT.sub(placed, content)


def check_references(page: Page, content: str) -> None:
    """Refuse a reference that Markdown left as it was typed: `[text][label]` or `[^note]` that nothing defines.

    Raises:
        PageError: with the line where it stands.
    """
    if dangling := DANGLING.search(NOT_TEXT.sub("", content)):
        position = page.text.find(dangling[0])
        line = line_at(page.text, position) if position >= 0 else 1
        raise PageError(page.name, line, f"{dangling[0]} refers to nothing. Define it, or write [text](page.md).")
