"""Layer tables: their parts, their walk, what they refuse."""

import pytest

from reference_impl.networks import (
    NETWORKS,
    Network,
    Operation,
    Parallel,
    convolution,
    dcgan_generator,
    mobilenet_v1,
    network,
    resnet,
    shufflenet_v1,
    vgg,
    video_resnet,
    wavenet_stack,
)
from reference_impl.networks.parts import joined_shape
from reference_impl.networks.walk import walk, window_layer
from reference_impl.networks.words import global_mean_pool, pool

# WaveNet, DCGAN


def test_a_wavenet_stack_keeps_the_length_and_sees_1024_samples():
    steps = walk(wavenet_stack())
    assert {step.output_shape for step in steps} == {(1, 32, 16000)}
    assert steps[-1].view[0].size == 1024
    assert walk(wavenet_stack(repeats=3))[-1].view[0].size == 3 * 1023 + 1


def test_dcgan_doubles_the_size_four_times():
    shapes = [step.output_shape[1:] for step in walk(dcgan_generator())]
    assert shapes == [(1024, 4, 4), (512, 8, 8), (256, 16, 16), (128, 32, 32), (3, 64, 64)]
    assert dcgan_generator().layers[0].weight_shape == (100, 1024, 4, 4)
    assert dcgan_generator().layers[1].macs((2, 1024, 4, 4)) == 2 * 16 * 1024 * 512 * 16


# The parts themselves


@pytest.mark.parametrize("name", list(NETWORKS))
def test_every_network_takes_its_own_input_and_can_be_cut_anywhere(name):
    table = network(name)
    assert walk(table)[-1].output_shape[0] == 1
    assert [part.name for part in table.upto(table.parts[-1].name).parts] == [part.name for part in table.parts]
    names = [step.name for step in walk(table)]
    assert len(set(names)) == len(names)


def test_paths_that_are_not_aligned_leave_the_receptive_field_open():
    uneven = convolution("main", 4, 4, 3, stride=2, padding=[(0, 1)] * 2)
    table = Network("tf", (1, 4, 8, 8), (Parallel("unit", ((uneven,), (pool("skip", 4, 1, stride=2),))), uneven))
    assert [step.view is None for step in walk(table)] == [False, False, True, True]
    nested = Network("tf", (1, 4, 8, 8), (*table.parts[:1], Parallel("add", ((), ()))))
    assert walk(nested)[-1].view is None


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda: network("vgg17"), r"network: name must be one of alexnet, .*, dcgan_generator\. Got name='vgg17'"),
        (lambda: vgg(12), r"vgg: depth must be one of 11, 13, 16, 19\. Got depth=12"),
        (lambda: resnet(20), r"resnet: depth must be one of 18, 34, 50, 101, 152\. Got depth=20"),
        (
            lambda: resnet(50, stride_at="middle"),
            r"resnet: stride_at must be one of 'first 3x3', .*\. Got stride_at='middle'",
        ),
        (
            lambda: resnet(18, stride_at="first 1x1"),
            r"resnet: depths 18 and 34 only have stride_at='first 3x3'\. Got depth=18",
        ),
        (
            lambda: mobilenet_v1(resolution=200),
            r"mobilenet_v1: resolution must be a multiple of 32\. Got resolution=200",
        ),
        (lambda: mobilenet_v1(width=0.01), r"mobilenet_v1: width must leave at least one channel\. Got width=0\.01"),
        (lambda: shufflenet_v1(groups=5), r"shufflenet_v1: groups must be one of 1, 2, 3, 4, 8\. Got groups=5"),
        (lambda: video_resnet("p3d"), r"video_resnet: form must be one of 'r3d', 'mc3', 'r2plus1d'\. Got form='p3d'"),
        (lambda: wavenet_stack(repeats=0), r"wavenet_stack: repeats must be at least 1\. Got repeats=0"),
        (lambda: dcgan_generator(width=0), r"dcgan_generator: width must be at least 1\. Got width=0"),
        (lambda: vgg(16).upto("pool6"), r"upto: name must be a part of vgg16: conv1_1, .*\. Got name='pool6'"),
        (
            lambda: walk(vgg(16), input_shape=(1, 4, 224, 224)),
            r"walk: the input must have the layer's channels and axes",
        ),
        (
            lambda: walk(vgg(16), input_shape=(1, 3, 224)),
            r"Got layer='conv1_1', in_channels=3, input_shape=\(1, 3, 224\)",
        ),
        (
            lambda: walk(vgg(16), input_shape=(1, 3)),
            r"walk: input_shape must be \(N, C, \*S\) with at least one spatial axis",
        ),
        (
            lambda: pool("p", 4, 3, stride=2, padding="same"),
            r"pool: padding must be given as numbers\. Got padding='same'",
        ),
        (lambda: convolution("c", 4, 6, 3, groups=4), r"convolution: out_channels must be divisible by groups\. Got"),
        (
            lambda: Parallel("p", ((),), join="max"),
            r"Parallel: join must be one of 'add', 'concat', 'multiply'\. Got join=",
        ),
        (lambda: Operation("o", "convolve", 2, 2), r"Operation: kind must be one of 'conv', .*\. Got kind='convolve'"),
        (
            lambda: Network("n", (1, 2, 4), (pool("a", 2, 2, stride=2), pool("a", 2, 2, stride=2))),
            r"Network: the parts of 'n' must have different names\. Got names=\['a'\]",
        ),
        (
            lambda: Parallel("p", ((pool("a", 2, 2, stride=2),), (pool("a", 2, 2, stride=2),))),
            r"Parallel: the parts of 'p' must have different names\. Got names=\['a'\]",
        ),
        (
            lambda: joined_shape("add", [(1, 2, 3), (1, 2, 4)]),
            r"joined_shape: the paths must end in shapes that fit each other",
        ),
        (
            lambda: window_layer(Operation("p", "adaptive_mean_pool", 2, 2, kernel_size=(2, 2)), (1, 2, 4, 5)),
            r"window_layer: an adaptive pool must cut each axis into equal parts\. Got input_shape=\(1, 2, 4, 5\), p",
        ),
    ],
)
def test_refusals(call, rule):
    with pytest.raises(ValueError, match=rule):
        call()


def test_shapes_of_paths_are_joined_along_channels():
    assert joined_shape("concat", [(2, 3, 5, 4), (2, 4, 5, 4)]) == (2, 7, 5, 4)
    assert joined_shape("multiply", [(2, 3, 5), (2, 3, 5)]) == (2, 3, 5)
    assert global_mean_pool(7, axes=3).output_shape((2, 7, 4, 5, 6)) == (2, 7, 1, 1, 1)
