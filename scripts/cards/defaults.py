"""What a framework takes where a call says nothing: the defaults of the function or layer that it calls."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

# The function or layer of a call that convolves, in each framework; steps beside it, such as a pad, say all they need.
CALLED = re.compile(
    r"(?P<torch>\bF\.conv\w+)|(?P<keras>keras\.layers\.\w*Conv\w+)|(?P<tensorflow>tf\.nn\.(?!bias_add)\w+)"
    r"|(?P<jax>lax\.conv\w+)|make_node\(\"(?P<onnx>Conv\w*)\""
)
SHOWN = {  # arguments that say where the window stands; the others are names, initialisers and the like
    *("stride", "strides", "padding", "output_padding", "auto_pad", "dilation", "dilations", "dilation_rate"),
    *("lhs_dilation", "rhs_dilation", "groups", "group", "feature_group_count", "depth_multiplier"),
    *("data_format", "dimension_numbers", "transpose_kernel", "use_bias"),
}
HOMES = {"keras": "keras.layers", "tensorflow": "tensorflow", "jax": "jax.lax"}


def defaults(call: str) -> str:
    """The defaults of the function or layer that a line of source calls, as one would write them.

    Raises:
        ValueError: a line in which no framework convolves.

    Example:
        >>> defaults("F.conv2d(x, w, b, stride=2)")
        'stride=1, padding=0, dilation=1, groups=1'
    """
    found = CALLED.search(call)
    if not found:
        raise ValueError(f"no framework convolves in {call}")
    framework, name = next((key, text.rpartition(".")[2]) for key, text in found.groupdict().items() if text)
    known = {"torch": _of_torch, "onnx": _of_onnx}.get(framework, lambda one: _of_python(HOMES[framework], one))(name)
    return ", ".join(f"{key}={_short(value)!r}" for key, value in known if key in SHOWN)


def _of_torch(name: str) -> Iterator[tuple[str, Any]]:
    """Functions of torch are built in; their schemas have the defaults."""
    operator = getattr(import_module("torch").ops.aten, name)
    schema = getattr(operator, "default" if "default" in operator.overloads() else "input")._schema
    return ((one.name, one.default_value) for one in schema.arguments if one.has_default_value())


def _of_python(home: str, name: str) -> Iterator[tuple[str, Any]]:
    """Functions and layers of Python have them in their signatures."""
    room = import_module(home)
    found = inspect.signature(getattr(room.nn if home == "tensorflow" else room, name))
    return ((one.name, one.default) for one in found.parameters.values() if one.default is not one.empty)


def _of_onnx(name: str) -> Iterator[tuple[str, Any]]:
    """Attributes of an operator of the standard; those without a default there are ones and zeros by its text."""
    onnx = import_module("onnx")
    for attribute in onnx.defs.get_schema(name).attributes.values():
        if attribute.default_value.name:
            value = onnx.helper.get_attribute_value(attribute.default_value)
            yield attribute.name, value.decode() if isinstance(value, bytes) else value


def _short(value: Any) -> Any:
    """One number for axes that are alike."""
    several = isinstance(value, (list, tuple)) and len(set(value)) == 1
    return value[0] if several else value
