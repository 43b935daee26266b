"""Sound, video and volumes."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from reference_impl.arithmetic import conv_output_size
from reference_impl.conv import conv
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
from reference_impl.representation.audio import hann_window

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize(("size", "hop", "length"), [(16, 5, 101), (25, 10, 60), (8, 8, 8), (7, 3, 50)])
def test_stft_equals_torch(center, size, hop, length):
    x = RNG.normal(size=(2, 3, length))
    window = RNG.uniform(size=size)
    for weights in (None, window):
        given = torch.hann_window(size, dtype=torch.float64) if weights is None else torch.tensor(weights)
        expected = torch.stft(
            torch.tensor(x).reshape(6, length), size, hop, window=given, center=center, return_complex=True
        )
        y = stft(x, size, hop=hop, window=weights, center=center)
        np.testing.assert_allclose(y.reshape(6, *y.shape[2:]), expected.numpy(), atol=1e-12)


def test_an_stft_is_a_strided_convolution_with_complex_waves():
    x, size, hop = RNG.normal(size=(2, 1, 40)), 8, 3
    waves = np.exp(-2j * np.pi * np.outer(np.arange(5), np.arange(size)) / size) * hann_window(size)
    np.testing.assert_allclose(conv(x, waves[:, None], stride=hop), stft(x, size, hop=hop)[:, 0], atol=1e-13)


def test_the_number_of_frames_is_the_output_size_of_a_convolution():
    for length, size, hop in ((101, 16, 5), (60, 25, 10), (8, 8, 1)):
        assert stft(np.zeros((1, 1, length)), size, hop=hop).shape[3] == spectrogram_frames(length, size, hop=hop)
        assert spectrogram_frames(length, size, hop=hop) == conv_output_size(length, size, stride=hop)


def test_the_window_is_torchs():
    np.testing.assert_allclose(hann_window(25), torch.hann_window(25, dtype=torch.float64).numpy(), atol=1e-16)


def test_float32_sound_stays_in_single_precision_and_whole_numbers_become_double():
    assert stft(np.zeros((1, 1, 32), np.float32), 8, hop=4).dtype == np.complex64
    assert stft(np.zeros((1, 1, 32), np.int16), 8, hop=4).dtype == np.complex128
    assert mel_spectrogram(np.zeros((1, 1, 256), np.float32), 64, hop=32, bands=4, sample_rate=8000).dtype == np.float32


def test_the_mel_scale_goes_there_and_back_and_grows():
    hertz = np.array([0.0, 20, 440, 1000, 8000])
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(hertz)), hertz, atol=1e-9)
    assert (np.diff(hz_to_mel(hertz)) > 0).all()
    assert hz_to_mel(0.0) == 0


def test_mel_bands_are_triangles_whose_sum_is_one_between_the_outer_centres():
    bank = mel_filterbank(20, 512, sample_rate=16000)
    frequencies = np.arange(257) * 16000 / 512
    centres = mel_to_hz(np.linspace(0, hz_to_mel(8000.0), 22))[1:-1]
    between = (frequencies >= centres[0]) & (frequencies <= centres[-1])
    np.testing.assert_allclose(bank[:, between].sum(axis=0), 1, atol=1e-12)
    assert (np.abs(frequencies[bank.argmax(axis=1)] - centres) <= 16000 / 512).all()


def test_a_tone_lights_the_band_that_holds_it():
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)[None, None]
    power = mel_spectrogram(tone, 256, hop=128, bands=20, sample_rate=8000)[0, 0].mean(axis=1)
    centres = mel_to_hz(np.linspace(0, hz_to_mel(4000.0), 22))[1:-1]
    assert power.argmax() == np.abs(centres - 1000).argmin()


def test_images_become_channels_between_zero_and_one():
    images = [RNG.integers(0, 256, size=(4, 6, 3), dtype=np.uint8) for _ in range(2)]
    batch = image_batch(images)
    assert batch.shape == (2, 3, 4, 6)
    assert batch.dtype == np.float32
    expected = torch.tensor(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    np.testing.assert_array_equal(batch, expected.numpy())
    np.testing.assert_array_equal((batch * 255).round().astype(np.uint8).transpose(0, 2, 3, 1), np.stack(images))
    assert image_batch([np.zeros((4, 6), np.uint8)]).shape == (1, 1, 4, 6)


def test_clips_are_the_windows_of_a_convolution_over_time():
    video = RNG.normal(size=(3, 20, 4, 5))
    clips = video_clips(video, 6, step=4)
    assert len(clips) == conv_output_size(20, 6, stride=4)
    for n, clip in enumerate(clips):
        np.testing.assert_array_equal(clip, video[:, 4 * n : 4 * n + 6])
    assert np.shares_memory(clips, video)


def test_resampling_equals_scipy_zoom():
    x = RNG.normal(size=(2, 1, 5, 9, 4))
    y, spacing = resample_volume(x, (3.0, 1.0, 2.0), (1.0, 2.0, 2.0))
    expected = ndimage.zoom(x, (1, 1, 13 / 5, 5 / 9, 1), order=1)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert spacing == (1.0, 2.0, 2.0)


def test_resampling_keeps_the_ends_and_says_what_spacing_it_reached():
    x = np.array([[[0, 10, 20, 30]]])
    y, (spacing,) = resample_volume(x, (1.0,), (0.7,))
    assert y.shape == (1, 1, 5)
    assert y.dtype == np.float64
    np.testing.assert_allclose([y[0, 0, 0], y[0, 0, -1], spacing], [0, 30, 0.75])


def test_a_single_slice_stays_a_single_slice():
    y, spacing = resample_volume(np.ones((1, 1, 1, 3), np.float32), (5.0, 1.0), (1.0, 9.0))
    assert y.shape == (1, 1, 1, 1)
    assert y.dtype == np.float32
    assert spacing == (1.0, 9.0)


def test_radiomic_features_equal_scipy():
    x = RNG.gamma(2.0, size=(6, 5, 4))
    mask = RNG.uniform(size=x.shape) < 0.4
    features = radiomic_features(x, mask, (2.0, 0.5, 0.5), bins=8)
    inside = x[mask]
    expected = {
        "volume_mm3": mask.sum() * 0.5,
        "mean": inside.mean(),
        "standard_deviation": inside.std(),
        "skewness": stats.skew(inside),
        "kurtosis": stats.kurtosis(inside, fisher=False),
        "energy": (inside**2).sum(),
        "entropy_bits": stats.entropy(np.histogram(inside, 8)[0], base=2),
    }
    assert features == pytest.approx(expected, rel=1e-12)


def test_a_region_of_one_intensity_has_no_spread_though_its_mean_is_rounded():
    x = np.full(3, 0.1)
    assert x.mean() != 0.1
    features = radiomic_features(x, np.ones(3, dtype=bool), (1,))
    assert [features[name] for name in ("standard_deviation", "skewness", "kurtosis")] == [0, 0, 0]


def test_a_region_of_one_intensity_has_no_spread():
    features = radiomic_features(np.full((2, 2), 3), np.ones((2, 2), bool), (1, 1))
    assert (
        features["standard_deviation"] == features["skewness"] == features["kurtosis"] == features["entropy_bits"] == 0
    )


X, VOLUME = np.zeros((1, 1, 32)), np.zeros((1, 1, 4, 5))
REFUSED = {
    "stft: two axes": (ValueError, r"x must be real, of shape \(N, C, L\)", lambda: stft(X[0], 8, hop=4)),
    "stft: complex": (ValueError, "x must be real", lambda: stft(X * 1j, 8, hop=4)),
    "stft: a list": (TypeError, "x must be a NumPy array", lambda: stft([1.0], 8, hop=4)),
    "stft: hop 0": (ValueError, "hop must be at least 1. Got hop=0", lambda: stft(X, 8, hop=0)),
    "stft: other window": (
        ValueError,
        r"window must be real, of shape \(window_size,\)",
        lambda: stft(X, 8, hop=4, window=np.ones(7)),
    ),
    "stft: too short": (ValueError, "must not be longer than the waveform", lambda: stft(X, 33, hop=4)),
    "stft: too short to reflect": (ValueError, "longer than half a window", lambda: stft(X, 64, hop=4, center=True)),
    "spectrogram_frames: too short": (ValueError, "at least as long", lambda: spectrogram_frames(7, 8, hop=1)),
    "hz_to_mel: negative": (ValueError, "hertz must be finite and not negative. Got hertz=-1.0", lambda: hz_to_mel(-1)),
    "mel_to_hz: negative": (ValueError, "mel must be finite and not negative", lambda: mel_to_hz(np.array([1, -2]))),
    "mel_filterbank: too many": (
        ValueError,
        "every band must hold a frequency; .* Got bands=64, empty=",
        lambda: mel_filterbank(64, 64, sample_rate=8000),
    ),
    "mel_filterbank: none": (ValueError, "bands must be at least 1", lambda: mel_filterbank(0, 64, sample_rate=8000)),
    "image_batch: none": (ValueError, "at least one image", lambda: image_batch([])),
    "image_batch: floats": (TypeError, "images must be uint8", lambda: image_batch([np.zeros((2, 2))])),
    "image_batch: one axis": (ValueError, "must share one shape", lambda: image_batch([np.zeros(3, np.uint8)])),
    "image_batch: two sizes": (
        ValueError,
        r"Got images\[1\].shape=\(2, 3\), images\[0\].shape=\(2, 2\)",
        lambda: image_batch([np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)]),
    ),
    "video_clips: a batch": (
        ValueError,
        r"video must be \(C, T, H, W\)",
        lambda: video_clips(np.zeros((1, 3, 4, 5, 6)), 2, step=1),
    ),
    "video_clips: too long": (
        ValueError,
        "must not be longer than the video",
        lambda: video_clips(np.zeros((3, 4, 5, 6)), 5, step=1),
    ),
    "video_clips: step 0": (
        ValueError,
        "step must be at least 1",
        lambda: video_clips(np.zeros((3, 4, 5, 6)), 2, step=0),
    ),
    "resample_volume: complex": (
        TypeError,
        "must hold real numbers",
        lambda: resample_volume(VOLUME * 1j, (1, 1), (1, 1)),
    ),
    "resample_volume: one spacing": (
        ValueError,
        "spacing must be one positive number",
        lambda: resample_volume(VOLUME, (1,), (1, 1)),
    ),
    "resample_volume: zero": (
        ValueError,
        "new_spacing must be a finite number above 0",
        lambda: resample_volume(VOLUME, (1, 1), (0, 1)),
    ),
    "resample_volume: no channel": (
        ValueError,
        r"x.shape must be \(N, C, \*S\)",
        lambda: resample_volume(VOLUME[0, 0], (1,), (1,)),
    ),
    "radiomic_features: numbers": (
        TypeError,
        "mask must be an array of bool",
        lambda: radiomic_features(X, X, (1, 1, 1)),
    ),
    "radiomic_features: a list": (
        TypeError,
        "mask must be an array of bool",
        lambda: radiomic_features(X, [True], (1, 1, 1)),
    ),
    "radiomic_features: empty": (ValueError, "mark at least one voxel", lambda: radiomic_features(X, X > 0, (1, 1, 1))),
    "radiomic_features: shape": (ValueError, "shape of x", lambda: radiomic_features(X, X[0] == 0, (1, 1, 1))),
    "radiomic_features: spacing": (
        ValueError,
        "one positive number per axis",
        lambda: radiomic_features(X, X == 0, (1, 1)),
    ),
    "radiomic_features: bins": (
        ValueError,
        "bins must be at least 1",
        lambda: radiomic_features(X, X == 0, (1, 1, 1), bins=0),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    error, message, call = REFUSED[name]
    with pytest.raises(error, match=message):
        call()
