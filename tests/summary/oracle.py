"""Multiply–accumulates counted where Python calls torch, not where torch's kernels are: an independent oracle."""

from math import prod

import torch
from torch.overrides import TorchFunctionMode


def products(a, b):
    """Of a matrix product with stacks, as matmul takes it."""
    a = a if a.ndim > 1 else a[None]
    b = b if b.ndim > 1 else b[:, None]
    stack = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return prod(stack) * a.shape[-2] * a.shape[-1] * b.shape[-1]


def of_einsum(out, equation, *operands):
    """Two operands: every pair of numbers that meets."""
    operands = operands[0] if isinstance(operands[0], (list, tuple)) else operands
    words = [word.strip() for word in equation.split("->")[0].split(",")]
    assert len(words) == len(operands) == 2
    pairs = zip(words, operands, strict=True)
    sizes = {letter: size for word, tensor in pairs for letter, size in zip(word, tensor.shape, strict=True)}
    return prod(sizes.values())


def of_attention(_, query, key, *__, **___):
    """Four projections of width E, and two products of all queries with all keys; (L, N, E) and (S, N, E)."""
    (targets, rows, width), sources = query.shape, key.shape[0]
    return rows * width * (2 * targets * width + 2 * sources * width + 2 * targets * sources)


COUNTS = {  # name of the function: result and arguments to multiply–accumulates
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), lambda out, x, w, *_, **__: out.numel() * w[0].numel()),
    **dict.fromkeys(
        ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
        lambda _, x, w, *__, **___: x.numel() * w[0].numel(),
    ),
    "linear": lambda _, x, w, *__, **___: x.numel() * w.shape[0],
    **dict.fromkeys(("matmul", "__matmul__", "bmm", "mm"), lambda _, a, b: products(a, b)),
    "__rmatmul__": lambda _, a, b: products(b, a),
    "baddbmm": lambda _, c, a, b, **__: products(a, b),
    "einsum": of_einsum,
    "gru": lambda _, x, __, weights, *___: x.numel() // x.shape[-1] * sum(w.numel() for w in weights if w.ndim == 2),
    "multi_head_attention_forward": of_attention,
    "scaled_dot_product_attention": lambda out, q, k, *_, **__: (q.numel() + out.numel()) * k.shape[-2],
}


class Oracle(TorchFunctionMode):
    """Adds up what the functions of torch that a model calls must cost."""

    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        count = COUNTS.get(getattr(func, "__name__", ""))
        if count:
            self.macs += count(out, *args, **(kwargs or {}))
        return out
