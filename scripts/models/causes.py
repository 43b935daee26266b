"""One small model for each thing about which counters differ, with its multiply–accumulates by hand."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm


class Functional(nn.Module):
    """A kernel that belongs to no layer."""

    def __init__(self):
        super().__init__()
        self.kernels = nn.ParameterList([nn.Parameter(torch.zeros(8, 3, 3, 3))])

    def forward(self, x):
        return F.conv2d(x, self.kernels[0])


class Product(nn.Module):
    """Every place times every other."""

    def forward(self, x):
        return x @ x.transpose(1, 2)


class Attention(nn.Module):
    """Queries, keys and values are the input itself."""

    def forward(self, x):
        return F.scaled_dot_product_attention(x, x, x)


class Unused(nn.Module):
    """A layer runs, and nobody looks at its result."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3, bias=False)

    def forward(self, x):
        self.layer(x)
        return x


class Twice(nn.Module):
    """One layer called two times."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1, bias=False)

    def forward(self, x):
        return self.layer(self.layer(x))


CAUSES = {  # what it is: how to make it, the shapes of its inputs, its products by hand
    "3 × 3 kernel, no bias": (lambda: nn.Conv2d(3, 8, 3, bias=False), ((1, 3, 6, 7),), (4 * 5) * 8 * (3 * 9)),
    "the same with a bias": (lambda: nn.Conv2d(3, 8, 3), ((1, 3, 6, 7),), (4 * 5) * 8 * (3 * 9)),
    "batch normalisation": (lambda: nn.BatchNorm2d(8), ((1, 8, 6, 7),), 0),
    "mean of each channel": (lambda: nn.AdaptiveAvgPool2d(1), ((1, 8, 6, 7),), 0),
    "transposed 3 × 3 kernel, stride 2": (
        lambda: nn.ConvTranspose2d(3, 8, 3, 2, bias=False),
        ((1, 3, 6, 7),),
        (6 * 7) * 3 * (8 * 9),
    ),
    "kernel outside of a layer": (Functional, ((1, 3, 6, 7),), (4 * 5) * 8 * (3 * 9)),
    "kernel under weight norm": (
        lambda: weight_norm(nn.Conv2d(3, 8, 3, bias=False)),
        ((1, 3, 6, 7),),
        (4 * 5) * 8 * (3 * 9),
    ),
    "one layer called twice": (Twice, ((1, 3, 6, 7),), 2 * (6 * 7) * 3 * 3),
    "layer whose result is dropped": (Unused, ((1, 3, 6, 7),), (4 * 5) * 8 * (3 * 9)),
    "matrix product": (Product, ((2, 9, 4),), 2 * 9 * 9 * 4),
    "attention in one operator": (Attention, ((2, 9, 4),), 2 * (9 * 9 * 4 + 9 * 9 * 4)),
    "recurrent layer (GRU)": (lambda: nn.GRU(4, 3, bias=False), ((5, 2, 4),), (5 * 2) * 3 * 3 * (4 + 3)),
}
