"""Fewer elements for what KaTeX shows of a formula: the same letters in the same places.

KaTeX wraps each letter, and builds a fraction or an index as a table of five elements around each of its parts. Here a
part is one element that knows how far down it stands and how small it is; docs/assets/css/formulas.css does the rest.
What is not known here (roots, accents, stretched brackets) stays as KaTeX made it.
"""

import html
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree.ElementTree import Element

AS_IT_IS = {"katex-accent", "sqrt", "mult", "stretchy", "hide-tail"}
SIZES = {"size1": 0.5, "size2": 0.6, "size3": 0.7, "size4": 0.8, "size5": 0.9, "size6": 1.0, "size7": 1.2}
SIGNS = {"mrel", "mbin", "mpunct"}  # the space beside one is its own
ALIGNED = {"mfrac": "k-middle", "op-limits": "k-middle", "col-align-c": "k-middle", "col-align-r": "k-end"}
# Classes of KaTeX's style sheet for what is not here any more, and for upright letters, which are upright anyway.
NO_MORE = {"mfrac", "op-limits", "msupsub", "mtable", "col-align-c", "col-align-l", "col-align-r", "mathrm", "textrm"}
SIZE = re.compile(r"katex-sizing|(reset-)?size\d+")
EMPTY_BRACKET = 0.12  # em, KaTeX's .nulldelimiter
ROOM = (0.9, 0.27)  # em above and below the base line that a line of KaTeX has without a strut: letters and leading
NOTHING = 1e-3  # em
# What formulas.css knows by name: left, right, down, size.
NAMED = {
    "k-index": (0, 0.05, 0.15, 0.7),
    "k-power": (0, 0.05, -0.363, 0.7),
    "k-binary": (0.2222, 0.2222, 0, 1),
    "k-relation": (0.2778, 0.2778, 0, 1),
    "k-comma": (0, 0.1667, 0, 1),
    "k-small": (0, 0, 0, 0.7),
}


class Raw(str):
    """HTML that stays."""


@dataclass
class Node:
    """An element; lengths in em of the text around, those of `style` in its own."""

    classes: set[str] = field(default_factory=set)
    children: "list[Part]" = field(default_factory=list)
    left: float = 0
    right: float = 0
    down: float = 0
    size: float = 1
    style: dict[str, str] = field(default_factory=dict)


class Space(Node):
    """An empty element with a margin."""


Part: TypeAlias = Node | Raw | str


def flat(shown: Element, styled: Collection[str], *, display: bool) -> str:
    """KaTeX's `katex-html` in fewer elements.

    Args:
        shown: That element.
        styled: The classes that KaTeX's style sheet speaks of; the others say nothing to a browser.
        display: Whether the formula stands in a line of its own.
    """
    known = set(styled) - NO_MORE
    bases = list(shown)
    if any(base.get("class") != "katex-base" for base in bases):
        return as_html(shown)
    if display:  # no line ends in it
        return f'<span class="katex-html" aria-hidden="true">{_base(bases, known)}</span>'
    if len(bases) == 1:
        return _base(bases, known).replace('class="katex-base', 'aria-hidden="true" class="katex-html katex-base', 1)
    return f'<span class="katex-html" aria-hidden="true">{"".join(_base([base], known) for base in bases)}</span>'


def as_html(element: Element) -> str:
    """An element and what is in it, as it is."""
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in element.attrib.items())
    inside = "".join(as_html(child) + html.escape(child.tail or "", quote=False) for child in element)
    text = html.escape(element.text or "", quote=False)
    tag = element.tag.rpartition("}")[2]
    return f"<{tag}{attributes}>{text}{inside}</{tag}>"


def _base(elements: list[Element], known: set[str]) -> str:
    """Parts of a formula within which no line ends, as one."""
    struts = [_style(element[0]) for element in elements]
    depths = [-_em(strut.get("vertical-align", "0em")) for strut in struts]
    below = max(depths)
    above = max(_em(strut["height"]) - depth for strut, depth in zip(struts, depths, strict=True))
    parts = [_part(child, set(), known) for element in elements for child in element[1:]]
    inside = "".join(map(_written, _settled(parts, known)))
    if above <= ROOM[0] and below <= ROOM[1]:
        return f'<span class="katex-base">{inside}</span>'
    room = f"--high:{_number(above + below)}em;--down:{_number(-below)}em"
    return f'<span class="katex-base k-strut" style="{room}">{inside}</span>'


# ---- What KaTeX has made, read ----


def _part(element: Element, around: set[str], known: set[str]) -> Part:
    classes = set(element.get("class", "").split())
    is_sized_twice = {"delimsizing", "katex-sizing"} <= classes
    if classes & AS_IT_IS or is_sized_twice or element.tag != "span" or element.find(".//{*}svg") is not None:
        return Raw(as_html(element))
    if "vlist-t" in classes:
        return _stack(element, around, known)
    style = _style(element)
    left, right = (_em(style.pop(f"margin-{side}", "0em")) for side in ("left", "right"))
    size, classes = _size(classes)
    if "nulldelimiter" in classes:
        return Space(right=EMPTY_BRACKET * size)
    if "arraycolsep" in classes:
        return Space(right=_em(style["width"]))
    if "mspace" in classes and not style:
        return Space(left=left, right=right)
    if style.get("top") == "0em":  # a bracket that stands where it would stand anyway
        del style["top"]
        classes -= {"delimcenter"}
    children: list[Part] = [element.text] if element.text else []
    children += _settled([_part(child, classes, known) for child in element], known)
    return Node(classes, children, left=left, right=right, size=size, style=style)


def _size(classes: set[str]) -> tuple[float, set[str]]:
    """How large the letters of an element are beside those around, and its classes other than these."""
    if "katex-sizing" not in classes:
        return 1, classes
    old, new = (next(size for name, size in SIZES.items() if reset + name in classes) for reset in ("reset-", ""))
    return new / old, {name for name in classes if not SIZE.fullmatch(name)}


def _stack(element: Element, around: set[str], known: set[str]) -> Part:
    """Parts above each other: one that is raised, or several in one cell of a grid."""
    entries: list[Node] = []
    for span in element[0][0]:
        strut, *rest = span
        style = _style(span)
        down = _em(style.pop("top")) + _em(_style(strut)["height"])
        left, right = (_em(style.pop(f"margin-{side}", "0em")) for side in ("left", "right"))
        if style or span.text or strut.get("class") != "pstrut":
            return Raw(as_html(element))
        children = _settled([_part(child, set(), known) for child in rest], known)
        if children:
            entries.append(_merged(Node(set(), children, left=left, right=right, down=down)))
    entries.sort(key=lambda entry: entry.down)
    if len(entries) == 1:
        return entries[0]
    align = {name for kind, name in ALIGNED.items() if kind in around}
    return Node({"k-stack", *align}, list(entries))


# ---- Fewer of them ----


def _settled(parts: list[Part], known: set[str]) -> list[Part]:
    """Neighbours, without the elements that nobody sees."""
    parts = _without_spaces(parts)
    for part in parts:
        if isinstance(part, Node):
            part.classes = {name for name in part.classes if name in known or name.startswith("k-")}
    parts = [inner for part in parts for inner in _unwrapped(part)]
    for before, after in itertools.pairwise(parts):
        if isinstance(before, Node) and isinstance(after, Node) and abs(before.right + after.left) < NOTHING:
            before.right = after.left = 0
    return list(_joined(parts))


def _without_spaces(parts: list[Part]) -> list[Part]:
    """Spaces become margins of a sign beside them, or else of what stands before or after."""
    kept = list(parts)
    for space in [part for part in parts if isinstance(part, Space)]:
        place = next(index for index, part in enumerate(kept) if part is space)
        before = kept[place - 1] if place else None
        after = kept[place + 1] if place + 1 < len(kept) else None
        width = space.left + space.right
        is_sign = isinstance(after, Node) and after.classes & SIGNS
        if isinstance(before, Node) and not (is_sign and not before.classes & SIGNS):
            before.right += width
        elif isinstance(after, Node) and not isinstance(after, Space):
            after.left += width
        else:
            continue
        del kept[place]
    return kept


def _unwrapped(part: Part) -> list[Part]:
    """What is in an element that shows nothing itself; its margins go to what is in it."""
    if not isinstance(part, Node):
        return [part]
    part = _merged(part)
    if part.classes or part.style or part.size != 1 or part.down or isinstance(part, Space):
        return [part]
    first, last = (part.children[0], part.children[-1]) if part.children else (None, None)
    if (part.left and not isinstance(first, Node)) or (part.right and not isinstance(last, Node)):
        return [part]
    if isinstance(first, Node):
        first.left += part.left
    if isinstance(last, Node):
        last.right += part.right
    return part.children


def _merged(part: Node) -> Node:
    """An element and the only one in it, as one."""
    while len(part.children) == 1 and isinstance(inner := part.children[0], Node):
        both = part.classes and inner.classes
        if both or isinstance(inner, Space) or (part.style and (inner.style or inner.size != 1)):
            break
        part = Node(
            part.classes | inner.classes,
            inner.children,
            left=part.left + part.size * inner.left,
            right=part.right + part.size * inner.right,
            down=part.down + part.size * inner.down,
            size=part.size * inner.size,
            style=part.style | inner.style,
        )
    return part


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Neighbours of one look as one."""
    last: Part | None = None
    for part in parts:
        if isinstance(last, str) and isinstance(part, str) and not isinstance(last, Raw) and not isinstance(part, Raw):
            last += part
        elif isinstance(last, Node) and isinstance(part, Node) and _is_more_of(last, part):
            last.children = list(_joined([*last.children, *part.children]))
            last.right = part.right
        else:
            if last is not None:
                yield last
            last = part
    if last is not None:
        yield last


def _is_more_of(last: Node, part: Node) -> bool:
    alike = last.classes == part.classes and not any(name.startswith("k-") for name in last.classes)
    plain = last.size == part.size == 1 and not (last.style or part.style or last.down or part.down)
    return alike and plain and abs(last.right) < NOTHING and abs(part.left) < NOTHING


# ---- Written ----


def _written(part: Part, *, is_in_stack: bool = False) -> str:
    if isinstance(part, Raw):
        return part
    if isinstance(part, str):
        return html.escape(part, quote=False)
    is_stack = "k-stack" in part.classes
    inside = "".join(_written(child, is_in_stack=is_stack) for child in part.children)
    classes, style = sorted(part.classes), _look(part, is_in_stack)
    if isinstance(style, str):
        classes, style = [*classes, style], {}
    named = f' class="{" ".join(classes)}"' if classes else ""
    rules = ";".join(f"{name}:{value}" for name, value in {**style, **part.style}.items())
    return f"<span{named}{f' style={chr(34)}{rules}{chr(34)}' if rules else ''}>{inside}</span>"


def _look(part: Node, is_in_stack: bool) -> dict[str, str] | str:
    """Where an element stands and how large it is: the name that the style sheet has for it, or rules."""
    numbers = (part.left, part.right, part.down, part.size)
    for name, known in NAMED.items():
        if not is_in_stack and all(abs(one - other) < NOTHING for one, other in zip(numbers, known, strict=True)):
            return name
    rules = {"font-size": f"{_number(part.size)}em"} if part.size != 1 else {}
    if abs(part.down) >= NOTHING and is_in_stack:
        rules["top"] = f"{_number(part.down / part.size)}em"
    elif abs(part.down) >= NOTHING:
        rules |= {"vertical-align": f"{_number(-part.down / part.size)}em", "line-height": "0"}
    for side, width in (("left", part.left), ("right", part.right)):
        if abs(width) >= NOTHING:
            rules[f"margin-{side}"] = f"{_number(width / part.size)}em"
    return rules


def _style(element: Element) -> dict[str, str]:
    pairs = (rule.partition(":") for rule in element.get("style", "").split(";") if rule)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _em(length: str) -> float:
    if not length.endswith("em"):
        raise ValueError(f"KaTeX gives a length that is not in em: {length}")
    return float(length.removesuffix("em"))


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) >= 5e-5 else "0"
