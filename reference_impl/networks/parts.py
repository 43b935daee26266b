"""The three kinds of data that networks are made of: `Operation`, `Parallel`, `Network`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from reference_impl.arithmetic import conv_macs, conv_output_size
from reference_impl.checks import one_of, refuse, whole

CONVOLUTIONS = ("conv", "conv_transpose")
POOLS = ("max_pool", "mean_pool")
KINDS = (*CONVOLUTIONS, *POOLS, "adaptive_mean_pool", "linear", "channel_shuffle")
ACTIVATIONS = ("", "relu", "tanh", "sigmoid")
JOINS = ("add", "concat", "multiply")


@dataclass(frozen=True)
class Operation:
    """One layer of a network: what it is, its channels and its window. Per-axis values are tuples, one entry an axis.

    Local response normalisation, dropout and softmax have no weights and keep the shape; tables leave them out.

    Args:
        name: Unique among its neighbours.
        kind: A word of `KINDS`. "linear" flattens its input first; "adaptive_mean_pool" cuts each axis into
            `kernel_size` equal parts and averages each.
        in_channels: Input channels (numbers per image for "linear").
        out_channels: Output channels.
        kernel_size: Taps per axis.
        stride: Step between windows, per axis.
        padding: (lo, hi) cells added, per axis.
        dilation: Step between taps, per axis.
        groups: Groups of channels that do not meet.
        bias: Whether each output channel has a bias.
        norm: Whether a batch normalisation follows: a factor and an offset per output channel.
        activation: "relu", "tanh", "sigmoid" or "", after the normalisation.

    Raises:
        ValueError: another kind or activation, or a number of channels or groups below 1.
        TypeError: channels or groups that are no whole number.
    """

    name: str
    kind: str
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: tuple[tuple[int, int], ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    bias: bool = False
    norm: bool = False
    activation: str = ""

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        one_of("activation", self.activation, ACTIVATIONS)
        for name in ("in_channels", "out_channels", "groups"):
            whole(name, getattr(self, name), least=1)

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(C_out, C_in/g, *K); transposed (C_in, C_out/g, *K); linear (C_out, C_in); () without weights."""
        if self.kind == "conv_transpose":
            return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        if self.kind in ("conv", "linear"):
            return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        return ()

    @property
    def weights(self) -> int:
        """Numbers in the weight alone."""
        return prod(self.weight_shape) if self.weight_shape else 0

    @property
    def parameters(self) -> int:
        """Trainable numbers: weight, biases, and two per channel of a batch normalisation."""
        return self.weights + self.out_channels * (self.bias + 2 * self.norm)

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """(N, C_in, *S) → (N, C_out, *O).

        Raises:
            ValueError: an input whose channels or axes do not fit.
        """
        channels = prod(input_shape[1:]) if self.kind == "linear" else input_shape[1]
        axes = 0 if self.kind == "linear" else len(self.kernel_size) or len(input_shape) - 2
        if channels != self.in_channels or axes not in (0, len(input_shape) - 2):
            got = {"layer": self.name, "in_channels": self.in_channels, "input_shape": tuple(input_shape)}
            refuse("the input must have the layer's channels and axes", **got)
        return (input_shape[0], self.out_channels, *self._spatial(input_shape[2:]))

    def _spatial(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Sizes of the output, one an axis."""
        if self.kind == "linear":
            return ()
        if self.kind == "channel_shuffle":
            return tuple(sizes)
        if self.kind == "adaptive_mean_pool":
            return self.kernel_size
        axes = zip(sizes, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        if self.kind == "conv_transpose":
            return tuple((i - 1) * s - lo - hi + d * (k - 1) + 1 for i, k, s, (lo, hi), d in axes)
        return tuple(conv_output_size(i, k, stride=s, padding=pair, dilation=d) for i, k, s, pair, d in axes)

    def macs(self, input_shape: Sequence[int]) -> int:
        """Multiply–accumulates with the weight; pools, normalisations, activations and biases count nothing."""
        if self.kind == "conv":
            window = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
            return conv_macs(input_shape, self.weight_shape, **window, groups=self.groups)
        places = prod(input_shape[2:]) if self.kind == "conv_transpose" else 1  # each input cell meets each tap once
        return input_shape[0] * places * self.weights


@dataclass(frozen=True)
class Parallel:
    """Several paths from one input to one output. An empty path is the identity, so a residual is `Parallel((f, ()))`.

    Args:
        name: Name of the block.
        paths: Each a tuple of `Operation` and `Parallel`.
        join: "add", "concat" (along channels) or "multiply".
        activation: Applied to the joined result.

    Raises:
        ValueError: another word for join, or a name that occurs twice on the paths.
    """

    name: str
    paths: tuple[tuple["Operation | Parallel", ...], ...]
    join: str = "add"
    activation: str = ""

    def __post_init__(self) -> None:
        one_of("join", self.join, JOINS)
        _names_differ(self.name, [part for path in self.paths for part in path])


Part = Operation | Parallel


@dataclass(frozen=True)
class Network:
    """A named network: the shape it is fed, (N, C, *S), and its parts in order.

    Raises:
        ValueError: a name that two parts share.
    """

    name: str
    input_shape: tuple[int, ...]
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        _names_differ(self.name, self.parts)

    @property
    def layers(self) -> tuple[Operation, ...]:
        """Every `Operation`, in order, those inside the paths of a `Parallel` included."""
        return tuple(operations(self.parts))

    @property
    def parameters(self) -> int:
        """Trainable numbers of all layers."""
        return sum(layer.parameters for layer in self.layers)

    def upto(self, name: str) -> "Network":
        """The network cut after the part `name`.

        Raises:
            ValueError: no part of that name.
        """
        names = [part.name for part in self.parts]
        if name not in names:
            refuse(f"name must be a part of {self.name}: {', '.join(names)}", name=name)
        return Network(self.name, self.input_shape, self.parts[: names.index(name) + 1])


def _names_differ(owner: str, parts: Sequence[Part]) -> None:
    """Refuse two parts of one name: tables tell them apart by name."""
    names = [part.name for part in parts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        refuse(f"the parts of {owner!r} must have different names", names=twice)


def operations(parts: Sequence[Part]) -> Iterator[Operation]:
    """Every `Operation` of the parts, depth first."""
    for part in parts:
        if isinstance(part, Operation):
            yield part
        else:
            for path in part.paths:
                yield from operations(path)


def joined_shape(join: str, shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Shape after joining paths: channels add up for "concat", all shapes are equal otherwise.

    Raises:
        ValueError: shapes that cannot be joined.
    """
    first = tuple(shapes[0])
    matter = [(shape[0], *shape[2:]) if join == "concat" else tuple(shape) for shape in shapes]
    if len(set(matter)) > 1:
        refuse("the paths must end in shapes that fit each other", join=join, shapes=list(shapes))
    return (first[0], sum(shape[1] for shape in shapes), *first[2:]) if join == "concat" else first
