"""Checks of depthwise and pointwise weights, by shape alone. Serves NumPy and torch."""

from typing import Any

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import shape_of
from reference_impl.checks import refuse

ORDERS = ("depthwise_first", "pointwise_first")


def check_depthwise(x: Any, w: Any, b: Any, padding_mode: str, options: dict[str, Any]) -> None:
    """Refuse a depthwise weight, a bias or options that do not fit x."""
    x_shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C, *S)")
    w_shape = checks.shape("w.shape", tuple(w.shape), layout="(m·C, 1, *K)")
    if len(x_shape) != len(w_shape) or w_shape[1] != 1 or not w_shape[0] or w_shape[0] % x_shape[1]:
        got: dict[str, Any] = {"x.shape": x_shape, "w.shape": w_shape}
        refuse("w must have shape (m·C, 1, *K), a multiple of the channels of x", **got)
    pads = conv_geometry(x_shape, w_shape, groups=x_shape[1], **options)[2]
    checks.bias_fits(shape_of(b), w_shape[0])
    checks.padding_fits(padding_mode, pads, x_shape[2:])


def separable_channels(depthwise: Any, pointwise: Any, order: str) -> tuple[int, int]:
    """Channels that the pair takes (depthwise first: times the multiplier) and gives, if its weights fit each other."""
    checks.one_of("order", order, ORDERS)
    d_shape = checks.shape("depthwise_weight.shape", tuple(depthwise.shape), layout="(m·C, 1, *K)")
    p_shape = checks.shape("pointwise_weight.shape", tuple(pointwise.shape), layout="(C', C'', 1, …, 1)")
    got = {"depthwise_weight.shape": d_shape, "pointwise_weight.shape": p_shape, "order": order}
    if d_shape[1] != 1 or not d_shape[0]:
        refuse("depthwise_weight must have shape (m·C, 1, *K) and hold at least one kernel", **got)
    if len(p_shape) != len(d_shape) or set(p_shape[2:]) != {1} or not p_shape[0]:
        refuse("pointwise_weight must be a 1×1 kernel (C', C'', 1, …, 1) with as many axes", **got)
    if order == "depthwise_first":
        if d_shape[0] != p_shape[1]:
            refuse("pointwise_weight must take the channels that depthwise_weight gives", **got)
        return d_shape[0], p_shape[0]  # m·C_in: the multiplier m shows only beside x
    if d_shape[0] % p_shape[0]:
        refuse("depthwise_weight must have a multiple of the channels that pointwise_weight gives", **got)
    return p_shape[1], d_shape[0]


def check_separable(
    x: Any,
    depthwise: Any,
    pointwise: Any,
    b: Any,
    *,
    order: str,
    padding_mode: str,
    options: dict[str, Any],
) -> None:
    """Refuse a pair of weights, a bias or options that do not fit x."""
    x_shape = checks.shape("x.shape", tuple(x.shape), layout="(N, C_in, *S)")
    channels, filters = separable_channels(depthwise, pointwise, order)
    multiple = channels % x_shape[1] if order == "depthwise_first" else channels - x_shape[1]
    if len(x_shape) != len(depthwise.shape) or multiple:
        got: dict[str, Any] = {"x.shape": x_shape, "depthwise_weight.shape": tuple(depthwise.shape)}
        got["pointwise_weight.shape"] = tuple(pointwise.shape)
        refuse("the first weight must take the channels of x and have as many axes", **got, order=order)
    kernel = tuple(depthwise.shape[2:])
    pads = conv_geometry(x_shape, (filters, x_shape[1], *kernel), **options)[2]
    checks.bias_fits(shape_of(b), filters)
    checks.padding_fits(padding_mode, pads, x_shape[2:])
