"""Inception-v3 as TF-Slim writes it: n×1 and 1×n instead of n×n, every path with the same centre."""

from dataclasses import replace
from typing import Any

from reference_impl.networks.parts import Network, Operation, Parallel, Part
from reference_impl.networks.words import convolution, global_mean_pool, linear, pool


def inception_v3() -> Network:
    """Inception-v3 without its auxiliary classifier.

    Source:
        Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016;
        tensorflow/models, research/slim/nets/inception_v3.py.

    Example:
        >>> inception_v3().upto("mixed_7c").parts[-1].name
        'mixed_7c'
    """
    parts: tuple[Part, ...] = (
        convolution("conv1a", 3, 32, 3, stride=2, padding=0, norm=True),
        convolution("conv2a", 32, 32, 3, padding=0, norm=True),
        convolution("conv2b", 32, 64, 3, norm=True),
        pool("pool3a", 64, 3, stride=2),
        convolution("conv3b", 64, 80, 1, norm=True),
        convolution("conv4a", 80, 192, 3, padding=0, norm=True),
        pool("pool5a", 192, 3, stride=2),
        square_module("mixed_5b", 192, 32),
        square_module("mixed_5c", 256, 64),
        square_module("mixed_5d", 288, 64),
        _concat(
            "mixed_6a",
            _chain(288, (384, 3, 2)),
            _chain(288, (64, 1), (96, 3), (96, 3, 2)),
            (pool("pool", 288, 3, stride=2),),
        ),
        factored_module("mixed_6b", 128),
        factored_module("mixed_6c", 160),
        factored_module("mixed_6d", 160),
        factored_module("mixed_6e", 192),
        _concat(
            "mixed_7a",
            _chain(768, (192, 1), (320, 3, 2)),
            _chain(768, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2)),
            (pool("pool", 768, 3, stride=2),),
        ),
        wide_module("mixed_7b", 1280),
        wide_module("mixed_7c", 2048),
        global_mean_pool(2048),
        linear("fc", 2048, 1000),
    )
    return Network("inception_v3", (1, 3, 299, 299), parts)


def square_module(name: str, in_channels: int, pooled: int) -> Parallel:
    """The 35 × 35 modules: 1×1, 5×5, two 3×3, pool."""
    return _concat(
        name,
        _chain(in_channels, (64, 1)),
        _chain(in_channels, (48, 1), (64, 5)),
        _chain(in_channels, (64, 1), (96, 3), (96, 3)),
        _pooled(in_channels, pooled),
    )


def factored_module(name: str, width: int) -> Parallel:
    """The 17 × 17 modules: 7×7 written as 1×7 and 7×1, once and twice."""
    return _concat(
        name,
        _chain(768, (192, 1)),
        _chain(768, (width, 1), (width, (1, 7)), (192, (7, 1))),
        _chain(768, (width, 1), (width, (7, 1)), (width, (1, 7)), (width, (7, 1)), (192, (1, 7))),
        _pooled(768, 192),
    )


def wide_module(name: str, in_channels: int) -> Parallel:
    """The 8 × 8 modules: 1×3 and 3×1 side by side, not one behind the other."""
    return _concat(
        name,
        _chain(in_channels, (320, 1)),
        (*_chain(in_channels, (384, 1)), _fork(384)),
        (*_chain(in_channels, (448, 1), (384, 3)), _fork(384)),
        _pooled(in_channels, 192),
    )


def _concat(name: str, *paths: tuple[Part, ...]) -> Parallel:
    """Paths joined along the channels, their layers named after the path."""
    named = tuple(
        tuple(replace(part, name=f"path{number}_{part.name}") for part in path)
        for number, path in enumerate(paths, start=1)
    )
    return Parallel(name, named, join="concat")


def _fork(channels: int) -> Parallel:
    """1×3 beside 3×1."""
    return _concat("fork", _chain(channels, (channels, (1, 3))), _chain(channels, (channels, (3, 1))))


def _pooled(in_channels: int, out_channels: int) -> tuple[Operation, ...]:
    """3×3 mean, then 1×1."""
    mean = pool("pool", in_channels, 3, stride=1, padding=1, kind="mean_pool")
    return (mean, *_chain(in_channels, (out_channels, 1)))


def _chain(in_channels: int, *steps: tuple[Any, ...]) -> tuple[Operation, ...]:
    """Convolutions from (out_channels, kernel_size[, stride]); a stride of 2 goes without padding."""
    layers = []
    for index, (out_channels, kernel_size, *stride) in enumerate(steps, start=1):
        window = {"stride": stride[0], "padding": 0} if stride else {}
        layers.append(convolution(f"conv{index}", in_channels, out_channels, kernel_size, norm=True, **window))
        in_channels = out_channels
    return tuple(layers)
