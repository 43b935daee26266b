"""A causal layer fed chunk by chunk: what it remembers in between is all that the next chunk needs."""

from typing import Any, NamedTuple

from reference_impl.arithmetic import conv_geometry, effective_kernel_size
from reference_impl.arrays import either, library, pad, shape_of
from reference_impl.checks import refuse
from reference_impl.conv.fast import conv
from reference_impl.types import Array


class StreamState(NamedTuple):
    """What a causal layer keeps from one chunk to the next."""

    cells: Any  # (N, C_in, m): inputs that windows to come still read
    skip: int  # inputs to come that no window reads, where the stride is longer than the window


def conv_stream(
    x: Array,
    w: Array,
    b: Array | None = None,
    state: StreamState | None = None,
    *,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> tuple[Array, StreamState]:
    """A causal convolution of one chunk of a sequence, and the state for the next chunk.

    The outputs of all chunks, one after the other, are those of `conv` with `padding="causal"` on the whole sequence,
    up to rounding, wherever it is cut. A chunk may be shorter than the window or the stride, or empty; it then gives
    fewer outputs, or none. The state holds at most d·(k − 1) cells of each channel, however long the sequence is.

    Definition:
        y[n, o, i] = b[o] + sum(
            w[o, c, u] * x[n, q*C_in/g + c, s*i + d*u - d*(k - 1)]
            for c in range(C_in/g) for u in range(k)
        )
        q = o*g // C_out

        q — group
        L (4..9)
        x = array(N, C_in, L, outside=0)
        w = array(C_out, C_in/g, k)
        b = array(C_out)
        y[n, o, i] = conv_stream(x, w, b, stride=s, dilation=d, groups=g)[0]

    Shapes:
        x:       (N, C_in, L), L from 0
        w:       (C_out, C_in/groups, K)
        b:       (C_out,)
        returns: (N, C_out, outputs of this chunk) and the state

    Args:
        x: The chunk: a NumPy array or a torch tensor, and all others alike.
        w: Weights.
        b: Bias.
        state: What the call for the chunk before returned; None begins a sequence, with zeros before it.
        stride: Step between windows, in input cells.
        dilation: Step between taps, in input cells.
        groups: Number of groups of channels that do not meet.

    Raises:
        ValueError: shapes that do not fit, also those of the state, a value out of range, or whole numbers too large.
        TypeError: an argument of the wrong kind.

    Source:
        Paine et al., "Fast Wavenet generation algorithm", 2016: the queues of a stack of dilated layers.

    Example:
        >>> x, w = np.arange(6).reshape(1, 1, 6), np.array([[[1, 10]]])
        >>> first, state = conv_stream(x[:, :, :4], w)
        >>> second, state = conv_stream(x[:, :, 4:], w, state=state)
        >>> first.ravel().tolist(), second.ravel().tolist(), state.cells.ravel().tolist()
        ([0, 10, 21, 32], [43, 54], [5])
    """
    either(x=x, w=w, b=b)
    if x.ndim != 3 or w.ndim != 3:
        shapes = {"x.shape": tuple(x.shape), "w.shape": tuple(w.shape)}
        refuse("x must be (N, C_in, L) and w (C_out, C_in/groups, K)", **shapes)
    window = effective_kernel_size(w.shape[2], dilation=dilation)
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    conv_geometry((*x.shape[:2], window), w.shape, bias_shape=shape_of(b), **options)
    cells, skip = _begin(x, window) if state is None else _fitting(state, x)
    joined = library(x).concatenate([cells, x[:, :, skip:]], axis=2)  # (N, C_in, m)
    length = joined.shape[2]
    outputs = max(0, (length - window) // stride + 1)
    full = pad(joined, ((0, max(0, window - length)),))  # one window at least, whose output is then dropped
    y = conv(full, w, b, **options)[:, :, :outputs]  # (N, C_out, outputs)
    read = outputs * stride
    left = max(0, skip - x.shape[2]) + max(0, read - length)
    return y, StreamState(joined[:, :, read:], left)


def _begin(x: Any, window: int) -> StreamState:
    """The zeros before a sequence."""
    return StreamState(pad(x[:, :, :0], ((window - 1, 0),)), 0)


def _fitting(state: Any, x: Any) -> StreamState:
    """The state, if it can go on with the chunk."""
    if not isinstance(state, StreamState):
        refuse("state must be what conv_stream returned", error=TypeError, state=type(state).__name__)
    either(x=x, cells=state.cells)
    if state.cells.shape[:2] != x.shape[:2]:
        shapes = {"x.shape": tuple(x.shape), "state.cells.shape": tuple(state.cells.shape)}
        refuse("the chunk must have the samples and channels of the state", **shapes)
    if state.cells.dtype != x.dtype:
        kinds = {"x.dtype": str(x.dtype), "state.cells.dtype": str(state.cells.dtype)}
        refuse("the chunk must have the dtype of the state", error=TypeError, **kinds)
    return state
