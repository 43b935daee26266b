"""TensorFlow computes what reference_impl computes, from the line that a person would write, or says why not."""

import warnings

import numpy as np
import pytest
import tensorflow as tf

from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose
from reference_impl.frameworks import layer
from reference_impl.frameworks import tensorflow as written
from reference_impl.frameworks.layouts import depthwise_taps_first, taps_first, taps_last, to_first, to_last
from reference_impl.frameworks.tensorflow import FRAMEWORK
from reference_impl.separable import depthwise_conv
from tests.frameworks.sweep import IMPULSE_2D, TAPS_2D, cases, recorded, round_trips, swept, unnamed
from tests.refusals import refused

GAP = "has no kernel for this on the CPU: "
KNOWN = (
    "has depthwise_conv2d and separable_conv2d, and none over one or three axes",
    "computes something else, with a warning at most, where a depthwise layer has strides and dilations",
    "works backwards from an output size that a forward layer maps to the input: fewer cells than a stride",
    f"{GAP}The Conv2D op currently only supports the NHWC tensor format on the CPU",
    f"{GAP}Conv2DCustomBackpropInputOp only supports NHWC",
    f"{GAP}Depthwise convolution on CPU is only supported for NHWC format",
    f"{GAP}CPU implementation of Conv3D currently only supports the NHWC tensor format",
    f"{GAP}Conv3DBackpropInputOpV2 only supports NDHWC on the CPU",
    f"{GAP}Current implementation only supports equal length strides in the row and column dimensions",
    f"{GAP}Current CPU implementations do not yet support dilation rates larger than 1",
    f"{GAP}Current CPU implementation does not yet support dilation rates larger than 1",
    f"{GAP}CPU implementation of Conv3D currently only supports dilated rates of 1",
    f"{GAP}Gradients for grouped convolutions are not supported on CPU",
    f"{GAP}Number of channels in filter",
    f"{GAP}input and filter_sizes must have the same number of channels",
)


def whole(*shapes):
    """Small whole numbers, so that equal means equal."""
    rng = np.random.default_rng(7)
    return [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tensorflow_equals_reference_impl(dtype):
    equal, far, rules = swept(written, 2400, seed=3, dtype=dtype)
    assert far == []
    assert unnamed(rules, FRAMEWORK, KNOWN) == ([], [])
    assert equal > 300
    assert equal + rules.total() == 2400


def test_weights_come_back():
    assert all(round_trips(written, 48, seed=31))


def test_padding_comes_back_or_is_refused():
    back = 0
    for given, *_ in cases(480, seed=32):
        try:
            padding = written.padding_to(given)
        except ValueError:
            continue
        pads, extra = written.padding_from(given, padding, given.output_shape[2:])
        cells = [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]
        wanted = [(lo, hi - more) for (lo, hi), more in zip(given.pads, given.output_padding, strict=True)]
        assert cells == wanted, given
        back += 1
    assert back > 200


def test_tensorflow_refuses_what_has_no_meaning_there():
    plain, transposed = layer((1, 1, 8), (1, 1, 3)), layer((1, 1, 8), (1, 1, 3), kind="conv_transpose")
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} knows 'SAME' and 'VALID'; give pairs, or pad before. Got padding='causal'",
    ):
        written.padding_from(plain, "causal")
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} is told the output size of a transposed layer; give it. Got output_size=None",
    ):
        written.padding_from(transposed, "SAME")


def test_conv1d_and_conv3d_take_words_only():
    x, w = whole((1, 9, 2), (3, 2, 4))
    with pytest.raises(TypeError, match="Expected string for argument 'padding'"):
        tf.nn.conv1d(x, w, 1, [[0, 0], [1, 2], [0, 0]])
    with pytest.raises(TypeError, match="Expected string for argument 'padding'"):
        tf.nn.conv3d(*whole((1, 4, 4, 4, 2), (1, 1, 1, 2, 3)), [1] * 5, [[0, 0], [1, 2], [0, 0], [0, 0], [0, 0]])
    one_sided = layer((1, 2, 9), (4, 2, 3), padding=((1, 2),), data_format="channels_last")
    assert written.call(one_sided) == (
        "tf.nn.bias_add(tf.nn.conv1d(tf.pad(x, [[0, 0], [1, 2], [0, 0]]), w, stride=1, padding='VALID', "
        "data_format='NWC'), b)"
    )
    with pytest.raises(ValueError, match="takes explicit pads only in conv2d"):
        written.padding_to(one_sided)


def test_a_depthwise_layer_with_strides_and_dilations_is_computed_otherwise():
    x, w, mix = whole((1, 2, 9, 9), (2, 1, 3, 3), (1, 1, 2, 2))
    filters, options = depthwise_taps_first(w, 2), {"strides": (1, 2, 2, 1), "padding": "VALID", "dilations": (2, 2)}
    with pytest.warns(UserWarning, match="then all values of strides must be 1"):
        y = to_first(tf.nn.depthwise_conv2d(to_last(x), filters, **options).numpy())
    wanted = depthwise_conv(x, w, stride=2, dilation=2)
    assert y.shape != wanted.shape or not np.array_equal(y, wanted)
    with warnings.catch_warnings(record=True) as told:
        y = to_first(tf.nn.separable_conv2d(to_last(x), filters, mix, **options).numpy())
    assert told == []
    wanted = conv(wanted, taps_last(mix))
    assert y.shape != wanted.shape or not np.array_equal(y, wanted)
    with pytest.raises(ValueError, match=r"^call: TensorFlow .* computes something else, with a warning at most"):
        written.call(layer(x.shape, w.shape, kind="depthwise", stride=2, dilation=2))


def test_convolution_refuses_strides_with_dilations_and_conv2d_takes_them():
    x, w = whole((1, 2, 9, 8), (3, 2, 3, 2))
    with pytest.raises(ValueError, match="not supported in conjunction with `dilation_rate > 1`"):
        tf.nn.convolution(to_last(x), taps_first(w), 2, "VALID", dilations=2)
    y = tf.nn.conv2d(to_last(x), taps_first(w), 2, "VALID", dilations=2).numpy()
    assert np.array_equal(to_first(y), conv(x, w, stride=2, dilation=2))


def test_grouped_layers_run_forward_and_have_no_gradient_on_the_cpu():
    x, w = (tf.constant(array) for array in whole((1, 9, 8, 4), (3, 2, 2, 6)))
    with tf.GradientTape() as tape:
        tape.watch(w)
        y = tf.nn.conv2d(x, w, 1, "VALID")
    assert y.shape == (1, 7, 7, 6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Gradients for grouped convolutions are not supported"):
        tape.gradient(y, w)


def test_one_input_size_has_as_many_output_sizes_as_the_stride():
    x, w = whole((1, 2, 5), (2, 3, 3))
    for size, cut in ((9, (1, 1)), (10, (0, 1))):
        y = tf.nn.conv1d_transpose(to_last(x), taps_first(w), (1, size, 3), 2, "SAME").numpy()
        assert np.array_equal(to_first(y), conv_transpose(x, w, stride=2, padding=[cut]))


def test_chapter_2_has_what_tensorflow_answers_to_an_impulse():
    y = tf.nn.conv2d(IMPULSE_2D[None, ..., None], TAPS_2D[..., None, None], 1, "SAME").numpy()
    assert recorded("tf.nn.conv2d") == (tf.__version__, y[0, 1:4, 1:4].ravel().tolist())


def test_tensorflow_has_no_deformable_layer():
    assert not [name for name in dir(tf.nn) if "deform" in name.lower()]
