"""Equal groups: split, block diagonal, shuffled, 1×1, and what stacked layers connect."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference_impl.conv import conv, conv_loops
from reference_impl.grouped import (
    block_diagonal_weight,
    channel_shuffle,
    channel_unshuffle,
    connectivity_matrix,
    grouped_conv_split,
    pointwise_grouped_conv,
    shuffle_permutation,
)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


CASES = {
    "1-D": ((2, 6, 12), (9, 2, 4), 3, 2, 3, 2),
    "2-D": ((2, 6, 9, 8), (8, 3, 3, 2), 2, (2, 1), ((1, 2), (0, 3)), (1, 2)),
    "2-D one filter a group": ((1, 4, 6, 7), (4, 1, 2, 3), 4, 1, "same", 1),
    "3-D": ((2, 4, 5, 6, 7), (6, 2, 2, 3, 1), 2, (1, 2, 3), (1, 0, 2), 1),
}


@pytest.mark.parametrize("mode", ["zeros", "circular"])
@pytest.mark.parametrize("case", CASES)
def test_split_and_block_diagonal_equal_the_grouped_convolution(case, mode):
    x_shape, w_shape, groups, stride, padding, dilation = CASES[case]
    x, w, b = drawn(*x_shape), drawn(*w_shape), drawn(w_shape[0])
    options = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": mode}
    want = conv_loops(x[:1], w, b, groups=groups, **options)
    split = grouped_conv_split(x, w, b, groups=groups, **options)
    np.testing.assert_allclose(split[:1], want, rtol=0, atol=1e-12)
    np.testing.assert_allclose(split, conv(x, w, b, groups=groups, **options), rtol=0, atol=1e-12)
    dense = block_diagonal_weight(w, groups)
    assert dense.shape == (w_shape[0], x_shape[1], *w_shape[2:])
    np.testing.assert_allclose(conv(x, dense, b, **options), split, rtol=0, atol=1e-12)


def test_one_group_is_a_plain_convolution():
    x, w = drawn(2, 6, 9, 8), drawn(8, 6, 3, 2)
    np.testing.assert_array_equal(grouped_conv_split(x, w), conv(x, w))
    np.testing.assert_array_equal(block_diagonal_weight(w, 1), w)
    np.testing.assert_array_equal(channel_shuffle(x, 1), x)


def test_a_group_never_sees_the_channels_of_another():
    x, w = drawn(1, 6, 5, 4), drawn(4, 3, 3, 2)
    changed = x.copy()
    changed[:, 3:] += 1
    before, after = grouped_conv_split(x, w, groups=2), grouped_conv_split(changed, w, groups=2)
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert (before[:, 2:] != after[:, 2:]).all()


def test_pointwise_grouped_mixes_within_groups_only():
    x, w, b = drawn(2, 6, 7, 5), drawn(4, 3, 1, 1), drawn(4)
    want = np.concatenate(
        [np.einsum("oc,nchw->nohw", w[:2, :, 0, 0], x[:, :3]), np.einsum("oc,nchw->nohw", w[2:, :, 0, 0], x[:, 3:])],
        axis=1,
    ) + b.reshape(4, 1, 1)
    np.testing.assert_allclose(pointwise_grouped_conv(x, w, b, groups=2), want, rtol=0, atol=1e-12)
    strided = pointwise_grouped_conv(x, w, b, groups=2, stride=(2, 3))
    np.testing.assert_allclose(strided, want[:, :, ::2, ::3], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("channels", "groups"), [(6, 2), (6, 3), (12, 4), (5, 5), (7, 1)])
def test_shuffle_is_a_permutation_and_has_an_inverse(channels, groups):
    x = drawn(2, channels, 3, 4)
    shuffled = channel_shuffle(x, groups)
    permutation = shuffle_permutation(channels, groups)
    assert sorted(permutation) == list(range(channels))
    np.testing.assert_array_equal(shuffled, x[:, permutation])
    np.testing.assert_array_equal(channel_unshuffle(shuffled, groups), x)
    np.testing.assert_array_equal(channel_shuffle(shuffled, channels // groups), x)
    np.testing.assert_array_equal(shuffled, torch.nn.ChannelShuffle(groups)(torch.tensor(x)).numpy())
    inverse = np.argsort(permutation)
    np.testing.assert_array_equal(channel_unshuffle(x, groups), x[:, inverse])


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    ("channels", "groups"), [((6, 6, 6), (3, 3)), ((4, 8, 6), (2, 2)), ((8, 8, 8, 8), (4, 2, 4)), ((6, 4), (2,))]
)
def test_connectivity_is_the_sum_of_all_paths_through_the_layers(channels, groups, shuffle):
    x = np.eye(channels[0])[:, :, None]  # one image per input channel
    for layer, g in enumerate(groups):
        if shuffle and layer:
            x = channel_shuffle(x, groups[layer - 1])
        x = conv(x, np.ones((channels[layer + 1], channels[layer] // g, 1)), groups=g)
    paths = connectivity_matrix(channels, groups, shuffle=shuffle)
    np.testing.assert_array_equal(paths, x[:, :, 0].T)


def test_two_grouped_layers_stay_in_their_groups_unless_shuffled():
    apart = connectivity_matrix((9, 9, 9), (3, 3)) > 0
    np.testing.assert_array_equal(apart, np.kron(np.eye(3), np.ones((3, 3))) > 0)
    assert (connectivity_matrix((9, 9, 9), (3, 3), shuffle=True) == 1).all()
    few = connectivity_matrix((8, 8, 8), (4, 4), shuffle=True)
    assert (few > 0).mean() == 0.5  # two channels a group cannot reach four groups


def test_split_equals_the_library_with_a_device_for_each_group():
    x, w, b = map(torch.tensor, (drawn(2, 6, 9, 8), drawn(10, 3, 3, 2), drawn(10)))
    want = F.conv2d(x, w, b, stride=2, padding=1, groups=2)
    for devices in (None, ("cpu", torch.device("cpu"))):
        got = grouped_conv_split(x, w, b, stride=2, padding=1, groups=2, devices=devices)
        torch.testing.assert_close(got, want, rtol=0, atol=1e-12)


def test_each_group_is_sent_to_its_own_device_and_comes_home():
    x, w = torch.ones(2, 6, 9, 8, device="meta"), torch.ones(10, 3, 3, 2, device="meta")
    assert grouped_conv_split(x, w, groups=2, devices=["meta"] * 2).shape == (2, 10, 7, 7)
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):  # the second group lost its numbers there
        grouped_conv_split(torch.ones(x.shape), torch.ones(w.shape), groups=2, devices=["cpu", "meta"])


@pytest.mark.parametrize("other", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_groups_on_two_devices_give_one_result_and_its_gradients(other):
    x, w, b = (torch.tensor(drawn(*s), requires_grad=True) for s in ((2, 6, 9, 8), (10, 3, 3, 2), (10,)))
    want = F.conv2d(x, w, b, groups=2)
    got = grouped_conv_split(x, w, b, groups=2, devices=("cpu", other))
    torch.testing.assert_close(got, want, rtol=0, atol=1e-10)
    grads = [torch.autograd.grad(y.square().sum(), (x, w, b)) for y in (got, want)]
    torch.testing.assert_close(grads[0], grads[1])


def test_the_zeros_of_the_block_diagonal_stay_zeros_beside_weights_that_are_not_finite():
    w = np.array([[[np.inf]], [[np.nan]]])
    for dense in (block_diagonal_weight(w, 2), block_diagonal_weight(torch.tensor(w), 2).numpy()):
        np.testing.assert_array_equal(dense[..., 0], [[np.inf, 0], [0, np.nan]])
