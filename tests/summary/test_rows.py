"""Rows from other places than a named network: what totals and texts take, and what they refuse."""

import re

import pytest

from reference_impl.summary import summarize, summary_text, summary_totals

ROW = {
    "name": "mine",
    "kind": "attention",
    "output_shape": (2, 1000),
    "parameters": 1_000,
    "macs": 2_000_000,
    "activation_bytes": 8_000,
    "receptive_field": (3, 57),
}
MADE = "rows must be those of summarize. Got rows="


def test_rows_written_by_hand_have_totals_and_a_text():
    assert summary_totals([ROW, ROW]) == {"parameters": 2_000, "macs": 4_000_000, "activation_bytes": 16_000}
    assert summary_text((ROW, {**ROW, "name": "other", "receptive_field": None, "more": 1})).splitlines() == [
        "layer  kind       output shape  parameters       MACs  activation bytes  receptive field",
        "----------------------------------------------------------------------------------------",
        "mine   attention  2 × 1000           1,000  2,000,000             8,000           3 × 57",
        "other  attention  2 × 1000           1,000  2,000,000             8,000                –",
        "----------------------------------------------------------------------------------------",
        "total                                2,000  4,000,000            16,000",
    ]


@pytest.mark.parametrize("function", [summary_totals, summary_text])
@pytest.mark.parametrize(
    "rows",
    [
        3,
        None,
        "vgg16",
        ROW,
        [ROW, list(ROW)],
        [{key: ROW[key] for key in ROW if key != "macs"}],
        [ROW, {"name": "mine"}],
    ],
)
def test_what_is_not_rows_is_refused_by_the_name_of_the_function_called(function, rows):
    with pytest.raises(TypeError, match=f"^{function.__name__}: {re.escape(MADE)}"):
        function(rows)


def test_other_refusals_say_what_was_got():
    with pytest.raises(ValueError, match=r"^summary_text: there must be at least one row\. Got rows=\[\]$"):
        summary_text([])
    with pytest.raises(TypeError, match=r"^summarize: itemsize must be a whole number\. Got itemsize=4\.0$"):
        summarize("vgg11", itemsize=4.0)
    with pytest.raises(TypeError, match=r"^summarize: table must be a Network or the name of one\. Got table=None$"):
        summarize(None)


def test_axes_that_see_alike_share_one_number():
    rows = summarize("c3d")
    assert [row["receptive_field"] for row in rows[:3]] == [3, (3, 4, 4), (5, 8, 8)]  # 3 taps, 1×2×2, 3 taps again
