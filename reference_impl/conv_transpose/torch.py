"""A transposed convolution as one plain convolution with more filters, followed by a pixel shuffle."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from reference_impl.arithmetic import conv_transpose_geometry
from reference_impl.arrays import accumulator, as_result, cast, shape_of, tensors
from reference_impl.conv.torch import conv_torch
from reference_impl.conv_transpose.shuffle import pixel_shuffle
from reference_impl.conv_transpose.views import insert_zeros
from reference_impl.types import Padding, PerAxis, TransposedOptions


def conv_transpose_torch(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Transposed convolution, from torch primitives.

    Shapes, arguments and errors are those of `conv_transpose`.

    The ∏s output cells for each input cell become ∏s channels of a convolution with stride 1, whose kernel is 1/s as
    long, rounded up. A pixel shuffle then puts the channels in their places. All of it is differentiable, twice.

    Source:
        Shi et al., "Is the deconvolution layer the same as a convolutional layer?", 2016.

    Example:
        >>> conv_transpose_torch(torch.tensor([[[1, 10]]]), torch.tensor([[[1, 2, 3]]]), stride=2).flatten().tolist()
        [1, 2, 13, 20, 30]
    """
    tensors(x=x, w=w, b=b)
    options: TransposedOptions = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    shapes = tuple(x.shape), tuple(w.shape)
    geometry = conv_transpose_geometry(*shapes, **options, groups=groups, bias_shape=shape_of(b))
    output, strides, cuts, dilations = geometry
    result, add_up = accumulator(x)
    x, w = cast(x, add_up), cast(w, add_up)
    steps = [d if s == 1 else 1 for s, d in zip(strides, dilations, strict=True)]
    filters = _sub_pixel_filters(w, strides, dilations, groups)  # (C_out·∏s, C_in/g, *K')
    before = [d * (k - 1) for d, k in zip(steps, filters.shape[2:], strict=True)]
    cells = zip(output[2:], cuts, strides, x.shape[2:], strict=True)
    after = [max(0, -(-(lo + o) // s) - size) for o, (lo, _), s, size in cells]
    pads = list(zip(before, after, strict=True))
    phases = conv_torch(x, filters, padding=pads, dilation=steps, groups=groups)  # (N, C_out·∏s, *Q)
    y = pixel_shuffle(phases, strides)  # (N, C_out, *(Q·s))
    y = y[(..., *(slice(lo, lo + o) for o, (lo, _) in zip(output[2:], cuts, strict=True)))]
    return as_result(y.contiguous() if b is None else y + cast(b, add_up).reshape(-1, *(1,) * (x.ndim - 2)), result)


def _sub_pixel_filters(w: Tensor, strides: Sequence[int], dilations: Sequence[int], groups: int) -> Tensor:
    """Sort the taps of w (C_in, C_out/g, *K) by the phase of the stride they reach: (C_out·∏s, C_in/g, *K'), flipped.

    Along an axis with a stride, dilation becomes zeros in the kernel; an axis without one keeps its dilation.
    """
    spread = insert_zeros(w, [1 if s == 1 else d for s, d in zip(strides, dilations, strict=True)])
    missing = [-size % s for size, s in zip(spread.shape[2:], strides, strict=True)]
    spread = torch.nn.functional.pad(spread, [cells for axis in reversed(missing) for cells in (0, axis)])
    pairs = [part for size, s in zip(spread.shape[2:], strides, strict=True) for part in (size // s, s)]
    split = spread.reshape(groups, w.shape[0] // groups, w.shape[1], *pairs)  # (g, C_in/g, C_out/g, K', s, …)
    along, phase = list(range(3, split.ndim, 2)), list(range(4, split.ndim, 2))
    filters = split.flip(along).permute(0, 2, *phase, 1, *along)  # (g, C_out/g, *s, C_in/g, *K')
    return filters.reshape(groups * w.shape[1] * prod(strides), -1, *pairs[::2])
