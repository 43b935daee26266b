"""Draw the pictures of the pages: `scripts/figures/<module>.py` returns matplotlib figures, a page gets inline SVG."""

import contextlib
import html
import importlib
import math
import multiprocessing
import os
import re
import traceback
import warnings
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from pathlib import Path

from scripts import fingerprints
from scripts.site import moving
from scripts.site.cache import cached, once_a_build
from scripts.timings import records as timing_records

SHORTEST_ALT = 20  # characters; less cannot say what a picture shows
SMALLEST_SHOWN = 11  # pixels: a picture does not shrink on a phone until its letters are smaller than this
WORTH_WORKERS = 4  # drawings; for fewer, starting another Python takes longer than drawing

_ahead: dict[tuple[str, str], "Future[str]"] = {}


def module_of(page: str) -> str:
    """The module that draws for a page: 14-separable.md → chapter_14, index.md → home, else the page's own name.

    A further page of a chapter has a module of its own: 14-2-depthwise-separable.md → chapter_14_2.
    """
    stem = Path(page).stem
    if chapter := re.match(r"\d+(-\d+)?(?=-)", stem):
        return f"chapter_{chapter[0].replace('-', '_')}"
    return "home" if stem == "index" else stem.replace("-", "_")


def picture(page: str, name: str, alt: str, occurrence: int = 1) -> str:
    """The `<div>` that shows the picture `name` of a page, for the `occurrence`-th time on that page.

    Raises:
        ValueError: no such drawing, a drawing that fails, no alternative text that says something.
    """
    if not isinstance(alt, str) or len(alt.strip()) < SHORTEST_ALT:
        raise ValueError(f"its alternative text is shorter than {SHORTEST_ALT} characters. Say what the picture shows")
    svg = drawing(module_of(page), name)
    prefix = name if occurrence == 1 else f"{name}-{occurrence}"
    width, height, letter = (float(value) for value in re.findall(r'data-(?:width|height|letter)="([\d.]+)"', svg))
    size = f"max-width:{width:g}px" + (f";min-width:{math.ceil(width * SMALLEST_SHOWN / letter)}px" if letter else "")
    frames = int(found[1]) if (found := moving.FRAMES.search(svg)) else 0
    size += moving.properties(frames) if frames else ""
    attributes = f'viewBox="0 0 {width:g} {height:g}" style="{size}" role="img" aria-labelledby="{prefix}-title"'
    title = f'<title id="{prefix}-title">{html.escape(alt.strip(), quote=False)}</title>'
    body = svg[svg.index(">") + 1 :].replace("{id}", f"{prefix}-")
    rules, pause = (moving.keyframes(frames), moving.PAUSE) if frames else ("", "")
    return f'<div class="handbook-drawing"><svg {attributes}>{title}{rules}{body}{pause}</div>'


def drawing(module: str, name: str) -> str:
    """The SVG that `scripts.figures.<module>.<name>()` draws; from the cache if nothing it depends on has changed."""
    return cached("figures", _key(module, name), lambda: _from_worker_or_here(module, name))


def draw_ahead(wanted: Iterable[tuple[str, str]]) -> None:
    """Begin to draw in other processes what the cache does not have; `drawing` collects it, faults included."""
    _ahead.clear()
    missing = [pair for pair in sorted(set(wanted)) if _file_of(f"scripts.figures.{pair[0]}") and not _is_cached(*pair)]
    if len(missing) < WORTH_WORKERS:
        return
    workers = ProcessPoolExecutor(min(os.cpu_count() or 1, 8), multiprocessing.get_context("forkserver"))
    _ahead.update({pair: workers.submit(_draw, *pair) for pair in missing})
    workers.shutdown(wait=False)  # ends when the last drawing is done


class _NotCachedError(Exception):
    pass


def _is_cached(module: str, name: str) -> bool:
    def give_up() -> None:
        raise _NotCachedError

    try:
        cached("figures", _key(module, name), give_up)
    except _NotCachedError:
        return False
    return True


def _from_worker_or_here(module: str, name: str) -> str:
    if ahead := _ahead.pop((module, name), None):
        with contextlib.suppress(BrokenExecutor):  # a worker was killed: draw here
            return ahead.result()
    return _draw(module, name)


def _key(module: str, name: str) -> list[str | bytes]:
    """Everything a drawing depends on: its module, what that imports, reference_impl, records, versions."""
    return [module, name, *_shared_key(), *_sources(f"scripts.figures.{module}")]


@once_a_build
def _shared_key() -> list[str | bytes]:
    """What all drawings depend on."""
    own = [fingerprints.of_module(module) for module in (__name__, "scripts.site.svg", "scripts.site.moving")]
    return [timing_records.digest_of_files(), *fingerprints.of_what_pages_use(), *own]


@once_a_build
def _sources(dotted: str) -> list[bytes]:
    """The source of a figure module and of every module of `scripts` that it imports, directly or not."""
    return [path.read_bytes() for path in fingerprints.files_behind([dotted], ("scripts",))]


def _file_of(module: str) -> Path | None:
    importlib.import_module("scripts.figures")  # so that it says where its files lie
    return fingerprints.file_of(module, ("scripts.figures",))


def _draw(module: str, name: str) -> str:
    """Draw in this process.

    Raises:
        ValueError: with the place in the figure module where the drawing failed.
    """
    place = f"scripts/figures/{module}.py"
    if _file_of(f"scripts.figures.{module}") is None:
        raise ValueError(f"{place} does not exist")
    import matplotlib  # here and not above: a build whose drawings are all cached never needs it
    from matplotlib.figure import Figure

    from scripts.figures import style
    from scripts.site.svg import themed_svg

    try:
        function = getattr(importlib.import_module(f"scripts.figures.{module}"), name, None)
        if function is None:
            raise ValueError(f"{place} has no function {name}()")
        with matplotlib.rc_context(style.RC), warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a division by zero is not a picture
            figure = function()
            if not isinstance(figure, Figure):
                raise ValueError(f"{name}() in {place} returns {type(figure).__name__}, not a matplotlib figure")
            return themed_svg(figure)
    except Exception as error:
        if isinstance(error, ValueError) and str(error).startswith((place, f"{name}() in {place}")):
            raise
        raise ValueError(f"{_place_of(error, module) or place}: {type(error).__name__}: {error}") from error


def _place_of(error: Exception, module: str) -> str:
    """Where in the figure module an exception passed last."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == f"{module}.py"]
    return f"scripts/figures/{module}.py:{lines[-1]}" if lines else ""
