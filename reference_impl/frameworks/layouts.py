"""Where the axes of arrays and weights stand: channels first or last, taps first or last. Arrays in, arrays out."""

from typing import Any

import numpy as np

from reference_impl.frameworks.layer import Layer


def taps_first_of(layer: Layer, w: Any) -> Any:
    """The weight of a layer as Keras and TensorFlow hold it; of a separable layer, the two of them.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> taps_first_of(layer((1, 3, 9), (6, 1, 4), kind="depthwise"), np.zeros((6, 1, 4))).shape
        (4, 3, 2)
    """
    if layer.kind == "separable":
        return depthwise_taps_first(w[0], layer.in_channels), taps_first(w[1])
    return depthwise_taps_first(w, layer.in_channels) if layer.kind == "depthwise" else taps_first(w)


def taps_last_of(layer: Layer, weight: Any) -> Any:
    """The handbook's weight from one with the taps first; of a separable layer, from the two.

    Example:
        >>> from reference_impl.frameworks import layer
        >>> taps_last_of(layer((1, 3, 9), (6, 1, 4), kind="depthwise"), np.zeros((4, 3, 2))).shape
        (6, 1, 4)
    """
    if layer.kind == "separable":
        return depthwise_taps_last(np.asarray(weight[0])), taps_last(np.asarray(weight[1]))
    array = np.asarray(weight)
    return depthwise_taps_last(array) if layer.kind == "depthwise" else taps_last(array)


def data_to(layer: Layer, x: np.ndarray) -> np.ndarray:
    """The input in the layer's data_format."""
    return to_last(x) if layer.channels_last else x


def data_from(layer: Layer, y: np.ndarray) -> np.ndarray:
    """An output in the layer's data_format with its channels first."""
    return to_first(y) if layer.channels_last else y


def to_last(array: np.ndarray) -> np.ndarray:
    """(N, C, *S) → (N, *S, C).

    Example:
        >>> to_last(np.zeros((2, 3, 5, 4))).shape
        (2, 5, 4, 3)
    """
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def to_first(array: np.ndarray) -> np.ndarray:
    """(N, *S, C) → (N, C, *S).

    Example:
        >>> to_first(np.zeros((2, 5, 4, 3))).shape
        (2, 3, 5, 4)
    """
    return np.ascontiguousarray(np.moveaxis(array, -1, 1))


def taps_first(w: np.ndarray) -> np.ndarray:
    """(A, B, *K) → (*K, B, A): what Keras and TensorFlow want of an ordinary and of a transposed weight alike.

    Example:
        >>> taps_first(np.zeros((8, 3, 5, 4))).shape
        (5, 4, 3, 8)
    """
    return np.ascontiguousarray(np.moveaxis(w, (1, 0), (-2, -1)))


def taps_last(w: np.ndarray) -> np.ndarray:
    """(*K, B, A) → (A, B, *K).

    Example:
        >>> taps_last(np.zeros((5, 4, 3, 8))).shape
        (8, 3, 5, 4)
    """
    return np.ascontiguousarray(np.moveaxis(w, (-1, -2), (0, 1)))


def depthwise_taps_first(w: np.ndarray, channels: int) -> np.ndarray:
    """(m·C, 1, *K) → (*K, C, m): output channel m·c + j is kernel j of channel c.

    Example:
        >>> depthwise_taps_first(np.zeros((6, 1, 5, 4)), 3).shape
        (5, 4, 3, 2)
    """
    return np.ascontiguousarray(np.moveaxis(w.reshape(channels, -1, *w.shape[2:]), (0, 1), (-2, -1)))


def depthwise_taps_last(w: np.ndarray) -> np.ndarray:
    """(*K, C, m) → (m·C, 1, *K).

    Example:
        >>> depthwise_taps_last(np.zeros((5, 4, 3, 2))).shape
        (6, 1, 5, 4)
    """
    return np.moveaxis(w, (-2, -1), (0, 1)).reshape(-1, 1, *w.shape[:-2])
