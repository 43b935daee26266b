"""How far a kernel reaches, and how many cells a padding rule adds."""

from collections.abc import Sequence
from typing import Any

from reference_impl import checks
from reference_impl.checks import is_symbol, refuse, whole
from reference_impl.types import Padding


def effective_kernel_size(kernel_size: int, *, dilation: int = 1) -> int:
    """Cells from the first to the last tap of a dilated kernel, both included.

    Formula:
        k_eff = d*(k - 1) + 1

    Raises:
        ValueError: kernel_size or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016, section 5.1.

    Example:
        >>> effective_kernel_size(3, dilation=4)
        9
    """
    return whole("dilation", dilation, least=1) * (whole("kernel_size", kernel_size, least=1) - 1) + 1


def half_padding(kernel_size: int, *, dilation: int = 1) -> int:
    """Padding of each end that keeps the size at stride 1: one half of what the dilated kernel reaches beyond a cell.

    Formula:
        p = d*(k - 1)/2

        p — padding

    Args:
        kernel_size: Taps of the kernel.
        dilation: Step between taps, in input cells.

    Raises:
        ValueError: a size or dilation below 1, or a dilated kernel of even length, which has no middle.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, section 2.2.1.

    Example:
        >>> half_padding(3), half_padding(7), half_padding(3, dilation=4)
        (1, 3, 4)
    """
    k, d = whole("kernel_size", kernel_size, least=1), whole("dilation", dilation, least=1)
    beyond = d * (k - 1)
    if is_symbol(beyond):
        return beyond / 2
    if beyond % 2:
        rule = "the dilated kernel must have an odd length; an even one needs one more cell at one end"
        refuse(rule, kernel_size=k, dilation=d)
    return beyond // 2


def full_padding(kernel_size: int, *, dilation: int = 1) -> int:
    """Padding of each end with which, at stride 1, every window that overlaps the input is used.

    Formula:
        p = d*(k - 1)

        p — padding

    Args:
        kernel_size: Taps of the kernel.
        dilation: Step between taps, in input cells.

    Raises:
        ValueError: a size or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Dumoulin & Visin, 2016, section 2.2.2.

    Example:
        >>> full_padding(3), full_padding(3, dilation=2)
        (2, 4)
    """
    return whole("dilation", dilation, least=1) * (whole("kernel_size", kernel_size, least=1) - 1)


def same_padding(input_size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Padding (lo, hi) of one axis with which the output has ⌈input / stride⌉ cells; the odd cell goes to the end.

    Returns:
        The total that `same_padding_total` gives, halved: lo rounded down, hi rounded up.

    Raises:
        ValueError: a size, stride or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        TensorFlow, tf.nn, "Notes on padding"; ONNX, Conv, auto_pad=SAME_UPPER.

    Example:
        >>> same_padding(224, 3, stride=2)
        (0, 1)
    """
    total = _same_total(input_size, kernel_size, stride, dilation)
    return total // 2, total - total // 2


def same_padding_total(input_size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1) -> int:
    """Cells that "same" padding adds to one axis, both ends together.

    Formula:
        p_lo + p_hi = max((ceil(i/s) - 1)*s + d*(k - 1) + 1 - i, 0)

        p_lo, p_hi = same_padding(i, k, stride=s, dilation=d)

    Raises:
        ValueError: a size, stride or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        TensorFlow, tf.nn, "Notes on padding".

    Example:
        >>> same_padding_total(5, 2), same_padding_total(224, 3, stride=2), same_padding_total(9, 1, stride=4)
        (1, 1, 0)
    """
    return _same_total(input_size, kernel_size, stride, dilation)


def _same_total(input_size: int, kernel_size: int, stride: int, dilation: int) -> int:
    """`same_padding_total`."""
    size, step = whole("input_size", input_size, least=1), whole("stride", stride, least=1)
    outputs = -(-size // step)
    k, d = whole("kernel_size", kernel_size, least=1), whole("dilation", dilation, least=1)
    missing: Any = (outputs - 1) * step + d * (k - 1) + 1 - size
    if not is_symbol(missing):
        return max(missing, 0)
    from sympy import Max  # only reached with symbols, so sympy is there

    return Max(missing, 0)  # type: ignore[return-value]  # a symbol stands for the whole number


def padding_pairs(
    padding: Padding,
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> tuple[tuple[int, int], ...]:
    """The (lo, hi) cells that any form of `padding` means for these axes.

    Raises:
        ValueError: an unknown word, "causal" for several axes, another number of entries than axes, a number below 0.
        TypeError: a number that is not whole.

    Example:
        >>> padding_pairs("same", (5, 8), (3, 2), (1, 2), (1, 1))
        ((1, 1), (0, 0))
    """
    checked = checks.padding(padding, len(input_size))
    if not isinstance(checked, str):
        return checked
    if checked == "valid":
        return ((0, 0),) * len(input_size)
    if checked == "causal":
        return ((dilation[0] * (kernel_size[0] - 1), 0),)
    pairs = [
        same_padding(i, k, stride=s, dilation=d)
        for i, k, s, d in zip(input_size, kernel_size, stride, dilation, strict=True)
    ]
    return tuple(pairs if checked == "same" else [(hi, lo) for lo, hi in pairs])
