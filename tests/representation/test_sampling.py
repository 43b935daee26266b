"""Centred frames, the upper edge of a mel bank, and label maps in other voxel sizes."""

import itertools

import numpy as np
import pytest
import scipy.ndimage
import torch

from reference_impl.representation import (
    mel_filterbank,
    mel_spectrogram,
    mel_to_hz,
    resample_volume,
    spectrogram_frames,
    stft,
)


@pytest.mark.parametrize("center", [False, True])
def test_frames_are_those_of_torchs_transform_and_of_ours(center):
    for length, size, hop in itertools.product((17, 40, 41), (8, 9, 16), (1, 3, 8)):
        window = torch.hann_window(size)
        spectrum = torch.stft(torch.zeros(length), size, hop, window=window, center=center, return_complex=True)
        frames = spectrogram_frames(length, size, hop=hop, center=center)
        assert frames == spectrum.shape[1] == stft(np.zeros((1, 1, length)), size, hop=hop, center=center).shape[3]


def test_an_even_window_gives_one_frame_more_than_whole_hops():
    assert spectrogram_frames(480_000, 400, hop=160, center=True) == 480_000 // 160 + 1


def test_a_waveform_too_short_to_reflect_is_refused():
    rule = r"^spectrogram_frames: the waveform must be longer than half a window to reflect it\. Got length=4, win"
    with pytest.raises(ValueError, match=rule):
        spectrogram_frames(4, 8, hop=1, center=True)
    assert spectrogram_frames(5, 8, hop=1, center=True) == 6


def test_a_bank_ends_at_its_upper_edge():
    bank = mel_filterbank(20, 400, sample_rate=16000, f_max=4000)
    frequencies = np.arange(201) * 40
    assert not bank[:, frequencies >= 4000].any()
    assert bank[-1, frequencies < 4000].any()
    peaks = mel_to_hz(np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 22))[1:-1]
    assert np.abs(frequencies[bank.argmax(axis=1)] - peaks).max() <= 40


def test_half_the_sample_rate_is_the_edge_by_default_and_the_most():
    whole = mel_filterbank(20, 400, sample_rate=16000)
    np.testing.assert_array_equal(whole, mel_filterbank(20, 400, sample_rate=16000, f_max=8000))
    for wrong, rule in (
        (8001, "f_max must be at most half the sample rate"),
        (0, "f_max must be a finite number abov"),
    ):
        with pytest.raises(ValueError, match=f"^mel_filterbank: {rule}"):
            mel_filterbank(20, 400, sample_rate=16000, f_max=wrong)


def test_a_spectrogram_passes_its_upper_edge_on():
    x = np.random.default_rng(0).normal(size=(1, 2, 1600))
    power = np.abs(stft(x, 400, hop=160)) ** 2
    expected = mel_filterbank(20, 400, sample_rate=16000, f_max=4000) @ power
    np.testing.assert_allclose(mel_spectrogram(x, 400, hop=160, bands=20, sample_rate=16000, f_max=4000), expected)


@pytest.mark.parametrize(
    ("shape", "spacing", "wanted"), [((4, 5), (1.0, 2.0), (0.5, 1.5)), ((9, 4), (1.0, 1.0), (2.0, 3.0))]
)
def test_labels_stay_labels_and_take_the_nearest_voxel(shape, spacing, wanted):
    labels = np.random.default_rng(0).integers(0, 200, size=(1, 1, *shape)).astype(np.uint8)
    fine, reached = resample_volume(labels, spacing, wanted, nearest=True)
    assert fine.dtype == np.uint8
    assert {*np.unique(fine)} <= {*np.unique(labels)}
    places = [np.linspace(0, old - 1, new) for old, new in zip(shape, fine.shape[2:], strict=True)]
    nearest = np.ix_(*(np.floor(place + 0.5 + 1e-9).astype(int) for place in places))
    np.testing.assert_array_equal(fine[0, 0], labels[0, 0][nearest])
    assert reached == resample_volume(labels, spacing, wanted)[1]


def test_the_nearest_voxel_is_scipys_where_none_lies_halfway():
    labels = np.random.default_rng(0).integers(0, 9, size=(1, 1, 7))
    ours, _ = resample_volume(labels, (1.0,), (6 / 10,), nearest=True)
    zoomed = scipy.ndimage.zoom(labels[0, 0], 11 / 7, order=0)
    between = np.linspace(0, 6, 11) % 1 != 0.5
    np.testing.assert_array_equal(ours[0, 0][between], zoomed[between])


def test_one_voxel_stays_one():
    assert resample_volume(np.array([[[3]]]), (1.0,), (0.5,), nearest=True)[0].tolist() == [[[3]]]
