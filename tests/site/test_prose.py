"""What a page's sentences may say: each fault is planted in a small page, and what may stand is tried beside it."""

import re

import pytest

from scripts.site.errors import PageError
from scripts.site.page import Page
from scripts.site.prose import ALLOWED, check_prose

PAGE = "docs/chapters/00-planted.md"
BLOCK = "```python\nx = f(1)\n```\n"


def accepted(markdown):
    check_prose(Page(PAGE, markdown))


def refused(markdown, line, cause):
    with pytest.raises(PageError, match=rf"^{re.escape(PAGE)}:{line}: {cause}"):
        check_prose(Page(PAGE, markdown))


# --- numerals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("This is 72 multiplications.", "72"),
        ("It costs 1.5 times as much.", "1.5"),
        ("About 30 % of them.", "30"),
        ("About 30% of them.", "30"),
        ("It takes 1,024 of them.", "1,024"),
        ("Half of it is ½.", "½"),
        ("It is 2× faster.", "2"),
        ("It is 2x faster.", "2"),
        ("The 3rd pass.", "3"),
        ("Either 0 or more.", "0"),
        ("The ratio is 2/m.", "2"),
        ("Then −9 is left.", "9"),
        ("So n = 9 places.", "9"),
        ("**81** are left.", "81"),
        ("_81_ are left.", "81"),
        ("A kernel of 3 × 3 = 9 weights.", "9"),
        ("With stride 2, 81 are left.", "81"),
        ("With stride 2 the 81 are left.", "81"),
        ("A stride 2.5 is none.", "2.5"),
        ("At a rate 30 % higher.", "30"),
        ("By a factor 2.25 fewer.", "2.25"),
        ("See chapter 2, 81 are left.", "81"),
        ("In 1850 places.", "1850"),
        ("Its 2048 channels.", "2048"),
        ("- an item with 81", "81"),
        ("## 81 multiplications", "81"),
        ("## Separable: 81 against more", "81"),
        ("| a | 81 |\n|---|---|", "81"),
        ('!!! warning "All 81 of them"', "81"),
        ("!!! note\n    All 81 of them", "81"),
        ('=== "Of 81"', "81"),
        ("[all 81](other.md)", "81"),
        ("![all 81](picture.svg)", "81"),
        ("[^1]: All 81 of them.", "81"),
        ("Text that goes on\n72. Then more.", "72"),
        ("`81` places", "81"),
        ("`81 + 27`", "81"),
        ("`[19, 25]`", "19"),
        ("`1e-12` apart", "1"),
        ("$81$ places", "81"),
        (r"$81\ \text{MACs}$", "81"),
        (r"$9 \cdot 9$", "9"),
        (r"$\frac{1}{9}$ of it", "1"),
        ("---\ntitle: All 81\n---\n", "81"),
        ("---\ndescription: >\n  All\n  81\n---\n", "81"),
        ('[[= figure("three_by_3", alt="All 81 dots") =]]', "81"),
        ('[[= figure("f", alt="Dots", caption="In " ~ n ~ " of 81 places") =]]', "81"),
        ("[[= figure(\"f\", alt='Dots', caption='All\n81 places') =]]", "81"),
        ('[[= figure("f", "All 81 dots") =]]', "81"),
        ('[[= figure("f", alt="Dots " "in 81 places") =]]', "81"),
        ('[[= figure("f", alt="With n = 2, k = 81") =]]', "2"),
        ('[[= table(rows, caption="All 81", fmt={"ratio": ".2f"}) =]]', "81"),
    ],
)
def test_a_number_typed_by_hand_is_refused_where_it_stands(sentence, number):
    page = f"# Title\n\nWords.\n\n{sentence}\n" if not sentence.startswith("---") else sentence
    line = page[: page.rindex(number)].count("\n") + 1
    refused(page, line, rf"the number {re.escape(number)} is typed by hand .*write \[\[= its name =\]\]")


@pytest.mark.parametrize(
    "sentence",
    [
        # words and what is not prose
        "Nine weights become six.",
        "It takes [[= separable_macs =]] multiplications, [[= n * 3 + 1 =]] places, [[= r | fmt('.2f') =]] of it.",
        "<!-- 81, to be checked -->",
        "Some words <!-- 81,\nand 72\n--> and others.",
        "```text\n81\n```",
        "`x[3]`, `conv(x, w, stride=2)`, `(N, 3, 224, 224)`",
        "[a page](05-arithmetic-2d.md#14-1), https://example.org/81 and <https://example.org/81>",
        "[a page][1] and a note[^1].\n\n[1]: https://example.org/81\n[^1]: Words.",
        "A grid {: #a1 .b2 width=300 } and <img width='300'> and :material-numeric-1: and &#39;.",
        "---\nweight: 81\ntitle: 14 Separable convolution\n---\nWords.",
        "1. one\n2. two\n   more\n3. three\n\n10. ten",
        "!!! note\n\n    1. one\n    2. two",
        '[[= figure("passes_81", alt="A 3 by 3 kernel, stride 2", caption="In " ~ (n | fmt("5.2f")) ~ " steps") =]]',
        '[[= table(rows["81"], {"ratio": ".2f"}, caption="Words", fmt={"ratio": ".3f"}) =]]',
        # names, places and inputs
        "(2016), (Luo et al., 2016), (Luo 2016; Yu 2015), (He, 2016a)",
        "Dumoulin and Visin 2016, Luo et al. 2016, Luo (2016), in May 2019, on 3 May 2019, March 14",
        "chapter 2, Section 14.1, figure 3, table 2, equation 4, formula 14.1, exercise 3, appendix 2",
        "chapters 2–10, sections 1.1, 1.2 and 1.3, chapters 3 to 5",
        "# 2 Convolution",
        "## 14.1 Spatially separable",
        "## 8 1D convolution",
        "# 10 1×1 convolution",
        "a 3 × 3 kernel, 1×7 and 7×1, 3×3×3, 3 x 3, 224 × 224 × 3, 3 by 3, 1 × k, k × 1",
        "1D, 2-D, 3D, (2+1)D, R(2+1)D",
        "VGG-16, ResNet-50, C3D, conv1, conv5_3, float32, uint8, SHA-256, rank-1, MobileNet-v1, YOLOv5.1",
        "stride 2, padding 1, dilation rate 4, rate 2, groups 2, factor 2, kernel size 3, kernel 3, rank 1, axis 0",
        "a stride of 2, stride = 2, strides 1 and 2, rates 1, 2 and 5, rates [1, 2, 5], padding (1, 2), stride `(1,2)`",
        "a stride\nof\n2",
        "16-bit, Python 3.11, PyTorch 2.6, NumPy 2.0.2, module 3a, arXiv:1603.07285, doi:10.1000/182, CC BY 4.0",
        # symbols and settings in formulas
        r"$s = 2$, $p = k$, $3 \times 3$, $k = 3 \times 3$, $r_l = r_{l-1}$, $x = -1$, $a < b$, $x[n]$, $M[i, n]$",
        r"$T_m$, $C_{\mathrm{in}}$, $\alpha$, $n = 8\ \text{bits/byte}$",
        r"It costs \$ nothing.",
    ],
)
def test_what_is_no_result_may_stand(sentence):
    accepted(f"{sentence}\n")


def test_all_numbers_of_a_page_are_told_at_once():
    page = "Of 81.\n\nAnd 72\nand 45.\n"
    refused(page, 1, rf"the number 81 (?s:.*)\n    {PAGE}:3: 72 is typed .*\n    {PAGE}:4: 45 is typed")


def test_line_numbers_are_those_of_the_file():
    refused(f"---\ntitle: x\n---\n\n{BLOCK}\n<!-- a\nb -->\n\nAll 81.\n", 12, "the number 81")


@pytest.mark.parametrize("macro", ["[[= 81 =]]", '[[= "81" =]]', "[[= 9 * 9 =]]"])
def test_a_macro_that_names_nothing_is_a_number_typed_by_hand(macro):
    refused(f"Words.\n\nIt takes {macro} steps.\n", 3, r"\[\[= .* =\]\] names no variable")


def test_each_allowed_pattern_has_a_reason_with_an_example_or_a_plain_name():
    assert all(len(reason.split()) >= 3 for reason in ALLOWED)


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        "$o = i - k + 1$",
        "$i - k$",
        "$2/m$",
        "$2p$",
        r"$2 \pi$",
        "$2(k)$",
        r"$o = \lfloor i \rfloor$",
        r"$r = \frac{a}{b}$",
        r"$n = k \cdot k$",
        r"$C_{in} \times k$",
        r"$y = \sum_u w_u$",
        "$d = 2^i$",
        "$x[i + u]$",
        r"$x \star w$",
    ],
)
def test_what_computes_something_is_refused_in_a_sentence(formula):
    refused(f"Words.\n\nHere {formula} holds.\n", 3, r"\$.*\$ computes something. Write it in Python's syntax.*math\(")


@pytest.mark.parametrize("formula", ["$$ a = b + 1 $$", "$$\na = b + 1\n$$", "$$a$$ and more."])
def test_a_typed_formula_in_a_paragraph_of_its_own_is_refused(formula):
    refused(f"Words.\n\n{formula}\n\n{BLOCK}", 3, r"a formula tied to nothing. Write it in Python's syntax.*law\(")


@pytest.mark.parametrize("formula", [r"\(a + b\)", r"\[a + b\]", r"\begin{align} a \end{align}", "$$ a", "$$ a\n\n$$"])
def test_a_formula_between_other_marks_is_refused(formula):
    refused(f"Words.\n\nHere {formula}\n\n{BLOCK}", 3, r"\S+ does not mark a formula here. Write \$…\$ and close it")


def test_the_marks_of_formulas_may_be_shown_as_code():
    accepted("Write `$$ … $$`, `\\(` or `$o = i - k + 1$`.\n")
