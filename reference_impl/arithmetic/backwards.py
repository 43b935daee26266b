"""The formula for sizes backwards: which padding, and which layers, turn one length into another."""

from collections.abc import Iterable
from typing import NamedTuple

from reference_impl.checks import whole


class Setting(NamedTuple):
    """The arguments of a layer along one axis."""

    kernel_size: int
    stride: int
    padding: int
    dilation: int


def paddings_for_size(
    output_size: int, input_size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1
) -> range:
    """The paddings, the same at both ends, with which a layer gives exactly this many outputs; often there is none.

    Padding so wide that a window could lie in it alone is left out. With a stride several paddings may give one size:
    a wider one begins earlier and leaves more cells unread at the end.

    Args:
        output_size: Outputs that are wanted.
        input_size: Input cells along the axis.
        kernel_size: Taps.
        stride: Step between windows.
        dilation: Step between taps.

    Returns:
        A range of whole numbers from 0 up to d·(k − 1), empty where no padding will do.

    Raises:
        ValueError: a number below 1.
        TypeError: a number that is not whole.

    Source:
        `conv_output_size` solved for its padding: s·(o − 1) ≤ i + 2p − d·(k − 1) − 1 < s·o.

    Example:
        >>> list(paddings_for_size(112, 224, 7, stride=2)), list(paddings_for_size(8, 8, 2))
        ([3], [])
    """
    wanted, cells = whole("output_size", output_size, least=1), whole("input_size", input_size, least=1)
    taps, step = whole("kernel_size", kernel_size, least=1), whole("stride", stride, least=1)
    reach = whole("dilation", dilation, least=1) * (taps - 1)
    least = -(-(step * (wanted - 1) + reach + 1 - cells) // 2)
    most = (step * wanted + reach - cells) // 2
    return range(max(0, least), min(reach, most) + 1)


def settings_for_size(
    output_size: int,
    input_size: int,
    *,
    kernel_size: int | Iterable[int] = range(1, 8),
    stride: int | Iterable[int] = range(1, 5),
    dilation: int | Iterable[int] = 1,
) -> list[Setting]:
    """Every layer among these that gives exactly this many outputs, in the order of kernel, stride, dilation, padding.

    The padding is the same at both ends. A dilation above 1 does nothing to a kernel of one tap, and is not listed
    with it.

    Args:
        output_size: Outputs that are wanted.
        input_size: Input cells along the axis.
        kernel_size: Kernel sizes to try; one or several.
        stride: Strides to try.
        dilation: Dilations to try.

    Raises:
        ValueError: a number below 1.
        TypeError: a number that is not whole.

    Source:
        `paddings_for_size`.

    Example:
        >>> [tuple(setting) for setting in settings_for_size(4, 9, kernel_size=(2, 3), stride=2)]
        [(2, 2, 0, 1), (3, 2, 0, 1)]
    """
    tried = {"kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    kernels, strides, dilations = (
        [whole(name, one, least=1) for one in (values if isinstance(values, Iterable) else (values,))]
        for name, values in tried.items()
    )
    return [
        Setting(k, s, p, d)
        for k in kernels
        for s in strides
        for d in dilations
        if k > 1 or d == 1
        for p in paddings_for_size(output_size, input_size, k, stride=s, dilation=d)
    ]
