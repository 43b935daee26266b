"""Pictures that move: what is drawn inside `frame` is seen in its turn, everything else always.

A loop draws one frame per output cell, on top of what stands still::

    for number, cell in enumerate(cells):
        with frame(ax, number, of=len(cells), shows="y[0] reads 0, 1, 2", when_still=number == 0):
            grid(ax, …)

The site shows the frames one after the other with CSS alone (`scripts/site/moving.py`). On paper, and for readers who
want no motion, the frame with ``when_still`` stands there, together with what was drawn inside `still`. So the picture
says what it has to say without moving. ``shows`` is what a reviewer reads of a frame in `docs/data/reviewed`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.axes import Axes

MARK = "turn"  # the ids that `scripts/site/moving.py` looks for begin with it


@contextmanager
def frame(ax: Axes, number: int, *, of: int, shows: str, when_still: bool = False) -> Iterator[None]:
    """Everything that is drawn inside is seen in turn ``number`` of ``of``, counted from 0."""
    with _marked(ax, f"{MARK} {number} {of} {'still' if when_still else 'moving'} {shows}"):
        yield


@contextmanager
def still(ax: Axes) -> Iterator[None]:
    """Everything that is drawn inside is seen only where the picture does not move."""
    with _marked(ax, f"{MARK} still"):
        yield


@contextmanager
def _marked(ax: Axes, mark: str) -> Iterator[None]:
    before = set(ax.get_children())
    yield
    for artist in ax.get_children():
        if artist not in before:
            artist.set_gid(mark)
