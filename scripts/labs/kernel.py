"""What happens in the kernel before the first cell of a lab and after the last; the cells see none of it.

Threads are held to one by the environment. Seeds, warnings, print options and defaults are brought to the state that
blocks of pages begin with, by the same code. A lab that draws from a generator and never seeds it is refused; one that
first draws what does not matter, such as weights to be counted, is not.
"""

import functools
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats

from scripts.site import isolation
from scripts.site.values import encode, exported

# Drawings have text for text, no background, and the same names in every build.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "handbook",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.size": 11,
    "figure.dpi": 72,
}
UNSEEDED = re.compile(r"\b(?:default_rng|Random|RandomState)\(\s*\)|\btorch\.seed\(\)")
_seeded: set[str] = set()  # the libraries whose generator the cells set by a number
_before: dict[str, Any] = {}


def begin(code: str) -> None:
    """Bring the process to its starting state: what blocks of pages start from, and matplotlib's style for pages.

    Args:
        code: All cells. What they import is imported now, so that its generators can be watched.
    """
    set_matplotlib_formats("svg", metadata={"Date": None})
    plt.rcParams.update(STYLE)
    isolation._import_ahead(code)
    isolation._reset(0)
    _before.update(isolation._random_states())
    for library, (place, name) in isolation.SEEDERS.items():
        if module := sys.modules.get(place):
            setattr(module, name, _noting(getattr(module, name), library))


def _noting(function: Callable[..., Any], library: str) -> Callable[..., Any]:
    """The function that seeds, which notes its library when it is given a number."""

    @functools.wraps(function)
    def seed(*numbers: Any, **named: Any) -> Any:
        if any(number is not None for number in (*numbers, *named.values())):
            _seeded.add(library)
        return function(*numbers, **named)

    return seed


def end(code: str, namespace: dict[str, Any]) -> str:
    """What the cells have left, as JSON: values for sentences, names that no sentence can use, unseeded generators."""
    after = isolation._random_states()
    drawn = [library for library, state in after.items() if state != _before[library] and library not in _seeded]
    values, hidden = exported(code, namespace)
    return json.dumps([encode(values), hidden, drawn + UNSEEDED.findall(code)])
