"""A deformable layer that predicts its own offsets, ready to paste."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from math import prod

import torch
from torch import Tensor, nn

from reference_impl import checks
from reference_impl.checks import refuse
from reference_impl.conv.torch import conv_torch
from reference_impl.deform_conv.cost import predicted_channels
from reference_impl.deform_conv.torch import deform_conv_torch
from reference_impl.layers import layer_kernel
from reference_impl.types import Padding, PerAxis, WindowOptions


class DeformConv(nn.Module):
    """Deformable convolution that predicts its own offsets; starts as an ordinary one, version 2 with half its weights.

    A second convolution with the same window looks at the input and says how far each tap moves for each output cell
    and, with `modulated=True` (version 2), how much it counts. Its weights and biases start at zero: no tap moves, and
    each counts one half through the sigmoid.

    Shapes:
        input:   (N, in_channels, *S)
        returns: (N, out_channels, *O)

    Args:
        in_channels: Input channels.
        out_channels: Output channels.
        kernel_size: Taps; an int is a square of two axes, a tuple has one entry per axis.
        stride: Step between windows; int or one per axis.
        padding: In any form that `conv` takes.
        dilation: Step between taps before they move; int or one per axis.
        groups: Number of groups of channels that do not meet.
        offset_groups: Groups of channels with offsets of their own.
        modulated: Version 2, with a mask.
        bias: Whether there is one bias per filter.
        device, dtype: Where and as what the weights are made.

    Raises:
        ValueError: a size below 1, or channels that the groups do not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Dai et al., 2017, figure 2; Zhu et al., 2018, section 3.2 (offsets start at 0, masks at 0.5).

    Example:
        >>> layer = DeformConv(4, 8, (3, 3), padding=1)
        >>> layer(torch.rand(2, 4, 7, 5)).shape
        torch.Size([2, 8, 7, 5])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        *,
        groups: int = 1,
        offset_groups: int = 1,
        modulated: bool = False,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        kernel = layer_kernel(kernel_size)
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
            checks.count(name, value)
        checks.divisible("in_channels", in_channels, groups)
        checks.divisible("out_channels", out_channels, groups)
        checks.per_axis("stride", stride, len(kernel), least=1)
        checks.per_axis("dilation", dilation, len(kernel), least=1)
        checks.padding(padding, len(kernel))
        predicted = predicted_channels(kernel, offset_groups, modulated)
        if in_channels % offset_groups:
            rule = "in_channels must be divisible by offset_groups"
            refuse(rule, in_channels=in_channels, offset_groups=offset_groups)
        self.window: WindowOptions = {"stride": stride, "padding": padding, "dilation": dilation}
        self.groups, self.offset_groups, self.modulated = groups, offset_groups, modulated
        made = {"device": device, "dtype": dtype}
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels // groups, *kernel, **made))
        self.bias = nn.Parameter(torch.empty(out_channels, **made)) if bias else None
        self.offset_weight = nn.Parameter(torch.empty(predicted, in_channels, *kernel, **made))
        self.offset_bias = nn.Parameter(torch.empty(predicted, **made))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights as torch's own convolutions start; the offset branch at zero."""
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        if self.bias is not None:
            bound = self.weight[0].numel() ** -0.5
            nn.init.uniform_(self.bias, -bound, bound)
        nn.init.zeros_(self.offset_weight)
        nn.init.zeros_(self.offset_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Predict offsets (and mask) from x, then convolve x with moved taps."""
        predicted = conv_torch(x, self.offset_weight, self.offset_bias, **self.window)
        taps = self.offset_groups * prod(self.weight.shape[2:])
        moves = taps * (self.weight.ndim - 2)
        mask = predicted[:, moves:].sigmoid() if self.modulated else None
        taken = x, self.weight, predicted[:, :moves], self.bias
        return deform_conv_torch(*taken, mask=mask, groups=self.groups, **self.window)

    def extra_repr(self) -> str:
        """The arguments, as they show in print(layer)."""
        out_channels, per_group, *kernel = self.weight.shape
        window = ", ".join(f"{name}={value}" for name, value in self.window.items())
        extra = f"groups={self.groups}, offset_groups={self.offset_groups}, modulated={self.modulated}"
        shape = f"{per_group * self.groups}, {out_channels}, kernel_size={tuple(kernel)}"
        return f"{shape}, {window}, {extra}, bias={self.bias is not None}"
