"""Layers in the words of torch.nn.functional. The handbook's words are torch's, so little changes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer, meaning
from reference_impl.frameworks.layouts import data_from, data_to
from reference_impl.frameworks.needed import needed, release
from reference_impl.frameworks.spelling import arguments, cannot, unless
from reference_impl.types import Pairs, Shape

FRAMEWORK = f"torch {release('torch')}"


def weight_to(layer: Layer, w: Any) -> Any:
    """The weight as torch wants it: the same layout, as a tensor; of a separable layer, the two of them.

    Shapes:
        w:       as `layer` says
        returns: the same

    Raises:
        TypeError: what torch cannot make a tensor of.

    Source:
        torch.nn.functional.conv2d and conv_transpose2d.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_to(layer((1, 4, 9), (6, 2, 3), groups=2), np.zeros((6, 2, 3))).shape
        torch.Size([6, 2, 3])
    """
    torch = needed("torch")
    return tuple(map(torch.as_tensor, w)) if layer.kind == "separable" else torch.as_tensor(w)


def weight_from(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from torch's: the same layout, as an array.

    Shapes:
        weight:  as `layer` says
        returns: the same

    Source:
        torch.nn.functional.conv2d and conv_transpose2d.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> import torch
        >>> weight_from(layer((1, 4, 9), (6, 2, 3), groups=2), torch.zeros(6, 2, 3)).shape
        (6, 2, 3)
    """
    if layer.kind == "separable":
        return tuple(part.detach().numpy() for part in weight)
    return weight.detach().numpy()


def padding_to(layer: Layer) -> Any:
    """The `padding` of a layer for torch: "same" or a number an axis; of a transposed one (padding, output_padding).

    Raises:
        ValueError: ends that differ, which torch pads only at stride 1 and only as "same"; cells cut off at the end
            only.

    Source:
        torch.nn.functional.conv2d: "'same' … doesn't support any stride values other than 1".

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_to(layer((1, 3, 9, 8), (4, 3, 3, 5), padding=(1, 2), stride=2))
        (1, 2)
    """
    if layer.kind == "conv_transpose":
        return _cuts_to(layer)
    if layer.padding == "same" and set(layer.stride) == {1}:
        return "same"
    if any(lo != hi for lo, hi in layer.pads):
        rule = "pads both ends of an axis alike, and takes 'same' at stride 1 only"
        got = {"padding": layer.padding or layer.pads, "stride": layer.stride}
        cannot(FRAMEWORK, rule, instead="pad before with torch.nn.functional.pad", **got)
    return tuple(lo for lo, _ in layer.pads)


def _cuts_to(layer: Layer) -> tuple[Shape, Shape]:
    """(padding, output_padding): fewer cells cut off at the end are cells kept in addition."""
    padding = tuple(lo for lo, _ in layer.pads)
    extra = tuple(lo - hi + more for (lo, hi), more in zip(layer.pads, layer.output_padding, strict=True))
    limits = map(max, layer.stride, layer.dilation)
    if not all(0 <= cells < limit for cells, limit in zip(extra, limits, strict=True)):
        rule = "cuts both ends alike and keeps fewer than max(stride, dilation) cells in addition at the end"
        got = {"padding": layer.pads, "output_padding": layer.output_padding, "stride": layer.stride}
        cannot(FRAMEWORK, rule, instead="cut afterwards: torch.nn.functional.pad takes negative numbers", **got)
    return padding, extra


def padding_from(layer: Layer, padding: Any, output_padding: Any = 0) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that torch's arguments mean for a layer of this size.

    Raises:
        ValueError: a word where it has no meaning in torch.

    Source:
        torch.nn.Conv2d and torch.nn.ConvTranspose2d.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_from(layer((1, 3, 9, 8), (4, 3, 3, 4)), "same")
        (((1, 1), (1, 2)), (0, 0))
    """
    if isinstance(padding, str):
        if layer.kind == "conv_transpose" or padding not in ("valid", "same"):
            rule = "knows 'valid' and 'same', and none of transposed layers"
            cannot(FRAMEWORK, rule, instead="give numbers", kind=layer.kind, padding=padding)
        if padding == "same" and set(layer.stride) != {1}:
            cannot(FRAMEWORK, "refuses 'same' with a stride", instead="pad before", stride=layer.stride)
        return meaning(padding, layer)
    numbers = (padding,) * layer.axes if isinstance(padding, int) else tuple(padding)
    extra = (output_padding,) * layer.axes if isinstance(output_padding, int) else tuple(output_padding)
    return tuple((cells, cells) for cells in numbers), extra


def call(layer: Layer) -> str:
    """The line of source that computes a layer from x, w and b; a separable layer has its weights in w[0] and w[1].

    Raises:
        ValueError: never; where torch has no argument, the line pads or cuts by itself.

    Source:
        torch.nn.functional.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> print(call(layer((1, 3, 8, 8), (4, 3, 3, 3), stride=2, padding="same")))
        F.conv2d(F.pad(x, (0, 1, 0, 1)), w, b, stride=2)
    """
    x = f"x.permute(0, {layer.axes + 1}, {_numbers(range(1, layer.axes + 1))})" if layer.channels_last else "x"
    line = _transposed(layer, x) if layer.kind == "conv_transpose" else _ordinary(layer, x)
    return f"{line}.permute(0, {_numbers(range(2, layer.axes + 2))}, 1)" if layer.channels_last else line


def _ordinary(layer: Layer, x: str) -> str:
    """`F.conv2d(…)`, padded before where torch has no argument for it."""
    try:
        padding = padding_to(layer)
    except ValueError:
        x, padding = f"F.pad({x}, {_for_pad(layer.pads)})", (0,) * layer.axes
    options = arguments(
        stride=unless(1, layer.stride),
        padding=repr(padding) if isinstance(padding, str) else unless(0, padding),
        dilation=unless(1, layer.dilation),
        groups=None if layer.groups == 1 else layer.groups,
    )
    b, name = ", b" if layer.bias else "", f"F.conv{layer.axes}d"
    if layer.kind == "separable":
        return f"{name}({name}({x}, w[0]{options}), w[1]{b})"
    return f"{name}({x}, w{b}{options})"


def _transposed(layer: Layer, x: str) -> str:
    """`F.conv_transpose2d(…)`, cut afterwards where torch has no argument for it."""
    cut = ""
    try:
        padding, extra = padding_to(layer)
    except ValueError:
        padding, extra = (0,) * layer.axes, layer.output_padding
        cut = f", {_for_pad(tuple((-lo, -hi) for lo, hi in layer.pads))})"
    options = arguments(
        stride=unless(1, layer.stride),
        padding=unless(0, padding),
        output_padding=unless(0, extra),
        groups=None if layer.groups == 1 else layer.groups,
        dilation=unless(1, layer.dilation),
    )
    line = f"F.conv_transpose{layer.axes}d({x}, w{', b' if layer.bias else ''}{options})"
    return f"F.pad({line}{cut}" if cut else line


def _for_pad(pads: Pairs) -> str:
    """What F.pad wants: the last axis first."""
    return f"({_numbers(cells for pair in reversed(pads) for cells in pair)})"


def _numbers(values: Any) -> str:
    return ", ".join(map(str, values))


def run(layer: Layer, x: np.ndarray, w: Any, b: np.ndarray | None = None) -> np.ndarray:
    """What the line of `call` computes, in torch.

    Shapes:
        x:       (N, C_in, *S), whatever the layer's data_format
        w:       as `layer` says
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        RuntimeError: what torch itself refuses.

    Source:
        torch.nn.functional.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> x, w = np.arange(5.0).reshape(1, 1, 5), np.ones((1, 1, 2))
        >>> run(layer(x.shape, w.shape, stride=2, padding="same", bias=False), x, w).ravel().tolist()
        [1.0, 5.0, 4.0]
    """
    torch = needed("torch")
    given = torch.as_tensor(data_to(layer, x).copy())
    names = {
        "F": torch.nn.functional,
        "x": given,
        "w": weight_to(layer, w),
        "b": None if b is None else torch.as_tensor(b),
    }
    with warnings.catch_warnings():  # torch tells once that 'same' with ends that differ copies the input
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
        y = eval(call(layer), names).numpy()  # the very line that the reader is shown
    return data_from(layer, y)
