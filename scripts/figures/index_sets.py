"""Which input cells each output cell reads, as `reference_impl` computes them; the sweeps draw nothing else."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from reference_impl.arithmetic import conv_geometry, conv_transpose_output_size
from reference_impl.conv import im2col
from reference_impl.types import Padding, Pairs, PerAxis


class IndexSets(NamedTuple):
    """The windows of a convolution along all axes."""

    large: tuple[int, ...]  # the side that windows lie on: input of a convolution, output of a transposed one
    small: tuple[int, ...]  # the side with one cell a window
    pads: Pairs  # cells beside `large`: added by a convolution, cut off by a transposed one
    kernel: tuple[int, ...]
    cells: np.ndarray  # (∏small, ∏kernel, axes): cells of `large`, negative or too large where beside it

    @property
    def padded(self) -> tuple[int, ...]:
        """`large` with the cells beside it."""
        return tuple(size + lo + hi for size, (lo, hi) in zip(self.large, self.pads, strict=True))

    def places(self, number: int) -> np.ndarray:
        """The cells of window `number`, counted from the first cell of `padded`."""
        return self.cells[number] + [lo for lo, _ in self.pads]

    def place(self, number: int) -> tuple[int, ...]:
        """The cell of `small` that window `number` belongs to."""
        return tuple(int(index) for index in np.unravel_index(number, self.small))


def reads(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> IndexSets:
    """The cells that each output of a convolution reads: `im2col` of an input that holds its own cell numbers."""
    shapes = (1, 1, *input_size), (1, 1, *kernel_size)
    output, strides, pads, dilations = conv_geometry(*shapes, stride=stride, padding=padding, dilation=dilation)
    padded = [size + lo + hi for size, (lo, hi) in zip(input_size, pads, strict=True)]
    numbered = np.arange(prod(padded)).reshape(1, 1, *padded)
    columns = im2col(numbered, kernel_size, stride=strides, dilation=dilations)[0]  # (∏K, ∏O)
    cells = np.stack(np.unravel_index(columns.T, padded), axis=-1)  # (∏O, ∏K, axes)
    return IndexSets(tuple(input_size), output[2:], pads, tuple(kernel_size), cells - [lo for lo, _ in pads])


def writes(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
) -> IndexSets:
    """The cells that each input of a transposed convolution writes: what the convolution back would read."""
    axes = len(input_size)
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    each = {name: (value,) * axes if isinstance(value, int) else tuple(value) for name, value in options.items()}
    output = [
        conv_transpose_output_size(
            input_size[axis], kernel_size[axis], **{name: value[axis] for name, value in each.items()}
        )
        for axis in range(axes)
    ]
    found = reads(output, kernel_size, stride=stride, padding=padding, dilation=dilation)
    if found.small != tuple(input_size):
        raise ValueError(f"the convolution back from {output} gives {found.small}, not {tuple(input_size)}")
    return found
