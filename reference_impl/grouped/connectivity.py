"""Which input channels an output channel depends on, through a stack of grouped layers."""

from collections.abc import Sequence
from math import prod

import numpy as np

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.grouped.shuffle import shuffle_permutation


def connectivity_matrix(channels: Sequence[int], groups: Sequence[int], *, shuffle: bool = False) -> np.ndarray:
    """Paths from every input channel to every output channel of stacked grouped convolutions; 0 is no connection.

    Definition:
        M[l, o, c] = sum(M[l - 1, S(l - 1, e), c] for e in range(C_[l - 1]) if e*g_[l] // C_[l - 1] == o*g_[l] // C_[l])
        M[0, o, c] = 1 if o == c else 0
        S(l, e) = e % g_[l] * C_[l]/g_[l] + e // g_[l] if l > 0 else e

        M — path count
        S — place before
        c — channel
        l — layer
        e — place
        L — layers
        g_ = array(L, low=1, high=3, first=1)
        C_ = [6*m for m in array(L + 1, low=1, high=2)]
        M[L, o, c] = connectivity_matrix(C_, g_, shuffle=True)

    Shapes:
        returns: (channels[-1], channels[0]), whole numbers

    Args:
        channels: Channels before the first layer and after each layer; one entry more than groups.
        groups: Groups of each layer.
        shuffle: Whether the channels are shuffled between the layers, each time with the groups of the layer before.

    Raises:
        ValueError: lengths that do not fit, a size below 1, channels that groups does not divide, or more paths than
            64 bits can count.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1 and figure 1.

    Example:
        >>> connectivity_matrix((4, 4, 4), (2, 2))[0].tolist()
        [2, 2, 0, 0]
        >>> connectivity_matrix((4, 4, 4), (2, 2), shuffle=True)[0].tolist()
        [1, 1, 1, 1]
    """
    layers = checks.sizes("groups", groups)
    widths = checks.sizes("channels", channels)
    if len(widths) != len(layers) + 1:
        refuse("channels must have one entry more than groups", channels=widths, groups=layers)
    for layer, g in enumerate(layers):
        checks.divisible(f"channels[{layer}]", widths[layer], g)
        checks.divisible(f"channels[{layer + 1}]", widths[layer + 1], g)
    checks.holdable((max(widths), max(widths)))
    most = prod(width // g for width, g in zip(widths[1:-1], layers[:-1], strict=True))  # ways up to the last layer
    if most >= 2**63:
        refuse("64 bits cannot count the paths of so many layers", layers=len(layers), paths=most)
    paths = np.eye(widths[0], dtype=np.int64)
    for layer, g in enumerate(layers):
        if shuffle and layer:
            paths = paths[shuffle_permutation(widths[layer], layers[layer - 1])]  # (C_l, C_0), rows dealt out
        block = np.ones((widths[layer + 1] // g, widths[layer] // g), dtype=np.int64)
        paths = np.kron(np.eye(g, dtype=np.int64), block) @ paths  # (C_{l+1}, C_0)
    return paths
