"""The multiply–accumulates of every multiplying operator, beside counts by hand and torch's own counter."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from reference_impl.conv_transpose.layers import SubPixelConv
from reference_impl.deform_conv.layers import DeformConv
from reference_impl.grouped.layers import ShuffledGroupedConv
from reference_impl.separable.layers import DepthwiseSeparableConv
from reference_impl.summary import summarize_torch, summary_text, summary_totals
from reference_impl.summary.products import COUNTED, kind_of, macs_of, operator_name


class Calls(nn.Module):
    """One function as a model."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def r(*shape):
    return torch.rand(shape)


BY_HAND = {  # a function, its inputs, and its multiply–accumulates
    "matmul": (torch.matmul, (r(2, 3, 4), r(4, 5)), 2 * 3 * 4 * 5),
    "matmul of stacks": (torch.matmul, (r(2, 1, 3, 4), r(7, 4, 5)), 2 * 7 * 3 * 4 * 5),
    "matrix times vector": (torch.mv, (r(3, 4), r(4)), 12),
    "matmul by a vector": (torch.matmul, (r(2, 3, 4), r(4)), 24),
    "dot": (torch.dot, (r(7), r(7)), 7),
    "vdot": (torch.vdot, (r(7), r(7)), 7),
    "bmm": (torch.bmm, (r(2, 3, 4), r(2, 4, 5)), 120),
    "addmm": (torch.addmm, (r(3, 5), r(3, 4), r(4, 5)), 60),
    "addmm in place": (lambda c, a, b: c.addmm_(a, b), (r(3, 5), r(3, 4), r(4, 5)), 60),
    "addmm of a row": (torch.addmm, (r(5), r(3, 4), r(4, 5)), 60),
    "baddbmm": (torch.baddbmm, (r(2, 3, 5), r(2, 3, 4), r(2, 4, 5)), 120),
    "baddbmm in place": (lambda c, a, b: c.baddbmm_(a, b), (r(2, 3, 5), r(2, 3, 4), r(2, 4, 5)), 120),
    "addbmm": (torch.addbmm, (r(3, 5), r(2, 3, 4), r(2, 4, 5)), 120),
    "addbmm in place": (lambda c, a, b: c.addbmm_(a, b), (r(3, 5), r(2, 3, 4), r(2, 4, 5)), 120),
    "addmv": (torch.addmv, (r(3), r(3, 4), r(4)), 12),
    "addmv in place": (lambda c, a, b: c.addmv_(a, b), (r(3), r(3, 4), r(4)), 12),
    "addr in place": (lambda c, a, b: c.addr_(a, b), (r(3, 4), r(3), r(4)), 12),
    "mm into": (lambda a, b: torch.mm(a, b, out=torch.empty(3, 5)), (r(3, 4), r(4, 5)), 60),
    "inner": (torch.inner, (r(2, 3), r(4, 3)), 24),
    "tensordot": (lambda a, b: torch.tensordot(a, b, dims=2), (r(2, 3, 4), r(3, 4, 5)), 120),
    "einsum": (lambda a, b: torch.einsum("nchw,cd->ndhw", a, b), (r(2, 3, 8, 9), r(3, 5)), 2 * 72 * 15),
    "einsum of three": (lambda a, b, c: torch.einsum("ij,jk,kl->il", a, b, c), (r(2, 3), r(3, 4), r(4, 5)), 24 + 40),
    "multi_dot": (lambda *m: torch.linalg.multi_dot(m), (r(9, 2), r(2, 9), r(9, 2)), 2 * 9 * 2 + 9 * 2 * 2),
    "matrix power": (lambda a: torch.linalg.matrix_power(a, 4), (r(3, 3),), 2 * 27),
    "linear": (F.linear, (r(2, 3, 4), r(5, 4), r(5)), 2 * 3 * 20),
    "bilinear": (F.bilinear, (r(2, 3), r(2, 5), r(7, 3, 5)), 2 * 7 * 3 * 5),
    "conv1d": (lambda x, w: F.conv1d(x, w, stride=2, padding=1), (r(2, 4, 9), r(6, 4, 3)), 2 * 6 * 5 * 12),
    "conv2d grouped": (lambda x, w: F.conv2d(x, w, groups=2), (r(1, 4, 6, 7), r(6, 2, 3, 2)), 6 * 4 * 6 * 12),
    "conv2d dilated": (lambda x, w: F.conv2d(x, w, dilation=2), (r(1, 4, 9, 7), r(6, 4, 3, 2)), 6 * 5 * 5 * 24),
    "conv2d unbatched": (F.conv2d, (r(4, 6, 7), r(6, 4, 3, 2)), 6 * 4 * 6 * 24),
    "conv3d": (F.conv3d, (r(1, 2, 4, 5, 6), r(3, 2, 2, 3, 2)), 3 * 3 * 3 * 5 * 24),
    "transposed 1-D": (lambda x, w: F.conv_transpose1d(x, w, stride=3), (r(2, 4, 5), r(4, 6, 4)), 2 * 4 * 5 * 24),
    "transposed grouped": (lambda x, w: F.conv_transpose2d(x, w, groups=2), (r(1, 4, 3, 5), r(4, 3, 2, 2)), 60 * 12),
    "conv_tbc": (lambda x, w, b: torch.conv_tbc(x, w, b, 1), (r(11, 2, 8), r(3, 8, 6), r(6)), 11 * 2 * 6 * 24),
    "attention": (F.scaled_dot_product_attention, (r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 4)), 2 * 6 * 5 * 7 * 4),
    "attention, other values": (
        F.scaled_dot_product_attention,
        (r(2, 3, 5, 4), r(2, 3, 7, 4), r(2, 3, 7, 6)),
        6 * 5 * 7 * (4 + 6),
    ),
    "covariance": (torch.cov, (r(3, 9),), 3 * 9 * 3),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_an_operator_counts_as_by_hand(name):
    function, inputs, expected = BY_HAND[name]
    rows = summarize_torch(Calls(function), example_inputs=inputs)
    assert summary_totals(rows)["macs"] == expected
    assert not rows[0]["uncounted"]


@pytest.mark.parametrize("name", BY_HAND)
def test_inference_mode_hides_nothing(name):
    function, inputs, expected = BY_HAND[name]
    rows = summarize_torch(Calls(torch.inference_mode()(function)), example_inputs=inputs)
    assert summary_totals(rows)["macs"] == expected
    assert not rows[0]["uncounted"]


UNSEEN = {  # torch's own counter gives zero for these
    *(
        "matrix times vector",
        "matmul by a vector",
        "dot",
        "vdot",
        "addbmm",
        "addbmm in place",
        "addmv",
        "addmv in place",
    ),
    *("addr in place", "addmm in place", "baddbmm in place", "bilinear", "conv_tbc", "attention"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_torchs_counter_agrees_where_it_counts(name):
    function, inputs, expected = BY_HAND[name]
    with FlopCounterMode(display=False) as counter:
        function(*[tensor.clone() for tensor in inputs])
    assert counter.get_total_flops() == (0 if name in UNSEEN else 2 * expected)


RECURRENT = {  # a layer, its input, and the products of one step with one row of the batch
    "LSTM": (nn.LSTM(3, 4, num_layers=2), r(5, 2, 3), 4 * 4 * (3 + 4 + 4 + 4)),
    "LSTM both ways": (nn.LSTM(3, 4, bidirectional=True), r(5, 2, 3), 2 * 4 * 4 * (3 + 4)),
    "LSTM in float64": (nn.LSTM(3, 4, dtype=torch.float64), r(5, 2, 3).double(), 4 * 4 * (3 + 4)),
    "GRU": (nn.GRU(3, 4), r(5, 2, 3), 3 * 4 * (3 + 4)),
    "RNN": (nn.RNN(3, 4), r(5, 2, 3), 4 * (3 + 4)),
}


@pytest.mark.parametrize("name", RECURRENT)
def test_a_recurrent_layer_uses_each_weight_once_a_step(name):
    layer, x, each = RECURRENT[name]
    totals = summary_totals(summarize_torch(layer, x))
    assert totals["macs"] == 5 * 2 * each
    assert totals["parameters"] == sum(parameter.numel() for parameter in layer.parameters())


APART = {  # a function and how it must be named
    "fft": (torch.fft.rfft2, (r(3, 8, 8),), "apart", "fast Fourier transforms"),
    "stft": (
        lambda x: torch.stft(x, 16, window=torch.ones(16), return_complex=True),
        (r(1, 80),),
        "apart",
        "fast Fourier transforms",
    ),
    "product": (torch.mul, (r(3), r(3)), "apart", "element-wise products"),
    "product in place": (lambda a, b: a.mul_(b), (r(3), r(3)), "apart", "element-wise products"),
    "outer": (torch.outer, (r(3), r(4)), "apart", "element-wise products"),
    "prelu": (F.prelu, (r(2, 3), r(3)), "apart", "element-wise products"),
    "resize": (lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"), (r(1, 2, 4, 4),), "apart", "interpolations"),
    "gate": (F.glu, (r(3, 4),), "apart", "element-wise products"),
    "weighted rows": (
        lambda rows, table, weights: F.embedding_bag(rows, table, mode="sum", per_sample_weights=weights),
        (torch.tensor([[0, 2, 5], [1, 1, 8]]), r(9, 4), r(2, 3)),
        "apart",
        "sums of rows",
    ),
    "a sum with a factor": (lambda x, y: torch.add(x, y, alpha=3), (r(3), r(3)), "apart", "element-wise products"),
    "rows added with a factor": (
        lambda x, y: x.index_add(0, torch.tensor([1, 0]), y, alpha=0.5),
        (r(2, 3), r(2, 3)),
        "apart",
        "element-wise products",
    ),
    "scattered products": (
        lambda x, y: x.scatter_reduce(0, torch.zeros(2, 3, dtype=torch.long), y, "prod"),
        (r(2, 3), r(2, 3)),
        "apart",
        "element-wise products",
    ),
    "products in place": (
        lambda x, y: x.scatter_(0, torch.zeros(2, 3, dtype=torch.long), y, reduce="multiply"),
        (r(2, 3), r(2, 3)),
        "apart",
        "element-wise products",
    ),
    "products of rows": (
        lambda x, y: x.index_reduce(0, torch.tensor([1, 0]), y, "prod"),
        (r(2, 3), r(2, 3)),
        "apart",
        "element-wise products",
    ),
    "x log y": (torch.xlogy, (r(3), r(3)), "apart", "functions of two numbers"),
    "polar": (torch.polar, (r(3), r(3)), "apart", "functions of two numbers"),
    "squared error": (F.mse_loss, (r(3), r(3)), "apart", "losses"),
    "softmax": (lambda x: x.softmax(1), (r(2, 3),), "apart", "softmaxes"),
    "running softmax": (lambda x: x.logcumsumexp(1), (r(2, 3),), "apart", "softmaxes"),
    "rows of a longest length": (
        lambda rows, table: F.embedding(rows, table, max_norm=1.0),
        (torch.tensor([[0, 2, 5], [1, 1, 8]]), r(9, 4)),
        "apart",
        "normalisations",
    ),
    "layer norm": (lambda x: F.layer_norm(x, (3,)), (r(2, 3),), "apart", "normalisations"),
    "distances": (torch.cdist, (r(40, 4), r(50, 4)), "uncounted", "_euclidean_dist"),
    "other distances": (lambda a, b: torch.cdist(a, b, p=1), (r(4, 4), r(5, 4)), "uncounted", "_cdist_forward"),
    "inverse": (torch.linalg.inv, (torch.eye(3),), "uncounted", "linalg_inv_ex"),
    "decomposition": (torch.linalg.svd, (r(3, 4),), "uncounted", "_linalg_svd"),
    "sparse": (lambda x: torch.sparse.mm(torch.eye(3).to_sparse(), x), (r(3, 4),), "uncounted", "_sparse_addmm"),
}


@pytest.mark.parametrize("name", APART)
def test_what_is_not_counted_is_named_with_how_often(name):
    function, inputs, where, kind = APART[name]
    rows = summarize_torch(Calls(lambda *given: (function(*given), function(*given))), example_inputs=inputs)
    assert rows[0][where][kind] % 2 == 0
    assert rows[0][where][kind] > 0
    assert rows[0]["macs"] == 0
    assert f"{kind} × {rows[0][where][kind]}" in str(rows)
    assert f"{kind} × {rows[0][where][kind]}" in summary_text(rows)
    assert ("NOT COUNTED" in str(rows)) == (where == "uncounted")


def test_an_operator_from_another_library_is_named():
    with torch.library._scoped_library("handbook", "DEF") as library:
        library.define("twice(Tensor x) -> Tensor")
        library.impl("twice", lambda x: x * 2, "CompositeExplicitAutograd")
        rows = summarize_torch(Calls(torch.ops.handbook.twice), (3, 4))
    assert rows[0]["uncounted"] == {"handbook::twice": 1}


MULTIPLYING = re.compile(
    r"mm$|_mm_|mv$|dot|^conv|_conv(olution)?($|_)|linear$|bilinear|attention|rnn_|lstm_|gru_|fft|dist|^addr$|solve$"
    r"|inverse$|_inv_?|det$|svd|eig|(^|_)qr$|chol|lstsq|lu_|pinv|matrix_exp|cross$|grid_sampl|upsample|^mul$|addc|encoder|^glu$|^_embedding_bag"
)
NO_PRODUCT = re.compile(  # names that only look so
    r"backward|flatten_weight|pack|_convert|search|_ctc|fft_.?fft|freq|reorder|resolve|slice|rrelu|_state|_mask|renorm|is_dis"
)


def dispatched():
    """Every operator of torch that takes tensors, in its forms that reach a dispatch mode."""
    for schema in torch._C._jit_get_all_schemas():
        namespace, _, name = schema.name.partition("::")
        packet = getattr(torch.ops.aten, name, None) if namespace == "aten" else None
        if packet and any("Tensor" in str(value.type) for value in schema.arguments):
            variant = schema.overload_name or "default"
            if variant in packet.overloads():
                yield packet, getattr(packet, variant)


def test_no_multiplying_operator_of_torch_is_silent():
    names, silent = set(), set()
    for packet, func in dispatched():
        name = operator_name(func)
        if MULTIPLYING.search(name) and not NO_PRODUCT.search(name):
            names.add(name)
            if name not in COUNTED and packet not in flop_registry and kind_of(func) == "silent":
                silent.add(name)
    assert len(names) > 120
    assert silent == set()


def meeting(func, operands):
    """How much random halves of the operands' numbers act together: 0 where each is only added."""
    size, draw = 1e-3, torch.Generator().manual_seed(7)
    given = [torch.rand(3, 3, dtype=torch.float64, generator=draw) * 0.8 + 0.1 for _ in range(operands)]
    moves = [torch.randn(3, 3, dtype=torch.float64, generator=draw) * size for _ in given]
    halves = [torch.rand(3, 3, generator=draw) < 0.5 for _ in given]

    def result(one, other):
        moved = [x + move * (half * one + ~half * other) for x, move, half in zip(given, moves, halves, strict=True)]
        return func(*moved).to(torch.complex128)

    return float((result(1, 1) - result(1, 0) - result(0, 1) + result(0, 0)).abs().max()) / size**2


def test_no_element_wise_operator_in_which_two_numbers_meet_is_silent():
    meets, silent = set(), set()
    for _, func in dispatched():
        required = [value for value in func._schema.arguments if not value.has_default_value()]
        plain = all(str(value.type) == "Tensor" and not value.kwarg_only for value in required)
        one = [str(value.type) for value in func._schema.returns] == ["Tensor"]
        if torch.Tag.pointwise not in func.tags or not plain or not one:
            continue
        try:
            together = meeting(func, len(required))
        except (RuntimeError, NotImplementedError):  # for whole numbers only
            continue
        if together > 1e-4:
            meets.add(operator_name(func))
            if kind_of(func) == "silent":
                silent.add(operator_name(func))
    assert {"mul", "xlogy", "hypot", "sigmoid_backward"} <= meets
    assert silent == set()


def test_every_name_that_is_counted_is_an_operator_of_torch():
    known = {operator_name(func) for _, func in dispatched()}
    assert {name for name in COUNTED if "::" not in name} <= known


def test_in_place_forms_are_of_the_same_kind():
    kinds = {}
    for _, func in dispatched():
        kinds.setdefault(operator_name(func), set()).add(kind_of(func))
    mixed = {name: found for name, found in kinds.items() if len(found) > 1}
    assert mixed == {}


OURS = {  # a layer of this package, its input, and its multiply–accumulates for 6 × 7 outputs
    "SubPixelConv": (SubPixelConv(4, 6, 2), (1, 4, 6, 7), 42 * 24 * 4 * 9),
    "DepthwiseSeparableConv": (DepthwiseSeparableConv(4, 6, 3, padding=1), (1, 4, 6, 7), 42 * (4 * 9 + 4 * 6)),
    "ShuffledGroupedConv": (ShuffledGroupedConv(4, 6, 3, padding=1, groups=2), (1, 4, 6, 7), 42 * 6 * 2 * 9),
    "DeformConv": (DeformConv(4, 6, 3, padding=1), (1, 4, 6, 7), 42 * 4 * 9 * (18 + 6)),
}


@pytest.mark.parametrize("name", OURS)
def test_our_own_layers_count_as_by_hand(name):
    layer, shape, expected = OURS[name]
    rows = summarize_torch(layer, shape)
    assert summary_totals(rows)["macs"] == expected
    assert summary_totals(rows)["parameters"] == sum(parameter.numel() for parameter in layer.parameters())
    assert not any(row["uncounted"] for row in rows)


def test_a_recurrent_network_in_one_operator_uses_each_matrix_once_a_step():
    steps, rows, entries, state = 5, 2, 3, 4
    weights = [r(4 * state, entries), r(4 * state, state), r(4 * state), r(4 * state)]  # two matrices, two biases
    by_hand = steps * rows * 4 * state * (entries + state)
    given = (r(steps, rows, entries), weights)
    assert macs_of(torch.ops.aten._cudnn_rnn.default, given, {}, r(steps, rows, state)) == by_hand
