"""Which input cells an output sees along one axis, exactly: also for transposed layers, where neighbours differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm

Span = tuple[int, int] | None  # first and last input cell; None where an output sees nothing


@dataclass(frozen=True)
class Windows:
    """What outputs 0, 1, …, m − 1 see; output o + m sees the same, `advance` input cells further on.

    Without transposed layers m is 1: all outputs see the same pattern.

    Args:
        advance: Input cells from output o to output o + m.
        spans: First and last input cell of outputs 0 … m − 1.
        step: Input cells from one output to the next where the spans do not repeat: cells that all outputs see
            besides, such as those of a mean, make a span of its own for each output.
    """

    advance: int = 1
    spans: tuple[Span, ...] = ((0, 0),)
    step: Fraction | None = field(default=None, repr=False)

    def span(self, output: int) -> Span:
        """First and last input cell that output number `output` sees, cells outside the input counted."""
        periods, phase = divmod(output, len(self.spans))
        span = self.spans[phase]
        return span and (span[0] + periods * self.advance, span[1] + periods * self.advance)

    @property
    def stride(self) -> Fraction:
        """Input cells from one output to the next."""
        return Fraction(self.advance, len(self.spans)) if self.step is None else self.step

    @property
    def size(self) -> int:
        """Cells of the widest span, 0 if no output sees anything."""
        return max((span[1] - span[0] + 1 for span in self.spans if span), default=0)

    @property
    def padding(self) -> int:
        """Cells of the first output's span that lie before the input (of the first output that sees anything)."""
        return next((-span[0] for span in self.spans if span), 0)

    @property
    def center(self) -> Fraction | None:
        """Centre of what output 0 sees, in input cells; with m > 1 the mean over the m outputs less their strides."""
        return self._mean([Fraction(sum(span), 2) if span else None for span in self.spans])

    @property
    def end(self) -> Fraction | None:
        """Last cell that output 0 sees, averaged like `center`. Causal paths agree in it."""
        return self._mean([Fraction(span[1]) if span else None for span in self.spans])

    def _mean(self, places: Sequence[Fraction | None]) -> Fraction | None:
        """Mean over the outputs that see something, each moved back to output 0."""
        seen = [place - output * self.stride for output, place in enumerate(places) if place is not None]
        return sum(seen, Fraction()) / len(seen) if seen else None


def convolved(windows: Windows, kernel: int, stride: int, before: int, dilation: int) -> Windows:
    """Windows after a layer whose output o reads features s·o − p + d·t for t = 0 … k − 1.

    Example:
        >>> convolved(convolved(Windows(), 3, 2, 1, 1), 3, 1, 1, 2)
        Windows(advance=2, spans=((-3, 7),))
    """
    period = len(windows.spans) // gcd(len(windows.spans), stride)
    spans = tuple(
        hull([windows.span(stride * output - before + dilation * tap) for tap in range(kernel)])
        for output in range(period)
    )
    return Windows(windows.advance * stride * period // len(windows.spans), spans)


def transposed(windows: Windows, kernel: int, stride: int, before: int, dilation: int) -> Windows:
    """Windows after a layer that adds feature i to the outputs s·i − p + d·t for t = 0 … k − 1.

    Example:
        >>> transposed(Windows(), 3, 2, 1, 1)
        Windows(advance=1, spans=((0, 0), (0, 1)))
    """
    outputs = range(len(windows.spans) * stride)
    places = [[output + before - dilation * tap for tap in range(kernel)] for output in outputs]
    spans = (hull([windows.span(place // stride) for place in row if place % stride == 0]) for row in places)
    return Windows(windows.advance, tuple(spans))


def hull(spans: Sequence[Span]) -> Span:
    """The shortest span that holds all spans."""
    seen = [span for span in spans if span]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def united(paths: Sequence[Windows]) -> Windows:
    """The hull of several paths of one stride, output by output."""
    period = lcm(*(len(path.spans) for path in paths))
    spans = tuple(hull([path.span(output) for path in paths]) for output in range(period))
    advance = paths[0].stride * period
    return shortened(Windows(int(advance), spans))


def shortened(windows: Windows) -> Windows:
    """The same windows with the shortest period.

    Example:
        >>> shortened(Windows(4, ((0, 1), (2, 3))))
        Windows(advance=2, spans=((0, 1),))
    """
    length = len(windows.spans)
    for period in range(1, length):
        if length % period == 0 and windows.advance * period % length == 0:
            candidate = Windows(windows.advance * period // length, windows.spans[:period])
            if all(candidate.span(output) == windows.span(output) for output in range(length)):
                return candidate
    return windows


def disagreement(paths: Sequence[Windows]) -> str:
    """Why the paths cannot be joined, in words; "" if they can."""
    if len({path.stride for path in paths}) > 1:
        return "the paths must have one stride"
    if len({path.center for path in paths} - {None}) > 1 and len({path.end for path in paths} - {None}) > 1:
        return "the paths must be centred on one input cell, or, if they are causal, end on one"
    return ""
