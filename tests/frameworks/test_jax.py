"""JAX computes what reference_impl computes, from the line that a person would write."""

import inspect

import jax
import numpy as np
import pytest
from jax import lax

from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose
from reference_impl.frameworks import jax as written
from reference_impl.frameworks import layer
from reference_impl.frameworks.jax import FRAMEWORK
from tests.frameworks.sweep import IMPULSE, TAPS, cases, recorded, round_trips, swept
from tests.refusals import refused

NCW = ("NCW", "OIW", "NCW")


@pytest.fixture
def float64():
    """JAX in double precision, for one test."""
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def whole(*shapes):
    """Small whole numbers, so that equal means equal."""
    rng = np.random.default_rng(6)
    return [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


def test_jax_equals_reference_impl():
    assert swept(written, 192, seed=4) == (192, [], {})


@pytest.mark.usefixtures("float64")
def test_jax_equals_reference_impl_in_float64():
    assert swept(written, 144, seed=5, dtype="float64") == (144, [], {})


def test_weights_come_back():
    assert all(round_trips(written, 48, seed=41))


def test_padding_comes_back():
    for given, *_ in cases(240, seed=42):
        pads, extra = written.padding_from(given, written.padding_to(given))
        cells = [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]
        wanted = [(lo, hi - more) for (lo, hi), more in zip(given.pads, given.output_padding, strict=True)]
        assert cells == wanted, given


def test_jax_refuses_words_that_it_does_not_know():
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} knows VALID, SAME, SAME_LOWER for conv_general_dilated; give pairs. "
        "Got padding='CAUSAL'",
    ):
        written.padding_from(layer((1, 1, 8), (1, 1, 3)), "CAUSAL")
    x, w = whole((1, 2, 5), (2, 3, 3))
    with refused(
        ValueError,
        f"padding_from: {FRAMEWORK} knows VALID, SAME for conv_transpose; give pairs. Got padding='SAME_LOWER'",
    ):
        written.padding_from(layer(x.shape, w.shape, kind="conv_transpose"), "SAME_LOWER")
    with pytest.raises(ValueError, match="String padding is not implemented for transposed convolution"):
        lax.conv_transpose(x, w, (2,), "SAME_LOWER", dimension_numbers=NCW, transpose_kernel=True)


@pytest.mark.parametrize("word", ["SAME", "VALID"])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_words_of_a_transposed_layer_mean_in_jax_what_they_mean_in_keras(word, kernel, stride):
    x, w = whole((1, 2, 5), (2, 3, kernel))
    pads, extra = written.padding_from(layer(x.shape, w.shape, kind="conv_transpose", stride=stride), word)
    y = lax.conv_transpose(x, w, (stride,), word, dimension_numbers=NCW, transpose_kernel=True)
    assert np.array_equal(y, conv_transpose(x, w, stride=stride, padding=pads, output_padding=extra))


def test_jax_does_not_flip_the_kernel_of_a_transposed_layer_by_default():
    x, w = whole((1, 2, 5), (3, 2, 3))  # without transpose_kernel the output channels come first
    y = lax.conv_transpose(x, w, (2,), "VALID", dimension_numbers=NCW)
    assert np.array_equal(y, conv_transpose(x, w.swapaxes(0, 1)[..., ::-1], stride=2))
    assert not np.array_equal(y, conv_transpose(x, w.swapaxes(0, 1), stride=2))


def test_pairs_of_a_transposed_layer_pad_its_dilated_input():
    x, w = whole((1, 2, 5), (2, 3, 4))
    y = lax.conv_transpose(x, w, (2,), [(0, 0)], dimension_numbers=NCW, transpose_kernel=True)
    assert np.array_equal(y, conv_transpose(x, w, stride=2, padding=3))  # kernel − 1 cells fewer at each end


def test_conv_transpose_of_jax_has_no_groups():
    assert "feature_group_count" not in inspect.signature(lax.conv_transpose).parameters
    assert "feature_group_count" in inspect.signature(lax.conv_general_dilated).parameters


def test_jax_rounds_float64_to_float32_unless_told_otherwise():
    x, w = (array.astype(np.float64) for array in whole((1, 2, 8), (3, 2, 3)))
    with pytest.warns(UserWarning, match="will be truncated to dtype float32"):
        assert jax.numpy.asarray([1.0], dtype="float64").dtype == np.float32
    assert jax.numpy.asarray(x).dtype == np.float32  # an array is rounded without a warning
    message = f"run: {FRAMEWORK} computes in float32 whatever it is given; jax.config.update('jax_enable_x64', True)"
    with refused(ValueError, f"{message} before. Got dtype='float64'"):
        written.run(layer(x.shape, w.shape, bias=False), x, w)


def test_jax_convolves_over_four_axes():
    x, w = whole((1, 2, 4, 3, 4, 5), (3, 2, 2, 1, 2, 3))
    y = lax.conv_general_dilated(x, w, (1, 2, 1, 2), "VALID")
    assert np.array_equal(y, conv(x, w, stride=(1, 2, 1, 2)))


def test_the_lines_are_those_that_a_person_would_write():
    grouped = layer((1, 4, 5), (4, 3, 3), kind="conv_transpose", stride=2, groups=2, bias=False)
    assert written.call(grouped) == (
        "lax.conv_general_dilated(x, w, (1,), ((2, 2),), lhs_dilation=(2,), "
        "dimension_numbers=('NCW', 'OIW', 'NCW'), feature_group_count=2)"
    )


def test_chapter_2_has_what_jax_answers_to_an_impulse():
    y = lax.conv_general_dilated(IMPULSE[None, None], TAPS[None, None], (1,), [(1, 1)])
    answers = {
        "jax.lax.conv_general_dilated": y.ravel(),
        "jax.numpy.convolve": jax.numpy.convolve(IMPULSE, TAPS, mode="same"),
        "jax.scipy.signal.convolve": jax.scipy.signal.convolve(IMPULSE, TAPS, mode="same"),
    }
    for name, answer in answers.items():
        assert recorded(name) == (jax.__version__, answer[1:4].tolist())


def test_jax_has_no_deformable_layer():
    assert not [name for name in dir(lax) if "deform" in name.lower()]
