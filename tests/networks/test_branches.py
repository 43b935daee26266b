"""Networks with branches, layer by layer, beside the tables and figures of their papers and the code they come from."""

import pytest

from reference_impl.networks import (
    basic_unit,
    bottleneck_unit,
    googlenet,
    inception_module,
    inception_v3,
    network,
    resnet,
    shufflenet_v1,
)
from tests.networks.lines import head, lines, lines_of

# He et al. 2016, table 1 and figure 5; torchvision/models/resnet.py; slim/nets/resnet_v1.py

UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
FIRST = ("block2_1", "block3_1", "block4_1")
BASIC = """
    {name} add relu
      path
        conv1 conv {c}>{w} 3x3{two} +1 norm relu
        conv2 conv {w}>{w} 3x3 +1 norm
      path
"""
BOTTLENECK = """
    {name} add relu
      path
        conv1 conv {c}>{w} 1x1{one} norm relu
        conv2 conv {w}>{w} 3x3{two} +1 norm relu
        conv3 conv {w}>{out} 1x1 norm
      path
"""


@pytest.mark.parametrize(
    ("table", "depth", "halving", "where"),
    [
        (network("resnet18"), 18, FIRST, "two"),
        (network("resnet34"), 34, FIRST, "two"),
        (network("resnet50"), 50, FIRST, "two"),
        (network("resnet101"), 101, FIRST, "two"),
        (network("resnet152"), 152, FIRST, "two"),
        (resnet(101, stride_at="first 1x1"), 101, FIRST, "one"),
        (network("resnet_v1_50"), 50, ("block1_3", "block2_4", "block3_6"), "two"),
        (network("resnet_v1_101"), 101, ("block1_3", "block2_4", "block3_23"), "two"),
    ],
)
def test_each_resnet_halves_the_size_in_its_own_place(table, depth, halving, where):
    slim = halving != FIRST
    form, wider = (BASIC, 1) if depth < 50 else (BOTTLENECK, 4)
    expected = ["conv1 conv 3>64 7x7 /2 +3 norm relu", f"pool1 max_pool 64>64 3x3 /2 {'+0:1' if slim else '+1'}"]
    channels = 64
    for block, units in enumerate(UNITS[depth], start=1):
        width = 32 * 2**block
        for name in (f"block{block}_{unit}" for unit in range(1, units + 1)):
            step, out = " /2" if name in halving else "", wider * width
            steps = {"one": "", "two": "", where: step}
            expected += lines(form.format(name=name, c=channels, w=width, out=out, **steps))
            if channels != out:
                expected.append(f"    shortcut conv {channels}>{out} 1x1{step} norm")
            elif step:
                expected.append(f"    shortcut max_pool {out}>{out} 1x1 /2")
            channels = out
    assert lines_of(table.parts) == expected + head(channels, 1000)


def test_residual_units_by_themselves():
    expected = lines(BOTTLENECK.format(name="u", c=24, w=6, out=24, one="", two=""))
    expected[3] = expected[3].replace("+1", "+1 g3")  # ResNeXt: Xie et al. 2017, figure 3c
    assert lines_of([bottleneck_unit("u", 24, 6, groups=3)]) == expected
    halved = lines(BOTTLENECK.format(name="u", c=24, w=6, out=24, one="", two=" /2"))
    assert lines_of([bottleneck_unit("u", 24, 6, stride=2)]) == [*halved, "    shortcut max_pool 24>24 1x1 /2"]
    assert lines_of([basic_unit("u", 5, 5)]) == lines(BASIC.format(name="u", c=5, w=5, two=""))


def test_resnet_without_arguments_is_resnet50():
    assert resnet() == network("resnet50")


# Szegedy et al. 2014, table 1 (#1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj) and figure 2

GOOGLENET = """
    3a 192 64 96 128 16 32 32
    3b 256 128 128 192 32 96 64
    pool3 480
    4a 480 192 96 208 16 48 64
    4b 512 160 112 224 24 64 64
    4c 512 128 128 256 24 64 64
    4d 512 112 144 288 32 64 64
    4e 528 256 160 320 32 128 128
    pool4 832
    5a 832 256 160 320 32 128 128
    5b 832 384 192 384 48 128 128
"""
MODULE = """
    {0} concat
      path
        1x1 conv {1}>{2} 1x1 bias relu
      path
        3x3_reduce conv {1}>{3} 1x1 bias relu
        3x3 conv {3}>{4} 3x3 +1 bias relu
      path
        5x5_reduce conv {1}>{5} 1x1 bias relu
        5x5 conv {5}>{6} 5x5 +2 bias relu
      path
        pool max_pool {1}>{1} 3x3 +1
        pool_proj conv {1}>{7} 1x1 bias relu
"""
NAIVE_MODULE = """
    naive concat
      path
        1x1 conv 7>2 1x1 bias relu
      path
        3x3 conv 7>4 3x3 +1 bias relu
      path
        5x5 conv 7>6 5x5 +2 bias relu
      path
        pool max_pool 7>7 3x3 +1
"""


def test_googlenet_beside_its_table():
    expected = [
        "conv1 conv 3>64 7x7 /2 +3 bias relu",
        "pool1 max_pool 64>64 3x3 /2 +0:1",
        "conv2_reduce conv 64>64 1x1 bias relu",
        "conv2 conv 64>192 3x3 +1 bias relu",
        "pool2 max_pool 192>192 3x3 /2 +0:1",
    ]
    for row in lines(GOOGLENET):
        name, channels, *widths = row.split()
        pool = f"{name} max_pool {channels}>{channels} 3x3 /2 +0:1"
        expected += lines(MODULE.format(name, channels, *widths)) if widths else [pool]
    assert lines_of(googlenet().parts) == expected + head(1024, 1000)


def test_the_naive_inception_module_beside_its_figure():
    assert lines_of([inception_module("naive", 7, (2, 3, 4, 5, 6, 8), reduced=False)]) == lines(NAIVE_MODULE)


# tensorflow/models research/slim/nets/inception_v3.py: out_channels and taps (height × width) of each branch;
# "same" padding at stride 1, none at stride 2; torchvision/models/inception.py has the same layers

STEM = """
    conv1a conv 3>32 3x3 /2 norm relu
    conv2a conv 32>32 3x3 norm relu
    conv2b conv 32>64 3x3 +1 norm relu
    pool3a max_pool 64>64 3x3 /2
    conv3b conv 64>80 1x1 norm relu
    conv4a conv 80>192 3x3 norm relu
    pool5a max_pool 192>192 3x3 /2
"""
SQUARE = "64 1x1 | 48 1x1, 64 5x5 | 64 1x1, 96 3x3, 96 3x3 | mean, {} 1x1"
FACTORED = "192 1x1 | {0} 1x1, {0} 1x7, 192 7x1 | {0} 1x1, {0} 7x1, {0} 1x7, {0} 7x1, 192 1x7 | mean, 192 1x1"
WIDE = "320 1x1 | 384 1x1, fork | 448 1x1, 384 3x3, fork | mean, 192 1x1"
INCEPTION_V3 = [
    ("mixed_5b", 192, SQUARE.format(32)),
    ("mixed_5c", 256, SQUARE.format(64)),
    ("mixed_5d", 288, SQUARE.format(64)),
    ("mixed_6a", 288, "384 3x3 /2 | 64 1x1, 96 3x3, 96 3x3 /2 | max"),
    ("mixed_6b", 768, FACTORED.format(128)),
    ("mixed_6c", 768, FACTORED.format(160)),
    ("mixed_6d", 768, FACTORED.format(160)),
    ("mixed_6e", 768, FACTORED.format(192)),
    ("mixed_7a", 768, "192 1x1, 320 3x3 /2 | 192 1x1, 192 1x7, 192 7x1, 192 3x3 /2 | max"),
    ("mixed_7b", 1280, WIDE),
    ("mixed_7c", 2048, WIDE),
]
FORK = """
    path{0}_fork concat
      path
        path1_conv1 conv 384>384 1x3 +0x1 norm relu
      path
        path2_conv1 conv 384>384 3x1 +1x0 norm relu
"""
PADDING = {"1x1": "", "3x3": " +1", "5x5": " +2", "1x7": " +0x3", "7x1": " +3x0"}


def inception_v3_path(number, channels, text):
    convolutions = 0
    for step in text.split(", "):
        if step == "fork":
            yield from lines(FORK.format(number))
        elif step in ("mean", "max"):
            yield f"path{number}_pool {step}_pool {channels}>{channels} 3x3 {'+1' if step == 'mean' else '/2'}"
        else:
            out, taps, *stride = step.split()
            window = " /2" if stride else PADDING[taps]
            convolutions += 1
            yield f"path{number}_conv{convolutions} conv {channels}>{out} {taps}{window} norm relu"
            channels = out


def test_inception_v3_beside_its_code():
    expected = lines(STEM)
    for name, channels, paths in INCEPTION_V3:
        expected.append(f"{name} concat")
        for number, path in enumerate(paths.split(" | "), start=1):
            expected += ["  path", *(f"    {line}" for line in inception_v3_path(number, channels, path))]
    assert lines_of(inception_v3().parts) == expected + head(2048, 1000)


# Zhang et al. 2017, table 1 and figure 2b, c; megvii-model/ShuffleNet-Series ShuffleNetV1/network.py for the head

SHUFFLE_UNIT = """
      path
        conv1 conv {c}>{quarter} 1x1{first} norm relu
        shuffle channel_shuffle {quarter}>{quarter}{g}
        conv2 conv {quarter}>{quarter} 3x3{step} +1 g{quarter} norm
        conv3 conv {quarter}>{new} 1x1{g} norm
"""


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
def test_shufflenet_beside_its_table(groups):
    stages = {1: (144, 288, 576), 2: (200, 400, 800), 3: (240, 480, 960), 4: (272, 544, 1088), 8: (384, 768, 1536)}
    expected = ["conv1 conv 3>24 3x3 /2 +1 norm relu", "pool1 max_pool 24>24 3x3 /2 +1"]
    channels, g = 24, "" if groups == 1 else f" g{groups}"
    for stage, (width, units) in enumerate(zip(stages[groups], (4, 8, 4), strict=True), start=2):
        for unit in range(1, units + 1):
            form = {"c": channels, "quarter": width // 4, "g": g, "first": "" if channels == 24 else g}
            if unit == 1:
                skip = f"    shortcut mean_pool {channels}>{channels} 3x3 /2 +1"
                body = SHUFFLE_UNIT.format(**form, new=width - channels, step=" /2")
                expected += [f"stage{stage}_1 concat relu", "  path", skip]
            else:
                body = SHUFFLE_UNIT.format(**form, new=width, step="")
                expected += [f"stage{stage}_{unit} add relu", "  path"]
            expected += [f"  {line}" for line in lines(body)]
            channels = width
    assert lines_of(shufflenet_v1(groups=groups).parts) == expected + head(channels, 1000, bias="")


def test_shufflenet_without_groups_given_has_three():
    assert shufflenet_v1() == network("shufflenet_v1") == shufflenet_v1(groups=3)
