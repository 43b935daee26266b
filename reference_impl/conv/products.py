"""How `conv` computes: windows gathered into blocks of columns, one large matrix product a block."""

from collections.abc import Iterable
from itertools import product
from math import prod

import numpy as np

from reference_impl.types import Geometry

MOST_BYTES = 1 << 22  # of one block of columns: a larger one leaves the cache, a smaller one makes small products
FEWEST_TERMS = 64  # of a sum: a matrix product over fewer leaves BLAS idle


def correlate(samples: Iterable[np.ndarray], w: np.ndarray, geometry: Geometry, y: np.ndarray) -> None:
    """Write the correlation of padded samples with the weights into y.

    Shapes:
        samples: N of (g, C_in/g, *P)
        w:       (g, C_out/g, C_in/g, *K)
        y:       (N, g, C_out/g, *O), contiguous
    """
    groups, filters, channels, *kernel = w.shape
    if set(kernel) == set(geometry.stride) == {1}:  # each window is one cell: the input is its own columns
        for padded, total in zip(samples, y, strict=True):
            np.matmul(w.reshape(groups, filters, channels), _flat(padded), out=_flat(total))
    elif len(kernel) == 1:  # a line is an image whose rows have one cell
        geometry = geometry._replace(stride=(*geometry.stride, 1), dilation=(*geometry.dilation, 1))
        _multiply_blocks((padded[..., None] for padded in samples), w[..., None], geometry, y[..., None])
    else:
        _multiply_blocks(samples, w, geometry, y)


def _multiply_blocks(samples: Iterable[np.ndarray], w: np.ndarray, geometry: Geometry, y: np.ndarray) -> None:
    """`correlate` over at least two axes, some output rows at a time.

    Taps one row apart read the same columns, shifted. Where the rows' stride is 1, the taps of one kernel row are
    therefore gathered once and multiplied once a kernel row, at different offsets; else all taps are gathered.
    """
    *lead, height, width = y.shape[3:]
    limit = min(MOST_BYTES, y.nbytes) // (y.itemsize * width)
    slides = _slides(w.shape, geometry, limit)
    kernel = (*w.shape[3:-2], 1 if slides else w.shape[-2], w.shape[-1])
    matrices = [_flat(w[..., u, :]) for u in range(w.shape[-2])] if slides else [_flat(w)]  # (g, C_out/g, C·taps)
    overlap = geometry.dilation[-2] * (len(matrices) - 1)
    terms = w.shape[0] * w.shape[2] * prod(kernel)
    rows = min(height, max(1, limit // terms - overlap))
    buffer = np.empty(terms * (rows + overlap) * width, dtype=y.dtype)
    scratch = np.empty((*w.shape[:2], rows * width), dtype=y.dtype)
    for padded, sums in zip(samples, y, strict=True):
        for *index, first in product(*map(range, lead), range(0, height, rows)):
            count = min(rows, height - first)
            outputs = (*((i, 1) for i in index), (first, count + overlap), (0, width))
            columns = _gather(padded, kernel, geometry, outputs, buffer)  # (g, C·taps, cells)
            total = _flat(sums[(slice(None), slice(None), *index, slice(first, first + count))])
            _add_products(matrices, columns, geometry.dilation[-2] * width, total, scratch)


def _add_products(
    matrices: list[np.ndarray], columns: np.ndarray, shift: int, total: np.ndarray, scratch: np.ndarray
) -> None:
    """Sum over u of matrices[u] @ columns from cell u · shift on, written into total (g, C_out/g, cells)."""
    cells = total.shape[-1]
    np.matmul(matrices[0], columns[..., :cells], out=total)
    for u, matrix in enumerate(matrices[1:], start=1):
        total += np.matmul(matrix, columns[..., u * shift : u * shift + cells], out=scratch[..., :cells])


def _slides(w_shape: tuple[int, ...], geometry: Geometry, limit: int) -> bool:
    """Whether kernel rows can share columns: at stride 1, with sums long enough and rows reread seldom enough."""
    groups, _, channels, *kernel = w_shape
    terms = channels * prod(kernel) // kernel[-2]
    overlap = geometry.dilation[-2] * (kernel[-2] - 1)
    return geometry.stride[-2] == 1 and terms >= FEWEST_TERMS and limit // (groups * terms) >= 2 * overlap


def _gather(
    padded: np.ndarray,
    kernel: tuple[int, ...],
    geometry: Geometry,
    outputs: tuple[tuple[int, int], ...],
    buffer: np.ndarray,
) -> np.ndarray:
    """The windows of some outputs, (first, count) an axis, as columns in `buffer`: (g, C·taps, cells)."""
    groups, channels = padded.shape[:2]
    counts = [count for _, count in outputs]
    used = buffer[: groups * channels * prod(kernel) * prod(counts)]
    columns = used.reshape(groups, channels, prod(kernel), *counts)  # (g, C, taps, *counts)
    for column, tap in enumerate(np.ndindex(*kernel)):
        axes = zip(tap, geometry.dilation, geometry.stride, outputs, strict=True)
        cells = (slice(d * u + s * i, d * u + s * (i + n - 1) + 1, s) for u, d, s, (i, n) in axes)
        columns[:, :, column] = padded[(..., *cells)]
    return columns.reshape(groups, channels * prod(kernel), -1)


def _flat(array: np.ndarray) -> np.ndarray:
    """`array` with all axes from the third on made one."""
    return array.reshape(*array.shape[:2], -1)
