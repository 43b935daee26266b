"""A room of reference_impl as a page shows it: each public name with its signature and its docstring, from the sources.

Docstrings keep the form of CONTRIBUTING.md. mkdocstrings does not know it: it took equations and printed lists for
references that lead nowhere, which a strict build refuses.
"""

import ast
import importlib
import os
import posixpath
import re
from collections.abc import Sequence

from scripts.site import api, docstrings, typeset
from scripts.site.api import Entry
from scripts.site.cache import once_a_build
from scripts.site.errors import close_to
from scripts.site.signatures import Documented, signature

SECTION = re.compile(r"^(?P<name>[A-Z]\w+):[ ]*\n(?P<text>(?:    .*(?:\n|$)|[ \t]*\n)+)", re.MULTILINE)
ITEM = re.compile(r"^(?P<names>\*{0,2}\w+(?:, \*{0,2}\w+)*): (?P<text>.*(?:\n +.*)*)$", re.MULTILINE)
CODE = re.compile(r"(`+[^`]+`+)")
EQUATIONS, LISTINGS = ("Definition", "Formula"), ("Shapes", "Example")


# Each room that has a page below docs/api/, and what stands there beside that which the room exports: names in files
# that it does not import, because they need torch.
ROOMS: dict[str, tuple[str, ...]] = {
    "arithmetic": (),
    "conv": ("conv_torch", "im2col_torch"),
    "conv_transpose": ("conv_transpose_torch", "ResizeConv", "SubPixelConv"),
    "deform_conv": ("deform_conv_torch", "DeformConv"),
    "dilation": ("ASPP",),
    "frameworks": tuple(
        f"torch.{name}" for name in ("weight_to", "weight_from", "padding_to", "padding_from", "call", "run")
    ),
    "grouped": ("LogarithmicGroupedConv", "ShuffledGroupedConv"),
    "networks": ("network_torch",),
    "receptive_field": (
        "receptive_field_torch",
        "measured_window",
        "effective_receptive_field",
        "effective_deviation",
    ),
    "representation": (),
    "separable": ("Conv2Plus1d", "DepthwiseSeparableConv", "Pseudo3d", "SpatiallySeparableConv"),
    "summary": (),
}


def page_of(room: str) -> str:
    """Where the page of a room stands below docs/."""
    return f"api/{room}.md"


def contents(room: str) -> list[Entry]:
    """The functions and classes on the page of a room."""
    return [_entry(room, word) for word in [*exported(room), *ROOMS[room]] if word not in data(room)]


def exported(room: str) -> list[str]:
    """What a room exports, data included."""
    return list(importlib.import_module(f"reference_impl.{room}").__all__)


def data(room: str) -> list[str]:
    """What a room exports that is neither a function nor a class."""
    defined = {entry.name for entry in api.all_entries()}
    return [word for word in exported(room) if word not in defined]


def _entry(room: str, word: str) -> Entry:
    file, _, name = word.rpartition(".")
    module = f"reference_impl.{room}" + (f".{file}" if file else "")
    of_room = [entry for entry in api.all_entries() if f"{entry.module}.".startswith(f"{module}.")]
    found = [entry for entry in of_room if entry.name == name]
    if not found and not file:
        return api.lookup(word)  # of another room, and exported by this one too
    if len(found) != 1:
        raise ValueError(f"{module} has {len(found)} of {name}{close_to(name, [entry.name for entry in of_room])}")
    return found[0]


def listed(room: str = "") -> str:
    """Markdown with all entries of a room; without a room, a list of all rooms with links to their entries.

    Raises:
        ValueError: no such room.
    """
    if not room:
        return "\n\n".join(map(_summary, ROOMS))
    if room not in ROOMS:
        raise ValueError(f"reference_impl has no room {room}{close_to(room, ROOMS)}")
    also = [f"Data: {', '.join(f'`{word}`' for word in data(room))}."] if data(room) else []
    return "\n\n".join([_about(room), *also, *map(described, contents(room))])


def _about(room: str) -> str:
    said = importlib.import_module(f"reference_impl.{room}").__doc__ or ""
    return "\n\n".join(_escaped(part) for part in said.split("\n\n") if not part.lstrip().startswith(">>>"))


def _summary(room: str) -> str:
    names = ", ".join(f"[`{entry.name}`]({room}.md#{entry.name})" for entry in contents(room))
    return f"## [{room}]({room}.md)\n\n{_about(room).partition(chr(10))[0]}\n\n{names}"


def places(page: str, names: Sequence[str]) -> str:
    """Markdown that leads from a page to the entries of some names; nothing where none of them has one."""
    found = _rooms_of_names()
    way = posixpath.relpath("api", posixpath.dirname(page) or ".")
    links = [f"[`{name}`]({way}/{found[name]}.md#{name})" for name in names if name in found]
    return f"Arguments and errors: {', '.join(links)}." if links else ""


@once_a_build
def _rooms_of_names() -> dict[str, str]:
    """Each name that has an entry, and the first room that has it."""
    return {entry.name: room for room in reversed(ROOMS) for entry in contents(room)}


def described(entry: Entry) -> str:
    """Markdown of one function or class: signature, where it stands, docstring, methods."""
    node = next(node for node in ast.parse(entry.code).body if isinstance(node, Documented))
    parts = [f"## `{entry.name}` {{ #{entry.name} }}", _listing(signature(node)), _place(entry)]
    said, end = SECTION.sub("", entry.docstring).strip(), entry.docstring + "\n"
    parts += [_escaped(paragraph) for paragraph in said.split("\n\n")]
    parts += [_section(entry, found["name"], _dedented(found["text"])) for found in SECTION.finditer(end)]
    return "\n\n".join(parts)


def _place(entry: Entry) -> str:
    """The file of an entry, a link where the site has a repository."""
    repository = os.environ.get("REPO_URL", "").rstrip("/")
    place = f"`{entry.place}`"
    return f"In [{place}]({repository}/blob/main/{entry.place}#L{entry.line})" if repository else f"In {place}"


def _section(entry: Entry, name: str, text: str) -> str:
    if name in EQUATIONS:
        return f"$$\n{typeset.latex(docstrings.section(entry, name).text, display=True)}\n$$"
    if name in LISTINGS:
        return f"**{name}**\n\n{_listing(text)}"
    items = [f"- `{item['names']}`: {_escaped(item['text'])}" for item in ITEM.finditer(text)]
    return f"**{name}**\n\n" + ("\n".join(items) if items else _escaped(text))


def _dedented(text: str) -> str:
    return re.sub(r"^    ", "", text, flags=re.MULTILINE).strip("\n")


def _listing(text: str) -> str:
    return f"```text\n{text}\n```"


def _escaped(text: str) -> str:
    """Text of a docstring as Markdown: between backticks it is code, elsewhere no sign means anything."""
    pieces = CODE.split(" ".join(text.split()))
    return "".join(piece if piece.startswith("`") else _plain(piece) for piece in pieces)


def _plain(text: str) -> str:
    return re.sub(r"([\\*_\[\]])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace("$", "&#36;"))
