"""Kernels written by hand: those of scipy.ndimage, with the moments that say what they keep."""

import math
import re

import numpy as np
import pytest
import scipy.ndimage

from reference_impl.conv import (
    binomial_kernel,
    conv,
    gaussian_kernel,
    kernel_moment,
    laplacian_kernel,
    sharpening_kernel,
    sobel_kernel,
)

VOLUME = np.random.default_rng(5).normal(size=(7, 9, 8))
IMAGE = VOLUME[0]


def inside(x, kernel):
    return conv(x[None, None], kernel[None, None].astype(float))[0, 0]


def cut(x, reach):
    return x[(slice(reach, -reach),) * x.ndim]


@pytest.mark.parametrize("x", [IMAGE[0], IMAGE, VOLUME])
def test_sobel_and_laplace_are_those_of_scipy(x):
    for axis in range(x.ndim):
        np.testing.assert_allclose(
            inside(x, sobel_kernel(axis, axes=x.ndim)), cut(scipy.ndimage.sobel(x, axis), 1), atol=1e-12
        )
    np.testing.assert_allclose(inside(x, laplacian_kernel(axes=x.ndim)), cut(scipy.ndimage.laplace(x), 1), atol=1e-12)


@pytest.mark.parametrize("sigma", [0.6, 1.0])
def test_gaussian_is_that_of_scipy(sigma):
    theirs = scipy.ndimage.gaussian_filter(IMAGE, sigma, radius=2)
    np.testing.assert_allclose(inside(IMAGE, gaussian_kernel(sigma, 5)), cut(theirs, 2), atol=1e-12)


@pytest.mark.parametrize("taps", [1, 2, 5, 21])
@pytest.mark.parametrize("axes", [1, 2])
def test_a_binomial_kernel_is_a_row_of_pascals_triangle(taps, axes):
    row = np.array([math.comb(taps - 1, u) for u in range(taps)])
    kernel = binomial_kernel(taps, axes=axes)
    np.testing.assert_array_equal(kernel, row if axes == 1 else np.outer(row, row))
    assert kernel.sum() == 2 ** ((taps - 1) * axes)


def test_a_ramp_has_the_slope_that_sobel_says():
    for axes in (1, 2, 3):
        for axis in range(axes):
            ramp = np.indices((4, 5, 3)[:axes])[axis].astype(float)
            assert np.all(inside(ramp, sobel_kernel(axis, axes=axes)) == 2 * 4 ** (axes - 1))


@pytest.mark.parametrize("amount", [0.5, 1.0])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_sharpening_takes_the_laplacian_away(amount, axes):
    x = VOLUME[(0,) * (3 - axes)]
    expected = cut(x, 1) - amount * inside(x, laplacian_kernel(axes=axes))
    np.testing.assert_allclose(inside(x, sharpening_kernel(amount, axes=axes)), expected, atol=1e-12)
    assert kernel_moment(sharpening_kernel(amount, axes=axes), 0) == 1


def test_moments_say_what_a_kernel_makes_of_a_polynomial():
    kernel = np.random.default_rng(2).integers(-3, 4, (3, 4)).astype(float)
    rows, columns = np.indices((3, 4)) - np.array([1, 1.5]).reshape(2, 1, 1)
    for powers in np.ndindex(3, 4):
        polynomial = rows ** powers[0] * columns ** powers[1]
        assert kernel_moment(kernel, powers) == pytest.approx(inside(polynomial, kernel).item())


def test_one_order_is_for_all_axes():
    kernel = np.array([[1, 2], [3, 5]])
    assert kernel_moment(kernel, 1) == kernel_moment(kernel, (1, 1)) == (1 - 2 - 3 + 5) / 4


def test_moments_of_an_even_kernel_show_its_half_cell():
    shifted = np.array([0, 1])  # y[i] = x[i + 1]: half a cell from the middle of the window
    assert kernel_moment(shifted, 1) == 0.5


def test_variances_of_smoothing_kernels_add_up():
    twice = np.convolve(binomial_kernel(3, axes=1), binomial_kernel(5, axes=1))
    variances = [kernel_moment(kernel, 2) / kernel_moment(kernel, 0) for kernel in map(binomial_row, (3, 5))]
    assert kernel_moment(twice, 2) / kernel_moment(twice, 0) == sum(variances) == 0.5 + 1.0


def binomial_row(taps):
    return binomial_kernel(taps, axes=1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: gaussian_kernel(0, 3),
            ValueError,
            "gaussian_kernel: sigma must be a finite number above 0. Got sigma=0",
        ),
        (
            lambda: gaussian_kernel(1, 0),
            ValueError,
            "gaussian_kernel: kernel_size must be at least 1. Got kernel_size=0",
        ),
        (lambda: gaussian_kernel(1, 3, axes=0), ValueError, "gaussian_kernel: axes must be at least 1. Got axes=0"),
        (
            lambda: binomial_kernel(22),
            ValueError,
            "binomial_kernel: kernel_size must be less than 22. Got kernel_size=22",
        ),
        (lambda: binomial_kernel(3, axes=4), ValueError, "binomial_kernel: axes must be less than 4. Got axes=4"),
        (lambda: sobel_kernel(2), ValueError, "sobel_kernel: axis must be less than 2. Got axis=2"),
        (lambda: sobel_kernel(-1), ValueError, "sobel_kernel: axis must be at least 0. Got axis=-1"),
        (lambda: laplacian_kernel(axes=0), ValueError, "laplacian_kernel: axes must be at least 1. Got axes=0"),
        (lambda: laplacian_kernel(axes=9), ValueError, "laplacian_kernel: axes must be less than 9. Got axes=9"),
        (lambda: sobel_kernel(0, axes=9), ValueError, "sobel_kernel: axes must be less than 9. Got axes=9"),
        (lambda: sharpening_kernel(-1), ValueError, "sharpening_kernel: amount must be a finite number above 0"),
        (lambda: kernel_moment([1, 2], 0), TypeError, "kernel_moment: kernel must be a NumPy array. Got kernel='list'"),
        (
            lambda: kernel_moment(np.ones((0, 3)), 0),
            ValueError,
            "kernel_moment: kernel must have cells, with real numbers. Got kernel.shape=(0, 3)",
        ),
        (lambda: kernel_moment(np.ones(3), -1), ValueError, "kernel_moment: order must be at least 0. Got order=-1"),
    ],
)
def test_what_makes_no_kernel_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize(("taps", "weights"), [(3, [0, 1, 0]), (4, [0, 0.5, 0.5, 0])])
@pytest.mark.parametrize("sigma", [1e-2, 1e-160, 1e-300])
def test_a_bell_narrower_than_a_cell_lies_on_the_middle_taps(sigma, taps, weights):
    assert gaussian_kernel(sigma, taps, axes=1).tolist() == weights


def test_a_kernel_of_too_many_axes_or_cells_is_refused():
    with pytest.raises(ValueError, match=r"^gaussian_kernel: axes must be less than 9. Got axes=9$"):
        gaussian_kernel(1.0, 3, axes=9)
    with pytest.raises(ValueError, match=r"^gaussian_kernel: no array may have 2\*\*48 cells or more. Got shape="):
        gaussian_kernel(1.0, 100, axes=8)
