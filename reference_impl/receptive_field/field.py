"""From layers to the receptive field."""

import sys
from collections.abc import Sequence
from typing import Any

from reference_impl import checks
from reference_impl.checks import refuse, whole
from reference_impl.receptive_field.layers import Branches, Layer, ReceptiveField, every_layer, plain, sequence
from reference_impl.receptive_field.sized import sized
from reference_impl.receptive_field.windows import Windows, convolved, disagreement, transposed, united

View = tuple[Windows, ...]  # one `Windows` an axis


def receptive_field(layers: Any, shape: Any = None, index: Any = None) -> Any:
    """The input region that one output of a stack of layers, or of a torch model, sees.

    `receptive_field(layers)` gives a `ReceptiveField` by the recurrence below. `receptive_field(model, shape, index)`
    gives a `ModelField`: derived from the operators that the model runs on an input of this shape, or, where they
    cannot be followed, measured by poisoning the input with NaN. It says which, and names each operator's share.

    Definition:
        r = 1 + sum(d_[l]*(k_[l] - 1)*prod(s_[m] for m in range(1, l)) for l in range(1, L + 1))
        j = prod(s_[l] for l in range(1, L + 1))
        P = sum(p_[l]*prod(s_[m] for m in range(1, l)) for l in range(1, L + 1))

        r — field size
        j — jump
        P — cells before
        l — layer
        L — layers
        k_ = array(L, low=1, high=4, first=1)
        s_ = array(L, low=1, high=3, first=1)
        p_ = array(L, low=0, high=3, first=1)
        d_ = array(L, low=1, high=3, first=1)
        layers = [Layer(k_[l], s_[l], p_[l], d_[l]) for l in range(1, L + 1)]
        r = receptive_field(layers).size
        j = receptive_field(layers).stride
        P = receptive_field(layers).padding

    Paths of `Branches` must have one stride and be centred on one input cell (causal paths may end on one instead);
    the region is their union. A transposed layer divides the stride by its own; its neighbouring outputs can see
    regions of different size, and size is the largest.

    Args:
        layers: From the input to the output; `Layer` and `Branches` in any nesting. No layer: each output is a cell.
            Or a torch module with one tensor in and one tensor out; it is left as it was.
        shape: Shape of a model's input, (N, C, *S), or an input. Of layers, the sizes of the input, int or one per
            axis; only padding "same" with a stride above 1 needs them.
        index: Position of a model's output after batch and channels, int or one per axis; the middle one by default.

    Returns:
        Of layers, numbers if they give single numbers or one axis, else tuples with one entry an axis.

    Raises:
        ValueError: layers for different numbers of axes; paths whose strides or centres differ; an output that
            sees nothing.
        TypeError: something that is not a layer.

    Source:
        Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.

    Example:
        >>> receptive_field([Layer(7, 2, 3), Layer(3, 2, 1), Layer(3, 1, 1)])
        ReceptiveField(size=19, stride=4, padding=9)
    """
    torch = sys.modules.get("torch")
    if torch and isinstance(layers, torch.nn.Module):
        from reference_impl.receptive_field.models import field_of_model  # torch is here already

        if shape is None:
            refuse("a model needs the shape of an input, (N, C, *S)", shape=shape)
        return field_of_model(layers, shape, index)
    if index is not None:
        refuse("index is for a torch model; of layers, ask input_window", index=index)
    return described(look(layers, shape)[-1])


def receptive_field_steps(layers: Sequence[Layer | Branches], shape: Any = None) -> list[ReceptiveField]:
    """The receptive field after each layer (after each `Branches` as a whole).

    Raises:
        ValueError, TypeError: as `receptive_field`.

    Source:
        Araujo, Norris & Sim, 2019, section "Single-path networks".

    Example:
        >>> [field.size for field in receptive_field_steps([Layer(3, 1, 1), Layer(3, 1, 1), Layer(2, 2)])]
        [3, 5, 6]
    """
    views = look(layers, shape)
    return [described(view) for view in views[1:]]


def input_window(
    layers: Sequence[Layer | Branches], index: int | Sequence[int], shape: Any = None
) -> tuple[tuple[int, int], ...]:
    """First and last input cell, per axis, that the output at `index` sees; cells of the padding are counted.

    Args:
        layers: As for `receptive_field`.
        index: Position of the output; int or one per axis.
        shape: As for `receptive_field`.

    Raises:
        ValueError: as `receptive_field`, a negative index, or an output that sees nothing.
        TypeError: something that is not a layer, an index that is not a whole number.

    Source:
        Araujo, Norris & Sim, 2019.

    Example:
        >>> input_window([Layer(4, 2, 1, transposed=True)], 5)
        ((2, 3),)
    """
    view = look(layers, shape)[-1]
    places = checks.per_axis("index", index, len(view), least=0)
    spans = tuple(windows.span(place) for windows, place in zip(view, places, strict=True))
    if None in spans:
        refuse("the output at index must see an input cell", index=index)
    return tuple(span for span in spans if span)


def receptive_field_step(size: int, jump: int, kernel_size: int, *, dilation: int = 1) -> int:
    """The size of the receptive field after one more layer.

    Formula:
        r_out = r_in + d*(k - 1)*j

    Raises:
        ValueError: a number below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Araujo, Norris & Sim, 2019, section "Single-path networks".

    Example:
        >>> receptive_field_step(99, 16, 3)
        131
    """
    r, j = whole("size", size, least=1), whole("jump", jump, least=1)
    k, d = whole("kernel_size", kernel_size, least=1), whole("dilation", dilation, least=1)
    return r + d * (k - 1) * j


def look(layers: Sequence[Layer | Branches], shape: Any = None) -> list[View]:
    """What the outputs see: before the first layer and after each, for an input of some sizes if they are given."""
    sequence(layers)
    spelled = sorted({layer.axes for layer in every_layer(layers)} - {0})
    if len(spelled) > 1:
        refuse("layers must be for one number of axes", axes=spelled)
    axes = spelled[0] if spelled else len(shape) if checks.several(shape) else 1
    if shape is not None:
        layers, _ = sized(layers, checks.per_axis("shape", shape, axes, least=1))
    views: list[View] = [(Windows(),) * axes]
    for layer in layers:
        views.append(after(views[-1], layer))
    return views


def after(view: View, layer: Layer | Branches) -> View:
    """What the outputs of one more layer see."""
    if isinstance(layer, Branches):
        ends = []
        for path in layer.paths:
            end = view
            for step in path:
                end = after(end, step)
            ends.append(end)
        return join(ends, layer.name)
    move = transposed if layer.transposed else convolved
    return tuple(move(windows, *axis) for windows, axis in zip(view, layer.along(len(view)), strict=True))


def join(views: Sequence[View], name: str = "") -> View:
    """The union of paths, refused where strides or centres differ on an axis."""
    for axis, paths in enumerate(zip(*views, strict=True)):
        if problem := disagreement(paths):
            strides, centers = [str(path.stride) for path in paths], [str(path.center) for path in paths]
            refuse(problem, branches=name, axis=axis, strides=strides, centers=centers)
    return tuple(united(paths) for paths in zip(*views, strict=True))


def described(view: View) -> ReceptiveField:
    """`ReceptiveField` of a view: numbers for one axis, tuples for more."""
    if not all(windows.size for windows in view):
        refuse("every output would see nothing of the input", axes=len(view))
    size = tuple(windows.size for windows in view)
    stride = tuple(plain(windows.stride) for windows in view)
    padding = tuple(windows.padding for windows in view)
    return ReceptiveField(size, stride, padding) if len(view) > 1 else ReceptiveField(size[0], stride[0], padding[0])
