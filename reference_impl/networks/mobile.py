"""MobileNet-v1 and ShuffleNet-v1."""

from reference_impl.checks import positive, refuse, whole
from reference_impl.networks.parts import Network, Operation, Parallel, Part
from reference_impl.networks.words import channel_shuffling, convolution, global_mean_pool, linear, pool

MOBILENET_BODY = (  # stride, output channels of each depthwise separable convolution
    *((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512)),
    *((1, 512),) * 5,
    *((2, 1024), (1, 1024)),
)
SHUFFLENET_CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}  # groups: output channels of stage 2
SHUFFLENET_UNITS = (4, 8, 4)


def mobilenet_v1(*, width: float = 1.0, resolution: int = 224, separable: bool = True) -> Network:
    """MobileNet-v1; `width` and `resolution` are the paper's α and ρ · 224.

    Padding is TensorFlow's "same" for the even sizes of the paper: a stride of 2 pads one cell, at the end.

    Args:
        width: Factor on every channel count.
        resolution: Height and width of the image, a multiple of 32.
        separable: False for the paper's comparison: a full 3×3 convolution in place of each separable one.

    Raises:
        ValueError: a width without channels, or a resolution that is not a multiple of 32.

    Source:
        Howard et al., "MobileNets", 2017, table 1; tensorflow/models, research/slim/nets/mobilenet_v1.py.

    Example:
        >>> sum(layer.weights for layer in mobilenet_v1().upto("conv13_pointwise").layers)
        3185088
    """
    whole("resolution", resolution, least=32)
    if resolution % 32:
        refuse("resolution must be a multiple of 32", resolution=resolution)
    if int(32 * positive("width", width)) < 1:
        refuse("width must leave at least one channel", width=width)
    channels = int(32 * width)
    parts = [convolution("conv0", 3, channels, 3, stride=2, padding=[(0, 1)] * 2, norm=True)]
    for index, (stride, out) in enumerate(MOBILENET_BODY, start=1):
        out_channels = int(out * width)
        window = {"stride": stride, "padding": 1 if stride == 1 else [(0, 1)] * 2, "norm": True}
        if separable:
            parts.append(convolution(f"conv{index}_depthwise", channels, channels, 3, groups=channels, **window))
            parts.append(convolution(f"conv{index}_pointwise", channels, out_channels, 1, norm=True))
        else:
            parts.append(convolution(f"conv{index}", channels, out_channels, 3, **window))
        channels = out_channels
    parts += [global_mean_pool(channels), linear("fc", channels, 1000)]
    return Network("mobilenet_v1", (1, 3, resolution, resolution), tuple(parts))


def shufflenet_v1(*, groups: int = 3) -> Network:
    """ShuffleNet-v1 1×: pointwise grouped convolutions with a channel shuffle behind the first of each unit.

    Raises:
        ValueError: groups other than 1, 2, 3, 4 or 8.

    Source:
        Zhang et al., "ShuffleNet", 2018, table 1 and figure 2; megvii-model/ShuffleNet-Series, ShuffleNetV1.

    Example:
        >>> shufflenet_v1(groups=8).upto("stage2_1").parts[-1].paths[1][0].out_channels
        96
    """
    groups = whole("groups", groups, least=1)
    if groups not in SHUFFLENET_CHANNELS:
        refuse(f"groups must be one of {', '.join(map(str, SHUFFLENET_CHANNELS))}", groups=groups)
    parts: list[Part] = [
        convolution("conv1", 3, 24, 3, stride=2, norm=True),
        pool("pool1", 24, 3, stride=2, padding=1),
    ]
    channels = 24
    for stage, units in enumerate(SHUFFLENET_UNITS, start=2):
        width = SHUFFLENET_CHANNELS[groups] * 2 ** (stage - 2)
        for unit in range(1, units + 1):
            first_groups = 1 if channels == 24 else groups  # 24 channels are too few to split
            name, stride = f"stage{stage}_{unit}", 2 if unit == 1 else 1
            parts.append(shuffle_unit(name, channels, width, groups=groups, first_groups=first_groups, stride=stride))
            channels = width
    parts += [global_mean_pool(channels), linear("fc", channels, 1000, bias=False)]
    return Network("shufflenet_v1", (1, 3, 224, 224), tuple(parts))


def shuffle_unit(
    name: str, in_channels: int, out_channels: int, *, groups: int, first_groups: int, stride: int
) -> Parallel:
    """1×1 grouped to a quarter, shuffle, 3×3 depthwise, 1×1 grouped; added to, or at stride 2 put beside, the input.

    Example:
        >>> unit = shuffle_unit("2.2", 240, 240, groups=3, first_groups=3, stride=1)
        >>> [layer.weights for path in unit.paths for layer in path]
        [4800, 0, 540, 4800]
    """
    out_channels = whole("out_channels", out_channels, least=4)
    narrow, new = out_channels // 4, out_channels - in_channels if stride == 2 else out_channels
    body: tuple[Operation, ...] = (
        convolution("conv1", in_channels, narrow, 1, groups=first_groups, norm=True),
        channel_shuffling("shuffle", narrow, groups),
        convolution("conv2", narrow, narrow, 3, stride=stride, groups=narrow, norm=True, activation=""),
        convolution("conv3", narrow, new, 1, groups=groups, norm=True, activation=""),
    )
    if stride == 1:
        return Parallel(name, ((), body), activation="relu")
    skip = (pool("shortcut", in_channels, 3, stride=2, padding=1, kind="mean_pool"),)
    return Parallel(name, (skip, body), join="concat", activation="relu")
