"""The effective receptive field, by gradients."""

import pytest
import torch
from torch import nn

from reference_impl.receptive_field import effective_variance
from reference_impl.receptive_field.gradient import effective_deviation, effective_receptive_field


def box_stack(layers, kernel, axes=1):
    """Convolutions with equal weights and no bias, which keep the size."""
    kind = (nn.Conv1d, nn.Conv2d)[axes - 1]
    model = nn.Sequential(*(kind(1, 1, kernel, padding=kernel // 2, bias=False) for _ in range(layers)))
    for layer in model:
        nn.init.constant_(layer.weight, 1 / kernel**axes)
    return model


@pytest.mark.parametrize(("layers", "kernel"), [(1, 3), (4, 3), (16, 3), (3, 7)])
def test_equal_weights_spread_as_the_formula_says(layers, kernel):
    field = effective_receptive_field(box_stack(layers, kernel), (1, 1, 101), trials=1)
    (deviation,) = effective_deviation(field)
    assert deviation**2 == pytest.approx(float(effective_variance(kernel, layers)), rel=1e-5)


def test_the_effective_field_grows_with_the_root_of_the_depth():
    widths = [
        effective_deviation(effective_receptive_field(box_stack(n, 3), (1, 1, 161), trials=1))[0] for n in (5, 20, 80)
    ]
    assert widths[1] / widths[0] == pytest.approx(2, rel=1e-4)
    assert widths[2] / widths[1] == pytest.approx(2, rel=1e-4)


def test_the_effective_field_is_close_to_a_gaussian():
    field = effective_receptive_field(box_stack(40, 3), (1, 1, 101), trials=1)
    (deviation,) = effective_deviation(field)
    cells = torch.arange(101.0, dtype=torch.float64) - 50
    gaussian = torch.exp(-(cells**2) / (2 * deviation**2))
    assert float((field - gaussian).abs().max()) < 0.01


def test_random_weights_and_relu_fill_a_fraction_of_the_receptive_field():
    torch.manual_seed(3)
    layers = [module for _ in range(12) for module in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())]
    model = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), *layers)
    field = effective_receptive_field(model, (2, 2, 35, 41), trials=6)
    assert tuple(field.shape) == (35, 41)
    assert float(field.max()) == 1
    for deviation in effective_deviation(field):
        # with random weights it is the squared gradient that spreads like a box, so its size is √2 wider
        assert deviation == pytest.approx((2 * float(effective_variance(3, 13))) ** 0.5, rel=0.1)


def test_the_effective_field_repeats_with_its_seed_and_leaves_the_model_alone():
    model = nn.Sequential(nn.Conv1d(2, 3, 3, padding=1), nn.Tanh(), nn.Conv1d(3, 1, 5, padding=2)).train()
    one, two, other = (effective_receptive_field(model, (1, 2, 15), trials=3, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_model_without_parameters_has_an_effective_field():
    assert effective_receptive_field(nn.AvgPool1d(3, 1, 1), (1, 1, 7)).tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_deviations_are_those_of_each_axis():
    field = torch.zeros(5, 9)
    field[2, 1] = field[2, 7] = 1
    assert effective_deviation(field) == (0.0, 3.0)


def test_refusals():
    conv = nn.Conv1d(1, 1, 3)
    with pytest.raises(
        TypeError, match=r"effective_receptive_field: model must be a torch module\. Got model='NoneType'"
    ):
        effective_receptive_field(None, (1, 1, 8))
    with pytest.raises(
        ValueError, match=r"effective_receptive_field: input_shape must be \(N, C, \*S\) with at least one spatial axis"
    ):
        effective_receptive_field(conv, (1, 8))
    with pytest.raises(ValueError, match=r"effective_receptive_field: trials must be at least 1\. Got trials=0"):
        effective_receptive_field(conv, (1, 1, 8), trials=0)
    with pytest.raises(
        ValueError, match=r"effective_receptive_field: the middle output must have a gradient\. Got trials=2"
    ):
        effective_receptive_field(nn.Sequential(conv, nn.Threshold(1e9, 0.0)), (1, 1, 8), trials=2)
    with pytest.raises(
        ValueError, match=r"effective_receptive_field: the model must run .* module '0' \(Conv1d\) says"
    ):
        effective_receptive_field(nn.Sequential(conv), (1, 2, 8))
    with pytest.raises(
        ValueError, match=r"effective_receptive_field: the model must hold numbers: .*on_meta='0.weight'"
    ):
        effective_receptive_field(nn.Sequential(nn.Conv1d(1, 1, 3, device="meta")), (1, 1, 8))
    with pytest.raises(TypeError, match=r"effective_deviation: field must be a torch tensor\. Got field='list'"):
        effective_deviation([1.0])
    for field in (torch.zeros(3), torch.tensor([1.0, -1.0]), torch.tensor(1.0)):
        with pytest.raises(
            ValueError, match=r"effective_deviation: field must have axes, no negative and some positive values"
        ):
            effective_deviation(field)


def test_a_field_of_complex_numbers_is_refused():
    with pytest.raises(TypeError, match=r"field must hold real numbers\. Got field\.dtype='torch\.complex64'"):
        effective_deviation(torch.ones(3, dtype=torch.complex64))
