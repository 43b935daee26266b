"""Receptive fields of torch models: traced from their operators, and measured by gradients."""

from reference_impl.receptive_field_torch.gradient import (
    effective_deviation,
    effective_receptive_field,
    gradient_window,
)
from reference_impl.receptive_field_torch.trace import receptive_field_torch

__all__ = ["effective_deviation", "effective_receptive_field", "gradient_window", "receptive_field_torch"]
