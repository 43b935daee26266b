"""The checkerboard in numbers: how many stamps overlap in each output cell, and how uneven a result is."""

from collections.abc import Sequence

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import numeric
from reference_impl.checks import refuse
from reference_impl.conv_transpose.fast import conv_transpose
from reference_impl.types import Padding, PerAxis, TransposedOptions


def overlap_map(
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
) -> np.ndarray:
    """How many products of an input cell and a tap are added up in each output cell of a transposed convolution.

    The same counts say how often a strided convolution reads each of its input cells, which is how unevenly its
    gradient comes back.

    Shapes:
        returns: (*O), whole numbers

    Args:
        input_size: Input cells, one per axis.
        kernel_size: Taps; int or one per axis.
        stride: Output cells from one stamp to the next; int or one per axis.
        padding: Output cells cut off: int, one per axis, or (lo, hi) pairs per axis.
        output_padding: Output cells kept in addition at the end; int or one per axis.
        dilation: Step between taps, in output cells; int or one per axis.

    Raises:
        ValueError: a value out of range, or padding that leaves no output.
        TypeError: an argument of the wrong kind.

    Source:
        Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts", 2016.

    Example:
        >>> overlap_map((4,), 3, stride=2).tolist(), overlap_map((4,), 4, stride=2).tolist()
        ([1, 1, 2, 1, 2, 1, 2, 1, 1], [1, 1, 2, 2, 2, 2, 2, 2, 1, 1])
    """
    spatial = checks.sizes("input_size", input_size)
    kernel = checks.per_axis("kernel_size", kernel_size, len(spatial), least=1)
    options: TransposedOptions = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    conv_transpose_geometry((1, 1, *spatial), (1, 1, *kernel), **options)
    ones = np.ones((1, 1, *spatial), dtype=np.int64), np.ones((1, 1, *kernel), dtype=np.int64)
    return conv_transpose(*ones, **options)[0, 0]


def unevenness(y: np.ndarray, stride: Sequence[int], *, border: int | Sequence[int] = 0) -> float:
    """How much of a pattern with the period of the stride stands in `y`: 0 for none, at most 1.

    Definition:
        U = sqrt(
            sum((m_[c, r] - μ_[c])**2 for c in range(C) for r in range(s))
            / sum(m_[c, r]**2 for c in range(C) for r in range(s))
        )
        m_[c, r] = sum(y[c, s*i + r] for i in range(K))/K
        μ_[c] = sum(m_[c, r] for r in range(s))/s

        c — channel
        i — period
        s — period
        K — periods
        C — channels
        s (2..4)
        y = array(C, s*K)
        stride = (s,)

    What changes little within a period falls on all phases alike and hardly counts; the checkerboard of a transposed
    convolution falls on single phases, and so do stripes of that period in the picture itself. All numbers times ten
    gives the same U. Where `y` is zero throughout, U is 0.

    Shapes:
        y: (*L, *O), as many spatial axes O at the end as stride has entries; samples and channels L before them

    Args:
        y: Overlap counts, an output, or a gradient.
        stride: The period to look for, one per spatial axis.
        border: Cells to leave out at each end of every spatial axis, where counts differ for another reason.

    Returns:
        U, between 0 and 1.

    Raises:
        ValueError: fewer axes than stride has entries, or a border that leaves less than one period.
        TypeError: an argument of the wrong kind.

    Source:
        The counts: Odena et al., 2016. The measure is this handbook's own: the share of the phase means' root mean
        square that is not their common mean.

    Example:
        >>> round(unevenness(np.array([1, 2, 1, 2]), (2,)), 4), unevenness(np.array([2, 2, 2, 2]), (2,))
        (0.3162, 0.0)
    """
    steps = checks.sizes("stride", stride)
    axes = len(steps)
    if numeric("y", y).ndim < axes:
        refuse(
            "y must have at least one axis per entry of stride",
            **{"y.shape": tuple(y.shape), "stride": stride},
        )
    edges = checks.per_axis("border", border, axes, least=0)
    lead, spatial = y.shape[: y.ndim - axes], y.shape[y.ndim - axes :]
    if any(size - 2 * edge < step for size, edge, step in zip(spatial, edges, steps, strict=True)):
        rule = "border must leave at least one period of the stride"
        refuse(rule, **{"y.shape": tuple(y.shape), "border": border, "stride": stride})
    inside = y[(..., *(slice(edge, size - edge) for edge, size in zip(edges, spatial, strict=True)))]
    spatial_axes = tuple(range(len(lead), y.ndim))
    phases = (tuple(slice(r, None, s) for r, s in zip(phase, steps, strict=True)) for phase in np.ndindex(*steps))
    means = np.array([inside[(..., *phase)].mean(axis=spatial_axes) for phase in phases])  # (∏s, *L)
    total = np.sum(np.abs(means) ** 2)
    off_mean = np.sum(np.abs(means - means.mean(axis=0)) ** 2)
    return float(np.sqrt(off_mean / total)) if total else 0.0
