"""One layer's weights made of others': normalisations folded in, a kernel inflated along time."""

from typing import Any

from reference_impl.arrays import accumulator, as_result, cast, either, library
from reference_impl.checks import positive, refuse, whole
from reference_impl.types import Array


def fold_batch_norm(
    w: Array,
    b: Array | None,
    running_mean: Array,
    running_var: Array,
    *,
    scale: Array | None = None,
    shift: Array | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array]:
    """Weights and bias of one convolution that does what a convolution and the batch normalisation after it do.

    Exact, up to rounding, for any padding, stride and groups, as the normalisation comes after the sum; with running
    statistics only, as in inference. A normalisation *before* a convolution is folded by `fold_input_normalisation`.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        b, running_mean, running_var, scale, shift: (C_out,)
        returns: weights like w, and a bias (C_out,)

    Args:
        w: Floating weights: a NumPy array or a torch tensor, and all others alike.
        b: Bias; None is zeros.
        running_mean: Running mean of each output channel.
        running_var: Running variance of each output channel.
        scale: The normalisation's weight; None is ones.
        shift: The normalisation's bias; None is zeros.
        eps: What the normalisation adds to the variance.

    Raises:
        ValueError: statistics of another length, an eps that is not above 0.
        TypeError: an argument of the wrong kind, weights that are whole numbers.

    Source:
        Ioffe & Szegedy, 2015, section 3.1 (inference); torch.nn.utils.fusion.fuse_conv_bn_weights.

    Example:
        >>> w, b = fold_batch_norm(np.ones((1, 1, 3)), None, np.array([2.0]), np.array([4.0]), eps=1e-12)
        >>> [f"{weight:.2f}" for weight in w.ravel()], [f"{bias:.2f}" for bias in b]
        (['0.50', '0.50', '0.50'], ['-1.00'])
    """
    may_miss = {"b": b, "scale": scale, "shift": shift}
    given = {name: value for name, value in may_miss.items() if value is not None}
    arrays = {"w": w, "running_mean": running_mean, "running_var": running_var, **given}
    _one_each(arrays, w.shape[0] if getattr(w, "ndim", 0) else 0, "w.shape[0]")
    small = positive("eps", eps)
    result, add_up = accumulator(*arrays.values())
    factor = 1 / library(w).sqrt(cast(running_var, add_up) + small)  # (C_out,)
    factor = factor if scale is None else factor * cast(scale, add_up)
    bias = (-cast(running_mean, add_up) if b is None else cast(b, add_up) - cast(running_mean, add_up)) * factor
    bias = bias if shift is None else bias + cast(shift, add_up)
    weights = cast(w, add_up) * factor.reshape(-1, *(1,) * (w.ndim - 1))
    return as_result(weights, result), as_result(bias, result)


def fold_input_normalisation(w: Array, b: Array | None, input_mean: Array, input_std: Array) -> tuple[Array, Array]:
    """Weights and bias of a first layer that takes the raw input instead of (x − input_mean) / input_std.

    Exact, up to rounding, where no window reads padding. Zeros beside the normalised input are `input_mean` beside the
    raw one: pad each channel with its mean, and the borders agree too. One group only.

    Shapes:
        w:       (C_out, C_in, *K)
        b:       (C_out,)
        input_mean, input_std: (C_in,)
        returns: weights like w, and a bias (C_out,)

    Args:
        w: Floating weights of the layer on normalised input: a NumPy array or a torch tensor, and all others alike.
        b: Bias; None is zeros.
        input_mean: Mean of each input channel, in units of the raw input.
        input_std: Standard deviation of each input channel, not 0.

    Raises:
        ValueError: statistics of another length, a standard deviation of 0.
        TypeError: an argument of the wrong kind, weights that are whole numbers.

    Source:
        The linearity of a convolution in its input: w · (x − m)/s = (w/s) · x − Σ w·m/s.

    Example:
        >>> w, b = fold_input_normalisation(np.ones((1, 1, 2)), None, np.array([3.0]), np.array([2.0]))
        >>> w.ravel().tolist(), b.tolist()
        ([0.5, 0.5], [-3.0])
    """
    arrays = {"w": w, "input_mean": input_mean, "input_std": input_std}
    _one_each(arrays, w.shape[1] if getattr(w, "ndim", 0) > 1 else 0, "w.shape[1]")
    if b is not None:
        _one_each({"w": w, "b": b}, w.shape[0], "w.shape[0]")
    if bool((input_std == 0).any()):
        refuse("input_std must not be 0", input_std=input_std.tolist())
    result, add_up = accumulator(*arrays.values())
    weights = cast(w, add_up) / cast(input_std, add_up).reshape(1, -1, *(1,) * (w.ndim - 2))
    taken = weights.reshape(*w.shape[:2], -1).sum(-1) @ cast(input_mean, add_up)  # (C_out,)
    bias = -taken if b is None else cast(b, add_up) - taken
    return as_result(weights, result), as_result(bias, result)


def inflate_kernel(w: Array, taps: int) -> Array:
    """A kernel repeated along a new first axis and divided by the number of repeats: 2-D weights for a 3-D layer.

    On a clip that stands still the 3-D layer then gives the response of the 2-D one in every frame, except in those
    whose windows read padding along time.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in/groups, taps, *K)

    Args:
        w: Floating weights: a NumPy array or a torch tensor.
        taps: Taps along the new axis.

    Raises:
        ValueError: fewer than one tap, an array without a spatial axis.
        TypeError: an argument of the wrong kind, weights that are whole numbers.

    Source:
        Carreira & Zisserman, 2017, section 2.4 (I3D).

    Example:
        >>> inflate_kernel(np.ones((1, 1, 2)), 4)[0, 0].tolist()
        [[0.25, 0.25], [0.25, 0.25], [0.25, 0.25], [0.25, 0.25]]
    """
    _floating({"w": w})
    if w.ndim < 3:
        refuse("w must be (C_out, C_in/groups, *K)", **{"w.shape": tuple(w.shape)})
    count = whole("taps", taps, least=1, below=2**16)
    return library(w).stack([w / count] * count, axis=2)


def _one_each(arrays: dict[str, Any], channels: int, of: str) -> None:
    """Refuse what is not one number for each channel."""
    _floating(arrays)
    for name, value in arrays.items():
        if name != "w" and tuple(value.shape) != (channels,):
            refuse(
                f"{name} must hold one number for each of {of}", **{f"{name}.shape": tuple(value.shape), of: channels}
            )


def _floating(arrays: dict[str, Any]) -> None:
    either(**arrays)
    for name, value in arrays.items():
        if value.dtype.kind != "f" if hasattr(value.dtype, "kind") else not value.dtype.is_floating_point:
            refuse(f"{name} must hold floating numbers", error=TypeError, **{f"{name}.dtype": str(value.dtype)})
