"""Which rule an operator follows: by its kind, as its signature and torch's own tags tell it; a few go by name."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

import re
from collections.abc import Callable
from typing import Any

import torch
from torch._ops import OpOverload

from reference_impl.receptive_field import moves, sliding
from reference_impl.receptive_field.calls import Call
from reference_impl.receptive_field.seen import Seen

Rule = Callable[[Call], Seen | list[Seen]]

TORCH = ("aten", "prim", "prims")
NOISE = "rand|normal_|uniform_|bernoulli|exponential_|cauchy_|log_normal_|geometric_"
FRESH = re.compile(rf"(new_|empty|zeros|ones|full|arange|{NOISE})")
DENSE = re.compile(r"(linalg_(?!vector_norm)|_linalg|cholesky|inverse|matrix_|pinverse|lu_|qr|svd|eig|unique|nonzero)")
BY_NAME: list[tuple[str, Rule]] = [
    (r"_?convolution", sliding.convolution),
    (r"(_)?adaptive_(avg|max)_pool\dd", sliding.adaptive_pool),
    (r"(avg|max)_pool\dd(_with_indices)?", sliding.pool),
    (r"_?upsample_\w+", sliding.resampled),
    (r"(add)?(mm|mv|bmm)|baddbmm|dot|vdot|matmul", sliding.product),
    (r"_scaled_dot_product_\w*attention\w*", sliding.attention),
    (r"native_layer_norm|_fused_rms_norm", moves.normalised),
    (r"native_group_norm|(_)?native_batch_norm\w*|native_dropout|_prelu_kernel|rrelu_with_noise\w*", moves.first_only),
    (r"view|_unsafe_view|reshape|_reshape_alias|_reshape_copy", moves.reshaped),
    (r"copy_?", moves.copied),
    (r"bernoulli_?", moves.drawn),
    (r"where|masked_fill_?", moves.chosen),
    (r"(fill|zero)_?", moves.forgotten),
    (r"cat", moves.side_by_side),
    (r"stack", moves.stacked),
    (r"(constant_pad_nd|(reflection|replication)_pad\dd)", moves.padded),
    (r"flip|roll|rot90|repeat|repeat_interleave|(native_)?channel_shuffle|pixel_(un)?shuffle|\w+_copy", moves.moved),
    (r"index|index_select|gather|take_along_dim", moves.indexed),
    (r"cum(sum|prod|max|min)|logcumsumexp", moves.cumulative),
    (r"embedding", moves.embedded),
    (r"im2col", sliding.unfolded),
    (r"col2im", sliding.folded),
    (r"as_strided", moves.strided),
    (r"view_as_(real|complex)", moves.paired),
    (r"glu", moves.gated),
    (r"tri[lu]_?", moves.triangle),
]
NAMED = [(re.compile(pattern), rule) for pattern, rule in BY_NAME]


def rule_of(call: Call) -> Rule:
    """The rule of an operator.

    After the names come the kinds: views, which return an alias of their argument; what torch tags as pointwise;
    reductions, which take axes and keepdim; operators along an axis, which keep the shape; and operators of one
    tensor, or of self and other, that keep their shape and take no list of numbers: they work cell by cell.
    """
    schema, name = call.func._schema, call.name
    if call.func.namespace not in TORCH:  # whoever wrote it, its signature says nothing of what it reads
        return moves.unknown
    for pattern, rule in NAMED:
        if pattern.fullmatch(name):
            return rule
    words = {one.name for one in schema.arguments}
    aliases = any(one.alias_info and not one.alias_info.is_write for one in schema.returns)
    if aliases or torch.Tag.inplace_view in call.func.tags:  # such as transpose_, which writes no number
        return moves.moved
    if DENSE.match(name) or "index" in words or "indices" in words:
        return moves.unknown
    if torch.Tag.pointwise in call.func.tags:
        return moves.same
    if {"dim", "keepdim"} <= words or (call.out.ndim == 0 and len(call.sources()) == 1):
        return moves.reduced
    if "dim" in words and call.out.ndim == call.x.ndim:
        return moves.along
    return moves.same if _local(schema) and call.out.shape == _broadcast(call) else moves.unknown


def _local(schema: Any) -> bool:
    """Whether an operator takes one tensor, or self and other, and besides them single numbers and words only."""
    tensors = [one.name for one in schema.arguments if "Tensor" in str(one.type)]
    lists = any("List" in str(one.type) for one in schema.arguments)
    return (len(tensors) == 1 or tensors == ["self", "other"]) and not lists


def _broadcast(call: Call) -> torch.Size:
    """The shape that the operands have together."""
    return torch.broadcast_shapes(*(v.shape for v in call.given.values() if isinstance(v, torch.Tensor)))


def is_fresh(func: OpOverload) -> bool:
    """Whether an operator of torch only takes the shape of its argument, or fills it with noise."""
    name = func.overloadpacket.__name__
    odds = name.startswith("bernoulli") and not any(str(one.type) == "float" for one in func._schema.arguments)
    return func.namespace in TORCH and not odds and (bool(FRESH.match(name)) or name.endswith("_like"))
