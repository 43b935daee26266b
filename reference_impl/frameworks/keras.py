"""Layers in the words of Keras, on the backend it is set to: kernels with the taps first, padding by words."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer, effective, meaning
from reference_impl.frameworks.layouts import data_from, data_to, taps_first_of, taps_last_of
from reference_impl.frameworks.needed import needed, release
from reference_impl.frameworks.spelling import arguments, cannot, short, unless
from reference_impl.types import Pairs, Shape

FRAMEWORK = f"Keras {release('keras')}"
NAMES = {"conv": "Conv{}D", "depthwise": "DepthwiseConv{}D", "separable": "SeparableConv{}D"}


def weight_to(layer: Layer, w: Any) -> Any:
    """The kernel as a Keras layer holds it, in both data formats; of a separable layer, the two of them.

    Shapes:
        w:       as `layer` says
        returns: (*K, C_in/groups, C_out); depthwise (*K, C_in, m); transposed (*K, C_out, C_in)

    Raises:
        ValueError: a transposed weight in groups, which Keras does not have.

    Source:
        keras.src.layers.convolutional, build of each layer.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_to(layer((1, 3, 9), (6, 1, 4), kind="depthwise"), np.zeros((6, 1, 4))).shape
        (4, 3, 2)
    """
    _has(layer)
    return taps_first_of(layer, w)


def weight_from(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from the kernel of a Keras layer; of a separable layer, from the two.

    Shapes:
        weight:  as `weight_to` returns
        returns: as `layer` says

    Source:
        keras.src.layers.convolutional, build of each layer.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_from(layer((1, 3, 9), (6, 1, 4), kind="depthwise"), np.zeros((4, 3, 2))).shape
        (6, 1, 4)
    """
    return taps_last_of(layer, weight)


def padding_to(layer: Layer) -> dict[str, Any]:
    """The arguments that pad a layer: a word that means its pads at this size; of a transposed one perhaps with more.

    Raises:
        ValueError: pads that no word means at this size.

    Source:
        keras.layers.Conv2D, argument padding; keras.layers.Conv2DTranspose, argument output_padding.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_to(layer((1, 3, 224, 225), (4, 3, 3, 3), padding=((0, 1), 1), stride=2))
        {'padding': 'same'}
        >>> padding_to(layer((1, 3, 9), (3, 4, 3), kind="conv_transpose", stride=2, padding=1))
        {'padding': 'same', 'output_padding': (0,)}
    """
    wanted = _ends(layer.pads, layer.output_padding)
    fitting = [found for found in _spellings(layer) if _ends(*padding_from(layer, **found)) == wanted]
    if not fitting:
        got = {"pads": layer.pads, "output_padding": layer.output_padding, "input_size": layer.input_size}
        rule = "has the words 'valid', 'same' and, in Conv1D, 'causal', and none means this"
        instead = "crop afterwards" if layer.kind == "conv_transpose" else f"pad before with ZeroPadding{layer.axes}D"
        cannot(FRAMEWORK, rule, instead=instead, **got)
    return fitting[0]


def _spellings(layer: Layer) -> Any:
    """Every way to pad this layer in Keras that could mean what it asks for."""
    if layer.kind != "conv_transpose":
        words = ("valid", "same", *(("causal",) if layer.axes == 1 and layer.kind == "conv" else ()))
        yield from ({"padding": word} for word in words)
        return
    yield from ({"padding": word} for word in ("same", "valid"))
    axes = list(zip(layer.output_shape[2:], layer.input_size, layer.stride, effective(layer), strict=True))
    for word in ("same", "valid"):
        extra = tuple(o - (i - 1) * s - (k % 2 if word == "same" else k) for o, i, s, k in axes)
        whole = word == "valid" or all(-(-o // s) == i for o, i, s, _ in axes)  # what TensorFlow as a backend asks for
        if whole and all(0 <= more < s for more, s in zip(extra, layer.stride, strict=True)):
            yield {"padding": word, "output_padding": extra}


def _ends(pads: Pairs, extra: Shape) -> list[tuple[int, int]]:
    """Cells added or cut off at the begin and, less those kept in addition, at the end."""
    return [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]


def padding_from(layer: Layer, padding: str, output_padding: Any = None) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that Keras' arguments mean for a layer of this size.

    A transposed layer with "same" and output_padding has (input − 1)·stride + (kernel odd) + output_padding cells.

    Raises:
        ValueError: a word without meaning in this layer.

    Source:
        keras.src.backend.common.backend_utils.compute_conv_transpose_output_shape.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_from(layer((1, 3, 9), (3, 4, 3), kind="conv_transpose", stride=2), "same")
        (((0, 1),), (0,))
    """
    known = ("valid", "same", "causal") if layer.axes == 1 and layer.kind == "conv" else ("valid", "same")
    if padding not in known:
        rule = f"knows {', '.join(map(repr, known))} in this layer"
        cannot(FRAMEWORK, rule, instead="pad before", kind=layer.kind, axes=layer.axes, padding=padding)
    if output_padding is None:
        return meaning(padding, layer)
    extra = (output_padding,) * layer.axes if isinstance(output_padding, int) else tuple(output_padding)
    if padding == "valid":
        return ((0, 0),) * layer.axes, extra
    cuts = [k - k % 2 - more for k, more in zip(effective(layer), extra, strict=True)]
    pads = tuple((max(cut, 0) // 2, max(cut, 0) - max(cut, 0) // 2) for cut in cuts)
    return pads, tuple(max(-cut, 0) for cut in cuts)


def _has(layer: Layer) -> None:
    """Refuse the layers that Keras does not have."""
    if layer.kind in ("depthwise", "separable") and layer.axes == 3:
        rule = "has depthwise and separable layers over one and two axes"
        cannot(FRAMEWORK, rule, instead="use Conv3D with as many groups as channels", kind=layer.kind, axes=layer.axes)
    if layer.kind == "conv_transpose" and layer.groups > 1:
        cannot(FRAMEWORK, "has no groups in transposed layers", instead="split the channels", groups=layer.groups)
    if layer.kind in ("conv", "conv_transpose") and max(layer.stride) > 1 and max(layer.dilation) > 1:
        rule = "refuses strides above 1 with dilations above 1 in ordinary and transposed layers"
        instead = "use stride 1 and keep every s-th cell"
        cannot(FRAMEWORK, rule, instead=instead, stride=layer.stride, dilation=layer.dilation)


def call(layer: Layer) -> str:
    """The line of source that makes the layer; one that pads before or crops afterwards is a Sequential.

    Raises:
        ValueError: a layer that Keras does not have.

    Source:
        keras.layers.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> print(call(layer((1, 3, 8, 8), (4, 3, 3, 3), stride=2, padding="same", data_format="channels_last")))
        keras.layers.Conv2D(4, 3, strides=2, padding='same')
    """
    _has(layer)
    try:
        return _one(layer, padding_to(layer))
    except ValueError:
        main = _one(layer, {"padding": "valid"})
    data_format = "" if layer.channels_last else ", data_format='channels_first'"
    if layer.kind != "conv_transpose":
        pads = layer.pads[0] if layer.axes == 1 else layer.pads
        return f"keras.Sequential([keras.layers.ZeroPadding{layer.axes}D({pads}{data_format}), {main}])"
    if layer.axes == 1 and not layer.channels_last:
        instead = "crop by slicing, or use channels last"
        cannot(FRAMEWORK, "has no data_format in Cropping1D", instead=instead, data_format=layer.data_format)
    axes = zip(_ends(layer.pads, layer.output_padding), meaning("valid", layer)[1], strict=True)
    crops = tuple((lo, hi + more) for (lo, hi), more in axes)
    if any(hi < 0 for _, hi in crops):
        rule = "keeps fewer cells in addition at the end than this, and none with what is cut off at the beginning"
        got = {"pads": layer.pads, "output_padding": layer.output_padding}
        cannot(FRAMEWORK, rule, instead="pad the result, whose further cells are the bias alone", **got)
    cropping = f"keras.layers.Cropping{layer.axes}D({crops[0] if layer.axes == 1 else crops}{data_format})"
    return f"keras.Sequential([{main}, {cropping}])"


def _one(layer: Layer, padding: dict[str, Any]) -> str:
    """`keras.layers.Conv2D(…)`: filters and kernel size, then what differs from the defaults."""
    name = NAMES.get(layer.kind, "Conv{}DTranspose").format(layer.axes)
    word, extra = padding["padding"], padding.get("output_padding")
    multiplied = layer.kind in ("depthwise", "separable") and layer.depth_multiplier > 1
    options = arguments(
        strides=unless(1, layer.stride),
        padding=None if word == "valid" else repr(word),
        output_padding=None if extra is None else short(extra),
        dilation_rate=unless(1, layer.dilation),
        depth_multiplier=layer.depth_multiplier if multiplied else None,
        groups=layer.groups if layer.kind == "conv" and layer.groups > 1 else None,
        use_bias=None if layer.bias else False,
        data_format=None if layer.channels_last else "'channels_first'",
    )
    filters = "" if layer.kind == "depthwise" else f"{layer.out_channels}, "
    return f"keras.layers.{name}({filters}{short(layer.kernel_size)}{options})"


def run(layer: Layer, x: np.ndarray, w: Any, b: np.ndarray | None = None) -> np.ndarray:
    """What the layer of `call` computes with these weights, on the backend that Keras is set to.

    Shapes:
        x:       (N, C_in, *S), whatever the layer's data_format
        w:       as `layer` says
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        NotImplementedError: what the backend has no kernel for; a bias that the backend tensorflow adds to the wrong
            axis.

    Source:
        keras.layers.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> x, w = np.arange(5, dtype=np.float32).reshape(1, 1, 5), np.ones((1, 1, 2), np.float32)
        >>> given = layer(x.shape, w.shape, stride=2, padding="same", bias=False, data_format="channels_last")
        >>> run(given, x, w).ravel().tolist()
        [1.0, 5.0, 4.0]
    """
    line, keras = call(layer), needed("keras")
    _bias_is_added_right(layer, line, keras.backend.backend())
    model = eval(line, {"keras": keras})  # the very line that the reader is shown
    given = data_to(layer, x)
    try:
        model.build(given.shape)
        weights = weight_to(layer, w)
        weights = list(weights) if layer.kind == "separable" else [weights]
        model.set_weights(weights if b is None else [*weights, b])
        y: Any = keras.ops.convert_to_numpy(model(given))
    except Exception as gap:
        if type(gap).__name__ not in ("InvalidArgumentError", "UnimplementedError"):
            raise
        said = str(gap).partition("}} ")[2].partition(" [Op:")[0].partition(" \n")[0]
        rule = f"on {keras.backend.backend()} has no kernel for this on the CPU: {said}"
        cannot(FRAMEWORK, rule, instead="use equal strides", error=NotImplementedError, line=line)
    return data_from(layer, y)


def _bias_is_added_right(layer: Layer, line: str, backend: str) -> None:
    """Refuse the bias that the backend tensorflow takes for one of the last axis, going by its length."""
    i, s, k = layer.input_size[-1], layer.stride[-1], effective(layer)[-1]
    width = i * s + max(k - s, 0) if "Cropping" in line else layer.output_shape[-1]  # before it is cropped
    mistaken = backend == "tensorflow" and not layer.channels_last and width == layer.out_channels > 1
    if layer.bias and mistaken:
        rule = "on tensorflow adds the bias along the last axis where channels come first and that axis is as long"
        got = {"channels": layer.out_channels, "last_axis": width}
        cannot(FRAMEWORK, rule, instead="use channels last", error=NotImplementedError, **got)
