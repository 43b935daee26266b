"""Layer tables of real networks, as plain data. Imports neither NumPy nor torch.

    >>> from reference_impl.networks import network
    >>> net = network("vgg16")                      # names: NETWORKS; or call vgg(16), resnet(50, stride_at=…), …
    >>> net.input_shape, net.parameters
    ((1, 3, 224, 224), 138357544)
    >>> first = net.layers[0]                       # net.layers: every Operation, in order
    >>> first.name, first.in_channels, first.out_channels, first.kernel_size, first.stride, first.padding
    ('conv1_1', 3, 64, (3, 3), (1, 1), ((1, 1), (1, 1)))
    >>> first.weight_shape, first.parameters, first.macs(net.input_shape), first.output_shape(net.input_shape)
    ((64, 3, 3, 3), 1792, 86704128, (1, 64, 224, 224))

`net.parts` keeps the structure (`Operation`, or `Parallel` for residuals and branches); `net.upto("pool5")` cuts it.
For shapes, parameters, MACs, memory and receptive field of all layers in one table use `reference_impl.summary`.
"""

from collections.abc import Callable
from functools import partial

from reference_impl.checks import refuse
from reference_impl.networks.classic import alexnet, alexnet_torchvision, alexnet_v2, vgg
from reference_impl.networks.inception import GOOGLENET_MODULES, googlenet, inception_module
from reference_impl.networks.inception_v3 import inception_v3
from reference_impl.networks.mobile import mobilenet_v1, shuffle_unit, shufflenet_v1
from reference_impl.networks.other import dcgan_generator, wavenet_stack
from reference_impl.networks.parts import Network, Operation, Parallel
from reference_impl.networks.residual import basic_unit, bottleneck_unit, resnet
from reference_impl.networks.video import c3d, video_resnet
from reference_impl.networks.walk import receptive_layers
from reference_impl.networks.words import convolution

NETWORKS: dict[str, Callable[[], Network]] = {
    "alexnet": alexnet,
    "alexnet_ungrouped": partial(alexnet, groups=1),
    "alexnet_torchvision": alexnet_torchvision,
    "alexnet_v2": alexnet_v2,
    "vgg11": partial(vgg, 11),
    "vgg13": partial(vgg, 13),
    "vgg16": partial(vgg, 16),
    "vgg19": partial(vgg, 19),
    "resnet18": partial(resnet, 18),
    "resnet34": partial(resnet, 34),
    "resnet50": partial(resnet, 50),
    "resnet101": partial(resnet, 101),
    "resnet152": partial(resnet, 152),
    "resnet_v1_50": partial(resnet, 50, stride_at="last 3x3"),
    "resnet_v1_101": partial(resnet, 101, stride_at="last 3x3"),
    "googlenet": googlenet,
    "inception_v3": inception_v3,
    "mobilenet_v1": mobilenet_v1,
    "shufflenet_v1": shufflenet_v1,
    "c3d": c3d,
    "r3d_18": partial(video_resnet, "r3d"),
    "mc3_18": partial(video_resnet, "mc3"),
    "r2plus1d_18": partial(video_resnet, "r2plus1d"),
    "wavenet_stack": wavenet_stack,
    "dcgan_generator": dcgan_generator,
}


def network(name: str) -> Network:
    """The layer table of a network, by its name in `NETWORKS`.

    Raises:
        ValueError: an unknown name; the message lists the known ones.

    Example:
        >>> network("resnet50").layers[0].output_shape((1, 3, 224, 224))
        (1, 64, 112, 112)
    """
    if not isinstance(name, str) or name not in NETWORKS:
        refuse(f"name must be one of {', '.join(NETWORKS)}", name=name)
    return NETWORKS[name]()


__all__ = [
    "GOOGLENET_MODULES",
    "NETWORKS",
    "Network",
    "Operation",
    "Parallel",
    "alexnet",
    "alexnet_torchvision",
    "alexnet_v2",
    "basic_unit",
    "bottleneck_unit",
    "c3d",
    "convolution",
    "dcgan_generator",
    "googlenet",
    "inception_module",
    "inception_v3",
    "mobilenet_v1",
    "network",
    "receptive_layers",
    "resnet",
    "shuffle_unit",
    "shufflenet_v1",
    "vgg",
    "video_resnet",
    "wavenet_stack",
]
