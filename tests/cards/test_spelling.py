"""The calls that the cards show are those that the frameworks' translations make today, and each of them runs."""

import importlib
import re

import numpy as np
import pytest

from scripts.cards import spelling, written
from scripts.cards.entries import CARDS, CONV

SHOWN = [(name, framework) for name, card in CARDS.items() if card.passes for framework in written.FRAMEWORKS]


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if card.passes])
def test_what_is_written_down_is_what_is_made_today(name):
    assert written.read()[name]["digest"] == written.digest(CARDS[name])
    for framework in written.FRAMEWORKS:
        assert written.read()[name][framework] == spelling.spelled(CARDS[name], framework)


def test_every_card_with_layers_is_written_down_and_no_other():
    assert written.read().keys() == {name for name, card in CARDS.items() if card.passes}


@pytest.mark.parametrize(("name", "framework"), SHOWN)
def test_the_call_computes_what_torch_computes(name, framework):
    module, torch = (
        importlib.import_module(f"reference_impl.frameworks.{written.FRAMEWORKS[one]}")
        for one in (framework, "PyTorch")
    )
    for number, one in enumerate(CARDS[name].passes):
        layer = spelling.example(CARDS[name], one, framework)
        assert module.call(layer) == written.read()[name][framework][number]["call"]
        rng = np.random.default_rng(number)
        x = rng.normal(size=layer.input_shape).astype(np.float32)
        shapes = spelling.shapes(one.w, {**spelling.EXAMPLE, **CARDS[name].example})
        pair = layer.kind == "separable"
        weights = [rng.normal(size=shape).astype(np.float32) for shape in (shapes if pair else [shapes])]
        w = tuple(weights) if pair else weights[0]
        b = rng.normal(size=layer.out_channels).astype(np.float32) if layer.bias else None
        y = module.run(layer, x, w, b)
        expected = torch.run(layer._replace(data_format="channels_first"), x, w, b)
        assert y.shape == layer.output_shape == expected.shape
        assert np.allclose(y, expected, rtol=1e-4, atol=1e-3 * np.abs(expected).max())


def test_a_card_whose_layer_has_changed_is_not_shown_with_old_calls():
    from dataclasses import replace

    changed = replace(CONV, example={"s": 3})
    with pytest.raises(ValueError, match=re.escape("run `python -m scripts.cards.spelling`")):
        written.calls("conv", changed)
    assert written.calls("deform_conv", CARDS["deform_conv"]) == {}
