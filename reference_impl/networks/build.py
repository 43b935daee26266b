"""A torch module from a layer table."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from typing import Any

import torch
from torch import nn

from reference_impl.checks import refuse
from reference_impl.networks import Network, Operation, Parallel
from reference_impl.networks.parts import Part

__all__ = ["network_torch"]

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def network_torch(table: Network) -> nn.Sequential:
    """The network as torch modules, with torch's own initial weights, ready to train.

    Args:
        table: A `Network`.

    Raises:
        TypeError: something else.

    Source:
        The papers named by the functions of `reference_impl.networks`.

    Example:
        >>> from reference_impl.networks import resnet
        >>> sum(parameter.numel() for parameter in network_torch(resnet(18)).parameters())
        11689512
    """
    if not isinstance(table, Network):
        refuse("table must be a Network", error=TypeError, table=type(table).__name__)
    modules = nn.Sequential()
    for part in table.parts:
        modules.add_module(part.name, _part(part, len(table.input_shape) - 2))
    return modules


def _part(part: Part, axes: int) -> nn.Module:
    """One operation with its normalisation and activation, or the joined paths of a `Parallel`."""
    if isinstance(part, Parallel):
        return _JoinedPaths(part, axes)
    modules = nn.Sequential()
    if any(low != high for low, high in part.padding):
        modules.add_module("pad", _pad(part, axes))
    modules.add_module("layer", _layer(part, axes))
    if part.norm:
        modules.add_module("norm", (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[axes - 1](part.out_channels))
    if part.activation:
        modules.add_module("activation", ACTIVATIONS[part.activation]())
    return modules


def _pad(part: Operation, axes: int) -> nn.Module:
    """Uneven padding as a module of its own: torch's layers pad both ends alike."""
    fill = {"conv": 0.0, "max_pool": float("-inf")}.get(part.kind)
    if fill is None:
        rule = "only 'conv' and 'max_pool' can have uneven padding"
        refuse(rule, error=NotImplementedError, layer=part.name, kind=part.kind, padding=part.padding)
    pads: Any = tuple(cells for pair in reversed(part.padding) for cells in pair)  # torch begins with the last axis
    return (nn.ConstantPad1d, nn.ConstantPad2d, nn.ConstantPad3d)[axes - 1](pads, fill)


def _layer(part: Operation, axes: int) -> nn.Module:
    """The module of one operation, without normalisation and activation; uneven padding has been added before."""
    even = all(low == high for low, high in part.padding)
    padding = tuple(low if even else 0 for low, _ in part.padding)
    if part.kind == "linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(part.in_channels, part.out_channels, bias=part.bias))
    if part.kind == "channel_shuffle":
        return nn.ChannelShuffle(part.groups)
    if part.kind == "adaptive_mean_pool":
        return (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[axes - 1](part.kernel_size)
    window: dict[str, Any] = {"kernel_size": part.kernel_size, "stride": part.stride, "padding": padding}
    if part.kind == "max_pool":
        return (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[axes - 1](**window)
    if part.kind == "mean_pool":
        return (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[axes - 1](**window)
    forward = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    backward = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
    kind: Any = (forward if part.kind == "conv" else backward)[axes - 1]
    channels = {"in_channels": part.in_channels, "out_channels": part.out_channels, "groups": part.groups}
    return kind(**channels, **window, dilation=part.dilation, bias=part.bias)


class _JoinedPaths(nn.Module):
    """The paths of a `Parallel` over one input, joined.

    Args:
        table: The `Parallel`.
        axes: Spatial axes of the input.
    """

    def __init__(self, table: Parallel, axes: int) -> None:
        super().__init__()
        self.join = table.join
        self.paths = nn.ModuleList()
        for path in table.paths:
            modules = nn.Sequential()
            for part in path:
                modules.add_module(part.name, _part(part, axes))
            self.paths.append(modules)
        self.activation = ACTIVATIONS[table.activation]() if table.activation else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C_in, *S) → (N, C_out, *O)."""
        ends = [path(x) for path in self.paths]
        if self.join == "concat":
            return self.activation(torch.cat(ends, dim=1))
        joined = ends[0]
        for end in ends[1:]:
            joined = joined + end if self.join == "add" else joined * end
        return self.activation(joined)

    def extra_repr(self) -> str:
        """The way of joining."""
        return f"join={self.join!r}"
