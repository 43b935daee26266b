"""What a layer may be, before any framework sees it."""

import pytest

from reference_impl.frameworks import Layer, layer
from reference_impl.frameworks.layer import meaning
from tests.refusals import refused

SEPARABLE = ((4, 1, 3), (5, 4, 1))


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (
            ((1, 2, 9), (4, 2, 3)),
            {"kind": "dense"},
            "kind must be one of 'conv', 'depthwise', 'separable', 'conv_transpose'. Got kind='dense'",
        ),
        (
            ((1, 2, 9), (4, 2, 3)),
            {"data_format": "NHWC"},
            "data_format must be one of 'channels_first', 'channels_last'. Got data_format='NHWC'",
        ),
        (
            ((1, 2, 9), (4, 1, 3)),
            {"kind": "depthwise", "groups": 2},
            "a depthwise layer has as many groups as channels; leave groups out. Got groups=2",
        ),
        (
            ((1, 2, 9), (4, 2, 3)),
            {"output_padding": 1},
            "only a transposed layer has output_padding. Got kind='conv', output_padding=1",
        ),
        (
            ((1, 2, 9), (4, 2, 3)),
            {"kind": "separable"},
            "w_shape of a separable layer must be the shapes of its depthwise and pointwise weights. "
            "Got w_shape=(4, 2, 3)",
        ),
        (
            ((1, 2, 9), ((4, 1, 3), (5, 3, 1))),
            {"kind": "separable"},
            "the pointwise weight must have shape (C_out, m·C_in, 1, …, 1). Got w_shape=((4, 1, 3), (5, 3, 1))",
        ),
    ],
)
def test_layer_refuses_what_is_none(shapes, options, message):
    with refused(ValueError, f"layer: {message}"):
        layer(*shapes, **options)


def test_a_layer_tells_its_channels_and_sizes():
    made = layer((2, 2, 9), SEPARABLE, kind="separable", stride=2, padding="same", data_format="channels_last")
    assert isinstance(made, Layer)
    assert (made.in_channels, made.out_channels, made.groups, made.axes, made.channels_last) == (2, 5, 2, 1, True)
    assert (made.pads, made.output_shape) == (((1, 1),), (2, 5, 5))


def test_words_of_a_transposed_layer_mean_what_keras_means():
    made = layer((2, 2, 9, 9), (2, 3, 3, 1), kind="conv_transpose", stride=2)
    assert meaning("same", made) == (((0, 1), (0, 0)), (0, 1))
