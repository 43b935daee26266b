"""Listings: functions and classes of reference_impl as they are, without their docstrings, one tab each."""

from scripts.site.reference import lookup


def listing(*names: str) -> str:
    """Markdown with one tab for each name, in the order given.

    Raises:
        ValueError: no name, or one that reference_impl does not define exactly once.
    """
    if not names:
        raise ValueError("name at least one function or class of reference_impl")
    return "\n\n".join(_tab(name) for name in names)


def _tab(name: str) -> str:
    entry = lookup(name)
    fence = [f'```python title="{entry.place}"', *entry.code.splitlines(), "```"]
    return f'=== "{name}"\n\n' + "\n".join(f"    {line}".rstrip() for line in fence)
