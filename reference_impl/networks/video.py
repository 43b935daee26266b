"""Networks for clips (N, 3, T, H, W): C3D, and the 18-layer video ResNets with 3-D, mixed and (2+1)-D convolutions."""

from typing import Any

from reference_impl.arithmetic import conv2plus1d_mid_channels
from reference_impl.checks import one_of
from reference_impl.networks.parts import Network, Operation, Parallel, Part
from reference_impl.networks.residual import shortcut
from reference_impl.networks.words import convolution, global_mean_pool, linear, pool
from reference_impl.types import Padding, PerAxis

VIDEO_FORMS = ("r3d", "mc3", "r2plus1d")


def c3d(*, classes: int = 101) -> Network:
    """C3D: eight 3×3×3 convolutions over 16 frames of 112 × 112; pool1 keeps the time axis.

    Source:
        Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015, figure 3.

    Example:
        >>> c3d().parameters
        78409573
    """
    parts: list[Operation] = []
    channels = 3
    for block, widths in enumerate(((64,), (128,), (256, 256), (512, 512), (512, 512)), start=1):
        for letter, width in zip("ab", widths, strict=False):
            parts.append(convolution(f"conv{block}{letter}", channels, width, 3, bias=True, axes=3))
            channels = width
        window: PerAxis = (1, 2, 2) if block == 1 else 2
        edge: Padding = [0, 1, 1] if block == 5 else 0  # 7 → 4
        parts.append(pool(f"pool{block}", channels, window, stride=window, padding=edge, axes=3))
    parts += [
        linear("fc6", 512 * 4 * 4, 4096, activation="relu"),
        linear("fc7", 4096, 4096, activation="relu"),
        linear("fc8", 4096, classes),
    ]
    return Network("c3d", (1, 3, 16, 112, 112), tuple(parts))


def video_resnet(form: str = "r3d") -> Network:
    """R3D-18 ("r3d"), MC3-18 ("mc3": 3-D in the stem and the first block), R(2+1)D-18 ("r2plus1d"), for 400 classes.

    Raises:
        ValueError: another form.

    Source:
        Tran et al., "A closer look at spatiotemporal convolutions for action recognition", 2018;
        torchvision.models.video.resnet.

    Example:
        >>> [video_resnet(form).parameters for form in VIDEO_FORMS]
        [33371472, 11695440, 31505325]
    """
    one_of("form", form, VIDEO_FORMS)
    parts: list[Part] = list(video_stem(form))
    channels = 64
    for block, width in enumerate((64, 128, 256, 512), start=1):
        inner = "flat" if form == "mc3" and block > 1 else "full" if form != "r2plus1d" else form
        for unit in (1, 2):
            stride = 2 if block > 1 and unit == 1 else 1
            parts.append(video_unit(f"block{block}_{unit}", channels, width, inner, stride))
            channels = width
    parts += [global_mean_pool(channels, axes=3), linear("fc", channels, 400)]
    return Network(f"{form}_18", (1, 3, 16, 112, 112), tuple(parts))


def video_stem(form: str) -> tuple[Operation, ...]:
    """3×7×7, or 1×7×7 and 3×1×1 with 45 channels between; the time axis keeps its size."""
    if form != "r2plus1d":
        return (convolution("conv1", 3, 64, (3, 7, 7), stride=(1, 2, 2), norm=True, axes=3),)
    return (
        convolution("conv1_space", 3, 45, (1, 7, 7), stride=(1, 2, 2), norm=True, axes=3),
        convolution("conv1_time", 45, 64, (3, 1, 1), norm=True, axes=3),
    )


def video_unit(name: str, in_channels: int, width: int, form: str, stride: int) -> Parallel:
    """A basic residual unit with "full" 3×3×3, "flat" 1×3×3 or "r2plus1d" convolutions.

    The published code computes the mid-planes of (2+1)-D from the unit's input channels and uses them twice.
    """
    middle = conv2plus1d_mid_channels(in_channels, width)
    body = (
        *video_convolution("conv1", in_channels, width, form, stride, middle, "relu"),
        *video_convolution("conv2", width, width, form, 1, middle, ""),
    )
    step: PerAxis = (1, stride, stride) if form == "flat" else stride
    skip = () if in_channels == width else shortcut(in_channels, width, step, axes=3)
    return Parallel(name, (body, skip), activation="relu")


def video_convolution(
    name: str, in_channels: int, out_channels: int, form: str, stride: int, middle: int, activation: str
) -> tuple[Operation, ...]:
    """One convolution of a video unit, in one or two layers."""
    last: dict[str, Any] = {"norm": True, "activation": activation, "axes": 3}
    if form == "full":
        return (convolution(name, in_channels, out_channels, 3, stride=stride, **last),)
    space: dict[str, Any] = {"stride": (1, stride, stride)}
    if form == "flat":
        return (convolution(name, in_channels, out_channels, (1, 3, 3), **space, **last),)
    return (
        convolution(f"{name}_space", in_channels, middle, (1, 3, 3), **space, norm=True, axes=3),
        convolution(f"{name}_time", middle, out_channels, (3, 1, 1), stride=(stride, 1, 1), **last),
    )
