"""What the torch rooms share: which tensors are accepted, in one dtype on one device, and how borders are filled."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the name that every torch programme uses)

from reference_impl.checks import refuse

OPTIONAL = ("b", "mask")  # arguments that may be None


def numeric(name: str, value: Any) -> torch.Tensor:
    """`value` if it is a tensor of numbers."""
    if not isinstance(value, torch.Tensor):
        refuse(f"{name} must be a torch tensor", error=TypeError, **{name: type(value).__name__})
    if value.layout != torch.strided:
        refuse(f"{name} must be dense", error=TypeError, **{f"{name}.layout": str(value.layout)})
    if value.dtype == torch.bool:
        refuse(f"{name} must hold numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})
    return value


def together(**tensors: torch.Tensor | None) -> None:
    """Refuse tensors that differ in dtype or device, as torch's own operators do."""
    present = {name: tensor for name, tensor in tensors.items() if tensor is not None or name not in OPTIONAL}
    given = {name: numeric(name, tensor) for name, tensor in present.items()}
    if len({(tensor.dtype, tensor.device) for tensor in given.values()}) > 1:
        kinds = {name: f"{tensor.dtype} on {tensor.device}" for name, tensor in given.items()}
        refuse(f"{', '.join(given)} must share one dtype and one device", error=TypeError, **kinds)


def as_result(y: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """`y` in `dtype`; whole numbers that would wrap around are refused instead."""
    if y.dtype != dtype and y.numel():
        limits, smallest, largest = torch.iinfo(dtype), int(y.min()), int(y.max())
        if smallest < limits.min or largest > limits.max:
            rule = f"the result does not fit into {dtype}; convert the input with x.long() first"
            refuse(rule, smallest=smallest, largest=largest)
    return y.to(dtype)


def pad(x: torch.Tensor, pads: Sequence[tuple[int, int]], mode: str = "zeros") -> torch.Tensor:
    """`x` with (lo, hi) cells added to its last `len(pads)` axes; `x` itself where there is nothing to add."""
    if not any(map(any, pads)):
        return x
    if mode == "zeros":
        return F.pad(x, [cells for pair in reversed(pads) for cells in pair])  # torch counts axes from the last
    for axis, (lo, hi) in enumerate(pads, start=x.ndim - len(pads)):
        x = x.index_select(axis, _stand_ins(x.shape[axis], lo, hi, mode).to(x.device))
    return x


def _stand_ins(size: int, lo: int, hi: int, mode: str) -> torch.Tensor:
    """The cell of an axis that stands at each place of the padded axis."""
    cells = torch.arange(-lo, size + hi)
    if mode == "circular":
        return cells % size
    if mode == "reflect":
        return size - 1 - (size - 1 - cells.abs()).abs()
    return cells.clamp(0, size - 1)
