"""Running other people's torch models: on shapes alone where that answers, and without leaving a trace in them."""

__all__ = ()  # it serves the other rooms, which import from its files: they need torch
