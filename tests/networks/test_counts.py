"""Parameters and MACs of the layer tables equal those that their sources print. Each test names the source."""

import pytest

from reference_impl.arithmetic import conv2plus1d_mid_channels
from reference_impl.networks import (
    GOOGLENET_MODULES,
    Network,
    Operation,
    alexnet,
    alexnet_torchvision,
    c3d,
    convolution,
    googlenet,
    inception_module,
    mobilenet_v1,
    network,
    resnet,
    shufflenet_v1,
    vgg,
    video_resnet,
)
from reference_impl.networks.walk import walk
from reference_impl.summary import summarize, summary_totals


def macs(table, *, input_shape=None):
    return summary_totals(summarize(table, input_shape=input_shape))["macs"]


def by_name(table):
    return {step.name: step for step in walk(table)}


# AlexNet: Krizhevsky et al. 2012; torchvision's model metadata


def test_alexnet_parameters_with_and_without_groups():
    assert alexnet().parameters == 60_965_224
    assert alexnet(groups=1).parameters == 62_378_344
    assert alexnet_torchvision().parameters == 61_100_840
    layers = {layer.name: layer for layer in alexnet().layers}
    assert (layers["conv2"].weights, layers["conv2"].parameters) == (307_200, 307_456)
    assert (layers["conv4"].weights, layers["conv5"].weights) == (663_552, 442_368)
    assert {layer.name: layer for layer in alexnet(groups=1).layers}["conv2"].parameters == 614_656


def test_alexnet_torchvision_takes_0_714_gmacs():
    assert macs(alexnet_torchvision()) == 714_188_480


def test_alexnet_maps_are_those_of_the_paper():
    steps = by_name(alexnet())
    assert [steps[f"conv{n}"].output_shape[1:] for n in range(1, 6)] == [
        (96, 55, 55),
        (256, 27, 27),
        (384, 13, 13),
        (384, 13, 13),
        (256, 13, 13),
    ]


# VGG and ResNet: torchvision's model metadata


@pytest.mark.parametrize(
    ("depth", "parameters"), [(11, 132_863_336), (13, 133_047_848), (16, 138_357_544), (19, 143_667_240)]
)
def test_vgg_parameters(depth, parameters):
    assert vgg(depth).parameters == parameters
    assert len([layer for layer in vgg(depth).layers if layer.weights]) == depth


def test_vgg16_takes_15_47_gmacs():
    assert macs("vgg16") == 15_470_264_320


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
def test_resnet_parameters(depth, parameters):
    assert resnet(depth).parameters == parameters
    main = [step for step in walk(resnet(depth)) if not step.name.endswith("shortcut")]
    assert len([step for step in main if isinstance(step.part, Operation) and step.part.weights]) == depth


def test_resnet50_takes_4_089_gmacs_wherever_the_parameters_stay_the_stride_decides():
    assert macs("resnet50") == 4_089_184_256
    places = {place: resnet(50, stride_at=place) for place in ("first 3x3", "first 1x1", "last 3x3")}
    assert {table.parameters for table in places.values()} == {25_557_032}
    assert [macs(table) for table in places.values()] == [4_089_184_256, 3_857_973_248, 3_482_255_360]


# MobileNet: tensorflow/models mobilenet_v1.py and .md; Howard et al. 2017


def base(width, resolution):
    return mobilenet_v1(width=width, resolution=resolution).upto("conv13_pointwise")


@pytest.mark.parametrize(
    ("width", "resolution", "weights", "count"),
    [(1.0, 224, 3_185_088, 567_716_352), (0.75, 128, 1_800_144, 106_002_432)],
)
def test_mobilenet_base_weights_and_macs(width, resolution, weights, count):
    assert sum(layer.weights for layer in base(width, resolution).layers) == weights
    assert macs(base(width, resolution)) == count


@pytest.mark.parametrize(
    ("width", "millions"),
    [
        (1.0, [569, 418, 291, 186]),
        (0.75, [325, 239, 166, 107]),  # published 317, 233, 162, 104; the 325 of another source is right
        (0.5, [149, 110, 77, 49]),  # published 150 for the first
        (0.25, [41, 30, 21, 14]),  # published 34 for the second
    ],
)
def test_mobilenet_macs_with_the_classifier(width, millions):
    resolutions = (224, 192, 160, 128)
    assert [round(macs(mobilenet_v1(width=width, resolution=r)) / 1e6) for r in resolutions] == millions


@pytest.mark.parametrize(("width", "millions"), [(1.0, 4.24), (0.75, 2.59), (0.5, 1.34), (0.25, 0.47)])
def test_mobilenet_parameters_are_the_published_ones_with_three_numbers_a_normalised_channel(width, millions):
    table = mobilenet_v1(width=width)
    third = sum(layer.out_channels for layer in table.layers if layer.norm)
    assert round((table.parameters + third) / 1e6, 2) == millions


def test_mobilenet_table_3_one_layer_made_cheaper():
    def million(channels, size, separable):
        shape = (1, channels, size, size)
        if not separable:
            return convolution("full", channels, channels, 3).macs(shape) / 1e6
        depthwise = convolution("depthwise", channels, channels, 3, groups=channels)
        return (depthwise.macs(shape) + convolution("pointwise", channels, channels, 1).macs(shape)) / 1e6

    assert round(million(512, 14, separable=False)) == 462
    assert [round(million(*case, True), 1) for case in ((512, 14), (384, 14), (384, 10))] == [52.3, 29.6, 15.1]


def test_mobilenet_table_4_full_convolutions():
    full = mobilenet_v1(separable=False)
    assert round(full.parameters / 1e6, 1) == 29.3
    assert (round(macs(full.upto("conv13")) / 1e6), round(macs(full) / 1e6, 1)) == (4866, 4867.3)
    assert (round(macs("mobilenet_v1") / 1e6), round(network("mobilenet_v1").parameters / 1e6, 1)) == (569, 4.2)


def test_mobilenet_table_2_shares_of_macs():
    rows = summarize("mobilenet_v1")
    total = summary_totals(rows)["macs"]

    def percent(ends):
        return round(100 * sum(row["macs"] for row in rows if row["name"].endswith(ends)) / total, 2)

    assert [percent(ends) for ends in ("pointwise", "depthwise", "fc")] == [94.86, 3.06, 0.18]
    assert percent("conv0") == 1.91  # printed as 1.19


# ShuffleNet: Zhang et al. 2017, table 1; megvii-model/ShuffleNet-Series


@pytest.mark.parametrize(
    ("groups", "channels", "printed", "million"),
    [(1, 144, 143, 142.50), (2, 200, 140, 140.04), (3, 240, 137, 136.50), (4, 272, 133, 133.25), (8, 384, 137, 136.83)],
)
def test_shufflenet_complexity_without_the_classifier(groups, channels, printed, million):
    table = shufflenet_v1(groups=groups)
    count = macs(table.upto("pool")) / 1e6
    assert (round(count, 2), int(count + 0.5)) == (million, printed)
    assert by_name(table)["stage2_1"].output_shape == (1, channels, 28, 28)


@pytest.mark.parametrize(("groups", "million", "parameters"), [(3, 137.5, 1.9), (8, 138.4, 2.4)])
def test_shufflenet_of_megvii_includes_the_classifier(groups, million, parameters):
    table = shufflenet_v1(groups=groups)
    assert (round(macs(table) / 1e6, 1), round(table.parameters / 1e6, 1)) == (million, parameters)


# GoogLeNet: Szegedy et al. 2014, table 1


@pytest.mark.parametrize(
    ("module", "weights", "million", "printed"),
    [
        ("3a", 163_328, 128.0, 128),
        ("3b", 388_096, 304.3, 304),
        ("4a", 375_552, 73.6, 73),
        ("4b", 448_512, 87.9, 88),
        ("4c", 509_440, 99.9, 100),
        ("4d", 604_672, 118.5, 119),
        ("4e", 867_328, 170.0, 170),
        ("5a", 1_042_432, 51.1, 54),
        ("5b", 1_442_816, 70.7, 71),
    ],
)
def test_googlenet_modules(module, weights, million, printed):
    inside = [step for step in walk(googlenet()) if step.name.startswith(f"{module}.")]
    count = sum(step.part.macs(step.input_shape) for step in inside) / 1e6
    assert sum(step.part.weights for step in inside) == weights
    assert round(count, 1) == million
    assert abs(count - printed) < 1 or module == "5a"


def test_googlenet_stem_and_maps():
    steps = by_name(googlenet())
    stem = steps["conv1"]
    assert (stem.part.weights, stem.part.macs(stem.input_shape)) == (9_408, 118_013_952)
    assert int(163_328 / 1024) == 159  # the paper's 159K of module 3a counts K = 1024
    shapes = [steps[name].output_shape[1:] for name in ("pool1", "pool2", "3b", "4e", "5b")]
    assert shapes == [(64, 56, 56), (192, 28, 28), (480, 28, 28), (832, 14, 14), (1024, 7, 7)]


def test_an_inception_module_without_reductions_costs_more():
    full = inception_module("3a", 192, GOOGLENET_MODULES["3a"], reduced=False)
    table = Network("3a", (1, 192, 28, 28), (full,))
    assert table.parameters - sum(layer.out_channels for layer in table.layers if layer.bias) == 387_072
    assert walk(table)[-1].output_shape == (1, 416, 28, 28)


# Video: torchvision's model metadata; mmaction2 for C3D


@pytest.mark.parametrize(
    ("form", "parameters", "gmacs"),
    [("r3d", 33_371_472, 40.697), ("mc3", 11_695_440, 43.343), ("r2plus1d", 31_505_325, 40.519)],
)
def test_video_resnets(form, parameters, gmacs):
    table = video_resnet(form)
    assert table.parameters == parameters
    assert round(macs(table) / 1e9, 3) == gmacs


def test_c3d_with_101_classes():
    assert c3d().parameters == 78_409_573
    assert by_name(c3d())["pool5"].output_shape == (1, 512, 1, 4, 4)


def test_mid_planes_keep_the_weights_of_the_full_convolution():
    for c_in, c_out in ((64, 64), (64, 128), (256, 512), (3, 64)):
        middle = conv2plus1d_mid_channels(c_in, c_out)
        assert middle * (9 * c_in + 3 * c_out) <= 27 * c_in * c_out < (middle + 1) * (9 * c_in + 3 * c_out)
