"""What is read once for each build: `make serve` builds many times in one process, and files change in between."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_memories: list[Any] = []


def once_a_build(function: Function) -> Function:
    """Remember the results of a function until the next build begins."""
    memory: Any = functools.cache(function)
    _memories.append(memory)
    return memory


def begin() -> None:
    """Forget what an earlier build has read."""
    for memory in _memories:
        memory.cache_clear()
