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
SPOTS = tuple(product((8, 16, 30, 46), ("right", "left", "above", "below")))  # where a label may go, best first
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
    ax.legend(loc="lower right")
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
    ax.legend(loc="upper left")
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
    """The points in the colours of their kinds, each operator named once."""
    for kind, (color, marker) in KINDS.items():
        chosen = [index for index, point in enumerate(points) if _kind(point.case) == kind]
        ax.plot([x[i] for i in chosen], [y[i] for i in chosen], linestyle="", color=color, marker=marker, label=kind)
    named: set[str] = set()
    taken = taken + [_boxed(ax, at, (-5, -5, 5, 5)) for at in zip(x, y, strict=True)]
    for index, point in enumerate(points):
        if point.case.operator not in named:
            named.add(point.case.operator)
            taken.append(_name(ax, (x[index], y[index]), point.case.operator, taken))


def _kind(case: Case) -> str:
    operator = case.operator
    if any(word in operator for word in ("-D", ")D")):
        return "1-D and 3-D"
    if any(word in operator for word in ("grouped", "depthwise")):
        return "grouped, depthwise"
    if operator in ("pointwise", "bottleneck"):
        return "1 × 1"
    return "dense" if operator.startswith(("dense", "spatially")) else "moved taps, larger images"


def _name(ax: Axes, at: tuple[float, float], text: str, taken: list[Area]) -> Area:
    """Write a label at the spot around a point where it covers least, the nearest of them; returns its area."""
    x, y = ax.transData.transform(at)
    width, height = LETTER * len(text), 1.2 * SMALL
    frame = ax.get_window_extent()

    def area(gap: float, side: str) -> Area:
        left = x + {"right": gap, "left": -gap - width}.get(side, -width / 2)
        low = y + {"above": gap - 3, "below": 3 - gap - height}.get(side, -height / 2)
        return left, low, left + width, low + height

    def covered(spot: tuple[float, str]) -> float:
        left, low, right, high = box = area(*spot)
        outside = left < frame.x0 or right > frame.x1 or low < frame.y0 or high > frame.y1
        return sum(_overlap(box, other) for other in taken) + 1e6 * outside

    spot = min(SPOTS, key=covered)
    box = area(*spot)
    far = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4}
    offset = (box[0] - x, box[1] - y + 2)
    line = far if spot[0] > SPOTS[0][0] else None
    ax.annotate(text, at, xytext=offset, textcoords="offset points", size=SMALL, color=INK, arrowprops=line)
    return box


def _overlap(a: Area, b: Area) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
