"""ResNet in two and three dimensions, with the stride where each code base puts it."""

from reference_impl.checks import one_of, refuse, whole
from reference_impl.networks.parts import Network, Operation, Parallel, Part
from reference_impl.networks.words import convolution, global_mean_pool, linear, pool
from reference_impl.types import PerAxis

RESNET_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
STRIDE_PLACES = ("first 3x3", "first 1x1", "last 3x3")


def resnet(depth: int = 50, *, stride_at: str = "first 3x3") -> Network:
    """ResNet-18, 34, 50, 101 or 152 for 224 × 224 images.

    Three code bases halve the size in three places, with the same parameters:

    - "first 3x3": in the 3×3 convolution of a block's first unit (torchvision);
    - "first 1x1": in the 1×1 convolution of a block's first unit (the paper);
    - "last 3x3": in the 3×3 convolution of the *previous* block's last unit (TF-Slim's resnet_v1).

    Raises:
        ValueError: another depth or place, or a place that units without 1×1 convolutions do not have.

    Source:
        He et al., "Deep residual learning for image recognition", 2016, table 1; torchvision.models.resnet;
        tensorflow/models, research/slim/nets/resnet_v1.py.

    Example:
        >>> resnet(50).parameters, resnet(18).parameters
        (25557032, 11689512)
    """
    if whole("depth", depth, least=1) not in RESNET_BLOCKS:
        refuse(f"depth must be one of {', '.join(map(str, RESNET_BLOCKS))}", depth=depth)
    one_of("stride_at", stride_at, STRIDE_PLACES)
    bottleneck = depth >= 50
    if not bottleneck and stride_at != "first 3x3":
        refuse("depths 18 and 34 only have stride_at='first 3x3'", depth=depth, stride_at=stride_at)
    slim = stride_at == "last 3x3"
    stem_pool = pool("pool1", 64, 3, stride=2, padding=[(0, 1), (0, 1)] if slim else 1)  # TF's "same" pads the end
    parts: list[Part] = [convolution("conv1", 3, 64, 7, stride=2, norm=True), stem_pool]
    channels = 64
    for block, (width, units) in enumerate(zip((64, 128, 256, 512), RESNET_BLOCKS[depth], strict=True), start=1):
        for unit in range(1, units + 1):
            name, at = f"block{block}_{unit}", unit == units and block < 4 if slim else unit == 1 and block > 1
            stride = 2 if at else 1
            if bottleneck:
                parts.append(bottleneck_unit(name, channels, width, stride=stride, stride_at=stride_at))
            else:
                parts.append(basic_unit(name, channels, width, stride=stride))
            channels = width * 4 if bottleneck else width
    parts += [global_mean_pool(channels), linear("fc", channels, 1000)]
    return Network(f"resnet{depth}", (1, 3, 224, 224), tuple(parts))


def bottleneck_unit(
    name: str, in_channels: int, width: int, *, stride: int = 1, stride_at: str = "first 3x3", groups: int = 1
) -> Parallel:
    """1×1 down to `width`, 3×3, 1×1 up to 4 × `width`, plus the input.

    Example:
        >>> unit = bottleneck_unit("2.2", 256, 64)
        >>> [layer.weights for path in unit.paths for layer in path]
        [16384, 36864, 16384]
    """
    one_of("stride_at", stride_at, STRIDE_PLACES)
    reduce_stride, middle_stride = (stride, 1) if stride_at == "first 1x1" else (1, stride)
    body = (
        convolution("conv1", in_channels, width, 1, stride=reduce_stride, norm=True),
        convolution("conv2", width, width, 3, stride=middle_stride, padding=1, groups=groups, norm=True),
        convolution("conv3", width, 4 * width, 1, norm=True, activation=""),
    )
    return Parallel(name, (body, shortcut(in_channels, 4 * width, stride)), activation="relu")


def basic_unit(name: str, in_channels: int, width: int, *, stride: int = 1) -> Parallel:
    """Two 3×3 convolutions, plus the input.

    Example:
        >>> unit = basic_unit("2.2", 64, 64)
        >>> [layer.weights for path in unit.paths for layer in path]
        [36864, 36864]
    """
    body = (
        convolution("conv1", in_channels, width, 3, stride=stride, norm=True),
        convolution("conv2", width, width, 3, norm=True, activation=""),
    )
    return Parallel(name, (body, shortcut(in_channels, width, stride)), activation="relu")


def shortcut(in_channels: int, out_channels: int, stride: PerAxis, *, axes: int = 2) -> tuple[Operation, ...]:
    """The other path: the identity where shapes agree, every second cell where only the size shrinks, else 1×1."""
    if in_channels != out_channels:
        return (
            convolution(
                "shortcut", in_channels, out_channels, 1, stride=stride, padding=0, norm=True, activation="", axes=axes
            ),
        )
    return () if stride == 1 else (pool("shortcut", in_channels, 1, stride=stride, axes=axes),)
