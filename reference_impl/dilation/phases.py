"""A dilated convolution is an ordinary one: of a kernel with zeros in it, or of every d-th cell by itself."""

from math import prod

from reference_impl import checks
from reference_impl.arithmetic import conv_geometry
from reference_impl.arrays import accumulator, as_result, cast, either, library, pad, shape_of
from reference_impl.checks import refuse
from reference_impl.conv import conv
from reference_impl.conv_transpose import insert_zeros
from reference_impl.conv_transpose.shuffle import shape_and_factors
from reference_impl.types import Array, Padding, PerAxis


def dilated_kernel(w: Array, dilation: PerAxis) -> Array:
    """The kernel with dilation − 1 zeros between its taps: it convolves as `w` does with that dilation.

    Shapes:
        w:       (C_out, C_in/groups, *K)
        returns: (C_out, C_in/groups, *(d(K − 1) + 1))

    Args:
        w: Weights, a NumPy array or a torch tensor.
        dilation: Step between taps; int or one per axis. 1 returns the kernel as it is.

    Raises:
        ValueError: a wrong rank or a dilation below 1.
        TypeError: an argument of the wrong kind.

    Source:
        Dumoulin & Visin, 2016, section 5.1.

    Example:
        >>> dilated_kernel(np.array([[[1, 2, 3]]]), 2).ravel().tolist()
        [1, 0, 2, 0, 3]
    """
    either(w=w)
    shape = checks.shape("w.shape", tuple(w.shape), layout="(C_out, C_in/groups, *K)")
    return insert_zeros(w, checks.per_axis("dilation", dilation, len(shape) - 2, least=1))


def space_to_batch(x: Array, factor: PerAxis) -> Array:
    """Every d-th cell as a sample of its own: one small image for each phase.

    Shapes:
        x:       (N, C, *S), each S divisible by its factor
        returns: (∏d·N, C, *(S/d)), all samples of the first phase first

    Args:
        x: Input, a NumPy array or a torch tensor.
        factor: d, the distance of cells that stay together; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or a size that its factor does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.space_to_batch_nd, whose order this is.

    Example:
        >>> space_to_batch(np.array([[[1, 10, 2, 20]]]), 2).tolist()
        [[[1, 2]], [[10, 20]]]
    """
    (samples, channels, *spatial), factors = shape_and_factors(x, factor)
    if any(size % d for size, d in zip(spatial, factors, strict=True)):
        rule = "each spatial size must be divisible by its factor"
        refuse(rule, **{"x.shape": tuple(x.shape), "factor": factor})
    axes, pairs = len(spatial), [part for size, d in zip(spatial, factors, strict=True) for part in (size // d, d)]
    split = x.reshape(samples, channels, *pairs)  # (N, C, S/d, d, …)
    phases = library(x).moveaxis(split, tuple(range(3, 3 + 2 * axes, 2)), tuple(range(axes)))  # (*d, N, C, *(S/d))
    return phases.reshape(prod(factors) * samples, channels, *pairs[::2])


def batch_to_space(x: Array, factor: PerAxis) -> Array:
    """Interleave the phases again: the inverse of `space_to_batch`.

    Shapes:
        x:       (∏d·N, C, *S)
        returns: (N, C, *(S·d))

    Args:
        x: One small image for each phase and sample.
        factor: d, the distance of cells that stay together; int or one per axis.

    Raises:
        ValueError: a wrong rank, a factor below 1, or samples that ∏d does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        TensorFlow, tf.batch_to_space, whose order this is.

    Example:
        >>> batch_to_space(np.array([[[1, 2]], [[10, 20]]]), 2).tolist()
        [[[1, 10, 2, 20]]]
    """
    (samples, channels, *spatial), factors = shape_and_factors(x, factor)
    if samples % prod(factors):
        rule = f"samples must be divisible by the product of the factors, here {prod(factors)}"
        refuse(rule, samples=samples, factor=factor)
    axes, samples = len(spatial), samples // prod(factors)
    phases = x.reshape(*factors, samples, channels, *spatial)  # (*d, N, C, *S)
    apart = library(x).moveaxis(phases, tuple(range(axes)), tuple(range(3, 3 + 2 * axes, 2)))  # (N, C, S, d, …)
    return apart.reshape(samples, channels, *(size * d for size, d in zip(spatial, factors, strict=True)))


def conv_by_phases(
    x: Array, w: Array, b: Array | None = None, *, padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1
) -> Array:
    """A dilated convolution with stride 1 as an ordinary one of every phase of the input: `conv` without dilation.

    Taps that are d cells apart only ever meet cells that are d cells apart. So the phases never mix: split the input,
    convolve each part as usual, and interleave the results. The same fact is why stacked layers of one rate leave a
    grid.

    Shapes:
        x:       (N, C_in, *S)
        w:       (C_out, C_in/groups, *K)
        b:       (C_out,)
        returns: (N, C_out, *O), equal to `conv(x, w, b, padding=padding, dilation=dilation, groups=groups)`

    Args:
        x: Input of whole, real or complex numbers: a NumPy array or a torch tensor, and all others alike.
        w: Weights, one filter per output channel.
        b: Bias, added to every cell of its output channel.
        padding: Zeros outside, in any form that `conv` takes.
        dilation: Step between taps, in input cells; int or one per axis.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: as `conv`.
        TypeError: as `conv`.

    Source:
        Chen et al., "DeepLab", 2017, section 3.1; TensorFlow, tf.nn.atrous_conv2d.

    Example:
        >>> conv_by_phases(np.array([[[1, 2, 3, 4, 5]]]), np.array([[[1, 10]]]), dilation=2).ravel().tolist()
        [31, 42, 53]
    """
    either(x=x, w=w, b=b)
    options = {"padding": padding, "dilation": dilation, "groups": groups, "bias_shape": shape_of(b)}
    output, _, pads, dilations = conv_geometry(tuple(x.shape), tuple(w.shape), **options)
    result, add_up = accumulator(x, w, b)
    x, w, b = (cast(array, add_up) for array in (x, w, b))
    sizes = zip(x.shape[2:], pads, dilations, strict=True)
    whole = [(lo, hi + -(size + lo + hi) % d) for size, (lo, hi), d in sizes]  # up to a multiple of d
    phases = space_to_batch(pad(x, whole), dilations)  # (∏d·N, C_in, *(P/d))
    y = batch_to_space(conv(phases, w, b, groups=groups), dilations)
    return as_result(y[(..., *map(slice, output[2:]))], result)  # (N, C_out, *O): what was padded here is cut off again
