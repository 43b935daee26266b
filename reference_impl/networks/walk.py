"""Follow an input through a network: shapes, and what each output sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference_impl.checks import refuse, shape
from reference_impl.networks.parts import Network, Operation, Parallel, Part, joined_shape
from reference_impl.receptive_field.field import View, after, join
from reference_impl.receptive_field.layers import Branches, Layer
from reference_impl.receptive_field.windows import Windows, disagreement


@dataclass(frozen=True)
class Step:
    """One row of a network's table: an operation, or the joining of paths.

    Args:
        name: Path to the layer, such as "block1_1.conv2".
        part: The `Operation`, or the `Parallel` whose paths are joined here.
        input_shape: Shape before, (N, C, *S); of a join the first path's.
        output_shape: Shape after.
        view: What an output sees, per axis; None behind a join of paths that are not aligned.
    """

    name: str
    part: Part
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    view: View | None


def walk(network: Network, *, input_shape: Sequence[int] | None = None) -> list[Step]:
    """Every layer and join of a network in order, with shapes and receptive fields.

    Args:
        network: The network.
        input_shape: (N, C, *S) in place of the network's own.

    Raises:
        ValueError: an input shape that a layer cannot take.
        TypeError: what is not a `Network`.

    Example:
        >>> from reference_impl.networks import resnet
        >>> [(step.name, step.output_shape) for step in walk(resnet(18))][2:5]
        [('block1_1.conv1', (1, 64, 56, 56)), ('block1_1.conv2', (1, 64, 56, 56)), ('block1_1', (1, 64, 56, 56))]
    """
    if not isinstance(network, Network):
        refuse("network must be a Network", error=TypeError, network=network)
    chosen = network.input_shape if input_shape is None else input_shape
    start = shape("input_shape", chosen, layout="(N, C, *S)")
    return list(_path(network.parts, start, (Windows(),) * (len(start) - 2), ""))


def _path(parts: Sequence[Part], at: tuple[int, ...], view: View | None, prefix: str) -> Iterator[Step]:
    """The steps of parts in a row."""
    for part in parts:
        steps = (
            [_operation(part, at, view, prefix)] if isinstance(part, Operation) else _parallel(part, at, view, prefix)
        )
        yield from steps
        at, view = steps[-1].output_shape, steps[-1].view


def _operation(part: Operation, at: tuple[int, ...], view: View | None, prefix: str) -> Step:
    """The step of one layer."""
    output_shape = part.output_shape(at)  # first: it refuses an input that does not fit
    return Step(prefix + part.name, part, at, output_shape, view and after(view, window_layer(part, at)))


def _parallel(part: Parallel, at: tuple[int, ...], view: View | None, prefix: str) -> list[Step]:
    """The steps of all paths, then the join."""
    steps: list[Step] = []
    ends: list[tuple[tuple[int, ...], View | None]] = []
    for path in part.paths:
        inside = list(_path(path, at, view, f"{prefix}{part.name}."))
        steps += inside
        ends.append((inside[-1].output_shape, inside[-1].view) if inside else (at, view))
    views = [end for _, end in ends if end is not None]
    aligned = len(views) == len(ends) and not any(disagreement(paths) for paths in zip(*views, strict=True))
    output_shape = joined_shape(part.join, [end for end, _ in ends])
    steps.append(Step(prefix + part.name, part, ends[0][0], output_shape, join(views) if aligned else None))
    return steps


def window_layer(operation: Operation, input_shape: Sequence[int]) -> Layer:
    """The window of an operation, as `receptive_field` takes it. A dense layer and a global mean see the whole map."""
    spatial = tuple(input_shape[2:])
    if operation.kind == "linear":
        return Layer(spatial or 1, spatial or 1, name=operation.name)
    if operation.kind == "channel_shuffle":
        return Layer(1, name=operation.name)
    if operation.kind == "adaptive_mean_pool":
        if any(size % parts for size, parts in zip(spatial, operation.kernel_size, strict=True)):
            rule = "an adaptive pool must cut each axis into equal parts"
            refuse(rule, input_shape=tuple(input_shape), parts=operation.kernel_size)
        cell = tuple(size // parts for size, parts in zip(spatial, operation.kernel_size, strict=True))
        return Layer(cell, cell, name=operation.name)
    return Layer(
        operation.kernel_size,
        operation.stride,
        operation.padding,
        operation.dilation,
        name=operation.name,
        transposed=operation.kind == "conv_transpose",
    )


def receptive_layers(network: Network, *, input_shape: Sequence[int] | None = None) -> list[Layer | Branches]:
    """The windows of a network as `receptive_field` takes them, one entry a part.

    Raises:
        ValueError: an input shape that a layer cannot take.

    Example:
        >>> from reference_impl.networks import vgg
        >>> from reference_impl.receptive_field import receptive_field
        >>> receptive_field(receptive_layers(vgg(16).upto("pool5"))).size
        (212, 212)
    """
    steps = walk(network, input_shape=input_shape)
    shapes = {step.name: step.input_shape for step in steps}
    return _windows(network.parts, shapes, "")


def _windows(parts: Sequence[Part], shapes: dict[str, tuple[int, ...]], prefix: str) -> list[Layer | Branches]:
    """The windows of parts in a row."""
    result: list[Layer | Branches] = []
    for part in parts:
        if isinstance(part, Operation):
            result.append(window_layer(part, shapes[prefix + part.name]))
        else:
            inside = [_windows(path, shapes, f"{prefix}{part.name}.") for path in part.paths]
            result.append(Branches(inside, name=part.name))
    return result
