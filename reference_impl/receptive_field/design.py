"""The cheapest stack of layers that sees far enough: a receptive field and a stride are wanted, layers are found."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count

from reference_impl.checks import refuse, whole
from reference_impl.receptive_field.layers import Layer


def stack_cost(layers: Sequence[Layer], *, axes: int = 2) -> Fraction:
    """Multiplications of a stack of equally wide layers, for each input cell and each pair of channels.

    Each layer has (kernel size / stride of the stack so far, its own included) to the power of the axes. Times C² and
    the number of input cells it is the stack's MACs, where every layer keeps its size but for its stride.

    Args:
        layers: Layers whose kernel size and stride are one number for all axes; no transposed ones.
        axes: Number of axes.

    Raises:
        ValueError: no layer, a layer with a number for each axis, a transposed one.
        TypeError: what is no layer, a number that is not whole.

    Source:
        `arithmetic.conv_macs`, with as many channels in every layer.

    Example:
        >>> print(stack_cost([Layer(3), Layer(3, stride=2)]))  # 9 + 9/4
        45/4
    """
    power, jump, total = whole("axes", axes, least=1), 1, Fraction(0)
    if not layers:
        refuse("there must be at least one layer", layers=layers)
    for layer in layers:
        if not isinstance(layer, Layer):
            refuse("layers must be Layer", error=TypeError, layer=layer)
        if layer.axes or layer.transposed:
            refuse("layers must have one kernel size and stride for all axes, and not be transposed", layer=layer)
        jump *= layer.stride
        total += Fraction(layer.kernel_size, jump) ** power
    return total


def cheapest_stack(
    size: int,
    stride: int = 1,
    *,
    kernel_sizes: Iterable[int] = (3, 5, 7),
    layer_strides: Iterable[int] = (1, 2),
    axes: int = 2,
) -> tuple[Layer, ...]:
    """The stack with the fewest multiplications whose receptive field is at least `size` and whose stride is `stride`.

    All layers are equally wide and not dilated; no stride is longer than its kernel, so that no input is skipped.
    `stack_cost` is what is made small; of stacks that cost the same, one with the fewest layers. Cheap is not good: a
    stride early in the stack costs resolution, which is not counted here.

    Args:
        size: Input cells that an output must see along each axis.
        stride: Input cells from one output to the next.
        kernel_sizes: Kernel sizes that layers may have.
        layer_strides: Strides that layers may have.
        axes: Number of axes, on which the cost of a kernel depends.

    Returns:
        Layers, the first one first; at least one.

    Raises:
        ValueError: a number below 1, a field or stride that no such stack reaches.
        TypeError: a number that is not whole.

    Source:
        Dijkstra, "A note on two problems in connexion with graphs", 1959: the search.

    Example:
        >>> [(layer.kernel_size, layer.stride) for layer in cheapest_stack(11, 2)]
        [(3, 2), (3, 1), (3, 1)]
    """
    wanted, jump_wanted = whole("size", size, least=1, below=2**12), whole("stride", stride, least=1, below=2**12)
    power = whole("axes", axes, least=1)
    kernels = sorted({whole("kernel_sizes", one, least=1) for one in kernel_sizes})
    steps = sorted({whole("layer_strides", one, least=1) for one in layer_strides})
    moves = [(k, s) for k in kernels for s in steps if s <= k]
    order = count()  # of entries that cost the same, the earlier
    waiting: list[tuple[Fraction, int, int, int, int, tuple[tuple[int, int], ...]]]
    waiting = [(Fraction(0), 0, next(order), 1, 1, ())]
    done: set[tuple[int, int]] = set()
    while waiting:
        cost, layers, _, field, jump, stack = heappop(waiting)
        if stack and field >= wanted and jump == jump_wanted:
            return tuple(Layer(k, stride=s) for k, s in stack)
        if (field, jump) in done:
            continue
        done.add((field, jump))
        for k, s in moves:
            if jump_wanted % (jump * s) == 0:
                seen = min(wanted, field + (k - 1) * jump)  # what lies beyond is no better
                more = cost + Fraction(k, jump * s) ** power
                heappush(waiting, (more, layers + 1, next(order), seen, jump * s, (*stack, (k, s))))
    return refuse(
        "no stack of these layers reaches that", size=size, stride=stride, kernel_sizes=kernels, layer_strides=steps
    )
