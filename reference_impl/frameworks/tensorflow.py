"""Layers in the words of tf.nn: filters with the taps first, "SAME", "VALID" or explicit pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer, effective, meaning
from reference_impl.frameworks.layouts import data_from, data_to, taps_first_of, taps_last_of
from reference_impl.frameworks.needed import needed, release
from reference_impl.frameworks.spelling import arguments, cannot
from reference_impl.types import Pairs, Shape

FRAMEWORK = f"TensorFlow {release('tensorflow', 'tensorflow-cpu')}"
WORDS = {"VALID": "valid", "SAME": "same"}
FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def weight_to(layer: Layer, w: Any) -> Any:
    """The filter as tf.nn wants it; of a separable layer, the two of them.

    Shapes:
        w:       as `layer` says
        returns: (*K, C_in/groups, C_out); depthwise (*K, C_in, m); transposed (*K, C_out/groups, C_in)

    Raises:
        ValueError: a depthwise weight that does not fit the channels.

    Source:
        tf.nn.conv2d, tf.nn.depthwise_conv2d, tf.nn.conv2d_transpose, argument filters.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_to(layer((1, 4, 9), (6, 2, 3), groups=2), np.zeros((6, 2, 3))).shape
        (3, 2, 6)
    """
    return taps_first_of(layer, w)


def weight_from(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from a filter of tf.nn; of a separable layer, from the two.

    Shapes:
        weight:  as `weight_to` returns
        returns: as `layer` says

    Source:
        tf.nn.conv2d, tf.nn.depthwise_conv2d, tf.nn.conv2d_transpose, argument filters.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_from(layer((1, 4, 9), (6, 2, 3), groups=2), np.zeros((3, 2, 6))).shape
        (6, 2, 3)
    """
    return taps_last_of(layer, weight)


def padding_to(layer: Layer) -> Any:
    """The `padding` of a layer: a word that means its pads at this size, or over two axes explicit pairs.

    Raises:
        ValueError: pads that no word means over one or three axes, or in a separable layer.

    Source:
        tf.nn, "Notes on padding".

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_to(layer((1, 3, 9, 8), (4, 3, 3, 3), padding=((0, 1), 2), data_format="channels_last"))
        [[0, 0], [0, 1], [2, 2], [0, 0]]
        >>> padding_to(layer((1, 3, 224, 225), (4, 3, 3, 3), padding=((0, 1), 1), stride=2))
        'SAME'
    """
    if not any(map(any, layer.pads)):
        return "VALID"
    if layer.kind == "conv_transpose":
        sizes = zip(layer.output_shape[2:], layer.input_size, layer.stride, strict=True)
        same = tuple(_same_cut(layer, layer.output_shape[2:])) == layer.pads and all(
            -(-o // s) == i for o, i, s in sizes
        )
    else:
        same = meaning("same", layer)[0] == layer.pads
    if same:
        return "SAME"
    if layer.axes != 2 or layer.kind == "separable":
        rule = "takes explicit pads only in conv2d, depthwise_conv2d and conv2d_transpose"
        cannot(
            FRAMEWORK, rule, instead="pad before with tf.pad, or cut afterwards", kind=layer.kind, padding=layer.pads
        )
    return _around(layer, layer.pads)


def padding_from(layer: Layer, padding: Any, output_size: Any = None) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that tf.nn's `padding` means for a layer of this size.

    A transposed layer needs the output size too: tf.nn has it said and works backwards from it.

    Raises:
        ValueError: a word that tf.nn does not know, or a transposed layer without an output size.

    Source:
        tf.nn, "Notes on padding"; tf.nn.conv2d_transpose, argument output_shape.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_from(layer((1, 3, 224, 225), (4, 3, 3, 3), stride=2), "SAME")
        (((0, 1), (1, 1)), (0, 0))
    """
    if isinstance(padding, str) and padding not in WORDS:
        cannot(FRAMEWORK, "knows 'SAME' and 'VALID'", instead="give pairs, or pad before", padding=padding)
    if layer.kind != "conv_transpose":
        return (
            meaning(WORDS[padding], layer) if isinstance(padding, str) else (_inside(layer, padding), (0,) * layer.axes)
        )
    if output_size is None:
        cannot(FRAMEWORK, "is told the output size of a transposed layer", instead="give it", output_size=output_size)
    if padding == "SAME":
        pads = tuple(_same_cut(layer, output_size))
    else:
        pads = ((0, 0),) * layer.axes if padding == "VALID" else _inside(layer, padding)
    axes = zip(output_size, pads, _whole_size(layer), strict=True)
    return pads, tuple(cells + lo + hi - size for cells, (lo, hi), size in axes)


def _whole_size(layer: Layer) -> Shape:
    """Output cells of a transposed layer when nothing is cut off."""
    axes = zip(layer.input_size, layer.stride, effective(layer), strict=True)
    return tuple((i - 1) * s + k for i, s, k in axes)


def _same_cut(layer: Layer, output_size: Any) -> Any:
    """Cells that "SAME" cuts off a transposed layer of this output size: half at each end, the odd one at the end."""
    for size, whole in zip(output_size, _whole_size(layer), strict=True):
        cut = max(whole - size, 0)
        yield cut // 2, cut - cut // 2


def _around(layer: Layer, pairs: Any) -> list[list[int]]:
    """Pairs for all axes of an array, none for batch and channels."""
    spatial = [list(pair) for pair in pairs]
    return [[0, 0], *spatial, [0, 0]] if layer.channels_last else [[0, 0], [0, 0], *spatial]


def _inside(layer: Layer, pairs: Any) -> Pairs:
    """The spatial ones of the pairs for all axes."""
    return tuple((lo, hi) for lo, hi in (pairs[1:-1] if layer.channels_last else pairs[2:]))


def call(layer: Layer) -> str:
    """The line of source that computes a layer from x, w and b; a separable layer has its filters in w[0] and w[1].

    Raises:
        ValueError: a depthwise or separable layer over one or three axes, which tf.nn does not have; output_padding
            that is no less than the stride; strides with dilations of a depthwise layer.

    Source:
        tf.nn.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> print(call(layer((1, 3, 8, 8), (4, 3, 3, 3), stride=2, padding="same", data_format="channels_last")))
        tf.nn.bias_add(tf.nn.conv2d(x, w, strides=[1, 2, 2, 1], padding='SAME', data_format='NHWC'), b)
    """
    if layer.kind in ("depthwise", "separable") and layer.axes != 2:
        rule = "has depthwise_conv2d and separable_conv2d, and none over one or three axes"
        cannot(FRAMEWORK, rule, instead="use groups of one channel (kind='conv')", kind=layer.kind, axes=layer.axes)
    if layer.kind in ("depthwise", "separable") and max(layer.stride) > 1 and max(layer.dilation) > 1:
        rule = "computes something else, with a warning at most, where a depthwise layer has strides and dilations"
        got = {"stride": layer.stride, "dilation": layer.dilation}
        cannot(FRAMEWORK, rule, instead="use stride 1 and keep every s-th cell", **got)
    line = _transposed(layer) if layer.kind == "conv_transpose" else _ordinary(layer)
    if not layer.bias:
        return line
    return f"tf.nn.bias_add({line}, b{'' if layer.channels_last else ', data_format=' + repr('NC..')})"


def _ordinary(layer: Layer) -> str:
    """`tf.nn.conv2d(…)`, padded before where its argument cannot say how."""
    x, weights = "x", "w[0], w[1]" if layer.kind == "separable" else "w"
    try:
        padding = padding_to(layer)
    except ValueError:
        x, padding = f"tf.pad(x, {_around(layer, layer.pads)})", "VALID"
    names = {"conv": f"conv{layer.axes}d", "depthwise": "depthwise_conv2d", "separable": "separable_conv2d"}
    return f"tf.nn.{names[layer.kind]}({x}, {weights}{_options(layer, padding)})"


def _options(layer: Layer, padding: Any) -> str:
    """Keyword arguments: strides have an entry an axis, batch and channels included, in all but conv1d."""
    strides, dilations = (_entries(layer, values) for values in (layer.stride, layer.dilation))
    if layer.kind in ("depthwise", "separable"):
        dilations = list(layer.dilation)
    if layer.axes == 1:
        strides, dilations = layer.stride[0], layer.dilation[0]
    name = "stride" if layer.axes == 1 and layer.kind == "conv" else "strides"
    return arguments(
        **{name: strides},
        padding=repr(padding),
        data_format=repr(FORMATS[layer.axes][not layer.channels_last]),
        dilations=None if set(layer.dilation) == {1} else dilations,
    )


def _entries(layer: Layer, values: Shape) -> list[int]:
    """An entry for every axis of an array: 1 for batch and channels."""
    return [1, *values, 1] if layer.channels_last else [1, 1, *values]


def _transposed(layer: Layer) -> str:
    """`tf.nn.conv2d_transpose(…)` with its output shape, cut afterwards where its argument cannot say how."""
    if any(more >= step for more, step in zip(layer.output_padding, layer.stride, strict=True)):
        rule = "works backwards from an output size that a forward layer maps to the input: fewer cells than a stride"
        got = {"output_padding": layer.output_padding, "stride": layer.stride}
        cannot(FRAMEWORK, rule, instead="pad the result, whose further cells are the bias alone", **got)
    size, cut = layer.output_shape[2:], ""
    try:
        padding = padding_to(layer)
    except ValueError:
        padding, size = "VALID", tuple(o + lo + hi for o, (lo, hi) in zip(size, layer.pads, strict=True))
        slices = [f"{lo or ''}:{-hi or ''}" for lo, hi in layer.pads]
        cut = f"[{', '.join([':', *slices] if layer.channels_last else ['...', *slices])}]"
    channels = [layer.out_channels]
    shape = (
        [layer.input_shape[0], *size, *channels] if layer.channels_last else [layer.input_shape[0], *channels, *size]
    )
    return f"tf.nn.conv{layer.axes}d_transpose(x, w, {shape}{_options(layer, padding)}){cut}"


def run(layer: Layer, x: np.ndarray, w: Any, b: np.ndarray | None = None) -> np.ndarray:
    """What the line of `call` computes, in TensorFlow on the CPU.

    Shapes:
        x:       (N, C_in, *S), whatever the layer's data_format
        w:       as `layer` says
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        NotImplementedError: what TensorFlow has no kernel for on the CPU.

    Source:
        tf.nn.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> x, w = np.arange(5.0).reshape(1, 1, 5), np.ones((1, 1, 2))
        >>> given = layer(x.shape, w.shape, stride=2, padding="same", bias=False, data_format="channels_last")
        >>> run(given, x, w).ravel().tolist()
        [1.0, 5.0, 4.0]
    """
    tf = needed("tensorflow")
    names = {"tf": tf, "x": data_to(layer, x), "w": weight_to(layer, w), "b": b}
    line = call(layer)
    try:
        y = eval(line, names).numpy()  # the very line that the reader is shown
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as gap:
        said = gap.message.partition("}} ")[2].partition(" [Op:")[0]
        rule = f"has no kernel for this on the CPU: {said}"
        cannot(FRAMEWORK, rule, instead="use channels last, or Keras", error=NotImplementedError, line=line)
    return data_from(layer, y)
