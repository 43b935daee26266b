"""Short ways to write an `Operation`, so that a network reads like the table of its paper."""

from collections.abc import Sequence

from reference_impl import checks
from reference_impl.networks.parts import Operation
from reference_impl.types import Padding, PerAxis


def convolution(
    name: str,
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding | None = None,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias: bool = False,
    norm: bool = False,
    activation: str = "relu",
    axes: int = 2,
    kind: str = "conv",
) -> Operation:
    """A convolution. Without `padding`, ⌊d(k − 1)/2⌋ on both sides; an odd kernel with stride 1 then keeps the size.

    Example:
        >>> convolution("conv1", 3, 64, 7, stride=2).padding
        ((3, 3), (3, 3))
    """
    checks.whole("axes", axes, least=1, below=65)
    counts = {"in_channels": in_channels, "out_channels": out_channels, "groups": groups}
    for argument, count in counts.items():
        checks.whole(argument, count, least=1)
    kernel = checks.per_axis("kernel_size", kernel_size, axes, least=1)
    rate = checks.per_axis("dilation", dilation, axes, least=1)
    half = [d * (k - 1) // 2 for k, d in zip(kernel, rate, strict=True)]
    checks.divisible("in_channels", in_channels, groups)
    checks.divisible("out_channels", out_channels, groups)
    return Operation(
        name=name,
        kind=kind,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=kernel,
        stride=checks.per_axis("stride", stride, axes, least=1),
        padding=_pairs(half if padding is None else padding, axes),
        dilation=rate,
        groups=groups,
        bias=bias,
        norm=norm,
        activation=activation,
    )


def pool(
    name: str,
    channels: int,
    kernel_size: PerAxis,
    *,
    stride: PerAxis,
    padding: Padding = 0,
    axes: int = 2,
    kind: str = "max_pool",
) -> Operation:
    """A max pooling, or a mean pooling with `kind="mean_pool"`; channels stay.

    Example:
        >>> pool("pool1", 64, 3, stride=2, padding=1).output_shape((1, 64, 112, 112))
        (1, 64, 56, 56)
    """
    return Operation(
        name=name,
        kind=kind,
        in_channels=channels,
        out_channels=channels,
        kernel_size=checks.per_axis("kernel_size", kernel_size, axes, least=1),
        stride=checks.per_axis("stride", stride, axes, least=1),
        padding=_pairs(padding, axes),
        dilation=(1,) * axes,
    )


def _pairs(padding: Padding, axes: int) -> tuple[tuple[int, int], ...]:
    """One (lo, hi) pair an axis. Words are refused: what "same" adds depends on an input that a table does not know."""
    checked = checks.padding(padding, axes)
    if isinstance(checked, str):
        checks.refuse("padding must be given as numbers", padding=padding)
    return checked


def global_mean_pool(channels: int, *, axes: int = 2) -> Operation:
    """The mean of each channel over all places."""
    return Operation("pool", "adaptive_mean_pool", channels, channels, kernel_size=(1,) * axes)


def linear(name: str, in_channels: int, out_channels: int, *, activation: str = "", bias: bool = True) -> Operation:
    """A fully connected layer over the flattened input."""
    return Operation(name, "linear", in_channels, out_channels, bias=bias, activation=activation)


def channel_shuffling(name: str, channels: int, groups: int) -> Operation:
    """The reordering of channels between two grouped convolutions."""
    return Operation(name, "channel_shuffle", channels, channels, groups=groups)
