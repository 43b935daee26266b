"""Checks of the rooms that still have a second body for tensors."""

from typing import Any

import torch

from reference_impl.arrays import pad, tensors

__all__ = ["numeric", "pad", "together"]

together = tensors


def numeric(name: str, value: Any) -> torch.Tensor:
    """`value` if it is a tensor of numbers."""
    tensors(**{name: value})
    return value
