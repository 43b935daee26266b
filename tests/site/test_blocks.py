"""No Python block escapes the runner: what it would miss is refused."""

import pytest

from scripts.site.errors import PageError
from scripts.site.page import EXPECTED_OUTPUT, Page
from tests.site.planted import PAGE, block, refusal


@pytest.mark.parametrize(
    ("fence", "cause"),
    [
        ('```python title="conv.py"\nx = 1\n```', "is not run. Write ```python and nothing else"),
        ("```py\nx = 1\n```", "'py' is not run"),
        ("```python3\nx = 1\n```", "'python3' is not run"),
        ("```Python\nx = 1\n```", "'Python' is not run"),
        ("``` python\nx = 1\n```", "' python' is not run"),
        ("```pycon\n>>> 1\n```", "'pycon' is not run"),
        ("```ipython\n1\n```", "'ipython' is not run"),
        ("```{.python}\nx = 1\n```", "is not run"),
        ("```{ .python .annotate }\nx = 1\n```", "is not run"),
        ("```.python\nx = 1\n```", "is not run"),
        ("```\nx = 1\n```", "a fence without a language"),
        ("```sh\nmake\n```", "shell commands .* Write ```console or ```text"),
        ("```bash\nmake\n```", "shell commands"),
        ("~~~python\nx = 1\n~~~", "a fence of tildes .* is not run"),
        ("~~~\nx = 1\n~~~", "a fence of tildes"),
        ("> ```python\n> x = 1\n> ```", "a fence in a quotation"),
        ("- ```python\n  x = 1\n  ```", "a fence on the line of its bullet"),
        ("1. ```python\n   x = 1\n   ```", "a fence on the line of its bullet"),
        ("\t```python\n\tx = 1\n\t```", "indented by a tab"),
        ("```python\nx = 1", "this fence is never closed"),
        ("```python x = 1 ```\n\nmore", "a line that begins with ``` opens a fence"),
    ],
)
def test_a_fence_that_looks_like_python_and_would_not_be_run_is_refused(fence, cause):
    with pytest.raises(PageError, match=refusal(5, cause)):
        _ = Page(PAGE, f"# Title\n\nText.\n\n{fence}\n\nMore.\n").blocks


@pytest.mark.parametrize(
    ("page", "line", "cause"),
    [
        ("```python\nx = 1\n````\n", 3, r"this mark and the one that opened the fence \(line 1\) differ"),
        ("```python\nx = 1\n  ```\n", 3, "differ in length or indent"),
        ("!!! note\n\n    ```python\n    x = 1\n  y = 2\n    ```\n", 5, r"indented less than its fence \(line 3\)"),
        ("<!--\n```python\nx = 1\n```\n-->\n", 2, "a fence inside an HTML comment"),
        ("text <!-- and\nso on\n", 1, "this comment is never closed"),
    ],
)
def test_a_fence_that_two_readers_of_markdown_understand_differently_is_refused(page, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        _ = Page(PAGE, page).blocks


@pytest.mark.parametrize(
    "comment",
    [
        "<!--pytest-codeblocks:cont-->",
        "<!--pytest-codeblocks:skip-->",
        "<!--pytest-codeblocks:skipfile-->",
        "<!--pytest-codeblocks:skipif(True)-->",
        "<!--pytest-codeblocks:importorskip(jax)-->",
        "<!--pytest-codeblocks:expect-error-->",
        "<!--pytest-codeblocks:expect-exception-->",
        "<!--pytest-codeblocks:expected-output-ignore-whitespace-->",
        "<!-- pytest-codeblocks: expected-output -->",
        "<!--pytest.mark.skip-->",
        "<!-- pytest.mark.xfail(reason='x') -->",
        "<!--\npytest-codeblocks:skip\n-->",
    ],
)
def test_a_comment_that_changes_how_a_block_is_run_is_refused(comment):
    with pytest.raises(PageError, match=refusal(3, "would change how a block is run")):
        _ = Page(PAGE, f"# Title\n\n{comment}\n\n{block('x = 1')}").blocks


@pytest.mark.parametrize(
    ("page", "line", "cause"),
    [
        (f"{EXPECTED_OUTPUT}\n```text\n1\n```\n", 1, "follows no Python block"),
        (f"```console\n$ ls\n```\n\n{EXPECTED_OUTPUT}\n```text\n1\n```\n", 5, "follows no Python block"),
        (f"{block('x = 1')}It prints:\n\n{EXPECTED_OUTPUT}\n```text\n1\n```\n", 7, "follows no Python block"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n\nNothing.\n", 5, "wants a ```text fence"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n```json\n1\n```\n", 5, "wants a ```text fence"),
        (f"{block('x = 1')}{EXPECTED_OUTPUT}\n    ```text\n    1\n    ```\n", 5, "at the block's own indent"),
        (f"{block('x = 1', '1')}{EXPECTED_OUTPUT}\n```text\n1\n```\n", 10, "follows no Python block"),
    ],
)
def test_an_output_that_belongs_to_no_block_is_refused(page, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        _ = Page(PAGE, page).blocks


def test_a_comment_shown_as_inline_code_is_not_a_comment():
    assert Page(PAGE, f"Write `{EXPECTED_OUTPUT}` below it.\n").blocks == []
