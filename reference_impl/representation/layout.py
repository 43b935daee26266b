"""Axis orders by name, and how many bytes an array takes."""

from collections.abc import Sequence
from math import prod

import numpy as np

from reference_impl import checks
from reference_impl.checks import listed, refuse


def relayout(x: np.ndarray, source: str, target: str) -> np.ndarray:
    """Move the axes of x from one named order to another; a view, no number is copied or moved in memory.

    Shapes:
        x:       one axis per letter of `source`
        returns: one axis per letter of `target`

    Args:
        x: Any array.
        source: The axes of x, one letter each, such as "NHWC".
        target: The same letters in the wanted order, such as "NCHW".

    Raises:
        ValueError: letters that repeat, differ between the two orders, or do not match the number of axes.
        TypeError: x that is not an array.

    Source:
        numpy.transpose; "NCHW" and "NHWC" are the names that cuDNN and TensorFlow use.

    Example:
        >>> relayout(np.zeros((2, 480, 640, 3)), "NHWC", "NCHW").shape
        (2, 3, 480, 640)
    """
    if not isinstance(x, np.ndarray):
        refuse("x must be a NumPy array", error=TypeError, x=type(x).__name__)
    for name, letters in (("source", source), ("target", target)):
        if not isinstance(letters, str):
            refuse(f"{name} must be a string of letters", error=TypeError, **{name: letters})
    if len(set(source)) != len(source) or sorted(source) != sorted(target):
        refuse("source and target must name the same axes, each once", source=source, target=target)
    if len(source) != x.ndim:
        refuse("source must have one letter per axis of x", source=source, **{"x.shape": x.shape})
    return x.transpose([source.index(axis) for axis in target])


def memory_bytes(shape: Sequence[int], dtype: str | np.dtype | type) -> int:
    """Bytes that the numbers of an array take, without Python's own overhead.

    Args:
        shape: Size of each axis; () is a scalar.
        dtype: Anything that numpy.dtype takes for a dtype of numbers or of bool.

    Raises:
        ValueError: a negative size.
        TypeError: a size that is not a whole number, or an unknown dtype.

    Source:
        numpy.ndarray.nbytes.

    Example:
        >>> memory_bytes((32, 3, 224, 224), "float32")
        19267584
    """
    listed("shape", shape)
    sizes = checks.sizes("shape", shape, least=0) if len(shape) else ()
    return prod(sizes) * known_dtype(dtype).itemsize


def known_dtype(dtype: str | np.dtype | type) -> np.dtype:
    """The dtype of numbers that `dtype` means."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        found = np.dtype(object)
    if dtype is None or found.kind not in "biufc":
        refuse("dtype must name a dtype of numbers", error=TypeError, dtype=dtype)
    return found
