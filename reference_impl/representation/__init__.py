"""How data becomes arrays: layouts, batches of sequences, text, genomes, sound, video and volumes."""

from reference_impl.representation.audio import (
    hz_to_mel,
    mel_filterbank,
    mel_spectrogram,
    mel_to_hz,
    spectrogram_frames,
    stft,
)
from reference_impl.representation.filterbanks import stft_filters
from reference_impl.representation.genomics import complement_one_hot, dna_one_hot, reverse_complement
from reference_impl.representation.layout import memory_bytes, relayout
from reference_impl.representation.motifs import base_counts, position_weight_matrix
from reference_impl.representation.sequences import batch_sequences, sequence_mask, unbatch_sequences
from reference_impl.representation.text import embed, one_hot, token_ids, vocabulary
from reference_impl.representation.video import image_batch, video_clips
from reference_impl.representation.volume import radiomic_features, resample_volume

__all__ = [
    "base_counts",
    "batch_sequences",
    "complement_one_hot",
    "dna_one_hot",
    "embed",
    "hz_to_mel",
    "image_batch",
    "mel_filterbank",
    "mel_spectrogram",
    "mel_to_hz",
    "memory_bytes",
    "one_hot",
    "position_weight_matrix",
    "radiomic_features",
    "relayout",
    "resample_volume",
    "reverse_complement",
    "sequence_mask",
    "spectrogram_frames",
    "stft",
    "stft_filters",
    "token_ids",
    "unbatch_sequences",
    "video_clips",
    "vocabulary",
]
