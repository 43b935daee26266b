"""The pieces that layer tables are made of, used by hand: short ways to write a layer, walks, what they refuse."""

import re
from dataclasses import FrozenInstanceError

import pytest

from reference_impl.networks import (
    Network,
    Operation,
    Parallel,
    convolution,
    dcgan_generator,
    network,
    shuffle_unit,
    wavenet_stack,
)
from reference_impl.networks.walk import walk
from reference_impl.networks.words import channel_shuffling, global_mean_pool, linear, pool
from tests.network_lines import line_of, lines_of


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        (convolution("c", 2, 3, 5), "c conv 2>3 5x5 +2 relu"),
        (convolution("c", 2, 3, (1, 3), dilation=(2, 4)), "c conv 2>3 1x3 +0x4 d2x4 relu"),
        (convolution("c", 1, 1, 1, axes=1), "c conv 1>1 1 relu"),
        (convolution("c", 1, 2, 4, axes=3, padding=[(0, 1), 2, 3]), "c conv 1>2 4x4x4 +0:1x2x3 relu"),
        (pool("p", 7, 3, stride=2), "p max_pool 7>7 3x3 /2"),
        (pool("p", 7, 1, stride=1, axes=1), "p max_pool 7>7 1"),
        (pool("p", 7, (3, 1), stride=(1, 2), padding=(1, 0), kind="mean_pool"), "p mean_pool 7>7 3x1 /1x2 +1x0"),
        (global_mean_pool(7), "pool adaptive_mean_pool 7>7 1x1"),
        (linear("l", 6, 5), "l linear 6>5 bias"),
        (linear("l", 6, 5, bias=False, activation="tanh"), "l linear 6>5 tanh"),
        (channel_shuffling("s", 6, 3), "s channel_shuffle 6>6 g3"),
        (Operation("o", "channel_shuffle", 4, 4), "o channel_shuffle 4>4"),
    ],
)
def test_what_is_not_said_has_its_usual_value(layer, line):
    assert line_of(layer) == line


def test_paths_are_added_and_not_activated_unless_said():
    assert lines_of([Parallel("p", ((), ()))]) == ["p add", "  path", "  path"]


@pytest.mark.parametrize(
    "value",
    [linear("l", 2, 3), Parallel("p", ((), ())), network("vgg11"), walk(network("vgg11"))[0]],
    ids=["Operation", "Parallel", "Network", "Step"],
)
def test_a_table_cannot_be_changed_and_serves_as_a_key(value):
    with pytest.raises(FrozenInstanceError):
        value.name = "other"
    assert {value: 1}[value] == 1


def test_the_narrowest_networks_there_are():
    assert wavenet_stack(repeats=1, channels=1, length=1).input_shape == (1, 1, 1)
    assert walk(dcgan_generator(noise=1, width=1))[-1].output_shape == (1, 3, 64, 64)
    unit = shuffle_unit("u", 4, 4, groups=1, first_groups=1, stride=1)
    assert [layer.out_channels for layer in unit.paths[1]] == [1, 1, 1, 4]


REFUSED = [
    ("convolution: axes must be at least 1. Got axes=0", lambda: convolution("c", 2, 2, 3, axes=0)),
    ("convolution: in_channels must be at least 1. Got in_channels=0", lambda: convolution("c", 0, 2, 3)),
    ("convolution: out_channels must be at least 1. Got out_channels=0", lambda: convolution("c", 2, 0, 3)),
    ("convolution: groups must be at least 1. Got groups=0", lambda: convolution("c", 2, 2, 3, groups=0)),
    ("convolution: kernel_size must be at least 1. Got kernel_size=0", lambda: convolution("c", 2, 2, 0)),
    ("convolution: stride must be at least 1. Got stride=0", lambda: convolution("c", 2, 2, 3, stride=0)),
    ("convolution: dilation must be at least 1. Got dilation=0", lambda: convolution("c", 2, 2, 3, dilation=0)),
    ("convolution: padding must be", lambda: convolution("c", 2, 2, 3, padding=-1)),
    (
        "convolution: padding must be given as numbers. Got padding='same'",
        lambda: convolution("c", 2, 2, 3, padding="same"),
    ),
    (
        "convolution: in_channels must be divisible by groups. Got in_channels=3",
        lambda: convolution("c", 3, 4, 3, groups=2),
    ),
    (
        "convolution: out_channels must be divisible by groups. Got out_channels=3",
        lambda: convolution("c", 4, 3, 3, groups=2),
    ),
    ("pool: kernel_size must be at least 1. Got kernel_size=0", lambda: pool("p", 2, 0, stride=1)),
    ("pool: stride must be at least 1. Got stride=0", lambda: pool("p", 2, 3, stride=0)),
    ("wavenet_stack: channels must be at least 1. Got channels=0", lambda: wavenet_stack(channels=0)),
    ("wavenet_stack: length must be at least 1. Got length=0", lambda: wavenet_stack(length=0)),
    ("dcgan_generator: noise must be at least 1. Got noise=0", lambda: dcgan_generator(noise=0)),
    ("Network: the parts of 'n' must have different names", lambda: Network("n", (1, 2, 4), (linear("l", 2, 2),) * 2)),
]


@pytest.mark.parametrize(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_refuses(message, call):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()
