"""Separable kernels: composed, recognised, and approximated as well as they can be."""

import numpy as np
import pytest

from reference_impl.separable import is_separable, kernel_rank, separable_kernel, separate_kernel, separation_error

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
BOOK = np.array([[3, 6, 9], [4, 8, 12], [5, 10, 15]])
LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])


def lopsided(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    ("column", "row", "kernel"), [([1, 2, 1], [-1, 0, 1], SOBEL), ([3, 4, 5], [1, 2, 3], BOOK)], ids=["sobel", "book"]
)
def test_the_two_factorizations_of_the_book(column, row, kernel):
    np.testing.assert_array_equal(separable_kernel([np.array(column), np.array(row)]), kernel)
    ((found_column, found_row),) = separate_kernel(kernel)
    np.testing.assert_allclose(found_column / found_column[0] * column[0], column, atol=1e-12)
    np.testing.assert_allclose(found_row / found_row[-1] * row[-1], row, atol=1e-12)


def test_whole_factors_give_a_whole_kernel():
    assert separable_kernel([np.array([1, 2]), np.array([3, 4, 5])]).dtype == np.int64


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_error_of_rank_r_is_the_tail_of_the_singular_values(rank):
    kernel = lopsided(3, 5)
    singular = np.linalg.svd(kernel, compute_uv=False)
    missed = np.linalg.norm(kernel - separable_kernel(separate_kernel(kernel, rank)))
    np.testing.assert_allclose(missed, np.sqrt(np.sum(singular[rank:] ** 2)), atol=1e-12)
    np.testing.assert_allclose(separation_error(kernel, rank), missed / np.linalg.norm(kernel), atol=1e-12)


def test_no_other_pair_of_vectors_comes_nearer():
    kernel = lopsided(4, 3)
    best = separation_error(kernel) * np.linalg.norm(kernel)
    rng = np.random.default_rng(1)
    ((column, row),) = separate_kernel(kernel)
    for size in (1e-3, 1e-1, 1.0):
        for _ in range(200):
            other = np.outer(column + size * rng.normal(size=4), row + size * rng.normal(size=3))
            assert np.linalg.norm(kernel - other) >= best - 1e-12


def test_terms_come_largest_first_and_share_their_scale():
    terms = separate_kernel(lopsided(5, 4), rank=4)
    sizes = [[np.linalg.norm(factor) for factor in term] for term in terms]
    np.testing.assert_allclose([column for column, _ in sizes], [row for _, row in sizes])
    assert [column for column, _ in sizes] == sorted((column for column, _ in sizes), reverse=True)


def test_signs_do_not_depend_on_the_sign_that_lapack_chose():
    kernel = lopsided(4, 6)
    for (column, row), (negated, opposite) in zip(separate_kernel(kernel, 3), separate_kernel(-kernel, 3), strict=True):
        assert column[np.argmax(np.abs(column))] > 0
        np.testing.assert_allclose(negated, column, atol=1e-12)
        np.testing.assert_allclose(opposite, -row, atol=1e-12)


def test_complex_kernels_separate_too_and_with_a_settled_phase():
    kernel = lopsided(3, 4) + 1j * lopsided(3, 4, seed=1)
    np.testing.assert_allclose(separable_kernel(separate_kernel(kernel, 3)), kernel, atol=1e-12)
    ((column, _),) = separate_kernel(kernel)
    assert abs(column[np.argmax(np.abs(column))].imag) < 1e-12
    solid = np.einsum("i,j,k->ijk", *(kernel[0, :k] for k in (2, 3, 4)))
    np.testing.assert_allclose(separable_kernel(separate_kernel(solid)), solid, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_factors_keep_a_floating_dtype(dtype):
    assert {factor.dtype for factor in separate_kernel(BOOK.astype(dtype))[0]} == {np.dtype(dtype)}


@pytest.mark.parametrize(("dtype", "wide"), [(np.int32, np.float64), (np.float16, np.float64)])
def test_other_numbers_give_float64_factors(dtype, wide):
    assert separate_kernel(BOOK.astype(dtype))[0][0].dtype == wide


def test_a_kernel_of_zeros_gives_factors_of_zeros():
    for shape in ((3, 2), (2, 3, 4)):
        zeros = np.zeros(shape)
        assert not any(factor.any() for factor in separate_kernel(zeros)[0])
        assert is_separable(zeros)
        assert separation_error(zeros) == 0
    assert kernel_rank(np.zeros((3, 2))) == 0


def test_a_product_of_three_vectors_is_found_again():
    solid = np.einsum("i,j,k->ijk", lopsided(2), lopsided(3, seed=1), lopsided(5, seed=2))
    assert is_separable(solid)
    np.testing.assert_allclose(separable_kernel(separate_kernel(solid)), solid, atol=1e-12)


def test_three_axes_are_refined_to_a_local_optimum():
    solid = lopsided(3, 4, 5)
    (factors,) = separate_kernel(solid)
    best = separation_error(solid)
    rng = np.random.default_rng(3)
    for _ in range(300):
        near = [factor + 1e-3 * rng.normal(size=factor.shape) for factor in factors]
        assert np.linalg.norm(solid - separable_kernel(near)) / np.linalg.norm(solid) >= best - 1e-12
    start = [np.linalg.svd(np.moveaxis(solid, axis, 0).reshape(solid.shape[axis], -1))[0][:, 0] for axis in range(3)]
    hosvd = np.einsum("ijk,i,j,k", solid, *start) * np.einsum("i,j,k->ijk", *start)
    assert best < np.linalg.norm(solid - hosvd) / np.linalg.norm(solid)


def test_refining_stops_after_a_fixed_number_of_sweeps(monkeypatch):
    solid = lopsided(3, 4, 5)
    settled = separation_error(solid)
    monkeypatch.setattr("reference_impl.separable.kernels.REFINEMENTS", 1)
    assert settled < separation_error(solid) < 1


def test_rank_counts_terms():
    assert [kernel_rank(kernel) for kernel in (SOBEL, BOOK, LAPLACIAN, np.eye(3))] == [1, 1, 2, 3]
    assert [is_separable(kernel) for kernel in (SOBEL, BOOK, LAPLACIAN, np.eye(3))] == [True, True, False, False]
    nearly = BOOK + 1e-6 * lopsided(3, 3)
    assert kernel_rank(nearly) == 3
    assert kernel_rank(nearly, tolerance=1e-4) == 1
    assert is_separable(nearly, tolerance=1e-4)


def test_three_matrices_of_rank_one_side_by_side_need_not_be_separable():
    twisted = np.stack([np.outer([1, 0], [1, 0]), np.outer([0, 1], [0, 1])])
    assert not is_separable(twisted)


def test_layers_compose_into_a_kernel_of_all_channels():
    down, along = lopsided(5, 3, 4), lopsided(2, 5, 3, seed=1)
    want = np.einsum("omv,mcu->ocuv", along, down)
    np.testing.assert_allclose(separable_kernel([down, along]), want)
    first_along, then_down = lopsided(5, 3, 4), lopsided(2, 5, 3, seed=1)
    want = np.einsum("omu,mcv->ocuv", then_down, first_along)
    np.testing.assert_allclose(separable_kernel([then_down, first_along], order=(1, 0)), want)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: separate_kernel([[1, 2]]), TypeError, "separate_kernel: kernel must be a NumPy array. Got kernel="),
        (lambda: separate_kernel(np.ones(3)), ValueError, "kernel must have at least two axes and no empty one"),
        (lambda: separate_kernel(np.ones((0, 3))), ValueError, "kernel must have at least two axes and no empty one"),
        (lambda: separate_kernel(np.array([[1, np.nan]])), ValueError, "kernel must hold finite numbers"),
        (lambda: separate_kernel(BOOK, rank=0), ValueError, "rank must be at least 1. Got rank=0"),
        (lambda: separate_kernel(BOOK, rank=1.0), TypeError, "rank must be a whole number"),
        (lambda: separate_kernel(BOOK, rank=4), ValueError, "at most the shorter side of the kernel. Got rank=4"),
        (lambda: separate_kernel(np.ones((2, 2, 2)), rank=2), NotImplementedError, "a best sum need not exist"),
        (lambda: kernel_rank(np.ones((2, 2, 2))), ValueError, "kernel_rank: kernel must have two axes"),
        (lambda: is_separable(np.ones(2)), ValueError, "is_separable: kernel must have at least two axes"),
        (lambda: separation_error(np.ones(2)), ValueError, "separation_error: kernel must have at least two axes"),
        (lambda: separable_kernel(np.ones(3)), TypeError, r"separable_kernel: factors must be one array \(K,\)"),
        (lambda: separable_kernel([]), TypeError, "factors must be one array"),
        (lambda: separable_kernel([[]]), TypeError, r"factors must be one array .* Got factors\[0\]=\[\]"),
        (lambda: separable_kernel([(np.ones(2),), np.ones(2)]), TypeError, r"Got factors\[1\]="),
        (lambda: separable_kernel([[1, 2], [3, 4]]), TypeError, r"factors\[0\]\[0\] must be a NumPy array"),
        (lambda: separable_kernel([np.ones(2), [1, 2]]), TypeError, r"factors\[1\] must be a NumPy array"),
        (lambda: separable_kernel([np.ones((2, 2))] * 2), ValueError, "none of them empty"),
        (lambda: separable_kernel([np.ones(2), np.ones((1, 1, 2))]), ValueError, "none of them empty"),
        (lambda: separable_kernel([np.ones((1, 0, 2))]), ValueError, "none of them empty"),
        (lambda: separable_kernel([np.ones(2), np.ones(0)]), ValueError, "none of them empty"),
        (lambda: separable_kernel([(np.ones(2), np.ones((2, 1)))]), ValueError, r"must have shape \(K,\)"),
        (lambda: separable_kernel([(np.ones(2),), (np.ones(3),)]), ValueError, "factors of the same shapes"),
        (lambda: separable_kernel([(np.ones(2),), (np.ones(2),) * 2]), ValueError, "factors of the same shapes"),
        (lambda: separable_kernel([np.ones((3, 2, 2)), np.ones((4, 2, 2))]), ValueError, "the pass before it gives"),
        (lambda: separable_kernel([np.ones(2)] * 2, order=(0, 0)), ValueError, "each of the 2 spatial axes once"),
        (lambda: separable_kernel([np.ones(2)] * 2, order=(0,)), ValueError, "each of the 2 spatial axes once"),
        (lambda: separable_kernel([np.ones(2)] * 2, order="01"), TypeError, "each of the 2 spatial axes once"),
        (lambda: separable_kernel([np.ones(2)] * 2, order=(0, 1.0)), TypeError, "order must be a whole number"),
        (lambda: separable_kernel([np.ones(2)] * 2, order=(-1, 0)), ValueError, "order must be at least 0"),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
