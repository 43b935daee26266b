"""A shape that stands in a comment is that of the array."""

import pytest

from scripts.site.errors import PageError
from tests.site.planted import block, refusal, run

ARRAYS = "import numpy as np\nx = np.ones((2, 4, 7, 6))  # {}\nw = np.ones((8, 2, 3, 3))  # {}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("(2, 4, 7, 6)", "(8, 2, 3, 3)"),
        ("(N, C_in, H, W)", "(C_out, C_in/2, k, k)"),
        ("(N, C_in, *S)", "(C_out, 2, *K), two groups"),
        ("(N, C_in, H, W), as the paper has it", "(C_out, C_in/g, k, k)"),
        ("a batch (of two)", "(see above)"),
        ("[0, 1)", "(c u) × (o v)"),
    ],
)
def test_a_true_shape_is_accepted_and_a_remark_is_no_shape(first, second):
    run(block(ARRAYS.format(first, second)))


@pytest.mark.parametrize(
    ("first", "second", "line", "cause"),
    [
        ("(2, 4, 6, 7)", "", 3, r"the comment says \(2, 4, 6, 7\), and the shape of x is \(2, 4, 7, 6\)"),
        ("(N, C, L)", "", 3, "shape of x"),
        ("(N, C, H, W, *D, E)", "", 3, "shape of x"),
        ("(N, C_in, k, W)", "(C_out, C_in, 3, 3)", 4, "shape of w"),
        ("(N, C_in, H, W)", "(C_out, C_in/g, H, 3)", 4, "shape of w"),
        ("(N, C_in, H, W)", "(C_out, C_in·2, 3, 3)", 4, "shape of w"),
    ],
)
def test_a_false_shape_is_refused(first, second, line, cause):
    with pytest.raises(PageError, match=refusal(line, cause)):
        run(block(ARRAYS.format(first, second)))


def test_a_number_of_the_block_is_the_size_of_its_name_and_a_later_assignment_counts():
    run(block("import numpy as np\ng = 2\nx = np.ones((3, 2))  # (N, g)"))
    with pytest.raises(PageError, match=refusal(4, "shape of x")):
        run(block("import numpy as np\ng = 2\nx = np.ones((3, 4))  # (N, g)"))
    run(block("import numpy as np\nx = np.ones(3)  # (3,)\nx = np.ones(5)  # (5,)"))


RETURNED = """
import numpy as np
n = 3
def halved(x):
    n = len(x) // 2
    half = x[:n]  # (n, 2)
    return half + half[:, :1]  # {}
for rows in (4, 6):
    y = halved(np.ones((rows, 2)))  # {}
y = y[0]"""


@pytest.mark.parametrize(
    ("returned", "assigned", "line", "cause"),
    [
        ("(n, 2)", "(R, 2)", 0, ""),
        ("(half of them, 2)", "(half of the rows, 2)", 0, ""),
        ("(n, 3)", "(R, 2)", 7, r"the comment says \(n, 3\), and the shape is \(2, 2\)"),
        ("(n, 2)", "(2, 2)", 9, r"the comment says \(2, 2\), and the shape is \(3, 2\)"),
        ("(n, 2)", "(rows, 2)", 9, r"the comment says \(rows, 2\), and the shape is \(2, 2\)"),
        ("(rows left, 1)", "(R, 2)", 7, r"the comment says \(rows_left, 1\), and the shape is \(2, 2\)"),
    ],
)
def test_a_shape_in_a_function_a_loop_or_before_another_assignment_is_looked_at(returned, assigned, line, cause):
    text = block(RETURNED.format(returned, assigned))
    if not line:
        run(text)
        return
    with pytest.raises(PageError, match=refusal(line, cause)):
        run(text)


@pytest.mark.parametrize(
    "code",
    [
        "total = 3 * 4  # 12 in all, 3 of them red",
        "print(6 * 7)  # says 42",
        "x = [0] * 1_000  # 1,000 cells",
        "# ResNet-50, at stride 2\nx = 0",
    ],
)
def test_a_number_in_a_comment_may_come_from_code_output_or_a_variable(code):
    run(block(code, "42") if "print" in code else block(code))


def test_a_number_in_a_comment_that_the_block_has_nowhere_is_refused():
    with pytest.raises(PageError, match=refusal(3, "the comment says 13, and neither code nor output nor a variable")):
        run(block("total = 3 * 4\nred = 3  # of 13"))
