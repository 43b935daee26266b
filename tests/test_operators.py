"""What every operator promises that is written once for both libraries."""

import re
from itertools import product

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from tests.operators import OPERATORS, each, leaves, tensors
from tests.refusals import refused

WIDER = {
    "NumPy": "int8; convert the input with x.astype(np.int64)",
    "torch": "torch.int8; convert the input with x.long()",
}


@pytest.fixture(params=OPERATORS)
def operator(request):
    return OPERATORS[request.param]


@pytest.fixture(params=["NumPy", "torch"])
def library(request):
    return request.param


def given(operator, library, dtype="float64"):
    """The operator's arrays for a library, in a dtype."""
    arrays = each(lambda array: array.astype(dtype), operator.arrays)
    return arrays if library == "NumPy" else tensors(arrays)


def changed(arrays, function):
    """Each way to change one array of all, with its name: x, b, weights[1], factors[0][1]."""

    def within(value, name):
        if isinstance(value, (list, tuple)):
            for i, part in enumerate(value):
                for label, other in within(part, f"{name}[{i}]"):
                    yield label, type(value)([*value[:i], other, *value[i + 1 :]])
        else:
            yield name, function(value)

    for name, value in arrays.items():
        for label, other in within(value, name):
            yield label, {**arrays, name: other}


@pytest.mark.parametrize("dtype", ["float64", "int64", "complex128", "float32"])
def test_both_libraries_give_what_the_definition_gives(operator, library, dtype):
    if operator.floats_alone and "float" not in dtype:
        with pytest.raises(
            TypeError, match=f"^{operator.name}: .* must (hold (real|floating) numbers|be of a floating dtype)"
        ):
            operator(given(operator, library, dtype))
        return
    y = operator(given(operator, library, dtype))
    assert isinstance(y, np.ndarray if library == "NumPy" else torch.Tensor)
    want = operator.definition(**given(operator, "NumPy", dtype), **operator.options)
    np.testing.assert_array_equal(np.asarray(y), want.astype(dtype), strict=True)


def test_a_missing_bias_adds_nothing(operator, library):
    if "b" in operator.arrays:
        arrays = given(operator, library)
        without = operator({name: value for name, value in arrays.items() if name != "b"})
        np.testing.assert_array_equal(operator(arrays | {"b": None}), without)
        np.testing.assert_array_equal(operator(arrays | {"b": 0 * arrays["b"]}), without)


def test_arrays_that_are_views_and_batches_without_a_sample_are_taken(operator, library):
    arrays = given(operator, library)
    if library == "NumPy":
        views = each(lambda array: np.repeat(array, 2, axis=-1)[..., ::2], arrays)
    else:
        views = each(lambda array: array.repeat_interleave(2, dim=-1)[..., ::2], arrays)
    np.testing.assert_array_equal(operator(views), operator(arrays))
    if "x" in arrays:
        assert tuple(operator(operator.with_x(arrays, arrays["x"][:0])).shape) == (0, *operator(arrays).shape[1:])


def test_gradients_are_right_and_so_are_theirs_or_torch_has_none(operator):
    flat = [leaf.requires_grad_() for leaf in leaves(tensors(operator.arrays))]

    def function(*values):
        rest = iter(values)
        return operator(each(lambda _: next(rest), operator.arrays))

    assert gradcheck(function, flat, fast_mode=True)
    if operator.differentiable_once:
        with pytest.raises(
            NotImplementedError, match="the derivative for '_embedding_bag_backward' is not implemented"
        ):
            gradgradcheck(function, flat, fast_mode=True)
    else:
        assert gradgradcheck(function, flat, fast_mode=True)


def test_one_graph_serves_sizes_that_change(operator):
    torch._dynamo.reset()
    arrays = tensors(operator.arrays)
    graph = torch.compile(operator.function, backend="eager", fullgraph=True)
    sets = [arrays]
    if "x" in arrays:
        x = arrays["x"]
        for name, axis in product(("x", *operator.per_cell), (0, *range(2, x.ndim))):
            torch._dynamo.mark_dynamic(arrays[name], axis)  # an error if the graph were made for this size alone
        sets.append(operator.with_x(arrays, x.repeat(2, 1, *(3,) * (x.ndim - 2))))  # so that factors go on dividing
    for some in sets:
        torch.testing.assert_close(graph(**some, **operator.options), operator(some))


def test_an_export_takes_any_number_of_samples(operator):
    class Model(torch.nn.Module):
        def forward(self, arrays):
            return operator(arrays)

    arrays = tensors(operator.arrays)
    batch = torch.export.Dim.DYNAMIC  # an error if the graph were made for this number alone
    many = ("x", *operator.per_cell)
    shapes = {name: {0: batch} if name in many else each(lambda _: None, arrays[name]) for name in arrays}
    graph = torch.export.export(Model(), (arrays,), dynamic_shapes=(shapes,)).module()
    sets = [arrays]
    if "x" in arrays:
        sets.append(operator.with_x(arrays, arrays["x"].repeat(3, *(1,) * (arrays["x"].ndim - 1))))
    for some in sets:
        torch.testing.assert_close(graph(some), operator(some))


def test_16_bit_numbers_add_up_in_32_bits_and_are_rounded_once(operator, library):
    y = operator(given(operator, library, "float16"))
    want = operator.definition(**given(operator, "NumPy", "float32"), **operator.options)
    np.testing.assert_array_equal(np.asarray(y), want.astype(np.float16), strict=True)


def test_whole_numbers_are_exact_or_refused_in_the_name_of_the_function(operator, library):
    small = given(operator, library, "int8")
    if operator.floats_alone:
        with pytest.raises(
            TypeError, match=f"^{operator.name}: .* must (hold floating numbers|be of a floating dtype)"
        ):
            operator(small)
        return
    want = operator.definition(**given(operator, "NumPy", "int64"), **operator.options)
    if np.abs(want).max() < 128:
        np.testing.assert_array_equal(np.asarray(operator(small)), want.astype(np.int8), strict=True)
    if operator.multiplies:
        large = each(lambda array: 0 * array + 100, small)
        rule = f"{operator.name}: the result does not fit into {WIDER[library]} first. Got smallest="
        with pytest.raises(ValueError, match=f"^{re.escape(rule)}"):
            operator(large)


def test_what_is_no_array_of_numbers_of_the_same_library_is_refused_by_its_name(operator, library):
    name, arrays = operator.name, given(operator, library)
    first = next(changed(arrays, lambda _: None))[0]
    for label, other in changed(arrays, lambda _: 1.0):
        kind = {"NumPy": "NumPy array", "torch": "torch tensor"}[library]
        kind = "NumPy array or a torch tensor" if label == first else kind
        with refused(TypeError, f"{name}: {label} must be a {kind}. Got {label}='float'"):
            operator(other)
    for _, other in changed(arrays, lambda array: array != 0):
        with pytest.raises(TypeError, match=f"^{name}: .*(must hold numbers|must share one dtype)"):
            operator(other)


def test_none_is_an_array_only_where_it_is_a_bias(operator, library):
    for label, other in changed(given(operator, library), lambda _: None):
        if label in ("b", "mask"):
            operator(other)
        else:
            with pytest.raises(TypeError, match=f"^{operator.name}: .*must be a .*NoneType"):
                operator(other)


def test_an_array_that_hides_cells_is_refused(operator, library):
    for label, other in changed(
        given(operator, library), lambda a: np.ma.masked_array(a) if library == "NumPy" else a.to_sparse()
    ):
        rule = "must have no mask; fill it first" if library == "NumPy" else "must be dense"
        rule = f"{operator.name}: {label} {rule}. Got {label}"
        with pytest.raises(TypeError, match=f"^{re.escape(rule)}"):
            operator(other)


def test_the_widest_of_numpys_arrays_decides_the_dtype(operator):
    arrays = given(operator, "NumPy", "float32")
    for _, other in changed(arrays, lambda array: array.astype(np.float64)):
        assert operator(other).dtype == np.float64
        np.testing.assert_array_equal(operator(other), operator(arrays))


def test_tensors_of_unequal_dtypes_are_refused(operator):
    if operator.multiplies:
        for _, other in changed(tensors(operator.arrays), lambda tensor: tensor.float()):
            with pytest.raises(TypeError, match=f"^{operator.name}: .* must share one dtype and one device"):
                operator(other)
