"""Pseudo-3D convolution: space and time convolved apart, one after the other (A), side by side (B) or both (C)."""

from collections.abc import Sequence

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv
from reference_impl.types import Array, PaddedOptions, Padding, Pairs, PerAxis, Shape, Shaped, WindowOptions

VARIANTS = ("A", "B", "C")


def pseudo3d_conv(
    x: Array,
    spatial_weight: Array,
    temporal_weight: Array,
    b: Array | None = None,
    *,
    variant: str = "A",
    residual: bool = False,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> Array:
    """A 1×k×k convolution S over space and a k×1×1 convolution T over time in place of one k×k×k convolution.

    The paper adds the input itself, x + y, and writes the three as (I + T·S) x, (I + S + T) x and (I + S + T·S) x;
    `residual=True` does so. Variant A without it is also the linear part of R(2+1)D. The paper's blocks put batch
    normalisation and a ReLU after each pass; the module `Pseudo3d` takes them.

    Shapes:
        x:               (N, C_in, T, H, W)
        spatial_weight:  (C_mid, C_in, 1, k_H, k_W); C_mid = C_out for B and C
        temporal_weight: (C_out, C_mid, k_T, 1, 1); B: (C_out, C_in, k_T, 1, 1)
        b:               (C_out,)
        returns:         (N, C_out, T', H', W')

    Args:
        x: Clips of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        spatial_weight: Weight of S.
        temporal_weight: Weight of T.
        b: Bias, added once, at the end.
        variant: "A" (one after the other), "B" (side by side) or "C" (both).
        residual: Whether x itself is added; y must then have the shape of x.
        stride: Step along (T, H, W); int or one per axis. In B both passes take all of it.
        padding: Cells outside, in any form that `conv` takes; time for T, height and width for S.
        dilation: Step between taps along (T, H, W); int or one per axis.
        padding_mode: What stands outside: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: weights that do not fit the variant, sums of unequal shapes, or a value out of range.
        TypeError: an argument of the wrong kind.

    Source:
        Qiu, Yao & Mei, "Learning Spatio-Temporal Representation with Pseudo-3D Residual Networks", 2017.

    Example:
        >>> x, ones = np.ones((1, 1, 4, 5, 5)), np.ones(3)
        >>> spatial, temporal = np.ones((1, 1, 1, 3, 3)), np.ones((1, 1, 3, 1, 1))
        >>> for variant in "ABC":
        ...     y = pseudo3d_conv(x, spatial, temporal, variant=variant, padding="same")
        ...     print(variant, y[0, 0, 1, 2, 2])
        A 27.0
        B 12.0
        C 36.0
    """
    either(x=x, spatial_weight=spatial_weight, temporal_weight=temporal_weight, b=b)
    options: PaddedOptions = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    shapes = _weights_fit(x, spatial_weight, temporal_weight, variant)
    over_space, over_time = _passes(shapes, b, variant, residual, options)
    result, add_up = accumulator(x, spatial_weight, temporal_weight, b)
    x, spatial, temporal, b = (cast(array, add_up) for array in (x, spatial_weight, temporal_weight, b))
    space = conv(x, spatial, padding_mode=padding_mode, **over_space)
    time = conv(x if variant == "B" else space, temporal, b, padding_mode=padding_mode, **over_time)
    y = time if variant == "A" else space + time
    return as_result(y + x if residual else y, result)


def _passes(
    shapes: dict[str, Shape], b: Shaped | None, variant: str, residual: bool, options: PaddedOptions
) -> tuple[WindowOptions, WindowOptions]:
    """Options of the passes over space and over time, if these shapes, the bias and the options fit each other."""
    x_shape, s_shape, t_shape = shapes.values()
    full = (t_shape[0], x_shape[1], t_shape[2], *s_shape[3:])
    _, stride, pads, dilation = conv_geometry(x_shape, full, bias_shape=shape_of(b), **options)
    both = variant == "B"
    space, time = over_axes((1, 2), stride, pads, dilation), over_axes((0,), stride, pads, dilation)
    if both:  # each of them reads x
        space["stride"] = time["stride"] = stride
    of_space = conv_geometry(x_shape, s_shape, **space).output_shape
    of_time = conv_geometry(x_shape if both else of_space, t_shape, **time).output_shape
    if variant != "A" and of_space != of_time:
        got = {"S": of_space, "T": of_time, "variant": variant}
        refuse("S and T are added and must give equal shapes; padding='same' and stride 1 do", **got)
    if residual and of_time != x_shape:
        refuse("with residual=True the result must have the shape of x", **shapes, result=of_time)
    return space, time


def over_axes(axes: Sequence[int], stride: Shape, pads: Pairs, dilation: Shape) -> WindowOptions:
    """The options of a pass along these axes, which leaves the others as they are."""
    own = [axis in axes for axis in range(len(stride))]
    return {
        "stride": [s if mine else 1 for s, mine in zip(stride, own, strict=True)],
        "padding": [pair if mine else (0, 0) for pair, mine in zip(pads, own, strict=True)],
        "dilation": [d if mine else 1 for d, mine in zip(dilation, own, strict=True)],
    }


def _weights_fit(x: Shaped, spatial: Shaped, temporal: Shaped, variant: str) -> dict[str, Shape]:
    """The three shapes, if they fit each other in this variant."""
    checks.one_of("variant", variant, VARIANTS)
    layouts = {
        "x.shape": (x, "(N, C_in, T, H, W)"),
        "spatial_weight.shape": (spatial, "(C_mid, C_in, 1, k_H, k_W)"),
        "temporal_weight.shape": (temporal, "(C_out, C_mid, k_T, 1, 1)"),
    }
    shapes: dict[str, Shape] = {
        name: checks.shape(name, tuple(array.shape), layout=layout) for name, (array, layout) in layouts.items()
    }
    for name, (_, layout) in layouts.items():
        if len(shapes[name]) != 5:
            refuse(f"{name} must be {layout}", **{name: shapes[name]})
    x_shape, s_shape, t_shape = shapes.values()
    if s_shape[2] != 1 or t_shape[3:] != (1, 1) or not s_shape[0] or not t_shape[0]:
        refuse("S must have one tap in time and T one tap in space, with at least one filter each", **shapes)
    if s_shape[1] != x_shape[1] or t_shape[1] != (x_shape[1] if variant == "B" else s_shape[0]):
        refuse("S must take the channels of x, and T those of x (B) or of S (A, C)", **shapes, variant=variant)
    if variant != "A" and s_shape[0] != t_shape[0]:
        refuse("S and T are added and must have as many filters", **shapes, variant=variant)
    return shapes
