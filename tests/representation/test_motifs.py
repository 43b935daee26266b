"""Motifs and spectra as filters: a convolution scores every site in bits, and gives every frame of a transform."""

import re

import numpy as np
import pytest
import torch

from reference_impl.conv import conv
from reference_impl.representation import (
    base_counts,
    complement_one_hot,
    dna_one_hot,
    position_weight_matrix,
    reverse_complement,
    stft,
    stft_filters,
)

SITES = ["TATAAA", "TATATA", "TAAAAA", "TATNAG"]
SHARES = {"A": 0.3, "C": 0.2, "G": 0.2, "T": 0.3}


def test_counts_are_those_of_each_column():
    counts = base_counts(SITES)
    for position in range(6):
        column = [site[position] for site in SITES]
        assert counts[:, position].tolist() == [column.count(base) for base in "ACGT"]


def test_a_score_is_the_log_of_how_much_likelier_the_motif_makes_the_site():
    pwm = position_weight_matrix(base_counts(SITES), background=SHARES, pseudocount=2.0)
    score = conv(dna_one_hot(["TATAAA"]), pwm[None].astype(np.float32)).item()
    odds = 1.0
    for position, base in enumerate("TATAAA"):
        column = [site[position] for site in SITES if site[position] != "N"]
        likely = (column.count(base) + 2 * SHARES[base]) / (len(column) + 2)
        odds *= likely / SHARES[base]
    assert score == pytest.approx(np.log2(odds), rel=1e-6)


def test_each_position_is_a_distribution_over_the_background():
    pwm = position_weight_matrix(base_counts(SITES), background=SHARES)
    shares = np.array([SHARES[base] for base in "ACGT"])
    np.testing.assert_allclose((2**pwm * shares[:, None]).sum(axis=0), 1)


def test_counts_that_say_nothing_weigh_nothing():
    np.testing.assert_allclose(position_weight_matrix(np.zeros((4, 3))), 0, atol=1e-15)
    np.testing.assert_allclose(position_weight_matrix(np.full((4, 3), 7)), 0, atol=1e-15)


def test_the_turned_filter_finds_the_motif_on_the_other_strand():
    rng = np.random.default_rng(4)
    strand = "".join(rng.choice(list("ACGT"), 40))
    planted = strand[:17] + reverse_complement("TATAAA") + strand[23:]
    pwm = position_weight_matrix(base_counts(SITES)).astype(np.float32)[None]
    other = conv(dna_one_hot([planted]), complement_one_hot(pwm))[0, 0]
    assert other.argmax() == 17
    own = conv(dna_one_hot([reverse_complement(planted)]), pwm)[0, 0]
    np.testing.assert_allclose(own[::-1], other, rtol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 7, 16])
@pytest.mark.parametrize("hop", [1, 3])
def test_a_transform_is_a_convolution_with_its_filters(size, hop):
    rng = np.random.default_rng(size)
    x, window = rng.normal(size=(2, 1, 40)), rng.normal(size=size)
    for given in (None, window):
        y = conv(x, stft_filters(size, window=given), stride=hop)
        frequencies = size // 2 + 1
        ours = y[:, :frequencies] + 1j * y[:, frequencies:]
        np.testing.assert_allclose(ours, stft(x, size, hop=hop, window=given)[:, 0], atol=1e-12)


def test_the_filters_give_what_torch_gives():
    x = torch.tensor(np.random.default_rng(1).normal(size=(2, 50)))
    y = conv(x[:, None], torch.tensor(stft_filters(16)), stride=5)
    window = torch.hann_window(16, dtype=torch.float64)
    theirs = torch.stft(x, 16, 5, window=window, center=False, return_complex=True)
    torch.testing.assert_close(torch.complex(y[:, :9], y[:, 9:]), theirs)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: base_counts([]), ValueError, "base_counts: there must be at least one strand. Got strands=[]"),
        (lambda: base_counts(["AC", "ACG"]), ValueError, "base_counts: sites must have one length. Got lengths=[2, 3]"),
        (lambda: base_counts("AC"), TypeError, "base_counts: strands must be a sequence of strings. Got strands='AC'"),
        (
            lambda: position_weight_matrix(np.ones((3, 5))),
            ValueError,
            "position_weight_matrix: counts must be real, of shape (4, L). Got counts.shape=(3, 5)",
        ),
        (
            lambda: position_weight_matrix(np.full((4, 1), -1)),
            ValueError,
            "position_weight_matrix: counts must be finite and not negative. Got smallest=-1.0",
        ),
        (
            lambda: position_weight_matrix(np.array([[1, np.nan]] * 4)),
            ValueError,
            "position_weight_matrix: counts must be finite and not negative",
        ),
        (lambda: position_weight_matrix(np.ones((4, 1)), pseudocount=0), ValueError, "pseudocount must be a finite"),
        (
            lambda: position_weight_matrix(np.ones((4, 1)), background={"A": 1.0}),
            ValueError,
            "background must say a frequency for A, C, G and T, adding up to 1. Got background={'A': 1.0}",
        ),
        (
            lambda: position_weight_matrix(np.ones((4, 1)), background=SHARES | {"A": 0.4}),
            ValueError,
            "background must say a frequency for A, C, G and T, adding up to 1",
        ),
        (
            lambda: position_weight_matrix(np.ones((4, 1)), background={"A": 1.0, "C": 0.5, "G": 0.0, "T": -0.5}),
            ValueError,
            "must be a finite number above 0. Got background['G']=0.0",
        ),
        (
            lambda: position_weight_matrix(np.ones((4, 1)), background=[0.25] * 4),
            TypeError,
            "background must say a frequency for A, C, G and T. Got background=[0.25, 0.25, 0.25, 0.25]",
        ),
        (lambda: stft_filters(0), ValueError, "stft_filters: window_size must be at least 1. Got window_size=0"),
        (
            lambda: stft_filters(4, window=[1.0] * 4),
            TypeError,
            "stft_filters: window must be a NumPy array. Got window=",
        ),
        (lambda: stft_filters(2**24), ValueError, "Got shape=(16777218, 1, 16777216)"),
        (
            lambda: stft_filters(4, window=np.ones(3)),
            ValueError,
            "stft_filters: window must be real, of shape (window_size,). Got window_size=4, window.shape=(3,)",
        ),
    ],
)
def test_what_is_no_motif_and_no_window_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
