"""Networks without branches, layer by layer, beside the tables of their papers and code, and the totals of all."""

from itertools import pairwise

import pytest

from reference_impl.networks import NETWORKS, alexnet, dcgan_generator, mobilenet_v1, network, vgg, wavenet_stack
from reference_impl.summary import summarize, summary_totals
from tests.networks.lines import lines, lines_of

# Totals. Parameters and GMACs: torchvision 0.29.1's metadata (num_params, _ops) where not said otherwise.

IMAGE, CLIP = (1, 3, 224, 224), (1, 3, 16, 112, 112)
TOTALS = {  # name: input, output, parameters, MACs in thousand millions
    "alexnet": ((1, 3, 227, 227), (1, 1000), 60_965_224, 0.724),  # HewlettPackard/dlcookbook-dlbs; MACs by hand
    "alexnet_ungrouped": ((1, 3, 227, 227), (1, 1000), 62_378_344, 1.135),  # likewise
    "alexnet_torchvision": (IMAGE, (1, 1000), 61_100_840, 0.714),
    "alexnet_v2": (IMAGE, (1, 1000, 1, 1), 50_303_912, 0.737),  # printed beside TF-Slim's code, with 1.47 G FLOPs
    "vgg11": (IMAGE, (1, 1000), 132_863_336, 7.609),
    "vgg13": (IMAGE, (1, 1000), 133_047_848, 11.308),
    "vgg16": (IMAGE, (1, 1000), 138_357_544, 15.470),
    "vgg19": (IMAGE, (1, 1000), 143_667_240, 19.632),
    "resnet18": (IMAGE, (1, 1000), 11_689_512, 1.814),
    "resnet34": (IMAGE, (1, 1000), 21_797_672, 3.664),
    "resnet50": (IMAGE, (1, 1000), 25_557_032, 4.089),
    "resnet101": (IMAGE, (1, 1000), 44_549_160, 7.801),
    "resnet152": (IMAGE, (1, 1000), 60_192_808, 11.514),
    "resnet_v1_50": (IMAGE, (1, 1000), 25_557_032, 3.482),  # half the published 6.963 GFLOPs, biases and pools less
    "resnet_v1_101": (IMAGE, (1, 1000), 44_549_160, 7.194),  # half the published 14.387, likewise
    "googlenet": (IMAGE, (1, 1000), 6_998_552, 1.583),  # HewlettPackard/dlcookbook-dlbs; MACs by hand
    "inception_v3": ((1, 3, 299, 299), (1, 1000), 23_834_568, 5.713),  # torchvision's with aux_logits=False
    "mobilenet_v1": (IMAGE, (1, 1000), 4_231_976, 0.569),  # osmr/imgclsmob, and Keras's trainable ones
    "shufflenet_v1": (IMAGE, (1, 1000), 1_864_728, 0.137),  # osmr/imgclsmob: 1,865,728 with 1000 more biases
    "c3d": (CLIP, (1, 101), 78_409_573, 38.547),  # mmaction2
    "r3d_18": (CLIP, (1, 400), 33_371_472, 40.697),
    "mc3_18": (CLIP, (1, 400), 11_695_440, 43.343),
    "r2plus1d_18": (CLIP, (1, 400), 31_505_325, 40.519),
    # Ten layers of two k = 2 convolutions and a 1×1, 32 channels, a bias each: 10 · 32 · (2 · 65 + 33) numbers.
    "wavenet_stack": ((1, 32, 16000), (1, 32, 16000), 52_160, 0.819),
    "dcgan_generator": ((1, 100, 1, 1), (1, 3, 64, 64), 12_658_432, 0.411),  # by hand, from the table below
}


def test_the_names_are_these():
    assert list(NETWORKS) == list(TOTALS)


@pytest.mark.parametrize("name", list(TOTALS))
def test_each_named_network_has_its_published_shapes_and_totals(name):
    taken, given, parameters, gmacs = TOTALS[name]
    table, rows = network(name), summarize(name)
    totals = summary_totals(rows)
    assert (table.input_shape, rows[0]["input_shape"], rows[-1]["output_shape"]) == (taken, taken, given)
    assert (totals["parameters"], round(totals["macs"] / 1e9, 3)) == (parameters, gmacs)


def test_a_table_bears_the_name_of_its_network():
    without = ("alexnet_ungrouped", "resnet_v1_50", "resnet_v1_101")  # variants bear the name of what they vary
    assert all(network(name).name == name for name in NETWORKS if name not in without)
    assert [network(name).name for name in without] == ["alexnet, groups 1", "resnet50", "resnet101"]


# Krizhevsky et al. 2012, section 3.5 (two GPUs: groups of 2); torchvision/models/alexnet.py; slim/nets/alexnet.py

DENSE = """
    fc6 linear 9216>4096 bias relu
    fc7 linear 4096>4096 bias relu
    fc8 linear 4096>1000 bias
"""
ALEXNET = """
    conv1 conv 3>96 11x11 /4 bias relu
    pool1 max_pool 96>96 3x3 /2
    conv2 conv 96>256 5x5 +2 g2 bias relu
    pool2 max_pool 256>256 3x3 /2
    conv3 conv 256>384 3x3 +1 bias relu
    conv4 conv 384>384 3x3 +1 g2 bias relu
    conv5 conv 384>256 3x3 +1 g2 bias relu
    pool5 max_pool 256>256 3x3 /2
"""
ONE_GPU = """
    conv1 conv 3>64 11x11 /4{} bias relu
    pool1 max_pool 64>64 3x3 /2
    conv2 conv 64>192 5x5 +2 bias relu
    pool2 max_pool 192>192 3x3 /2
    conv3 conv 192>384 3x3 +1 bias relu
    conv4 conv 384>{} 3x3 +1 bias relu
    conv5 conv {}>256 3x3 +1 bias relu
    pool5 max_pool 256>256 3x3 /2
"""
DENSE_AS_CONVOLUTIONS = """
    fc6 conv 256>4096 5x5 bias relu
    fc7 conv 4096>4096 1x1 bias relu
    fc8 conv 4096>1000 1x1 bias
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alexnet", ALEXNET + DENSE),
        ("alexnet_ungrouped", ALEXNET.replace(" g2", "") + DENSE),
        ("alexnet_torchvision", ONE_GPU.format(" +2", 256, 256) + DENSE),
        ("alexnet_v2", ONE_GPU.format("", 384, 384) + DENSE_AS_CONVOLUTIONS),
    ],
)
def test_alexnet_in_its_four_forms(name, expected):
    assert lines_of(network(name).parts) == lines(expected)


def test_alexnet_takes_groups_that_its_name_tells():
    assert alexnet() == network("alexnet")
    assert [layer.groups for layer in alexnet(groups=4).layers if layer.groups > 1] == [4, 4, 4]
    assert alexnet(groups=4).name == "alexnet, groups 4"


# Simonyan & Zisserman 2015, table 1: columns A, B, D, E; the names are those of the authors' Caffe models


@pytest.mark.parametrize(
    ("depth", "blocks"),
    [
        (11, ["64", "128", "256 256", "512 512", "512 512"]),
        (13, ["64 64", "128 128", "256 256", "512 512", "512 512"]),
        (16, ["64 64", "128 128", "256 256 256", "512 512 512", "512 512 512"]),
        (19, ["64 64", "128 128", "256 256 256 256", "512 512 512 512", "512 512 512 512"]),
    ],
)
def test_vgg_beside_its_table(depth, blocks):
    expected, channels = [], "3"
    for block, widths in enumerate(blocks, start=1):
        for layer, width in enumerate(widths.split(), start=1):
            expected.append(f"conv{block}_{layer} conv {channels}>{width} 3x3 +1 bias relu")
            channels = width
        expected.append(f"pool{block} max_pool {channels}>{channels} 2x2 /2")
    assert lines_of(vgg(depth).parts) == expected + lines(DENSE.replace("9216", "25088"))


def test_vgg_without_a_depth_is_vgg16():
    assert vgg() == network("vgg16")


# Howard et al. 2017, table 1; slim/nets/mobilenet_v1.py: 13 separable convolutions, (stride, channels)

BODY = "1 64, 2 128, 1 128, 2 256, 1 256, 2 512, 1 512, 1 512, 1 512, 1 512, 1 512, 2 1024, 1 1024"


@pytest.mark.parametrize("separable", [True, False])
@pytest.mark.parametrize(("width", "share"), [(1.0, 1), (0.5, 2), (0.25, 4)])
def test_mobilenet_beside_its_table(width, share, separable):
    steps = [tuple(map(int, row.split())) for row in BODY.split(", ")]
    channels = 32 // share
    expected = [f"conv0 conv 3>{channels} 3x3 /2 +0:1 norm relu"]
    for n, (stride, full) in enumerate(steps, start=1):
        window, out = "/2 +0:1" if stride == 2 else "+1", full // share
        if separable:
            expected.append(f"conv{n}_depthwise conv {channels}>{channels} 3x3 {window} g{channels} norm relu")
            expected.append(f"conv{n}_pointwise conv {channels}>{out} 1x1 norm relu")
        else:
            expected.append(f"conv{n} conv {channels}>{out} 3x3 {window} norm relu")
        channels = out
    expected += [f"pool adaptive_mean_pool {channels}>{channels} 1x1", f"fc linear {channels}>1000 bias"]
    table = mobilenet_v1(width=width, resolution=160, separable=separable)
    assert lines_of(table.parts) == expected
    assert table.input_shape == (1, 3, 160, 160)


# van den Oord et al. 2016, figure 4: tanh and sigmoid meet by multiplication, a 1×1 follows, the input is added

WAVENET_LAYER = """
    stack{r}_dilation{d} add
      path
        gate multiply
          path
            filter conv {c}>{c} 2 +{d}:0{rate} bias tanh
          path
            gate conv {c}>{c} 2 +{d}:0{rate} bias sigmoid
        mix conv {c}>{c} 1 bias
      path
"""


def test_wavenet_beside_its_figure():
    expected = []
    for repeat in (1, 2):
        for dilation in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
            rate = f" d{dilation}" if dilation > 1 else ""
            expected += lines(WAVENET_LAYER.format(r=repeat, d=dilation, c=5, rate=rate))
    table = wavenet_stack(repeats=2, channels=5, length=1000)
    assert lines_of(table.parts) == expected
    assert table.input_shape == (1, 5, 1000)


# Radford et al. 2016, figure 1 for the channels; pytorch/examples dcgan/main.py for the windows


@pytest.mark.parametrize(
    ("noise", "width", "channels"), [(100, 128, (100, 1024, 512, 256, 128)), (7, 2, (7, 16, 8, 4, 2))]
)
def test_dcgan_beside_its_figure(noise, width, channels):
    expected = [f"conv_transpose {a}>{b} 4x4 /2 +1 norm relu" for a, b in pairwise(channels)]
    expected[0] = expected[0].replace(" /2 +1", "")
    expected.append(f"conv_transpose {channels[-1]}>3 4x4 /2 +1 tanh")
    table = dcgan_generator(noise=noise, width=width)
    assert lines_of(table.parts) == [f"up{n} {line}" for n, line in enumerate(expected, start=1)]
    assert table.input_shape == (1, noise, 1, 1)
