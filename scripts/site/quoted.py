"""Figures that a block quotes from a paper or a repository: nothing here can compute what others have published.

A block gives such figures a name that says so: `published = {1: 143, 2: 140}`, `paper_size`, `vnet_published`. They are
kept as somebody reviewed them, so that a digit that changes stops the build until it was held against its source.
"""

import ast
import re
from collections.abc import Iterator

from scripts.site.page import Block

NAMES = re.compile(r"published|printed|paper|reported|repository|in_the_code")


def assignments(block: Block) -> Iterator[tuple[str, ast.Assign]]:
    """The names of each assignment of a block that quotes figures, and the assignment; its lines are the block's."""
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.Assign):
            names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            if any(map(NAMES.search, names)) and list(numbers(node)):
                yield ", ".join(names), node


def numbers(node: ast.Assign) -> Iterator[ast.Constant]:
    """The numbers that are typed on the right."""
    for part in ast.walk(node.value):
        if isinstance(part, ast.Constant) and type(part.value) in (int, float):
            yield part
