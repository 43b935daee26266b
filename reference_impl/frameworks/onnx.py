"""Layers in the words of ONNX: nodes of operators Conv and ConvTranspose, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer, meaning
from reference_impl.frameworks.layouts import data_from, data_to
from reference_impl.frameworks.needed import needed, release
from reference_impl.frameworks.spelling import cannot
from reference_impl.types import Pairs, Shape

FRAMEWORK = f"ONNX {release('onnx')}"
RUNTIME = f"Runtime {release('onnxruntime')}"
OPSET = 22  # the newest in which Conv and ConvTranspose changed
WORDS = {"VALID": "valid", "SAME_UPPER": "same", "SAME_LOWER": "same_lower"}


def weight_to(layer: Layer, w: Any) -> Any:
    """The weight as ONNX wants it: the same layout; of a separable layer, the two of them.

    Shapes:
        w:       as `layer` says
        returns: the same

    Source:
        ONNX, operators Conv and ConvTranspose, input W.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_to(layer((1, 4, 9), (6, 2, 3), groups=2), np.zeros((6, 2, 3))).shape
        (6, 2, 3)
    """
    return tuple(map(np.asarray, w)) if layer.kind == "separable" else np.asarray(w)


def weight_from(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from an initializer of a graph, or from an array; of a separable layer, from the two.

    Shapes:
        weight:  as `layer` says
        returns: the same

    Source:
        ONNX, operators Conv and ConvTranspose, input W.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> import onnx
        >>> initializer = onnx.numpy_helper.from_array(np.zeros((6, 2, 3)))
        >>> weight_from(layer((1, 4, 9), (6, 2, 3), groups=2), initializer).shape
        (6, 2, 3)
    """
    parts = weight if layer.kind == "separable" else (weight,)
    arrays = tuple(map(_as_array, parts))
    return arrays if layer.kind == "separable" else arrays[0]


def _as_array(w: Any) -> np.ndarray:
    initializer = type(w).__name__ == "TensorProto"
    return needed("onnx.numpy_helper").to_array(w) if initializer else np.asarray(w)


def padding_to(layer: Layer) -> dict[str, Any]:
    """The attributes that pad a layer: `auto_pad` for a word, else `pads` (all begins, then all ends).

    A dilated layer gets `pads`, because ONNX Runtime refuses `auto_pad` there. So does a transposed one, which has no
    words here, and `output_padding`.

    Raises:
        ValueError: output_padding of a transposed layer that is no less than its stride, which ONNX Runtime refuses.

    Source:
        ONNX, operators Conv and ConvTranspose, attributes auto_pad and pads.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_to(layer((1, 3, 9, 8), (4, 3, 3, 5), padding=((1, 2), 0)))
        {'pads': [1, 0, 2, 0]}
    """
    if layer.kind != "conv_transpose" and layer.padding in WORDS.values() and set(layer.dilation) == {1}:
        return {"auto_pad": next(word for word, ours in WORDS.items() if ours == layer.padding)}
    pads, extra = _kept(layer)
    found: dict[str, Any] = {}
    if any(map(any, pads)):
        found["pads"] = [lo for lo, _ in pads] + [hi for _, hi in pads]
    if any(extra):
        found["output_padding"] = list(extra)
    return found


def _kept(layer: Layer) -> tuple[Pairs, Shape]:
    """(pads, output_padding), the latter less than the stride: a cell kept in addition is one cut off less."""
    pads, extra = list(layer.pads), list(layer.output_padding)
    for axis, ((lo, hi), more) in enumerate(zip(layer.pads, layer.output_padding, strict=True)):
        if more >= layer.stride[axis]:
            pads[axis], extra[axis] = (lo, max(hi - more, 0)), max(more - hi, 0)
    if any(more >= step for more, step in zip(extra, layer.stride, strict=True)):
        rule = f"{RUNTIME} takes only output_padding below the stride"
        got = {"output_padding": layer.output_padding, "stride": layer.stride, "dilation": layer.dilation}
        cannot("ONNX", rule, instead="pad the result, whose further cells are the bias alone", **got)
    return tuple(pads), tuple(extra)


def padding_from(
    layer: Layer, *, auto_pad: str = "NOTSET", pads: Any = None, output_padding: Any = None
) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that the attributes of a node mean for a layer of this size.

    Raises:
        ValueError: another word, pads beside a word, or a number of pads that is not twice the axes.

    Source:
        ONNX, operators Conv and ConvTranspose: "pads … cannot be used simultaneously with auto_pad attribute".

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_from(layer((1, 3, 224, 225), (4, 3, 3, 3), stride=2), auto_pad="SAME_UPPER")
        (((0, 1), (1, 1)), (0, 0))
    """
    extra = tuple(output_padding or (0,) * layer.axes)
    if auto_pad not in ("NOTSET", *WORDS):
        rule = f"knows auto_pad NOTSET, {', '.join(WORDS)}"
        cannot(FRAMEWORK, rule, instead="give pads", auto_pad=auto_pad)
    if auto_pad != "NOTSET":
        if pads is not None:
            cannot(FRAMEWORK, "takes pads or auto_pad, not both", instead="drop one", auto_pad=auto_pad, pads=pads)
        return _word(layer, auto_pad), extra
    numbers = list(pads or [0] * 2 * layer.axes)
    if len(numbers) != 2 * layer.axes:
        cannot(FRAMEWORK, "lists all begins, then all ends", instead=f"give {2 * layer.axes} numbers", pads=pads)
    return tuple(zip(numbers[: layer.axes], numbers[layer.axes :], strict=True)), extra


def _word(layer: Layer, auto_pad: str) -> Pairs:
    """The pads of a word. "VALID" cuts nothing off a transposed layer; a word never adds to it."""
    if auto_pad == "VALID":
        return ((0, 0),) * layer.axes
    pads, more = meaning(WORDS[auto_pad], layer)
    if any(more):
        rule = f"asks for input times stride cells, but {RUNTIME} gives no cells beyond the last"
        got = {"auto_pad": auto_pad, "kernel_size": layer.kernel_size, "stride": layer.stride}
        cannot(FRAMEWORK, f"{rule} stamp of a kernel shorter than the stride", instead="give output_padding", **got)
    return pads


def call(layer: Layer) -> str:
    """The node that computes a layer from x, w and b, as source; two or more nodes as a list.

    Raises:
        ValueError: as `padding_to`.

    Source:
        onnx.helper.make_node; ONNX, operators Conv, ConvTranspose and Transpose.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> print(call(layer((1, 3, 8, 8), (4, 3, 3, 3), stride=2, padding="same")))
        helper.make_node("Conv", ["x", "w", "b"], ["y"], auto_pad='SAME_UPPER', strides=[2, 2])
    """
    operator = "ConvTranspose" if layer.kind == "conv_transpose" else "Conv"
    options: dict[str, Any] = padding_to(layer)
    if set(layer.stride) != {1}:
        options["strides"] = list(layer.stride)
    if set(layer.dilation) != {1}:
        options["dilations"] = list(layer.dilation)
    if layer.groups != 1:
        options["group"] = layer.groups
    bias = ("b",) if layer.bias else ()
    steps: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [(operator, ("w", *bias), options)]
    if layer.kind == "separable":
        steps = [(operator, ("depthwise",), options), ("Conv", ("pointwise", *bias), {})]
    if layer.channels_last:
        spatial = range(1, layer.axes + 1)
        steps.insert(0, ("Transpose", (), {"perm": [0, layer.axes + 1, *spatial]}))
        steps.append(("Transpose", (), {"perm": [0, *(axis + 1 for axis in spatial), 1]}))
    nodes = [_node(number, len(steps), *step) for number, step in enumerate(steps)]
    return nodes[0] if len(nodes) == 1 else f"[{', '.join(nodes)}]"


def _node(number: int, steps: int, operator: str, weights: Iterable[str], options: dict[str, Any]) -> str:
    """One node of a chain: it reads what the one before wrote."""
    reads = ["x" if number == 0 else f"t{number}", *weights]
    writes = "y" if number == steps - 1 else f"t{number + 1}"
    attributes = "".join(f", {name}={value!r}" for name, value in options.items())
    names = ", ".join(f'"{name}"' for name in reads)
    return f'helper.make_node("{operator}", [{names}], ["{writes}"]{attributes})'


def model(layer: Layer, dtype: Any = np.float32) -> Any:
    """A model of the nodes of `call` whose inputs are x, the weights and b.

    Raises:
        onnx.checker.ValidationError: nodes that are no valid model.

    Source:
        onnx.helper.make_model.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> [node.op_type for node in model(layer((1, 3, 9), (4, 3, 3))).graph.node]
        ['Conv']
    """
    onnx = needed("onnx")
    helper = onnx.helper
    nodes = eval(call(layer), {"helper": helper})  # the very nodes that the reader is shown
    nodes = nodes if isinstance(nodes, list) else [nodes]
    names = ["x", *(name for node in nodes for name in node.input[1:])]
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    ranks = [1 if name == "b" else layer.axes + 2 for name in names]
    inputs = [
        helper.make_tensor_value_info(name, element, [None] * rank) for name, rank in zip(names, ranks, strict=True)
    ]
    output = helper.make_tensor_value_info("y", element, [None] * (layer.axes + 2))
    graph = helper.make_graph(nodes, "layer", inputs, [output])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(made)
    return made


def run(layer: Layer, x: np.ndarray, w: Any, b: np.ndarray | None = None) -> np.ndarray:
    """What the nodes of `call` compute, in ONNX Runtime.

    Shapes:
        x:       (N, C_in, *S), whatever the layer's data_format
        w:       as `layer` says
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        NotImplementedError: what ONNX Runtime has no kernel for.

    Source:
        onnxruntime.InferenceSession.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> x, w = np.arange(5, dtype=np.float32).reshape(1, 1, 5), np.ones((1, 1, 2), np.float32)
        >>> run(layer(x.shape, w.shape, stride=2, padding="same", bias=False), x, w).ravel().tolist()
        [1.0, 5.0, 4.0]
    """
    given = {"x": data_to(layer, x)}
    given |= dict(zip(("depthwise", "pointwise"), w, strict=True)) if layer.kind == "separable" else {"w": w}
    given |= {} if b is None else {"b": b}
    onnxruntime = needed("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        proto = model(layer, x.dtype).SerializeToString()
        session = onnxruntime.InferenceSession(proto, options, providers=["CPUExecutionProvider"])
        y: Any = session.run(["y"], given)[0]
    except Exception as gap:
        if type(gap).__name__ != "NotImplemented":
            raise
        rule = f"{RUNTIME} has no kernel for this on the CPU"
        cannot("ONNX", rule, instead="compute in float32", error=NotImplementedError, dtype=str(x.dtype), said=str(gap))
    return data_from(layer, y)
