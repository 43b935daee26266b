"""ONNX Runtime computes what reference_impl computes, from the node that a person would write."""

import re
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper
from onnx.reference import ReferenceEvaluator

from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose
from reference_impl.deform_conv import deform_conv
from reference_impl.frameworks import layer
from reference_impl.frameworks import onnx as written
from tests.frameworks.sweep import cases, round_trips, swept
from tests.refusals import refused

RUNTIME = f"ONNX Runtime {onnxruntime.__version__}"
OUTPUT_PADDING = f"{RUNTIME} takes only output_padding below the stride"
RULE = "Computed output shape is inconsistent with input spatial dimensions"


def one_node(operator: str, *arrays: np.ndarray, opset: int = 22, **attributes: Any) -> onnx.ModelProto:
    """A model of one node that reads these arrays."""
    names = ["x", "w", "third"][: len(arrays)]
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, arrays, strict=True)
    ]
    output = helper.make_tensor_value_info("y", inputs[0].type.tensor_type.elem_type, [None] * arrays[0].ndim)
    graph = helper.make_graph([helper.make_node(operator, names, ["y"], **attributes)], "g", inputs, [output])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def by_runtime(operator: str, *arrays: np.ndarray, **options: Any) -> np.ndarray:
    """The node in ONNX Runtime."""
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4
    model = one_node(operator, *arrays, **options).SerializeToString()
    session = onnxruntime.InferenceSession(model, quiet, providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip(["x", "w", "third"], arrays, strict=False)))[0]


def by_reference(operator: str, *arrays: np.ndarray, **options: Any) -> np.ndarray:
    """The node in the ONNX project's own evaluator."""
    evaluator = ReferenceEvaluator(one_node(operator, *arrays, **options))
    return evaluator.run(None, dict(zip(["x", "w", "third"], arrays, strict=False)))[0]


def whole(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Small whole numbers, so that equal means equal."""
    rng = np.random.default_rng(5)
    return [rng.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


def test_onnx_runtime_equals_reference_impl():
    equal, far, rules = swept(written, 600, seed=2)
    assert far == []
    assert set(rules) == {OUTPUT_PADDING}
    assert equal + rules.total() == 600
    assert equal > 580


def test_weights_come_back():
    assert all(round_trips(written, 48, seed=21))


def test_padding_comes_back():
    for given, *_ in cases(240, seed=22):
        try:
            attributes = written.padding_to(given)
        except ValueError:
            continue
        pads, extra = written.padding_from(given, **attributes)
        cells = [(lo, hi - more) for (lo, hi), more in zip(pads, extra, strict=True)]
        wanted = [(lo, hi - more) for (lo, hi), more in zip(given.pads, given.output_padding, strict=True)]
        assert cells == wanted, given


def test_onnx_refuses_words_that_it_does_not_know():
    plain = layer((1, 1, 8), (1, 1, 3))
    rule = f"padding_from: ONNX {onnx.__version__}"
    with refused(
        ValueError,
        f"{rule} knows auto_pad NOTSET, VALID, SAME_UPPER, SAME_LOWER; give pads. Got auto_pad='same'",
    ):
        written.padding_from(plain, auto_pad="same")
    with refused(
        ValueError,
        f"{rule} takes pads or auto_pad, not both; drop one. Got auto_pad='VALID', pads=[1, 1]",
    ):
        written.padding_from(plain, auto_pad="VALID", pads=[1, 1])
    with refused(ValueError, f"{rule} lists all begins, then all ends; give 2 numbers. Got pads=[1]"):
        written.padding_from(plain, pads=[1])


def test_onnx_runtime_takes_output_padding_below_the_stride_only():
    x, w = whole((1, 2, 4), (2, 3, 3))
    options = {"strides": [2], "dilations": [3], "output_padding": [2]}
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument, match=RULE):
        by_runtime("ConvTranspose", x, w, **options)
    wide = layer(x.shape, w.shape, kind="conv_transpose", stride=2, dilation=3, output_padding=2)
    with pytest.raises(ValueError, match=f"^call: {re.escape(OUTPUT_PADDING)}; pad the result"):
        written.call(wide)


def test_onnx_runtime_refuses_same_with_dilation():
    x, w = whole((1, 2, 8), (3, 2, 3))
    for word in ("SAME_UPPER", "SAME_LOWER"):
        with pytest.raises(Exception, match="Dilation not supported for AutoPadType"):
            by_runtime("Conv", x, w, auto_pad=word, dilations=[2])


@pytest.mark.parametrize("word", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("opset", [1, 11, 22])
def test_auto_pad_of_a_transposed_layer_cuts_as_keras_does(word, kernel, stride, opset):
    if kernel < stride and word != "VALID":
        return  # the next test
    x, w = whole((1, 2, 5), (2, 3, kernel))
    given = layer(x.shape, w.shape, kind="conv_transpose", stride=stride)
    pads, extra = written.padding_from(given, auto_pad=word)
    y = by_runtime("ConvTranspose", x, w, auto_pad=word, strides=[stride], opset=opset)
    assert np.array_equal(y, conv_transpose(x, w, stride=stride, padding=pads, output_padding=extra))


def test_onnx_runtime_gives_fewer_cells_than_the_standard_where_the_kernel_is_shorter_than_the_stride():
    x, w = whole((1, 2, 5), (2, 3, 1))
    options = {"auto_pad": "SAME_UPPER", "strides": [3]}
    assert by_runtime("ConvTranspose", x, w, **options).shape == (1, 3, 13)
    assert by_reference("ConvTranspose", x, w, **options).shape == (1, 3, 15)  # 5 · 3, as the standard says
    given = layer(x.shape, w.shape, kind="conv_transpose", stride=3)
    with pytest.raises(ValueError, match="kernel shorter than the stride; give output_padding"):
        written.padding_from(given, auto_pad="SAME_UPPER")


def test_output_shape_cuts_the_odd_cell_at_the_beginning_unless_same_upper():
    x, w = whole((1, 2, 5), (2, 3, 3))
    cut = {"strides": [2], "output_shape": [10]}
    assert np.array_equal(by_runtime("ConvTranspose", x, w, **cut), conv_transpose(x, w, stride=2, padding=[(1, 0)]))
    upper = by_runtime("ConvTranspose", x, w, auto_pad="SAME_UPPER", **cut)
    assert np.array_equal(upper, conv_transpose(x, w, stride=2, padding=[(0, 1)]))


def test_onnx_runtime_convolves_no_float64_on_the_cpu():
    x, w = (array.astype(np.float64) for array in whole((1, 2, 8), (3, 2, 3)))
    given = layer(x.shape, w.shape, bias=False)
    with pytest.raises(NotImplementedError, match=f"^run: {RUNTIME} has no kernel for this on the CPU; compute in fl"):
        written.run(given, x, w)
    assert np.array_equal(by_reference("Conv", x, w), conv(x, w))


def test_onnx_runtime_convolves_over_four_axes():
    x, w = whole((1, 2, 4, 3, 4, 5), (3, 2, 2, 1, 2, 3))
    assert np.array_equal(by_runtime("Conv", x, w, strides=[1, 2, 1, 2]), conv(x, w, stride=(1, 2, 1, 2)))


def test_the_reference_evaluator_of_onnx_fails_at_grouped_transposed_layers():
    x, w = whole((1, 4, 5), (4, 3, 3))
    assert np.array_equal(by_runtime("ConvTranspose", x, w, group=2), conv_transpose(x, w, groups=2))
    with pytest.raises(ValueError, match="reshape"):
        by_reference("ConvTranspose", x, w, group=2)


def test_deformable_layers_are_there_from_opset_19():
    x, w, offset = whole((1, 2, 6, 6), (3, 2, 3, 3), (1, 18, 4, 4))
    with pytest.raises(Exception, match="No Op registered for DeformConv with domain_version of 18"):
        by_runtime("DeformConv", x, w, offset, opset=18)
    y = by_runtime("DeformConv", x, w, offset / 8, opset=19)
    assert np.allclose(y, deform_conv(x, w, offset / 8), atol=1e-4)


def test_the_nodes_are_those_that_a_person_would_write():
    separable = layer((1, 2, 9), ((2, 1, 3), (4, 2, 1)), kind="separable", padding="causal")
    assert written.call(separable) == (
        '[helper.make_node("Conv", ["x", "depthwise"], ["t1"], pads=[2, 0], group=2), '
        'helper.make_node("Conv", ["t1", "pointwise", "b"], ["y"])]'
    )
