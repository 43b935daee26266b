"""Convolutions to try: lopsided on purpose, with seeded random operands."""

import numpy as np

# x shape, w shape, options
CASES = {
    "one axis, even size, stride 2": ((2, 3, 8), (4, 3, 3), {"stride": 2, "padding": 1}),
    "one axis, one channel, long kernel": ((2, 1, 23), (3, 1, 9), {"stride": 4, "padding": ((3, 5),)}),
    "one axis, causal, dilated": ((3, 2, 9), (2, 2, 3), {"dilation": 3, "padding": "causal"}),
    "one axis, channels enough to slide": ((2, 70, 9), (3, 70, 4), {"padding": 2, "dilation": 2}),
    "two axes, unequal everything": (
        (2, 4, 7, 6),
        (6, 2, 3, 2),
        {"groups": 2, "stride": (2, 1), "padding": ((0, 1), (2, 0)), "dilation": (1, 2)},
    ),
    "two axes, channels enough to slide": ((2, 24, 6, 5), (5, 24, 2, 3), {"padding": (1, 2), "dilation": (3, 1)}),
    "two axes, sliding, grouped": ((2, 66, 5, 4), (4, 33, 3, 2), {"padding": "same", "groups": 2}),
    "one row of output, channels enough to slide": ((1, 30, 4, 7), (2, 30, 4, 3), {}),
    "one cell": ((2, 6, 4, 3), (4, 3, 1, 1), {"groups": 2}),
    "one cell, padded": ((2, 3, 4, 3), (4, 3, 1, 1), {"padding": (1, 2)}),
    "one cell, strided": ((2, 3, 5, 4), (4, 3, 1, 1), {"stride": (2, 3)}),
    "depthwise": ((2, 3, 6, 5), (3, 1, 3, 2), {"groups": 3, "padding": "same_lower", "stride": 2}),
    "depthwise, two filters a channel": ((2, 3, 6, 5), (6, 1, 2, 3), {"groups": 3, "dilation": 2}),
    "stride larger than the kernel": ((2, 2, 11, 9), (3, 2, 2, 1), {"stride": (5, 4)}),
    "kernel as large as the input": ((2, 3, 4, 5), (2, 3, 4, 5), {}),
    "kernel larger than the input, padded": ((1, 2, 2, 3), (2, 2, 5, 4), {"padding": 2}),
    "three axes": ((2, 2, 4, 5, 3), (4, 1, 2, 3, 2), {"groups": 2, "stride": (1, 2, 1), "padding": "same"}),
    "three axes, sliding": ((1, 8, 4, 5, 4), (3, 8, 3, 2, 3), {"padding": (1, 0, 1), "dilation": (1, 2, 1)}),
    "three axes, strided": ((2, 2, 5, 6, 7), (3, 2, 2, 1, 3), {"stride": (2, 3, 2), "padding": ((0, 2), 1, 0)}),
}


def operands(x_shape, w_shape, dtype=np.float64):
    """x, w and b of these shapes: normal numbers, or small whole ones, or complex ones."""
    rng = np.random.default_rng(sum(x_shape) * 31 + sum(w_shape))

    def draw(shape):
        if np.dtype(dtype).kind in "iu":
            return rng.integers(0 if np.dtype(dtype).kind == "u" else -4, 5, size=shape).astype(dtype)
        values = rng.normal(size=shape)
        return (values + 1j * rng.normal(size=shape) if np.dtype(dtype).kind == "c" else values).astype(dtype)

    return draw(x_shape), draw(w_shape), draw(w_shape[0])
