"""A depthwise and a pointwise weight: whether they fit each other, and the full kernel that they stand for."""

from reference_impl import checks
from reference_impl.arrays import accumulator, as_result, cast, either, library
from reference_impl.checks import refuse, whole
from reference_impl.types import Array, Shaped

ORDERS = ("depthwise_first", "pointwise_first")


def depthwise_separable_kernel(
    depthwise_weight: Array,
    pointwise_weight: Array,
    *,
    depth_multiplier: int = 1,
    order: str = "depthwise_first",
) -> Array:
    """The full convolution kernel that a depthwise and a pointwise weight stand for.

    Definition:
        w[o, c, u, v] = sum(B[o, m*c + j, 0, 0] * A[m*c + j, 0, u, v] for j in range(m))

        c — channel
        j — kernel of a channel
        w — whole kernel
        A = array(m*C_in, 1, k_H, k_W)
        B = array(C_out, m*C_in, 1, 1)

    Shapes:
        depthwise_weight: (m·C, 1, *K)
        pointwise_weight: (C', C'', 1, …, 1)
        returns:          (C_out, C_in, *K)

    Args:
        depthwise_weight: One kernel per channel, or m of them; a NumPy array or a torch tensor.
        pointwise_weight: A 1×1 kernel.
        depth_multiplier: Kernels per channel; pointwise first it follows from the shapes and is not read.
        order: "depthwise_first" (MobileNet) or "pointwise_first" (Xception's text), as in `depthwise_separable_conv`.

    Raises:
        ValueError: weights that do not fit each other in this order; a kernel of whole numbers too large for their
            dtype.
        TypeError: an argument of the wrong kind.

    Source:
        Howard et al., 2017, section 3.1; Chollet, "Xception", 2017, section 1.2.

    Example:
        >>> depthwise = np.array([[[1, 2]], [[3, 4]]])
        >>> depthwise_separable_kernel(depthwise, np.array([[[1], [10]]])).tolist()
        [[[1, 2], [30, 40]]]
    """
    either(depthwise_weight=depthwise_weight, pointwise_weight=pointwise_weight)
    checked_channels(depthwise_weight, pointwise_weight, order)
    m = whole("depth_multiplier", depth_multiplier, least=1)
    if len(depthwise_weight) % m:
        got = {"depthwise_weight.shape": tuple(depthwise_weight.shape), "depth_multiplier": m}
        refuse("depthwise_weight must hold depth_multiplier kernels per channel", **got)
    result, add_up = accumulator(depthwise_weight, pointwise_weight)
    return as_result(full_kernel(cast(depthwise_weight, add_up), cast(pointwise_weight, add_up), m, order), result)


def full_kernel(depthwise: Array, pointwise: Array, m: int, order: str) -> Array:
    """`depthwise_separable_kernel` of checked weights, in their dtype."""
    (mixed, channels, *_), kernel = pointwise.shape, depthwise.shape[2:]
    if order == "pointwise_first":
        terms = mixed, -1, *kernel  # (C_mid, m, *K)
        whole_kernel = library(pointwise).einsum(
            "oc,om...->omc...", pointwise.reshape(mixed, channels), depthwise.reshape(*terms)
        )
        return whole_kernel.reshape(-1, channels, *kernel)  # (C_out, C_in, *K)
    terms = channels // m, m, *kernel  # (C_in, m, *K)
    return library(pointwise).einsum("ocm,cm...->oc...", pointwise.reshape(mixed, -1, m), depthwise.reshape(*terms))


def checked_channels(depthwise: Shaped, pointwise: Shaped, order: str) -> tuple[int, int]:
    """Channels that the pair takes (depthwise first: times the multiplier) and gives, if its weights fit each other."""
    checks.one_of("order", order, ORDERS)
    d_shape = checks.shape("depthwise_weight.shape", tuple(depthwise.shape), layout="(m·C, 1, *K)")
    p_shape = checks.shape("pointwise_weight.shape", tuple(pointwise.shape), layout="(C', C'', 1, …, 1)")
    got = {"depthwise_weight.shape": d_shape, "pointwise_weight.shape": p_shape, "order": order}
    if d_shape[1] != 1 or not d_shape[0]:
        refuse("depthwise_weight must have shape (m·C, 1, *K) and hold at least one kernel", **got)
    if len(p_shape) != len(d_shape) or any(taps != 1 for taps in p_shape[2:]) or not p_shape[0]:
        refuse("pointwise_weight must be a 1×1 kernel (C', C'', 1, …, 1) with as many axes", **got)
    if order == "depthwise_first":
        if d_shape[0] != p_shape[1]:
            refuse("pointwise_weight must take the channels that depthwise_weight gives", **got)
        return d_shape[0], p_shape[0]  # m·C_in: the multiplier m shows only beside x
    if d_shape[0] % p_shape[0]:
        refuse("depthwise_weight must have a multiple of the channels that pointwise_weight gives", **got)
    return p_shape[1], d_shape[0]
