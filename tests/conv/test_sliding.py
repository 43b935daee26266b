"""Where kernel rows share their columns: cases large enough that `conv` does it, in several blocks of output rows."""

import numpy as np
import pytest
import torch

from reference_impl.arithmetic import conv_geometry
from reference_impl.conv import conv, products
from tests.conv.cases import operands

# x shape, w shape, options: outputs × filters ≥ 2 × overlap × terms of a kernel row, and at least 64 such terms
SLIDING = {
    "one axis": ((2, 66, 75), (8, 66, 4), {"dilation": 2, "padding": 1}),
    "two axes": ((2, 22, 11, 7), (9, 22, 2, 3), {"padding": (1, 0)}),
    "two axes, dilated, strided along the row": (
        (3, 23, 14, 9),
        (13, 23, 2, 3),
        {"dilation": (2, 3), "stride": (1, 2), "padding": (2, 1)},
    ),
    "two axes, grouped": ((2, 44, 13, 6), (18, 22, 3, 3), {"groups": 2, "padding": (2, 1)}),
    "three axes": ((2, 11, 4, 9, 5), (7, 11, 2, 3, 3), {"dilation": (2, 1, 1), "padding": (1, 1, 0)}),
}
CONV = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}


@pytest.mark.parametrize("case", SLIDING.values(), ids=SLIDING)
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_rows_that_share_columns_add_up_to_the_convolution(case, dtype, monkeypatch):
    decisions, decide = [], products._slides
    monkeypatch.setattr(products, "_slides", lambda *given: decisions.append(decide(*given)) or decisions[-1])
    x, w, b = operands(*case[:2], dtype)
    y = conv(x, w, b, **case[-1])
    assert decisions == [True]
    expected = CONV[x.ndim - 2](*map(torch.tensor, (x, w, b)), **case[-1]).numpy()
    np.testing.assert_allclose(y, expected, rtol=0, atol=0 if dtype is np.int64 else 1e-12)


@pytest.mark.parametrize(
    ("w_shape", "options", "least"),
    [
        ((5, 22, 3, 3), {}, 4 * 66),  # two rows are read again; a block must hold twice as many
        ((5, 22, 3, 3), {"dilation": (3, 1)}, 12 * 66),
        ((6, 11, 2, 2, 3), {"groups": 2}, 2 * 2 * 66),
        ((5, 16, 2, 4), {}, 2 * 64),
    ],
)
def test_rows_share_columns_where_a_block_holds_twice_what_is_read_again(w_shape, options, least):
    groups = options.get("groups", 1)
    x, w = np.zeros((1, groups * w_shape[1], *(9,) * (len(w_shape) - 2))), np.zeros(w_shape)
    plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
    geometry = conv_geometry(x.shape, w.shape, **plain | options)
    grouped = (groups, w_shape[0] // groups, *w_shape[1:])
    assert products._slides(grouped, geometry, least)
    assert not products._slides(grouped, geometry, least - 1)
    strided = geometry._replace(stride=(*geometry.stride[:-2], 2, 1))
    assert not products._slides(grouped, strided, 10 * least)
    terms_of_a_row = int(np.prod(w_shape[1:])) // w_shape[-2]
    fewer = (*grouped[:2], (63 * w_shape[1]) // terms_of_a_row, *grouped[3:])  # sums of at most 63 terms
    assert not products._slides(fewer, geometry, 10 * least)


def test_sums_of_63_terms_are_too_short_to_share_columns():
    plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
    geometry = conv_geometry((1, 21, 9, 9), (5, 21, 3, 3), **plain)
    assert not products._slides((1, 5, 21, 3, 3), geometry, 10**6)
    assert products._slides((1, 5, 22, 3, 3), geometry, 10**6)
