"""What a receptive field is computed from, and what it is: `Layer`, `Branches`, `ReceptiveField`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from reference_impl import checks
from reference_impl.arithmetic import padding_pairs
from reference_impl.checks import refuse

Cells = int | tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """The window of a convolution, a pooling or a transposed convolution; channels do not matter here.

    Args:
        kernel_size: Taps of the window; int or one per axis.
        stride: Step between windows; int or one per axis.
        padding: Cells added: int, one per axis, (lo, hi) pairs per axis, "valid", "causal", "same" or
            "same_lower" (with a stride above 1 these depend on the input size, which must then be given).
        dilation: Step between taps; int or one per axis.
        name: For messages and tables.
        transposed: Whether this is a transposed convolution.

    Raises:
        ValueError: a size, stride or dilation below 1, a negative padding, arguments for different numbers of axes.
        TypeError: an argument that is not a whole number.

    Example:
        >>> Layer((3, 5), stride=2, padding=((1, 1), (0, 4))).axes
        2
    """

    kernel_size: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    name: str = ""
    transposed: bool = False

    def __post_init__(self) -> None:
        axes = self.axes or 1
        self.windows(axes)
        if self.transposed and isinstance(self.padding, str):
            refuse("a transposed layer takes padding as numbers", padding=self.padding)
        checks.padding(self.padding, axes)

    @property
    def axes(self) -> int:
        """Number of axes that the arguments spell out; 0 if one number stands for all axes."""
        values = {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding}
        values["dilation"] = self.dilation
        spelled = {name: len(value) for name, value in values.items() if checks.several(value)}
        if len(set(spelled.values())) > 1:
            refuse("arguments must be for one number of axes", **{name: values[name] for name in spelled})
        return next(iter(spelled.values()), 0)

    def windows(self, axes: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Kernel, stride and dilation, each with one entry an axis."""
        kernel = checks.per_axis("kernel_size", self.kernel_size, axes, least=1)
        stride = checks.per_axis("stride", self.stride, axes, least=1)
        return kernel, stride, checks.per_axis("dilation", self.dilation, axes, least=1)

    def along(self, axes: int) -> list[tuple[int, int, int, int]]:
        """(kernel, stride, padding before, dilation) of each axis."""
        kernel, stride, dilation = self.windows(axes)
        if isinstance(self.padding, str) and self.padding.startswith("same") and max(stride) > 1:
            rule = "padding 'same' depends on the input size when stride > 1; give that size, or the (lo, hi) pairs"
            refuse(rule, padding=self.padding, stride=self.stride)
        pairs = padding_pairs(self.padding, (1,) * axes, kernel, stride, dilation)
        return [(k, s, lo, d) for k, s, (lo, _), d in zip(kernel, stride, pairs, dilation, strict=True)]


@dataclass(frozen=True)
class Branches:
    """Paths from one input that are added or concatenated; an empty path is the identity.

    Args:
        paths: Each a sequence of `Layer` and `Branches`.
        name: For messages and tables.

    Raises:
        ValueError: no path.
        TypeError: a path that is not a sequence of layers.
    """

    paths: Sequence[Sequence["Layer | Branches"]]
    name: str = ""

    def __post_init__(self) -> None:
        if not checks.several(self.paths):
            refuse("paths must be a sequence of paths", error=TypeError, paths=self.paths)
        if not self.paths:
            refuse("there must be at least one path", paths=self.paths)
        for path in self.paths:
            sequence(path)


def one_number(sizes: tuple[int, ...]) -> Cells:
    """One number in place of a tuple of one."""
    first, *others = sizes
    return sizes if others else first


class ReceptiveField(NamedTuple):
    """The input region that one output sees. Numbers, or one per axis where the layers spell out axes.

    Attributes:
        size: Cells from the first to the last cell seen, both included.
        stride: Input cells from one output's region to the next; a `Fraction` below 1 after transposed layers.
        padding: Cells of the first output's region that lie before the input. Its centre is
            (size − 1) / 2 − padding; output o is centred stride · o further on.
    """

    size: Cells
    stride: Any
    padding: Cells | None  # None, as the stride, where no recurrence holds


def sequence(layers: Any) -> None:
    """Refuse what is not a sequence of `Layer` and `Branches`."""
    if not isinstance(layers, Sequence) or isinstance(layers, str):
        refuse("layers must be a sequence of Layer and Branches", error=TypeError, layers=layers)
    for layer in layers:
        if not isinstance(layer, (Layer, Branches)):
            refuse("each layer must be a Layer or Branches", error=TypeError, layer=layer)


def every_layer(layers: Sequence[Layer | Branches]) -> Iterator[Layer]:
    """All `Layer` objects, those on the paths included."""
    for layer in layers:
        if isinstance(layer, Layer):
            yield layer
        else:
            for path in layer.paths:
                yield from every_layer(path)


def plain(value: Fraction) -> int | Fraction:
    """A whole fraction as int."""
    return int(value) if value.denominator == 1 else value
