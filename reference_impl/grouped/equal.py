"""Equal groups: the split–convolve–concatenate form, the block-diagonal form, and 1×1 kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import either, is_tensor, library, pad, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv
from reference_impl.grouped.parts import side_by_side
from reference_impl.types import Array, PaddedOptions, Padding, PerAxis

if TYPE_CHECKING:
    import torch


def grouped_conv_split(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    devices: Sequence[torch.device | str] | None = None,
) -> Array:
    """Grouped convolution as model parallelism runs it: split the channels, convolve each part, concatenate.

    Definition:
        y[n, q*m + o, i, j] = b[q*m + o] + sum(
            w[q*m + o, c, u, v] * x[n, q*C_in/g + c, s*i + d*u - p, s*j + d*v - p]
            for c in range(C_in/g) for u in range(k_H) for v in range(k_W)
        )

        o — filter
        m — group width
        i_H (3..6)
        i_W (3..6)
        x = array(N, C_in, i_H, i_W, outside=0)
        w = array(g*m, C_in/g, k_H, k_W)
        b = array(g*m)
        q in range(g)
        o in range(m)

    The parts need nothing from each other, so each can be computed on a device of its own. The result is that of `conv`
    with `groups`, on the device of x; gradients flow back through the devices.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        w: Weights; filters of one group are neighbours.
        b: Bias, added to every cell of its output channel.
        stride: Step between windows, in input cells; int or one per axis.
        padding: Cells outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".
        devices: For tensors, one device per group, such as ("cuda:0", "cuda:1"); that of x for all of them if None.

    Raises:
        ValueError: shapes that do not fit, another number of devices than groups, or a value out of range.
        TypeError: an argument of the wrong kind, or devices for NumPy arrays.

    Source:
        Krizhevsky, Sutskever & Hinton, 2012, section 3.5.

    Example:
        >>> x, w = np.arange(8).reshape(1, 4, 2), np.array([[[1], [10]], [[1], [10]]])
        >>> grouped_conv_split(x, w, groups=2)[0].tolist()
        [[20, 31], [64, 75]]
    """
    either(x=x, w=w, b=b)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    conv_geometry(tuple(x.shape), tuple(w.shape), bias_shape=shape_of(b), groups=groups, **options)
    places = None if devices is None else _devices(x, devices, groups)
    weights = w.reshape(groups, -1, *w.shape[1:])  # (g, C_out/g, C_in/g, *K)
    return side_by_side(x, weights, b, places, **options)


def block_diagonal_weight(w: Array, groups: int) -> Array:
    """The dense weight of the same convolution without groups: the groups' weights as blocks, zeros elsewhere.

    Definition:
        W[o, c, u, v] = w[o, c - q*C_in/g, u, v] if c*g // C_in == q else 0
        q = o*g // C_out

        c — channel
        q — group
        W — block-diagonal
        w = array(C_out, C_in/g, k_H, k_W)

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in, *K)

    Args:
        w: Weight of the grouped convolution, a NumPy array or a torch tensor.
        groups: Number of groups; it must divide C_out.

    Raises:
        ValueError: a weight without spatial axis, or filters that groups does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Ioannou et al., "Deep roots: improving CNN efficiency with hierarchical filter groups", 2017.

    Example:
        >>> block_diagonal_weight(np.array([[[1], [2]], [[3], [4]]]), groups=2)[..., 0].tolist()
        [[1, 2, 0, 0], [0, 0, 3, 4]]
    """
    either(w=w)
    filters, channels, *kernel = checks.shape("w.shape", tuple(w.shape), layout="(C_out, C_in/groups, *K)")
    checks.divisible("C_out", filters, checks.whole("groups", groups, least=1))
    within = [(0, 0)] * len(kernel)
    blocks = w.reshape(groups, filters // groups, channels, *kernel)  # (g, C_out/g, C_in/g, *K)
    rows = [pad(block, [(q * channels, (groups - 1 - q) * channels), *within]) for q, block in enumerate(blocks)]
    return library(w).concatenate(rows)  # (C_out, C_in, *K)


def pointwise_grouped_conv(
    x: Array, w: Array, b: Array | None = None, *, groups: int = 1, stride: PerAxis = 1
) -> Array:
    """A 1×1 convolution whose channels mix within their group only: C_in · C_out / g weights.

    Definition:
        y[n, o, i, j] = b[o] + sum(w[o, c, 0, 0] * x[n, q*C_in/g + c, s*i, s*j] for c in range(C_in/g))
        q = o*g // C_out

        q — group
        i_H (3..6)
        i_W (3..6)
        x = array(N, C_in, i_H, i_W)
        w = array(C_out, C_in/g, 1, 1)
        b = array(C_out)

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, 1, …, 1)
        b:       (C_out,)
        returns: (N, C_out, *O)

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        w: Weights, one tap each.
        b: Bias, added to every cell of its output channel.
        groups: Number of groups of channels that do not meet.
        stride: Step between the cells that are read; int or one per axis.

    Raises:
        ValueError: a kernel of more than one tap, shapes that do not fit, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> x, w = np.arange(8).reshape(1, 4, 2), np.array([[[1], [10]], [[1], [10]]])
        >>> pointwise_grouped_conv(x, w, groups=2)[0].tolist()
        [[20, 31], [64, 75]]
    """
    either(x=x, w=w, b=b)
    if any(taps != 1 for taps in w.shape[2:]):
        got = {"w.shape": tuple(w.shape)}
        refuse("w must have one tap, shape (C_out, C_in/groups, 1, …, 1)", **got)
    return conv(x, w, b, stride=stride, groups=groups)


def _devices(x: object, devices: object, groups: int) -> list[torch.device]:
    """The device of each group."""
    if not is_tensor(x):
        refuse("devices are for torch tensors", error=TypeError, x=type(x).__name__)
    if not isinstance(devices, (list, tuple)) or len(devices) != groups:
        refuse("devices must name one device per group", devices=devices, groups=groups)
    return [_device(x, place) for place in devices]


def _device(x: object, place: object) -> torch.device:
    """The device that a word or a torch.device names."""
    try:
        return library(x).device(place)
    except (TypeError, ValueError, RuntimeError):
        refuse("devices must be torch devices or their names", error=TypeError, device=place)
