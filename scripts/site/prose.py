"""Refuse numerals typed by hand in a page's prose: a number in a sentence is computed by a block of its page.

Prose is everything a reader reads that is not a fence: paragraphs, lists, headings, tables, admonitions, the captions
and alternative texts of figures, and the title and description in the header. It is checked before the macros are
evaluated. Numbers spelled as words may stand, and so may the numerals that `ALLOWED` describes.
"""

import re

from scripts.site.errors import PageError
from scripts.site.grammar import MACRO, TEXT_OF_PICTURE, Macro, blank, line_at
from scripts.site.grammar import STRING as QUOTED
from scripts.site.page import Page
from scripts.site.plain_arithmetic import check_plain_arithmetic
from scripts.site.typed_formulas import DISPLAY, check_displayed, check_inline, is_only_numbers

YEAR = r"(?:19\d\d|20[0-3]\d)"
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
NUMBER = r"\d+(?:\.\d+)*"
LIST = r"\d+(?:(?:, | and | or |, and |, or )\d+)*"
BRACKETED = r"[\[(]\s*-?\d+(?:\s*,\s*-?\d+)*\s*[\])]"
PLACE = r"(?:chapter|section|figure|table|equation|formula|exercise|solution|step|appendix)"
SETTING = (
    r"(?:strides?|paddings?|rates?|dilations?|groups|factors?|kernels?|kernel sizes?|batch(?: size)?|ranks?|axis|axes"
    r"|seeds?|multiplier)"
)
SETTINGS = r"(?:strides|paddings|rates|dilations|factors|kernels|kernel sizes|ranks|axes|seeds)"
PROGRAM = (
    r"(?:Python|Node|NumPy|SciPy|OpenCV|PyTorch|torchvision|torch|Keras|TensorFlow|JAX|Flax|CUDA|ONNX|opset|Pyodide)"
)

# What may be typed by hand. Add only what is a name or an input: a result can drift from the code, these cannot.
# A bare space in a pattern stands for white space, a line break included.
ALLOWED = {
    "a year in parentheses: (2016), (Luo et al., 2016)": rf"\((?:[^()\d]*[\s,])?{YEAR}[a-z]?(?=[),;])",
    "a year after an author or a month: Luo et al. 2016, May 2019": rf"\b[A-Z][\w’'-]+(?: et al\.)?,? \(?{YEAR}\b",
    "a day of a month: 3 May": rf"\b\d\d? {MONTH}\b|\b{MONTH} \d\d?\b",
    "the number of a place: section 14.1": rf"\b(?i:{PLACE}) {NUMBER}[a-z]?\b",
    "the numbers of places: chapters 2–10": rf"\b(?i:{PLACE})s {NUMBER}(?:(?:[–-]|, | and | to |, and ){NUMBER})*",
    "the number of a heading or title: ## 14.1 Spatially": rf"^(?:[ ]*#+|title:)[ ]+[\"']?{NUMBER}(?=[ ]+[\"'`A-Z\d])",
    "a shape, a name here: 3 × 3, 1 × k, 3 by 5": r"\b(?:\d{1,4}|[A-Za-z])(?:\s*[×x]\s*(?:\d{1,4}|[A-Za-z]\b))+",
    "a shape in words: 3 by 5": r"\b\d{1,4}(?: by \d{1,4})+",
    "a dimension: 1D, 2-D, (2+1)D": r"\b[0-6]-?D\b|\(2\s?\+\s?1\)D\b",
    "a setting: stride 2, padding (1, 2)": rf"\b(?i:{SETTING})(?: of| =|=)? (?:\d+|{BRACKETED})(?!\w|\s*%)",
    "settings: rates 1, 2 and 5": rf"\b(?i:{SETTINGS})(?: of| =|=)? {LIST}(?!\w|\s*%)",
    "the width of a dtype: 16-bit": r"\b(?:1|4|8|16|32|64|128)-bit\b",
    "a release: Python 3.11": rf"\b{PROGRAM}(?: version)? {NUMBER}",
    "a part of a published network: module 3a": r"\b(?i:modules?|blocks?) \d[a-z](?:[–-]\d[a-z])?\b",
    "a name in a catalogue": r"\barXiv:\d+\.\d+|\bdoi:10\.\S+|\bCC BY \d\.\d|\b[GR]TX \d{3,4}\b",
}
PATTERNS = [
    re.compile(re.sub(r"(?<!\[) ", r"[^\\S\\n]*(?:[^\\S\\n]|\\n)[^\\S\\n]*", pattern), re.MULTILINE)
    for pattern in ALLOWED.values()
]

STRING = re.compile(rf"(?P<fmt>fmt\(\s*)?{QUOTED}")
CODE = re.compile(r"(?<!`)(`+)(?!`)((?:(?!\n\s*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
NOT_READ = re.compile(
    r"</?[A-Za-z][^<>]*>"  # HTML tags
    r"|(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)"  # targets of links
    r"|(?<=\])\[[^\]\n]*\]|^[ ]*\[(?!\^)[^\]\n]+\]: .*$"  # their labels and definitions
    r"|\[\^[^\]\s]+\]:?"  # footnote marks
    r"|https?://[^\s)>]+"
    r"|\{:?(?:\s*(?:[.#][\w-]+|[\w-]+=(?:\"[^\"]*\"|[^\s}]+)))+\s*\}"  # attribute lists
    r"|:[a-z][a-z\d_+-]*:|&#?\w+;"  # icons, character references
    r"|\*",  # emphasis
    re.MULTILINE,
)
KINDS_OF_INPUTS = ("a shape", "a setting", "settings")  # the other entries are names
INPUTS = [pattern for name, pattern in zip(ALLOWED, PATTERNS, strict=True) if name.startswith(KINDS_OF_INPUTS)]
TOKEN = re.compile(r"(?P<numeral>\d+(?:[.,]\d+)*|[¼-¾⅐-⅞])|[^\W\d_]\w*(?:[-‑]\w+)*(?:(?<=\d)\.\d+)*")


def check_prose(page: Page) -> str:
    """Check the numerals and the formulas that are typed on a page, before its macros are evaluated.

    Returns:
        The sentences, blank where something else stands.

    Raises:
        PageError: for a numeral typed by hand, arithmetic in a sentence, between dollar signs or not, and a displayed
            formula that no macro computes.
    """
    text = _with_read_header(page)
    for macro in (*page.header_macros, *page.macros):
        text = text[: macro.begin] + _captions(page, macro) + text[macro.end :]
    codes = [(code.start(2), code[2]) for code in CODE.finditer(text)]
    text = CODE.sub(lambda code: code[0].replace("`", " ") if is_only_numbers(code[2]) else blank(code), text)
    check_displayed(page, text)
    text = check_inline(page, DISPLAY.sub(blank, text))
    text = _without_list_numbers(NOT_READ.sub(blank, text))
    _check_numerals(page, text)
    check_plain_arithmetic(page, text, codes)
    return text


def _with_read_header(page: Page) -> str:
    """The prose, and of the header the title and the description, which search engines show."""
    read, kept = False, []
    for line in page.lines[: page.parts.header]:
        if not line.startswith(" "):
            read = line.startswith(("title:", "description:"))
        kept.append((line if read else " " * len(line)) + "\n")
    return "".join(kept) + page.prose[page.body :]


def _captions(page: Page, macro: Macro) -> str:
    """A macro blanked, except for the captions and alternative texts in it."""
    if not re.search(r"[^\W\d]", STRING.sub("", macro.code)):
        cause = f"[[= {macro.code} =]] names no variable. Let a block of this page compute it."
        raise PageError(page.name, macro.line, cause)
    source = page.text[macro.begin : macro.end]
    kept = blank(source)
    for value in TEXT_OF_PICTURE.finditer(source):
        for string in STRING.finditer(source, value.start("value"), value.end("value")):
            start, end = string.start() + 1, string.end() - 1
            typed = MACRO.sub(blank, source[start:end])
            kept = kept if string["fmt"] else kept[:start] + typed + kept[end:]
    return kept


def _without_list_numbers(text: str) -> str:
    """The text without the numbers of list items. A line that merely begins with "72." is not an item."""
    lines, in_list, above = [], False, ""
    for line in text.split("\n"):
        number = re.match(r" *\d+[.)] ", line)
        in_list = bool(line.strip()) and (in_list or bool(number and not above.strip()))
        lines.append(re.sub(r"\d", " ", line[: number.end()]) + line[number.end() :] if number and in_list else line)
        above = line
    return "\n".join(lines)


def _check_numerals(page: Page, text: str) -> None:
    """Refuse the numerals that lie in no allowed pattern: one error for all of them, at the first."""
    found = []
    for paragraph in re.finditer(r"(?:.*\S.*\n?)+", text):
        for start, numeral in typed_numerals(paragraph[0]):
            around = " ".join(paragraph[0][max(0, start - 30) : start + len(numeral) + 20].split())
            line = line_at(text, paragraph.start() + start)
            found.append((line, f"{numeral} is typed by hand (… {around} …)"))
    if found:
        line, first = found[0]
        advice = "Let a block compute it and write [[= its name =]]; what may stand is listed in scripts/site/prose.py."
        others = [f"\n    {page.name}:{other}: {more}" for other, more in found[1:]]
        raise PageError(page.name, line, f"the number {first}. {advice}" + "".join(others))


def typed_numerals(paragraph: str) -> list[tuple[int, str]]:
    """Place and text of each numeral that is no part of a name and lies in no allowed pattern."""
    numerals = [token.span() for token in TOKEN.finditer(paragraph) if token["numeral"]]
    if not numerals:
        return []
    allowed = [match.span() for pattern in PATTERNS for match in pattern.finditer(paragraph)]
    return [
        (start, paragraph[start:end])
        for start, end in numerals
        if not any(first <= start and end <= last for first, last in allowed)
    ]
