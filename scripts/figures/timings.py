"""Pictures of the page Timings: every operator under its roofline, and time against multiplications."""

from itertools import product
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

LETTER = 0.56 * SMALL  # pixels a letter is wide, about
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
    ax.set(xscale="log", yscale="log", xlim=(min(x) / 2, max(x) * 2.2), ylim=(min(y) / 2, _peak(record) / 1e9 * 2.2))
    _roof(ax, record)
    _scatter(ax, points, x, y)
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
    ends = ax.get_xlim()
    least = [2e9 * macs / _peak(record) for macs in ends]
    ax.plot(ends, least, color=INK, linewidth=1.4, marker="")
    ax.annotate("at the rate of a large\nmatrix product", (ends[1], least[1]), xytext=(-8, -34),
                textcoords="offset points", ha="right", size=SMALL, color=MUTED)  # fmt: skip
    _scatter(ax, points, x, y)
    ax.legend(loc="upper left")
    return figure


def _nothing_yet() -> Figure:
    figure, ax = canvas(24, 3)
    label(ax, (12, 1.5), "No time has been measured yet: make timings does it.", color=MUTED)
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


def _roof(ax: Axes, record: Record) -> None:
    """Memory's slope, arithmetic's ceiling, and the intensity where they meet."""
    peak, ridge = _peak(record), _peak(record) / record.bandwidth
    left, right = ax.get_xlim()
    ax.plot((left, ridge, right), (record.bandwidth * left / 1e9, peak / 1e9, peak / 1e9), color=INK, marker="")
    ax.annotate(f"matrix product: {peak / 1e9:.0f} GFLOP/s", (right, peak / 1e9), xytext=(-6, 7),
                textcoords="offset points", ha="right", size=SMALL)  # fmt: skip
    ax.annotate(f"copy: {record.bandwidth / 1e9:.1f} GB/s", (left, record.bandwidth * left / 1e9), xytext=(12, 30),
                textcoords="offset points", size=SMALL)  # fmt: skip


def _scatter(ax: Axes, points: list[Point], x: list[float], y: list[float]) -> None:
    """The points in the colours of their kinds, each operator named once."""
    for kind, (color, marker) in KINDS.items():
        chosen = [index for index, point in enumerate(points) if _kind(point.case) == kind]
        ax.plot([x[i] for i in chosen], [y[i] for i in chosen], linestyle="", color=color, marker=marker, label=kind)
    ax.figure.set_dpi(72)  # a pixel is a point then, as in the SVG
    named: set[str] = set()
    taken = [
        (px - 5, py - 5, px + 5, py + 5) for px, py in (ax.transData.transform(xy) for xy in zip(x, y, strict=True))
    ]
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
