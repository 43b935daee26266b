"""Argument checks shared by every room. Imports neither NumPy nor torch.

Every message reads "{function}: {rule}. Got {name}={value}, …" and is raised before any computation.
A sympy expression passes for a whole number, so that `arithmetic` can be asked for formulas.
"""

import sys
from collections.abc import Sequence
from math import prod
from typing import Any, NoReturn

PADDING_WORDS = ("valid", "same", "same_lower", "causal")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
WIDEST = 2**31  # no window reaches, steps or pads that far
OF_A_CLASS = ("__init__", "__post_init__", "__call__", "forward")  # methods whose errors name their class
MOST_CELLS = 2**48  # of one array: more bytes than a machine can address


def refuse(rule: str, *, error: Any = ValueError, **got: Any) -> NoReturn:
    """Raise `error` with the one message form of the handbook, in the name of the function that was called."""
    values = ", ".join(f"{name}={value!r}" for name, value in got.items())
    raise error(f"{called()}: {rule}. Got {values}")


def called() -> str:
    """The function or class of this package through which the call under way came in.

    That is the outermost of its frames on the stack, so no function has to hand its name to those that check for it.
    What a reader's code does not call by its name gives none: a module's top level, lambdas, helpers, the command line.
    """
    entry, frame = None, sys._getframe(2)  # who called `refuse`
    while frame:
        here = frame.f_globals.get("__name__", "").split(".")[0] == "reference_impl"
        if here and (name := frame.f_code.co_name) != "main" and (name in OF_A_CLASS or name[0] not in "<_"):
            entry = frame
        frame = frame.f_back
    if entry is None:
        return "reference_impl"
    name = entry.f_code.co_name
    return type(entry.f_locals["self"]).__name__ if name in OF_A_CLASS else name


def is_symbol(value: Any) -> bool:
    """True for a sympy expression, which stands for a whole number."""
    return not isinstance(value, int) and hasattr(value, "free_symbols")  # torch.compile traces no hasattr of a size


def several(value: Any) -> bool:
    """True for a sequence of entries; text and bytes are single values."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def listed(name: str, value: Any) -> Any:
    """`value` if it is a sequence, which text is not."""
    if not several(value):
        refuse(f"{name} must be a sequence", error=TypeError, **{name: value})
    return value


def whole(name: str, value: Any, *, least: int, below: int | None = None) -> Any:
    """`value` if it is a whole number from `least` up to `below`, exclusive (or a sympy expression)."""
    if is_symbol(value):
        return value
    plain = isinstance(value, int) and not isinstance(value, bool)
    if not plain and not _whole_scalar(value):
        refuse(f"{name} must be a whole number", error=TypeError, **{name: value})
    if value < least:
        refuse(f"{name} must be at least {least}", **{name: value})
    if below is not None and value >= below:
        refuse(f"{name} must be less than {below}", **{name: value})
    return value if plain or not hasattr(value, "dtype") else int(value)  # a NumPy or torch number would wrap around


def _whole_scalar(value: Any) -> bool:
    """True for a whole number of NumPy or torch, or another object that Python takes for an index."""
    whole_dtype = "int" in str(getattr(value, "dtype", "int"))
    return not isinstance(value, bool) and hasattr(value, "__index__") and not getattr(value, "ndim", 0) and whole_dtype


def count(name: str, value: Any) -> int:
    """`value` if it is a whole number from 1 that a layer can have so many of."""
    return whole(name, value, least=1, below=WIDEST)


def per_axis(name: str, value: Any, axes: int, *, least: int) -> tuple[Any, ...]:
    """One whole number an axis: a single number is repeated, a sequence must have `axes` entries."""
    if not several(value):
        return (whole(name, value, least=least, below=WIDEST),) * axes
    if len(value) != axes:
        refuse(f"{name} must be one number or one per axis, here {axes}", error=ValueError, **{name: value})
    return tuple(whole(name, entry, least=least, below=WIDEST) for entry in value)


def sizes(name: str, value: Any, *, least: int = 1) -> tuple[Any, ...]:
    """A non-empty sequence of sizes, or one size for a single axis."""
    entries = tuple(value) if several(value) else (value,)
    if not entries:
        refuse(f"{name} must name at least one axis", error=ValueError, **{name: value})
    return tuple(whole(name, entry, least=least) for entry in entries)


def one_of(name: str, value: Any, allowed: Sequence[str]) -> str:
    """`value` if it is one of the `allowed` words."""
    if not isinstance(value, str) or value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        refuse(f"{name} must be one of {words}", error=ValueError, **{name: value})
    return value


def padding(value: Any, axes: int) -> str | tuple[tuple[Any, Any], ...]:
    """A padding word, or one (lo, hi) pair an axis.

    Accepts a word of `PADDING_WORDS`, one whole number for all sides, or one entry an axis, each a number for both
    sides or a (lo, hi) pair.
    """
    if isinstance(value, str):
        one_of("padding", value, PADDING_WORDS)
        if value == "causal" and axes != 1:
            refuse("padding 'causal' is for one axis, the time axis", padding=value, axes=axes)
        return value
    entries = tuple(value) if several(value) else (value,) * axes
    if len(entries) != axes:
        refuse(f"padding must be a word, one number, or one entry per axis, here {axes}", padding=value)
    return tuple(_padding_pair(entry, value) for entry in entries)


def _padding_pair(entry: Any, whole_value: Any) -> tuple[Any, Any]:
    """One axis of `padding`: a number for both sides or a (lo, hi) pair."""
    if not several(entry):
        return (whole("padding", entry, least=0, below=WIDEST),) * 2
    if len(entry) != 2:
        refuse("each entry of padding must be a number or a (lo, hi) pair", padding=whole_value)
    lo, hi = (whole("padding", cells, least=0, below=WIDEST) for cells in entry)
    return lo, hi


def shape(name: str, value: Any, *, layout: str, channels: int = 1) -> tuple[Any, ...]:
    """A channels-first shape of at least one spatial axis, all but the first not empty; at least so many channels."""
    if not several(value) or len(value) < 3:
        refuse(f"{name} must be {layout} with at least one spatial axis", error=ValueError, **{name: value})
    return (
        whole(f"{name}[0]", value[0], least=0),
        whole(f"{name}[1]", value[1], least=channels),
        *(whole(f"{name}[{axis}]", entry, least=1) for axis, entry in enumerate(value[2:], start=2)),
    )


def conv_shapes(
    input_shape: Sequence[Any], weight_shape: Sequence[Any], groups: Any
) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
    """Input (N, C_in, *S), weight (C_out, C_in/g, *K) and groups, if they fit each other."""
    x_shape = shape("input_shape", input_shape, layout="(N, C_in, *S)")
    w_shape = shape("weight_shape", weight_shape, layout="(C_out, C_in/groups, *K)")
    groups = whole("groups", groups, least=1)
    got = {"input_shape": x_shape, "weight_shape": w_shape, "groups": groups}
    if len(x_shape) != len(w_shape):
        refuse("input and weight must have the same number of axes", **got)
    if is_symbol(x_shape[1]) or is_symbol(w_shape[0]) or is_symbol(groups):
        return x_shape, w_shape, groups
    divisible("C_out", w_shape[0], groups)
    if w_shape[0] < 1:
        refuse("weight must hold at least one filter", weight_shape=w_shape)
    divisible("C_in", x_shape[1], groups)
    if w_shape[1] != x_shape[1] // groups:
        refuse("weight must have shape (C_out, C_in/groups, *K)", **got)
    return x_shape, w_shape, groups


def holdable(*shapes: Sequence[Any]) -> None:
    """Refuse arrays that no machine can hold; NumPy and torch overflow, hang or crash on some of them."""
    for cells in shapes:
        if all(isinstance(size, int) for size in cells) and prod(cells) >= MOST_CELLS:
            refuse("no array may have 2**48 cells or more", shape=tuple(cells))


def positive(name: str, value: Any) -> float:
    """`value` as a float if it is a finite number above 0, whole or not."""
    rule = f"{name} must be a finite number above 0"
    try:
        number = float(None if isinstance(value, (str, bytes, bool)) else value)  # type: ignore[arg-type]
    except OverflowError:
        number = float("inf")
    except (TypeError, ValueError, RuntimeError):
        refuse(rule, error=TypeError, **{name: value})
    if not 0 < number < float("inf"):
        refuse(rule, **{name: value})
    return number


def divisible(name: str, channels: Any, groups: Any) -> None:
    """Refuse a number of channels that cannot be split into equal groups."""
    if not is_symbol(channels) and not is_symbol(groups) and channels % groups:
        refuse(f"{name} must be divisible by groups", **{name: channels, "groups": groups})


def bias_fits(bias_shape: Sequence[int] | None, out_channels: int) -> None:
    """Refuse the shape of a bias that is not (C_out,); None is no bias."""
    if bias_shape is not None and tuple(bias_shape) != (out_channels,):
        refuse("b must have shape (C_out,)", **{"b.shape": tuple(bias_shape), "C_out": out_channels})


def padding_fits(mode: str, pads: Sequence[tuple[int, int]], spatial: Sequence[int]) -> None:
    """Refuse padding that a mode cannot fill from the input: reflect has size − 1 cells to give, circular size."""
    one_of("padding_mode", mode, PADDING_MODES)
    limit = {"reflect": -1, "circular": 0}.get(mode)
    if limit is None:
        return
    for pair, size in zip(pads, spatial, strict=True):
        if max(pair) > size + limit:
            rule = f"padding_mode {mode!r} can add at most {'input size − 1' if limit else 'input size'} cells a side"
            refuse(rule, padding=pair, input_size=size)
