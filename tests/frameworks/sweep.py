"""Layers to try in every framework: seeded, lopsided on purpose, and what reference_impl says they compute."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reference_impl.arithmetic import keras_transpose_arguments
from reference_impl.conv import conv
from reference_impl.conv_transpose import conv_transpose
from reference_impl.frameworks.layer import DATA_FORMATS, KINDS, Layer, layer
from reference_impl.separable import depthwise_conv, depthwise_separable_conv

CHAPTER = Path(__file__).parents[2] / "docs" / "chapters" / "02-convolution.md"
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


class Case(NamedTuple):
    """A layer and its arrays."""

    layer: Layer
    x: np.ndarray
    w: Any
    b: np.ndarray | None

    def cast(self, dtype: str) -> "Case":
        """The same with arrays of another dtype."""
        w = tuple(part.astype(dtype) for part in self.w) if isinstance(self.w, tuple) else self.w.astype(dtype)
        return Case(self.layer, self.x.astype(dtype), w, None if self.b is None else self.b.astype(dtype))


def cases(number: int, *, seed: int) -> Iterator[Case]:
    """So many layers, each kind, number of axes and data format in turn, the rest drawn; those with no output go."""
    rng = np.random.default_rng(seed)
    while number:
        turn = number % 24
        kind, axes, data_format = KINDS[turn % 4], (turn // 4) % 3 + 1, DATA_FORMATS[turn // 12]
        try:
            case = drawn(rng, kind, axes, data_format)
        except ValueError:  # a kernel longer than the padded input, or all of the output cut off: draw again
            continue
        yield case
        number -= 1


def drawn(rng: np.random.Generator, kind: str, axes: int, data_format: str) -> Case:
    """One layer of a kind. Sizes, kernels, strides and dilations differ between the axes as often as not."""
    size, kernel = rng.integers(3, 13 - 2 * axes, axes), rng.integers(1, 5, axes)
    stride, dilation = several(rng, axes, (1, 2, 3)), several(rng, axes, (1, 1, 2, 3))
    groups, inner, outer, m = rng.integers(1, 4, 4)
    channels = groups * inner
    options: dict[str, Any] = {"kind": kind, "stride": stride, "dilation": dilation, "data_format": data_format}
    options |= {"bias": bool(rng.integers(0, 2)), "padding": padding(rng, kind, kernel, stride, dilation)}
    if kind == "conv_transpose":
        options["output_padding"] = extra(rng, options, kernel, stride, dilation)
        w = rng.normal(size=(channels, outer, *kernel))
    elif kind == "conv":
        w = rng.normal(size=(groups * outer, inner, *kernel))
    else:
        w = rng.normal(size=(m * channels, 1, *kernel))
    if kind in ("conv", "conv_transpose"):
        options["groups"] = int(groups)
    if kind == "separable":
        w = (w, rng.normal(size=(outer, m * channels, *(1,) * axes)))
    x = rng.normal(size=(int(rng.integers(1, 3)), channels, *size))
    shape = tuple(part.shape for part in w) if kind == "separable" else w.shape
    made = layer(x.shape, shape, **options)
    case = Case(made, x, w, rng.normal(size=made.out_channels) if made.bias else None)
    return case.cast("float32").cast("float64")  # so that both dtypes see the same numbers


def several(rng: np.random.Generator, axes: int, values: tuple[int, ...]) -> tuple[int, ...]:
    """One value for all axes, or one each."""
    drawn = rng.choice(values, axes)
    return tuple(int(value) for value in (drawn if rng.integers(0, 2) else [drawn[0]] * axes))


def padding(rng: np.random.Generator, kind: str, kernel: Any, stride: Any, dilation: Any) -> Any:
    """A word, one number a side, or a pair that differs; of a transposed layer, also what the words mean there."""
    axes = len(kernel)
    words = ["valid", "same", *([] if kind == "conv_transpose" else ["same_lower", *(["causal"] if axes == 1 else [])])]
    choice = rng.integers(0, len(words) + 2)
    if choice < len(words) and kind != "conv_transpose":
        return words[choice]
    if choice < len(words):
        shape = zip(kernel.tolist(), stride, dilation, strict=True)
        return tuple(keras_transpose_arguments(words[choice], k, stride=s, dilation=d)[0] for k, s, d in shape)
    alike = choice == len(words)
    pairs = rng.integers(0, 3, (axes, 2)).tolist()
    return tuple((lo, lo if alike else hi) for lo, hi in pairs)


def extra(rng: np.random.Generator, options: dict[str, Any], kernel: Any, stride: Any, dilation: Any) -> Any:
    """output_padding: what the words of Keras keep for a kernel shorter than the stride, nothing, or some."""
    choice = rng.integers(0, 3)
    axes = list(zip(kernel.tolist(), stride, dilation, strict=True))
    if choice == 0:
        return tuple(keras_transpose_arguments("same", k, stride=s, dilation=d)[1] for k, s, d in axes)
    return tuple(int(rng.integers(0, max(s, d))) if choice == 1 else 0 for _, s, d in axes)


def expected(case: Case) -> np.ndarray:
    """What reference_impl computes, in float64."""
    given, x, w, b = case
    options: dict[str, Any] = {"stride": given.stride, "padding": given.pads, "dilation": given.dilation}
    if given.kind == "conv_transpose":
        return conv_transpose(x, w, b, output_padding=given.output_padding, groups=given.groups, **options)
    if given.kind == "separable":
        return depthwise_separable_conv(x, *w, b, **options)
    if given.kind == "depthwise":
        return depthwise_conv(x, w, b, **options)
    return conv(x, w, b, groups=given.groups, **options)


def difference(y: np.ndarray, case: Case) -> float:
    """The largest difference from reference_impl, as a part of its largest output; infinite where shapes differ."""
    wanted = expected(case)
    if y.shape != wanted.shape:
        return float("inf")
    return float(np.abs(y - wanted).max() / np.abs(wanted).max()) if wanted.any() else float(np.abs(y).max())


class Outcome(NamedTuple):
    """What a sweep found."""

    equal: int
    far: list[str]  # computed otherwise than by reference_impl
    refused: Counter[str]  # by the rule


def swept(framework: Any, number: int, *, seed: int, dtype: str = "float32") -> Outcome:
    """Run so many cases in a framework and compare each with reference_impl."""
    equal, far, rules = 0, [], Counter()
    for case in cases(number, seed=seed):
        given = case.cast(dtype)
        try:
            y = framework.run(given.layer, given.x, given.w, given.b)
        except (ValueError, NotImplementedError) as refused:
            rules[re.split(r"[;.] ", str(refused).removeprefix("run: "))[0]] += 1
            continue
        off = difference(y, case)
        equal += off <= TOLERANCE[dtype]
        if off > TOLERANCE[dtype]:
            far.append(f"{off:.1e} {given.layer}")
    return Outcome(equal, far, rules)


def round_trips(framework: Any, number: int, *, seed: int) -> Iterator[bool]:
    """Whether each weight comes back from a framework as it went there."""
    for case in cases(number, seed=seed):
        back = framework.weight_from(case.layer, framework.weight_to(case.layer, case.w))
        ours, theirs = (w if isinstance(w, tuple) else (w,) for w in (case.w, back))
        yield all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def unnamed(rules: Counter[str], framework: str, known: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The refusals that begin with none of the known rules of a framework, and the known rules that no case met."""
    named = tuple(f"{framework} {rule}" for rule in known)
    met = [rule for rule in named if any(told.startswith(rule) for told in rules)]
    return [told for told in rules if not told.startswith(named)], [rule for rule in named if rule not in met]


def recorded(name: str) -> tuple[str, list[int]]:
    """The release and the answer to an impulse that chapter 2 has of a function."""
    line = re.search(rf'^ *\("{re.escape(name)}", .*\),$', CHAPTER.read_text(encoding="utf-8"), re.MULTILINE)
    assert line, name
    _, release, answer = ast.literal_eval(line[0].strip().rstrip(","))
    return release, answer


IMPULSE, TAPS = np.array([0, 0, 1, 0, 0], np.float32), np.array([1, 2, 3], np.float32)
IMPULSE_2D, TAPS_2D = np.pad([[1.0]], 2).astype(np.float32), np.arange(1, 10, dtype=np.float32).reshape(3, 3)
