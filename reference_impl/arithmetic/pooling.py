"""Sizes of poolings, and the cells by which an average pool divides."""

from reference_impl.arithmetic.padding import effective_kernel_size
from reference_impl.arithmetic.sizes import output_size
from reference_impl.checks import holdable, refuse, whole


def pool_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Number of outputs of a pooling along one axis.

    Without `ceil_mode` it is the output size of a convolution. With it, a last window that reaches beyond the padded
    input counts too, be it the only one, if it begins in the input or in the padding before it: a window may not begin
    in the far padding.

    Args:
        input_size: Input cells along the axis.
        kernel_size: Cells under one window.
        stride: Step between windows; the window itself by default.
        padding: Cells added at each end, at most half of the window.
        dilation: Step between the cells of one window.
        ceil_mode: Whether a window that reaches beyond the end counts.

    Raises:
        ValueError: a size, stride or dilation below 1, more padding than half a window, a window that does not fit.
            With `ceil_mode` it fits if it lacks fewer cells than a stride.
        TypeError: an argument that is not a whole number.

    Source:
        torch.nn.MaxPool2d and torch.nn.AvgPool2d, "Shape" and the note on ceil_mode.

    Example:
        >>> pool_output_size(112, 3, stride=2), pool_output_size(112, 3, stride=2, ceil_mode=True)
        (55, 56)
        >>> pool_output_size(5, 2, padding=1, ceil_mode=True)  # a fourth window would begin behind the input
        3
    """
    i, k, s, p, d = _checked(input_size, kernel_size, stride, padding, dilation)
    beyond = (effective_kernel_size(k, dilation=d) - i - 2 * p) % s if ceil_mode else 0  # cells of the last window
    reached = output_size(i, k, s, (p, p + beyond), d)
    return min(reached, -(-(i + p) // s)) if beyond else reached  # windows that begin before the far padding


def pool_window_cells(
    input_size: int,
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[int, ...]:
    """By how many cells an average pool divides the sum of each window along one axis.

    For several axes the divisor is the product. With `count_include_pad` the padding counts as cells of value 0, but
    what `ceil_mode` reaches beyond it does not; without it, cells of the input alone count.

    Args:
        input_size: As for `pool_output_size`.
        kernel_size: As for `pool_output_size`.
        stride: As for `pool_output_size`.
        padding: As for `pool_output_size`.
        ceil_mode: As for `pool_output_size`.
        count_include_pad: Whether the padding counts; PyTorch's default. TensorFlow and Keras do not count it.

    Raises:
        ValueError: as `pool_output_size`.
        TypeError: as `pool_output_size`.

    Source:
        torch.nn.AvgPool2d, argument count_include_pad.

    Example:
        >>> pool_window_cells(6, 3, stride=2, padding=1), pool_window_cells(6, 3, stride=2, padding=1, ceil_mode=True)
        ((3, 3, 3), (3, 3, 3, 2))
        >>> pool_window_cells(6, 3, stride=2, padding=1, count_include_pad=False)
        (2, 3, 3)
    """
    i, k, s, p, _ = _checked(input_size, kernel_size, stride, padding, 1)
    outputs = pool_output_size(i, k, stride=s, padding=p, ceil_mode=ceil_mode)
    holdable((outputs,))
    starts = [s * o - p for o in range(outputs)]
    first, last = (-p, i + p) if count_include_pad else (0, i)
    return tuple(min(start + k, last) - max(start, first) for start in starts)


def _checked(i: int, k: int, stride: int | None, padding: int, dilation: int) -> tuple[int, int, int, int, int]:
    """Input size, window, stride, padding and dilation, if torch would take them."""
    whole("input_size", i, least=1)
    window, d = whole("kernel_size", k, least=1), whole("dilation", dilation, least=1)
    s = window if stride is None else whole("stride", stride, least=1)
    p = whole("padding", padding, least=0)
    if p > window // 2:  # torch refuses it too, whatever the dilation
        refuse("padding must be at most half of the window", padding=p, kernel_size=window)
    return i, window, s, p, d
