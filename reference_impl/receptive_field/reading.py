"""Which cells of an axis each output of an operator reads: one row an output, cells outside the axis included."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from math import ceil

import torch


def window_cells(outputs: int, kernel: int, stride: int, before: int, dilation: int) -> torch.Tensor:
    """A sliding window.

    Example:
        >>> window_cells(2, 3, 2, 1, 1).tolist()
        [[-1, 0, 1], [1, 2, 3]]
    """
    return stride * torch.arange(outputs)[:, None] - before + dilation * torch.arange(kernel)


def transposed_cells(outputs: int, kernel: int, stride: int, before: int, dilation: int) -> torch.Tensor:
    """A transposed window; −1 where a tap meets no cell.

    Example:
        >>> transposed_cells(3, 2, 2, 0, 1).tolist()
        [[0, -1], [-1, 0], [1, -1]]
    """
    places = torch.arange(outputs)[:, None] + before - dilation * torch.arange(kernel)
    return torch.where(places % stride == 0, places // stride, -1)


def part_cells(size: int, parts: int) -> torch.Tensor:
    """An adaptive pool: part o from ⌊o·size/parts⌋ up to ⌈(o + 1)·size/parts⌉, exclusive.

    Example:
        >>> part_cells(5, 2).tolist()
        [[0, 1, 2], [2, 3, 4]]
    """
    places = torch.arange(parts)
    first, end = places * size // parts, -(-(places + 1) * size // parts)
    cells = first[:, None] + torch.arange(int((end - first).max()))
    return torch.where(cells < end[:, None], cells, -1)


def sample_cells(size: int, outputs: int, mode: str, scale: float | None, aligned: bool) -> torch.Tensor:
    """An interpolation between cells; −1 for a neighbour whose weight is 0.

    Args:
        size: Cells of the axis.
        outputs: Cells made of them.
        mode: "nearest", "nearest-exact", "linear" or "cubic".
        scale: Cells from one output to the next where the caller gave a factor, else size / outputs.
        aligned: Whether first and last centres stay in place.

    Example:
        >>> sample_cells(2, 4, "linear", None, False).tolist()
        [[0, -1], [0, 1], [0, 1], [1, 1]]
    """
    step = size / outputs if scale is None else scale
    places = torch.arange(outputs, dtype=torch.float64)
    if mode.startswith("nearest"):
        shift = 0.5 if mode.endswith("exact") else 0.0
        return ((places + shift) * step + 1e-9).floor().long().clamp(max=size - 1)[:, None]
    at = places * ((size - 1) / max(outputs - 1, 1)) if aligned else (places + 0.5) * step - 0.5
    at = at if mode == "cubic" else at.clamp(min=0)
    low = (at + 1e-9).floor()
    between = (at - low > 1e-9)[:, None]  # else the centre of a cell is met, and its neighbours weigh nothing
    reach = torch.arange(-1, 3) if mode == "cubic" else torch.arange(2)
    cells = (low[:, None].long() + reach).clamp(0, size - 1)
    return torch.where(between | (reach == 0), cells, -1)


def smooth_cells(size: int, outputs: int, mode: str, scale: float | None, aligned: bool) -> torch.Tensor:
    """An interpolation that smooths where it shrinks (antialias): cells nearer than 1 (linear) or 2 (cubic) steps.

    A cell exactly 1 step away weighs nothing, by either rule.

    Example:
        >>> smooth_cells(4, 2, "linear", None, False).tolist()
        [[-1, 0, 1, 2, -1, -1], [1, 2, 3, 4, -1, -1]]
    """
    step = size / outputs if scale is None else scale
    step = ((size - 1) / (outputs - 1) if outputs > 1 else 0.0) if aligned else step
    unit = max(step, 1.0)
    reach = unit * (2 if mode == "cubic" else 1)
    centers = (torch.arange(outputs, dtype=torch.float64)[:, None] + 0.5) * step
    cells = (centers - reach).floor().long() + torch.arange(ceil(2 * reach) + 2)
    away = (cells + 0.5 - centers).abs()
    near = (away < reach - 1e-9) & ((away - unit).abs() > 1e-9)
    return torch.where(near, cells, -1)
