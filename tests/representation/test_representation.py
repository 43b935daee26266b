"""Layouts, batches of sequences, text and genomes."""

import numpy as np
import pytest
import torch

from reference_impl.representation import (
    batch_sequences,
    complement_one_hot,
    dna_one_hot,
    embed,
    memory_bytes,
    one_hot,
    relayout,
    reverse_complement,
    sequence_mask,
    token_ids,
    unbatch_sequences,
    vocabulary,
)


def test_relayout_equals_torch_permute_and_goes_back():
    x = np.arange(2 * 5 * 7 * 3).reshape(2, 5, 7, 3)
    moved = relayout(x, "NHWC", "NCHW")
    np.testing.assert_array_equal(moved, torch.tensor(x).permute(0, 3, 1, 2).numpy())
    np.testing.assert_array_equal(relayout(moved, "NCHW", "NHWC"), x)
    assert np.shares_memory(moved, x)


def test_relayout_is_not_reshape():
    x = np.arange(2 * 3 * 4).reshape(1, 2, 3, 4)
    assert not np.array_equal(relayout(x, "NHWC", "NCHW"), x.reshape(1, 4, 2, 3))


@pytest.mark.parametrize(
    ("shape", "dtype"), [((), "float64"), ((3,), "uint8"), ((2, 3, 4, 5), np.float16), ((0, 3), "int32")]
)
def test_memory_bytes_equals_what_numpy_allocates(shape, dtype):
    assert memory_bytes(shape, dtype) == np.zeros(shape, dtype).nbytes


def test_batched_sequences_come_back_as_they_were():
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(3, steps)) for steps in (5, 0, 2, 7)]
    batch, mask, lengths = batch_sequences(sequences, fill=-1)
    assert batch.shape == (4, 3, 7)
    assert lengths.tolist() == [5, 0, 2, 7]
    assert mask.sum(axis=1).tolist() == [5, 0, 2, 7]
    assert (batch[~np.broadcast_to(mask[:, None], batch.shape)] == -1).all()
    for before, after in zip(sequences, unbatch_sequences(batch, lengths), strict=True):
        np.testing.assert_array_equal(before, after)


def test_batching_equals_torch_pad_sequence():
    sequences = [np.arange(4.0), np.arange(2.0), np.arange(3.0)]
    expected = torch.nn.utils.rnn.pad_sequence([torch.tensor(s) for s in sequences], batch_first=True, padding_value=9)
    np.testing.assert_array_equal(batch_sequences(sequences, fill=9)[0], expected.numpy())


def test_a_batch_may_be_longer_than_its_sequences():
    batch, mask, _ = batch_sequences([np.array([1, 2])], length=4)
    assert batch.tolist() == [[1, 2, 0, 0]]
    assert mask.tolist() == [[True, True, False, False]]


def test_one_hot_equals_torch_with_the_classes_first():
    ids = np.random.default_rng(0).integers(0, 6, size=(2, 5, 3))
    expected = torch.nn.functional.one_hot(torch.tensor(ids), 6).movedim(-1, 1).numpy()
    np.testing.assert_array_equal(one_hot(ids, 6, dtype=np.int64), expected)


def test_embedding_is_a_matrix_product_with_one_hot():
    rng = np.random.default_rng(0)
    ids, table = rng.integers(0, 9, size=(2, 7)), rng.normal(size=(9, 4))
    np.testing.assert_allclose(
        embed(ids, table), np.einsum("nvt,ve->net", one_hot(ids, 9, dtype=float), table), rtol=1e-15
    )
    expected = torch.nn.functional.embedding(torch.tensor(ids), torch.tensor(table)).movedim(-1, 1).numpy()
    np.testing.assert_array_equal(embed(ids, table), expected)


def test_the_vocabulary_numbers_frequent_tokens_first_and_leaves_the_rest_unknown():
    sentences = [["b", "a", "c"], ["a", "c"], ["a"]]
    assert vocabulary(sentences) == {"<pad>": 0, "<unk>": 1, "a": 2, "c": 3, "b": 4}
    small = vocabulary(sentences, size=3)
    assert small == {"<pad>": 0, "<unk>": 1, "a": 2}
    assert token_ids(["a", "b", "z"], small).tolist() == [2, 1, 1]


def test_dna_one_hot_has_one_channel_a_base_and_zeros_for_the_unknown():
    x = dna_one_hot(["ACGTN", "tg"])
    assert x.shape == (2, 4, 5)
    np.testing.assert_array_equal(x[0, :, :4], np.eye(4))
    assert x.sum(axis=1).tolist() == [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]]


@pytest.mark.parametrize("strand", ["A", "GATTACA", "acgtn", "GGGGCCTNA"])
def test_the_reverse_complement_of_the_string_and_of_the_array_agree_and_undo_themselves(strand):
    other = reverse_complement(strand)
    np.testing.assert_array_equal(complement_one_hot(dna_one_hot([strand])), dna_one_hot([other]))
    assert reverse_complement(other) == strand.upper()


REFUSED = {
    "relayout: a list": (TypeError, "x must be a NumPy array. Got x='list'", lambda: relayout([1], "N", "N")),
    "relayout: other letters": (ValueError, "name the same axes", lambda: relayout(np.zeros((2, 3)), "NC", "NH")),
    "relayout: twice": (ValueError, "each once", lambda: relayout(np.zeros((2, 3)), "NN", "NN")),
    "relayout: too few letters": (
        ValueError,
        "one letter per axis of x",
        lambda: relayout(np.zeros((2, 3, 4)), "NC", "CN"),
    ),
    "memory_bytes: negative": (ValueError, "shape must be at least 0", lambda: memory_bytes((2, -1), "u1")),
    "memory_bytes: half a cell": (TypeError, "shape must be a whole number", lambda: memory_bytes((2.5,), "u1")),
    "batch_sequences: none": (ValueError, "there must be at least one sequence", lambda: batch_sequences([])),
    "batch_sequences: a scalar": (ValueError, "must have a time axis", lambda: batch_sequences([np.array(1.0)])),
    "batch_sequences: a list": (TypeError, r"sequences\[0\] must be a NumPy array", lambda: batch_sequences([[1, 2]])),
    "batch_sequences: channels differ": (
        ValueError,
        "may differ in their last axis only",
        lambda: batch_sequences([np.zeros((2, 3)), np.zeros((3, 3))]),
    ),
    "batch_sequences: too short": (
        ValueError,
        "length must not cut a sequence. Got length=2, longest=3",
        lambda: batch_sequences([np.zeros(3)], length=2),
    ),
    "sequence_mask: floats": (TypeError, "lengths must be whole numbers", lambda: sequence_mask(np.array([1.5]), 3)),
    "sequence_mask: too long": (ValueError, "from 0 to 3", lambda: sequence_mask(np.array([4]), 3)),
    "sequence_mask: two axes": (ValueError, "one axis of numbers", lambda: sequence_mask(np.array([[1]]), 3)),
    "unbatch_sequences: one axis": (
        ValueError,
        r"batch must be \(N, \*, T\)",
        lambda: unbatch_sequences(np.zeros(3), np.array([1])),
    ),
    "unbatch_sequences: too few": (
        ValueError,
        "one length per sequence. Got N=2, lengths=1",
        lambda: unbatch_sequences(np.zeros((2, 3)), np.array([1])),
    ),
    "vocabulary: a string": (TypeError, "split the string first", lambda: vocabulary(["cat"])),
    "vocabulary: too small": (ValueError, "size must be at least 2", lambda: vocabulary([["cat"]], size=1)),
    "token_ids: a string": (TypeError, "split the string first", lambda: token_ids("cat", {"<unk>": 1})),
    "token_ids: no unknown": (ValueError, "must hold '<unk>'", lambda: token_ids(["cat"], {"cat": 0})),
    "one_hot: floats": (TypeError, "ids must be whole numbers", lambda: one_hot(np.array([0.0]), 2)),
    "one_hot: a class too many": (
        ValueError,
        "ids must be from 0 to 1. Got smallest=0, largest=2",
        lambda: one_hot(np.array([0, 2]), 2),
    ),
    "one_hot: a scalar": (ValueError, r"ids must be \(N, \*S\)", lambda: one_hot(np.array(1), 2)),
    "embed: a flat table": (ValueError, r"table must be \(V, E\)", lambda: embed(np.array([[0]]), np.zeros(3))),
    "embed: outside": (ValueError, "ids must be from 0 to 2", lambda: embed(np.array([[-1]]), np.zeros((3, 2)))),
    "dna_one_hot: one string": (TypeError, "sequence of strings", lambda: dna_one_hot("ACGT")),
    "dna_one_hot: RNA": (ValueError, "letters A, C, G, T and N. Got strand='ACGU'", lambda: dna_one_hot(["ACGU"])),
    "reverse_complement: empty": (ValueError, "letters A, C, G, T and N", lambda: reverse_complement("")),
    "complement_one_hot: five channels": (
        ValueError,
        r"x must be \(N, 4, L\)",
        lambda: complement_one_hot(np.zeros((1, 5, 3))),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    error, message, call = REFUSED[name]
    with pytest.raises(error, match=message):
        call()


def test_the_special_tokens_keep_their_numbers_when_a_text_holds_them():
    assert vocabulary([["<pad>", "cat", "<unk>", "<pad>"]]) == {"<pad>": 0, "<unk>": 1, "cat": 2}
