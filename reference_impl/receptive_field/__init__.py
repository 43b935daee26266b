"""The receptive field of a stack of layers, in exact whole numbers. Imports neither NumPy nor torch."""

from reference_impl.receptive_field.design import cheapest_stack, stack_cost
from reference_impl.receptive_field.effective import effective_variance
from reference_impl.receptive_field.field import (
    input_window,
    receptive_field,
    receptive_field_step,
    receptive_field_steps,
)
from reference_impl.receptive_field.layers import Branches, Layer, ReceptiveField

__all__ = [
    "Branches",
    "Layer",
    "ReceptiveField",
    "cheapest_stack",
    "effective_variance",
    "input_window",
    "receptive_field",
    "receptive_field_step",
    "receptive_field_steps",
    "stack_cost",
]
