"""Pictures that move: the frames that `scripts/figures/frames.py` marks become classes, CSS shows them in turn.

No JavaScript: each frame has the same animation, begun earlier by its number. How long a frame is seen, what stands
still and where, is in docs/assets/css/figures.css.
"""

import re
from xml.etree.ElementTree import Element

MARK = re.compile(r"turn (?:still|(\d+) (\d+) (still|moving) (.*))")
SHOWN = re.compile(r'data-shows="([^"]*)"')
FRAMES = re.compile(r'data-frames="(\d+)"')
PAUSE = '<label class="handbook-pause"><input type="checkbox"> pause</label>'


def mark(root: Element) -> int:
    """Turn the marks of frames into classes, and join neighbours of one frame; the number of frames."""
    found = {0}
    for parent in list(root.iter()):
        joined: list[Element] = []
        for child in parent:
            turn = MARK.fullmatch(child.get("id", ""))
            if turn and joined and joined[-1].get("id") == child.get("id"):
                joined[-1].extend(child)
                continue
            joined.append(child)
        parent[:] = joined
    named: set[str] = set()
    for element in root.iter():
        if turn := MARK.fullmatch(element.get("id", "")):
            found.add(_name(element, turn, named))
    return max(found)


def _name(element: Element, turn: re.Match[str], named: set[str]) -> int:
    """Classes and number for one marked group; the count of frames, 0 for what belongs to none."""
    del element.attrib["id"]
    if turn[1] is None:
        element.attrib["class"] = "still"
        return 0
    element.attrib["class"] = "frame shown" if turn[3] == "still" else "frame"
    element.attrib["style"] = f"--frame:{turn[1]}"
    if turn[1] not in named:  # once a frame
        named.add(turn[1])
        element.attrib["data-shows"] = turn[4]
    return int(turn[2])


def keyframes(frames: int) -> str:
    """The rule that shows the first of so many frames: the others begin it earlier."""
    return (
        f"<style>@keyframes turns-{frames}{{0%{{visibility:visible}}{100 / frames:.4f}%{{visibility:hidden}}}}</style>"
    )


def properties(frames: int) -> str:
    """What the style sheet has to know of a picture with so many frames."""
    return f";--frames:{frames};--turns:turns-{frames}"


def shown(svg: str) -> list[str]:
    """What each frame of a picture shows, in words for a reviewer."""
    return SHOWN.findall(svg)
