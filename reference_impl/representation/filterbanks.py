"""Spectra as convolutions: the filters that `stft` applies, as weights of a layer."""

from math import pi

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import holdable, refuse, whole
from reference_impl.representation.audio import hann_window


def stft_filters(window_size: int, *, window: np.ndarray | None = None) -> np.ndarray:
    """The short-time Fourier transform as one layer: a cosine and a sine for each frequency, under the window.

    `conv(x, stft_filters(w), stride=hop)` has the real parts in its first w // 2 + 1 channels and the imaginary parts
    in the others, for waveforms (N, 1, L) and frames that are not centred.

    Shapes:
        window:  (window_size,)
        returns: (2·(window_size // 2 + 1), 1, window_size)

    Args:
        window_size: Samples under one window, and taps of the filters.
        window: Weights of the samples; None is a Hann window, as in `stft`.

    Raises:
        ValueError: a size below 1, a window of another length.
        TypeError: an argument of the wrong kind.

    Source:
        Allen & Rabiner, "A unified approach to short-time Fourier analysis and synthesis", 1977 (the filter-bank view).

    Example:
        >>> stft_filters(4, window=np.ones(4))[:, 0].round(12).astype(int).tolist()
        [[1, 1, 1, 1], [1, 0, -1, 0], [1, -1, 1, -1], [0, 0, 0, 0], [0, -1, 0, 1], [0, 0, 0, 0]]
    """
    size = whole("window_size", window_size, least=1)
    holdable((2 * (size // 2 + 1), 1, size))
    weights = hann_window(size) if window is None else numeric("window", window)
    if weights.shape != (size,) or weights.dtype.kind == "c":
        refuse("window must be real, of shape (window_size,)", window_size=size, **{"window.shape": weights.shape})
    turns = np.outer(np.arange(size // 2 + 1), np.arange(size)) % size  # exact: whole turns change nothing
    angles = 2 * pi * turns / size  # (F, w)
    return np.concatenate([np.cos(angles), -np.sin(angles)])[:, None] * weights  # (2F, 1, w)
