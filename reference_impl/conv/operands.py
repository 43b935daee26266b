"""The one gate through which every NumPy convolution takes its arguments."""

from typing import Any, NamedTuple

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import numeric


class Geometry(NamedTuple):
    """Checked geometry of a convolution, one entry an axis."""

    output_shape: tuple[int, ...]  # (N, C_out, *O)
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]  # (lo, hi)
    dilation: tuple[int, ...]


def conv_operands(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None,
    *,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    padding_mode: str,
) -> Geometry:
    """Refuse what does not fit, before any computation; return the geometry."""
    numeric("x", x)
    numeric("w", w)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    geometry = Geometry(*conv_geometry(x.shape, w.shape, **options))
    if b is not None:
        numeric("b", b)
        checks.bias_shape(b, w.shape[0])
    checks.padding_fits(padding_mode, geometry.pads, x.shape[2:])
    return geometry
