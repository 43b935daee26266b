"""Errors of sound, video and volumes, word for word: the function called, the rule, what was got."""

import numpy as np
import pytest

from reference_impl.representation import (
    hz_to_mel,
    image_batch,
    mel_filterbank,
    mel_spectrogram,
    mel_to_hz,
    radiomic_features,
    resample_volume,
    spectrogram_frames,
    stft,
    video_clips,
)
from tests.refusals import refused

WAVE, VIDEO, VOLUME = np.ones((1, 2, 40)), np.zeros((3, 4, 5, 6)), np.ones((1, 1, 3, 2))
SLICE, INSIDE = np.ones((2, 3)), np.ones((2, 3), dtype=bool)
HUGE = "no array may have 2**48 cells or more. Got shape="


WRONG_VALUES = [
    ("hz_to_mel: hertz must be finite and not negative. Got hertz=inf", hz_to_mel, [1.0, np.inf, -1.0]),
    (f"mel_filterbank: {HUGE}({2**48}, 33)", lambda n: mel_filterbank(n, 64, sample_rate=8000), 2**48),
    (f"mel_filterbank: {HUGE}(1, {2**48 + 1})", lambda n: mel_filterbank(1, n, sample_rate=8000), 2**49),
    ("spectrogram_frames: length must be at least 1. Got length=0", lambda n: spectrogram_frames(n, 1, hop=1), 0),
    (
        "spectrogram_frames: window_size must be at least 1. Got window_size=0",
        lambda n: spectrogram_frames(5, n, hop=1),
        0,
    ),
    ("spectrogram_frames: hop must be at least 1. Got hop=0", lambda n: spectrogram_frames(5, 2, hop=n), 0),
    (
        "stft: x must be real, of shape (N, C, L). Got x.shape=(2, 3), x.dtype='float64'",
        lambda x: stft(x, 4, hop=1),
        SLICE,
    ),
    ("stft: window_size must be at least 1. Got window_size=0", lambda n: stft(WAVE, n, hop=1), 0),
    ("stft: hop must be at least 1. Got hop=0", lambda n: stft(WAVE, 4, hop=n), 0),
    (
        "stft: window must be real, of shape (window_size,). "
        "Got window_size=4, window.shape=(5,), window.dtype='int64'",
        lambda w: stft(WAVE, 4, hop=1, window=w),
        np.ones(5, int),
    ),
    (
        "stft: x must be longer than half a window to reflect it. Got L=40, window_size=80",
        lambda n: stft(WAVE, n, hop=1, center=True),
        80,
    ),
    (
        "stft: the window must not be longer than the waveform. Got L=40, window_size=41",
        lambda n: stft(WAVE, n, hop=1),
        41,
    ),
    ("hz_to_mel: hertz must be finite and not negative. Got hertz=-4.0", hz_to_mel, np.array([3, -4.0])),
    ("mel_to_hz: mel must be finite and not negative. Got mel=inf", mel_to_hz, np.inf),
    ("mel_filterbank: bands must be at least 1. Got bands=0", lambda n: mel_filterbank(n, 64, sample_rate=8000), 0),
    (
        "mel_filterbank: window_size must be at least 2. Got window_size=1",
        lambda n: mel_filterbank(1, n, sample_rate=8000),
        1,
    ),
    (
        "mel_filterbank: sample_rate must be at least 1. Got sample_rate=0",
        lambda n: mel_filterbank(1, 64, sample_rate=n),
        0,
    ),
    (
        "mel_spectrogram: sample_rate must be at least 1. Got sample_rate=0",
        lambda n: mel_spectrogram(WAVE, 8, hop=4, bands=2, sample_rate=n),
        0,
    ),
    ("image_batch: there must be at least one image. Got images=0", image_batch, []),
    (
        "image_batch: images must share one shape (H, W) or (H, W, C) with at least one cell. "
        "Got images[1].shape=(2, 4), images[0].shape=(2, 3)",
        image_batch,
        [np.zeros((2, 3), np.uint8), np.zeros((2, 4), np.uint8)],
    ),
    (
        "video_clips: video must be (C, T, H, W). Got video.shape=(4, 5, 6)",
        lambda v: video_clips(v, 2, step=1),
        VIDEO[0],
    ),
    ("video_clips: length must be at least 1. Got length=0", lambda n: video_clips(VIDEO, n, step=1), 0),
    ("video_clips: step must be at least 1. Got step=0", lambda n: video_clips(VIDEO, 2, step=n), 0),
    (
        "video_clips: a clip must not be longer than the video. Got length=5, T=4",
        lambda n: video_clips(VIDEO, n, step=1),
        5,
    ),
    (
        "resample_volume: x.shape must be (N, C, *S) with at least one spatial axis. Got x.shape=(2, 3)",
        resample_volume,
        SLICE,
        (),
        (),
    ),
    (
        "resample_volume: spacing must be one positive number per spatial axis. Got spacing=(1,)",
        resample_volume,
        VOLUME,
        (1,),
        (1, 1),
    ),
    (
        "resample_volume: new_spacing must be one positive number per spatial axis. Got new_spacing=()",
        resample_volume,
        VOLUME,
        (1, 1),
        (),
    ),
    (f"resample_volume: {HUGE}(1, 1, 3, {2**48 + 1})", resample_volume, VOLUME, (1, 2.0**48), (1, 1)),
    (f"resample_volume: {HUGE}(1, 1, {2**48 + 1}, 2)", resample_volume, VOLUME, (1e308, 1), (1, 1)),
    (f"resample_volume: {HUGE}(1, 1, {2**48 + 1}, 2)", resample_volume, VOLUME, (10**308, 1), (1e-308, 1)),
    (
        "radiomic_features: mask must have the shape of x and mark at least one voxel. Got x=(2, 3), mask=(3, 2)",
        radiomic_features,
        SLICE,
        INSIDE.T,
        (1, 1),
    ),
    (
        "radiomic_features: spacing must be one positive number per axis. Got spacing=(1,)",
        radiomic_features,
        SLICE,
        INSIDE,
        (1,),
    ),
    (
        "radiomic_features: spacing must be a finite number above 0. Got spacing=0",
        radiomic_features,
        SLICE,
        INSIDE,
        (1, 0),
    ),
    (
        "radiomic_features: x must be finite inside the region. Got not_finite=2",
        radiomic_features,
        np.array([[np.nan, 1, 1], [-np.inf, 1, 1]]),
        INSIDE,
        (1, 1),
    ),
]
WRONG_TYPES = [
    ("image_batch: images[1] must be a NumPy array. Got images[1]='int'", image_batch, [np.zeros((2, 3), np.uint8), 3]),
    ("stft: window must be a NumPy array. Got window='list'", lambda w: stft(WAVE, 4, hop=1, window=w), [1, 1, 1, 1]),
    ("hz_to_mel: hertz must be real numbers. Got hertz='440'", hz_to_mel, "440"),
    ("image_batch: images must be uint8, from 0 to 255. Got images[0].dtype='float64'", image_batch, [SLICE]),
    ("video_clips: video must be a NumPy array. Got video='list'", lambda v: video_clips(v, 2, step=1), [VIDEO]),
    ("resample_volume: x must be a NumPy array. Got x='list'", resample_volume, [[[1.0]]], (1,), (1,)),
    ("resample_volume: x must hold real numbers. Got x.dtype='complex128'", resample_volume, WAVE * 1j, (1,), (1,)),
    ("radiomic_features: x must be a NumPy array. Got x='list'", radiomic_features, [1.0], INSIDE, (1,)),
    (
        "radiomic_features: x must hold real numbers. Got x.dtype='complex128'",
        radiomic_features,
        SLICE * 1j,
        INSIDE,
        (1, 1),
    ),
    ("radiomic_features: mask must be an array of bool. Got mask='ndarray'", radiomic_features, SLICE, SLICE, (1, 1)),
    ("radiomic_features: spacing must be a sequence. Got spacing=1", radiomic_features, SLICE, INSIDE, 1),
    (
        "radiomic_features: bins must be a whole number. Got bins=2.0",
        lambda n: radiomic_features(SLICE, INSIDE, (1, 1), bins=n),
        2.0,
    ),
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
