"""The changes that are planted: one place of a page becomes something else, as a slip of the hand would do."""

import ast
import io
import keyword
import random
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from scripts.site import quoted
from scripts.site.bibliography import entries
from scripts.site.grammar import LINK, STRING, TEXT_OF_PICTURE
from scripts.site.page import Block, Page

NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty",
    "thirty", "forty", "fifty", "hundred",
)  # fmt: skip
OPPOSITES = {
    "always": "never", "never": "always", "more": "fewer", "fewer": "more", "larger": "smaller", "smaller": "larger",
    "faster": "slower", "slower": "faster", "before": "after", "every": "no", "all": "no", "only": "also",
    "half": "twice", "twice": "half", "less": "more", "first": "last", "last": "first", "both": "neither",
}  # fmt: skip
SWAP = {
    "+": "-", "-": "+", "*": "+", "/": "*", "//": "*", "**": "*", "%": "//", "<": ">", ">": "<", "<=": ">=",
    ">=": "<=", "==": "!=", "!=": "==", "@": "*",
}  # fmt: skip
WORD = re.compile(r"(?<![\w\[`$-])[A-Za-z]+(?![\w\]`$-])")
CELL = re.compile(r"(?<![\w.])\d+(?![\w.])|(?<!\w)[a-z]+(?!\w)")
DIGITS = re.compile(r"(?<![\w.])\d+(?![\w.])")


class Mutant(NamedTuple):
    """A change of a page: the text from `begin` to `end` becomes `after`."""

    kind: str
    begin: int
    end: int
    after: str

    def applied(self, page: Page) -> Page:
        """The page with this change."""
        return Page(page.name, page.text[: self.begin] + self.after + page.text[self.end :])


Places = Iterator[Mutant]


def planted(page: Page, variables: Mapping[str, Any], dice: random.Random) -> dict[str, list[Mutant]]:
    """All changes of each kind that a page has places for, in random order."""
    found = {kind: list(places(page, variables, dice)) for kind, places in KINDS.items()}
    for mutants in found.values():
        dice.shuffle(mutants)
    return found


def _other_number(text: str, dice: random.Random) -> str:
    return str(int(text) + dice.choice((1, 2, 10)))


def _outputs(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for block in page.blocks:
        if block.expected is not None:
            begin, end = _offset(page, block.expected_line + 1), _offset(page, block.expected_end_line)
            for digits in re.finditer(r"\d", page.text[begin:end]):
                other = dice.choice([digit for digit in "0123456789" if digit != digits[0]])
                yield Mutant("shown outputs", begin + digits.start(), begin + digits.end(), other)


def _literals(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for block in page.blocks:
        inside = [range(*_lines(node)) for node in ast.walk(ast.parse(block.code)) if isinstance(node, ast.JoinedStr)]
        for token in _tokens(block):
            if (
                token.type == tokenize.NUMBER
                and token.string.isdigit()
                and not any(token.start[0] in r for r in inside)
            ):
                begin, end = _token_place(page, block, token)
                yield Mutant("literals in blocks", begin, end, _other_number(token.string, dice))


def _lines(node: ast.expr) -> tuple[int, int]:
    return node.lineno, (node.end_lineno or node.lineno) + 1


def _published(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for block in page.blocks:
        for _names_of, node in quoted.assignments(block):
            for number in quoted.numbers(node):
                begin = _offset(page, block.line + number.lineno) + len(block.indent)
                line = block.code.split("\n")[number.lineno - 1].encode()
                first, last = (len(line[:at].decode()) for at in (number.col_offset, number.end_col_offset))
                source = line.decode()[first:last]
                at = dice.choice([place for place, sign in enumerate(source) if sign.isdigit()])
                other = dice.choice([digit for digit in "123456789" if digit != source[at]])
                yield Mutant("published constants", begin + first + at, begin + first + at + 1, other)


def _comments(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for block in page.blocks:
        for token in _tokens(block):
            if token.type == tokenize.COMMENT:
                begin, _end = _token_place(page, block, token)
                for digits in re.finditer(r"\d+", token.string):
                    place = begin + digits.start(), begin + digits.end()
                    yield Mutant("comments in blocks", *place, _other_number(digits[0], dice))


def _names(page: Page, variables: Mapping[str, Any], dice: random.Random) -> Places:
    for macro in page.macros:
        name = re.match(r"\w+", macro.code)
        if name and name[0] in variables:
            same = [other for other, value in variables.items() if type(value) is type(variables[name[0]])]
            others = [other for other in same if variables[other] != variables[name[0]]]
            if others:
                begin = page.text.index(name[0], macro.begin)
                yield Mutant("names in macros", begin, begin + len(name[0]), dice.choice(sorted(others)))


def _formats(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for macro in page.macros:
        for spec in re.finditer(r"(?<=[\"'])\.(\d)([%fe])(?=[\"'])", page.text[macro.begin : macro.end]):
            after = dice.choice([f".{int(spec[1]) + 1}{spec[2]}", f".{spec[1]}{'f' if spec[2] == '%' else '%'}"])
            yield Mutant("formats in macros", macro.begin + spec.start(), macro.begin + spec.end(), after)


def _operators(page: Page, _: Mapping[str, Any], __: random.Random) -> Places:
    for block in page.blocks:
        for before, token in pairwise(_tokens(block)):
            is_value = before.type in (tokenize.NAME, tokenize.NUMBER) or before.string in (")", "]")
            if token.type == tokenize.OP and token.string in SWAP and is_value and not keyword.iskeyword(before.string):
                yield Mutant("operators in blocks", *_token_place(page, block, token), SWAP[token.string])


def _expressions(page: Page, variables: Mapping[str, Any], _: random.Random) -> Places:
    """Operators in the macros of sentences that compute something: `[[= wide // narrow =]]`."""
    for macro in page.macros:
        name = re.match(r"\(*(\w+)", macro.code)
        if name and name[1] in variables:
            source = page.text[macro.begin : macro.end]
            strings = [text.span() for text in re.finditer(STRING, source)]
            for sign in re.finditer(r"(?<=[\w)\]] )(?:[-+*/<>]|//|\*\*)(?= [\w(])", source):
                if not any(begin < sign.start() < end for begin, end in strings):
                    place = macro.begin + sign.start(), macro.begin + sign.end()
                    yield Mutant("expressions in macros", *place, SWAP[sign[0]])


def _formulas(kind: str, function: str) -> Any:
    """Signs and numbers in the formulas that one macro typesets."""

    def places(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
        for macro in page.macros:
            if call := re.match(rf"{function}\(\s*({STRING})", macro.code):
                begin = page.text.index(call[1], macro.begin)
                for sign in re.finditer(r"(?<!\*)[-+*/](?![*/=])|\b\d+\b", call[1]):
                    after = SWAP.get(sign[0]) or _other_number(sign[0], dice)
                    yield Mutant(kind, begin + sign.start(), begin + sign.end(), after)

    return places


def _letters(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    """Symbols between dollar signs in sentences."""
    found = list(re.finditer(r"(?<![\\$])\$([A-Za-z])\$", page.prose))
    for letter in found:
        if others := sorted({other[1] for other in found} - {letter[1]}):
            yield Mutant("letters in sentences", *letter.span(1), dice.choice(others))


def _in_prose(kind: str, pattern: re.Pattern[str], change: Callable[[str, random.Random], str | None]) -> Any:
    """Places in sentences, not in tables, macros, links or headers."""

    def places(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
        text = _blanked(page)
        for found in pattern.finditer(text):
            line = text[text.rfind("\n", 0, found.start()) + 1 :].split("\n")[0]
            after = change(found[0], dice)
            if after and line.lstrip().startswith("|") == (kind == "typed table cells"):
                yield Mutant(kind, found.start(), found.end(), after)

    return places


def _blanked(page: Page) -> str:
    text = page.prose
    for macro in page.macros:
        text = text[: macro.begin] + " " * (macro.end - macro.begin) + text[macro.end :]
    return re.sub(r"\]\([^)\n]*\)|`[^`\n]*`|\$[^$\n]*\$", lambda match: " " * len(match[0]), text)


def _number_word(word: str, dice: random.Random) -> str | None:
    others = [other for other in NUMBERS if other != word.lower()]
    return _as(word, dice.choice(others)) if word.lower() in NUMBERS else None


def _opposite(word: str, _: random.Random) -> str | None:
    return _as(word, OPPOSITES[word.lower()]) if word.lower() in OPPOSITES else None


def _cell(word: str, dice: random.Random) -> str | None:
    return _other_number(word, dice) if word.isdigit() else _number_word(word, dice)


def _as(word: str, other: str) -> str:
    return other.capitalize() if word[0].isupper() else other


def _captions(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    for macro in page.macros:
        source = page.text[macro.begin : macro.end]
        for text in TEXT_OF_PICTURE.finditer(source):
            for word in WORD.finditer(source, *text.span("value")):
                if after := _number_word(word[0], dice) or _opposite(word[0], dice):
                    place = macro.begin + word.start(), macro.begin + word.end()
                    yield Mutant("captions, alternative texts", *place, after)


def _citations(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    keys = sorted(entries())
    for macro in page.macros:
        for key in re.finditer(r"(?<=[\"'])\w+(?=[\"'])", page.text[macro.begin : macro.end]):
            if re.match(r"cite|references", macro.code) and key[0] in keys:
                place = macro.begin + key.start(), macro.begin + key.end()
                yield Mutant("citations", *place, dice.choice([other for other in keys if other != key[0]]))


def _links(page: Page, _: Mapping[str, Any], dice: random.Random) -> Places:
    found = list(LINK.finditer(page.prose))
    targets = sorted({link[2] for link in found})
    for link in found:
        if len(targets) > 1 and "[[=" not in link[0]:
            yield Mutant("links", *link.span(2), dice.choice([target for target in targets if target != link[2]]))


def _tokens(block: Block) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(block.code).readline))


def _token_place(page: Page, block: Block, token: tokenize.TokenInfo) -> tuple[int, int]:
    begin = _offset(page, block.line + token.start[0]) + len(block.indent) + token.start[1]
    return begin, begin + len(token.string)


def _offset(page: Page, line: int) -> int:
    return sum(len(text) + 1 for text in page.lines[: line - 1])


KINDS: dict[str, Callable[[Page, Mapping[str, Any], random.Random], Places]] = {
    "shown outputs": _outputs,
    "literals in blocks": _literals,
    "published constants": _published,
    "operators in blocks": _operators,
    "comments in blocks": _comments,
    "names in macros": _names,
    "formats in macros": _formats,
    "expressions in macros": _expressions,
    "inline maths": _formulas("inline maths", "math"),
    "laws": _formulas("laws", "law"),
    "letters in sentences": _letters,
    "typed digits": _in_prose("typed digits", DIGITS, _other_number),
    "number words": _in_prose("number words", WORD, _number_word),
    "general and comparing words": _in_prose("general and comparing words", WORD, _opposite),
    "typed table cells": _in_prose(
        "typed table cells", re.compile(r"(?<![\w.])\d+(?![\w.])|(?<!\w)[a-z]+(?!\w)"), _cell
    ),
    "captions, alternative texts": _captions,
    "citations": _citations,
    "links": _links,
}
