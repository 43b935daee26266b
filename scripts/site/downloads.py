"""Each picture of a page as a file of its own: an SVG that needs no style sheet and says where it comes from."""

import html
import re
from collections.abc import Callable
from pathlib import Path

from scripts.site.cache import once_a_build
from scripts.site.errors import ROOT

COLOURS = ROOT / "docs" / "assets" / "css" / "figures.css"
FIGURE = re.compile(r'<figure class="handbook-figure".*?</figure>', re.DOTALL)
SVG = re.compile(r"<svg\b(?P<attributes>[^>]*)>(?P<body>.*?)</svg>", re.DOTALL)
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
NAME = re.compile(r'aria-labelledby="([\w-]+)-title"')
VARIABLE = re.compile(r"var\((--fig-[\w-]+)\)")
LETTERS, ROOM = 10, 24  # pixels: height of the line of attribution, and what is added below the picture for it
STYLE = "<style>.frame{visibility:hidden}.frame.shown{visibility:visible}</style>"  # of a moving picture one frame


def with_downloads(output: str, source: str, write: Callable[[str, str], str]) -> str:
    """Put below each picture of a page a link to its file.

    Args:
        output: The HTML of the page.
        source: What the attribution says of the origin.
        write: Takes a picture's name and its SVG, keeps it, and returns its address as the page has to write it.
    """

    def linked(figure: re.Match[str]) -> str:
        if not (svg := SVG.search(figure[0])) or not (name := NAME.search(svg["attributes"])):
            return figure[0]
        address = write(name[1], standalone(svg, source))
        label = f"SVG of the picture {name[1].replace('_', ' ')}"
        link = f'<a class="figure-file" href="{address}" download aria-label="{label}">SVG</a>'
        return re.sub(r"(?=<figcaption|</figure>)", link, figure[0], count=1)

    return FIGURE.sub(linked, output)


def standalone(svg: re.Match[str], source: str) -> str:
    """A picture in the colours of paper, with a line of attribution below it."""
    size = SIZE.search(svg["attributes"])
    if size is None:
        raise ValueError(f"a picture without a size: <svg{svg['attributes']}>")
    width, height = float(size[1]), float(size[2])
    colours = light_colours()
    body = VARIABLE.sub(lambda variable: colours[variable[1]], svg["body"])
    line = (
        f'<text x="4" y="{height + ROOM - 8:g}" style="font-size:{LETTERS}px">{html.escape(source, quote=False)}</text>'
    )
    frame = f'viewBox="0 0 {width:g} {height + ROOM:g}" width="{width:g}" height="{height + ROOM:g}"'
    look = (
        f'fill="{colours["--fig-ink"]}" color="{colours["--fig-ink"]}" stroke-linejoin="round" font-family="sans-serif"'
    )
    ground = f'<rect width="100%" height="100%" fill="{colours["--fig-paper"]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame} {look}>{STYLE}{ground}{body}{line}</svg>\n'


@once_a_build
def light_colours() -> dict[str, str]:
    """The variables of the drawings and their colours on paper."""
    rule = COLOURS.read_text(encoding="utf-8").split("}")[0]
    found = dict(re.findall(r"(--fig-[\w-]+):\s*([^;]+);", rule))
    return found | {"--fig-paper": "#ffffff"}


def writer(site: Path, page_url: str, relative: Callable[[str, str], str]) -> Callable[[str, str], str]:
    """What `with_downloads` keeps pictures with, for a page of a site that is being built."""
    folder = f"assets/figures/{page_url.strip('/').rpartition('/')[2] or 'home'}"

    def write(name: str, svg: str) -> str:
        file = site / folder / f"{name}.svg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(svg, encoding="utf-8")
        return relative(f"{folder}/{name}.svg", page_url)

    return write
