"""A kernel on its way over an input, one frame an output cell, for any chapter.

What a chapter writes::

    def strided():
        return sweep((5, 5), (3, 3), stride=2, padding=1)

    def causal():
        return sweep((7,), (3,), padding="causal", dilation=2)

    def by_hand():
        return sweep((3, 3), (2, 2), x=np.arange(9).reshape(3, 3), w=np.arange(4).reshape(2, 2))

    def spread():
        return sweep_transposed((2, 2), (3, 3), stride=2)

Rows of cells for one axis, sheets for two, blocks for three. Blue comes in, orange is the kernel where it stands, green
comes out; grey cells are padding, or what a transposed convolution cuts off. With numbers ``x`` and ``w`` each frame
multiplies its window out. Where nothing moves one window stands, and a dot marks the first tap of every window.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reference_impl.arrays import pad
from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose
from reference_impl.types import Padding, PerAxis
from scripts.figures.index_sets import IndexSets, reads, writes
from scripts.figures.sweep_drawings import BACK, FORWARD, Sweep, drawn


def sweep(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    x: np.ndarray | None = None,
    w: np.ndarray | None = None,
    shown: int = 0,
) -> Figure:
    """A convolution, window by window.

    Args:
        input_size: Cells along one, two or three axes.
        kernel_size: Taps along each.
        stride: As in `conv`.
        padding: As in `conv`.
        dilation: As in `conv`.
        padding_mode: As in `conv`; it is seen in the numbers beside ``x``.
        x: Numbers of the input, of shape ``input_size``, for one or two axes.
        w: Numbers of the kernel.
        shown: The output, counted in reading order, whose window stands where nothing moves.
    """
    sets = reads(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    large = small = None
    if x is not None:
        large = pad(x, sets.pads, padding_mode)
    if x is not None and w is not None:
        options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
        small = conv(x[None, None], w[None, None], **options, padding_mode=padding_mode)[0, 0]
    lines = _products(sets, large, w, small) if small is not None and w is not None else _whereabouts(sets, "reads")
    return drawn(Sweep(sets, FORWARD, large, small, w, lines, shown))


def sweep_transposed(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    x: np.ndarray | None = None,
    w: np.ndarray | None = None,
    shown: int = 0,
) -> Figure:
    """A transposed convolution: each input cell spreads over its window of the output, where windows add up.

    Without ``x`` and ``w`` the numbers in the output count how many input cells write there. Grey cells are cut off by
    ``padding``. Arguments are those of `sweep` and of `conv_transpose`.
    """
    options: dict[str, Any] = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    sets = writes(input_size, kernel_size, **options)
    count = np.zeros(sets.padded, dtype=int)
    for number in range(len(sets.cells)):
        np.add.at(count, tuple(sets.places(number).T), 1)
    large = count
    if x is not None and w is not None:
        uncut: dict[str, Any] = options | {"padding": 0}
        large = conv_transpose(x[None, None], w[None, None], **uncut)[0, 0]
    return drawn(Sweep(sets, BACK, large, x, w, _whereabouts(sets, "writes"), shown))


# --- what a frame says ------------------------------------------------------------------------------------------------


def _whereabouts(sets: IndexSets, verb: str) -> list[list[str]]:
    """For each window the cell it belongs to and the cells under it, axis by axis."""
    symbol = "y" if verb == "reads" else "x"
    said = []
    for number, cells in enumerate(sets.cells):
        place = ", ".join(map(str, sets.place(number)))
        spans = [_listed(sorted({int(cell) for cell in axis})) for axis in cells.T]
        said.append([f"{symbol}[{place}] {verb} {' × '.join(spans)}"])
    return said


def _listed(cells: Sequence[int]) -> str:
    """Neighbours as a span, others one by one: 0…2, or 0, 2, 4."""
    apart = any(b - a != 1 for a, b in itertools.pairwise(cells))
    text = ", ".join(map(str, cells)) if apart else f"{cells[0]}…{cells[-1]}"
    return (text if len(cells) > 1 else str(cells[0])).replace("-", "−")


def _products(sets: IndexSets, large: Any, w: np.ndarray, small: np.ndarray) -> list[list[str]]:
    """For each window its products, one line for a row of the kernel, and their sum."""
    said = []
    for number in range(len(sets.cells)):
        pairs = zip(large[tuple(sets.places(number).T)], w.flat, strict=True)
        terms = [f"{value}·{weight}" if weight >= 0 else f"{value}·({weight})" for value, weight in pairs]
        step = sets.kernel[-1]
        rows = [" + ".join(terms[start : start + step]) for start in range(0, len(terms), step)]
        said.append([f"{row} +" for row in rows[:-1]] + [f"{rows[-1]} = {small[sets.place(number)]}"])
    return [[line.replace("-", "−") for line in lines] for lines in said]
