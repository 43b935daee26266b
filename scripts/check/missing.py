"""One thing that is missing."""

from typing import NamedTuple


class Missing(NamedTuple):
    """A place in the repository and what it still lacks, in words that say how to supply it."""

    place: str
    what: str
