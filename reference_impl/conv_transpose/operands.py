"""The one gate through which every NumPy transposed convolution takes its arguments."""

from typing import Any, NamedTuple

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import numeric


class TransposeGeometry(NamedTuple):
    """Checked geometry of a transposed convolution, one entry an axis."""

    output_shape: tuple[int, ...]  # (N, C_out, *O)
    stride: tuple[int, ...]
    cuts: tuple[tuple[int, int], ...]  # (lo, hi) output cells that padding cuts off
    dilation: tuple[int, ...]


def conv_transpose_operands(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, **options: Any) -> TransposeGeometry:
    """Refuse what does not fit, before any computation; return the geometry."""
    numeric("x", x)
    numeric("w", w)
    geometry = TransposeGeometry(*conv_transpose_geometry(x.shape, w.shape, **options))
    if b is not None:
        numeric("b", b)
        checks.bias_shape(b, geometry.output_shape[1])
    return geometry
