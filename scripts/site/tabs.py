"""Tabs "In the frameworks": one layer as a program in each framework, all run, all with the same output."""

import sys
from collections.abc import Sequence
from typing import Any

from scripts import fingerprints
from scripts.site import companions, programs
from scripts.site.cache import cached
from scripts.site.errors import PageError
from scripts.site.grammar import split
from scripts.site.page import EXPECTED_OUTPUT, Block, shown_outputs
from scripts.site.runner import check_output, ended, run_block


def in_frameworks(page: str, x: Sequence[int], w: Any, *, without: Sequence[str] = (), **options: Any) -> str:
    """A tab for NumPy and for each framework, with the program of the layer and what it prints.

    A framework that does not have the layer says so in its tab, with the way round.

    Args:
        page: The page, for messages.
        x: Shape of the input, channels first.
        w: Shape of the weight, or both of a separable layer.
        without: Frameworks to leave out ("tensorflow", …).
        options: The other arguments of `reference_impl.frameworks.layer`; a bias only where `bias=True`; with
            `flip=True` an ordinary layer whose kernel is turned around.

    Raises:
        ValueError: a program that fails, or prints something else than that of NumPy.
    """
    options = {"bias": False} | options
    if unknown := set(without) - programs.NAMES.keys():
        raise ValueError(f"without names {', '.join(sorted(unknown))}; known: {', '.join(programs.NAMES)}")
    expected = ended(printed(page, Block(0, 0, "", programs.program("numpy", x, w, options))))
    return "\n".join(
        f'=== "{title}"\n\n{_indented(_tab(page, name, x, w, options, expected))}'
        for name, title in programs.NAMES.items()
        if name not in without
    )


def _tab(page: str, name: str, x: Sequence[int], w: Any, options: dict[str, Any], expected: str) -> str:
    try:
        code = programs.program(name, x, w, options)
    except ValueError as refused:
        return f"{str(refused).removeprefix('call: ').partition(' Got ')[0]}\n"
    block = Block(0, 0, "", code, expected)
    try:
        if not companions.missing(code):
            check_output(page, block, printed(page, block))
    except PageError as fault:
        raise ValueError(f"{programs.NAMES[name]}: {fault.cause}") from fault
    return f"```python\n{code}```\n\n{EXPECTED_OUTPUT}\n```text\n{expected}```\n"


def printed(page: str, block: Block) -> str:
    """What a program prints, here or in the process of its framework."""
    if companions.needed_by(block.code):
        return companions.output_of(page, block) or ""
    key = [block.code, fingerprints.of_module(__name__), *fingerprints.of_what_pages_use()]
    return cached("frameworks", key, lambda: run_block(page, block)[0])


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.split("\n"))


def with_notes(name: str, markdown: str) -> str:
    """The Markdown of a page with a line under each block that was not run, because its framework is not installed."""
    notes = {}
    parts = split(name, markdown.split("\n"))  # its listings have titles, which a page's own fences may not have
    shown = shown_outputs(parts)
    for fence in parts.fences:
        if fence.info == "python" and (lacking := companions.missing(fence.text)):
            note = f"Not run on this machine, which has no {' and no '.join(lacking)}: this output is the page's."
            last = shown.get(fence.line, fence).end_line
            notes[last] = f"\n\n{fence.indent}{note}\n{fence.indent}{{ .not-run }}\n"
    if notes:
        print(f"WARNING - {name}: {len(notes)} blocks were not run, their frameworks are not here.", file=sys.stderr)
    lines = markdown.split("\n")
    return "\n".join(line + notes.get(number, "") for number, line in enumerate(lines, 1))
