"""Pictures of the page Timings: every operator under its roofline, and time against multiplications."""

from itertools import pairwise, product
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.figures.style import (
    ACCENT,
    EXTRA,
    INK,
    INPUT,
    KERNEL,
    MUTED,
    OUTPUT,
    SMALL,
    canvas,
    label,
    plot_axes,
)
from scripts.timings.cases import CASES, Case
from scripts.timings.choice import shown
from scripts.timings.records import Record

Area = tuple[float, float, float, float]  # left, low, right, high, in pixels

LETTER = 0.6 * SMALL  # pixels a letter is wide, about
SIDES = {  # where a label may lie, seen from its point: across, up
    "right": (1, 0), "left": (-1, 0), "above": (0, 1), "below": (0, -1),
    "above right": (1, 1), "below right": (1, -1), "above left": (-1, 1), "below left": (-1, -1),
}  # fmt: skip
SPOTS = tuple(product((8, 16, 30, 46, 64), SIDES))  # best first
KINDS = {
    "dense": (INPUT, "o"),
    "1 × 1": (KERNEL, "s"),
    "grouped, depthwise": (ACCENT, "D"),
    "1-D and 3-D": (OUTPUT, "^"),
    "moved taps, larger images": (EXTRA, "v"),
}


class Point(NamedTuple):
    """A case where it was measured."""

    case: Case
    seconds: float


def roofline() -> Figure:
    """Operations a second against operations a byte: the roof is the machine's, the points are the cases."""
    records = shown()
    if not records:
        return _nothing_yet()
    record = records[0]
    figure, ax = plot_axes(24, 17, xlabel="floating-point operations a byte", ylabel="GFLOP a second")
    points = _points(record)
    x = [2 * point.case.macs / point.case.nbytes() for point in points]
    y = [2 * point.case.macs / point.seconds / 1e9 for point in points]
    ax.set(
        xscale="log",
        yscale="log",
        xlim=(min(x) / 2, max(x) * 2.2),
        ylim=(min(y) / 2, max(*y, _peak(record) / 1e9) * 1.7),
    )
    _scatter(ax, points, x, y, _roof(ax, record))
    return figure


def cost_against_macs() -> Figure:
    """Time against multiplications: one line for all of them would mean that multiplications tell the time."""
    records = shown()
    if not records:
        return _nothing_yet()
    record = records[0]
    figure, ax = plot_axes(24, 17, xlabel="million multiply–accumulates", ylabel="milliseconds")
    points = _points(record)
    x, y = [point.case.macs / 1e6 for point in points], [1e3 * point.seconds for point in points]
    ax.set(xscale="log", yscale="log", xlim=(min(x) / 2, max(x) * 2.2), ylim=(min(y) / 2.2, max(y) * 2.2))
    low, high = ax.get_ylim()
    line = [(ms * _peak(record) / 2e9, ms) for ms in (low, high)]
    ax.plot(*zip(*line, strict=True), color=INK, linewidth=1.4, marker="")
    middle = ((line[0][0] * line[1][0]) ** 0.5, (low * high) ** 0.5)
    text = "as fast as a large\nmatrix product"
    ax.annotate(text, middle, xytext=(14, -34), textcoords="offset points", size=SMALL, color=MUTED)
    _scatter(ax, points, x, y, [*_along(ax, line), _boxed(ax, middle, (12, -40, 130, -4))])
    return figure


def _nothing_yet() -> Figure:
    figure, ax = canvas(13, 3)
    label(ax, (6.5, 1.5), "No time has been measured yet.\nmake timings does it.", color=MUTED)
    return figure


def _points(record: Record) -> list[Point]:
    """Every measured case that multiplies, by torch's kernel, or by our twin where torch has none."""
    found = []
    for case in CASES:
        result = record.find(case, "library", "forward") or record.find(case, "twin", "forward")
        if result and case.macs:
            found.append(Point(case, result.seconds))
    return found


def _peak(record: Record) -> float:
    return record.flops["float32"]


def _roof(ax: Axes, record: Record) -> list[Area]:
    """Memory's slope, arithmetic's ceiling, and the intensity where they meet; returns the areas they take."""
    top, slope = _peak(record) / 1e9, record.bandwidth / 1e9
    left, right = ax.get_xlim()
    line = [(left, slope * left), (top / slope, top), (right, top)]
    ax.plot(*zip(*line, strict=True), color=INK, marker="")
    middle = ((left * top / slope) ** 0.5, (slope * left * top) ** 0.5)
    notes = (
        (f"matrix product: {top:.0f} GFLOP/s", line[2], (-6, 7), "right"),
        (f"copy: {slope:.1f} GB/s", middle, (-8, 6), "right"),
    )
    for text, at, offset, align in notes:
        ax.annotate(text, at, xytext=offset, textcoords="offset points", ha=align, size=SMALL, color=MUTED)
    return [*_along(ax, line), _boxed(ax, line[2], (-190, 4, 0, 20)), _boxed(ax, middle, (-110, 4, -6, 20))]


def _along(ax: Axes, line: list[tuple[float, float]]) -> list[Area]:
    """Small areas along a line, so that no label stands on it."""
    ax.figure.set_dpi(72)  # a pixel is a point then, as in the SVG
    corners = ax.transData.transform(line)
    points = [a + (b - a) * n / 100 for a, b in pairwise(corners) for n in range(101)]
    return [(x - 2, y - 2, x + 2, y + 2) for x, y in points]


def _boxed(ax: Axes, at: tuple[float, float], around: Area) -> Area:
    """The area around a place, in pixels."""
    x, y = ax.transData.transform(at)
    return x + around[0], y + around[1], x + around[2], y + around[3]


def _scatter(ax: Axes, points: list[Point], x: list[float], y: list[float], taken: list[Area]) -> None:
    """The points in the colours of their kinds, each operator named once, the kinds above the plot."""
    for kind, (color, marker) in KINDS.items():
        chosen = [index for index, point in enumerate(points) if _kind(point.case) == kind]
        ax.plot([x[i] for i in chosen], [y[i] for i in chosen], linestyle="", color=color, marker=marker, label=kind)
    named: set[str] = set()
    taken = taken + [_boxed(ax, at, (-5, -5, 5, 5)) for at in zip(x, y, strict=True)]
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(KINDS), frameon=False, borderaxespad=0.2)
    for index, point in enumerate(points):
        if point.case.operator not in named:
            named.add(point.case.operator)
            taken += _name(ax, (x[index], y[index]), point.case.operator, taken)


def _kind(case: Case) -> str:
    operator = case.operator
    if any(word in operator for word in ("-D", ")D")):
        return "1-D and 3-D"
    if any(word in operator for word in ("grouped", "depthwise")):
        return "grouped, depthwise"
    if operator in ("pointwise", "bottleneck"):
        return "1 × 1"
    return "dense" if operator.startswith(("dense", "spatially")) else "moved taps, larger images"


def _name(ax: Axes, at: tuple[float, float], text: str, taken: list[Area]) -> list[Area]:
    """Write a label at the spot around a point where it and its line cover least, the nearest of them.

    Returns:
        The areas that they take.
    """
    point = tuple(ax.transData.transform(at))
    frame = ax.get_window_extent()

    def covered(spot: tuple[int, str]) -> float:
        areas = _label_areas(point, text, *spot)
        left, low, right, high = areas[0]
        outside = left < frame.x0 or right > frame.x1 or low < frame.y0 or high > frame.y1
        return sum(_overlap(area, other) for area in areas for other in taken) + spot[0] / 4 + 1e6 * outside

    spot = min(SPOTS, key=covered)
    areas = _label_areas(point, text, *spot)
    far = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4}
    offset = (areas[0][0] - point[0], areas[0][1] - point[1] + 2)
    line = far if spot[0] > SPOTS[0][0] else None
    ax.annotate(text, at, xytext=offset, textcoords="offset points", size=SMALL, color=INK, arrowprops=line)
    return areas


def _label_areas(point: tuple[float, float], text: str, gap: int, side: str) -> list[Area]:
    """What a label would take at a spot: its own area, then small ones along the line that leads to it."""
    width, height = LETTER * len(text), 1.2 * SMALL
    across, up = SIDES[side]
    x, y = point[0] + across * (gap + width / 2), point[1] + up * (gap - 3 + height / 2)
    box = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    end = x - across * width / 2, y - up * height / 2
    steps = [step / 10 for step in range(3, 10)] if gap > SPOTS[0][0] else []  # the first steps lie on the point
    on_line = [(point[0] + (end[0] - point[0]) * t, point[1] + (end[1] - point[1]) * t) for t in steps]
    return [box, *((x - 2, y - 2, x + 2, y + 2) for x, y in on_line)]


def _overlap(a: Area, b: Area) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
