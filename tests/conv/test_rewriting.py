"""Folded and inflated weights: one layer does what two did, in NumPy and torch, exactly where the docstrings say so."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from reference_impl.arrays import pad
from reference_impl.conv import conv, fold_batch_norm, fold_input_normalisation, inflate_kernel

RNG = np.random.default_rng(11)
X, W, B = RNG.normal(size=(2, 4, 7, 6)), RNG.normal(size=(6, 2, 3, 2)), RNG.normal(size=6)
MEAN, VARIANCE, SCALE, SHIFT = RNG.normal(size=6), RNG.uniform(0.5, 2, 6), RNG.normal(size=6), RNG.normal(size=6)
OPTIONS = {"groups": 2, "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}


def tensors(*arrays):
    return [torch.tensor(array) for array in arrays]


def test_a_folded_batch_norm_does_what_torch_does_in_two_layers():
    layer = nn.Conv2d(4, 6, (3, 2), **OPTIONS).double()
    norm = nn.BatchNorm2d(6, eps=1e-3).double().eval()
    norm.running_mean, norm.running_var = tensors(MEAN, VARIANCE)
    with torch.no_grad():
        for name, value in (("weight", SCALE), ("bias", SHIFT)):
            getattr(norm, name).copy_(torch.tensor(value))
        two = norm(layer(torch.tensor(X)))
        w, b = fold_batch_norm(
            layer.weight, layer.bias, norm.running_mean, norm.running_var, scale=norm.weight, shift=norm.bias, eps=1e-3
        )
        one = conv(torch.tensor(X), w, b, **OPTIONS)
    torch.testing.assert_close(one, two)
    theirs = torch.nn.utils.fusion.fuse_conv_bn_weights(
        layer.weight, layer.bias, norm.running_mean, norm.running_var, 1e-3, norm.weight, norm.bias
    )
    torch.testing.assert_close(w, theirs[0].data)
    torch.testing.assert_close(b, theirs[1].data)


@pytest.mark.parametrize(
    "missing", [{"scale": None}, {"shift": None}, {"b": None}, {"scale": None, "shift": None, "b": None}]
)
def test_what_is_left_out_changes_nothing(missing):
    neutral = {"b": np.zeros(6), "scale": np.ones(6), "shift": np.zeros(6)}
    given = {"b": B, "scale": SCALE, "shift": SHIFT} | missing
    filled = given | {name: neutral[name] for name in missing}
    for ours, full in zip(folded(**given), folded(**filled), strict=True):
        np.testing.assert_array_equal(ours, full)


def folded(b, scale, shift):
    return fold_batch_norm(W, b, MEAN, VARIANCE, scale=scale, shift=shift)


def test_both_libraries_fold_alike():
    for array, tensor in zip(
        fold_batch_norm(W, B, MEAN, VARIANCE, scale=SCALE, shift=SHIFT),
        fold_batch_norm(*tensors(W, B, MEAN, VARIANCE), scale=torch.tensor(SCALE), shift=torch.tensor(SHIFT)),
        strict=True,
    ):
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-14)
    w, mean, deviation = RNG.normal(size=(6, 4, 3, 2)), RNG.normal(size=4), RNG.uniform(1, 2, 4)
    for array, tensor in zip(
        fold_input_normalisation(w, B, mean, deviation),
        fold_input_normalisation(*tensors(w, B, mean, deviation)),
        strict=True,
    ):
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-13)


@pytest.mark.parametrize("b", [B, None])
def test_a_folded_input_normalisation_is_exact_without_padding_and_beside_padded_means(b):
    w, mean, deviation = RNG.normal(size=(6, 4, 3, 2)), RNG.normal(size=(4,)), RNG.uniform(1, 2, 4)
    each = (slice(None), np.newaxis, np.newaxis)
    normal = (X - mean[each]) / deviation[each]
    folded_w, folded_b = fold_input_normalisation(w, b, mean, deviation)
    np.testing.assert_allclose(conv(X, folded_w, folded_b), conv(normal, w, b), atol=1e-12)
    padded = pad(X - mean[each], ((1, 1), (1, 1))) + mean[each]  # means beside the raw input
    np.testing.assert_allclose(conv(padded, folded_w, folded_b), conv(normal, w, b, padding=1), atol=1e-12)
    off = abs(conv(X, folded_w, folded_b, padding=1) - conv(normal, w, b, padding=1)).max(axis=(0, 1))
    assert off[1:-1, 1:-1].max() < 1e-12 < off[0].min()


def test_gradients_flow_through_folded_weights():
    given = [tensor.requires_grad_() for tensor in tensors(W, B, MEAN, VARIANCE)]
    assert torch.autograd.gradcheck(lambda *arrays: fold_batch_norm(*arrays), given)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_dtype_stays(dtype):
    w, b = fold_batch_norm(*(tensor.to(dtype) for tensor in tensors(W, B, MEAN, VARIANCE)))
    assert w.dtype == b.dtype == dtype


@pytest.mark.parametrize("library", [np.asarray, torch.tensor])
def test_an_inflated_kernel_answers_a_still_clip_as_the_flat_one_answers_its_picture(library):
    w, picture = RNG.integers(-3, 4, (5, 4, 3, 2)).astype(float), RNG.integers(-3, 4, (2, 4, 7, 6)).astype(float)
    clip = np.repeat(picture[:, :, None], 6, axis=2)
    inflated = inflate_kernel(library(w), 4)
    assert tuple(inflated.shape) == (5, 4, 4, 3, 2)
    moving = np.asarray(conv(library(clip), inflated))
    flat = conv(picture, w)
    for frame in range(3):
        np.testing.assert_array_equal(moving[:, :, frame], flat)
    ends = np.asarray(conv(library(clip), inflated, padding=((1, 0), (0, 0), (0, 0))))[:, :, 0]
    np.testing.assert_array_equal(ends, flat * 3 / 4)  # one of four taps reads padding


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fold_batch_norm(W, B[:5], MEAN, VARIANCE),
            ValueError,
            "fold_batch_norm: b must hold one number for each of w.shape[0]. Got b.shape=(5,), w.shape[0]=6",
        ),
        (
            lambda: fold_batch_norm(W, None, MEAN[None], VARIANCE),
            ValueError,
            "fold_batch_norm: running_mean must hold one number for each of w.shape[0]. Got running_mean.shape=(1, 6)",
        ),
        (
            lambda: fold_batch_norm(W, None, MEAN, VARIANCE, eps=0),
            ValueError,
            "fold_batch_norm: eps must be a finite number above 0. Got eps=0",
        ),
        (
            lambda: fold_batch_norm(W.astype(int), None, MEAN, VARIANCE),
            TypeError,
            "fold_batch_norm: w must hold floating numbers. Got w.dtype='int64'",
        ),
        (
            lambda: fold_batch_norm(torch.ones(6, 1, dtype=torch.int8), None, *torch.ones(2, 6, dtype=torch.int8)),
            TypeError,
            "w must hold floating numbers. Got w.dtype='torch.int8'",
        ),
        (
            lambda: fold_batch_norm([1], None, MEAN, VARIANCE),
            TypeError,
            "fold_batch_norm: w must be a NumPy array or a torch tensor",
        ),
        (
            lambda: fold_input_normalisation(W, None, MEAN, MEAN),
            ValueError,
            "fold_input_normalisation: input_mean must hold one number for each of w.shape[1]. "
            "Got input_mean.shape=(6,), w.shape[1]=2",
        ),
        (
            lambda: fold_input_normalisation(W, B[:2], MEAN[:2], MEAN[:2]),
            ValueError,
            "b must hold one number for each of w.shape[0]",
        ),
        (
            lambda: fold_input_normalisation(W, None, MEAN[:2], np.array([1.0, 0.0])),
            ValueError,
            "fold_input_normalisation: input_std must not be 0. Got input_std=[1.0, 0.0]",
        ),
        (
            lambda: fold_input_normalisation(W, None, MEAN[:2], MEAN[:3]),
            ValueError,
            "fold_input_normalisation: input_std must hold one number for each of w.shape[1]. Got input_std.shape=(3,)",
        ),
        (lambda: fold_input_normalisation(W[0, 0, 0], None, MEAN, MEAN), ValueError, "w.shape[1]=0"),
        (lambda: fold_batch_norm(float(W[0, 0, 0, 0]), None, MEAN, MEAN), TypeError, "w must be a NumPy array"),
        (
            lambda: fold_batch_norm(np.array(1.0), None, MEAN, MEAN),
            ValueError,
            "Got running_mean.shape=(6,), w.shape[0]=0",
        ),
        (lambda: inflate_kernel(W, 0), ValueError, "inflate_kernel: taps must be at least 1. Got taps=0"),
        (
            lambda: inflate_kernel(np.ones((2, 2)), 3),
            ValueError,
            "inflate_kernel: w must be (C_out, C_in/groups, *K). Got w.shape=(2, 2)",
        ),
        (lambda: inflate_kernel(np.ones((2, 2, 3), int), 3), TypeError, "inflate_kernel: w must hold floating numbers"),
    ],
)
def test_what_cannot_be_rewritten_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_running_statistics_are_not_left_out():
    rule = "fold_batch_norm: running_mean must be a NumPy array. Got running_mean='NoneType'"
    with pytest.raises(TypeError, match=f"^{re.escape(rule)}$"):
        fold_batch_norm(np.ones((2, 1, 3)), None, None, np.ones(2))
