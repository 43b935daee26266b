"""Kinds of models that people asked about in public and that were wrong once: counts by hand, fields measured."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention.flex_attention import flex_attention

from reference_impl.receptive_field import receptive_field
from reference_impl.receptive_field.measure import measured_window
from reference_impl.summary import summarize_torch
from tests.refusals import refused

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)  # of scripts, of quantising

SHAPE = (1, 4, 12, 15)
CONV = 6 * 4 * 9 * 10 * 13  # of a 3 × 3 layer from 4 to 6 channels on SHAPE


class Calls(nn.Module):
    """One function of a model's parts and its input."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)


@torch.library.custom_op("handbook_tests::full_blur", mutates_args=())
def full_blur(x: torch.Tensor) -> torch.Tensor:
    """Looks at neighbours, which its signature does not tell, and its name begins as that of torch.full."""
    return F.avg_pool2d(x, 3, 1, 1)


@torch.library.custom_op("handbook_tests::shapeless", mutates_args=())
def shapeless(x: torch.Tensor) -> torch.Tensor:
    """Nobody said which shape it gives."""
    return F.avg_pool2d(x, 3, 1, 1)


@full_blur.register_fake
def _(x):
    return torch.empty_like(x)


def quantised():
    """A quantised layer, as torch.ao makes it."""
    from torch.ao import quantization as q

    model = nn.Sequential(q.QuantStub(), nn.Conv2d(4, 6, 3), nn.ReLU(), q.DeQuantStub()).eval()
    model.qconfig = q.get_default_qconfig("x86")
    q.prepare(model, inplace=True)
    model(torch.rand(SHAPE))
    return q.convert(model, inplace=True)


def macs(model, x=SHAPE):
    """The sum of a summary."""
    return sum(row["macs"] for row in summarize_torch(model, x).tree)


def in_inference_mode(model, x):
    with torch.inference_mode():
        return model.conv(x)


def lent(model, x):
    return torch.func.functional_call(model.conv, {"weight": model.conv.weight * 2}, (x,))


def branching(model, x):
    return torch.cond(x.sum() > 0, lambda y: model.conv(y), lambda y: model.other(y), (x,))


def looping(model, x):
    loop = torch._higher_order_ops.while_loop
    return loop(lambda step, y: step < 3, lambda step, y: (step + 1, y.clone() @ model.w), (torch.tensor(0), x))[1]


def test_a_scripted_model_is_counted_and_its_rows_are_those_of_its_layers():
    layers = nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3, groups=2))
    for model in (torch.jit.script(layers), torch.jit.trace(layers.eval(), torch.zeros(SHAPE))):
        rows = summarize_torch(model, SHAPE).tree
        named = {row["name"]: row["macs"] for row in rows if row["macs"]}
        assert named == {"0": CONV, "2": 6 * 3 * 9 * 8 * 11}
        assert sum(row["parameters"] for row in rows) == sum(p.numel() for p in layers.parameters())


def test_a_compiled_module_in_another_is_counted():
    assert macs(nn.Sequential(torch.compile(nn.Conv2d(4, 6, 3)), nn.ReLU())) == CONV


def test_parameters_that_are_only_lent_do_not_count():
    model = Calls(lent, conv=nn.Conv2d(4, 6, 3))
    rows = summarize_torch(model, SHAPE).tree
    assert sum(row["parameters"] for row in rows) == sum(p.numel() for p in model.parameters())
    assert sum(row["macs"] for row in rows) == CONV


def test_layers_that_are_made_while_running_have_their_parameters():
    def late(model, x):
        model.conv = nn.Conv2d(x.shape[1], 6, 3)
        return model.conv(x)

    model = Calls(late)
    assert sum(row["parameters"] for row in summarize_torch(model, SHAPE).tree) == 6 * 4 * 9 + 6
    assert not list(model.parameters())


def test_quantised_layers_are_counted_and_their_field_is_refused_by_name():
    model = quantised()
    assert macs(model) == CONV
    linear = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(5, 7), nn.ReLU()), {nn.Linear})
    assert macs(linear, (3, 5)) == 3 * 5 * 7
    rule = "NaN must pass through the model, but it ends in dequantize of 3 (DeQuantize). Got model='Sequential'"
    with refused(NotImplementedError, f"receptive_field: {rule}"):
        receptive_field(model, SHAPE)


@pytest.mark.parametrize("blur", [full_blur, shapeless])
def test_an_operator_that_somebody_else_wrote_is_named_and_its_field_is_measured(blur):
    model = Calls(lambda model, x: blur(model.conv(x)), conv=nn.Conv2d(4, 6, 3))
    summary = summarize_torch(model, SHAPE)
    assert summary.tree[0]["uncounted"] == {blur._opoverload._schema.name: 1}
    field = receptive_field(model, SHAPE, (5, 6))
    assert (field.how, field.window) == ("measured", ((4, 8), (5, 9)))


def test_operators_are_followed_in_inference_mode_as_elsewhere():
    model = Calls(in_inference_mode, conv=nn.Conv2d(4, 6, 3, stride=2))
    field = receptive_field(model, SHAPE, (3, 2))
    assert (field.how, field.window) == ("derived", ((6, 8), (4, 6)))
    assert measured_window(model, SHAPE, index=(3, 2)) == field.window
    assert summarize_torch(model, SHAPE)[0]["receptive_field"] == 3


def test_of_a_branch_that_torch_makes_the_one_that_runs_is_counted():
    model = Calls(branching, conv=nn.Conv2d(4, 6, 3), other=nn.Conv2d(4, 6, 1))
    assert macs(model, torch.ones(SHAPE)) == CONV
    assert macs(model, -torch.ones(SHAPE)) == 6 * 4 * 12 * 15
    field = receptive_field(model, torch.ones(SHAPE), (5, 6))
    assert (field.window, field.assumes) == (
        ((5, 7), (6, 8)),
        "what runs may depend on a number that Calls makes of the input; this ran on the input given",
    )


def test_of_a_loop_that_torch_makes_every_round_is_counted():
    assert macs(Calls(looping, w=nn.Parameter(torch.rand(5, 5))), (3, 5)) == 3 * 3 * 5 * 5


def test_flexible_attention_counts_all_queries_times_all_keys():
    assert macs(Calls(lambda model, x: flex_attention(x, x, x)), (1, 2, 16, 8)) == 2 * 2 * 16 * 16 * 8


def ragged(model, x, layout=torch.jagged):
    rows = torch.nested.as_nested_tensor([x[0], x[1][:2]], layout=layout)
    return torch.nested.to_padded_tensor(model.linear(rows), 0.0)


def test_rows_of_unequal_length_count_as_many_times_as_they_have_entries():
    model = Calls(ragged, linear=nn.Linear(5, 7))
    assert macs(model, torch.rand(2, 4, 5)) == (4 + 2) * 5 * 7
    field = receptive_field(model, torch.rand(2, 4, 5), 3)
    assert (field.how, field.window) == ("measured", ((0, 4),))


def test_nested_tensors_that_do_not_run_here_are_refused_with_a_way_round():
    model = Calls(lambda model, x: ragged(model, x, torch.strided), linear=nn.Linear(5, 7))
    words = r"module 'linear'|the model \(Calls\) itself .*; where it makes nested tensors, a padded tensor and a mask"
    with pytest.raises(ValueError, match=words):
        summarize_torch(model, torch.rand(2, 4, 5))


def test_another_operator_of_functions_is_refused_by_name():
    def scanned(model, x):
        return torch._higher_order_ops.scan(lambda a, b: (a + b, a * b), x[0], x)[1]

    with pytest.raises(NotImplementedError, match=r"torch\.cond, while_loop or flex_attention; write a Python loop"):
        summarize_torch(Calls(scanned), (3, 5))


def test_complex_products_count_one_and_a_complex_convolution_runs_as_three_real_ones():
    x = torch.rand(3, 5, dtype=torch.complex64)
    assert macs(nn.Linear(5, 7, dtype=torch.complex64), x) == 3 * 5 * 7
    assert macs(nn.Conv2d(4, 6, 3, dtype=torch.complex64), torch.rand(SHAPE, dtype=torch.complex64)) == 3 * CONV


def test_asking_for_the_device_makes_no_number_of_the_input():
    for model in (nn.GroupNorm(2, 4), nn.Softmax2d(), Calls(lambda model, x: F.normalize(x, dim=1))):
        assert receptive_field(model, SHAPE).assumes == ""
    assert receptive_field(Calls(lambda model, x: x[:, :, :-2] + x[:, :, 2:]), SHAPE).assumes == ""


def test_the_index_of_an_output_without_places_can_be_given_back():
    model = nn.Sequential(nn.Conv2d(4, 6, 3), nn.Flatten(), nn.Linear(6 * 10 * 13, 2))
    field = receptive_field(model, SHAPE)
    assert field.index == ()
    assert receptive_field(model, SHAPE, field.index).window == measured_window(model, SHAPE, index=field.index)
