"""How many multiply–accumulates each torch operator makes, and what the operators are that make none."""

import reference_impl.needs_torch  # noqa: F401  (says what to install)

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from math import prod
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.flop_counter import flop_registry

Count = Callable[[tuple[Any, ...], torch.Tensor], int]  # of the arguments and the result


def of_product(args: tuple[Any, ...], out: torch.Tensor) -> int:
    """(…, n, k) times (…, k, m): each number of the result sums k products."""
    return out.numel() * args[0].shape[-1]


def of_added_product(args: tuple[Any, ...], out: torch.Tensor) -> int:
    """A product that is added to the first argument."""
    return out.numel() * args[1].shape[-1]


def of_convolution(args: tuple[Any, ...], out: torch.Tensor) -> int:
    """Each output sums one filter; transposed, each input is spread by one. Taps on the padding count."""
    x, weight, transposed = args[0], args[1], args[6]
    return (x if transposed else out).numel() * prod(weight.shape[1:])


def of_attention(args: tuple[Any, ...], out: torch.Tensor) -> int:
    """Queries times keys, then weights times values; a causal mask saves nothing here."""
    query, key = args[0], args[1]
    return (query.numel() + out.numel()) * key.shape[-2]


def of_bilinear(args: tuple[Any, ...], _out: torch.Tensor) -> int:
    """x₁ᵀ A x₂ for each output: one term a weight, for each row of the batch."""
    return args[0].shape[0] * args[1].numel()


def of_recurrent_layer(args: tuple[Any, ...], _out: torch.Tensor) -> int:
    """One layer of a recurrent network: at each step, the input and the state times their weights."""
    x = args[0]
    return x.numel() // x.shape[-1] * (args[1].numel() + args[2].numel())


def of_recurrent_layers(args: tuple[Any, ...], _out: torch.Tensor) -> int:
    """All layers: at each step, each weight matrix is used once."""
    x = args[0]
    return x.numel() // x.shape[-1] * sum(weight.numel() for weight in args[1] if weight.ndim == 2)


def of_packed(args: tuple[Any, ...], out: torch.Tensor) -> int:
    """A quantised layer, whose weight (C_out, …) is packed with its bias: each output sums one filter."""
    with _disable_current_modes():
        weight = args[1].unpack()[0]
    return out.numel() * prod(weight.shape[1:])


COUNTED: dict[str, Count] = {
    **dict.fromkeys(("mm", "bmm", "matmul", "_int_mm", "_weight_int8pack_mm"), of_product),
    **dict.fromkeys(("addmm", "baddbmm", "_addmm_activation"), of_added_product),
    "addbmm": lambda args, _out: args[1].numel() * args[2].shape[-1],
    **dict.fromkeys(("mv", "dot", "vdot"), lambda args, _out: args[0].numel()),
    "addmv": lambda args, _out: args[1].numel(),
    "addr": lambda _args, out: out.numel(),
    **dict.fromkeys(("linear", "mkldnn_linear"), of_product),
    **dict.fromkeys(("convolution", "_convolution", "convolution_overrideable"), of_convolution),
    "conv_tbc": lambda args, out: out.numel() * prod(args[1].shape[:2]),
    "_trilinear": of_bilinear,
    "mkldnn_rnn_layer": of_recurrent_layer,
    **dict.fromkeys(("_cudnn_rnn", "miopen_rnn"), of_recurrent_layers),
    **dict.fromkeys(
        (
            f"_scaled_dot_product_{kernel}"
            for kernel in (
                "flash_attention",
                "flash_attention_for_cpu",
                "efficient_attention",
                "cudnn_attention",
                "fused_attention_overrideable",
                "attention_math",
            )
        ),
        of_attention,
    ),
    **dict.fromkeys(
        (
            f"quantized::{kind}"
            for kind in (
                *("linear", "linear_relu", "linear_dynamic", "linear_relu_dynamic", "linear_dynamic_fp16"),
                *(f"conv{axes}d{then}" for axes in (1, 2, 3) for then in ("", "_relu", "_dynamic")),
            )
        ),
        of_packed,
    ),
    "torchvision::deform_conv2d": lambda args, out: out.numel() * prod(args[1].shape[1:]),
}

APART = {  # arithmetic that is no sum of products, by kind
    "element-wise products": "mul div true_divide addcmul addcdiv lerp pow float_power square prod cumprod *cross"
    " _prelu_kernel glu fake_quantize* *_obs_fq_helper quantize_per_* dequantize _thnn_fused_*_cell native_dropout*"
    " _fused_dropout sigmoid_backward tanh_backward logit_backward silu_backward gelu_backward rrelu_with*backward",
    "functions of two numbers": "atan2 fmod remainder floor_divide hypot igamma* lcm ldexp logaddexp* polar *xlogy"
    " special_xlog1py *zeta *_polynomial_* *_shift __?shift__ __i?shift__ shift_*",
    "losses": "*_loss* binary_cross_entropy*",
    "normalisations": "*batch_norm* *layer_norm* *group_norm* *rms_norm* *weight_norm* *vector_norm norm *renorm"
    " var* std*",
    "softmaxes": "*softmax* log*sumexp",
    "poolings and means": "*_pool[123]d* mean nanmean",
    "interpolations": "*upsample_* *grid_sampler* *affine_grid*",
    "sums of rows": "_embedding_bag* embedding_*backward",  # weighted ones read between cells, for one
    "fast Fourier transforms": "*fft_?2?",
}

# Neither multiply nor hide something that does: they move, make, compare or add. Nor are functions of one number named,
# such as activations.
SILENT = """
    cat stack clone copy _to_copy lift* contiguous roll flip rot90 repeat* tile index* _unsafe_index* gather
    scatter* take* put embedding masked_* where nonzero* *unique* sort argsort topk kthvalue
    median nanmedian mode *_pad_*d *_pad[123]d tril* triu* pixel_*shuffle *channel_shuffle im2col col2im empty*
    new_* zeros* ones* full* arange* linspace* logspace* eye* scalar_tensor rand* bernoulli* normal* uniform*
    multinomial dropout *alpha_dropout feature_dropout fill* zero resize* set
    _local_scalar_dense item equal is_* sym_* _assert* bucketize* searchsorted* histc sum nansum amax amin max min
    aminmax argmax argmin any all cumsum cummax cummin count_nonzero max_unpool* *_scatter diag*
    block_diag isin _pack_padded* _pad_packed* _reshape_alias* *_copy narrow* _unsafe_view unsafe_* _conj*
    *_window bincount _linalg_check_errors complex _efficientzerotensor unfold hardswish
    log_sigmoid_forward msort trace exponential poisson geometric cauchy range as_strided
    squeeze unsqueeze t transpose allclose _unsafe_masked_index* _index_put_impl
    _fused_sdp_choice log_normal rrelu* _aminmax _stack reshape swap* record_stream meshgrid _chunk_cat fft_*freq
    expand detach _has_same_storage_numel unfold_backward
"""


def operator_name(func: OpOverload) -> str:
    """The name of an operator without its variant: `addmm` for `aten.addmm_.default`.

    Example:
        >>> operator_name(torch.ops.aten.addmm_.default)
        'addmm'
    """
    namespace, _, name = func._schema.name.partition("::")
    bare = name.rstrip("_") if not name.startswith("__") else name
    return bare if namespace in ("aten", "prim", "prims") else f"{namespace}::{bare}"


def macs_of(func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> int | None:
    """The multiply–accumulates of one operator; None if it is not one that is counted."""
    count, out = COUNTED.get(operator_name(func)), result[0] if isinstance(result, (tuple, list)) else result
    if any(isinstance(arg, torch.Tensor) and arg.layout != torch.strided for arg in args):
        return None  # of a sparse tensor only some numbers are multiplied
    if count:
        return count(args, out)
    known = flop_registry.get(func.overloadpacket)
    return known(*args, **kwargs, out_val=result) // 2 if known else None


@cache
def kind_of(func: OpOverload) -> str:
    """What an operator without counted products is: a kind of `APART`, "silent", or "not counted".

    Example:
        >>> [kind_of(op.default) for op in (torch.ops.aten.relu, torch.ops.aten.cat, torch.ops.aten._cdist_forward)]
        ['silent', 'silent', 'not counted']
    """
    name = operator_name(func)
    for kind, patterns in APART.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns.split()):
            return kind
    known = any(fnmatchcase(name, pattern) for pattern in SILENT.split())
    known = known or (func.namespace in ("prim", "prims", "profiler") and name != "svd")
    return "silent" if known or _is_pointwise(func, name) or _is_view(func) else "not counted"


def kind_of_call(func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """`kind_of`, and "element-wise products" where an argument makes them: a factor `alpha`, a `reduce` by products.

    Example:
        >>> add, x = torch.ops.aten.add.Tensor, torch.ones(3)
        >>> kind_of_call(add, (x, x), {}), kind_of_call(add, (x, x), {"alpha": 2})
        ('silent', 'element-wise products')
    """
    kind = kind_of(func)
    if kind != "silent" or not _has_factor(func):
        return kind
    names = (argument.name for argument in func._schema.arguments)
    given = dict(zip(names, args, strict=False)) | kwargs  # defaults are left out
    multiplies = given.get("alpha", 1) not in (1, -1) or given.get("reduce") in ("prod", "multiply", "mean")
    return "element-wise products" if multiplies else kind


@cache
def _has_factor(func: OpOverload) -> bool:
    """Whether an argument can make products of what is a sum without it."""
    return any(argument.name in ("alpha", "reduce") for argument in func._schema.arguments)


def _is_pointwise(func: OpOverload, name: str) -> bool:
    """Whether torch calls the operator element-wise; it does not repeat that for in-place forms."""
    packet = getattr(getattr(torch.ops, func.namespace), name, None)
    variants = [getattr(packet, variant) for variant in packet.overloads()] if packet else []
    return any(torch.Tag.pointwise in variant.tags for variant in (func, *variants))


def _is_view(func: OpOverload) -> bool:
    """Whether the result is another look at an argument."""
    kinds = [value.alias_info for value in func._schema.returns]
    return any(kind is not None and not kind.is_write for kind in kinds)
