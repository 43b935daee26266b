"""Receptive fields and FLOPs of the layer tables equal the published table."""

import pytest

from reference_impl.networks import (
    Operation,
    alexnet_v2,
    inception_v3,
    mobilenet_v1,
    receptive_layers,
    resnet,
    vgg,
)
from reference_impl.networks.walk import walk
from reference_impl.receptive_field import receptive_field
from reference_impl.summary import summarize, summary_totals


def macs(table, *, input_shape=None):
    return summary_totals(summarize(table, input_shape=input_shape))["macs"]


def by_name(table):
    return {step.name: step for step in walk(table)}


# Receptive fields: google-research/receptive_field, README and RECEPTIVE_FIELD_TABLE.md


@pytest.mark.parametrize(
    ("table", "last", "expected"),
    [
        (alexnet_v2(), "pool5", (195, 32, 64)),
        (vgg(16), "pool5", (212, 32, 90)),
        (vgg(11), "pool5", (150, 32, 59)),
        (mobilenet_v1(), "conv13_pointwise", (315, 32, 126)),
        (resnet(50, stride_at="last 3x3"), "block4_3", (483, 32, 239)),
        (resnet(101, stride_at="last 3x3"), "block4_3", (1027, 32, 511)),
        (resnet(152, stride_at="last 3x3"), "block4_3", (1507, 32, 751)),
        (inception_v3(), "mixed_7c", (1311, 32, 618)),
    ],
)
def test_receptive_fields_of_the_published_table(table, last, expected):
    field = receptive_field(receptive_layers(table.upto(last)))
    assert field == tuple((value, value) for value in expected)


def test_the_stride_in_the_first_units_3x3_makes_resnets_field_smaller():
    for depth, size in ((50, 427), (101, 971)):
        assert receptive_field(receptive_layers(resnet(depth).upto("block4_3"))).size == (size, size)


def test_the_stride_in_the_first_units_1x1_gives_the_size_of_tf_slim_with_another_padding():
    for depth, size, padding in ((50, 483, 241), (101, 1027, 513)):
        field = receptive_field(receptive_layers(resnet(depth, stride_at="first 1x1").upto("block4_3")))
        assert (field.size, field.padding) == ((size, size), (padding, padding))


def sizes(table, names):
    steps = by_name(table)
    return [steps[name].view[0].size for name in names]


def test_the_published_chains_of_receptive_fields():
    convolutions = ["conv1", "pool1", "conv2", "conv3", "conv4", "conv5", "pool5"]
    assert sizes(alexnet_v2(), convolutions) == [11, 19, 51, 99, 131, 163, 195]
    pools = [f"pool{n}" for n in range(1, 6)]
    assert sizes(vgg(16), pools) == [6, 16, 44, 100, 212]
    assert [by_name(vgg(16))[name].view[1].padding for name in pools] == [2, 6, 18, 42, 90]
    chain = ["conv0", *(f"conv{n}_pointwise" for n in range(1, 14))]
    assert sizes(mobilenet_v1(), chain) == [3, 7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315]
    blocks = ["block1_3", "block2_4", "block3_6", "block4_3"]
    assert sizes(resnet(50, stride_at="last 3x3"), blocks) == [35, 99, 291, 483]


def profiler_flops(table, input_shape=None, *, biases=False):
    """FLOPs as tensorflow.profiler counts them: 2 a MAC, 1 a bias and output, k² an output of a pool.

    The published table ran Inception-v3 without its batch normalisations, with a bias in each convolution instead.
    """
    total = 0
    for step in walk(table, input_shape=input_shape):
        part, outputs = step.part, 1
        for size in step.output_shape:
            outputs *= size
        if isinstance(part, Operation):
            cells = part.kernel_size[0] * part.kernel_size[1] if part.kind.endswith("pool") else 0
            total += 2 * part.macs(step.input_shape) + outputs * (
                (part.bias or (biases and part.kind == "conv")) + cells
            )
    return total


@pytest.mark.parametrize(
    ("table", "last", "input_shape", "gflops"),
    [
        (alexnet_v2(), "pool5", None, 1.380),
        (vgg(16), "pool5", None, 30.713),
        (vgg(16), "pool3", None, 18.688),
        (vgg(11), "pool5", (1, 3, 224, 224), 14.984),
        (resnet(50, stride_at="last 3x3"), "block4_3", None, 6.963),
        (resnet(101, stride_at="last 3x3"), "block4_3", None, 14.387),
        (resnet(152, stride_at="last 3x3"), "block4_3", None, 21.811),
        (mobilenet_v1(), "conv13_pointwise", None, 1.14),
    ],
)
def test_gflops_of_the_published_table(table, last, input_shape, gflops):
    digits = len(str(gflops).split(".")[1])
    assert round(profiler_flops(table.upto(last), input_shape) / 1e9, digits) == gflops


@pytest.mark.parametrize(
    ("last", "gflops"), [("conv1a", 0.022), ("pool5a", 1.461), ("mixed_6e", 4.854), ("mixed_7c", 5.689)]
)
def test_gflops_of_inception_v3_in_the_published_table(last, gflops):
    assert round(profiler_flops(inception_v3().upto(last), (1, 3, 224, 224), biases=True) / 1e9, 3) == gflops
