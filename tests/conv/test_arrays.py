"""conv and its kin on every kind of array: dtypes, memory layouts, empty batches, memory in use."""

import tracemalloc

import numpy as np
import pytest

from reference_impl.conv import col2im, conv, conv_loops, conv_matrix, convolve, im2col
from tests.conv.cases import CASES, operands

FORMS = {"conv": conv, "conv_loops": conv_loops, "convolve": convolve}
FLOATS = {np.float16: 2e-2, np.float32: 1e-5, np.float64: 1e-12, np.longdouble: 1e-12, np.complex64: 1e-5}
INTS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("dtype", [*FLOATS, np.complex128, *INTS])
def test_the_dtype_of_the_arrays_is_the_dtype_of_the_result(form, dtype):
    x, w, b = operands((2, 2, 5, 4), (4, 1, 2, 3), dtype)
    y = form(x, w, b, groups=2, padding=1)
    assert y.dtype == dtype
    wide = np.int64 if np.dtype(dtype).kind in "iu" else np.complex128
    exact = form(x.astype(wide), w.astype(wide), b.astype(wide), groups=2, padding=1)
    np.testing.assert_allclose(y.astype(wide), exact, rtol=0, atol=FLOATS.get(dtype, 0 if wide is np.int64 else 1e-12))


def test_arrays_of_two_dtypes_meet_where_numpy_has_them_meet():
    x, w, b = operands((1, 2, 5), (3, 2, 2))
    assert conv(x.astype(np.float32), w, b).dtype == np.float64
    assert conv(x.astype(np.float32), w.astype(np.float16), b.astype(np.float16)).dtype == np.float32
    assert conv(np.ones((1, 2, 5), np.int8), np.ones((3, 2, 2), np.int32)).dtype == np.int32
    assert conv(x, w.astype(np.complex64)).dtype == np.complex128
    assert conv(np.ones((1, 1, 3), int), np.ones((1, 1, 2), int), np.array([0.5])).tolist() == [[[2.5, 2.5]]]


def test_half_precision_adds_up_in_single_precision():
    x, w = np.full((1, 1, 4096), 1.0, np.float16), np.full((1, 1, 4096), 1.0, np.float16)
    assert conv(x, w).item() == conv_loops(x, w).item() == 4096  # in float16 the sum would stop at 2048


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_whole_numbers_stay_exact_where_floats_would_round(form):
    x, w = np.array([[[2**53, 1, 1]]]), np.array([[[1, 1, 1]]])
    assert form(x, w).tolist() == [[[2**53 + 2]]]
    top = np.array([[[2**63, 2**62]]], dtype=np.uint64)
    assert form(top, np.ones((1, 1, 2), np.uint64)).tolist() == [[[2**63 + 2**62]]]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("dtype", "number", "total"), [(np.int8, 64, 8192), (np.uint8, 200, 80000), (np.int16, -200, 80000)]
)
def test_whole_numbers_that_would_wrap_around_are_refused(name, dtype, number, total):
    x, w = np.full((1, 2, 3), number, dtype), np.full((1, 2, 1), number, dtype)
    rule = f"the result does not fit into {np.dtype(dtype)}; convert the input with x.astype\\(np.int64\\) first"
    with pytest.raises(ValueError, match=f"^{name}: {rule}. Got smallest={total}, largest={total}$"):
        FORMS[name](x, w)
    assert FORMS[name](x.astype(np.int64), w).tolist() == [[[total] * 3]]


def test_whole_numbers_that_just_fit_are_kept():
    x = np.array([[[-128, 127]]], dtype=np.int8)
    assert conv(x, np.ones((1, 1, 1), np.int8)).tolist() == [[[-128, 127]]]
    with pytest.raises(ValueError, match="smallest=-129, largest=126"):
        conv(x, np.ones((1, 1, 1), np.int8), np.array([-1], np.int8))
    with pytest.raises(ValueError, match="smallest=-127, largest=128"):
        conv(x, np.ones((1, 1, 1), np.int8), np.array([1], np.int8))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_empty_batch_gives_an_empty_batch(form):
    for dtype in (np.float32, np.int8):
        y = form(np.empty((0, 4, 6, 5), dtype), np.ones((6, 2, 3, 2), dtype), stride=2, padding=1, groups=2)
        assert (y.shape, y.dtype) == ((0, 6, 3, 3), dtype)
    assert form(np.empty((0, 2, 3)), np.ones((2, 2, 1))).shape == (0, 2, 3)


def layouts(array):
    """The same numbers in other memory layouts."""
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    read_only = array.copy()
    read_only.flags.writeable = False
    channels_last = np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)
    turned = np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    return {
        "strided": wide[..., ::2],
        "fortran": np.asfortranarray(array),
        "channels last": channels_last,
        "turned": turned,
        "read-only": read_only,
        "other byte order": array.astype(array.dtype.newbyteorder()),
    }


@pytest.mark.parametrize("case", [CASES["two axes, unequal everything"], CASES["two axes, channels enough to slide"]])
def test_memory_layout_does_not_matter(case):
    x, w, b = operands(*case[:2])
    expected = conv(x, w, b, **case[-1])
    for (name, other_x), other_w in zip(layouts(x).items(), layouts(w).values(), strict=True):
        y = conv(other_x, other_w, layouts(b[None])["strided"][0], **case[-1])
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12, err_msg=name)
        np.testing.assert_array_equal(im2col(other_x, 2), im2col(x, 2), err_msg=name)
        np.testing.assert_array_equal(conv_matrix(other_w, 6), conv_matrix(w, 6), err_msg=name)
    point = CASES["one cell"]
    x, w, _ = operands(*point[:2])
    for name, other in layouts(x).items():
        np.testing.assert_allclose(conv(other, w, groups=2), conv(x, w, groups=2), atol=1e-12, err_msg=name)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_operands_are_left_alone_and_the_result_is_the_callers(case):
    given = operands(*case[:2])
    copies = [array.copy() for array in given]
    x, w, b = given
    results = [
        conv(x, w, b, **case[-1]),
        convolve(x, w, b, **case[-1]),
        im2col(x, 1),
        im2col(x, w.shape[2:], padding=5),
        conv_matrix(w[:, :2], [size + 2 for size in w.shape[2:]]),
        col2im(x.reshape(*x.shape[:2], -1), x.shape[2:], 1),
    ]
    for result in results:
        assert result.flags.writeable
        assert result.flags.c_contiguous
        assert not any(np.shares_memory(result, array) for array in given)
        result[...] = np.nan
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


MEMORY = {
    "3 × 3": ((4, 32, 56, 48), (32, 32, 3, 3), {"padding": 1}),
    "3 × 3, stride 2": ((4, 32, 56, 48), (64, 32, 3, 3), {"padding": 1, "stride": 2}),
    "one image, 7 × 7": ((1, 16, 96, 80), (16, 16, 7, 7), {"padding": 3}),
    "one large image, three channels": ((1, 3, 224, 224), (16, 3, 5, 5), {"padding": 2}),
    "depthwise": ((2, 64, 48, 56), (64, 1, 5, 5), {"padding": 2, "groups": 64}),
    "1 × 1": ((2, 64, 48, 56), (64, 64, 1, 1), {}),
    "one axis": ((2, 32, 8000), (32, 32, 25), {"padding": 12}),
    "three axes": ((1, 16, 8, 32, 40), (16, 16, 3, 3, 3), {"padding": 1}),
}


@pytest.mark.parametrize("case", MEMORY.values(), ids=MEMORY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_conv_needs_at_most_twice_the_memory_of_input_and_output(case, dtype):
    x, w, b = operands(*case[:2], dtype)
    tracemalloc.start()
    try:
        y = conv(x, w, b, **case[-1])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - y.nbytes <= 2 * (x.nbytes + y.nbytes)
