"""What the torch rooms share: which tensors are accepted, and that they live in one dtype on one device."""

from typing import Any

import torch

from reference_impl.checks import refuse


def numeric(function: str, name: str, value: Any) -> torch.Tensor:
    """`value` if it is a tensor of numbers."""
    if not isinstance(value, torch.Tensor):
        refuse(function, f"{name} must be a torch tensor", error=TypeError, **{name: type(value).__name__})
    if value.dtype == torch.bool:
        refuse(function, f"{name} must hold numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})
    return value


def together(function: str, **tensors: torch.Tensor | None) -> None:
    """Refuse tensors that differ in dtype or device, as torch's own operators do."""
    given = {name: numeric(function, name, tensor) for name, tensor in tensors.items() if tensor is not None}
    if len({(tensor.dtype, tensor.device) for tensor in given.values()}) > 1:
        kinds = {name: f"{tensor.dtype} on {tensor.device}" for name, tensor in given.items()}
        refuse(function, f"{', '.join(given)} must share one dtype and one device", error=TypeError, **kinds)
