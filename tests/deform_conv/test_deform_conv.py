"""Deformable convolution in NumPy: its definition, its laws, what it refuses."""

from itertools import product

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from reference_impl.conv import conv
from reference_impl.deform_conv import deform_conv, deform_conv_loops, offsets_along, read_between

# x shape, w shape, offset groups, masked, options: lopsided on purpose
CASES = {
    "one axis, stride 2 on an even size": ((2, 3, 8), (4, 3, 3), 1, True, {"stride": 2, "padding": 1}),
    "two axes, unequal everything": ((2, 4, 7, 5), (6, 2, 3, 2), 2, True, {"groups": 2, "padding": ((0, 1), (2, 0))}),
    "offset groups finer than groups": ((1, 6, 5, 6), (3, 6, 2, 3), 3, False, {"stride": (2, 1)}),
    "groups finer than offset groups": ((1, 6, 6, 4), (6, 1, 3, 2), 2, True, {"groups": 6, "dilation": (1, 2)}),
    "three axes": ((2, 2, 4, 5, 3), (3, 2, 2, 3, 1), 1, True, {"stride": (1, 2, 1), "padding": "same"}),
    "four axes": ((1, 1, 3, 2, 4, 3), (2, 1, 2, 1, 2, 2), 1, True, {"padding": (0, 1, 0, 0)}),
    "no mask, dilated": ((1, 2, 9, 8), (2, 2, 3, 3), 1, False, {"dilation": (2, 3), "padding": 2}),
}


def operands(x_shape, w_shape, offset_groups, masked, options, *, spread=2.5):
    rng = np.random.default_rng(sum(x_shape) * 31 + sum(w_shape))
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])
    outputs = conv(x, w, **options).shape[2:]
    taps = int(np.prod(w_shape[2:]))
    offset = rng.normal(scale=spread, size=(x_shape[0], offset_groups * len(outputs) * taps, *outputs))
    mask = rng.uniform(size=(x_shape[0], offset_groups * taps, *outputs)) if masked else None
    return x, w, offset, b, mask


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_deform_conv_equals_its_definition(case):
    x, w, offset, b, mask = operands(*case)
    fast = deform_conv(x, w, offset, b, mask=mask, **case[-1])
    np.testing.assert_allclose(fast, deform_conv_loops(x, w, offset, b, mask=mask, **case[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_deform_conv_with_zero_offsets_is_a_convolution(case):
    x, w, offset, b, _ = operands(*case)
    still = deform_conv(x, w, np.zeros_like(offset), b, **case[-1])
    np.testing.assert_allclose(still, conv(x, w, b, **case[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_deform_conv_equals_interpolation_by_scipy(case):
    """The oracle builds every column with scipy's spline interpolation of order 1 over an image with a zero border."""
    x_shape, w_shape, offset_groups, _, options = case
    x, w, offset, b, mask = operands(*case)
    y = deform_conv(x, w, offset, b, mask=mask, **options)
    spatial, kernel, outputs, groups = x_shape[2:], w_shape[2:], y.shape[2:], options.get("groups", 1)
    axes = range(len(spatial))
    stride, dilation = (np.broadcast_to(options.get(name, 1), len(spatial)) for name in ("stride", "dilation"))
    before = _cells_before(options.get("padding", 0), spatial, kernel, stride)
    expected = np.zeros_like(y) + b.reshape(-1, *(1,) * len(spatial))
    moves = offset.reshape(len(x), offset_groups, *kernel, len(spatial), *outputs)
    masks = np.ones((len(x), offset_groups, *kernel, *outputs)) if mask is None else mask
    masks = masks.reshape(len(x), offset_groups, *kernel, *outputs)
    for n, o, c in product(range(len(x)), range(w_shape[0]), range(w_shape[1])):
        channel = o // (w_shape[0] // groups) * w_shape[1] + c
        q = channel // (x_shape[1] // offset_groups)
        for tap in np.ndindex(*kernel):
            grid = np.indices(outputs, dtype=float)
            where = [grid[a] * stride[a] + tap[a] * dilation[a] - before[a] + moves[(n, q, *tap, a)] for a in axes]
            border = 1 + int(max(np.abs(axis).max() for axis in where))  # so that nothing is cut off
            bordered = np.pad(x[n, channel], border)
            read = map_coordinates(bordered, [axis + border for axis in where], order=1)
            expected[n, o] += w[(o, c, *tap)] * masks[(n, q, *tap)] * read
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10)


def _cells_before(padding, spatial, kernel, stride):
    if padding == "same":
        total = [max((-(-i // s) - 1) * s + k - i, 0) for i, k, s in zip(spatial, kernel, stride, strict=True)]
        return [cells // 2 for cells in total]
    entries = np.broadcast_to(padding, len(spatial)) if np.ndim(padding) < 2 else [lo for lo, _ in padding]
    return list(entries)


def test_offsets_come_y_first_then_x_interleaved_per_tap():
    x = np.arange(30.0).reshape(1, 1, 5, 6)
    w = np.zeros((1, 1, 2, 3))
    w[0, 0, 1, 0] = 1  # tap 3 of the kernel
    for channel, step in ((2 * 3, 6), (2 * 3 + 1, 1)):  # one row down is 6 cells, one column right is 1
        offset = np.zeros((1, 12, 4, 4))
        offset[:, channel] = 1
        moved = deform_conv(x, w, offset) - deform_conv(x, w, np.zeros_like(offset))
        assert (moved[0, 0, :3, :3] == step).all()


def test_whole_offsets_shift_the_taps():
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(1, 2, 9, 8)), rng.normal(size=(3, 2, 1, 1))
    offset = np.zeros((1, 2, 9, 8))
    offset[:, 0], offset[:, 1] = 2, -1
    expected = np.zeros((1, 3, 9, 8))
    expected[..., :7, 1:] = conv(x, w)[..., 2:, :-1]
    np.testing.assert_allclose(deform_conv(x, w, offset), expected, rtol=0, atol=1e-13)


def test_a_mask_of_ones_changes_nothing_and_one_of_zeros_leaves_the_bias():
    x, w, offset, b, mask = operands(*CASES["two axes, unequal everything"])
    options = CASES["two axes, unequal everything"][-1]
    ones = deform_conv(x, w, offset, b, mask=np.ones_like(mask), **options)
    np.testing.assert_array_equal(ones, deform_conv(x, w, offset, b, **options))
    zeros = deform_conv(x, w, offset, b, mask=np.zeros_like(mask), **options)
    np.testing.assert_array_equal(zeros, np.broadcast_to(b[:, None, None], zeros.shape))


def test_positions_far_outside_read_zero():
    x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1))
    for far in (-1e6, -3.5, 3.0, 1e300):
        assert not deform_conv(x, w, np.full((1, 2, 3, 3), far)).any()


def test_a_linear_image_moves_by_its_slope():
    x = np.arange(8.0)[:, None] * 3 + np.arange(9.0) * 0.5
    moved = deform_conv(x[None, None], np.ones((1, 1, 1, 1)), np.full((1, 2, 8, 9), 0.25))[0, 0]
    np.testing.assert_allclose(moved[:-1, :-1], x[:-1, :-1] + 0.25 * 3.5, rtol=1e-14)


def test_read_between_weighs_the_corners_by_distance():
    image = np.array([[0.0, 4], [8, 12]])
    assert read_between(image, (0.25, 0.5)) == 4.0
    assert read_between(image, (1.0, 1.5)) == 6.0  # the right corners are outside and count 0
    assert read_between(image, (-1.0, 0.0)) == 0.0


@pytest.mark.parametrize("position", [(1.0,), (1.0, 2.0, 3.0), (np.nan, 0.0)])
def test_read_between_refuses_a_position_that_is_none(position):
    with pytest.raises(ValueError, match=r"read_between: position must be one finite number per axis, here 2. Got"):
        read_between(np.zeros((3, 4)), position)


def test_read_between_takes_a_position_in_a_list_or_in_an_array_of_one_axis():
    image = np.arange(12.0).reshape(3, 4)
    assert read_between(image, np.array([0.5, 1.25])) == read_between(image, [0.5, 1.25]) == 3.25
    for wrong in (np.array(0.5), np.array([[0.5, 1.25]])):
        with pytest.raises(ValueError, match=r"^read_between: position must be one finite number per axis, here 2"):
            read_between(image, wrong)


def test_read_between_refuses_what_is_no_array():
    with pytest.raises(TypeError, match="read_between: channel must be a NumPy array"):
        read_between([1.0, 2.0], [0.5])


def test_temporal_offsets_are_offsets_with_zeros_for_the_image_axes():
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(2, 2, 6, 5, 4)), rng.normal(size=(3, 2, 3, 2, 1))
    outputs = conv(x, w).shape[2:]
    temporal = rng.normal(size=(2, 6, *outputs))
    full = offsets_along(temporal, (0,), spatial_axes=3)
    by_hand = np.stack([temporal, 0 * temporal, 0 * temporal], axis=2).reshape(2, 18, *outputs)
    np.testing.assert_array_equal(full, by_hand)
    constant_in_time = np.broadcast_to(x[:, :, 2:3], x.shape)
    inside = np.clip(full, -0.4, 0.4)
    still = deform_conv(constant_in_time, w, np.zeros_like(full))[:, :, 1:-1]
    np.testing.assert_allclose(deform_conv(constant_in_time, w, inside)[:, :, 1:-1], still, atol=1e-12)


def test_offsets_along_keeps_the_order_of_the_axes():
    offset = np.arange(4.0).reshape(1, 4, 1, 1, 1)  # two taps, axes 2 and 0
    assert offsets_along(offset, (2, 0), spatial_axes=3)[0, :, 0, 0, 0].tolist() == [1, 0, 0, 3, 0, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_deform_conv_keeps_the_dtype(dtype):
    x, w, offset = np.ones((1, 1, 4, 4), dtype), np.ones((1, 1, 2, 2), dtype), np.zeros((1, 8, 3, 3), dtype)
    assert deform_conv(x, w, offset).dtype == dtype
    assert deform_conv_loops(x, w, offset).dtype == dtype


def test_deform_conv_takes_an_empty_batch_and_any_memory_layout():
    x, w, offset, b, mask = operands(*CASES["two axes, unequal everything"])
    options = CASES["two axes, unequal everything"][-1]
    expected = deform_conv(x, w, offset, b, mask=mask, **options)
    turned = [np.asfortranarray(array) for array in (x, w, offset)]
    np.testing.assert_allclose(deform_conv(*turned, b, mask=mask, **options), expected, rtol=0, atol=1e-12)
    empty = deform_conv(x[:0], w, offset[:0], b, mask=mask[:0], **options)
    assert empty.shape == (0, *expected.shape[1:])


def test_whole_number_images_are_interpolated_in_float():
    x = np.arange(16).reshape(1, 1, 4, 4)
    y = deform_conv(x, np.ones((1, 1, 1, 1), dtype=int), np.full((1, 2, 4, 4), 0.5))
    assert y[0, 0, 0, 0] == 2.5


X, W = np.zeros((2, 4, 6, 5)), np.zeros((6, 2, 3, 2))
OFFSET, MASK = np.zeros((2, 24, 4, 4)), np.zeros((2, 12, 4, 4))
REFUSED = {
    "a list for x": (TypeError, r"x must be a NumPy array.* Got x='list'", {"x": [[1.0]]}),
    "text for w": (TypeError, r"w must hold numbers", {"w": np.zeros((6, 2, 3, 2), dtype=str)}),
    "a complex x": (TypeError, r"x must hold real numbers. Got x.dtype='complex128'", {"x": X.astype(complex)}),
    "whole offsets": (TypeError, r"offset must be of a floating dtype", {"offset": OFFSET.astype(int)}),
    "nan": (
        ValueError,
        r"offset must be finite. Got not_finite=768",
        {"offset": np.full_like(OFFSET, np.nan)[:, :24]},
    ),
    "an unbatched x": (ValueError, r"input_shape must be \(N, C_in, \*S\)", {"x": X[0, 0]}),
    "offset of one axis too few": (
        ValueError,
        r"offset must have shape .*, here \(2, G·12, 4, 4\)",
        {"offset": OFFSET[:, 0]},
    ),
    "offset with wrong channels": (ValueError, r"Got offset.shape=\(2, 18, 4, 4\)", {"offset": OFFSET[:, :18]}),
    "offset without channels": (ValueError, r"Got offset.shape=\(2, 0, 4, 4\)", {"offset": OFFSET[:, :0]}),
    "offset of the input's size": (
        ValueError,
        r"Got offset.shape=\(2, 24, 6, 5\)",
        {"offset": np.zeros((2, 24, 6, 5))},
    ),
    "offset of another batch": (ValueError, r"Got offset.shape=\(1, 24, 4, 4\)", {"offset": OFFSET[:1]}),
    "mask with wrong channels": (
        ValueError,
        r"mask must have shape .* Got mask.shape=\(2, 11, 4, 4\)",
        {"mask": MASK[:, :11]},
    ),
    "mask of one group, offset of two": (ValueError, r"same number of offset groups", {"mask": MASK[:, :6]}),
    "offset groups that do not divide": (
        ValueError,
        r"C_in must be divisible by the offset groups G. Got C_in=4, G=3",
        {"offset": np.zeros((2, 36, 4, 4)), "mask": None},
    ),
    "stride 0": (ValueError, r"stride must be at least 1. Got stride=0", {"stride": 0}),
    "stride below 0": (ValueError, r"stride must be at least 1. Got stride=-1", {"stride": (1, -1)}),
    "dilation 0": (ValueError, r"dilation must be at least 1", {"dilation": 0}),
    "groups 0": (ValueError, r"groups must be at least 1", {"groups": 0}),
    "groups that do not divide": (ValueError, r"C_out must be divisible by groups", {"groups": 4}),
    "a bias per channel of x": (ValueError, r"b must have shape \(C_out,\)", {"b": np.zeros(4)}),
    "a kernel larger than the input": (ValueError, r"at least as long as the dilated kernel", {"dilation": 4}),
    "an unknown padding word": (ValueError, r"padding must be one of 'valid'", {"padding": "full"}),
}


@pytest.mark.parametrize("function", [deform_conv, deform_conv_loops])
@pytest.mark.parametrize(("error", "message", "change"), REFUSED.values(), ids=REFUSED)
def test_deform_conv_refuses(function, error, message, change):
    arguments = {"x": X, "w": W, "offset": OFFSET, "b": None, "mask": MASK, "groups": 2, **change}
    with pytest.raises(error, match=message) as caught:
        function(**arguments)
    assert str(caught.value).startswith(f"{function.__name__}: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes": (3,)}, r"axes must be different numbers from 0 to 2. Got axes=\(3,\)"),
        ({"axes": (0, 0)}, r"axes must be different numbers"),
        ({"axes": ()}, r"axes must name at least one axis"),
        ({"axes": (0, 1, 2)}, r"offset must have shape \(N, T·3, \*O\) with 3 spatial axes"),
        ({"spatial_axes": 2}, r"offset must have shape"),
        ({"spatial_axes": 0}, r"spatial_axes must be at least 1"),
    ],
)
def test_offsets_along_refuses(change, message):
    arguments = {"axes": (0,), "spatial_axes": 3, **change}
    with pytest.raises(ValueError, match=message):
        offsets_along(np.zeros((1, 4, 2, 2, 2)), **arguments)
