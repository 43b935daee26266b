"""Layers on an input of a known size: "same" and "same_lower" become pairs, also where the stride is above 1."""

from collections.abc import Sequence
from dataclasses import replace

from reference_impl.arithmetic import conv_output_size, conv_transpose_output_size, padding_pairs
from reference_impl.checks import refuse
from reference_impl.receptive_field.layers import Branches, Layer

Sizes = tuple[int, ...]


def sized(layers: Sequence[Layer | Branches], sizes: Sizes) -> tuple[list[Layer | Branches], Sizes]:
    """The layers with their padding in numbers, and the sizes behind them.

    Example:
        >>> layers, sizes = sized([Layer(3, 2, "same"), Layer(3, 2, "same")], (8,))
        >>> [layer.padding for layer in layers], sizes
        ([((0, 1),), ((0, 1),)], (2,))
    """
    numbered: list[Layer | Branches] = []
    for layer in layers:
        one, sizes = _branches(layer, sizes) if isinstance(layer, Branches) else _layer(layer, sizes)
        numbered.append(one)
    return numbered, sizes


def _layer(layer: Layer, sizes: Sizes) -> tuple[Layer, Sizes]:
    """One layer, and the sizes behind it."""
    kernel, stride, dilation = layer.windows(len(sizes))
    pairs = padding_pairs(layer.padding, sizes, kernel, stride, dilation)
    behind = conv_transpose_output_size if layer.transposed else conv_output_size
    along = zip(sizes, kernel, stride, pairs, dilation, strict=True)
    return replace(layer, padding=tuple(pairs)), tuple(
        behind(size, k, stride=s, padding=pair, dilation=d) for size, k, s, pair, d in along
    )


def _branches(branches: Branches, sizes: Sizes) -> tuple[Branches, Sizes]:
    """Paths from one input, which must end in one size."""
    ends = [sized(path, sizes) for path in branches.paths]
    if len({end for _, end in ends}) > 1:
        refuse("the paths must end in one size", branches=branches.name, sizes=[end for _, end in ends])
    return replace(branches, paths=[path for path, _ in ends]), ends[0][1]
