"""A block is refused that Python's prompt would misread when it is pasted line by line; the prompt itself is asked."""

import re
import subprocess
import sys
import textwrap

import pytest

from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.pasting import check_pasting, misread_lines
from tests.site.planted import PAGE, block

SOUND = {
    "simple statements": "x = 1\n\ny = 2\n",
    "a loop at the end": "for i in range(2):\n    print(i)\n",
    "an empty line behind a loop": "for i in range(2):\n    print(i)\n\nx = 1\n",
    "a comment between": "for i in range(2):\n    print(i)\n\n# then\nx = 1\n",
    "a comment inside": "for i in range(2):\n    # so\n    print(i)\n\nx = 1\n",
    "an empty line in a text": 'def f():\n    return """a\n\nb"""\n\nx = 1\n',
    "an empty line in brackets": "def f():\n    return [\n        1,\n\n        2,\n    ]\n\nx = 1\n",
    "branches": "if 1:\n    x = 1\nelif 2:\n    x = 2\nelse:\n    x = 3\n\ny = 1\n",
    "a decorator": "import functools\n@functools.cache\ndef f():\n    return 1\n\nx = 1\n",
}
MISREAD = {
    "an empty line inside": ("for i in range(2):\n    x = 1\n\n    print(i)\n", 3, "this empty line ends"),
    "an empty line between methods": (
        "class A:\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n", 4, "Delete it",
    ),
    "code directly below": ("for i in range(2):\n    x = 1\ny = 2\n", 3, "Put an empty line above this one"),
    "code directly below one line": ("if 1: x = 1\ny = 2\n", 2, "Put an empty line above this one"),
    "a function below a function": ("def f():\n    pass\ndef g():\n    pass\n", 3, "begins with 'def f"),
    "a comment between": ("with open('/dev/null'):\n    x = 1\n# then\ny = 2\n", 4, "Put an empty line"),
}  # fmt: skip


def prompt_refuses(code):
    """Whether the prompt of this Python finds a syntax error in pasted code."""
    command = [sys.executable, "-i", "-q", "-S", "-E"]
    done = subprocess.run(command, input=code + "\n\n", capture_output=True, text=True, check=False)
    return bool(re.search("SyntaxError|IndentationError", done.stderr))


@pytest.mark.parametrize("name", SOUND)
def test_what_the_prompt_reads_as_written_is_accepted(name):
    assert misread_lines(SOUND[name]) == []
    assert sys.version_info >= (3, 13) or not prompt_refuses(SOUND[name])


@pytest.mark.parametrize("name", MISREAD)
def test_what_the_prompt_misreads_is_refused_with_its_line(name):
    code, line, cause = MISREAD[name]
    page = Page(PAGE, f"# Title\n\n{block(code)}")
    with pytest.raises(PageError, match=f"^{PAGE}:{line + 3}: .*{cause}"):
        check_pasting(PAGE, page.blocks[0])
    assert sys.version_info >= (3, 13) or prompt_refuses(textwrap.dedent(code))


def test_code_that_is_no_python_is_left_to_the_runner():
    assert misread_lines("for (") == []
