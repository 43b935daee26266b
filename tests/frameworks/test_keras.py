"""Keras computes what reference_impl computes, from the layer that a person would write, or says why not."""

import inspect

import keras
import numpy as np
import pytest

from reference_impl.conv import conv
from reference_impl.frameworks import keras as written
from reference_impl.frameworks import layer
from reference_impl.frameworks.keras import FRAMEWORK
from tests.frameworks.sweep import IMPULSE_2D, TAPS_2D, cases, recorded, swept, unnamed
from tests.refusals import refused

GAP = f"on {keras.backend.backend()} has no kernel for this on the CPU: "
KNOWN = (
    "has depthwise and separable layers over one and two axes",
    "refuses strides above 1 with dilations above 1 in ordinary and transposed layers",
    "has no groups in transposed layers",
    "has no data_format in Cropping1D",
    "keeps fewer cells in addition at the end than this, and none with what is cut off at the beginning",
    "on tensorflow adds the bias along the last axis where channels come first and that axis is as long",
    f"{GAP}The Conv2D op currently only supports the NHWC tensor format on the CPU",
    f"{GAP}Conv2DCustomBackpropInputOp only supports NHWC",
    f"{GAP}Conv3DBackpropInputOpV2 only supports NDHWC on the CPU",
    f"{GAP}Current implementation only supports equal length strides in the row and column dimensions",
    f"{GAP}Current CPU implementations do not yet support dilation rates larger than 1",
    f"{GAP}Current CPU implementation does not yet support dilation rates larger than 1",
)


def whole(*shapes):
    """Small whole numbers, so that equal means equal."""
    rng = np.random.default_rng(8)
    return [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


def test_keras_equals_reference_impl():
    equal, far, rules = swept(written, 720, seed=6)
    assert far == []
    assert unnamed(rules, FRAMEWORK, KNOWN) == ([], [])
    assert equal > 260
    assert equal + rules.total() == 720


def test_weights_come_back_or_the_layer_is_refused():
    back = 0
    for case in cases(96, seed=61):
        try:
            weight = written.weight_to(case.layer, case.w)
        except ValueError:
            continue
        theirs = written.weight_from(case.layer, weight)
        pairs = zip(case.w, theirs, strict=True) if case.layer.kind == "separable" else [(case.w, theirs)]
        assert all(np.array_equal(a, b) for a, b in pairs)
        back += 1
    assert back > 40


def test_padding_comes_back_or_is_refused():
    back = 0
    for given, *_ in cases(480, seed=62):
        try:
            padding = written.padding_to(given)
        except ValueError:
            continue
        pads, extra = written.padding_from(given, **padding)
        cells = [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]
        wanted = [(lo, hi - more) for (lo, hi), more in zip(given.pads, given.output_padding, strict=True)]
        assert cells == wanted, given
        back += 1
    assert back > 150


def test_keras_refuses_words_without_meaning():
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} knows 'valid', 'same' in this layer; pad before. "
        "Got kind='conv', axes=2, padding='causal'",
    ):
        written.padding_from(layer((1, 1, 8, 8), (1, 1, 3, 3)), "causal")
    with pytest.raises(ValueError, match="none means this; pad before with ZeroPadding2D"):
        written.padding_to(layer((1, 1, 8, 8), (1, 1, 3, 3), padding=1, stride=2))


def test_same_with_a_stride_pads_the_end():
    x, w = whole((1, 2, 8), (3, 2, 3))
    given = layer(x.shape, w.shape, stride=2, padding="same", bias=False, data_format="channels_last")
    assert written.call(given) == "keras.layers.Conv1D(3, 3, strides=2, padding='same', use_bias=False)"
    y = written.run(given, x, w)
    assert np.array_equal(y, conv(x, w, stride=2, padding=[(0, 1)]))
    assert not np.array_equal(y, conv(x, w, stride=2, padding=1))  # what torch's padding=1 computes


def test_keras_refuses_strides_with_dilations_in_ordinary_and_transposed_layers():
    for made in (keras.layers.Conv2D, keras.layers.Conv2DTranspose):
        with pytest.raises(ValueError, match="dilation_rate > 1"):
            made(4, 3, strides=2, dilation_rate=2)
    with refused(
        ValueError,
        f"call: {FRAMEWORK} refuses strides above 1 with dilations above 1 in ordinary and transposed layers; "
        "use stride 1 and keep every s-th cell. Got stride=(2,), dilation=(2,)",
    ):
        written.call(layer((1, 1, 9), (1, 1, 3), stride=2, dilation=2))


def test_keras_computes_strides_with_dilations_in_depthwise_layers():
    x, w = whole((1, 2, 9, 9), (4, 1, 3, 3))
    given = layer(x.shape, w.shape, kind="depthwise", stride=2, dilation=2, bias=False, data_format="channels_last")
    assert np.array_equal(written.run(given, x, w), conv(x, w, stride=2, dilation=2, groups=2))


@pytest.mark.parametrize(("kernel", "stride", "same", "valid"), [(3, 2, 10, 11), (2, 2, 10, 10), (1, 3, 15, 15)])
def test_a_transposed_layer_has_input_times_stride_cells_and_valid_what_the_kernel_reaches_beyond(
    kernel, stride, same, valid
):
    (x,) = whole((1, 5, 2))
    sizes = [keras.layers.Conv1DTranspose(3, kernel, stride, padding=word)(x).shape[1] for word in ("same", "valid")]
    assert sizes == [same, valid]


def test_output_padding_changes_what_same_means_in_a_transposed_layer():
    (x,) = whole((1, 5, 2))
    sizes = [
        keras.layers.Conv1DTranspose(3, kernel, 2, padding="same", output_padding=more)(x).shape[1]
        for kernel, more in ((3, None), (3, 0), (3, 1), (4, None), (4, 1))
    ]
    assert sizes == [10, 9, 10, 10, 9]  # given output_padding: (5 − 1)·2 + (kernel odd) + output_padding
    made = keras.layers.Conv1DTranspose(3, 4, 2, padding="same", output_padding=0)
    assert made.compute_output_shape(x.shape)[1] == 8
    with pytest.raises(Exception, match="Size of out_backprop doesn't match computed"):
        made(x)  # no forward layer of TensorFlow with "same" maps 8 cells to 5


def test_keras_on_tensorflow_adds_the_bias_along_the_last_axis_where_it_is_as_long_as_the_channels():
    x, w, b = whole((1, 3, 4, 5), (3, 1, 2, 3), (3,))
    given = layer(x.shape, w.shape, kind="depthwise", data_format="channels_first")  # the output is (1, 3, 3, 3)
    made = keras.layers.DepthwiseConv2D((2, 3), data_format="channels_first")
    made.build(x.shape)
    made.set_weights([written.weight_to(given, w), b])
    y = keras.ops.convert_to_numpy(made(x))
    assert np.array_equal(y, conv(x, w, groups=3) + b)  # along the width
    assert not np.array_equal(y, conv(x, w, b, groups=3))
    with refused(
        NotImplementedError,
        f"run: {FRAMEWORK} {KNOWN[5]}; use channels last. Got channels=3, last_axis=3",
    ):
        written.run(given, x, w, b)
    wider = np.concatenate([x, x], axis=-1)  # eight cells are not taken for three channels
    given = layer(wider.shape, w.shape, kind="depthwise", data_format="channels_first")
    assert np.array_equal(written.run(given, wider, w, b), conv(wider, w, b, groups=3))


def test_keras_has_no_groups_in_transposed_layers_and_no_depthwise_layer_over_three_axes():
    assert "groups" not in inspect.signature(keras.layers.Conv2DTranspose).parameters
    assert not hasattr(keras.layers, "DepthwiseConv3D")
    assert not hasattr(keras.layers, "SeparableConv3D")


def test_the_kernel_of_a_depthwise_layer_has_channels_before_the_multiplier():
    made = keras.layers.DepthwiseConv2D((3, 2), depth_multiplier=4)
    made.build((1, 9, 8, 5))
    assert made.kernel.shape == (3, 2, 5, 4)


def test_the_lines_are_those_that_a_person_would_write():
    explicit = layer((1, 4, 9, 8), (6, 2, 3, 2), padding=(1, (0, 2)), groups=2, data_format="channels_last")
    assert written.call(explicit) == (
        "keras.Sequential([keras.layers.ZeroPadding2D(((1, 1), (0, 2))), keras.layers.Conv2D(6, (3, 2), groups=2)])"
    )


def test_chapter_2_has_what_keras_answers_to_an_impulse():
    made = keras.layers.Conv2D(1, 3, padding="same", use_bias=False)
    made.build((1, 5, 5, 1))
    made.set_weights([TAPS_2D[..., None, None]])
    y = keras.ops.convert_to_numpy(made(IMPULSE_2D[None, ..., None]))
    assert recorded("keras.layers.Conv2D") == (keras.__version__, y[0, 1:4, 1:4].ravel().tolist())


def test_the_fan_out_of_a_grouped_kernel_counts_every_filter():
    grouped = keras.layers.Conv2D(24, 3, groups=4, kernel_initializer="glorot_uniform")
    grouped.build((1, 9, 9, 12))
    bound = float(np.abs(grouped.get_weights()[0]).max())
    fan_in, fan_out = 9 * 3, 9 * 24  # of one filter; 9 · 24/4 filters look at an input channel
    assert 0.9 < bound / np.sqrt(6 / (fan_in + fan_out)) <= 1


def test_keras_has_no_deformable_layer():
    assert not [name for name in dir(keras.layers) if "deform" in name.lower()]
