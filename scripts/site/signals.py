"""What laws are tried on: arrays on a ring or with zeros around them, bell curves, and the operators between them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

REALS = np.linspace(-40, 40, 4001).tolist()  # fine and wide enough that sums of bell curves are their integrals


class Signal(np.ndarray):
    """An array whose index goes on at its beginning, or, where `ring` is False, reads 0 outside."""

    ring = True

    def __array_finalize__(self, source: Any) -> None:
        self.ring = getattr(source, "ring", True)

    def __getitem__(self, index: Any) -> Any:
        entries = index if isinstance(index, tuple) else (index,)
        if len(entries) < self.ndim or not all(isinstance(entry, int) for entry in entries):
            return super().__getitem__(index)
        if self.ring:
            return super().__getitem__(tuple(entry % size for entry, size in zip(entries, self.shape, strict=True)))
        inside = all(0 <= entry < size for entry, size in zip(entries, self.shape, strict=True))
        return super().__getitem__(tuple(entries)) if inside else 0


def signal(values: Any, *, ring: bool) -> Signal:
    """An array as a signal."""
    made = np.asarray(values).view(Signal)
    made.ring = ring
    return made


@dataclass(frozen=True)
class Bell:
    """height · exp(−(t − middle)² / 2 variance), a function whose convolutions are of its kind."""

    height: float
    middle: float
    variance: float

    def __call__(self, t: float) -> float:
        """Its value."""
        return self.height * math.exp(-((t - self.middle) ** 2) / (2 * self.variance))

    def beside(self, other: "Bell", sign: int) -> "Bell":
        """Its convolution (sign 1) or correlation (−1) with another, in closed form."""
        variance = self.variance + other.variance
        area = self.height * other.height * math.sqrt(2 * math.pi * self.variance * other.variance / variance)
        return Bell(area, self.middle + sign * other.middle, variance)


def convolve(x: Any, w: Any) -> Any:
    """Each cell of w adds a copy of x that begins there: on the ring around it, else in full, as large as both."""
    if isinstance(x, Bell):
        return x.beside(w, 1)
    if not x.ring:
        x = _room(x, [size + taps - 1 for size, taps in zip(x.shape, w.shape, strict=True)])
    return _added(x, w, 1)


def correlate(x: Any, w: Any) -> Any:
    """Each cell reads x from there on, weighted by w."""
    if isinstance(x, Bell):
        return x.beside(w, -1)
    if not x.ring:
        x = _room(x, [size + taps - 1 for size, taps in zip(x.shape, w.shape, strict=True)])
    return _added(x, w, -1)


def _room(x: np.ndarray, shape: list[int]) -> Signal:
    """The signal with zeros behind it, so that nothing wraps around."""
    return signal(np.pad(x, [(0, after - size) for size, after in zip(x.shape, shape, strict=True)]), ring=False)


def _added(x: Signal, w: Signal, sign: int) -> Signal:
    axes = tuple(range(x.ndim))
    moved = (np.roll(x, tuple(sign * step for step in place), axes) * w[place] for place in np.ndindex(w.shape))
    return signal(sum(moved, np.zeros(x.shape)), ring=x.ring)


def shift(x: Signal, by: int) -> Signal:
    """Every cell of a ring moved along each axis."""
    return np.roll(x, (by,) * x.ndim, tuple(range(x.ndim)))


def flip(x: Signal) -> Signal:
    """x[−i] on the ring."""
    return shift(np.flip(x), 1)


def circulant(w: Signal) -> Signal:
    """The matrix whose column n is w moved by n."""
    return signal(np.stack([np.roll(w, n) for n in range(len(w))], axis=1), ring=True)


OPERATORS: dict[str, Any] = {
    "circulant": circulant,
    "conj": np.conj,
    "convolve": convolve,
    "correlate": correlate,
    "F": lambda x: np.fft.fftn(np.asarray(x)),
    "flip": flip,
    "integral": lambda values: sum(values) * (REALS[1] - REALS[0]),
    "norm": lambda x: np.linalg.norm(np.asarray(x).ravel()),
    "shift": shift,
}
