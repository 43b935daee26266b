"""Single letters and digits of a drawing as one text for each look: a grid of numbers has a hundred of them."""

import re

Box = tuple[float, float, float, float]  # left, top, right, bottom
Letter = tuple[str, str, str]  # x, y, which

PIECE = re.compile(
    r'<path d="(?P<d>[^"]*)" style="(?P<look>[^"]*)" ?/>'
    r'|<text style="(?P<style>[^"]*)" x="(?P<x>[^"]*)" y="(?P<y>[^"]*)">(?P<letter>[^<&\s\U00010000-\U0010ffff])</text>'
    r"|<text\b[^>]*>[^<]*</text>"
    r"|(?P<other><[^>]*>)"
)
SUBPATH = re.compile(r"M[^M]*")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
WIDTH = re.compile(r"stroke-width:([\d.]+)")
SIZE = re.compile(r"(?:font-size|font):[^;]*?([\d.]+)px")
LARGEST = 20.0  # pixels, of letters whose size nobody gives


def joined(drawing: str) -> str:
    """The drawing with the letters of one look as one text that knows the place of each.

    A letter joins an earlier one unless a path between them lies on its place: it would slip below that path.
    """
    pieces: list[str] = []
    texts: dict[int, tuple[str, list[Letter]]] = {}  # which piece -> its look and letters
    open_texts: dict[str, tuple[int, int]] = {}  # look -> which piece, and how many boxes are drawn before it
    boxes: list[Box] = []
    end = 0
    for piece in PIECE.finditer(drawing):
        pieces.append(drawing[end : piece.start()])
        end = piece.end()
        if (style := piece["style"]) is not None:
            letter = (piece["x"], piece["y"], piece["letter"])
            place, below = open_texts.get(style, (-1, 0))
            if place < 0 or any(_lies_on(box, letter, style) for box in boxes[below:]):
                open_texts[style] = place, _ = len(pieces), len(boxes)
                texts[place] = style, []
                pieces.append("")
            texts[place][1].append(letter)
            continue
        if piece["d"] is not None:
            boxes += _boxes(piece["d"], piece["look"])
        elif piece["other"]:  # who knows where it is
            open_texts.clear()
        pieces.append(piece[0])
    for place, (style, letters) in texts.items():
        pieces[place] = _text(style, letters)
    return "".join(pieces) + drawing[end:]


def _text(style: str, letters: list[Letter]) -> str:
    xs, ys, signs = zip(*letters, strict=True)
    return f'<text style="{style}" x="{" ".join(xs)}" y="{" ".join(ys)}">{"".join(signs)}</text>'


def _boxes(d: str, look: str) -> list[Box]:
    """Around each part of a path whose numbers are all coordinates, as matplotlib's are, with its stroke."""
    width = float(found[1]) if (found := WIDTH.search(look)) else 1.0
    boxes = []
    for part in SUBPATH.findall(d):
        numbers = [float(number) for number in NUMBER.findall(part)]
        xs, ys = numbers[::2], numbers[1::2]
        boxes.append((min(xs) - width, min(ys) - width, max(xs) + width, max(ys) + width))
    return boxes


def _lies_on(box: Box, letter: Letter, style: str) -> bool:
    size = float(found[1]) if (found := SIZE.search(style)) else LARGEST
    x, y = float(letter[0]), float(letter[1])
    return box[0] < x + size and x - size < box[2] and box[1] < y + size / 2 and y - size < box[3]
