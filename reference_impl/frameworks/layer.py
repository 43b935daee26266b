"""A layer with everything spelled out, and what several frameworks need of it. Imports no framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from reference_impl.arithmetic import conv_geometry, conv_transpose_geometry, keras_transpose_arguments, padding_pairs
from reference_impl.checks import one_of, per_axis, refuse, several
from reference_impl.types import Padding, Pairs, PerAxis, Shape

KINDS = ("conv", "depthwise", "separable", "conv_transpose")
DATA_FORMATS = ("channels_first", "channels_last")


class Layer(NamedTuple):
    """A checked layer, one entry an axis; sizes and channels are those of the input it is called with."""

    kind: str
    input_shape: Shape  # (N, C_in, *S)
    output_shape: Shape  # (N, C_out, *O)
    kernel_size: Shape
    stride: Shape
    padding: str | None  # the word, where one was given
    pads: Pairs  # cells added outside; of a transposed convolution, output cells cut off
    output_padding: Shape
    dilation: Shape
    groups: int
    bias: bool
    data_format: str
    depth_multiplier: int  # kernels a channel, of a depthwise or separable layer

    @property
    def axes(self) -> int:
        """Number of spatial axes."""
        return len(self.kernel_size)

    @property
    def input_size(self) -> Shape:
        """Spatial size of the input."""
        return self.input_shape[2:]

    @property
    def in_channels(self) -> int:
        """Channels of the input."""
        return self.input_shape[1]

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.output_shape[1]

    @property
    def channels_last(self) -> bool:
        """Whether the framework is to see (N, *S, C)."""
        return self.data_format == "channels_last"


def layer(
    x_shape: Sequence[int],
    w_shape: Sequence[Any],
    *,
    kind: str = "conv",
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias: bool = True,
    data_format: str = "channels_first",
) -> Layer:
    """Describe a layer in the handbook's words, checked, for the frameworks to translate.

    Shapes:
        x_shape: (N, C_in, *S)
        w_shape: (C_out, C_in/groups, *K); depthwise (m·C_in, 1, *K); separable the pair of (m·C_in, 1, *K) and
            (C_out, m·C_in, 1, …, 1); transposed (C_in, C_out/groups, *K)

    Args:
        x_shape: Shape of the input, channels first whatever `data_format` says.
        w_shape: Shape of the weight; of a separable layer, the two shapes.
        kind: "conv", "depthwise", "separable" or "conv_transpose".
        stride: Int or one per axis.
        padding: As in `conv`; of a transposed layer numbers, as in `conv_transpose`.
        output_padding: Of a transposed layer, cells kept in addition at the end.
        dilation: Int or one per axis.
        groups: Groups of an ordinary or transposed layer; depthwise and separable ones have C_in of them.
        bias: Whether a bias is added.
        data_format: The layout in which the framework is to see the arrays: "channels_first" or "channels_last".

    Raises:
        ValueError: shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        torch.nn.Conv2d and torch.nn.ConvTranspose2d, whose words these are.

    Example:
        >>> strided = layer((1, 3, 224, 160), (8, 3, 3, 3), stride=2, padding="same")
        >>> strided.pads, strided.output_shape
        (((0, 1), (0, 1)), (1, 8, 112, 80))
    """
    one_of("kind", kind, KINDS)
    one_of("data_format", data_format, DATA_FORMATS)
    kernel_shape = _kernel_shape(kind, w_shape)
    if kind in ("depthwise", "separable"):
        if groups != 1:
            refuse(f"a {kind} layer has as many groups as channels; leave groups out", groups=groups)
        groups = x_shape[1]
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if kind == "conv_transpose":
        geometry = conv_transpose_geometry(x_shape, w_shape, output_padding=output_padding, **options)
    else:
        geometry = conv_geometry(x_shape, kernel_shape, **options)
    extra = per_axis("output_padding", output_padding, len(kernel_shape) - 2, least=0)
    if kind != "conv_transpose" and any(extra):
        refuse("only a transposed layer has output_padding", kind=kind, output_padding=output_padding)
    output_shape = geometry.output_shape
    if kind == "separable":
        output_shape = (output_shape[0], _pointwise_outputs(w_shape), *output_shape[2:])
    word = padding if isinstance(padding, str) else None
    rest = (geometry.stride, word, geometry.pads, extra, geometry.dilation, groups, bias, data_format)
    multiplier = kernel_shape[0] // x_shape[1] if kind in ("depthwise", "separable") else 1
    return Layer(kind, tuple(x_shape), output_shape, tuple(kernel_shape[2:]), *rest, multiplier)


def _kernel_shape(kind: str, w_shape: Any) -> Sequence[int]:
    """The shape of the weight that has the taps."""
    if kind != "separable":
        return w_shape
    if len(w_shape) != 2 or not all(map(several, w_shape)):
        refuse(
            "w_shape of a separable layer must be the shapes of its depthwise and pointwise weights", w_shape=w_shape
        )
    return w_shape[0]


def _pointwise_outputs(w_shape: Any) -> int:
    """C_out of a separable layer whose two weights fit each other."""
    depthwise, pointwise = map(tuple, w_shape)
    if len(pointwise) != len(depthwise) or set(pointwise[2:]) != {1} or pointwise[1] != depthwise[0]:
        refuse("the pointwise weight must have shape (C_out, m·C_in, 1, …, 1)", w_shape=w_shape)
    return pointwise[0]


def meaning(word: str, given: Layer) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that a word means for a layer of this input, kernel, stride and dilation.

    For a transposed layer the words are those of Keras, TensorFlow and ONNX.

    Example:
        >>> meaning("same", layer((1, 3, 8, 7), (4, 3, 3, 3), stride=2))
        (((0, 1), (1, 1)), (0, 0))
    """
    if given.kind != "conv_transpose":
        return padding_pairs(word, given.input_size, given.kernel_size, given.stride, given.dilation), (0,) * given.axes
    axes = zip(given.kernel_size, given.stride, given.dilation, strict=True)
    cuts, extra = zip(*(keras_transpose_arguments(word, k, stride=s, dilation=d) for k, s, d in axes), strict=True)
    return cuts, extra


def effective(given: Layer) -> Shape:
    """Cells from the first to the last tap, an entry an axis.

    Example:
        >>> effective(layer((1, 1, 9), (1, 1, 3), dilation=4))
        (9,)
    """
    return tuple(d * (k - 1) + 1 for k, d in zip(given.kernel_size, given.dilation, strict=True))
