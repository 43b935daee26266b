"""Each picture is also a file that stands alone."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.site import downloads

PICTURE = (
    '<figure class="handbook-figure"><div class="handbook-drawing"><svg viewBox="0 0 40 30" role="img" '
    'aria-labelledby="cells-title"><title id="cells-title">A &lt; B</title>'
    '<path style="fill:var(--fig-input)" d="M0 0"></path></svg></div><figcaption>Cells.</figcaption></figure>'
)


def test_a_picture_is_kept_in_the_colours_of_paper_with_its_origin_below_it() -> None:
    kept: dict[str, str] = {}

    def write(name: str, svg: str) -> str:
        kept[name] = svg
        return f"../{name}.svg"

    page = downloads.with_downloads(f"<p>{PICTURE}</p>", "Handbook & Co. CC BY 4.0", write)
    link = '<a class="figure-file" href="../cells.svg" download aria-label="SVG of the picture cells">SVG</a>'
    assert page == f"<p>{PICTURE.replace('<figcaption', link + '<figcaption')}</p>"
    root = ElementTree.fromstring(kept["cells"])
    assert root.attrib["viewBox"] == "0 0 40 54"
    texts = ["".join(element.itertext()) for element in root]
    assert texts[-1] == "Handbook & Co. CC BY 4.0"
    assert "A < B" in texts
    assert "fill:#0867b1" in kept["cells"]


def test_a_picture_of_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a picture without a size"):
        downloads.with_downloads(PICTURE.replace("viewBox", "box"), "x", lambda name, svg: name)


def test_every_picture_of_the_site_can_be_kept_and_read_alone(site: Path, page_address: str) -> None:
    page = (site / page_address / "index.html").read_text(encoding="utf-8")
    figures = page.count('<figure class="handbook-figure"')
    files = re.findall(r'<a class="figure-file" href="([^"]+)"', page)
    assert len(set(files)) == figures
    for file in files:
        svg = (site / page_address / file).resolve().read_text(encoding="utf-8")
        ElementTree.fromstring(svg)
        assert "var(" not in svg
        assert "CC BY 4.0" in svg
