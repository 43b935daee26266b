"""Sound as pictures: the short-time Fourier transform, and the mel scale that follows the ear."""

import numpy as np

from reference_impl.arithmetic.sizes import output_size
from reference_impl.arrays import numeric
from reference_impl.checks import WIDEST, holdable, positive, refuse, whole


def spectrogram_frames(length: int, window_size: int, *, hop: int, center: bool = False) -> int:
    """Frames of a short-time Fourier transform: the output size of a convolution.

    The formula is that without padding. With `center`, half a window (rounded down) is reflected at both ends first,
    which gives L // h + 1 frames for a window of even size.

    Formula:
        F = (L - w) // h + 1

        L — length

    Raises:
        ValueError: a size below 1, a window longer than the waveform, a waveform too short to be reflected.
        TypeError: an argument that is not a whole number.

    Source:
        torch.stft, argument center.

    Example:
        >>> spectrogram_frames(16000, 400, hop=160), spectrogram_frames(16000, 400, hop=160, center=True)
        (98, 101)
    """
    samples, size = whole("length", length, least=1), whole("window_size", window_size, least=1)
    around = size // 2 if center else 0
    if center and samples <= around:
        refuse("the waveform must be longer than half a window to reflect it", length=samples, window_size=size)
    return output_size(samples, size, whole("hop", hop, least=1), (around, around), 1)


def stft(
    x: np.ndarray, window_size: int, *, hop: int, window: np.ndarray | None = None, center: bool = False
) -> np.ndarray:
    """Short-time Fourier transform: the spectrum of every window of a waveform.

    Definition:
        X[n, c, f, t] = sum(a[k] * x[n, c, h*t + k] * exp(-2*π*1j*f*k/w) for k in range(w))

        X — transform
        c — channel
        t — frame
        w — window_size
        w (2..6)
        L — length
        L (6..12)
        x = array(N, C, L)
        a = array(w)

    Shapes:
        x:       (N, C, L) real
        window:  (window_size,)
        returns: (N, C, window_size // 2 + 1, T) complex

    Args:
        x: Waveforms.
        window_size: Samples under one window.
        hop: Samples from one window to the next.
        window: Weights of the samples under the window; None is a Hann window (in torch.stft: ones).
        center: Whether to reflect half a window at both ends first, so that frame t is centred on sample t·hop.

    Raises:
        ValueError: a wrong shape, a size below 1, a window longer than the waveform, or, with `center`, a waveform too
            short to be reflected.
        TypeError: arguments that are not real arrays or whole numbers.

    Source:
        Allen & Rabiner, "A unified approach to short-time Fourier analysis and synthesis", 1977; torch.stft.

    Example:
        >>> tone = np.cos(2 * np.pi * 4 * np.arange(64) / 16)[None, None]  # 4 periods a window
        >>> int(np.abs(stft(tone, 16, hop=8))[0, 0, :, 0].argmax())
        4
    """
    return _spectra(x, window_size, hop, window, center)


def _spectra(x: np.ndarray, window_size: int, hop: int, window: np.ndarray | None, center: bool) -> np.ndarray:
    """`stft`."""
    if numeric("x", x).ndim != 3 or x.dtype.kind == "c":
        refuse("x must be real, of shape (N, C, L)", **{"x.shape": x.shape, "x.dtype": str(x.dtype)})
    size, step = whole("window_size", window_size, least=1), whole("hop", hop, least=1)
    if window is not None and (numeric("window", window).shape != (size,) or window.dtype.kind == "c"):
        got = {"window.shape": window.shape, "window.dtype": str(window.dtype)}
        refuse("window must be real, of shape (window_size,)", window_size=size, **got)
    if center:
        if x.shape[2] <= size // 2:
            refuse("x must be longer than half a window to reflect it", L=x.shape[2], window_size=size)
        x = np.pad(x, ((0, 0), (0, 0), (size // 2, size // 2)), mode="reflect")
    if x.shape[2] < size:
        refuse("the window must not be longer than the waveform", L=x.shape[2], window_size=size)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=2)[:, :, ::step]  # (N, C, T, w)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    weights = hann_window(size) if window is None else window
    return np.fft.rfft(windows * weights.astype(dtype), axis=3).swapaxes(2, 3)  # (N, C, F, T)


def hann_window(size: int) -> np.ndarray:
    """The periodic Hann window, as torch.hann_window gives it.

    Example:
        >>> [f"{weight:.2f}" for weight in hann_window(4)]
        ['0.00', '0.50', '1.00', '0.50']
    """
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def hz_to_mel(hertz: np.ndarray | float) -> np.ndarray:
    """Frequency on the mel scale, on which equal steps sound equally far apart.

    Args:
        hertz: Frequencies, not negative.

    Raises:
        ValueError: a frequency that is negative or not finite.
        TypeError: what is not real numbers.

    Source:
        O'Shaughnessy, "Speech Communication", 1987: 2595 log₁₀(1 + f/700), the scale of HTK.

    Example:
        >>> print(f"{hz_to_mel(1000.0):.2f}")
        999.99
    """
    values = _not_negative("hertz", hertz)
    return 2595 * np.log10(1 + values / 700)


def mel_to_hz(mel: np.ndarray | float) -> np.ndarray:
    """Back from the mel scale to hertz.

    Args:
        mel: Values of `hz_to_mel`, not negative.

    Raises:
        ValueError: a value that is negative or not finite.
        TypeError: what is not real numbers.

    Source:
        The inverse of `hz_to_mel`.

    Example:
        >>> print(f"{mel_to_hz(hz_to_mel(440.0)):.6f}")
        440.000000
    """
    return 700 * (10 ** (_not_negative("mel", mel) / 2595) - 1)


def _not_negative(name: str, value: np.ndarray | float) -> np.ndarray:
    """Finite real numbers from 0 in float64."""
    values = np.asarray(value)
    if values.dtype.kind not in "iuf":
        refuse(f"{name} must be real numbers", error=TypeError, **{name: value})
    wrong = values[~np.isfinite(values) | (values < 0)]
    if wrong.size:
        refuse(f"{name} must be finite and not negative", **{name: float(wrong[0])})
    return values.astype(np.float64)


def mel_filterbank(bands: int, window_size: int, *, sample_rate: int, f_max: float | None = None) -> np.ndarray:
    """Triangles that gather the frequencies of a spectrum into bands of equal width on the mel scale.

    Shapes:
        returns: (bands, window_size // 2 + 1)

    Args:
        bands: Number of triangles, from 0 Hz to `f_max`.
        window_size: Samples under one window of the spectrum.
        sample_rate: Samples a second.
        f_max: Where the last triangle ends, in hertz; half the sample rate by default, which is also the most.

    Raises:
        ValueError: a number below 1, an `f_max` beyond half the sample rate, so many bands that one would be empty.
        TypeError: an argument that is not a whole number.

    Source:
        Davis & Mermelstein, 1980; torchaudio.functional.melscale_fbanks(mel_scale="htk", norm=None).

    Example:
        >>> mel_filterbank(40, 400, sample_rate=16000).shape
        (40, 201)
    """
    count, size = whole("bands", bands, least=1), whole("window_size", window_size, least=2)
    rate = whole("sample_rate", sample_rate, least=1, below=WIDEST)
    holdable((count, size // 2 + 1))
    frequencies = np.arange(size // 2 + 1) * rate / size  # (F,)
    top = rate / 2 if f_max is None else positive("f_max", f_max)
    if top > rate / 2:
        refuse("f_max must be at most half the sample rate", f_max=f_max, sample_rate=rate)
    edges = mel_to_hz(np.linspace(0, hz_to_mel(top), count + 2))
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]  # (bands, F)
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    bank = np.clip(np.minimum(rising, falling), 0, None)
    if not bank.any(axis=1).all():
        empty = int((~bank.any(axis=1)).sum())
        refuse("every band must hold a frequency; use fewer bands or a longer window", bands=count, empty=empty)
    return bank


def mel_spectrogram(
    x: np.ndarray,
    window_size: int,
    *,
    hop: int,
    bands: int,
    sample_rate: int,
    center: bool = False,
    f_max: float | None = None,
) -> np.ndarray:
    """Power in each mel band, frame by frame: one channel of a picture with frequency and time as axes.

    Shapes:
        x:       (N, C, L)
        returns: (N, C, bands, T)

    Args:
        x: Waveforms.
        window_size: Samples under one window.
        hop: Samples from one window to the next.
        bands: Number of mel bands.
        sample_rate: Samples a second.
        center: As in `stft`.
        f_max: As in `mel_filterbank`.

    Raises:
        ValueError: as `stft` and `mel_filterbank`.
        TypeError: as `stft` and `mel_filterbank`.

    Source:
        Davis & Mermelstein, 1980.

    Example:
        >>> mel_spectrogram(np.ones((1, 1, 1600)), 400, hop=160, bands=20, sample_rate=16000).shape
        (1, 1, 20, 8)
    """
    bank = mel_filterbank(bands, window_size, sample_rate=sample_rate, f_max=f_max)
    power = np.abs(_spectra(x, window_size, hop, None, center)) ** 2  # (N, C, F, T)
    return (bank.astype(power.dtype) @ power).astype(power.dtype, copy=False)
