"""NumPy, torch primitives and torch's kernels compute the same for every case, on smaller images; gradients too."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from scripts.timings.cases import CASES
from scripts.timings.implementations import IMPLEMENTATIONS, LIBRARY, NUMPY, TWIN, as_array
from scripts.timings.inputs import InputSet, as_tensors, input_sets, pool

SIZES = (5, 9, 7)  # of depth, height, width


def small(case):
    """The case with its channels and its options, on two small lopsided images."""
    axes = len(case.input_shape) - 2
    spread = max(step.options.get("dilation", 1) for step in case.steps) if axes == 1 else 0
    return dataclasses.replace(case, input_shape=(2, case.input_shape[1], *(size + spread for size in SIZES[-axes:])))


def exact(inputs):
    """The same numbers with 53 bits, smaller than one so that offsets stay near."""
    return InputSet(
        inputs.x.astype(np.float64), [tuple(a.astype(np.float64) / 4 for a in own) for own in inputs.operands]
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_all_implementations_of_a_case_agree(case):
    case = small(case)
    inputs = exact(input_sets(case, pool([case], cache=1))[0])
    tensors = as_tensors(inputs, "cpu", torch.float64, channels_last=False, leaves=True)
    results = {}
    for by in IMPLEMENTATIONS:
        if by.computes(case.steps):
            own = tensors if by.torch else inputs
            results[by.name] = by.compute(case.steps, own.x, own.operands)
    expected = as_array(results["numpy"])
    assert expected.shape == case.shapes[-1]
    for name, result in results.items():
        np.testing.assert_allclose(
            as_array(result), expected, rtol=0, atol=1e-11 * np.abs(expected).max(), err_msg=name
        )
    if "library" in results:
        weights = torch.sin(torch.arange(expected.size, dtype=torch.float64)).reshape(expected.shape)
        twin, library = (torch.autograd.grad(results[name], tensors.all, weights) for name in ("twin", "library"))
        for mine, theirs in zip(twin, library, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-11 * float(theirs.abs().max()))


def test_only_deformable_convolution_has_no_kernel_in_torch():
    without = {case.family for case in CASES if not LIBRARY.computes(case.steps)}
    assert without == {"deformable"}
    assert all(by.computes(case.steps) for case in CASES for by in (NUMPY, TWIN))


def test_sets_of_inputs_do_not_overlap_and_together_exceed_the_cache():
    case, cache = CASES[0], 8 << 20
    sets = input_sets(case, pool([case], cache))
    assert 4 * sum(array.size for one in sets for array in one.all) > cache
    spans = sorted((array.ctypes.data, array.ctypes.data + array.nbytes) for one in sets for array in one.all)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    assert [array.shape for array in sets[0].all] == [(1, 64, 56, 56), (64, 64, 3, 3)]


def test_a_cache_smaller_than_one_set_still_gives_a_set():
    assert len(input_sets(CASES[0], pool([CASES[0]], cache=1))) == 1


@pytest.mark.parametrize("rank", [4, 5])
def test_channels_last_is_a_layout_not_another_result(rank):
    shape = (2, 3, 4, 5, 6)[:rank]
    inputs = InputSet(np.arange(np.prod(shape), dtype=np.float32).reshape(shape), [()])
    made = as_tensors(inputs, "cpu", torch.bfloat16, channels_last=True, leaves=False).x
    assert made.stride()[1] == 1
    assert made.dtype == torch.bfloat16
    np.testing.assert_allclose(made.float().numpy(), inputs.x, rtol=1e-2)
