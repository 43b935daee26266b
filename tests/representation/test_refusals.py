"""What the arrays of chapter 1, the networks and their summaries refuse; each error names the function called."""

import re

import numpy as np
import pytest
import torch

from reference_impl import networks
from reference_impl.networks import bottleneck_unit
from reference_impl.receptive_field.gradient import effective_deviation, effective_receptive_field
from reference_impl.representation import (
    batch_sequences,
    dna_one_hot,
    hz_to_mel,
    image_batch,
    mel_filterbank,
    mel_spectrogram,
    memory_bytes,
    one_hot,
    radiomic_features,
    relayout,
    resample_volume,
    reverse_complement,
    sequence_mask,
    spectrogram_frames,
    stft,
    token_ids,
    unbatch_sequences,
    vocabulary,
)
from reference_impl.summary import summarize, summary_text, summary_totals

WAVE, VOLUME, INSIDE = np.ones((1, 1, 64)), np.ones((1, 1, 3, 2)), np.ones((3, 2), dtype=bool)
MEL = {"hop": 8, "bands": 2, "sample_rate": 8000}
IDS = np.array([[0, 1]])
NO_NUMBERS = "dtype must name a dtype of numbers"
CELLS = "no array may have 2**48 cells or more. Got shape="
MADE = "rows must be those of summarize. Got rows="


def gelu():
    return networks.convolution("c", 3, 4, 3, activation="gelu")


CASES = [
    (
        ValueError,
        "spectrogram_frames: length must be at least 1. Got length=0",
        lambda: spectrogram_frames(0, 3, hop=1),
    ),
    (TypeError, "spectrogram_frames: hop must be a whole number", lambda: spectrogram_frames(9, 3, hop=1.5)),
    (ValueError, "spectrogram_frames: the padded input must be at least", lambda: spectrogram_frames(2, 3, hop=1)),
    (TypeError, "stft: x must be a NumPy array", lambda: stft(None, 8, hop=2)),
    (ValueError, "stft: window must be real, of shape", lambda: stft(WAVE, 8, hop=2, window=np.ones(8) * 1j)),
    (ValueError, "stft: the window must not be longer", lambda: stft(WAVE, 10**30, hop=2)),
    (TypeError, "mel_spectrogram: x must be a NumPy array", lambda: mel_spectrogram(None, 64, **MEL)),
    (ValueError, "mel_spectrogram: hop must be at least 1", lambda: mel_spectrogram(WAVE, 64, **{**MEL, "hop": 0})),
    (ValueError, "mel_spectrogram: bands must be at least 1", lambda: mel_spectrogram(WAVE, 64, **{**MEL, "bands": 0})),
    (ValueError, f"mel_filterbank: {CELLS}", lambda: mel_filterbank(2**48, 64, sample_rate=8000)),
    (ValueError, "mel_filterbank: sample_rate must be less", lambda: mel_filterbank(2, 64, sample_rate=10**400)),
    (TypeError, "hz_to_mel: hertz must be real numbers. Got hertz='a'", lambda: hz_to_mel("a")),
    (TypeError, "hz_to_mel: hertz must be real numbers. Got hertz=1j", lambda: hz_to_mel(1j)),
    (ValueError, "hz_to_mel: hertz must be finite and not negative", lambda: hz_to_mel(np.inf)),
    (TypeError, "batch_sequences: sequences must be a sequence", lambda: batch_sequences(None)),
    (TypeError, "batch_sequences: fill must be a number that float64", lambda: batch_sequences([WAVE], fill=1j)),
    (TypeError, "batch_sequences: fill must be a number that float64", lambda: batch_sequences([WAVE], fill=[1])),
    (ValueError, f"batch_sequences: {CELLS}", lambda: batch_sequences([WAVE], length=2**60)),
    (ValueError, f"sequence_mask: {CELLS}", lambda: sequence_mask(np.array([1]), 2**60)),
    (ValueError, f"sequence_mask: {CELLS}", lambda: sequence_mask(np.zeros(0, int), 2**60)),
    (TypeError, "unbatch_sequences: lengths must be a NumPy array", lambda: unbatch_sequences(WAVE, [1])),
    (ValueError, "unbatch_sequences: lengths must be one axis", lambda: unbatch_sequences(WAVE, np.array([65]))),
    (TypeError, "dna_one_hot: strands must be a sequence of strings", lambda: dna_one_hot(3)),
    (ValueError, "dna_one_hot: there must be at least one strand. Got strands=[]", lambda: dna_one_hot([])),
    (TypeError, "dna_one_hot: a strand must be a string. Got strand=3", lambda: dna_one_hot([3])),
    (TypeError, "reverse_complement: a strand must be a string", lambda: reverse_complement(b"ACGT")),
    (TypeError, "relayout: source must be a string of letters", lambda: relayout(WAVE, ["N", "C", "L"], "NLC")),
    (TypeError, "relayout: target must be a string of letters", lambda: relayout(WAVE, "NCL", 3)),
    (TypeError, "memory_bytes: shape must be a sequence. Got shape=3", lambda: memory_bytes(3, "float32")),
    (TypeError, f"memory_bytes: {NO_NUMBERS}. Got dtype='nonsense'", lambda: memory_bytes((3,), "nonsense")),
    (TypeError, f"memory_bytes: {NO_NUMBERS}. Got dtype=None", lambda: memory_bytes((3,), None)),
    (TypeError, f"one_hot: {NO_NUMBERS}. Got dtype='U3'", lambda: one_hot(IDS, 2, dtype="U3")),
    (ValueError, f"one_hot: {CELLS}", lambda: one_hot(IDS, 2**60)),
    (ValueError, f"one_hot: {CELLS}", lambda: one_hot(IDS[:0], 2**60)),
    (TypeError, "vocabulary: sentences must be a sequence", lambda: vocabulary(None)),
    (TypeError, "vocabulary: a sentence must be a sequence of tokens", lambda: vocabulary([[1, 2]])),
    (TypeError, "token_ids: numbers must be a vocabulary. Got numbers=['<unk>']", lambda: token_ids(["a"], ["<unk>"])),
    (TypeError, "image_batch: images must be a sequence. Got images=None", lambda: image_batch(None)),
    (ValueError, "image_batch: images must share one shape", lambda: image_batch([np.zeros((0, 4, 3), np.uint8)])),
    (TypeError, "resample_volume: spacing must be a sequence", lambda: resample_volume(VOLUME, 1, (1, 1))),
    (TypeError, "resample_volume: new_spacing must be a finite", lambda: resample_volume(VOLUME, (1, 1), (1, None))),
    (ValueError, f"resample_volume: {CELLS}", lambda: resample_volume(VOLUME, (1e30, 1), (1, 1))),
    (TypeError, "radiomic_features: x must hold real", lambda: radiomic_features(INSIDE * 1j, INSIDE, (1, 1))),
    (ValueError, "radiomic_features: x must be finite", lambda: radiomic_features(INSIDE * np.nan, INSIDE, (1, 1))),
    (ValueError, "radiomic_features: spacing must be a finite", lambda: radiomic_features(INSIDE * 1, INSIDE, (1, 0))),
    (
        ValueError,
        "radiomic_features: bins must be less",
        lambda: radiomic_features(INSIDE * 1, INSIDE, (1, 1), bins=2**31),
    ),
    (ValueError, "network: name must be one of", lambda: networks.network(["vgg16"])),
    (TypeError, "vgg: depth must be a whole number. Got depth=[]", lambda: networks.vgg([])),
    (TypeError, "resnet: depth must be a whole number. Got depth=50.0", lambda: networks.resnet(50.0)),
    (TypeError, "shufflenet_v1: groups must be a whole number", lambda: networks.shufflenet_v1(groups="3")),
    (TypeError, "mobilenet_v1: width must be a finite number", lambda: networks.mobilenet_v1(width="1")),
    (TypeError, "convolution: in_channels must be a whole", lambda: networks.convolution("c", 3.0, 4, 3)),
    (ValueError, "convolution: groups must be at least 1. Got", lambda: networks.convolution("c", 3, 4, 3, groups=0)),
    (ValueError, "convolution: axes must be less than 65", lambda: networks.convolution("c", 3, 4, 3, axes=65)),
    (ValueError, "inception_module: widths must be six numbers", lambda: networks.inception_module("m", 3, (1, 2))),
    (
        ValueError,
        "shuffle_unit: out_channels must be at least 4",
        lambda: networks.shuffle_unit("u", 3, 3, groups=1, first_groups=1, stride=1),
    ),
    (ValueError, "bottleneck_unit: stride_at must be one of", lambda: bottleneck_unit("b", 8, 8, stride_at="2nd")),
    (TypeError, "c3d: out_channels must be a whole number. Got", lambda: networks.c3d(classes="101")),
    (ValueError, "Operation: in_channels must be at least 1. Got", lambda: networks.Operation("o", "linear", 0, 1)),
    (ValueError, "Operation: groups must be at least 1. Got", lambda: networks.Operation("o", "conv", 1, 1, groups=0)),
    (ValueError, "convolution: activation must be one of '', 'relu', 'tanh', 'sigmoid'. Got", gelu),
    (TypeError, "receptive_layers: network must be a Network. Got", lambda: networks.receptive_layers("vgg16")),
    (ValueError, "summarize: input_shape must be (N, C, *S)", lambda: summarize("vgg16", input_shape=(1, 3))),
    (TypeError, f"summary_totals: {MADE}3", lambda: summary_totals(3)),
    (TypeError, f"summary_text: {MADE}[{{}}]", lambda: summary_text([{}])),
    (ValueError, "effective_receptive_field: seed must be at least 0", lambda: field(seed=-1)),
    (TypeError, "effective_receptive_field: seed must be a whole number", lambda: field(seed=None)),
    (TypeError, "effective_deviation: field must hold real numbers", lambda: effective_deviation(torch.ones(3) * 1j)),
]


def field(**options):
    return effective_receptive_field(torch.nn.Conv1d(1, 1, 3), (1, 1, 7), **options)


@pytest.mark.parametrize(("error", "message", "call"), CASES, ids=[case[1] for case in CASES])
def test_refuses(error, message, call):
    with pytest.raises(error, match=f"^{re.escape(message)}") as caught:
        call()
    assert "Got " in str(caught.value)


def test_a_seed_of_numpy_is_a_seed():
    torch.manual_seed(0)
    layer = torch.nn.Conv1d(1, 1, 3)
    fields = [effective_receptive_field(layer, (1, 1, 7), seed=seed) for seed in (3, np.int64(3))]
    assert torch.equal(*fields)


def test_complex_sequences_take_a_complex_fill():
    batch, _, _ = batch_sequences([np.array([1j]), np.array([1j, 2])], fill=3j)
    assert batch.tolist() == [[1j, 3j], [1j, 2]]
