"""Errors of layouts, sequences, text and genomes, word for word: the function called, the rule, what was got."""

import numpy as np
import pytest

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
from tests.refusals import refused

WAVE, SLICE, IDS = np.ones((1, 2, 40)), np.ones((2, 3)), np.array([[0, 2]])
HUGE = "no array may have 2**48 cells or more. Got shape="


def filled(dtype, fill):
    return batch_sequences([np.ones(1, dtype)], length=2, fill=fill)[0].tolist()


WRONG_VALUES = [
    (f"batch_sequences: {HUGE}(2, 1, 2, {2**50})", lambda n: batch_sequences([WAVE, WAVE], length=n), 2**50),
    (
        "sequence_mask: lengths must be one axis of numbers from 0 to 3. Got lengths=[2, -1]",
        sequence_mask,
        np.array([2, -1]),
        3,
    ),
    (f"one_hot: {HUGE}(1, 2, {2**60})", one_hot, IDS, 2**60),
    (f"one_hot: {HUGE}({2**60},)", one_hot, IDS[:0], 2**60),
    (
        "relayout: source and target must name the same axes, each once. Got source='NC', target='NH'",
        relayout,
        SLICE,
        "NC",
        "NH",
    ),
    (
        "relayout: source must have one letter per axis of x. Got source='NCH', x.shape=(2, 3)",
        relayout,
        SLICE,
        "NCH",
        "HCN",
    ),
    ("memory_bytes: shape must be at least 0. Got shape=-1", memory_bytes, (2, -1), "u1"),
    ("batch_sequences: there must be at least one sequence. Got sequences=0", batch_sequences, []),
    (
        "batch_sequences: every sequence must have a time axis. Got sequences[1].shape=()",
        batch_sequences,
        [WAVE[0, 0], np.array(1.0)],
    ),
    (
        "batch_sequences: sequences may differ in their last axis only. Got shapes=[(2, 3), (3, 3)]",
        batch_sequences,
        [SLICE, np.ones((3, 3))],
    ),
    ("batch_sequences: length must be at least 0. Got length=-1", lambda n: batch_sequences([SLICE], length=n), -1),
    ("sequence_mask: steps must be at least 0. Got steps=-1", sequence_mask, np.array([0]), -1),
    (
        "sequence_mask: lengths must be one axis of numbers from 0 to 3. Got lengths=[1, 4]",
        sequence_mask,
        np.array([1, 4]),
        3,
    ),
    (
        "sequence_mask: lengths must be one axis of numbers from 0 to 3. Got lengths=[-1]",
        sequence_mask,
        np.array([-1]),
        3,
    ),
    (
        "sequence_mask: lengths must be one axis of numbers from 0 to 3. Got lengths=[[1]]",
        sequence_mask,
        np.array([[1]]),
        3,
    ),
    (f"sequence_mask: {HUGE}(2, 1125899906842624)", sequence_mask, np.array([1, 2]), 2**50),
    ("unbatch_sequences: batch must be (N, *, T). Got batch.shape=(3,)", unbatch_sequences, np.ones(3), np.array([1])),
    (
        "unbatch_sequences: there must be one length per sequence. Got N=2, lengths=1",
        unbatch_sequences,
        SLICE,
        np.array([1]),
    ),
    (
        "unbatch_sequences: lengths must be one axis of numbers from 0 to 3. Got lengths=[4, 1]",
        unbatch_sequences,
        SLICE,
        np.array([4, 1]),
    ),
    ("token_ids: the vocabulary must hold '<unk>'. Got entries=1", token_ids, ["cat"], {"cat": 0}),
    ("one_hot: classes must be at least 1. Got classes=0", one_hot, IDS[:, :0], 0),
    ("one_hot: ids must be from 0 to 1. Got smallest=0, largest=2", one_hot, IDS, 2),
    ("one_hot: ids must be (N, *S). Got ids.shape=()", one_hot, np.array(1), 2),
    ("embed: table must be (V, E). Got table.shape=(3,)", embed, IDS, np.ones(3)),
    ("embed: ids must be from 0 to 1. Got smallest=-1, largest=1", embed, IDS - 1, SLICE),
    ("dna_one_hot: there must be at least one strand. Got strands=[]", dna_one_hot, []),
    (
        "dna_one_hot: a strand must be a string of the letters A, C, G, T and N. Got strand='AC?'",
        dna_one_hot,
        ["A", "AC?"],
    ),
    (
        "reverse_complement: a strand must be a string of the letters A, C, G, T and N. Got strand=''",
        reverse_complement,
        "",
    ),
    ("complement_one_hot: x must be (N, 4, L). Got x.shape=(2, 3)", complement_one_hot, SLICE),
    ("complement_one_hot: x must be (N, 4, L). Got x.shape=(1, 2, 40)", complement_one_hot, WAVE),
]
WRONG_TYPES = [
    ("relayout: target must be a string of letters. Got target=3", relayout, SLICE, "NC", 3),
    ("complement_one_hot: x must be a NumPy array. Got x='str'", complement_one_hot, "ACGT"),
    ("dna_one_hot: strands must be a sequence of strings. Got strands='ACGT'", dna_one_hot, "ACGT"),
    ("embed: ids must be a NumPy array. Got ids='list'", embed, [0, 1], SLICE),
    (
        "token_ids: a sentence must be a sequence of tokens; split the string first. Got sentence=['cat', 1]",
        token_ids,
        ["cat", 1],
        {"<unk>": 1},
    ),
    *(
        (f"batch_sequences: fill must be a number that {dtype} holds. Got fill={fill}", filled, dtype, fill)
        for dtype, fill in [
            ("int64", 0.5),
            ("int16", np.inf),
            ("uint8", 256),
            ("uint8", -1),
            ("int64", 1j),
            ("float32", 1j),
        ]
    ),
    ("batch_sequences: fill must be a number that float64 holds. Got fill='0'", filled, "float64", "0"),
    ("batch_sequences: fill must be a number that float64 holds. Got fill=[0]", filled, "float64", [0]),
    ("relayout: x must be a NumPy array. Got x='list'", relayout, [1], "N", "N"),
    ("memory_bytes: dtype must name a dtype of numbers. Got dtype='U3'", memory_bytes, (3,), "U3"),
    ("batch_sequences: sequences[1] must be a NumPy array. Got sequences[1]='int'", batch_sequences, [WAVE, 1]),
    (
        "batch_sequences: length must be a whole number. Got length=2.5",
        lambda n: batch_sequences([WAVE], length=n),
        2.5,
    ),
    ("sequence_mask: lengths must be whole numbers. Got lengths.dtype='float64'", sequence_mask, np.array([1.0]), 3),
    ("unbatch_sequences: batch must be a NumPy array. Got batch='list'", unbatch_sequences, [[1]], np.array([1])),
    ("unbatch_sequences: lengths must be a NumPy array. Got lengths='list'", unbatch_sequences, SLICE, [1, 1]),
    (
        "token_ids: a sentence must be a sequence of tokens; split the string first. Got sentence='cat'",
        token_ids,
        "cat",
        {"<unk>": 1},
    ),
    ("vocabulary: size must be a whole number. Got size='9'", lambda n: vocabulary([["cat"]], size=n), "9"),
    ("one_hot: ids must be whole numbers. Got ids.dtype='float64'", one_hot, SLICE, 2),
    ("embed: ids must be whole numbers. Got ids.dtype='float32'", embed, SLICE.astype(np.float32), SLICE),
    ("embed: table must be a NumPy array. Got table='list'", embed, IDS, [[1.0]]),
    ("dna_one_hot: a strand must be a string. Got strand=3", dna_one_hot, ["A", 3]),
    ("reverse_complement: a strand must be a string. Got strand=['A']", reverse_complement, ["A"]),
]


@pytest.mark.parametrize("case", WRONG_VALUES, ids=lambda case: case[0])
def test_a_wrong_value_is_told(case):
    message, call, *arguments = case
    with refused(ValueError, message):
        call(*arguments)


@pytest.mark.parametrize("case", WRONG_TYPES, ids=lambda case: case[0])
def test_a_wrong_type_is_told(case):
    message, call, *arguments = case
    with refused(TypeError, message):
        call(*arguments)


def test_a_fill_that_the_numbers_hold_is_taken():
    assert filled("uint8", 255) == filled("uint8", 255.0) == [[1, 255]]
    assert filled("int8", -128) == [[1, -128]]
    assert filled("int8", True) == [[1, 1]]
    assert filled("float32", 0.5) == [[1, 0.5]]
    assert filled("float16", -np.inf) == [[1, -np.inf]]
    assert filled("complex64", 2j) == [[1, 2j]]
    assert filled("complex64", np.float32(3)) == [[1, 3]]
