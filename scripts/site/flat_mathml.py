"""A formula's MathML, for readers who listen: without the wrappers, spaces and switches that say nothing to them."""

import html
from collections.abc import Iterator
from xml.etree.ElementTree import Element

MANY = {
    "math",
    "mrow",
    "mtd",
    "mstyle",
    "msqrt",
    "mpadded",
    "semantics",
}  # hold any number of elements, others a fixed one
WRAPPERS = {"mrow", "mstyle", "mpadded", "semantics"}
UNHEARD = {"mspace", "annotation"}
KEPT = {"mathvariant", "display", "accent", "linethickness"}


def flat_mathml(math: Element) -> str:
    """The `<math>` of a formula, in fewer elements, with the class by which KaTeX keeps it out of sight."""
    (flat,) = _flat(math)
    flat.attrib = {"class": "katex-mathml", **flat.attrib}
    return _written(flat)


def _flat(element: Element) -> list[Element]:
    tag = _tag(element)
    if tag in UNHEARD or (tag == "mtext" and not (element.text or "").strip()):
        return []
    children = [_one_or_many(_flat(child), tag in MANY) for child in element]
    inside = list(_words(inner for child in children for inner in child))
    if tag in WRAPPERS:
        return inside
    copy = Element(tag, {name: value for name, value in element.attrib.items() if name in KEPT})
    copy.text = element.text
    if tag in {"mo", "mi", "mn", "mtext"} and inside:  # a sign of several letters
        copy.text = "".join("".join(child.itertext()) for child in inside)
        return [copy]
    copy.extend(inside)
    return [copy]


def _one_or_many(elements: list[Element], may_be_many: bool) -> list[Element]:
    if may_be_many or len(elements) == 1:
        return elements
    row = Element("mrow")
    row.extend(elements)
    return [row]


def _words(elements: Iterator[Element]) -> Iterator[Element]:
    """Upright letters beside each other are one word."""
    word: Element | None = None
    for element in elements:
        if word is not None and _is_upright(element):
            word.text = f"{word.text}{element.text}"
            word.attrib.clear()
            continue
        if word is not None:
            yield word
            word = None
        if _is_upright(element):
            word = element
        else:
            yield element
    if word is not None:
        yield word


def _is_upright(element: Element) -> bool:
    return element.tag == "mi" and element.get("mathvariant") == "normal" and (element.text or "").isalpha()


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _written(element: Element) -> str:
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in element.attrib.items())
    text = html.escape(element.text or "", quote=False)
    return f"<{element.tag}{attributes}>{text}{''.join(map(_written, element))}</{element.tag}>"
