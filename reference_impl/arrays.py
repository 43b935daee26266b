"""What the NumPy rooms share: which arrays are accepted, in which dtype they add up, how borders are filled."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_impl.checks import refuse

NUMPY_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def numeric(name: str, value: Any) -> np.ndarray:
    """`value` if it is a NumPy array of whole, real or complex numbers."""
    if not isinstance(value, np.ndarray):
        refuse(f"{name} must be a NumPy array", error=TypeError, **{name: type(value).__name__})
    if isinstance(value, np.ma.MaskedArray):  # a convolution would read what the mask hides
        refuse(f"{name} must have no mask; fill it first", error=TypeError, **{name: type(value).__name__})
    if value.dtype.kind not in "iufc":
        refuse(f"{name} must hold numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})
    return value


def accumulator(*arrays: np.ndarray | None) -> tuple[np.dtype, np.dtype]:
    """The dtype of the result, and the one to add up in: whole numbers in 64 bits, float16 in float32."""
    result = np.result_type(*(array for array in arrays if array is not None))
    if result.kind in "iu":
        return result, np.dtype(np.uint64 if result == np.uint64 else np.int64)
    return result, np.dtype(np.float32) if result == np.float16 else result


def as_result(y: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`y` in `dtype`; whole numbers that would wrap around are refused instead."""
    if dtype.kind in "iu" and y.dtype != dtype and y.size:
        limits = np.iinfo(dtype)
        if y.min() < limits.min or y.max() > limits.max:
            rule = f"the result does not fit into {dtype}; convert the input with x.astype(np.int64) first"
            refuse(rule, smallest=int(y.min()), largest=int(y.max()))
    return y.astype(dtype, copy=False)


def pad(x: np.ndarray, pads: Sequence[tuple[int, int]], mode: str = "zeros") -> np.ndarray:
    """`x` with (lo, hi) cells added to its last `len(pads)` axes; `x` itself where there is nothing to add."""
    if not any(map(any, pads)):
        return x
    lead = x.ndim - len(pads)
    if mode != "zeros":
        # NumPy types its modes as literals, one by one.
        return np.pad(x, [(0, 0)] * lead + list(pads), mode=NUMPY_PAD_MODES[mode])  # type: ignore[call-overload]
    sizes = (size + lo + hi for size, (lo, hi) in zip(x.shape[lead:], pads, strict=True))
    padded = np.zeros((*x.shape[:lead], *sizes), dtype=x.dtype)
    inside = (slice(lo, lo + size) for size, (lo, _) in zip(x.shape[lead:], pads, strict=True))
    padded[(..., *inside)] = x
    return padded
