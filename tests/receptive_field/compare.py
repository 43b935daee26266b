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


def window_of(ask):
    """A window, or the reason why there is none: an output that sees nothing."""
    try:
        return ask()
    except ValueError as problem:
        assert "must see an input cell" in str(problem)
        return None


def same_both_ways(model, shape, indices=None):
    """The field, after derived and measured windows were found equal at several outputs."""
    with torch.no_grad():
        sizes = model.eval()(torch.zeros(shape)).shape[2:]
    for index in indices or places(sizes):
        derived = window_of(lambda: receptive_field(model, shape, index or None).window)
        assert derived == window_of(lambda: measured_window(model, shape, index=index or None)), index
    field = receptive_field(model, shape, index or None)
    assert field.how == "derived", field.why
    return field
