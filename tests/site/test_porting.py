"""The page "Port a layer" says what reference_impl.frameworks does."""

from itertools import permutations

import numpy as np
import pytest

from scripts.site import companions, porting, programs, tabs

C_in, m, k_H, k_W = 5, 11, 2, 3  # as the page's expressions have them
WAYS = list(permutations(porting.FRAMEWORKS, 2))


@pytest.mark.parametrize("kind", porting.WEIGHTS)
@pytest.mark.parametrize(("a", "b"), WAYS)
def test_the_expression_carries_a_weight_over(a, b, kind):
    x, shape, options = porting.WEIGHTS[kind]
    weight = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    there, here = (
        np.asarray(porting.file(name).weight_to(programs.described(name, x, shape, options), weight)) for name in (a, b)
    )
    expression = porting.permutation(a, b, "depthwise" if kind == "depthwise" else "conv")
    assert np.array_equal(eval(expression, {"w": there, "C_in": C_in, "m": m, "k_H": k_H, "k_W": k_W}), here)


def test_every_axis_of_a_weight_has_its_letter():
    table = porting.weight_layouts()
    assert "| Keras | (k_H, k_W, C_in, C_out) | (k_H, k_W, C_in, m) | (k_H, k_W, C_out, C_in) |" in table
    assert "| ONNX | (C_out, C_in, k_H, k_W) | (m·C_in, 1, k_H, k_W) | (C_in, C_out, k_H, k_W) |" in table


def test_a_plain_layer_is_spelled_for_both_layouts_of_the_data():
    table = porting.data_layouts()
    assert "| PyTorch | `F.conv2d(x, w)` | `F.conv2d(x.permute(0, 3, 1, 2), w).permute(0, 2, 3, 1)` |" in table
    assert '`keras.layers.Conv2D(3, 3, use_bias=False, data_format="channels_first")`' in table
    assert table.count("\n") == 1 + len(porting.FRAMEWORKS)


def test_a_spelling_is_the_line_or_the_rule():
    table = porting.spelled((1, 2, 9), (4, 2, 3), stride=2, dilation=2)
    assert '| ONNX | `helper.make_node("Conv", ["x", "w"], ["y"], strides=[2], dilations=[2])` |' in table
    assert "refuses strides above 1 with dilations above 1 in ordinary and transposed layers; use stride 1" in table
    assert "Got" not in table


def test_there_is_a_way_from_each_to_each():
    page = porting.pairs("docs/port.md")
    assert page.count("### From ") == page.count("largest difference: 0.0") == len(WAYS) == 20


def test_what_the_other_has_no_words_for_is_listed():
    listed = "".join(porting._refusals("torch", "keras"))
    assert "groups of a transposed layer: Keras" in listed
    assert "".join(porting._refusals("keras", "torch")) == ""


def test_a_way_that_changes_the_numbers_stops_the_build(monkeypatch):
    monkeypatch.setattr(porting, "permutation", lambda a, b, kind: "w * 2")
    with pytest.raises(ValueError, match=r"from PyTorch to JAX: largest difference: [1-9]"):
        porting._way("docs/port.md", "torch", "jax")


def test_a_missing_framework_leaves_the_page_as_it_is(monkeypatch):
    there = porting._way("docs/port.md", "torch", "jax")
    monkeypatch.setattr(companions, "_is_here", lambda name: name != "jax")
    monkeypatch.delenv("CI", raising=False)
    assert porting._way("docs/port.md", "torch", "jax") == there
    assert "which has no JAX" in tabs.with_notes("docs/port.md", there)


def test_every_difference_is_told_with_its_releases():
    table = porting.differences()
    assert "| onnx 1.23.2, onnxruntime 1.32.0 | ONNX Runtime has DeformConv from opset 19" in table
    assert table.count("\n") == len(porting.DIFFERENCES) + 1
