"""The picture that a link to a page is shown with elsewhere: its title on paper, drawn without network or browser."""

import io
import textwrap
from pathlib import Path

from scripts import fingerprints
from scripts.site.cache import cached_bytes

SIZE = WIDTH, HEIGHT = 1200, 630  # what og:image asks for
MARGIN = 80
PAPER, INK, MUTED, INPUT, KERNEL = "#fdfdfb", "#1f262d", "#56616d", "#0867b1", "#d97a1f"
TITLE, TEXT = 76, 34  # pixels
TITLE_LINES, TEXT_LINES = 3, 3


def preview(title: str, description: str, site: str) -> bytes:
    """A PNG of 1200 × 630 pixels, the same for the same words."""
    key = [title, description, site, fingerprints.of_module(__name__)]
    return cached_bytes("previews", key, lambda: _drawn(title, description, site))


def _drawn(title: str, description: str, site: str) -> bytes:
    import matplotlib  # for its fonts: here, because most builds make no previews
    from PIL import Image, ImageDraw, ImageFont

    fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    _logo(pen)
    name = ImageFont.truetype(fonts / "DejaVuSerif-Bold.ttf", TEXT)
    pen.text((MARGIN + 110, MARGIN + 16), "" if site == title else site, font=name, fill=MUTED)
    font = ImageFont.truetype(fonts / "DejaVuSerif-Bold.ttf", TITLE)
    lines = _lines(title, 23, TITLE_LINES)
    pen.multiline_text((MARGIN, 210), lines, font=font, fill=INK, spacing=14)
    text = ImageFont.truetype(fonts / "DejaVuSans.ttf", TEXT)
    below = 210 + (lines.count("\n") + 1) * (TITLE + 20) + 20
    room = min(TEXT_LINES, (HEIGHT - MARGIN // 2 - below) // (TEXT + 14))
    pen.multiline_text((MARGIN, below), _lines(description, 56, room), font=text, fill=MUTED, spacing=14)
    buffer = io.BytesIO()
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _lines(text: str, width: int, most: int) -> str:
    return "\n".join(textwrap.wrap(text, width, max_lines=most, placeholder=" …"))


def _logo(pen) -> None:
    """The handbook's mark: a 2 × 2 kernel on a 3 × 3 input."""
    for row in range(3):
        for column in range(3):
            covered = row and column
            left, top = MARGIN + 30 * column, MARGIN - 10 + 30 * row
            pen.rectangle((left, top, left + 26, top + 26), fill=KERNEL if covered else INPUT)
