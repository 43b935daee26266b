"""What tests of refusals share: an error word for word, and the options that every convolution refuses."""

import re

import pytest

# Of a convolution over cells (6, 5) with a kernel of (3, 3): options, message without the function's name
WRONG_OPTIONS = [
    ({"stride": 0}, "stride must be at least 1. Got stride=0"),
    ({"padding": -1}, "padding must be at least 0. Got padding=-1"),
    ({"dilation": 0}, "dilation must be at least 1. Got dilation=0"),
    (
        {"dilation": 3},
        "the padded input must be at least as long as the dilated kernel, but 6 < 7. "
        "Got input_size=6, padding=(0, 0), kernel_size=3, dilation=3",
    ),
    (
        {"padding_mode": "mirror"},
        "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular'. Got padding_mode='mirror'",
    ),
    (
        {"padding": (5, 5), "padding_mode": "reflect"},
        "padding_mode 'reflect' can add at most input size − 1 cells a side. Got padding=(5, 5), input_size=5",
    ),
]


def refused(error, message):
    """Expect `error` with this message and nothing else."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")
