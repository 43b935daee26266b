"""Measured time in words and numbers: what a sentence says, and what it says where nothing was measured."""

from datetime import datetime

from scripts.timings.cases import Case, family
from scripts.timings.choice import shown
from scripts.timings.records import Record, Result

MISSING = "–"
HOW = "`make timings`"
NO_SHARE, NO_TIME, NO_MULTIPLE = "an unmeasured share", "an unmeasured time", "an unmeasured number of"


def timing_ratio(
    name: str,
    case: str,
    of: str = "time",
    by: str = "",
    direction: str = "forward",
    gpu: int = 0,
    form: str = "float32",
) -> str:
    """A case's share of the first of its family, in per cent, or words where it was not measured.

    Args:
        name: The family.
        case: The case.
        of: "time", or what is counted: "macs", "bytes", "weights".
        by: "numpy", "twin" or "library"; by default torch's kernel, or our twin where torch has none.
        direction: "forward" or "backward".
        gpu: Samples of a batch on the first measured GPU; 0 for the device that sentences speak of.
        form: The format on that device.
    """
    cases, one = family(name), _case(name, case)
    if of != "time":
        counts = {"macs": lambda c: c.macs, "bytes": lambda c: c.nbytes(), "weights": lambda c: c.weights}
        if of not in counts:
            raise ValueError(f"timing_ratio: of is time, macs, bytes or weights, not {of!r}")
        return percent(counts[of](one) / counts[of](cases[0]))
    record = spoken_of(gpu)
    share = share_of_time(record, one, cases[0], by, direction, form) if record else None
    return NO_SHARE if share is None else percent(share)


def spoken_of(gpu: int = 0) -> Record | None:
    """The first record, or that of a GPU and a batch."""
    wanted = [record for record in shown() if not gpu or (record.kind, record.batch) == ("cuda", gpu)]
    return wanted[0] if wanted else None


def timing_ms(name: str, case: str, by: str = "library", direction: str = "forward") -> str:
    """The measured time of a case in float32, or words."""
    one, record = _case(name, case), spoken_of()
    result = record.find(one, by, direction) if record else None
    return f"{milliseconds(result)} ms" if result else NO_TIME


def timing_floor(name: str, case: str, by: str = "library") -> str:
    """How many times its floor a case takes, or words."""
    one, record = _case(name, case), spoken_of()
    over = over_floor(record, one, by) if record else None
    return f"{over:.1f}" if over else NO_MULTIPLE


def _case(name: str, case: str) -> Case:
    cases = {one.name: one for one in family(name)}
    if case not in cases:
        raise ValueError(f"the family {name!r} has no case {case!r}; it has {', '.join(map(repr, cases))}")
    return cases[case]


def share_of_time(
    record: Record, case: Case, first: Case, by: str = "", direction: str = "forward", form: str = "float32"
) -> float | None:
    """Time of a case over that of the first, by torch's kernels, or where it has none by our torch primitives."""
    for implementation in (by,) if by else ("library", "twin"):
        times = [record.find(one, implementation, direction, form) for one in (case, first)]
        if times[0] and times[1]:
            return times[0].seconds / times[1].seconds
    return None


def over_floor(record: Record, case: Case, by: str = "library", form: str = "float32") -> float | None:
    """Measured time over the floor of a case, forward."""
    result = record.find(case, by, "forward", form)
    if result is None:
        return None
    itemsize = 2 if form.startswith("bfloat16") else 4
    return result.seconds / case.batched(record.batch).floor(record.flops[form], record.bandwidth, itemsize)


def device_words(gpu: int = 0) -> str:
    """The device that sentences and pictures speak of, in words; a GPU by the samples of its batch."""
    record = spoken_of(gpu)
    if record:
        return described(record)
    return f"no {'GPU' if gpu else 'machine'} yet ({HOW} measures one)"


def gpu_words() -> str:
    """Which GPUs were measured, in a sentence."""
    gpus = dict.fromkeys(record.device for record in shown() if record.kind == "cuda")
    if gpus:
        return f"Measured GPUs: {', '.join(gpus)}."
    return (
        f"No GPU has been measured yet. On a machine that has one, {HOW} writes its record to `docs/data/timings/`, "
        "and from then on its numbers stand in every table here."
    )


def line_below(record: Record, how: str = "") -> str:
    """What stands below a table: on what it was measured, and whether that is out of date."""
    link = f" [How it is measured]({how})." if how else ""
    return f"Median times of one run on {described(record)}.{link}"


def described(record: Record) -> str:
    """Device, threads, versions, date, and whether all that still holds."""
    date = datetime.fromisoformat(record.date)
    releases = record.versions | {"cuda": record.versions.get("cuda", "")}
    text = (
        f"{record.name}, {threads(record)}; Python {releases['python']}, NumPy {releases['numpy']}, "
        f"torch {releases['torch']}{', CUDA ' + releases['cuda'] if releases['cuda'] else ''}; "
        f"{date.day} {date:%B %Y}{', a quick measurement' if record.mode == 'quick' else ''}"
    )
    stale = f". **Out of date**: the measured code has changed since; {HOW} measures it again"
    return text + (stale if record.stale else "")


def threads(record: Record) -> str:
    """How many ran, in words."""
    return f"{record.threads} thread{'s' if record.threads > 1 else ''}" if record.kind == "cpu" else "GPU"


def nothing(how: str = "") -> str:
    """What stands in place of times that nobody has measured."""
    link = f" [How it is done]({how})." if how else ""
    return f"No time has been measured yet: {HOW} does it on your machine.{link}"


def milliseconds(result: Result | None) -> str:
    """A time in milliseconds, three digits of it."""
    return _three_digits(1e3 * result.seconds) if result else MISSING


def microseconds(result: Result | None) -> str:
    """A time in microseconds, three digits of it."""
    return _three_digits(1e6 * result.seconds) if result else MISSING


def _three_digits(value: float) -> str:
    return f"{value:,.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}"


def count(value: float) -> str:
    """A count or size with about three digits."""
    return f"{value:,.{0 if value >= 99.95 else 1}f}"


def percent(share: float | None) -> str:
    """A share with two or three digits."""
    return MISSING if share is None else f"{100 * share:.{0 if share >= 0.0995 else 1}f}%"
