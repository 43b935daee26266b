"""What the rooms ask of arrays, for NumPy and torch in one place: what is accepted, how it adds up, how it is padded.

A function of a room that only rearranges arrays is written once: `library(x)` is NumPy or torch, whichever made `x`,
and both know its names (`concatenate`, `einsum`, `moveaxis`, `stack`, …). torch is imported only where a tensor is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impl.checks import refuse
from reference_impl.types import Pairs, Shaped

if TYPE_CHECKING:
    import torch

OPTIONAL = ("b", "mask")  # arguments that may be None
NUMPY_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def is_tensor(value: Any) -> bool:
    """Whether `value` is a torch tensor. Whoever has one has imported torch."""
    return "torch" in sys.modules and isinstance(value, sys.modules["torch"].Tensor)


def library(x: Any) -> Any:
    """NumPy or torch, whichever made `x`."""
    return sys.modules["torch"] if is_tensor(x) else np


def either(**values: Any) -> None:
    """Refuse what is no array of numbers. The first one decides whether all must be NumPy arrays or torch tensors."""
    name, first = next(iter(values.items()))
    if is_tensor(first):
        tensors(**values)
    elif isinstance(first, np.ndarray):
        numpy_arrays(**values)
    else:
        refuse(f"{name} must be a NumPy array or a torch tensor", error=TypeError, **{name: type(first).__name__})


def numpy_arrays(**values: Any) -> None:
    """Refuse what is no NumPy array of whole, real or complex numbers; `b` and `mask` may be None."""
    for name, value in values.items():
        if value is not None or name not in OPTIONAL:
            numeric(name, value)


def numeric(name: str, value: Any) -> np.ndarray:
    """`value` if it is a NumPy array of whole, real or complex numbers."""
    if not isinstance(value, np.ndarray):
        refuse(f"{name} must be a NumPy array", error=TypeError, **{name: type(value).__name__})
    if isinstance(value, np.ma.MaskedArray):  # a convolution would read what the mask hides
        refuse(f"{name} must have no mask; fill it first", error=TypeError, **{name: type(value).__name__})
    if value.dtype.kind not in "iufc":
        refuse(f"{name} must hold numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})
    return value


def tensors(**values: Any) -> None:
    """Refuse what is no dense tensor of numbers, and tensors that differ in dtype or device, as torch's own do."""
    given: dict[str, Any] = {name: v for name, v in values.items() if v is not None or name not in OPTIONAL}
    for name, value in given.items():
        _check_tensor(name, value)
    if len({(tensor.dtype, tensor.device) for tensor in given.values()}) > 1:
        kinds = {name: f"{tensor.dtype} on {tensor.device}" for name, tensor in given.items()}
        refuse(f"{', '.join(given)} must share one dtype and one device", error=TypeError, **kinds)


def _check_tensor(name: str, value: Any) -> None:
    if not is_tensor(value):
        refuse(f"{name} must be a torch tensor", error=TypeError, **{name: type(value).__name__})
    torch = library(value)
    if value.layout != torch.strided:
        refuse(f"{name} must be dense", error=TypeError, **{f"{name}.layout": str(value.layout)})
    if value.dtype == torch.bool:
        refuse(f"{name} must hold numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})


def shape_of(b: Shaped | None) -> tuple[int, ...] | None:
    """The shape of an array that may be missing."""
    return None if b is None else tuple(b.shape)


def accumulator(*arrays: Any) -> tuple[Any, Any]:
    """The dtype of the result, and the one to add up in: whole numbers in 64 bits, 16-bit floats in 32."""
    present = [array for array in arrays if array is not None]
    if is_tensor(present[0]):
        torch, result = library(present[0]), present[0].dtype
        if result in (torch.float16, torch.bfloat16):
            return result, torch.float32
        return result, result if result.is_floating_point or result.is_complex else torch.int64
    result = np.result_type(*present)
    if result.kind in "iu":
        return result, np.dtype(np.uint64 if result == np.uint64 else np.int64)
    return result, np.dtype(np.float32) if result == np.float16 else result


def cast(x: Any, dtype: Any) -> Any:
    """`x` in `dtype`; `x` itself where it is so already, or is missing."""
    if x is None:
        return None
    return x.to(dtype) if is_tensor(x) else x.astype(dtype, copy=False)


def as_result(y: Any, dtype: Any) -> Any:
    """`y` in `dtype`; whole numbers that would wrap around are refused instead."""
    if y.dtype != dtype and 0 not in y.shape and not _is_float(dtype):
        limits = library(y).iinfo(dtype)
        smallest, largest = int(y.min()), int(y.max())
        if smallest < limits.min or largest > limits.max:
            wider = "x.long()" if is_tensor(y) else "x.astype(np.int64)"
            rule = f"the result does not fit into {dtype}; convert the input with {wider} first"
            refuse(rule, smallest=smallest, largest=largest)
    return cast(y, dtype)


def _is_float(dtype: Any) -> bool:
    """Whether a dtype of either library holds real or complex numbers."""
    return dtype.kind in "fc" if isinstance(dtype, np.dtype) else dtype.is_floating_point or dtype.is_complex


def pad(x: Any, pads: Pairs | Sequence[tuple[int, int]], mode: str = "zeros") -> Any:
    """`x` with (lo, hi) cells added to its last `len(pads)` axes; `x` itself where there is nothing to add."""
    if not any(map(any, pads)):
        return x
    return _pad_tensor(x, pads, mode) if is_tensor(x) else _pad_numpy(x, pads, mode)


def _pad_numpy(x: np.ndarray, pads: Sequence[tuple[int, int]], mode: str) -> np.ndarray:
    lead = x.ndim - len(pads)
    if mode != "zeros":
        # NumPy types its modes as literals, one by one.
        return np.pad(x, [(0, 0)] * lead + list(pads), mode=NUMPY_PAD_MODES[mode])  # type: ignore[call-overload]
    sizes = (size + lo + hi for size, (lo, hi) in zip(x.shape[lead:], pads, strict=True))
    padded = np.zeros((*x.shape[:lead], *sizes), dtype=x.dtype)
    inside = (slice(lo, lo + size) for size, (lo, _) in zip(x.shape[lead:], pads, strict=True))
    padded[(..., *inside)] = x
    return padded


def _pad_tensor(x: torch.Tensor, pads: Sequence[tuple[int, int]], mode: str) -> torch.Tensor:
    torch = library(x)
    if mode == "zeros":  # torch counts axes from the last
        return torch.nn.functional.pad(x, [cells for pair in reversed(pads) for cells in pair])
    for axis, (lo, hi) in enumerate(pads, start=x.ndim - len(pads)):
        x = x.index_select(axis, _stand_ins(x.shape[axis], lo, hi, mode).to(x.device))
    return x


def _stand_ins(size: int, lo: int, hi: int, mode: str) -> torch.Tensor:
    """The cell of an axis that stands at each place of the padded axis."""
    cells = sys.modules["torch"].arange(-lo, size + hi)
    if mode == "circular":
        return cells % size
    if mode == "reflect":
        return size - 1 - (size - 1 - cells.abs()).abs()
    return cells.clamp(0, size - 1)
