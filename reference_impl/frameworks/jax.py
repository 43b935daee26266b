"""Layers in the words of jax.lax: strides, pairs of padding, and dimension numbers that say the layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer, effective, meaning
from reference_impl.frameworks.layouts import data_from, data_to, taps_first, taps_last
from reference_impl.frameworks.needed import needed, release
from reference_impl.frameworks.spelling import arguments, cannot
from reference_impl.types import Pairs, Shape

FRAMEWORK = f"JAX {release('jax')}"
WORDS = {"VALID": "valid", "SAME": "same", "SAME_LOWER": "same_lower"}
SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


def weight_to(layer: Layer, w: Any) -> Any:
    """The kernel as `call` hands it to jax.lax; of a separable layer, the two of them.

    With channels first it is the handbook's own layout, OIHW; with channels last HWIO. A grouped transposed layer is an
    ordinary one of a dilated input in JAX, so its kernel is flipped and its channels change places.

    Shapes:
        w:       as `layer` says
        returns: channels first the same, grouped transposed (C_out, C_in/groups, *K); channels last (*K, …) of that

    Raises:
        ValueError: a weight that does not fit the groups.

    Source:
        jax.lax.conv_general_dilated and jax.lax.conv_transpose, argument rhs.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_to(layer((1, 4, 9), (6, 2, 3), groups=2, data_format="channels_last"), np.zeros((6, 2, 3))).shape
        (3, 2, 6)
    """
    if layer.kind == "separable":
        return tuple(taps_first(part) if layer.channels_last else part for part in w)
    if _is_grouped_transpose(layer):
        w = _flipped(w, layer.groups)
    return taps_first(w) if layer.channels_last else w


def weight_from(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from a kernel of jax.lax; of a separable layer, from the two.

    Shapes:
        weight:  as `weight_to` returns
        returns: as `layer` says

    Source:
        jax.lax.conv_general_dilated and jax.lax.conv_transpose, argument rhs.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> weight_from(layer((1, 4, 9), (6, 2, 3), groups=2), np.zeros((6, 2, 3))).shape
        (6, 2, 3)
    """
    if layer.kind == "separable":
        return tuple(taps_last(np.asarray(w)) if layer.channels_last else np.asarray(w) for w in weight)
    w = taps_last(np.asarray(weight)) if layer.channels_last else np.asarray(weight)
    return _flipped(w, layer.groups) if _is_grouped_transpose(layer) else w


def _is_grouped_transpose(layer: Layer) -> bool:
    return layer.kind == "conv_transpose" and layer.groups > 1


def _flipped(w: np.ndarray, groups: int) -> np.ndarray:
    """(C_in, C_out/g, *K) ↔ (C_out, C_in/g, *K), every spatial axis reversed; the same step leads back."""
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)  # (g, C_out/g, C_in/g, *K)
    return np.ascontiguousarray(np.flip(parts.reshape(-1, *parts.shape[2:]), tuple(range(2, w.ndim))))


def padding_to(layer: Layer) -> Any:
    """The `padding` of a layer: the word it was given, or a pair an axis.

    Of a transposed layer the pair pads the dilated input: effective kernel − 1 less the cells cut off.

    Raises:
        ValueError: never; any pads have a spelling here.

    Source:
        jax.lax.conv_general_dilated; jax.lax.conv_transpose, argument padding.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_to(layer((1, 3, 9), (4, 3, 3), padding="causal"))
        ((2, 0),)
        >>> padding_to(layer((1, 4, 9), (4, 3, 3), kind="conv_transpose", stride=2, padding=1, output_padding=1))
        ((1, 2),)
    """
    if layer.kind != "conv_transpose":
        found = [word for word, ours in WORDS.items() if ours == layer.padding]
        return found[0] if found else layer.pads
    axes = zip(effective(layer), layer.pads, layer.output_padding, strict=True)
    return tuple((k - 1 - lo, k - 1 - hi + more) for k, (lo, hi), more in axes)


def padding_from(layer: Layer, padding: Any) -> tuple[Pairs, Shape]:
    """The (pads, output_padding) that jax.lax's `padding` means for a layer of this size.

    Raises:
        ValueError: a word that jax.lax does not know there.

    Source:
        jax.lax.padtype_to_pads; jax.lax.conv_transpose, argument padding.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> padding_from(layer((1, 3, 224, 225), (4, 3, 3, 3), stride=2), "SAME")
        (((0, 1), (1, 1)), (0, 0))
    """
    transposed = layer.kind == "conv_transpose"
    if isinstance(padding, str):
        known = tuple(WORDS)[: 2 if transposed else 3]
        if padding not in known:
            rule = f"knows {', '.join(known)} for {'conv_transpose' if transposed else 'conv_general_dilated'}"
            cannot(FRAMEWORK, rule, instead="give pairs", padding=padding)
        return meaning(WORDS[padding], layer)
    if not transposed:
        return tuple((lo, hi) for lo, hi in padding), (0,) * layer.axes
    cuts = [(k - 1 - lo, k - 1 - hi) for k, (lo, hi) in zip(effective(layer), padding, strict=True)]
    if any(lo < 0 for lo, _ in cuts):
        rule = "pads a dilated input, here by more than the effective kernel − 1 cells at the beginning"
        cannot(FRAMEWORK, rule, instead="pad the result", padding=padding, kernel_size=layer.kernel_size)
    return tuple((lo, max(hi, 0)) for lo, hi in cuts), tuple(max(-hi, 0) for _, hi in cuts)


def call(layer: Layer) -> str:
    """The line of source that computes a layer from x, w and b; a separable layer has its kernels in w[0] and w[1].

    Raises:
        ValueError: never; jax.lax computes every layer of the handbook.

    Source:
        jax.lax.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> print(call(layer((1, 3, 8), (4, 3, 3), stride=2, padding="same", bias=False)))
        lax.conv_general_dilated(x, w, (2,), 'SAME', dimension_numbers=('NCW', 'OIW', 'NCW'))
    """
    bias = f" + b{'' if layer.channels_last else '[:' + ', None' * layer.axes + ']'}" if layer.bias else ""
    layout = _dimension_numbers(layer)
    if layer.kind == "separable":
        first = _general(layer, "x", "w[0]", layer.groups)
        ones = (1,) * layer.axes
        return f"lax.conv_general_dilated({first}, w[1], {ones}, 'VALID', dimension_numbers={layout}){bias}"
    if layer.kind != "conv_transpose" or layer.groups > 1:
        return _general(layer, "x", "w", layer.groups) + bias
    options = arguments(rhs_dilation=_unless_ones(layer.dilation), dimension_numbers=layout)
    return f"lax.conv_transpose(x, w, {layer.stride}, {padding_to(layer)}{options}, transpose_kernel=True){bias}"


def _general(layer: Layer, x: str, w: str, groups: int) -> str:
    """`lax.conv_general_dilated(…)`; a transposed layer steps by one over an input that is spread by its stride."""
    transposed = layer.kind == "conv_transpose"
    options = arguments(
        lhs_dilation=layer.stride if transposed else None,
        rhs_dilation=_unless_ones(layer.dilation),
        dimension_numbers=_dimension_numbers(layer),
        feature_group_count=None if groups == 1 else groups,
    )
    strides = (1,) * layer.axes if transposed else layer.stride
    return f"lax.conv_general_dilated({x}, {w}, {strides}, {padding_to(layer)!r}{options})"


def _unless_ones(values: Shape) -> Shape | None:
    return None if set(values) == {1} else values


def _dimension_numbers(layer: Layer) -> tuple[str, str, str]:
    spatial = SPATIAL[layer.axes]
    data, kernel = (f"N{spatial}C", f"{spatial}IO") if layer.channels_last else (f"NC{spatial}", f"OI{spatial}")
    return data, kernel, data


def run(layer: Layer, x: np.ndarray, w: Any, b: np.ndarray | None = None) -> np.ndarray:
    """What the line of `call` computes, in JAX.

    Shapes:
        x:       (N, C_in, *S), whatever the layer's data_format
        w:       as `layer` says
        b:       (C_out,)
        returns: (N, C_out, *O)

    Raises:
        ValueError: float64 arrays where JAX would round them to float32 in silence.

    Source:
        jax.lax.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> x, w = np.arange(5, dtype=np.float32).reshape(1, 1, 5), np.ones((1, 1, 2), np.float32)
        >>> run(layer(x.shape, w.shape, stride=2, padding="same", bias=False), x, w).ravel().tolist()
        [1.0, 5.0, 4.0]
    """
    jax = needed("jax")
    if x.dtype == np.float64 and not jax.config.read("jax_enable_x64"):
        rule = "computes in float32 whatever it is given"
        cannot(FRAMEWORK, rule, instead="jax.config.update('jax_enable_x64', True) before", dtype=str(x.dtype))
    function = eval(f"lambda x, w, b: {call(layer)}", {"lax": jax.lax})  # the very line that the reader is shown
    y = np.asarray(jax.jit(function)(data_to(layer, x), weight_to(layer, w), b))
    return data_from(layer, y)
