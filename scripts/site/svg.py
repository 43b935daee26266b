"""Turn a matplotlib figure into an SVG that lives inside a page: themed, small, and the same on every machine."""

import base64
import io
import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from scripts.site import moving

Box = tuple[float, float, float, float]  # left, top, right, bottom

NAMESPACE = re.compile(r"\{.*?\}")
SMALLEST_DRAWN = 10  # pixels a letter is high
JPEG_QUALITY = 85
UNTURNED = re.compile(r"rotate\(-?0 [^)]*\)")
WITH_NUMBERS = ("d", "transform", "x", "y", "width", "height", "points")
FONT_FAMILY = re.compile(r"font-family:[^;]*;?\s*")
FONT_SIZE = re.compile(r"font-size:\s*([\d.]+)px|font:[^;]*?([\d.]+)px")
COLOR = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|rgba?\([^)]*\)", re.IGNORECASE)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STROKE_WIDTH = re.compile(r"stroke-width:([\d.]+)")
TOUCH = 0.15  # pixels that neighbours may share after rounding
HEX = re.compile(r"#[0-9a-f]{6}")


def themed_svg(figure: Figure) -> str:
    """The figure as an `<svg>` whose colours are CSS variables.

    `data-width` and `data-height` on the root are its size in pixels, `data-letter` that of its smallest letter, or 0,
    `data-frames` the number of its frames, if it moves.
    Ids begin with `{id}`, to be replaced by something that is unique on the page.

    Raises:
        ValueError: a colour outside `scripts/figures/style.py`, letters below 10 pixels.
    """
    from scripts.figures import style  # here and not above: `make serve` loads it anew when it changes

    themed = _variables(vars(style))
    root = ElementTree.fromstring(_drawn(figure))
    width, height = root.attrib["viewBox"].split()[2:]
    _strip_namespaces(root)
    frames = moving.mark(root)
    _drop(root, "metadata", "style")
    letters = [_letter_size(text, style.TEXT) for text in root.iter("text")]
    if letters and min(letters) < SMALLEST_DRAWN:
        raise ValueError(f"letters of {min(letters):g} pixels are too small to read. Use {style.SMALL} or more")
    _drop_idle_clips(root, width, height)
    _keep_ids_in_use(root)
    _unwrap(root)
    for element in root.iter():
        _theme(element, themed)
        _shorten(element)
    _drop_unseen(root)
    _join_paths(root)
    root.attrib.clear()
    root.attrib |= {"data-width": width, "data-height": height, "data-letter": f"{min(letters, default=0):g}"}
    if frames:
        root.attrib["data-frames"] = str(frames)
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode"))


def _variables(names: Mapping[str, object]) -> dict[str, str]:
    """Colour -> CSS variable: INPUT_SOFT = "#d9ebfb" in the palette is var(--fig-input-soft) on the page."""
    colors = {name: value for name, value in names.items() if isinstance(value, str) and HEX.fullmatch(value)}
    return {value: f"var(--fig-{name.lower().replace('_', '-')})" for name, value in colors.items()}


def _drawn(figure: Figure) -> str:
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "handbook"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _strip_namespaces(root: Element) -> None:
    """HTML knows `svg` and `href` without them."""
    for element in root.iter():
        element.tag = NAMESPACE.sub("", element.tag)
        for name in [name for name in element.attrib if name.startswith("{")]:
            element.attrib[NAMESPACE.sub("", name)] = element.attrib.pop(name)


def _drop(root: Element, *tags: str) -> None:
    """Matplotlib's `<style>` would restyle the whole page; its metadata says nothing to a reader."""
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in tags]:
            parent.remove(child)


def _drop_idle_clips(root: Element, width: str, height: str) -> None:
    """A clip to the whole sheet hides nothing, and each shape of a canvas has one."""
    whole = {"x": "0", "y": "0", "width": width, "height": height}
    idle = {clip.get("id") for clip in root.iter("clipPath") if [rect.attrib for rect in clip] == [whole]}
    for element in root.iter():
        if element.get("clip-path", "")[5:-1] in idle:
            del element.attrib["clip-path"]


def _unwrap(parent: Element) -> None:
    """Put the children of groups that say nothing in the place of these groups."""
    children = list(parent)
    for child in children:
        _unwrap(child)
    parent[:] = [inner for child in children for inner in (child if child.tag == "g" and not child.attrib else [child])]


def _letter_size(text: Element, default: float) -> float:
    found = FONT_SIZE.search(text.get("style", ""))
    return float(found[1] or found[2]) if found else default


def _keep_ids_in_use(root: Element) -> None:
    """Drop the ids nothing refers to, and mark the others for the page's prefix."""
    values = [value for element in root.iter() for name, value in element.attrib.items() if name != "id"]
    used = {name for value in values for name in re.findall(r"url\(#(.+?)\)|^#(.+)$", value) for name in name if name}
    for element in root.iter():
        if (identity := element.attrib.pop("id", None)) in used:
            element.attrib["id"] = f"{{id}}{identity}"
        for name, value in element.attrib.items():
            value = re.sub(r"url\(#(?!\{)", "url(#{id}", value)
            element.attrib[name] = "#{id}" + value[1:] if name == "href" and value.startswith("#") else value


def _theme(element: Element, themed: Mapping[str, str]) -> None:
    """Colours of the palette become variables (which only `style` may hold), and the font is left to the page."""
    rules = [element.attrib.get("style", "")]
    rules += [f"{name}: {element.attrib.pop(name)}" for name in ("fill", "stroke") if name in element.attrib]
    text = FONT_FAMILY.sub("", "; ".join(rule for rule in rules if rule)).strip().rstrip(";")
    if text:
        element.attrib["style"] = COLOR.sub(
            lambda color: _variable(color[0].lower(), themed), text.replace(": ", ":").replace("; ", ";")
        )


def _variable(color: str, themed: Mapping[str, str]) -> str:
    if color not in themed:
        raise ValueError(f"the colour {color} is not in scripts/figures/style.py, so it has no dark counterpart")
    return themed[color]


def _shorten(element: Element) -> None:
    """Tenths of a pixel are enough, and a photograph is smaller as JPEG."""
    digits = 4 if element.tag == "image" else 1  # it is scaled: a tenth too much would be many pixels
    for name in WITH_NUMBERS:
        if name in element.attrib:
            value = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.{digits}f}", element.attrib[name])
            value = re.sub(r"(\.\d*?)0+(?!\d)", r"\1", value)
            element.attrib[name] = re.sub(r"\.(?!\d)", "", re.sub(r"\s+", " ", value)).strip()
    if UNTURNED.fullmatch(element.attrib.get("transform", "")):
        del element.attrib["transform"]
    if element.tag == "image":
        element.attrib["href"] = _smaller_image(re.sub(r"\s", "", element.attrib["href"]))


def _drop_unseen(root: Element) -> None:
    """The sheet itself and shapes without fill and stroke."""
    for parent in list(root.iter()):
        for child in list(parent):
            bare = child.tag == "path" and set(child.attrib) <= {"d", "style"} and parent.tag != "clipPath"
            unseen = bare and child.get("style", "").replace(" ", "") == "fill:none"
            if unseen or (child.tag == "defs" and not len(child)):
                parent.remove(child)


def _join_paths(parent: Element) -> None:
    """One path for those of one look that nothing between them lies on: a browser lays out each element."""
    for child in parent:
        _join_paths(child)
    kept: list[tuple[Element, list[Box]]] = []  # without boxes: who knows where it is
    for child in parent:
        box = _box_of(child) if _look(child) is not None else None
        path, boxes = (_joined_with(child, box, kept) if box else None) or (child, [])
        if path is child:
            kept.append((child, boxes))
        else:
            path.attrib["d"] += child.attrib["d"]
        if box:
            boxes.append(box)
    parent[:] = [child for child, _ in kept]


def _joined_with(child: Element, box: Box, kept: list[tuple[Element, list[Box]]]) -> tuple[Element, list[Box]] | None:
    """The nearest earlier path of the same look, unless the child would slip below something that it covers."""
    for path, boxes in reversed(kept):
        if _look(path) == _look(child) and (_is_line(child) or not any(_overlap(box, other) for other in boxes)):
            return path, boxes
        if not boxes or any(_overlap(_drawn_box(child, box), _drawn_box(path, other)) for other in boxes):
            return None
    return None


def _drawn_box(path: Element, box: Box) -> Box:
    """With the half of the stroke that lies outside."""
    width = float(found[1]) / 2 if (found := STROKE_WIDTH.search(path.get("style", ""))) else 0.5
    return box[0] - width, box[1] - width, box[2] + width, box[3] + width


def _is_line(path: Element) -> bool:
    """Lines of one colour that see nothing through may cross: the later one would only draw it again."""
    style = path.get("style", "")
    return "fill:none" in style and "opacity" not in style


def _look(element: Element) -> dict[str, str] | None:
    """What two paths must share to be one; None for anything but a plain path."""
    if element.tag != "path" or "id" in element.attrib:
        return None
    return {name: value for name, value in element.attrib.items() if name != "d"}


def _box_of(path: Element) -> Box | None:
    """Left, top, right, bottom of a path whose numbers are all coordinates, as matplotlib's are."""
    numbers = [float(number) for number in NUMBER.findall(path.get("d", ""))]
    xs, ys = numbers[::2], numbers[1::2]
    return (min(xs), min(ys), max(xs), max(ys)) if numbers and len(xs) == len(ys) else None


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] - TOUCH and b[0] < a[2] - TOUCH and a[1] < b[3] - TOUCH and b[1] < a[3] - TOUCH


def _smaller_image(uri: str) -> str:
    data = base64.b64decode(uri.partition(",")[2])
    image = Image.open(io.BytesIO(data))
    if np.asarray(image.convert("RGBA"))[..., 3].min() < 255:  # JPEG has no transparency
        return uri
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    if buffer.tell() > len(data) / 2:  # few flat colours: PNG keeps them exactly
        return uri
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
