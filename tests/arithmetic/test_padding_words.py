"""Half and full padding, and the cells that no window reads."""

import numpy as np
import pytest
import sympy

from reference_impl.arithmetic import conv_output_size, full_padding, half_padding, padding_pairs, unread_cells
from reference_impl.conv import conv


@pytest.mark.parametrize("kernel", [1, 3, 5, 11])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_half_padding_keeps_every_size_at_stride_1(kernel, dilation):
    padding = half_padding(kernel, dilation=dilation)
    for size in range(dilation * (kernel - 1) + 1, dilation * (kernel - 1) + 9):
        assert conv_output_size(size, kernel, padding=padding, dilation=dilation) == size


def test_half_padding_takes_an_even_kernel_when_its_dilated_length_is_odd():
    assert half_padding(4, dilation=2) == 3
    assert conv_output_size(10, 4, padding=3, dilation=2) == 10


def test_half_padding_refuses_a_kernel_without_a_middle():
    message = r"^half_padding: the dilated kernel must have an odd length; .*\. Got kernel_size=4, dilation=3$"
    with pytest.raises(ValueError, match=message):
        half_padding(4, dilation=3)


@pytest.mark.parametrize("mode_size", [(1, 1), (2, 7), (3, 8), (5, 5)])
def test_full_padding_gives_the_length_of_numpys_full_convolution(mode_size):
    kernel, size = mode_size
    length = len(np.convolve(np.ones(size), np.ones(kernel)))
    assert conv_output_size(size, kernel, padding=full_padding(kernel)) == length


def test_full_padding_uses_exactly_the_windows_that_touch_the_input():
    x, w = np.ones((1, 1, 6)), np.ones((1, 1, 3))
    touched = conv(x, w, padding=full_padding(3, dilation=2), dilation=2)
    assert (touched > 0).all()
    assert conv(x, w, padding=full_padding(3, dilation=2) + 1, dilation=2)[0, 0, [0, -1]].tolist() == [0, 0]


@pytest.mark.parametrize(("input_size", "kernel", "stride", "padding", "dilation"), [
    (224, 11, 4, 0, 1), (227, 11, 4, 0, 1), (10, 3, 2, 0, 1), (10, 3, 2, 1, 1), (10, 3, 4, (0, 1), 2),
    (7, 2, 3, "same", 1), (9, 1, 5, "valid", 1), (11, 3, 3, "same_lower", 2), (11, 2, 3, "causal", 1),
])  # fmt: skip
def test_unread_cells_are_the_ones_behind_the_last_window(input_size, kernel, stride, padding, dilation):
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    unread = unread_cells(input_size, kernel, **window)
    outputs = conv_output_size(input_size, kernel, **window)
    assert 0 <= unread < stride
    if unread:
        assert conv_output_size(
            input_size - unread, kernel, **window | _as_pair(padding, input_size, window, kernel)
        ) == (outputs)
    more = input_size + stride - unread
    assert conv_output_size(more, kernel, **window | _as_pair(padding, input_size, window, kernel)) == outputs + 1


def _as_pair(padding, input_size, window, kernel):
    """The padding that a word means at this size, so that changing the size does not change it."""
    entry = [padding] if isinstance(padding, tuple) else padding
    ((lo, hi),) = padding_pairs(entry, (input_size,), (kernel,), (window["stride"],), (window["dilation"],))
    return {"padding": (lo, hi)}


def test_changing_unread_cells_changes_no_output():
    x = np.arange(14.0).reshape(1, 1, 14)
    w = np.ones((1, 1, 3))
    unread = unread_cells(14, 3, stride=4)
    changed = x.copy()
    changed[..., -unread:] = 99
    assert unread == 3
    assert np.array_equal(conv(x, w, stride=4), conv(changed, w, stride=4))


@pytest.mark.parametrize("call", [
    lambda: half_padding(0), lambda: half_padding(3, dilation=0), lambda: full_padding(0),
    lambda: full_padding(3, dilation=0), lambda: unread_cells(0, 1), lambda: unread_cells(3, 0),
    lambda: unread_cells(3, 1, stride=0), lambda: unread_cells(3, 1, dilation=0),
    lambda: unread_cells(3, 1, padding=-1),
])  # fmt: skip
def test_sizes_below_their_least_value_are_refused(call):
    with pytest.raises(
        ValueError, match=r"^(half_padding|full_padding|unread_cells): \w+ must be at least [01]\. Got "
    ):
        call()


def test_a_kernel_longer_than_the_padded_input_has_no_unread_cells_but_an_error():
    message = (
        r"^unread_cells: the padded input must be at least as long as the dilated kernel, but 4 < 5\. Got input_size=4"
    )
    with pytest.raises(ValueError, match=message):
        unread_cells(4, 3, dilation=2)


def test_symbols_give_the_formulas():
    i, k, d, s = sympy.symbols("i k d s", positive=True, integer=True)
    assert sympy.simplify(half_padding(k, dilation=d) - d * (k - 1) / 2) == 0
    assert sympy.simplify(conv_output_size(i, k, padding=half_padding(k)) - i) == 0
    assert sympy.simplify(conv_output_size(i, k, padding=full_padding(k)) - (i + k - 1)) == 0
    assert unread_cells(i, k) == 0
    assert unread_cells(i, k, stride=s).subs({i: 224, k: 11, s: 4}) == 1
