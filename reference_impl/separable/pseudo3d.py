r"""Pseudo-3D convolution: space and time convolved apart, one after the other (A), side by side (B) or both (C)."""

from typing import Any, NamedTuple

import numpy as np

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, numeric, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv

VARIANTS = ("A", "B", "C")


def pseudo3d_conv(
    x: np.ndarray,
    spatial_weight: np.ndarray,
    temporal_weight: np.ndarray,
    b: np.ndarray | None = None,
    *,
    variant: str = "A",
    residual: bool = False,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    padding_mode: str = "zeros",
) -> np.ndarray:
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
        x: Clips of whole, real or complex numbers.
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
    for argument, array in {"x": x, "spatial_weight": spatial_weight, "temporal_weight": temporal_weight}.items():
        numeric(argument, array)
    if b is not None:
        numeric("b", b)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    plan = pseudo3d_plan(
        x, spatial_weight, temporal_weight, b, variant, residual, padding_mode=padding_mode, options=options
    )
    result, add_up = accumulator(x, spatial_weight, temporal_weight, b)
    x, spatial_weight, temporal_weight = (
        array.astype(add_up, copy=False) for array in (x, spatial_weight, temporal_weight)
    )
    space = conv(x, spatial_weight, padding_mode=padding_mode, **plan.spatial)
    time = conv(x if variant == "B" else space, temporal_weight, padding_mode=padding_mode, **plan.temporal)
    y = time if variant == "A" else space + time
    y = y + x if residual else y
    y = y if b is None else y + b.astype(add_up).reshape(-1, 1, 1, 1)
    return as_result(y, result)


class Pseudo3dPlan(NamedTuple):
    """Options of the two passes."""

    spatial: dict[str, Any]
    temporal: dict[str, Any]


def pseudo3d_plan(
    x: Any,
    spatial: Any,
    temporal: Any,
    b: Any,
    variant: str,
    residual: bool,
    *,
    padding_mode: str,
    options: dict[str, Any],
) -> Pseudo3dPlan:
    """Refuse what does not fit, by shape alone; return the options of the passes. Serves NumPy and torch."""
    shapes = _weights_fit(x, spatial, temporal, variant)
    x_shape, s_shape, t_shape = shapes.values()
    full = (t_shape[0], x_shape[1], t_shape[2], *s_shape[3:])
    _, stride, pads, dilation = conv_geometry(x_shape, full, **options)
    checks.bias_fits(shape_of(b), t_shape[0])
    checks.padding_fits(padding_mode, pads, x_shape[2:])
    both = variant == "B"
    plan = Pseudo3dPlan(
        {
            "stride": stride if both else (1, *stride[1:]),
            "padding": ((0, 0), *pads[1:]),
            "dilation": (1, *dilation[1:]),
        },
        {
            "stride": stride if both else (stride[0], 1, 1),
            "padding": (pads[0], (0, 0), (0, 0)),
            "dilation": (dilation[0], 1, 1),
        },
    )
    space = conv_geometry(x_shape, s_shape, **plan.spatial)[0]
    time = conv_geometry(x_shape if both else space, t_shape, **plan.temporal)[0]
    got = {"S": space, "T": time, "variant": variant}
    if variant != "A" and space != time:
        refuse("S and T are added and must give equal shapes; padding='same' and stride 1 do", **got)
    if residual and time != x_shape:
        refuse("with residual=True the result must have the shape of x", **{**shapes, "result": time})
    return plan


def _weights_fit(x: Any, spatial: Any, temporal: Any, variant: str) -> dict[str, Any]:
    """The three shapes, if they fit each other in this variant."""
    checks.one_of("variant", variant, VARIANTS)
    layouts = {
        "x.shape": (x, "(N, C_in, T, H, W)"),
        "spatial_weight.shape": (spatial, "(C_mid, C_in, 1, k_H, k_W)"),
        "temporal_weight.shape": (temporal, "(C_out, C_mid, k_T, 1, 1)"),
    }
    shapes: dict[str, Any] = {
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
