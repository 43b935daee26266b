"""What layers of several rooms are made with: the window of a torch.nn convolution, checked, and the convolution."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from typing import NamedTuple, TypeAlias

import torch
from torch import nn

from reference_impl.checks import PADDING_MODES, one_of, per_axis, refuse, several, sizes
from reference_impl.types import PerAxis, Shape

Conv: TypeAlias = nn.Conv1d | nn.Conv2d | nn.Conv3d
CONVOLUTIONS: dict[int, type[Conv]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


class Window(NamedTuple):
    """The window of a torch.nn convolution, one entry per axis."""

    kernel_size: Shape
    stride: Shape
    padding: str | Shape
    dilation: Shape
    padding_mode: str

    @classmethod
    def checked(
        cls,
        kernel_size: PerAxis,
        stride: PerAxis,
        padding: str | PerAxis,
        dilation: PerAxis,
        padding_mode: str,
        *,
        axes: int | None = None,
    ) -> "Window":
        """Refuse early what torch notices in forward. Without `axes` an int is a square kernel of two axes."""
        kernel = layer_kernel(kernel_size) if axes is None else per_axis("kernel_size", kernel_size, axes, least=1)
        if len(kernel) not in CONVOLUTIONS:
            refuse("a layer has one, two or three spatial axes", kernel_size=kernel_size)
        steps = per_axis("stride", stride, len(kernel), least=1)
        if not isinstance(padding, str):
            padding = per_axis("padding", padding, len(kernel), least=0)
        elif one_of("padding", padding, ("valid", "same")) == "same" and max(steps) > 1:
            refuse("padding 'same' of a torch layer needs stride 1", padding=padding, stride=stride)
        rates = per_axis("dilation", dilation, len(kernel), least=1)
        return cls(kernel, steps, padding, rates, one_of("padding_mode", padding_mode, PADDING_MODES))

    def along(self, *axes: int) -> "Window":
        """The window of a pass along these axes: one tap on every other axis, which it leaves as it is."""

        def part(values: Shape, rest: int) -> Shape:
            return tuple(value if axis in axes else rest for axis, value in enumerate(values))

        padding = self.padding if isinstance(self.padding, str) else part(self.padding, 0)
        return Window(
            part(self.kernel_size, 1), part(self.stride, 1), padding, part(self.dilation, 1), self.padding_mode
        )

    def conv(
        self,
        in_channels: int,
        out_channels: int,
        *,
        groups: int = 1,
        bias: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> Conv:
        """Torch's own convolution with this window."""
        make = CONVOLUTIONS[len(self.kernel_size)]
        made = {"device": device, "dtype": dtype}
        return make(in_channels, out_channels, **self._asdict(), groups=groups, bias=bias, **made)


def layer_kernel(kernel_size: PerAxis) -> Shape:
    """The taps of a layer per axis; an int stands for a square of two axes."""
    kernel = sizes("kernel_size", kernel_size)
    kernel = kernel if several(kernel_size) else kernel * 2
    return per_axis("kernel_size", kernel, len(kernel), least=1)
