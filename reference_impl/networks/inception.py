"""GoogLeNet and Inception-v3: paths side by side, joined along the channels."""

from collections.abc import Sequence

from reference_impl.checks import refuse, several
from reference_impl.networks.parts import Network, Operation, Parallel
from reference_impl.networks.words import convolution, global_mean_pool, linear, pool

# #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj: the columns of the paper's table 1
GOOGLENET_MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet() -> Network:
    """GoogLeNet without its auxiliary classifiers, which only help training.

    The pools round up (112 → 56): one padded cell, at the end.

    Source:
        Szegedy et al., "Going deeper with convolutions", 2014, table 1.

    Example:
        >>> sum(layer.weights for layer in googlenet().layers if layer.name == "conv1")
        9408
    """
    ceil = [(0, 1), (0, 1)]
    parts: list[Operation | Parallel] = [
        convolution("conv1", 3, 64, 7, stride=2, bias=True),
        pool("pool1", 64, 3, stride=2, padding=ceil),
        convolution("conv2_reduce", 64, 64, 1, bias=True),
        convolution("conv2", 64, 192, 3, bias=True),
        pool("pool2", 192, 3, stride=2, padding=ceil),
    ]
    channels = 192
    for name, widths in GOOGLENET_MODULES.items():
        if name in ("4a", "5a"):
            parts.append(pool(f"pool{int(name[0]) - 1}", channels, 3, stride=2, padding=ceil))
        parts.append(inception_module(name, channels, widths))
        channels = widths[0] + widths[2] + widths[4] + widths[5]
    parts += [global_mean_pool(channels), linear("fc", channels, 1000)]
    return Network("googlenet", (1, 3, 224, 224), tuple(parts))


def inception_module(name: str, in_channels: int, widths: Sequence[int], *, reduced: bool = True) -> Parallel:
    """Four paths: 1×1, 3×3, 5×5, pool. `widths` are the six columns of the paper's table 1.

    With `reduced=False`, the paper's "naïve version": no 1×1 convolution before 3×3 and 5×5, none after the pool.

    Example:
        >>> module = inception_module("3a", 192, GOOGLENET_MODULES["3a"])
        >>> sum(layer.weights for path in module.paths for layer in path)
        163328
    """
    if not several(widths) or len(widths) != 6:
        refuse("widths must be six numbers", widths=widths)
    one, reduce_three, three, reduce_five, five, projection = widths
    mean_three = pool("pool", in_channels, 3, stride=1, padding=1)
    if not reduced:
        return Parallel(
            name,
            (
                (convolution("1x1", in_channels, one, 1, bias=True),),
                (convolution("3x3", in_channels, three, 3, bias=True),),
                (convolution("5x5", in_channels, five, 5, bias=True),),
                (mean_three,),
            ),
            join="concat",
        )
    paths = (
        (convolution("1x1", in_channels, one, 1, bias=True),),
        (
            convolution("3x3_reduce", in_channels, reduce_three, 1, bias=True),
            convolution("3x3", reduce_three, three, 3, bias=True),
        ),
        (
            convolution("5x5_reduce", in_channels, reduce_five, 1, bias=True),
            convolution("5x5", reduce_five, five, 5, bias=True),
        ),
        (mean_three, convolution("pool_proj", in_channels, projection, 1, bias=True)),
    )
    return Parallel(name, paths, join="concat")
