"""What must hold for every convolution, whatever the numbers: laws, and thousands of random configurations."""

import numpy as np
import pytest
import torch
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from reference_impl.conv import conv, conv_loops, conv_matrix, convolve
from tests.conv.cases import CASES, operands

TORCH = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_conv_is_linear_in_the_input_and_in_the_weight(case):
    x, w, _ = operands(*case[:2])
    other_x, other_w = np.roll(x, 1), np.roll(w, 1)
    close(conv(2 * x - 3 * other_x, w, **case[-1]), 2 * conv(x, w, **case[-1]) - 3 * conv(other_x, w, **case[-1]))
    close(conv(x, 2 * w - 3 * other_w, **case[-1]), 2 * conv(x, w, **case[-1]) - 3 * conv(x, other_w, **case[-1]))


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_shifted_input_gives_a_shifted_output(stride):
    x, w, _ = operands((2, 3, 9, 8), (4, 3, 3, 2))
    framed = np.pad(x, ((0, 0), (0, 0), (7, 7), (7, 7)))
    shifted = np.roll(framed, (2 * stride, -stride), axis=(2, 3))
    expected = np.roll(conv(framed, w, stride=stride), (2, -1), axis=(2, 3))
    close(conv(shifted, w, stride=stride)[..., 2:, :-1], expected[..., 2:, :-1])


def test_circular_padding_commutes_with_every_rotation():
    x, w, _ = operands((1, 2, 6, 5), (3, 2, 3, 2))
    options = {"padding": "same", "padding_mode": "circular"}
    for shift in ((1, 0), (0, 1), (4, 3)):
        close(conv(np.roll(x, shift, (2, 3)), w, **options), np.roll(conv(x, w, **options), shift, (2, 3)))


def test_a_stride_keeps_every_so_many_outputs():
    x, w, b = operands((2, 3, 9, 8), (4, 3, 3, 2))
    close(conv(x, w, b, stride=(2, 3)), conv(x, w, b)[..., ::2, ::3])


def test_dilation_is_a_kernel_with_zeros_between_its_taps():
    x, w, _ = operands((2, 3, 9, 10), (4, 3, 3, 2))
    spread = np.zeros((4, 3, 5, 4))
    spread[..., ::2, ::3] = w
    close(conv(x, w, dilation=(2, 3), padding=1), conv(x, spread, padding=1))


def test_groups_are_convolutions_side_by_side():
    x, w, b = operands((2, 6, 7, 5), (9, 2, 3, 2))
    parts = [conv(x[:, 2 * q : 2 * q + 2], w[3 * q : 3 * q + 3], b[3 * q : 3 * q + 3], padding=1) for q in range(3)]
    close(conv(x, w, b, padding=1, groups=3), np.concatenate(parts, axis=1))


def test_groups_are_one_convolution_with_zeros_between_the_groups():
    x, w, _ = operands((2, 6, 7, 5), (9, 2, 3, 2))
    dense = np.zeros((9, 6, 3, 2))
    for o in range(9):
        first = o // 3 * 2
        dense[o, first : first + 2] = w[o]
    close(conv(x, w, groups=3), conv(x, dense, groups=1))


def test_samples_do_not_meet():
    x, w, b = operands((3, 2, 7, 5), (4, 2, 3, 2))
    close(conv(x, w, b), np.concatenate([conv(sample[None], w, b) for sample in x]))


def test_a_single_one_as_the_kernel_copies_or_shifts():
    x, _, _ = operands((2, 1, 5, 6), (1, 1, 1, 1))
    kernel = np.zeros((1, 1, 3, 3))
    kernel[..., 1, 1] = 1
    np.testing.assert_array_equal(conv(x, kernel, padding=1), x)
    np.testing.assert_array_equal(conv(x, np.roll(kernel, 1, axis=3), padding=1)[..., :-1], x[..., 1:])
    np.testing.assert_array_equal(convolve(x, np.roll(kernel, 1, axis=3), padding=1)[..., 1:], x[..., :-1])


def test_full_convolution_commutes():
    a, b, _ = operands((1, 1, 5, 4), (1, 1, 3, 6))
    close(convolve(a, b, padding=(2, 5)), convolve(b, a, padding=(4, 3)))


def test_full_convolution_associates():
    x, a, _ = operands((2, 1, 7, 5), (1, 1, 3, 2))
    b = operands((1, 1, 1, 1), (1, 1, 2, 4))[1]
    twice = convolve(convolve(x, a, padding=(2, 1)), b, padding=(1, 3))
    close(twice, convolve(x, convolve(a, b, padding=(1, 3)), padding=(3, 4)))


def test_correlation_does_not_commute():
    a, b, _ = operands((1, 1, 5), (1, 1, 3))
    ab, ba = conv(a, b, padding=2), conv(b, a, padding=4)
    assert not np.allclose(ab, ba)
    close(ab, ba[..., ::-1])


def test_a_convolution_is_a_product_of_spectra():
    x, w, _ = operands((1, 1, 8, 6), (1, 1, 3, 4))
    kernel = np.zeros((8, 6))
    kernel[:3, :4] = w[0, 0]
    expected = np.fft.ifft2(np.fft.fft2(x[0, 0]) * np.fft.fft2(kernel)).real
    close(convolve(x, w, padding=((2, 0), (3, 0)), padding_mode="circular")[0, 0], expected)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("mode", ["zeros", "replicate"])
def test_the_matrix_of_a_convolution_does_what_it_does(case, mode):
    x, w, _ = operands(*case[:2])
    matrix = conv_matrix(w, x.shape[2:], **case[-1], padding_mode=mode)
    expected = conv_loops(x, w, **case[-1], padding_mode=mode)
    close(np.stack([matrix @ sample.ravel() for sample in x]).reshape(expected.shape), expected)


@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_the_matrix_adds_up_taps_that_meet_in_one_cell(mode):
    x, w, _ = operands((2, 2, 3, 4), (2, 2, 3, 3))
    matrix = conv_matrix(w, (3, 4), padding=2, padding_mode=mode)
    expected = conv_loops(x, w, padding=2, padding_mode=mode)
    close(np.stack([matrix @ sample.ravel() for sample in x]).reshape(expected.shape), expected)


def test_circular_padding_gives_a_circulant_matrix():
    w = np.array([[[1.0, 2.0, 3.0, 4.0]]])
    matrix = conv_matrix(w, 7, padding="same", padding_mode="circular")
    for row in range(7):
        np.testing.assert_array_equal(matrix[row], np.roll(matrix[0], row))


def test_without_padding_the_matrix_is_toeplitz():
    matrix = conv_matrix(np.array([[[1, 2, 3]]]), 6)
    assert matrix.dtype == np.int64
    for diagonal in range(-3, 6):
        assert len(set(np.diagonal(matrix, diagonal).tolist())) == 1


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.complex64])
def test_the_matrix_has_the_dtype_of_the_weight(dtype):
    assert conv_matrix(np.ones((1, 1, 2), dtype), 3).dtype == dtype


@st.composite
def configurations(draw):
    axes, groups = draw(st.sampled_from([1, 1, 2, 2, 3])), draw(st.integers(1, 3))
    most = {1: 24, 2: 9, 3: 5}[axes]

    def per_axis(least, largest):
        return tuple(draw(st.integers(least, largest)) for _ in range(axes))

    channels, filters = draw(st.sampled_from([1, 2, 3, 33])), draw(st.integers(1, 3))
    x_shape = (draw(st.integers(0, 3)), groups * channels, *per_axis(1, most))
    w_shape = (groups * filters, channels, *per_axis(1, 4))
    options = {"stride": per_axis(1, 4), "padding": per_axis(0, 3), "dilation": per_axis(1, 3), "groups": groups}
    return x_shape, w_shape, options


@seed(20261122)
@settings(max_examples=2500, deadline=None, database=None)
@given(configurations())
def test_conv_equals_torch_on_random_configurations(configuration):
    x_shape, w_shape, options = configuration
    x, w, b = operands(x_shape, w_shape)
    try:
        expected = TORCH[x.ndim - 2](*map(torch.from_numpy, (x, w, b)), **options).numpy()
    except RuntimeError:
        with pytest.raises(ValueError, match="conv: the padded input must be at least as long as the dilated kernel"):
            conv(x, w, b, **options)
    else:
        np.testing.assert_allclose(conv(x, w, b, **options), expected, rtol=0, atol=1e-12)
        if expected.size * w[0].size < 100:
            np.testing.assert_allclose(conv_loops(x, w, b, **options), expected, rtol=0, atol=1e-12)
