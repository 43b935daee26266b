"""AlexNet in its four forms, and VGG."""

from reference_impl.checks import refuse, whole
from reference_impl.networks.parts import Network, Operation
from reference_impl.networks.words import convolution, linear, pool

VGG_BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def alexnet(*, groups: int = 2) -> Network:
    """AlexNet as it was trained on two GPUs: `groups=2` keeps the halves apart in conv2, conv4 and conv5.

    The paper says 224 × 224; without padding, 227 × 227 is the smallest image that gives its 55 × 55.

    Source:
        Krizhevsky, Sutskever & Hinton, 2012, section 3.5 and figure 2.

    Example:
        >>> alexnet().parameters, alexnet(groups=1).parameters
        (60965224, 62378344)
    """
    parts = (
        convolution("conv1", 3, 96, 11, stride=4, padding=0, bias=True),
        pool("pool1", 96, 3, stride=2),
        convolution("conv2", 96, 256, 5, groups=groups, bias=True),
        pool("pool2", 256, 3, stride=2),
        convolution("conv3", 256, 384, 3, bias=True),
        convolution("conv4", 384, 384, 3, groups=groups, bias=True),
        convolution("conv5", 384, 256, 3, groups=groups, bias=True),
        pool("pool5", 256, 3, stride=2),
        *classifier(256 * 6 * 6),
    )
    return Network("alexnet" if groups == 2 else f"alexnet, groups {groups}", (1, 3, 227, 227), parts)


def alexnet_torchvision() -> Network:
    """The AlexNet of torchvision: the later one-GPU version with fewer filters in conv1, conv2 and conv4.

    Source:
        Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014; torchvision.models.alexnet.

    Example:
        >>> alexnet_torchvision().parameters
        61100840
    """
    parts = (
        convolution("conv1", 3, 64, 11, stride=4, padding=2, bias=True),
        pool("pool1", 64, 3, stride=2),
        convolution("conv2", 64, 192, 5, bias=True),
        pool("pool2", 192, 3, stride=2),
        convolution("conv3", 192, 384, 3, bias=True),
        convolution("conv4", 384, 256, 3, bias=True),
        convolution("conv5", 256, 256, 3, bias=True),
        pool("pool5", 256, 3, stride=2),
        *classifier(256 * 6 * 6),
    )
    return Network("alexnet_torchvision", (1, 3, 224, 224), parts)


def alexnet_v2() -> Network:
    """TF-Slim's alexnet_v2: no padding before conv1 and the pools, dense layers written as convolutions.

    Source:
        tensorflow/models, research/slim/nets/alexnet.py.

    Example:
        >>> alexnet_v2().upto("pool5").layers[-1].out_channels
        256
    """
    parts = (
        convolution("conv1", 3, 64, 11, stride=4, padding=0, bias=True),
        pool("pool1", 64, 3, stride=2),
        convolution("conv2", 64, 192, 5, bias=True),
        pool("pool2", 192, 3, stride=2),
        convolution("conv3", 192, 384, 3, bias=True),
        convolution("conv4", 384, 384, 3, bias=True),
        convolution("conv5", 384, 256, 3, bias=True),
        pool("pool5", 256, 3, stride=2),
        convolution("fc6", 256, 4096, 5, padding=0, bias=True),
        convolution("fc7", 4096, 4096, 1, bias=True),
        convolution("fc8", 4096, 1000, 1, bias=True, activation=""),
    )
    return Network("alexnet_v2", (1, 3, 224, 224), parts)


def vgg(depth: int = 16) -> Network:
    """VGG with 11, 13, 16 or 19 layers that have weights (the paper's A, B, D, E).

    Raises:
        ValueError: another depth.

    Source:
        Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015, table 1.

    Example:
        >>> vgg(16).parameters
        138357544
    """
    if whole("depth", depth, least=1) not in VGG_BLOCKS:
        refuse(f"depth must be one of {', '.join(map(str, VGG_BLOCKS))}", depth=depth)
    parts: list[Operation] = []
    channels = 3
    for block, (width, repeats) in enumerate(zip((64, 128, 256, 512, 512), VGG_BLOCKS[depth], strict=True), start=1):
        for layer in range(1, repeats + 1):
            parts.append(convolution(f"conv{block}_{layer}", channels, width, 3, bias=True))
            channels = width
        parts.append(pool(f"pool{block}", channels, 2, stride=2))
    return Network(f"vgg{depth}", (1, 3, 224, 224), (*parts, *classifier(512 * 7 * 7)))


def classifier(features: int) -> tuple[Operation, ...]:
    """The three dense layers of AlexNet and VGG."""
    return (
        linear("fc6", features, 4096, activation="relu"),
        linear("fc7", 4096, 4096, activation="relu"),
        linear("fc8", 4096, 1000),
    )
