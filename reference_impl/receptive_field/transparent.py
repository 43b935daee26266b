"""A model in which no value hides a connection: what a gradient then reaches depends on the windows alone."""

import copy
from collections.abc import Sequence
from math import inf, prod
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from reference_impl.checks import refuse

NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


class Transparent(TorchFunctionMode):
    """Turns max pools into mean pools of the same windows and normalisations by statistics into the identity."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Run one function of torch, or its stand-in."""
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if name in ("group_norm", "layer_norm", "instance_norm"):
            return args[0]
        if name.endswith("_with_indices"):
            rule = "max pools that return indices cannot be made transparent"
            refuse(rule, error=NotImplementedError, call=name)
        if name in ("max_pool1d", "max_pool2d", "max_pool3d"):
            return spread_pool(*args, **kwargs)
        if name in ("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"):
            return getattr(functional, name.replace("max", "avg"))(*args[:2])
        if name == "pad":  # a max pool's own padding
            args = tuple(0.0 if isinstance(value, float) and value == -inf else value for value in args)
        return func(*args, **kwargs)


def spread_pool(
    x: torch.Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    **_options: Any,
) -> torch.Tensor:
    """The mean over the windows of a max pool, for any dilation: a depthwise convolution with equal weights."""
    n = x.ndim - 2
    kernel, stride, padding, dilation = (
        tuple(value) * (n if len(value) == 1 else 1) if isinstance(value, Sequence) else (value,) * n
        for value in (kernel_size, stride or kernel_size, padding, dilation)
    )
    windows = [slice(None)] * n
    if ceil_mode:  # room for one more window, kept where it begins before the end of the input
        windows = [slice(-(-(i + p) // s)) for i, p, s in zip(x.shape[2:], padding, stride, strict=True)]
        x = functional.pad(x, [cells for step in reversed(stride) for cells in (0, step - 1)])
    weight = torch.full((x.shape[1], 1, *kernel), 1 / prod(kernel), dtype=x.dtype, device=x.device)
    run = (functional.conv1d, functional.conv2d, functional.conv3d)[n - 1]
    return run(x, weight, None, stride, padding, dilation, groups=x.shape[1])[(..., *windows)]


def transparent_copy(model: torch.nn.Module) -> torch.nn.Module:
    """A float64 copy in evaluation mode whose weights are positive and average their input."""
    subject = copy.deepcopy(model).double().eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(1)
    for name, parameter in subject.named_parameters():
        if parameter.ndim > 1:
            noise = torch.rand(parameter.shape, generator=generator, dtype=torch.float64) + 0.5
            parameter.copy_(noise / max(parameter[0].numel(), 1))
        else:
            parameter.fill_(0.0 if name.endswith("bias") else 1.0)
    for module in subject.modules():
        if isinstance(module, NORMALISATIONS):
            module.reset_running_stats()
    return subject
