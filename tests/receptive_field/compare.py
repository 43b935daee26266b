"""Both ways to a receptive field, side by side."""

from itertools import product

import torch
from torch import nn

from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window


class Call(nn.Module):
    """A function as a module; its children are handed to it."""

    def __init__(self, function, **children):
        super().__init__()
        self.function = function
        for name, child in children.items():
            setattr(self, name, child)

    def forward(self, x):
        return self.function(x, self) if len(list(self.children())) else self.function(x)


def places(sizes):
    """A first, a last, and inner positions of an output."""
    return list(product(*(sorted({0, size // 3, size // 2, size - 1}) for size in sizes)))[
        :: 1 if len(sizes) < 2 else 3
    ]


def derived_window(model, shape, index):
    """The derived window, or None where the output sees nothing."""
    try:
        return receptive_field(model, shape, index or None).window
    except ValueError as problem:
        return saw_nothing(problem)


def window_by_poison(model, shape, index):
    """The measured window, or None where the output sees nothing."""
    try:
        return measured_window(model, shape, index=index or None)
    except ValueError as problem:
        return saw_nothing(problem)


def saw_nothing(problem):
    """None for the refusal of an output that sees nothing; any other goes on."""
    if "must see an input cell" not in str(problem):
        raise problem


def same_both_ways(model, shape, indices=None):
    """The field, after derived and measured windows were found equal at several outputs."""
    field = receptive_field(model, shape)
    assert field.how == "derived", field.why
    with torch.no_grad():
        sizes = model.eval()(torch.zeros(shape)).shape[2:]
    for index in indices or places(sizes):
        assert derived_window(model, shape, index) == window_by_poison(model, shape, index), index
    return field
