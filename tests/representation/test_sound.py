"""Sound, and corners of chapter 1's other arrays, computed a second time by their definitions, one number at a time."""

import cmath
import math

import numpy as np
import pytest
from scipy import stats

from reference_impl.representation import (
    batch_sequences,
    embed,
    mel_filterbank,
    mel_spectrogram,
    one_hot,
    radiomic_features,
    resample_volume,
    sequence_mask,
    spectrogram_frames,
    stft,
    token_ids,
    video_clips,
    vocabulary,
)

RNG = np.random.default_rng(7)


def mel(hertz):
    return 2595 * math.log10(1 + hertz / 700)


def triangle(bands, size, rate, band, bin_):
    """Weight of one frequency in one band: 1 at the band's centre, 0 from the centres of its neighbours on."""
    low, centre, high = (700 * (10 ** (mel(rate / 2) * (band + place) / (bands + 1) / 2595) - 1) for place in (0, 1, 2))
    hertz = bin_ * rate / size
    return max(0.0, min((hertz - low) / (centre - low), (high - hertz) / (high - centre)))


@pytest.mark.parametrize(("bands", "size", "rate"), [(20, 512, 16000), (3, 9, 100), (1, 3, 8000), (1, 8, 1), (2, 7, 2)])
def test_each_weight_of_the_mel_bands_is_a_place_on_a_triangle(bands, size, rate):
    expected = [[triangle(bands, size, rate, band, k) for k in range(size // 2 + 1)] for band in range(bands)]
    np.testing.assert_allclose(mel_filterbank(bands, size, sample_rate=rate), expected, atol=1e-12)


@pytest.mark.parametrize(("bands", "size", "rate"), [(64, 64, 8000), (1, 2, 8000), (30, 50, 44100)])
def test_the_refusal_counts_the_bands_that_hold_no_frequency(bands, size, rate):
    weights = [[triangle(bands, size, rate, band, k) for k in range(size // 2 + 1)] for band in range(bands)]
    empty = sum(not any(row) for row in weights)
    rule = "every band must hold a frequency; use fewer bands or a longer window"
    with pytest.raises(ValueError, match=rf"^mel_filterbank: {rule}\. Got bands={bands}, empty={empty}$"):
        mel_filterbank(bands, size, sample_rate=rate)


@pytest.mark.parametrize(("size", "hop"), [(1, 1), (2, 1), (5, 3), (9, 9)])
def test_an_stft_is_its_definition(size, hop):
    x, window = RNG.normal(size=(2, 1, 9)), RNG.uniform(size=size)
    frames = (9 - size) // hop + 1
    assert spectrogram_frames(9, size, hop=hop) == frames
    y = stft(x, size, hop=hop, window=window)
    assert y.shape == (2, 1, size // 2 + 1, frames)
    for n, _, f, t in np.ndindex(y.shape):
        terms = (window[k] * x[n, 0, hop * t + k] * cmath.exp(-2j * math.pi * f * k / size) for k in range(size))
        assert y[n, 0, f, t] == pytest.approx(sum(terms), abs=1e-13)


@pytest.mark.parametrize("center", [False, True])
def test_a_mel_spectrogram_is_the_bands_of_the_power(center):
    x = RNG.normal(size=(2, 3, 100))
    power = np.abs(stft(x, 32, hop=7, center=center)) ** 2
    expected = np.einsum("bf,ncft->ncbt", mel_filterbank(4, 32, sample_rate=900), power)
    y = mel_spectrogram(x, 32, hop=7, bands=4, sample_rate=900, center=center)
    np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_a_sound_can_be_reflected_if_it_is_one_sample_longer_than_half_the_window():
    assert stft(np.ones((1, 1, 5)), 8, hop=1, center=True).shape == (1, 1, 5, 6)  # 5 + 2 · 4 − 8 + 1 frames
    with pytest.raises(ValueError, match=r"^stft: x must be longer than half a window to reflect it\. Got L=4"):
        stft(np.ones((1, 1, 4)), 8, hop=1, center=True)


def test_entropy_is_taken_over_32_bins_unless_said_otherwise():
    x = RNG.normal(size=(9, 11))
    inside = np.ones(x.shape, dtype=bool)
    for given, bins in (({}, 32), ({"bins": 1}, 1), ({"bins": 33}, 33)):
        expected = stats.entropy(np.histogram(x, bins)[0], base=2)
        assert radiomic_features(x, inside, (1, 1), **given)["entropy_bits"] == pytest.approx(expected, abs=1e-12)


def test_the_smallest_batches_clips_and_vocabularies():
    batch, mask, lengths = batch_sequences([np.ones((2, 0))], length=0)
    assert (batch.shape, mask.shape, lengths.tolist()) == ((1, 2, 0), (1, 0), [0])
    assert sequence_mask(np.array([], dtype=int), 0).shape == (0, 0)
    assert video_clips(np.zeros((3, 4, 5, 6)), 1, step=1).shape == (4, 3, 1, 5, 6)
    assert video_clips(np.zeros((3, 4, 5, 6)), 4, step=9).shape == (1, 3, 4, 5, 6)
    assert vocabulary([["a"]], size=2) == vocabulary([]) == {"<pad>": 0, "<unk>": 1}


def test_resampling_says_the_spacing_it_reached_even_with_two_voxels():
    y, spacing = resample_volume(np.array([[[[0.0, 10.0], [4.0, 6.0]]]]), (1.0, 3.0), (0.9, 1.4))
    np.testing.assert_allclose(y, [[[[0, 5, 10], [4, 5, 6]]]])
    assert spacing == (1.0, 1.5)


def test_infinity_stays_in_the_cells_beside_it():
    with np.errstate(invalid="ignore"):
        y, _ = resample_volume(np.array([[[np.inf, 1.0, 2.0, 3.0]]]), (2.0,), (1.0,))
    np.testing.assert_allclose(y[0, 0, 2:], [1, 1.5, 2, 2.5, 3])


def test_ids_of_images_and_of_nothing():
    ids, table = RNG.integers(0, 5, size=(2, 3, 4)), RNG.normal(size=(5, 6))
    y = embed(ids, table)
    assert y.shape == (2, 6, 3, 4)
    for n, e, i, j in np.ndindex(y.shape):
        assert y[n, e, i, j] == table[ids[n, i, j], e]
    assert one_hot(np.array([[1, 1]]), 2).tolist() == [[[0, 0], [1, 1]]]
    empty = token_ids([], {"<unk>": 1})
    assert (empty.shape, empty.dtype) == ((0,), np.int64)
