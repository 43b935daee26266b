"""Fewer elements for the same picture of a page: a browser lays out each of them, and code is full of them.

Pygments gives every comma an element, KaTeX nine to a single letter. What is merged here looks, copies and is read
aloud as before. Each section gets an element of its own, which the browser lays out when the reader comes near.
"""

import re
from collections.abc import Collection
from xml.etree import ElementTree

from scripts.site import single_letters
from scripts.site.flat import flat
from scripts.site.flat_mathml import flat_mathml

KINDS = {
    "k": "k kd kn kp kr kt nd",
    "m": "m mb mf mh mi mo il",
    "s": "s s1 s2 sa sb sc si ss dl se",
    "nf": "nf nc ne fm",
    "c": "c c1 ch cm cs sd",
    "gp": "gp",
}
KIND = {token: kind for kind, tokens in KINDS.items() for token in tokens.split()}  # tokens of one colour
CODE = re.compile(r"<code>.*?</code>", re.DOTALL)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
SAME_AGAIN = re.compile(r'(<span class="(\w+)">[^<]*)</span>( *)<span class="\2">')
NUMBERS_AGAIN = re.compile(r'(<span class="m">[^<]*)</span>([-+*/:(),\[\] ]+)<span class="m">')
PROMPT = re.compile(r'<span class="gp">\$ ?</span>')
PROMPT_DRAWN = '<span class="gp prompt"></span>'
ONE_SYMBOL = re.compile(
    r"<span class=\"katex\">.*?<semantics><mrow><(m[ion])\b[^>]*>[^<]*</\1></mrow><annotation.*?"
    r'<span class="katex-strut"[^>]*></span>(<span class="mord[^>]*>[^<]*</span>)</span></span></span>'
)
CELL = re.compile(r'<path d="([^"]*) z" style="(fill:[^";]*)" ?/><path d="\1 L [^"]* z" style="fill:none;([^"]*)" ?/>')
IDLE_CLIP = re.compile(r"<defs>(?:<clipPath>(?:<rect [^>]*>)*</clipPath>)+</defs>")
ENTRY_OF_CONTENTS = re.compile(
    r'(<a [^>]*class="md-nav__link[^>]*>)\s*<span class="md-ellipsis">\s*([^<]*?)\s*</span>\s*(?=</a>)'
)
PRODUCT = re.compile(r"(?<=[\w)]) × (?=[\w(])")
NOT_A_SENTENCE = re.compile(r"(<(pre|code|svg|math)\b.*?</\2>|<[^>]*>)", re.DOTALL)
SECTION_BEGINS = re.compile(r"(?=<h2\b)")
BOX = re.compile(r"<(/?)(?:div|section|details|figure|table|ul|ol|dl|blockquote)\b")
PART = '<section class="part" style="--length:{}px">{}</section>'
TAG = re.compile(r"<[^>]*>")
CODE_LINE, TEXT_LINE, LETTERS_IN_LINE = 21, 28, 75  # pixels, pixels, characters: about, in the column of a desk screen


def merged_tokens(content: str) -> str:
    """Code with one element around neighbours of one colour, and none around what has the colour of the text.

    A `$ ` in front of a command becomes a picture of a prompt: nobody wants to copy it.
    """

    def merged(code: re.Match[str]) -> str:
        text = PROMPT.sub(PROMPT_DRAWN, TOKEN.sub(_coloured, code[0]))
        for again in (SAME_AGAIN, NUMBERS_AGAIN):
            while text != (text := again.sub(r"\1\3" if again is SAME_AGAIN else r"\1\2", text)):
                pass
        return text

    return CODE.sub(merged, content.replace("<pre><span></span>", "<pre>"))


def _coloured(token: re.Match[str]) -> str:
    return f'<span class="{KIND[token[1]]}">{token[2]}</span>' if token[1] in KIND else token[2]


def lighter_formula(rendered: str, styled: Collection[str]) -> str:
    """What KaTeX makes of a formula, in fewer elements; a single symbol is a letter, in sight and aloud.

    `styled` are the classes that KaTeX's style sheet speaks of.
    """
    if symbol := ONE_SYMBOL.fullmatch(rendered):
        return f'<span class="katex">{symbol[2]}</span>'
    outer = ElementTree.fromstring(rendered)
    display = outer.get("class") == "katex-display"
    spoken, shown = outer[0] if display else outer
    math, text = flat_mathml(spoken[0]), flat(shown, styled, display=display)
    inner = f'<span class="katex">{math}{text}</span>'
    return f'<span class="katex-display">{inner}</span>' if display else inner


def lighter_picture(drawing: str) -> str:
    """A picture whose cells are one path each, filled and framed, without clips that nothing refers to.

    Single letters of one look are one text.
    """

    def framed(cell: re.Match[str]) -> str:
        is_seen_through = "opacity" in cell[3]
        return cell[0] if is_seen_through else f'<path d="{cell[1]} z" style="{cell[2]};{cell[3]}" />'

    return single_letters.joined(IDLE_CLIP.sub("", CELL.sub(framed, drawing)))


def lighter_contents(output: str) -> str:
    """Entries of the navigation and of the table of contents without the box around their words."""
    return ENTRY_OF_CONTENTS.sub(r"\1\2", output)


def unbroken_products(content: str) -> str:
    """`3 × 3` with spaces at which no line ends."""
    pieces = NOT_A_SENTENCE.split(content)
    pieces[::3] = [PRODUCT.sub("\u00a0×\u00a0", text) for text in pieces[::3]]
    return "".join(piece or "" for index, piece in enumerate(pieces) if index % 3 != 2)


def with_parts(content: str) -> str:
    """Each section of a page, from one second-level heading to the next, in an element of its own.

    A page whose headings stand inside other boxes stays as it is.
    """
    opening, *parts = SECTION_BEGINS.split(content)
    if not all(_is_whole(part) for part in parts):
        return content
    return opening + "".join(PART.format(_length(part), part) for part in parts)


def _is_whole(part: str) -> bool:
    return sum(-1 if slash else 1 for slash in BOX.findall(part)) == 0


def _length(part: str) -> int:
    """About how many pixels a section is high, so that the scroll bar does not jump when it is laid out."""
    blocks = CODE.findall(part)
    lines = sum(block.count("\n") + 3 for block in blocks if "\n" in block)
    letters = len(TAG.sub("", part)) - sum(len(TAG.sub("", block)) for block in blocks)
    pixels = lines * CODE_LINE + letters / LETTERS_IN_LINE * TEXT_LINE + 400 * part.count("handbook-figure")
    return int(round(pixels, -2))
