"""One layer as whole programs: in NumPy by `reference_impl`, and in each framework. All of them print the same.

A program is what a person would paste: its arrays, the call that `reference_impl.frameworks` writes, and a print.
"""

import math
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from reference_impl.frameworks import Layer, layer
from reference_impl.frameworks.spelling import arguments

NAMES = {
    "numpy": "NumPy",
    "torch": "PyTorch",
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "onnx": "ONNX",
}
LAST = ("keras", "tensorflow")  # channels last is their default, and the layout that their CPU kernels know
IMPORTS = {
    "numpy": [],
    "torch": ["import torch", "import torch.nn.functional as F"],
    "keras": ["import keras"],
    "tensorflow": ["import tensorflow as tf"],
    "jax": ["from jax import lax"],
    "onnx": ["import onnxruntime", "from onnx import TensorProto, helper"],
}
FUNCTIONS = {
    "conv": ("conv", "conv"),
    "depthwise": ("separable", "depthwise_conv"),
    "separable": ("separable", "depthwise_separable_conv"),
    "conv_transpose": ("conv_transpose", "conv_transpose"),
}
WIDTH = 79


def described(framework: str, x: Any, w: Any, options: dict[str, Any]) -> Layer:
    """The layer as a framework is to see it."""
    layout = "channels_last" if framework in LAST else "channels_first"
    told = {name: value for name, value in options.items() if name != "flip"}
    return layer(x, w, data_format=layout, **told)


def program(framework: str, x: Any, w: Any, options: dict[str, Any]) -> str:
    """The program of a framework.

    Args:
        framework: A key of NAMES.
        x: Shape of the input, channels first.
        w: Shape of the weight, as `reference_impl.frameworks.layer` says.
        options: Its other arguments; with `flip=True` an ordinary layer convolves, its kernel turned around.

    Raises:
        ValueError: a layer that the framework does not have; the message names the rule and the way round.
    """
    given = described(framework, x, w, options)
    lines = [
        *imports(framework, given, options),
        "",
        *arrays(x, w, given),
        *flipped(framework, given, options),
        *computed(framework, given, options),
        *printed(given),
    ]
    return "\n".join(folded(line) for line in lines) + "\n"


def imports(framework: str, given: Layer, options: dict[str, Any]) -> list[str]:
    """Its imports, in their order."""
    if framework != "numpy":
        return sorted(["import numpy as np", *IMPORTS[framework]], key=lambda line: (line[:4] == "from", line))
    room, function = FUNCTIONS[given.kind] if not options.get("flip") else ("conv", "convolve")
    return ["import numpy as np", f"from reference_impl.{room} import {function}"]


def arrays(x: Any, w: Any, given: Layer) -> Iterator[str]:
    """Small whole numbers of the handbook's shapes."""
    yield array("x", x, 7, f"(N, C_in, {spatial(given)})")
    if given.kind == "separable":
        yield array("depthwise", w[0], 5, "")
        yield array("pointwise", w[1], 3, "")
    else:
        yield array("w", w, 5, "")
    if given.bias:
        yield f'b = np.arange({given.out_channels}, dtype="float32")'


def array(name: str, shape: Any, below: int, comment: str) -> str:
    """`x = …`: whole numbers from 0 that begin again, so that no two neighbours are alike."""
    line = f'{name} = np.arange({math.prod(shape)}, dtype="float32").reshape{tuple(shape)} % {below}'
    return f"{line}  # {comment}" if comment and len(line) + len(comment) + 4 <= WIDTH else line


def flipped(framework: str, given: Layer, options: dict[str, Any]) -> Iterator[str]:
    """The line that turns the kernel around for a layer that correlates."""
    if options.get("flip") and framework != "numpy":
        axes = tuple(range(2, given.axes + 2)) if given.axes > 1 else 2
        yield f"w = np.flip(w, {axes}).copy()  # now a true convolution"


def spatial(given: Layer, letters: str = "") -> str:
    """The letters of the spatial axes: D, H, W or those of a kernel."""
    return ", ".join(letters + letter for letter in "DHW"[-given.axes :])


def computed(framework: str, given: Layer, options: dict[str, Any]) -> Iterator[str]:
    """From the arrays to y, an array with channels first."""
    if framework == "numpy":
        yield from in_numpy(given, options)
        return
    line = import_module(f"reference_impl.frameworks.{framework}").call(given)
    line = line.replace("w[0]", "depthwise").replace("w[1]", "pointwise").replace("'", '"')
    yield from {"torch": in_torch, "keras": in_keras, "tensorflow": in_tensorflow, "jax": in_jax, "onnx": in_onnx}[
        framework
    ](given, line)


def in_numpy(given: Layer, options: dict[str, Any]) -> Iterator[str]:
    """The handbook's own function with the handbook's words."""
    told = {name: repr(value) for name, value in options.items() if name not in ("kind", "bias", "flip")}
    names = ", ".join(["x", *weights(given), *(["b"] if given.bias else [])])
    function = "convolve" if options.get("flip") else FUNCTIONS[given.kind][1]
    yield f"y = {function}({names}{arguments(**told)})".replace("'", '"')


def weights(given: Layer) -> list[str]:
    """The names of the weights."""
    return ["depthwise", "pointwise"] if given.kind == "separable" else ["w"]


def in_torch(given: Layer, line: str) -> Iterator[str]:
    """Tensors in, an array out."""
    names = ["x", *weights(given), *(["b"] if given.bias else [])]
    yield f"{', '.join(names)} = map(torch.from_numpy, ({', '.join(names)}))"
    yield f"y = {line}.numpy()"


def permuted(given: Layer, name: str) -> str:
    """A weight with its taps first, as Keras and TensorFlow hold it."""
    axes = given.axes
    taps = ", ".join(str(axis) for axis in range(2, axes + 2))
    if given.kind in ("depthwise", "separable") and name != "pointwise":
        shape = (given.in_channels, given.depth_multiplier, *given.kernel_size)
        return f"{name}.reshape{shape}.transpose({taps}, 0, 1)"
    return f"{name}.transpose({taps}, 1, 0)"


def to_last(given: Layer) -> str:
    """The input with its channels last."""
    return f"x.transpose(0, {', '.join(str(axis) for axis in range(2, given.axes + 2))}, 1)"


def in_keras(given: Layer, line: str) -> Iterator[str]:
    """A layer, built, given its weights, called."""
    held = [permuted(given, name) for name in weights(given)] + (["b"] if given.bias else [])
    yield f"x = {to_last(given)}  # (N, {spatial(given)}, C_in)"
    yield f"layer = {line}"
    yield "layer.build(x.shape)"
    yield f"layer.set_weights([{', '.join(held)}])"
    yield "y = np.moveaxis(layer(x), -1, 1)  # channels first again"


def in_tensorflow(given: Layer, line: str) -> Iterator[str]:
    """Functions of arrays with channels and taps in TensorFlow's places."""
    yield f"x = {to_last(given)}  # (N, {spatial(given)}, C_in)"
    for name in weights(given):
        yield f"{name} = {permuted(given, name)}"
    yield f"y = {line}"
    yield "y = np.moveaxis(y, -1, 1)  # channels first again"


def in_jax(given: Layer, line: str) -> Iterator[str]:
    """JAX takes the handbook's layouts; it has no groups in conv_transpose, so that kernel is turned around."""
    if given.kind == "conv_transpose" and given.groups > 1:
        parts = (given.groups, given.in_channels // given.groups, given.out_channels // given.groups)
        reverse = ", ".join(["::-1"] * given.axes)
        yield f"w = w.reshape{(*parts, *given.kernel_size)}.swapaxes(1, 2)"
        yield f"w = w.reshape{(given.out_channels, parts[1], *given.kernel_size)}[..., {reverse}]"
    yield f"y = {line}"


def in_onnx(given: Layer, line: str) -> Iterator[str]:
    """A model of the nodes, run by ONNX Runtime."""
    names = ["x", *weights(given), *(["b"] if given.bias else [])]
    yield f"nodes = {line if line.startswith('[') else f'[{line}]'}"
    yield "given = ["
    yield "    helper.make_tensor_value_info(name, TensorProto.FLOAT, None)"
    yield f"    for name in {tuple(names)!r}".replace("'", '"')
    yield "]"
    yield 'result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)'
    yield 'graph = helper.make_graph(nodes, "layer", given, [result])'
    yield 'opset = [helper.make_opsetid("", 22)]'
    yield "model = helper.make_model(graph, opset_imports=opset, ir_version=10)"
    yield "session = onnxruntime.InferenceSession(model.SerializeToString())"
    fed = ", ".join(f'"{name}": {name}' for name in names)
    yield f"y = session.run(None, {{{fed}}})[0]"


def printed(given: Layer) -> list[str]:
    """The shape and the last channel of the first sample, a row a line."""
    rows = "y[0, -1].astype(int).tolist()"
    return ["print(y.shape)", f"print({rows})" if given.axes == 1 else f'print(*{rows}, sep="\\n")']


def folded(line: str) -> str:
    """A line that is too long, broken within its outermost brackets; its remark goes above."""
    code, mark, remark = line.partition("  # ")
    if len(line) <= WIDTH or line.startswith(" "):
        return line
    if mark and len(code) <= WIDTH:
        return f"# {remark}\n{code}"
    begin = min(place for place in (code.find("("), code.find("[")) if place >= 0)
    if "np.arange" in code:  # break at the shape
        begin = code.index("reshape") + 7
    end = closing(code, begin)
    inner = code[begin + 1 : end]
    several = len(inner) + 5 > WIDTH and len(top_level(inner)) > 1
    parts = [f"{part}," for part in top_level(inner)] if several else [inner]
    body = "\n".join("    " + folded(part).replace("\n", "\n    ") for part in parts)
    return f"{code[: begin + 1]}\n{body}\n{code[end:]}"


def closing(code: str, begin: int) -> int:
    """The place of the bracket that closes the one at `begin`."""
    depth = 0
    for place in range(begin, len(code)):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if depth == 0:
            return place
    raise ValueError(f"a bracket is never closed: {code}")


def top_level(inner: str) -> list[str]:
    """The arguments of a call."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(inner):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(inner[begin:place].strip())
            begin = place + 1
    return [*parts, inner[begin:].strip()]
