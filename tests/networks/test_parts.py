"""The pieces that layer tables are made of, used by hand: short ways to write a layer, walks, what they refuse."""

import re
from dataclasses import FrozenInstanceError

import pytest
from torch import nn

from reference_impl.networks import (
    Network,
    Operation,
    Parallel,
    bottleneck_unit,
    convolution,
    dcgan_generator,
    inception_module,
    mobilenet_v1,
    network,
    receptive_layers,
    resnet,
    shuffle_unit,
    shufflenet_v1,
    vgg,
    video_resnet,
    wavenet_stack,
)
from reference_impl.networks.parts import joined_shape
from reference_impl.networks.walk import walk, window_layer
from reference_impl.networks.words import channel_shuffling, global_mean_pool, linear, pool
from reference_impl.receptive_field import Layer, receptive_field
from tests.networks.lines import line_of, lines_of
from tests.refusals import refused


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


# (C_in, C_out/g, *K) as torch.nn.ConvTranspose2d stores it; each of the 2 · 5 · 7 input cells meets each weight


def test_a_grouped_transposed_layer_has_torchs_weights_and_counts_each_input_cell_once_a_weight():
    layer = convolution(
        "up", 6, 4, (3, 2), stride=(2, 3), padding=[(1, 0), 0], groups=2, bias=True, kind="conv_transpose"
    )
    assert layer.weight_shape == tuple(nn.ConvTranspose2d(6, 4, (3, 2), groups=2).weight.shape) == (6, 2, 3, 2)
    assert (layer.weights, layer.parameters, layer.macs((2, 6, 5, 7))) == (72, 76, 2 * 35 * 72)
    assert layer.output_shape((2, 6, 5, 7)) == (2, 4, 10, 20)  # 4 · 2 − 1 + 2 + 1, 6 · 3 + 1 + 1


def test_layers_without_weights_have_no_parameters():
    for layer in (pool("p", 7, 3, stride=2), global_mean_pool(7), channel_shuffling("s", 6, 3)):
        assert (layer.weight_shape, layer.weights, layer.parameters) == ((), 0, 0)
    assert pool("p", 7, 3, stride=2).macs((2, 7, 9, 9)) == 0


def test_a_dense_layer_and_a_mean_of_all_places_step_over_the_whole_map():
    # AlexNet's pool5 sees 195 pixels every 32: 6 places make 195 + 5 · 32, a step of 6 · 32. ResNet-18: 435, 7 places.
    field = receptive_field(receptive_layers(network("alexnet")))
    assert (field.size, field.stride) == ((355, 355), (192, 192))
    field = receptive_field(receptive_layers(network("resnet18")))
    assert (field.size, field.stride) == ((435 + 6 * 32,) * 2, (7 * 32,) * 2)
    halves = Operation("halves", "adaptive_mean_pool", 3, 3, kernel_size=(2, 4))
    assert window_layer(halves, (1, 3, 8, 12)) == Layer((4, 3), (4, 3), name="halves")
    assert window_layer(linear("fc", 5, 2), (1, 5)) == Layer(1, 1, name="fc")
    assert window_layer(channel_shuffling("s", 6, 3), (1, 6, 4)) == Layer(1, 1, name="s")


def test_windows_of_dense_layers_follow_the_input_given():
    pool5, fc6, *_ = receptive_layers(network("alexnet"), input_shape=(1, 3, 227, 227))[7:]
    assert (pool5.name, fc6.kernel_size) == ("pool5", (6, 6))
    table = Network("n", (1, 2, 8, 8), (pool("p", 2, 2, stride=2), global_mean_pool(2)))
    for shape, cell in ((None, (4, 4)), ((1, 2, 6, 10), (3, 5))):
        assert receptive_layers(table, input_shape=shape)[1] == Layer(cell, cell, name="pool")
    with pytest.raises(TypeError, match=r"^receptive_layers: network must be a Network\. Got network='alexnet'$"):
        receptive_layers("alexnet")


def test_a_dense_layer_takes_any_number_of_images():
    assert linear("l", 24, 5).output_shape((3, 2, 3, 4)) == (3, 5)
    assert linear("l", 24, 5).macs((3, 2, 3, 4)) == 3 * 24 * 5
    assert {step.output_shape[0] for step in walk(network("vgg11"), input_shape=(7, 3, 224, 224))} == {7}


def test_a_join_has_the_first_paths_shape_before_and_branches_bear_its_name():
    table = network("googlenet").upto("3a")
    join = walk(table)[-1]
    assert (join.name, join.input_shape, join.output_shape) == ("3a", (1, 64, 28, 28), (1, 256, 28, 28))
    branches = receptive_layers(table)[-1]
    assert branches.name == "3a"
    assert [[layer.name for layer in path] for path in branches.paths] == [
        ["1x1"],
        ["3x3_reduce", "3x3"],
        ["5x5_reduce", "5x5"],
        ["pool", "pool_proj"],
    ]


def test_one_axis_out_of_line_is_enough_to_leave_the_receptive_field_open():
    late = convolution("late", 2, 2, (1, 3), stride=2, padding=[0, (0, 1)])  # centres: 2i, 2j + 1
    unit = Parallel("unit", ((late,), (pool("skip", 2, 1, stride=2),)))
    step = walk(Network("n", (1, 2, 8, 8), (unit,)))[-1]
    assert (step.output_shape, step.view) == ((1, 2, 4, 4), None)


def test_without_padding_given_a_convolution_pads_half_its_span_rounded_down():
    for taps, rate, half in ((1, 2, 0), (2, 1, 0), (3, 1, 1), (3, 2, 2), (4, 1, 1), (4, 3, 4), (7, 1, 3)):
        assert convolution("c", 1, 1, taps, dilation=rate, axes=1).padding == ((half, half),)


@pytest.mark.parametrize(
    ("join", "shapes", "joined"),
    [
        ("add", [(2, 3, 5), (2, 3, 5), (2, 3, 5)], (2, 3, 5)),
        ("concat", [(2, 3, 5, 4), (2, 4, 5, 4), (2, 1, 5, 4)], (2, 8, 5, 4)),
        ("concat", [(2, 3)], (2, 3)),
        ("add", [(2, 3, 5), (2, 4, 5)], None),
        ("multiply", [(2, 3, 5), (2, 3, 6)], None),
        ("concat", [(2, 3, 5), (2, 3, 6)], None),
        ("concat", [(2, 3, 5), (1, 3, 5)], None),
    ],
)
def test_paths_join_if_their_shapes_fit(join, shapes, joined):
    if joined:
        assert joined_shape(join, shapes) == joined
    else:
        message = f"joined_shape: the paths must end in shapes that fit each other. Got join={join!r}, shapes={shapes}"
        with refused(ValueError, message):
            joined_shape(join, shapes)


REFUSED = [
    ("convolution: axes must be at least 1. Got axes=0", lambda: convolution("c", 2, 2, 3, axes=0)),
    ("convolution: axes must be less than 65. Got axes=65", lambda: convolution("c", 2, 2, 3, axes=65)),
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
    (
        "Network: the parts of 'n' must have different names. Got names=['l']",
        lambda: Network("n", (1, 2), (linear("l", 2, 2),) * 2),
    ),
    ("linear: in_channels must be at least 1. Got in_channels=0", lambda: linear("l", 0, 2)),
    ("linear: out_channels must be at least 1. Got out_channels=0", lambda: linear("l", 2, 0)),
    ("channel_shuffling: groups must be at least 1. Got groups=0", lambda: channel_shuffling("s", 6, 0)),
    ("Operation: kind must be one of 'conv', 'conv_transpose'", lambda: Operation("o", "dense", 2, 2)),
    ("linear: activation must be one of ", lambda: linear("l", 2, 2, activation="gelu")),
    (
        "Parallel: join must be one of 'add', 'concat', 'multiply'. Got join='mean'",
        lambda: Parallel("p", ((),), join="mean"),
    ),
    ("vgg: depth must be at least 1. Got depth=0", lambda: vgg(0)),
    ("vgg: depth must be one of 11, 13, 16, 19. Got depth=12", lambda: vgg(12)),
    ("resnet: depth must be at least 1. Got depth=0", lambda: resnet(0)),
    ("resnet: depth must be one of 18, 34, 50, 101, 152. Got depth=20", lambda: resnet(20)),
    (
        "resnet: stride_at must be one of 'first 3x3', 'first 1x1', 'last 3x3'. Got stride_at='3x3'",
        lambda: resnet(18, stride_at="3x3"),
    ),
    (
        "resnet: depths 18 and 34 only have stride_at='first 3x3'. Got depth=34, stride_at='last 3x3'",
        lambda: resnet(34, stride_at="last 3x3"),
    ),
    (
        "bottleneck_unit: stride_at must be one of 'first 3x3', 'first 1x1', 'last 3x3'. Got stride_at=1",
        lambda: bottleneck_unit("u", 8, 2, stride_at=1),
    ),
    ("mobilenet_v1: resolution must be at least 32. Got resolution=0", lambda: mobilenet_v1(resolution=0)),
    ("mobilenet_v1: resolution must be a multiple of 32. Got resolution=225", lambda: mobilenet_v1(resolution=225)),
    ("mobilenet_v1: width must be a finite number above 0. Got width=0", lambda: mobilenet_v1(width=0)),
    ("mobilenet_v1: width must leave at least one channel. Got width=0.03", lambda: mobilenet_v1(width=0.03)),
    ("shufflenet_v1: groups must be at least 1. Got groups=0", lambda: shufflenet_v1(groups=0)),
    ("shufflenet_v1: groups must be one of 1, 2, 3, 4, 8. Got groups=6", lambda: shufflenet_v1(groups=6)),
    (
        "shuffle_unit: out_channels must be at least 4. Got out_channels=3",
        lambda: shuffle_unit("u", 3, 3, groups=1, first_groups=1, stride=1),
    ),
    (
        "inception_module: widths must be six numbers. Got widths=(1, 2, 3, 4, 5)",
        lambda: inception_module("m", 3, (1, 2, 3, 4, 5)),
    ),
    ("video_resnet: form must be one of 'r3d', 'mc3', 'r2plus1d'. Got form=3", lambda: video_resnet(3)),
    (
        "upto: name must be a part of n: a, b. Got name='c'",
        lambda: Network("n", (1, 2), (linear("a", 2, 2), linear("b", 2, 2))).upto("c"),
    ),
    (
        "output_shape: the input must have the layer's channels and axes. "
        "Got layer='l', in_channels=8, input_shape=(1, 2, 3)",
        lambda: linear("l", 8, 2).output_shape((1, 2, 3)),
    ),
    (
        "output_shape: the input must have the layer's channels and axes. "
        "Got layer='p', in_channels=2, input_shape=(1, 2, 9)",
        lambda: pool("p", 2, 3, stride=2).output_shape([1, 2, 9]),
    ),
    (
        "window_layer: an adaptive pool must cut each axis into equal parts. "
        "Got input_shape=(1, 2, 4, 5), parts=(2, 2)",
        lambda: window_layer(Operation("p", "adaptive_mean_pool", 2, 2, kernel_size=(2, 2)), [1, 2, 4, 5]),
    ),
]


@pytest.mark.parametrize(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_refuses(message, call):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()
